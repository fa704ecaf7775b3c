//! Named values that steps yielded, whole or one for each element of a list.
//!
//! The rule (ADR 0003): a step with `for_each = "L"` yields one value for each element. `names.N` is
//! then the list of all of them, each object with its parent as `of`, and inside the element
//! `item.N` is its own value. Deliberately absent: queries.

use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// What stands under one name.
#[derive(Debug, Clone, PartialEq)]
pub enum Named {
    /// One value.
    One(Value),
    /// One value for each element of the list `of`, by element key, in order of arrival.
    PerElement {
        /// Name of the list whose elements these belong to.
        of: String,
        /// Element key and value.
        values: Vec<(String, Value)>,
    },
}

/// All names of a drill.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Names {
    map: BTreeMap<String, Named>,
    shown: Shown,
}

/// What queries see of the names, kept until one of them changes.
#[derive(Debug, Clone, Default)]
struct Shown(OnceLock<Arc<Value>>);

impl PartialEq for Shown {
    /// It follows from the names.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// How deep parents are shown inside their children; deeper ones would repeat whole answers.
const PARENT_DEPTH: usize = 2;

impl Names {
    /// Keeps a value, for one element of `list` when there is one.
    pub fn set(&mut self, name: &str, element: Option<(&str, &str)>, value: Value) {
        self.shown = Shown::default();
        match element {
            None => {
                self.map.insert(name.to_owned(), Named::One(value));
            }
            Some((list, key)) => {
                let named = self
                    .map
                    .entry(name.to_owned())
                    .or_insert_with(|| Named::PerElement {
                        of: list.to_owned(),
                        values: Vec::new(),
                    });
                if let Named::PerElement { values, .. } = named {
                    match values.iter_mut().find(|(known, _)| known == key) {
                        Some(found) => found.1 = value,
                        None => values.push((key.to_owned(), value)),
                    }
                } else {
                    *named = Named::PerElement {
                        of: list.to_owned(),
                        values: vec![(key.to_owned(), value)],
                    };
                }
            }
        }
    }

    /// Returns what stands under a name.
    pub fn get(&self, name: &str) -> Option<&Named> {
        self.map.get(name)
    }

    /// Returns whether the name exists.
    pub fn has(&self, name: &str) -> bool {
        self.map.contains_key(name)
    }

    /// Returns the value of a name that is not per element.
    pub fn one(&self, name: &str) -> Option<&Value> {
        match self.map.get(name)? {
            Named::One(value) => Some(value),
            Named::PerElement { .. } => None,
        }
    }

    /// Returns every name with its value as queries see it.
    pub fn to_value(&self) -> Value {
        let shown = self.shown.0.get_or_init(|| {
            let all = self.map.keys();
            let all = all.map(|name| (name.clone(), self.shown(name))).collect();
            Arc::new(Value::Object(all))
        });
        Value::clone(shown)
    }

    /// Returns the elements of a list: key and value, each with what it yielded and its parent.
    pub fn list(&self, name: &str) -> Vec<(String, Value)> {
        self.list_at(name, PARENT_DEPTH, None)
    }

    fn shown(&self, name: &str) -> Value {
        match self.map.get(name) {
            Some(Named::One(Value::Array(_)) | Named::PerElement { .. }) => Value::Array(
                self.list(name)
                    .into_iter()
                    .map(|(_, value)| value)
                    .collect(),
            ),
            Some(Named::One(value)) => value.clone(),
            None => Value::Null,
        }
    }

    /// Returns the keys of a list's elements, without building the elements: is asked for every step
    /// whenever anybody wants to know where the drill is.
    pub fn keys(&self, name: &str) -> Vec<String> {
        let keys = |value: &Value| match value {
            Value::Array(rows) => rows.iter().map(key_of).collect(),
            Value::Null => Vec::new(),
            other => vec![key_of(other)],
        };
        match self.map.get(name) {
            None => Vec::new(),
            Some(Named::One(value)) => keys(value),
            Some(Named::PerElement { values, .. }) => {
                values.iter().flat_map(|(_, value)| keys(value)).collect()
            }
        }
    }

    fn list_at(&self, name: &str, depth: usize, without: Option<&str>) -> Vec<(String, Value)> {
        let rows: Vec<Value> = match self.map.get(name) {
            Some(Named::One(Value::Array(rows))) => rows.clone(),
            Some(Named::One(Value::Null)) | None => Vec::new(),
            Some(Named::One(value)) => vec![value.clone()],
            Some(Named::PerElement { of, values }) => self.children(name, of, values, depth),
        };
        rows.into_iter()
            .map(|row| (key_of(&row), self.with_own(name, row, without)))
            .collect()
    }

    /// Concatenates per-element values and gives each object its parent as `of`.
    fn children(
        &self,
        name: &str,
        of: &str,
        values: &[(String, Value)],
        depth: usize,
    ) -> Vec<Value> {
        let parents = match depth.checked_sub(1) {
            Some(rest) => self.list_at(of, rest, Some(name)),
            None => Vec::new(),
        };
        let parent = |key: &str| {
            parents
                .iter()
                .find(|(known, _)| known == key)
                .map(|(_, value)| value.clone())
        };
        let mut rows = Vec::new();
        for (key, value) in values {
            let own: Vec<Value> = match value {
                Value::Array(list) => list.clone(),
                Value::Null => Vec::new(),
                other => vec![other.clone()],
            };
            for mut row in own {
                if let (Value::Object(map), Some(parent)) = (&mut row, parent(key)) {
                    map.entry("of").or_insert(parent);
                }
                rows.push(row);
            }
        }
        rows
    }

    /// Adds to an element what steps repeated for it yielded.
    fn with_own(&self, list: &str, mut row: Value, without: Option<&str>) -> Value {
        let key = key_of(&row);
        if let Value::Object(map) = &mut row {
            for (name, own) in self.own(list, &key) {
                if without != Some(name.as_str()) {
                    map.insert(name, own);
                }
            }
        }
        row
    }

    fn own(&self, list: &str, key: &str) -> Map<String, Value> {
        let mut own = Map::new();
        for (name, named) in &self.map {
            if let Named::PerElement { of, values } = named
                && of == list
                && let Some((_, value)) = values.iter().find(|(known, _)| known == key)
            {
                own.insert(name.clone(), value.clone());
            }
        }
        own
    }
}

/// Returns what identifies an element: its id, case folded as ARM ids are, its `key`, or itself.
pub(crate) fn key_of(row: &Value) -> String {
    match row {
        Value::Object(map) => {
            let id = map
                .get("id")
                .or_else(|| map.get("key"))
                .or_else(|| map.get("name"));
            match id {
                Some(Value::String(id)) => drillbook_runbook::reference::canonical_id(id),
                Some(other) => other.to_string(),
                None => row.to_string(),
            }
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_an_element_yielded_is_seen_in_it_and_in_its_children() {
        let mut names = Names::default();
        names.set(
            "items",
            None,
            json!([{"id": "/a", "n": 1}, {"id": "/b", "n": 2}]),
        );
        names.set("target", Some(("items", "/a")), json!({"id": "/ta"}));
        names.set("points", Some(("items", "/a")), json!({"id": "/p"}));
        let points = names.list("points");
        assert_eq!(points.len(), 1);
        assert_eq!(points[0].1["of"]["target"]["id"], "/ta");
        assert_eq!(
            points[0].1["of"].get("points"),
            None,
            "a child is not shown inside itself"
        );
        assert_eq!(names.list("items")[0].1["points"]["id"], "/p");
        assert_eq!(names.to_value()["target"][0]["of"]["n"], 1);
    }
}
