//! Times as documents and entries write them: RFC 3339, UTC, milliseconds, `Z`.
//!
//! Deliberately absent: the clock. Every function gets its time as an argument.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::{Deserialize, Deserializer, Serializer};

/// How far the clocks of two honest machines may differ, in seconds (trust.md §2).
pub const CLOCK_SKEW_S: i64 = 120;

const FORMAT: &str = "%Y-%m-%dT%H:%M:%S%.3fZ";

/// Returns the only text form of a time, such as `2026-11-21T09:31:04.512Z`.
#[must_use]
pub fn to_text(at: DateTime<Utc>) -> String {
    at.format(FORMAT).to_string()
}

/// Reads the text form; anything else, even another spelling of the same moment, is `None`.
#[must_use]
pub fn parse(text: &str) -> Option<DateTime<Utc>> {
    if text.len() != 24 {
        return None;
    }
    let at = NaiveDateTime::parse_from_str(text, FORMAT).ok()?.and_utc();
    // A leap second has no millisecond count of its own and would not survive storage.
    (truncate(at) == at && to_text(at) == text).then_some(at)
}

/// Returns the time whole milliseconds keep of it, as it will be read back.
#[must_use]
pub fn truncate(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(at.timestamp_millis()).unwrap_or(at)
}

/// Writes a time in the text form; for `#[serde(with = "crate::time")]`.
pub fn serialize<S: Serializer>(at: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&to_text(*at))
}

/// Reads a time in the text form; for `#[serde(with = "crate::time")]`.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse(&text)
        .ok_or_else(|| serde::de::Error::custom("a time must read like 2026-11-21T09:31:04.512Z"))
}

#[cfg(test)]
mod tests {
    use super::{parse, to_text};

    #[test]
    fn reads_only_one_spelling_of_a_time() {
        let text = "2026-11-21T09:31:04.512Z";
        assert_eq!(to_text(parse(text).unwrap()), text);
        for wrong in [
            "2026-11-21T09:31:04Z",
            "2026-11-21T09:31:04.5120Z",
            "2026-11-21T09:31:04.512+00:00",
            "2026-11-21 09:31:04.512Z",
            "2026-11-21T09:31:60.512Z",
            "2026-02-30T09:31:04.512Z",
            "2026-11-21T09:31:04.512z",
            "",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
