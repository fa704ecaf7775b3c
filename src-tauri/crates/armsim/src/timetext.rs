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

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;

    #[test]
    fn durations_are_read_and_written() {
        for (text, seconds) in [
            ("PT5H", 18_000),
            ("-PT26H", -93_600),
            ("P75D", 6_480_000),
            ("P1DT12H30M5S", 131_405),
        ] {
            assert_eq!(read_iso(text), Some(TimeDelta::seconds(seconds)), "{text}");
        }
        for text in ["", "5H", "P5", "P5H", "PT5D", "PT99999999999999999999S"] {
            assert!(read_iso(text).is_none(), "{text}");
        }
        assert_eq!(iso(TimeDelta::milliseconds(1_133_100)), "PT18M53.1S");
        assert_eq!(iso(TimeDelta::zero()), "PT0.0S");
    }

    #[test]
    fn times_have_seven_digits_and_a_twelve_hour_clock() {
        let at = Utc.with_ymd_and_hms(2026, 11, 21, 0, 5, 0).unwrap();
        assert_eq!(seven(at), "2026-11-21T00:05:00.0000000Z");
        assert_eq!(read_filter_date("2026-11-21 12:05:00 AM"), Some(at));
        assert_eq!(read_filter_date("2026-11-21"), None);
    }
}
