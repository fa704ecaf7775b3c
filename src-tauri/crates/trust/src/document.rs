//! The signed documents: policy, request, decision, revocation, break-glass, review, finding,
//! enrolment (trust.md §3).
//!
//! A document is stored byte-exact and named by the SHA-256 of those bytes. Its `type` is written
//! and checked here, so the structs hold what a document says and nothing else.
//! Deliberately absent: who may sign what. That is the policy's business, and the gate's.

mod aftermath;
mod gaps;
mod policy;
mod second_reading;
mod sign_off;

pub use aftermath::{BreakGlass, Enrolment, Finding, Review, Revocation};
pub use gaps::Gap;
pub use policy::{BreakGlassRule, ChainError, GateRule, Person, Policy, SameDevice, verify_chain};
pub use second_reading::{Compared, MAX_FIELDS, Reread, SecondReading};
pub use sign_off::{
    Condition, Cover, CoverKind, Decision, Operation, Presence, Request, RunbookRef, Verdict,
};

use crate::sshsig::{self, PublicKey, SignatureError, SigningKey};
use crate::{canonical, digest::Digest, disclosure, merkle::Head};
use chrono::{DateTime, Utc};
use drillbook_diagnostic::{Diagnostic, Severity};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// The most signatures beside one document.
pub const MAX_SIGNATURES: usize = 64;

/// Namespace of an installation's signature over a checkpoint.
pub const CHECKPOINT_NAMESPACE: &str = "drill-checkpoint@drillbook";

/// Namespace of an installation's signature over a bundle's manifest.
pub const BUNDLE_NAMESPACE: &str = "drill-bundle@drillbook";

/// Namespace of the four documents by which a person decides.
pub const APPROVAL_NAMESPACE: &str = "drill-approval@drillbook";

/// A kind of document.
pub trait Document: Serialize + DeserializeOwned {
    /// Its `type`, such as `drill.decision/1`.
    const TYPE: &'static str;
    /// The SSHSIG namespace it is signed in.
    const NAMESPACE: &'static str;

    /// Names the first field that holds something no such document holds.
    fn check(&self) -> Result<(), &'static str>;

    /// Returns the log position the signer saw: every signer is a witness.
    fn witnessed(&self) -> Option<Head> {
        None
    }

    /// Returns the person who answers for the document and the time by which keys are judged.
    fn author(&self) -> (&str, DateTime<Utc>);
}

/// A document with the bytes that were signed. Only parsing and signing make one, so the value
/// is always what the bytes say; the signatures are *not* verified by holding it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed<T> {
    value: T,
    bytes: Vec<u8>,
    digest: Digest,
    signatures: Vec<String>,
}

impl<T> Signed<T> {
    /// Returns what the document says.
    #[must_use]
    pub fn value(&self) -> &T {
        &self.value
    }

    /// Returns the exact bytes that are signed and stored.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the SHA-256 of the bytes: the document's name.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Returns the armored signatures.
    #[must_use]
    pub fn signatures(&self) -> &[String] {
        &self.signatures
    }
}

impl<T: Document> Signed<T> {
    /// Writes a document and signs it with each key.
    pub fn sign(value: &T, keys: &[&SigningKey]) -> Result<Self, DocumentError> {
        let bytes = to_bytes(value)?;
        let signatures = keys
            .iter()
            .map(|key| {
                key.sign(T::NAMESPACE, &bytes)
                    .map_err(DocumentError::Signature)
            })
            .collect::<Result<Vec<_>, _>>()?;
        parse_signed(&bytes, signatures)
    }

    /// Adds one more signature over the same bytes; it must be a good one.
    pub fn with_signature(mut self, armored: String) -> Result<Self, DocumentError> {
        sshsig::verify_any(T::NAMESPACE, &self.bytes, &armored)
            .map_err(DocumentError::Signature)?;
        if self.signatures.len() >= MAX_SIGNATURES {
            return Err(DocumentError::Signatures);
        }
        self.signatures.push(armored);
        Ok(self)
    }

    /// Verifies every signature in the document's namespace and returns the keys, in order.
    ///
    /// One bad signature among good ones is refused: nobody should have to explain it later.
    pub fn signers(&self) -> Result<Vec<PublicKey>, SignatureError> {
        self.signatures
            .iter()
            .map(|armored| sshsig::verify_any(T::NAMESPACE, &self.bytes, armored))
            .collect()
    }
}

/// Why bytes are not a document.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// Not canonical, or of another shape.
    #[error("the document's bytes cannot be read")]
    Canonical(#[source] canonical::CanonicalError),
    /// Another type than the one that was asked for.
    #[error("the document is of type {found:?}, not {expected}")]
    Type {
        /// The type that was asked for.
        expected: &'static str,
        /// The type found.
        found: String,
    },
    /// A field holds something no such document holds.
    #[error("the document's field {0} is not well formed")]
    Field(&'static str),
    /// A signature could not be made or does not hold.
    #[error("the document's signature does not hold")]
    Signature(#[source] SignatureError),
    /// More than [`MAX_SIGNATURES`].
    #[error("the document has more than {MAX_SIGNATURES} signatures")]
    Signatures,
}

impl Diagnostic for DocumentError {
    fn code(&self) -> &'static str {
        match self {
            Self::Canonical(_) => "document.canonical",
            Self::Type { .. } => "document.type",
            Self::Field(_) => "document.field",
            Self::Signature(_) => "document.signature",
            Self::Signatures => "document.signatures",
        }
    }

    fn severity(&self) -> Severity {
        Severity::Refused
    }

    fn remediation(&self) -> Option<String> {
        Some("Ask its author for the document and its signature exactly as they were made.".into())
    }
}

/// Returns the canonical bytes of a document, its `type` included.
pub fn to_bytes<T: Document>(value: &T) -> Result<Vec<u8>, DocumentError> {
    let unreadable = |error| DocumentError::Canonical(canonical::CanonicalError::Write(error));
    let mut json = serde_json::to_value(value).map_err(unreadable)?;
    if let Value::Object(members) = &mut json {
        members.insert("type".into(), T::TYPE.into());
    }
    canonical::of_value(&json).map_err(DocumentError::Canonical)
}

/// Reads a document from its exact bytes; the signatures are kept beside it, unverified.
pub fn parse_signed<T: Document>(
    bytes: &[u8],
    signatures: Vec<String>,
) -> Result<Signed<T>, DocumentError> {
    if signatures.len() > MAX_SIGNATURES {
        return Err(DocumentError::Signatures);
    }
    let mut json = canonical::value_of(bytes).map_err(DocumentError::Canonical)?;
    let found = json
        .as_object_mut()
        .and_then(|members| members.remove("type"));
    let found = found.as_ref().and_then(Value::as_str).unwrap_or_default();
    if found != T::TYPE {
        return Err(DocumentError::Type {
            expected: T::TYPE,
            found: found.into(),
        });
    }
    let value: T = serde_json::from_value(json)
        .map_err(|error| DocumentError::Canonical(canonical::CanonicalError::Shape(error)))?;
    value.check().map_err(DocumentError::Field)?;
    // A member written as null, say, is read like an absent one; only one spelling may be signed.
    if to_bytes(&value)? != bytes {
        return Err(DocumentError::Canonical(
            canonical::CanonicalError::NotCanonical,
        ));
    }
    Ok(Signed {
        value,
        bytes: bytes.to_vec(),
        digest: Digest::of(bytes),
        signatures,
    })
}

/// Returns the `type` that bytes claim, so that a reader of files can choose what to parse.
#[must_use]
pub fn type_of(bytes: &[u8]) -> Option<String> {
    let value = canonical::value_of(bytes).ok()?;
    value.get("type")?.as_str().map(str::to_owned)
}

/// Names the first field of a list of rules that does not hold.
fn first_broken(rules: &[(bool, &'static str)]) -> Result<(), &'static str> {
    match rules.iter().find(|(holds, _)| !holds) {
        Some((_, field)) => Err(field),
        None => Ok(()),
    }
}

/// Whether a text can be a person's id: printable ASCII, lower-case, without a comma or blank.
fn is_person(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_graphic() && !b.is_ascii_uppercase();
    !text.is_empty()
        && text.len() <= 254
        && text
            .bytes()
            .all(|b| plain(b) && !matches!(b, b',' | b'"' | b'!' | b'*' | b'?' | b'#'))
}

/// Whether a text is a SHA-256 fingerprint as `ssh-keygen -l` prints it.
fn is_fingerprint(text: &str) -> bool {
    use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
    text.strip_prefix("SHA256:")
        .and_then(|rest| STANDARD_NO_PAD.decode(rest).ok())
        .is_some_and(|bytes| bytes.len() == 32)
}

/// Whether a text is a nonce: 16 bytes in unpadded base64url.
fn is_nonce(text: &str) -> bool {
    disclosure::decode_salt(text).is_some()
}

/// Whether a text names something: not empty, no control characters, at most 256 bytes.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= 256 && !text.chars().any(char::is_control)
}

/// Whether a text can be a reason or statement of a person: at most 16 KiB.
fn is_prose(text: &str) -> bool {
    text.len() <= 16 * 1024
}

#[cfg(test)]
mod tests;
