//! Disclosures: values that an export may leave out without breaking a hash.
//!
//! An entry holds only the commitment; the salted value stands beside it (trust.md §2).
//! Deliberately absent: nesting, and any list of which fields are sealed.

use crate::canonical::{self, MAX_INTEGER};
use crate::digest::Digest;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use drillbook_diagnostic::{Diagnostic, Severity};
use serde::{Deserialize, Serialize};

/// A flat value: what public and sealed fields hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// Yes or no.
    Flag(bool),
    /// An integer below 2^53.
    Int(i64),
    /// Text; whatever is larger or nested is its JSON text.
    Text(String),
}

impl Value {
    /// Returns the text, if it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Flag(_) | Self::Int(_) => None,
        }
    }

    /// Returns the integer, if it is one.
    #[must_use]
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(int) => Some(*int),
            Self::Flag(_) | Self::Text(_) => None,
        }
    }

    /// Returns the flag, if it is one.
    #[must_use]
    pub fn as_flag(&self) -> Option<bool> {
        match self {
            Self::Flag(flag) => Some(*flag),
            Self::Int(_) | Self::Text(_) => None,
        }
    }

    /// Whether every JSON reader holds it exactly.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.as_int()
            .is_none_or(|int| int.unsigned_abs() <= MAX_INTEGER)
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Flag(flag) => flag.fmt(f),
            Self::Int(int) => int.fmt(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(int: i64) -> Self {
        Self::Int(int)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

/// A sealed field with its salt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disclosure {
    /// 16 random bytes, so that the commitment of a guessable value cannot be guessed.
    pub salt: [u8; 16],
    /// The field's name.
    pub name: String,
    /// Its value.
    pub value: Value,
}

/// A sealed field as a reader of bundles meets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// The value, disclosed.
    Shown(Value),
    /// Its commitment; the value was left out.
    Hidden(String),
}

/// Why a text is no disclosure.
#[derive(Debug, thiserror::Error)]
pub enum DisclosureError {
    /// Not unpadded base64url.
    #[error("the disclosure is not base64url")]
    Encoding,
    /// Not the canonical triple of salt, name and value.
    #[error("the disclosure does not hold a salt, a name and a flat value")]
    Triple(#[source] canonical::CanonicalError),
    /// The salt is not 16 bytes.
    #[error("the disclosure's salt is not 16 bytes")]
    Salt,
}

impl Diagnostic for DisclosureError {
    fn code(&self) -> &'static str {
        match self {
            Self::Encoding => "disclosure.encoding",
            Self::Triple(_) => "disclosure.triple",
            Self::Salt => "disclosure.salt",
        }
    }

    fn severity(&self) -> Severity {
        Severity::Refused
    }

    fn remediation(&self) -> Option<String> {
        Some("Ask for the bundle exactly as it was exported.".into())
    }
}

impl Disclosure {
    /// Returns `base64url(["<salt>","<name>",<value>])`, the line of an export.
    #[must_use]
    pub fn encode(&self) -> String {
        let triple = (URL_SAFE_NO_PAD.encode(self.salt), &self.name, &self.value);
        // JSON of two texts and a flat value cannot fail; its canonical form is the compact one.
        URL_SAFE_NO_PAD.encode(serde_json_canonicalizer::to_vec(&triple).unwrap_or_default())
    }

    /// Reads a line of an export; any other spelling of the same triple is refused.
    pub fn decode(text: &str) -> Result<Self, DisclosureError> {
        let bytes = URL_SAFE_NO_PAD
            .decode(text)
            .map_err(|_| DisclosureError::Encoding)?;
        let (salt, name, value): (String, String, Value) =
            canonical::from_bytes(&bytes).map_err(DisclosureError::Triple)?;
        let salt = decode_salt(&salt).ok_or(DisclosureError::Salt)?;
        Ok(Self { salt, name, value })
    }

    /// Returns what stands in `_sd`: `base64url(SHA-256(encoded text))`.
    #[must_use]
    pub fn commitment(&self) -> String {
        commitment_of(&self.encode())
    }
}

/// Returns the commitment of an encoded disclosure.
#[must_use]
pub fn commitment_of(encoded: &str) -> String {
    URL_SAFE_NO_PAD.encode(Digest::of(encoded.as_bytes()).as_bytes())
}

/// Whether a text has the form of a commitment: unpadded base64url of 32 bytes.
#[must_use]
pub fn is_commitment(text: &str) -> bool {
    URL_SAFE_NO_PAD
        .decode(text)
        .is_ok_and(|bytes| bytes.len() == 32)
}

/// Returns the text form of a 16-byte salt or nonce: unpadded base64url.
#[must_use]
pub fn encode_salt(salt: [u8; 16]) -> String {
    URL_SAFE_NO_PAD.encode(salt)
}

/// Reads the text form of a 16-byte salt or nonce.
#[must_use]
pub fn decode_salt(text: &str) -> Option<[u8; 16]> {
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::{Disclosure, Value, is_commitment};
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    #[test]
    fn encodes_the_triple_and_commits_to_its_text() {
        let disclosure = Disclosure {
            salt: [7; 16],
            name: "vault".into(),
            value: "rsv-policy".into(),
        };
        let text = disclosure.encode();
        let json = URL_SAFE_NO_PAD.decode(&text).unwrap();
        assert_eq!(json, br#"["BwcHBwcHBwcHBwcHBwcHBw","vault","rsv-policy"]"#);
        // Computed with: printf %s TEXT | openssl dgst -sha256 -binary | base64
        assert_eq!(
            disclosure.commitment(),
            "9uW6MdskniLvorBDjyqaSbR9pcX5cUFgahEphDJbOk4"
        );
        assert!(is_commitment(&disclosure.commitment()));
        assert_eq!(Disclosure::decode(&text).unwrap(), disclosure);
    }

    #[test]
    fn refuses_other_spellings() {
        for json in [
            r#"["BwcHBwcHBwcHBwcHBwcHBw", "vault","x"]"#,
            r#"["BwcHBwcHBwcHBwcHBwcHBw","vault",1.5]"#,
            r#"["BwcHBwcHBwcHBwcHBwcHBw","vault",[1]]"#,
            r#"["BwcHBwcHBwcHBwcHBwcHBw","vault",null]"#,
            r#"["BwcHBwcHBwcHBwcHBwcHBw","vault"]"#,
            r#"["BwcH","vault","x"]"#,
            r#"["BwcHBwcHBwcHBwcHBwcHBw==","vault","x"]"#,
        ] {
            assert!(
                Disclosure::decode(&URL_SAFE_NO_PAD.encode(json)).is_err(),
                "{json}"
            );
        }
        assert!(Disclosure::decode("not base64!").is_err());
    }

    fn value() -> impl Strategy<Value = Value> {
        prop_oneof![
            ".*".prop_map(Value::from),
            (-(1i64 << 53) + 1..1i64 << 53).prop_map(Value::from),
            any::<bool>().prop_map(Value::from),
        ]
    }

    proptest! {
        #[test]
        fn reads_back_what_it_wrote(salt: [u8; 16], name in "[a-z_.]{1,20}", value in value()) {
            let disclosure = Disclosure { salt, name, value };
            prop_assert_eq!(Disclosure::decode(&disclosure.encode()).unwrap(), disclosure);
        }

        #[test]
        fn another_value_has_another_commitment(salt: [u8; 16], a in value(), b in value()) {
            let one = Disclosure { salt, name: "n".into(), value: a };
            let two = Disclosure { salt, name: "n".into(), value: b };
            prop_assert_eq!(one.commitment() == two.commitment(), one.value == two.value);
        }
    }
}
