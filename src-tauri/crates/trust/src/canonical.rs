//! Canonical bytes: RFC 8785 (JCS) JSON, narrowed to what every verifier reads the same way.
//!
//! Keys are ASCII, numbers are integers below 2^53, size and depth are bounded, and a reader
//! demands `canonical(parse(bytes)) == bytes`, which also refuses duplicate keys.
//! Deliberately absent: repair. Bytes that are not canonical are refused, never rewritten.

use drillbook_diagnostic::{Diagnostic, Severity};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// The largest document or entry, in bytes.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;

/// The deepest nesting of arrays and objects.
pub const MAX_DEPTH: usize = 64;

/// The largest magnitude of a number: 2^53 - 1, which every JSON reader holds exactly.
pub const MAX_INTEGER: u64 = (1 << 53) - 1;

/// Why a value has no canonical bytes, or why bytes are not canonical.
#[derive(Debug, thiserror::Error)]
pub enum CanonicalError {
    /// Larger than [`MAX_BYTES`].
    #[error("the document has {0} bytes, more than {MAX_BYTES}")]
    TooLarge(usize),
    /// Nested deeper than [`MAX_DEPTH`].
    #[error("the document is nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// A number with a fraction or exponent, or too large.
    #[error("the number {0} is not an integer below 2^53")]
    Number(String),
    /// A key outside ASCII.
    #[error("the key {0:?} is not plain ASCII")]
    Key(String),
    /// Not JSON at all.
    #[error("the bytes are not JSON")]
    Json(#[source] serde_json::Error),
    /// JSON, but other bytes than the canonical ones.
    #[error("the bytes are JSON but not in canonical form")]
    NotCanonical,
    /// Canonical JSON of another shape.
    #[error("the document does not have the expected shape")]
    Shape(#[source] serde_json::Error),
    /// The value cannot be written as JSON.
    #[error("the value cannot be written as JSON")]
    Write(#[source] serde_json::Error),
}

impl Diagnostic for CanonicalError {
    fn code(&self) -> &'static str {
        match self {
            Self::TooLarge(_) => "canonical.too_large",
            Self::TooDeep => "canonical.too_deep",
            Self::Number(_) => "canonical.number",
            Self::Key(_) => "canonical.key",
            Self::Json(_) => "canonical.not_json",
            Self::NotCanonical => "canonical.not_canonical",
            Self::Shape(_) => "canonical.shape",
            Self::Write(_) => "canonical.write",
        }
    }

    fn severity(&self) -> Severity {
        match self {
            Self::Write(_) => Severity::Internal,
            _ => Severity::Refused,
        }
    }

    fn remediation(&self) -> Option<String> {
        Some(
            match self {
                Self::Write(_) => "Report this error with the version of Drillbook.",
                Self::TooLarge(_) => "Attach the content as evidence instead.",
                _ => "Ask its author for the file exactly as it was signed.",
            }
            .into(),
        )
    }
}

/// Returns the canonical bytes of `value`.
pub fn to_bytes<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, CanonicalError> {
    of_value(&serde_json::to_value(value).map_err(CanonicalError::Write)?)
}

/// Reads a value from bytes that must be the canonical ones.
pub fn from_bytes<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CanonicalError> {
    T::deserialize(value_of(bytes)?).map_err(CanonicalError::Shape)
}

/// Returns the canonical bytes of a JSON value.
pub(crate) fn of_value(value: &Value) -> Result<Vec<u8>, CanonicalError> {
    check(value, 0)?;
    let bytes = serde_json_canonicalizer::to_vec(value).map_err(CanonicalError::Write)?;
    if bytes.len() > MAX_BYTES {
        return Err(CanonicalError::TooLarge(bytes.len()));
    }
    Ok(bytes)
}

/// Reads a JSON value from bytes that must be the canonical ones.
pub(crate) fn value_of(bytes: &[u8]) -> Result<Value, CanonicalError> {
    if bytes.len() > MAX_BYTES {
        return Err(CanonicalError::TooLarge(bytes.len()));
    }
    let value: Value = serde_json::from_slice(bytes).map_err(CanonicalError::Json)?;
    if of_value(&value)? != bytes {
        return Err(CanonicalError::NotCanonical);
    }
    Ok(value)
}

/// Refuses what two readers could understand differently.
pub(crate) fn check(value: &Value, depth: usize) -> Result<(), CanonicalError> {
    if depth > MAX_DEPTH {
        return Err(CanonicalError::TooDeep);
    }
    match value {
        Value::Null | Value::Bool(_) | Value::String(_) => Ok(()),
        Value::Number(number) => {
            let magnitude = number
                .as_i64()
                .map(i64::unsigned_abs)
                .or_else(|| number.as_u64());
            match magnitude {
                Some(magnitude) if magnitude <= MAX_INTEGER => Ok(()),
                _ => Err(CanonicalError::Number(number.to_string())),
            }
        }
        Value::Array(elements) => elements.iter().try_for_each(|e| check(e, depth + 1)),
        Value::Object(members) => members.iter().try_for_each(|(key, member)| {
            if key.is_ascii() {
                check(member, depth + 1)
            } else {
                Err(CanonicalError::Key(key.clone()))
            }
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_BYTES, MAX_INTEGER, from_bytes, to_bytes};
    use drillbook_diagnostic::Diagnostic;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn refusal(text: &str) -> &'static str {
        match from_bytes::<Value>(text.as_bytes()) {
            Ok(_) => "accepted",
            Err(error) => error.code(),
        }
    }

    #[test]
    fn writes_sorted_keys_without_space() {
        let bytes =
            to_bytes(&json!({"b": [1, true, null], "a": "\u{e9}\n\u{7f}", "B": -7})).unwrap();
        assert_eq!(
            bytes,
            "{\"B\":-7,\"a\":\"é\\n\u{7f}\",\"b\":[1,true,null]}".as_bytes()
        );
        assert_eq!(from_bytes::<Value>(&bytes).unwrap()["b"][0], 1);
    }

    #[test]
    fn refuses_what_two_readers_could_read_differently() {
        for (text, code) in [
            (r#"{"a":1,"a":1}"#, "canonical.not_canonical"),
            (r#"{"b":1,"a":1}"#, "canonical.not_canonical"),
            (r#"{"a": 1}"#, "canonical.not_canonical"),
            ("{\"a\":1}\n", "canonical.not_canonical"),
            (r#"{"a":"\u0041"}"#, "canonical.not_canonical"),
            (r#"{"a":"\/"}"#, "canonical.not_canonical"),
            (r#"{"a":1.5}"#, "canonical.number"),
            (r#"{"a":1.0}"#, "canonical.number"),
            (r#"{"a":1e2}"#, "canonical.number"),
            (r#"{"a":-0}"#, "canonical.number"),
            (r#"{"a":9007199254740992}"#, "canonical.number"),
            (r#"{"a":18446744073709551616}"#, "canonical.number"),
            ("{\"\u{e9}\":1}", "canonical.key"),
            (r#"{"a":"\ud800"}"#, "canonical.not_json"),
            ("{\"a\":1}x", "canonical.not_json"),
            ("\u{feff}{}", "canonical.not_json"),
            ("", "canonical.not_json"),
        ] {
            assert_eq!(refusal(text), code, "{text}");
        }
        assert!(from_bytes::<Value>(b"{\"a\":\"\xff\"}").is_err());
        assert!(to_bytes(&f64::NAN).is_ok_and(|b| b == b"null"));
        assert!(to_bytes(&0.5).is_err());
        assert_eq!(to_bytes(&MAX_INTEGER).unwrap(), b"9007199254740991");
    }

    #[test]
    fn bounds_depth_and_size() {
        let nested = |n: usize| "[".repeat(n) + &"]".repeat(n);
        assert_eq!(refusal(&nested(65)), "accepted");
        assert_eq!(refusal(&nested(66)), "canonical.too_deep");
        assert_eq!(refusal(&nested(100_000)), "canonical.not_json");
        let large = format!("\"{}\"", "a".repeat(MAX_BYTES));
        assert_eq!(refusal(&large), "canonical.too_large");
        assert!(to_bytes(&"a".repeat(MAX_BYTES)).is_err());
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-(MAX_INTEGER as i64)..=MAX_INTEGER as i64).prop_map(Value::from),
            ".*".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map("[ -~]{0,6}", inner, 0..5)
                    .prop_map(|m| Value::Object(m.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn reads_back_what_it_wrote(value in value()) {
            let bytes = to_bytes(&value).unwrap();
            prop_assert_eq!(from_bytes::<Value>(&bytes).unwrap(), value);
        }

        #[test]
        fn bytes_that_are_read_are_the_only_ones(value in value(), at: prop::sample::Index, to: u8) {
            let mut bytes = to_bytes(&value).unwrap();
            let at = at.index(bytes.len());
            let same = bytes[at] == to;
            bytes[at] = to;
            if let Ok(other) = from_bytes::<Value>(&bytes) {
                prop_assert_eq!(other == value, same);
            }
        }
    }
}
