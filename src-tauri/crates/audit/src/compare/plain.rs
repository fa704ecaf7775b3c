//! Text without what differs between any two drills: their ids, times and generated names.

use drillbook_core::Drill;
use serde_json::Value;

/// Members of an action that are not compared as text.
const KEPT: &[&str] = &["type", "salt", "name", "method", "cloud", "api_version"];

/// Returns a text in which the drill's own ids, GUIDs, times and long numbers are one word each.
pub(super) fn text(drill: &Drill, text: &str) -> String {
    let compact = drill.id.replace('-', "");
    let mut out = text.to_owned();
    for (id, word) in [
        (drill.id.as_str(), "DRILL"),
        (compact.as_str(), "DRILL"),
        (drill.subscription.as_str(), "SUBSCRIPTION"),
        (drill.tenant.as_str(), "TENANT"),
    ] {
        out = replaced(&out, id, word);
    }
    generated(&out)
}

/// Returns a value with each of its texts made plain.
pub(super) fn value(drill: &Drill, given: &Value) -> Value {
    match given {
        Value::String(own) => Value::String(text(drill, own)),
        Value::Array(items) => items.iter().map(|item| value(drill, item)).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(key, member)| {
                let plain = if KEPT.contains(&key.as_str()) {
                    member.clone()
                } else {
                    value(drill, member)
                };
                (key.clone(), plain)
            })
            .collect(),
        other => other.clone(),
    }
}

/// Replaces every occurrence, whatever its case.
fn replaced(text: &str, id: &str, word: &str) -> String {
    if id.is_empty() {
        return text.to_owned();
    }
    let folded = text.to_ascii_lowercase();
    let wanted = id.to_ascii_lowercase();
    let mut out = String::new();
    let mut from = 0;
    for (at, _) in folded.match_indices(&wanted) {
        out.push_str(&text[from..at]);
        out.push_str(word);
        from = at + id.len();
    }
    out.push_str(&text[from..]);
    out
}

/// Replaces GUIDs, times and numbers of ten digits or more.
fn generated(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let boundary = !out.ends_with(|c: char| c.is_ascii_alphanumeric());
        let (length, word) = match boundary {
            true => span(rest),
            false => (0, ""),
        };
        if length > 0 {
            out.push_str(word);
            rest = &rest[length..];
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

/// Returns the length of what stands at the beginning, and the word for it.
fn span(text: &str) -> (usize, &'static str) {
    let shaped = |shape: &str| {
        let fits = |(given, wanted): (char, char)| match wanted {
            'x' => given.is_ascii_hexdigit(),
            '9' => given.is_ascii_digit(),
            other => given == other,
        };
        text.len() >= shape.len() && text.is_char_boundary(shape.len()) && {
            text.chars().zip(shape.chars()).all(fits)
        }
    };
    if shaped("xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx") {
        return (36, "ID");
    }
    if shaped("9999-99-99T99:99:99") {
        let fraction =
            text[19..].find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | 'Z' | '+' | ':')));
        return (fraction.map_or(text.len(), |more| 19 + more), "TIME");
    }
    // Azure puts the time of a restore into the names of its disks.
    if shaped("99999999-999999") {
        return (15, "TIME");
    }
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    if digits >= 10 {
        (digits, "NUMBER")
    } else {
        (0, "")
    }
}

#[cfg(test)]
mod tests {
    use super::{generated, replaced};

    #[test]
    fn ids_times_and_long_numbers_are_one_word_each() {
        let check = |text: &str, expected: &str| assert_eq!(generated(text), expected);
        check("recoveryPoints/67014041719671", "recoveryPoints/NUMBER");
        check("vm-osdisk-20261121-172326", "vm-osdisk-TIME");
        check("until 2026-11-23T09:00:00.123Z.", "until TIME");
        check(
            "/subscriptions/3f0a9c1e-5b7d-4e26-8c41-b2d60f7e9a15/x",
            "/subscriptions/ID/x",
        );
        check("vm-policy-01 Ä 2024-04-01", "vm-policy-01 Ä 2024-04-01");
    }

    #[test]
    fn a_name_is_found_whatever_its_case() {
        let plain = replaced(
            "rg-drill-d-2026-0001-vm, D-2026-0001",
            "D-2026-0001",
            "DRILL",
        );
        assert_eq!(plain, "rg-drill-DRILL-vm, DRILL");
    }
}
