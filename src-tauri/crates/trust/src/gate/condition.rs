//! Conditions of an approval: `fact op value`, a closed and total comparison.
//!
//! What cannot be compared is not met: an unknown fact, another type, an unreadable time.

use crate::disclosure::Value;
use crate::document::{Condition, Operation};
use crate::time;
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Whether a condition holds of facts read just now. The fact `now` is always known.
#[must_use]
pub fn holds(condition: &Condition, facts: &BTreeMap<String, Value>, now: DateTime<Utc>) -> bool {
    let clock = Value::Text(time::to_text(now));
    let known = facts.get(&condition.fact);
    let Some(fact) = known.or_else(|| (condition.fact == "now").then_some(&clock)) else {
        return false;
    };
    let ordering = compare(fact, &condition.value, now);
    match condition.op {
        Operation::Equals => fact == &condition.value || ordering == Some(Ordering::Equal),
        Operation::AtMost => ordering.is_some_and(Ordering::is_le),
        Operation::AtLeast => ordering.is_some_and(Ordering::is_ge),
        Operation::Before => ordering.is_some_and(Ordering::is_lt),
    }
}

/// Returns the condition as people read it, such as `disks at most 2`.
pub(super) fn sentence(condition: &Condition) -> String {
    let word = match condition.op {
        Operation::AtMost => "at most",
        Operation::AtLeast => "at least",
        Operation::Before => "before",
        Operation::Equals => "equals",
    };
    format!("{} {word} {}", condition.fact, condition.value)
}

/// Compares a fact with a value of the same type; a time with a duration compares its age.
fn compare(fact: &Value, value: &Value, now: DateTime<Utc>) -> Option<Ordering> {
    let (fact, value) = match (fact, value) {
        (Value::Int(fact), Value::Int(value)) => return Some(fact.cmp(value)),
        (Value::Text(fact), Value::Text(value)) => (fact, value),
        _ => return None,
    };
    if let Some(fact) = moment(fact) {
        if let Some(value) = moment(value) {
            return Some(fact.cmp(&value));
        }
        if let Some(value) = time_of_day(value) {
            return Some(fact.time().cmp(&value));
        }
        let limit = duration(value)?;
        let age = now - fact;
        // A time in the future has no age; a clock that is a little ahead is tolerated.
        return (age >= TimeDelta::seconds(-time::CLOCK_SKEW_S)).then(|| age.cmp(&limit));
    }
    if let Some(fact) = time_of_day(fact) {
        return Some(fact.cmp(&time_of_day(value)?));
    }
    Some(duration(fact)?.cmp(&duration(value)?))
}

fn moment(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text)
        .ok()
        .map(|at| at.to_utc())
}

fn time_of_day(text: &str) -> Option<NaiveTime> {
    let plain = text.len() == 5 && text.bytes().all(|b| b.is_ascii_digit() || b == b':');
    NaiveTime::parse_from_str(text, "%H:%M")
        .ok()
        .filter(|_| plain)
}

/// Reads an ISO 8601 duration of weeks, days, hours, minutes and seconds, such as `P1DT12H`.
fn duration(text: &str) -> Option<TimeDelta> {
    let rest = text.strip_prefix('P')?;
    let (days, clock) = rest.split_once('T').unwrap_or((rest, ""));
    if text.ends_with(['P', 'T']) {
        return None;
    }
    let days = sum(days, &[('W', 604_800), ('D', 86_400)])?;
    let clock = sum(clock, &[('H', 3_600), ('M', 60), ('S', 1)])?;
    TimeDelta::try_seconds(days.checked_add(clock)?)
}

/// Adds up `<number><unit>` parts whose units come in the given order.
fn sum(mut text: &str, units: &[(char, i64)]) -> Option<i64> {
    let mut seconds = 0i64;
    for (unit, length) in units {
        if let Some((number, rest)) = text.split_once(*unit) {
            let digits = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
            let number: i64 = number.parse().ok().filter(|_| digits)?;
            seconds = seconds.checked_add(number.checked_mul(*length)?)?;
            text = rest;
        }
    }
    text.is_empty().then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::{duration, holds};
    use crate::disclosure::Value;
    use crate::document::{Condition, Operation};
    use crate::time;
    use std::collections::BTreeMap;

    fn check(fact: impl Into<Value>, op: Operation, value: impl Into<Value>) -> bool {
        let condition = Condition {
            fact: "f".into(),
            op,
            value: value.into(),
        };
        let facts = BTreeMap::from([("f".to_owned(), fact.into())]);
        holds(
            &condition,
            &facts,
            time::parse("2026-11-21T12:00:00.000Z").unwrap(),
        )
    }

    #[test]
    fn compares_numbers_times_ages_and_texts() {
        use Operation::{AtLeast, AtMost, Before, Equals};
        for (expected, fact, op, value) in [
            (true, Value::Int(2), AtMost, Value::Int(2)),
            (false, Value::Int(3), AtMost, Value::Int(2)),
            (true, Value::Int(3), AtLeast, Value::Int(2)),
            (true, Value::Int(1), Before, Value::Int(2)),
            (false, "2".into(), AtMost, Value::Int(2)),
            (false, true.into(), AtMost, true.into()),
            (true, true.into(), Equals, true.into()),
            (true, "westus".into(), Equals, "westus".into()),
            (false, "westus".into(), AtMost, "westus".into()),
            (true, "2026-11-20T12:00:00Z".into(), AtMost, "PT24H".into()),
            (
                false,
                "2026-11-20T11:59:59.9999999Z".into(),
                AtMost,
                "P1D".into(),
            ),
            (true, "2026-11-20T11:00:00Z".into(), AtLeast, "P1D".into()),
            (false, "2026-11-21T12:03:00Z".into(), AtMost, "P1D".into()),
            (true, "2026-11-21T12:01:00Z".into(), AtMost, "P1D".into()),
            (true, "2026-11-21T17:59:59Z".into(), Before, "18:00".into()),
            (false, "2026-11-21T18:00:00Z".into(), Before, "18:00".into()),
            (true, "17:30".into(), Before, "18:00".into()),
            (
                true,
                "2026-11-21T12:00:00+01:00".into(),
                Equals,
                "2026-11-21T11:00:00Z".into(),
            ),
            (false, "yesterday".into(), AtMost, "PT24H".into()),
        ] {
            assert_eq!(
                check(fact.clone(), op, value.clone()),
                expected,
                "{fact} {op:?} {value}"
            );
        }
    }

    #[test]
    fn an_unknown_fact_is_not_met_and_now_is_always_known() {
        let condition = |fact: &str| Condition {
            fact: fact.into(),
            op: Operation::Before,
            value: "18:00".into(),
        };
        let now = time::parse("2026-11-21T17:00:00.000Z").unwrap();
        assert!(holds(&condition("now"), &BTreeMap::new(), now));
        assert!(!holds(&condition("other"), &BTreeMap::new(), now));
    }

    #[test]
    fn reads_durations_strictly() {
        assert_eq!(duration("P1W2DT3H4M5S").unwrap().num_seconds(), 788_645);
        for wrong in [
            "P", "PT", "P1DT", "1D", "P1H", "PT1D", "P-1D", "P1.5D", "PT1M1H", "P+1D", "",
        ] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
        assert_eq!(duration("P99999999999999999999D"), None);
        assert_eq!(duration("P99999999999999D"), None);
    }
}
