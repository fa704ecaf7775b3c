//! ISO 8601 durations of a fixed length: weeks, days, hours, minutes, seconds.
//!
//! Deliberately absent: years and months, whose length depends on a calendar.

use chrono::TimeDelta;
use thiserror::Error;

/// A text that is no duration.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is not an ISO 8601 duration such as P1DT12H")]
pub struct DurationError(pub String);

const HUNDRED_YEARS: i64 = 100 * 366 * 86_400;

/// Reads a duration such as `P1DT12H`; at most a hundred years.
pub fn parse(text: &str) -> Result<TimeDelta, DurationError> {
    seconds(text)
        .and_then(TimeDelta::try_seconds)
        .ok_or_else(|| DurationError(text.chars().take(40).collect()))
}

/// Writes a duration in the form that [`parse`] reads; parts of a second are dropped.
pub fn render(duration: TimeDelta) -> String {
    let seconds = duration.num_seconds().max(0);
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let parts = [(rest / 3600, 'H'), (rest / 60 % 60, 'M'), (rest % 60, 'S')];
    let mut text = String::from("P");
    if days > 0 {
        text.push_str(&format!("{days}D"));
    }
    let time: String = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count}{unit}"))
        .collect();
    match (time.is_empty(), days) {
        (true, 0) => text.push_str("T0S"),
        (true, _) => {}
        (false, _) => text.push_str(&format!("T{time}")),
    }
    text
}

fn seconds(text: &str) -> Option<i64> {
    let body = text.strip_prefix('P')?;
    let (date, time) = match body.split_once('T') {
        Some((_, "")) => return None,
        Some((date, time)) => (date, time),
        None => (body, ""),
    };
    if date.is_empty() && time.is_empty() {
        return None;
    }
    let total = units(date, &[('W', 604_800), ('D', 86_400)])?
        .checked_add(units(time, &[('H', 3600), ('M', 60), ('S', 1)])?)?;
    (total <= HUNDRED_YEARS).then_some(total)
}

/// Adds up `12H30M`: each unit at most once, in this order.
fn units(mut text: &str, units: &[(char, i64)]) -> Option<i64> {
    let mut total: i64 = 0;
    let mut next = 0;
    while !text.is_empty() {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let count: i64 = text.get(..digits)?.parse().ok()?;
        let unit = text[digits..].chars().next()?;
        let at = next + units[next..].iter().position(|(name, _)| *name == unit)?;
        total = total.checked_add(count.checked_mul(units[at].1)?)?;
        next = at + 1;
        text = &text[digits + unit.len_utf8()..];
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_durations() {
        for (text, seconds) in [
            ("P1DT12H", 129_600),
            ("PT60S", 60),
            ("P90D", 7_776_000),
            ("P2W", 1_209_600),
            ("PT1H30M5S", 5405),
            ("PT0S", 0),
        ] {
            assert_eq!(parse(text).map(|d| d.num_seconds()), Ok(seconds), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_fixed_duration() {
        for text in [
            "",
            "P",
            "PT",
            "P1Y",
            "P1M",
            "1D",
            "PT1M1H",
            "P1DT",
            "PT1.5H",
            "P-1D",
            "P1H",
            "P99999999999999999999D",
            "P999999D",
            "Pé",
            "PT1é",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(seconds in 0..HUNDRED_YEARS) {
            let duration = TimeDelta::seconds(seconds);
            prop_assert_eq!(parse(&render(duration)), Ok(duration));
        }

        #[test]
        fn never_panics(text in ".*") {
            let _ = parse(&text);
        }
    }
}
