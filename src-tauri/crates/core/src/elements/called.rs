//! What people call the things a step is repeated for: names, never ids.
//!
//! A job is called after the machine whose restore it is; a thing that is owed by its own name. The key beside it
//! is the id, in full, for whoever needs it.

use super::Element;
use crate::drill::Drill;
use crate::names::Named;
use crate::words::short_id;
use drillbook_runbook::model::{ForEach, Step};
use serde_json::Value;
use std::collections::BTreeMap;

/// How far up parents are looked for; a list of a list of a list is the deepest that a runbook has.
const GENERATIONS: usize = 4;

/// Gives each element the name that people use, unless two of them would share it.
pub(super) fn name_all(drill: &Drill, step: &Step, all: &mut [Element]) {
    let called: Vec<String> = all.iter().map(|one| called(drill, step, one)).collect();
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for name in &called {
        *times.entry(name).or_default() += 1;
    }
    for (element, name) in all.iter_mut().zip(&called) {
        // Two disks of one machine need more than the machine's name.
        if times.get(name.as_str()) == Some(&1) {
            element.label.clone_from(name);
        }
    }
}

fn called(drill: &Drill, step: &Step, element: &Element) -> String {
    let Some(value) = &element.value else {
        return element.label.clone();
    };
    if let Some(parent) = forebear(value) {
        return parent;
    }
    if let Some(ForEach::Name(list)) = &step.for_each
        && let Some(parent) = yielded_by(drill, list, &element.key)
    {
        return parent;
    }
    if element.label.starts_with('/') {
        let id = value.get("id").and_then(Value::as_str);
        return short_id(id.unwrap_or(&element.label));
    }
    element.label.clone()
}

/// Returns the name of the furthest parent that a value carries in itself.
fn forebear(value: &Value) -> Option<String> {
    let mut found = None;
    let mut here = value;
    for _ in 0..GENERATIONS {
        let Some(parent) = here.get("of") else { break };
        found = name(parent).or(found);
        here = parent;
    }
    found
}

fn name(value: &Value) -> Option<String> {
    let friendly = value
        .pointer("/properties/friendlyName")
        .or_else(|| value.get("label"))
        .or_else(|| value.get("name"));
    friendly.and_then(Value::as_str).map(str::to_owned)
}

/// Returns the name of the element that yielded a value which is a plain id, such as a job's.
fn yielded_by(drill: &Drill, list: &str, key: &str) -> Option<String> {
    let (mut list, mut key) = (list.to_owned(), key.to_owned());
    let mut found = None;
    for _ in 0..GENERATIONS {
        let Some(Named::PerElement { of, values }) = drill.names.get(&list) else {
            break;
        };
        let (parent, _) = values.iter().find(|(_, value)| holds(value, &key))?;
        let whole = drill.names.list(of);
        let (_, value) = whole.into_iter().find(|(known, _)| known == parent)?;
        found = forebear(&value).or_else(|| name(&value)).or(found);
        (list, key) = (of.clone(), parent.clone());
    }
    found
}

fn holds(value: &Value, key: &str) -> bool {
    match value {
        Value::Array(rows) => rows.iter().any(|row| holds(row, key)),
        Value::String(text) => text.eq_ignore_ascii_case(key),
        other => other
            .get("id")
            .and_then(Value::as_str)
            .is_some_and(|id| id.eq_ignore_ascii_case(key)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_called_after_its_furthest_parent() {
        let value =
            serde_json::json!({"name": "6701", "of": {"properties": {"friendlyName": "vm-1"}}});
        assert_eq!(forebear(&value).as_deref(), Some("vm-1"));
        assert_eq!(forebear(&serde_json::json!({"name": "vm-1"})), None);
    }
}
