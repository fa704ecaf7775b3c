//! What could have come of an unanswered request, and what tells one candidate from another.
//!
//! Deliberately absent: which of them is ours; Azure's jobs carry no request id of ours (trust.md §4).

use super::words::plain;
use crate::ipc::views::{CandidateView, DetailView};
use drillbook_core::words::sentence_case;
use serde_json::Value;
use std::collections::BTreeMap;

/// How many differences are shown of each.
const MOST: usize = 6;
/// How long one may be.
const LONGEST: usize = 160;
/// What differs between any two jobs, or stands in a column of its own.
const SAID: [&str; 6] = ["id", "name", "etag", "startTime", "status", "activityId"];

/// Returns the candidates, each with what it says differently from the others.
pub fn view(rows: Option<&Vec<Value>>) -> Vec<CandidateView> {
    let rows = rows.map(Vec::as_slice).unwrap_or_default();
    let members: Vec<BTreeMap<String, String>> = rows.iter().map(members).collect();
    let differs = |path: &String| {
        let mut values = members.iter().map(|of| of.get(path));
        let first = values.next();
        values.any(|value| Some(value) != first)
    };
    let one = |(row, own): (&Value, &BTreeMap<String, String>)| {
        let mut tells = vec![DetailView {
            name: "Id".to_owned(),
            value: first(row, &["/key"]),
            mono: true,
        }];
        let others = own.iter().filter(|(path, _)| differs(path)).take(MOST);
        tells.extend(others.map(|(path, value)| DetailView {
            name: named(path),
            value: value.clone(),
            mono: false,
        }));
        candidate(row, tells)
    };
    rows.iter().zip(&members).map(one).collect()
}

fn candidate(row: &Value, tells: Vec<DetailView>) -> CandidateView {
    let label = [
        "/row/properties/entityFriendlyName",
        "/row/properties/backupInstanceFriendlyName",
        "/row/properties/friendlyName",
        "/row/name",
        "/key",
    ];
    let status = [
        "/row/properties/status",
        "/row/properties/state",
        "/row/properties/provisioningState",
    ];
    CandidateView {
        key: first(row, &["/key"]),
        label: first(row, &label),
        started: first(row, &["/started"]),
        status: Some(first(row, &status)).filter(|text| !text.is_empty()),
        tells,
    }
}

fn first(row: &Value, pointers: &[&str]) -> String {
    let mut found = pointers.iter().filter_map(|at| row.pointer(at)).map(plain);
    found.find(|text| !text.is_empty()).unwrap_or_default()
}

/// Returns every plain member of a row by its path, those left out that say nothing more.
fn members(row: &Value) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    gather(&row["row"], "", &mut all);
    all
}

fn gather(value: &Value, path: &str, all: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(members) => {
            for (name, inner) in members {
                if !SAID.contains(&name.as_str()) {
                    gather(inner, &format!("{path}/{name}"), all);
                }
            }
        }
        Value::Array(items) => {
            for (at, inner) in items.iter().enumerate() {
                gather(inner, &format!("{path}/{at}"), all);
            }
        }
        Value::Null => {}
        Value::String(_) | Value::Bool(_) | Value::Number(_) => {
            let text: String = plain(value).chars().take(LONGEST).collect();
            all.insert(path.to_owned(), text);
        }
    }
}

/// Returns the last word of a path as a person reads it: `targetObjectName` is "Target object name".
fn named(path: &str) -> String {
    let mut words = path.rsplit('/');
    let last = words
        .find(|word| word.parse::<usize>().is_err())
        .unwrap_or_default();
    let mut text = String::new();
    for letter in last.chars() {
        if letter.is_uppercase() && !text.is_empty() {
            text.push(' ');
        }
        text.extend(letter.to_lowercase());
    }
    sentence_case(&text)
}

#[cfg(test)]
mod tests {
    use super::view;
    use serde_json::{Value, json};

    fn row(key: &str, target: &str) -> Value {
        json!({"key": key, "started": "2026-11-21T09:00:00+00:00", "row": {
        "id": key, "name": key,
        "properties": {
            "entityFriendlyName": "policydb", "status": "InProgress", "operation": "CrossRegionRestore",
            "extendedInfo": {"propertyBag": {"targetServer": target}},
        }}})
    }

    #[test]
    fn two_candidates_are_told_apart_by_what_they_say_differently() {
        let rows = vec![row("job-7", "sql-1"), row("job-8", "sql-2")];
        let shown = view(Some(&rows));
        let tells: Vec<Vec<String>> = shown
            .iter()
            .map(|one| {
                let tells = one.tells.iter();
                tells
                    .map(|tell| format!("{}: {}", tell.name, tell.value))
                    .collect()
            })
            .collect();
        assert_eq!(
            tells,
            [
                ["Id: job-7", "Target server: sql-1"],
                ["Id: job-8", "Target server: sql-2"]
            ]
        );
        assert_eq!(shown[0].label, "policydb");
        assert_eq!(shown[0].status.as_deref(), Some("InProgress"));
    }

    #[test]
    fn the_only_candidate_differs_from_nothing() {
        let rows = vec![row("job-7", "sql-1")];
        assert_eq!(view(Some(&rows))[0].tells.len(), 1);
    }
}
