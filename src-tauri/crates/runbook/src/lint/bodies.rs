//! Bodies: `$value`, `$from`, `$secret` and texts.

use super::queries::Place;
use super::{Lint, inside, way};
use crate::locate::Key;
use serde_json::{Map, Value};

impl Lint<'_> {
    /// Checks a body; `request` is its request's position within the step.
    pub(super) fn body(&mut self, place: Place<'_>, request: usize, body: &Value, path: &[Key]) {
        match body {
            Value::String(text) => self.template(place, text, path),
            Value::Array(list) => {
                for (n, element) in list.iter().enumerate() {
                    self.body(place, request, element, &inside(path, &way![n]));
                }
            }
            Value::Object(members) => {
                if members.keys().any(|name| name.starts_with('$')) {
                    return self.special(place, request, members, path);
                }
                for (name, member) in members {
                    self.body(place, request, member, &inside(path, &way![name.as_str()]));
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn special(&mut self, place: Place<'_>, at: usize, members: &Map<String, Value>, path: &[Key]) {
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        let only = |known: &[&str]| members.keys().all(|name| known.contains(&name.as_str()));
        if let (Some(query), true) = (text("$value"), only(&["$value"])) {
            return self.query(place, query, inside(path, &way!["$value"]));
        }
        let (word, from) = match (text("$from"), text("$secret")) {
            (Some(from), None) if only(&["$from", "query"]) => ("$from", from),
            (None, Some(from)) if only(&["$secret", "query", "set"]) => ("$secret", from),
            _ => {
                let sentence =
                    "A member that begins with $ has a shape the format does not know.".to_owned();
                let remedy = "Use `{ \"$value\" }`, `{ \"$from\", query }` or `{ \"$secret\", query, set }`.";
                return self.error("runbook.body_invalid", path.to_vec(), sentence, remedy);
            }
        };
        match text("query") {
            Some(query) => self.row_query(place, query, inside(path, &way!["query"])),
            None => {
                let sentence = format!("{word} needs a query.");
                let remedy = "Say which part of the answer is taken.";
                self.error("runbook.body_invalid", path.to_vec(), sentence, remedy);
            }
        }
        let earlier = self.runbook.steps[place.step].requests[..at]
            .iter()
            .find(|r| r.name == from);
        let secret = earlier.map(|request| request.secret);
        match (word, secret) {
            (_, None) => {
                let sentence = format!("No earlier request of this step is called {from}.");
                let remedy = "Name a request that stands before this one.";
                self.error("runbook.unknown_name", path.to_vec(), sentence, remedy);
            }
            ("$from", Some(true)) => {
                let sentence = format!("The answer of {from} is secret.");
                let remedy = "Use `$secret`, so that it never leaves memory.";
                self.error("runbook.secret_captured", path.to_vec(), sentence, remedy);
            }
            ("$secret", Some(false)) => {
                let sentence = format!("The request {from} is not declared secret.");
                let remedy = "Add `secret = true` to it, or use `$from`.";
                self.error(
                    "runbook.secret_not_declared",
                    path.to_vec(),
                    sentence,
                    remedy,
                );
            }
            _ => {}
        }
    }
}
