//! Words, times and numbers as the window takes them.

use crate::ipc::views::{RoleView, StepKindView};
use chrono::SecondsFormat;
use drillbook_core::Timestamp;
use drillbook_runbook::StepKind;
use serde_json::Value;

pub use drillbook_core::words::{heading, list, plural, sentence_case, short_id, type_label};

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
    drillbook_runbook::test::read_time(text).map(time)
}

/// Returns a name of a runbook as a person says it: `Secondary items` for `secondary_items`.
pub fn said(name: &str) -> String {
    sentence_case(&name.replace('_', " "))
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
    fn ids_in_a_sentence_become_names() {
        let text = "Owed: /subscriptions/s/protectedItems/VM;iaas;rg;vm-1, /subscriptions/s/disks/d-2 and 3 more";
        assert_eq!(without_ids(text), "Owed: vm-1, d-2 and 3 more");
    }
}
