//! Times as Azure writes them: with and without `Z`, with nought to nine digits of a second.

use chrono::{DateTime, Datelike, NaiveDateTime, Utc};

/// Reads a time; without an offset it is UTC. Year 1 is how Azure writes "none".
pub fn read(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    let with_offset = DateTime::parse_from_rfc3339(text)
        .map(|time| time.to_utc())
        .ok();
    let time = with_offset.or_else(|| {
        let bare = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok()?;
        Some(bare.and_utc())
    })?;
    (time.year() > 1).then_some(time)
}
