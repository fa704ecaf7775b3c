//! Times as Azure writes them, and the durations of a scenario.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

/// Azure's usual form: seven fractional digits.
pub(crate) fn seven(at: DateTime<Utc>) -> String {
    format!(
        "{}{:07}Z",
        at.format("%Y-%m-%dT%H:%M:%S."),
        at.timestamp_subsec_nanos() / 100
    )
}

/// Whole seconds.
pub(crate) fn plain(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// The date form of recovery point filters, `2026-01-01 12:00:00 AM`.
pub(crate) fn read_filter_date(text: &str) -> Option<DateTime<Utc>> {
    chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %I:%M:%S %p")
        .ok()
        .map(|t| t.and_utc())
}

/// An ISO 8601 duration such as `PT18M53.1S`.
pub(crate) fn iso(span: TimeDelta) -> String {
    let total = span.num_milliseconds().max(0);
    let (hours, minutes) = (total / 3_600_000, total / 60_000 % 60);
    let seconds = total % 60_000;
    let mut text = String::from("PT");
    if hours > 0 {
        text.push_str(&format!("{hours}H"));
    }
    if minutes > 0 {
        text.push_str(&format!("{minutes}M"));
    }
    if seconds > 0 || text == "PT" {
        text.push_str(&format!("{}.{}S", seconds / 1000, seconds % 1000 / 100));
    }
    text
}

/// Reads `[-]PnDTnHnMnS`.
pub(crate) fn read_iso(text: &str) -> Option<TimeDelta> {
    let (negative, rest) = text
        .strip_prefix('-')
        .map_or((false, text), |rest| (true, rest));
    let mut seconds: i64 = 0;
    let mut digits = String::new();
    let mut in_time = false;
    for c in rest.strip_prefix('P')?.chars() {
        match c {
            'T' => in_time = true,
            '0'..='9' => digits.push(c),
            _ => {
                let unit = match (c, in_time) {
                    ('D', false) => 86_400,
                    ('H', true) => 3_600,
                    ('M', true) => 60,
                    ('S', true) => 1,
                    _ => return None,
                };
                seconds = seconds.checked_add(digits.parse::<i64>().ok()?.checked_mul(unit)?)?;
                digits.clear();
            }
        }
    }
    digits
        .is_empty()
        .then(|| TimeDelta::seconds(if negative { -seconds } else { seconds }))
}
