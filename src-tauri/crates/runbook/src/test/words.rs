//! Values as a person says them: lists with commas and "and", durations in hours, never JSON.
//!
//! What is said here reaches the screen, the journal and the report. Times and ARM ids stay as they are: whoever
//! shows them knows the reader's time zone and has room for an id, or not.

use crate::duration;
use chrono::TimeDelta;
use serde_json::{Map, Value};

/// The most elements of a list that are said; the rest is counted.
const ELEMENTS: usize = 8;

/// The longest text of one element.
const LENGTH: usize = 320;

/// Returns a value in words; nothing is said of it as `nothing`.
pub fn said(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(number) => crate::query::whole(number).to_string(),
        Value::String(text) => text_said(text),
        Value::Array(list) => all(list, "and"),
        Value::Object(members) => record(members),
    }
}

/// Returns `a, b or c`.
pub fn any_of(value: &Value) -> String {
    value
        .as_array()
        .map_or_else(|| said(value), |list| all(list, "or"))
}

/// Returns `a, b and c` of texts; `nothing` when there is none.
pub fn list(texts: &[String], last: &str) -> String {
    match texts {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        [first @ .., end] => format!("{} {last} {end}", first.join(", ")),
    }
}

/// Returns an ISO 8601 duration in words; another text as it is.
pub fn length(text: &str) -> String {
    duration::parse(text).map_or_else(|_| text.to_owned(), span)
}

fn span(length: TimeDelta) -> String {
    let (hours, minutes) = (length.num_hours(), length.num_minutes() % 60);
    match (hours, minutes) {
        (0, 0) => format!("{} s", length.num_seconds()),
        (0, _) => format!("{minutes} min"),
        (_, 0) if hours > 72 && hours % 24 == 0 => format!("{} days", hours / 24),
        (_, 0) => format!("{hours} h"),
        _ => format!("{hours} h {minutes} min"),
    }
}

/// Equal elements are counted, so that two disks of one size are two.
fn all(elements: &[Value], last: &str) -> String {
    let mut counted: Vec<(String, usize)> = Vec::new();
    for element in elements {
        let text = said(element);
        match counted.iter_mut().find(|(known, _)| *known == text) {
            Some((_, count)) => *count += 1,
            None => counted.push((text, 1)),
        }
    }
    let more = counted.len().saturating_sub(ELEMENTS);
    let mut texts: Vec<String> = counted
        .into_iter()
        .take(ELEMENTS)
        .map(|(text, count)| match count {
            1 => text,
            _ => format!("{count} × {text}"),
        })
        .collect();
    if more > 0 {
        texts.push(format!("{more} more"));
        return list(&texts, "and");
    }
    list(&texts, last)
}

/// A text that is JSON by itself was put together by a query, to compare whole records.
fn text_said(text: &str) -> String {
    if text.is_empty() {
        return "nothing".to_owned();
    }
    let nested = text
        .starts_with(['{', '['])
        .then(|| serde_json::from_str(text).ok());
    match nested.flatten() {
        Some(value @ (Value::Object(_) | Value::Array(_))) => said(&value),
        _ => cut(text),
    }
}

/// What names a record is enough; one without a name is told by its members.
fn record(members: &Map<String, Value>) -> String {
    let named = ["name", "label", "id"]
        .iter()
        .find_map(|name| members.get(*name).and_then(Value::as_str));
    if let Some(name) = named {
        return cut(name);
    }
    let plain = members.iter().filter(|(_, value)| !value.is_null());
    let texts: Vec<String> = plain
        .map(|(name, value)| format!("{} {}", name.replace('_', " "), said(value)))
        .collect();
    cut(&list(&texts, "and"))
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LENGTH) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(value: &Value, wanted: &str) {
        assert_eq!(said(value), wanted, "{value}");
    }

    #[test]
    fn values_are_said_in_words() {
        check(&Value::Null, "nothing");
        check(&json!([]), "nothing");
        check(&json!(true), "yes");
        check(&json!(6.0), "6");
        check(&json!(["eastus", "westus"]), "eastus and westus");
        check(&json!(["a", "b", "c"]), "a, b and c");
    }

    #[test]
    fn equal_elements_are_counted_and_a_long_list_is_not_spelled_out() {
        check(&json!(["64 GB", "64 GB", "128 GB"]), "2 × 64 GB and 128 GB");
        let many: Vec<usize> = (1..=20).collect();
        check(&json!(many), "1, 2, 3, 4, 5, 6, 7, 8 and 12 more");
    }

    #[test]
    fn records_are_told_by_their_name_even_when_they_were_made_a_text() {
        check(&json!({"name": "snet-a", "size": 4}), "snet-a");
        check(
            &json!([r#"{"id":"/subscriptions/s/x","tags":null}"#]),
            "/subscriptions/s/x",
        );
        check(&json!({"cores": 6}), "cores 6");
        check(&json!("{not json"), "{not json");
    }

    #[test]
    fn durations_are_said_in_hours() {
        assert_eq!(length("P1DT12H"), "36 h");
        assert_eq!(length("PT90M"), "1 h 30 min");
        assert_eq!(length("P14D"), "14 days");
        assert_eq!(length("soon"), "soon");
    }
}
