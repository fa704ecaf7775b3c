//! Words, times and numbers as the window takes them.

use crate::ipc::views::{RoleView, StepKindView};
use chrono::SecondsFormat;
use drillbook_core::Timestamp;
use drillbook_runbook::StepKind;
use serde_json::Value;

/// Returns a moment as RFC 3339 UTC.
pub fn time(at: Timestamp) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Returns a count or a position as JavaScript holds it.
pub fn number(value: impl TryInto<u32>) -> u32 {
    value.try_into().unwrap_or(u32::MAX)
}

/// Returns seconds from `now` until `then`; negative when it has passed.
pub fn until(then: Timestamp, now: Timestamp) -> i32 {
    i32::try_from((then - now).num_seconds()).unwrap_or(if then > now {
        i32::MAX
    } else {
        i32::MIN
    })
}

/// Returns the role behind a policy's word.
pub fn role(word: &str) -> RoleView {
    match word {
        "operator" => RoleView::Operator,
        "auditor" => RoleView::Auditor,
        _ => RoleView::Reviewer,
    }
}

/// Returns a role as a person says it.
pub fn role_label(word: &str) -> String {
    word.replace('-', " ")
}

/// Returns `a, b and c`.
pub fn list(words: &[String], last: &str) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., end] => format!("{} {last} {end}", first.join(", ")),
    }
}

/// Returns `1 thing`, `2 things`, `2 entries` or `2 addresses`.
pub fn plural(count: usize, one: &str) -> String {
    if count == 1 {
        return format!("1 {one}");
    }
    // `piece of evidence`: the first word counts.
    let (word, rest) = match one.split_once(" of ") {
        Some((word, rest)) => (word, format!(" of {rest}")),
        None => (one, String::new()),
    };
    let many = match word.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ if word.ends_with('s') => format!("{word}es"),
        _ => format!("{word}s"),
    };
    format!("{count} {many}{rest}")
}

/// Returns a number at the start of a sentence: in letters up to twelve.
pub fn counted(count: usize) -> String {
    const WORDS: [&str; 13] = [
        "Nothing", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten",
        "Eleven", "Twelve",
    ];
    WORDS
        .get(count)
        .map_or_else(|| count.to_string(), |word| (*word).to_owned())
}

/// Returns a JSON value as a cell shows it; nothing for nothing.
pub fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => drillbook_runbook::test::words::said(other),
    }
}

/// Returns a value of the journal in words: a duration in hours, JSON as lists and names.
pub fn told(value: &Value) -> String {
    use drillbook_runbook::test::words as said;
    match value {
        Value::Null => String::new(),
        Value::String(text) if text.is_empty() => String::new(),
        Value::String(_) => said::length(&said::said(value)),
        other => said::said(other),
    }
}

/// Returns a time if the text is one.
pub fn as_time(text: &str) -> Option<String> {
    let at = text.parse::<chrono::DateTime<chrono::FixedOffset>>().ok()?;
    Some(time(at.with_timezone(&chrono::Utc)))
}

/// Returns `recovery point time` for `properties.recoveryPointTime`.
pub fn heading(query: &str) -> String {
    let name = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
    let last = query
        .split(name)
        .rfind(|part| part.chars().any(|c| c.is_ascii_alphabetic()));
    let mut text = String::new();
    let mut small = false;
    for letter in last.unwrap_or(query).chars() {
        // A word begins where a capital follows a small letter: `IPAddress` stays in one piece.
        if letter == '_' || (letter.is_ascii_uppercase() && small) {
            text.push(' ');
        }
        small = letter.is_ascii_lowercase();
        text.extend(letter.to_lowercase().filter(|letter| *letter != '_'));
    }
    sentence_case(&text)
}

/// Returns a name of a runbook as a person says it: `Secondary items` for `secondary_items`.
pub fn said(name: &str) -> String {
    sentence_case(&name.replace('_', " "))
}

/// Returns the text with a capital at its start.
pub fn sentence_case(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// Returns the text with a small letter at its start; a word in capitals stays.
pub fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => text.to_owned(),
    }
}

/// Returns `2 h 5 min` for seconds.
pub fn span(seconds: u64) -> String {
    let (hours, minutes) = (seconds / 3600, seconds % 3600 / 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds} s"),
        (0, _) => format!("{minutes} min"),
        (_, 0) if hours >= 48 => format!("{} d", hours / 24),
        (_, 0) => format!("{hours} h"),
        _ => format!("{hours} h {minutes} min"),
    }
}

/// Returns the last name of an ARM id.
pub fn short_id(id: &str) -> String {
    id.rsplit('/')
        .find(|part| !part.is_empty())
        .unwrap_or(id)
        .to_owned()
}

/// Returns a text with the name at the end of each ARM id in it instead of the id.
pub fn without_ids(text: &str) -> String {
    let named = |word: &str| {
        let Some(at) = word.find("/subscriptions/") else {
            return word.to_owned();
        };
        let (before, id) = word.split_at(at);
        let (id, after) = match id.strip_suffix([',', ';', ')', '.']) {
            Some(stem) => id.split_at(stem.len()),
            None => (id, ""),
        };
        let name = short_id(id);
        format!(
            "{before}{}{after}",
            name.rsplit(';').next().unwrap_or(&name)
        )
    };
    text.split(' ').map(named).collect::<Vec<_>>().join(" ")
}

/// Returns `virtual machine` for `Microsoft.Compute/virtualMachines`.
pub fn type_label(type_name: &str) -> String {
    let last = heading(&type_name.replace('/', "."))
        .to_lowercase()
        .replace("ipaddress", "IP address");
    let stem = |end: &str| last.strip_suffix(end);
    match (stem("ies"), stem("sses"), stem("s")) {
        (Some(stem), ..) => format!("{stem}y"),
        (_, Some(stem), _) => format!("{stem}ss"),
        (_, _, Some(stem)) => stem.to_owned(),
        _ => last,
    }
}

/// Returns the kind of a step.
pub fn kind(kind: StepKind) -> StepKindView {
    match kind {
        StepKind::Read => StepKindView::Read,
        StepKind::Check => StepKindView::Check,
        StepKind::Choose => StepKindView::Choose,
        StepKind::Manual => StepKindView::Manual,
        StepKind::Approval => StepKindView::Approval,
        StepKind::Action => StepKindView::Action,
        StepKind::Wait => StepKindView::Wait,
        StepKind::Validate => StepKindView::Validate,
        StepKind::Cleanup => StepKindView::Cleanup,
        StepKind::Review => StepKindView::Review,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_become_headings() {
        assert_eq!(
            heading("properties.recoveryPointTime"),
            "Recovery point time"
        );
        assert_eq!(
            heading("properties.recoveryPointTierDetails[].type"),
            "Type"
        );
        assert_eq!(heading("name"), "Name");
    }

    #[test]
    fn types_become_words() {
        assert_eq!(
            type_label("Microsoft.Compute/virtualMachines"),
            "virtual machine"
        );
        assert_eq!(
            type_label("Microsoft.Network/publicIPAddresses"),
            "public IP address"
        );
        assert_eq!(type_label("Microsoft.Compute/disks"), "disk");
    }

    #[test]
    fn ids_in_a_sentence_become_names() {
        let text = "Owed: /subscriptions/s/protectedItems/VM;iaas;rg;vm-1, /subscriptions/s/disks/d-2 and 3 more";
        assert_eq!(without_ids(text), "Owed: vm-1, d-2 and 3 more");
    }

    #[test]
    fn many_things_have_their_plural() {
        assert_eq!(plural(1, "entry"), "1 entry");
        assert_eq!(plural(2, "entry"), "2 entries");
        assert_eq!(plural(2, "public IP address"), "2 public IP addresses");
        assert_eq!(plural(3, "piece of evidence"), "3 pieces of evidence");
        assert_eq!(plural(0, "day"), "0 days");
    }

    #[test]
    fn lists_read_like_sentences() {
        let words = |n: usize| {
            ["a", "b", "c"]
                .iter()
                .take(n)
                .map(|w| (*w).to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(list(&words(1), "and"), "a");
        assert_eq!(list(&words(3), "or"), "a, b or c");
    }
}
