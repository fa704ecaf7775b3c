//! The simulator's answers beside recorded or documented ones: the same names, spelled the same, of the same types.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Output;

use anyhow::{Context, Result};
use serde_json::Value as Json;
use toml::{Table, Value};

/// One answer, the example it is compared with, and the differences that have a reason.
pub struct Shape {
    /// The example's file below the folder of examples.
    pub example: String,
    allowed: BTreeSet<String>,
    body: Json,
}

impl Shape {
    /// Reads one `[[shape]]` and its example.
    pub fn read(row: &Table, examples: &Path) -> Result<Self> {
        let example = row.get("example").and_then(Value::as_str);
        let example = example.context("a shape has no `example`")?.to_owned();
        let file = examples.join(&example);
        let text = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let read: Json = serde_json::from_slice(&text).context("an example is not JSON")?;
        let mut allowed = BTreeSet::new();
        for list in ["more", "less"] {
            let groups = row.get(list).and_then(Value::as_array);
            for group in groups.into_iter().flatten() {
                let because = group.get("because").and_then(Value::as_str);
                because.with_context(|| format!("{example}: a difference has no reason"))?;
                let members = group.get("members").and_then(Value::as_array);
                let members = members.into_iter().flatten().filter_map(Value::as_str);
                allowed.extend(members.map(str::to_owned));
            }
        }
        Ok(Self {
            example,
            allowed,
            body: read["responses"]["200"]["body"].clone(),
        })
    }

    /// Says in what an answer differs from the example, beyond what has a reason.
    pub fn differs(&self, output: &Output) -> Option<String> {
        let ours: Json = serde_json::from_slice(&output.stdout).unwrap_or(Json::Null);
        let (mut seen, mut known) = (BTreeMap::new(), BTreeMap::new());
        walk(&ours, "", &mut seen);
        walk(&self.body, "", &mut known);
        let mut found = Vec::new();
        for (path, kinds) in &seen {
            match known.get(path) {
                None if above(path, &known) => found.push((path, "is invented")),
                Some(wanted) if !fits(kinds, wanted) => found.push((path, "has another type")),
                _ => {}
            }
        }
        for path in known.keys() {
            if !seen.contains_key(path) && above(path, &seen) {
                found.push((path, "is missing"));
            }
        }
        found.retain(|(path, why)| *why == "has another type" || !self.allowed.contains(*path));
        let found: Vec<String> = found
            .iter()
            .map(|(path, why)| format!("{path} {why}"))
            .collect();
        (!found.is_empty()).then(|| found.join(", "))
    }
}

/// Tells whether what holds a member is there, so that its absence is reported once and not for all below.
fn above(path: &str, there: &BTreeMap<String, BTreeSet<&'static str>>) -> bool {
    path.rsplit_once('/')
        .is_some_and(|(parent, _)| there.contains_key(parent))
}

/// Null stands for any type: a member that is not set.
fn fits(ours: &BTreeSet<&'static str>, wanted: &BTreeSet<&'static str>) -> bool {
    ours.contains("null") || wanted.contains("null") || !ours.is_disjoint(wanted)
}

fn walk(value: &Json, path: &str, into: &mut BTreeMap<String, BTreeSet<&'static str>>) {
    let kind = match value {
        Json::Null => "null",
        Json::Bool(_) => "truth",
        Json::Number(_) => "number",
        Json::String(_) => "text",
        Json::Array(_) => "list",
        Json::Object(_) => "object",
    };
    into.entry(path.to_owned()).or_default().insert(kind);
    match value {
        Json::Array(rows) => rows
            .iter()
            .for_each(|row| walk(row, &format!("{path}/*"), into)),
        Json::Object(members) => {
            let members = members.iter();
            members.for_each(|(name, member)| walk(member, &format!("{path}/{name}"), into));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::Shape;
    use serde_json::{Value, json};
    use std::collections::BTreeSet;
    use std::os::unix::process::ExitStatusExt;

    fn differs(ours: &Value, example: Value, allowed: &[&str]) -> Option<String> {
        let shape = Shape {
            example: "e".to_owned(),
            allowed: allowed
                .iter()
                .map(|path| (*path).to_owned())
                .collect::<BTreeSet<_>>(),
            body: example,
        };
        shape.differs(&std::process::Output {
            status: std::process::ExitStatus::from_raw(0),
            stdout: ours.to_string().into_bytes(),
            stderr: Vec::new(),
        })
    }

    #[test]
    fn names_spellings_and_types_must_agree() {
        let example = || json!({"value": [{"id": "x", "count": 1}]});
        assert_eq!(
            differs(&json!({"value": [{"id": "y", "count": 2}]}), example(), &[]),
            None
        );
        for (ours, word) in [
            (json!({"value": [{"ID": "y", "count": 2}]}), "is invented"),
            (json!({"value": [{"id": "y"}]}), "is missing"),
            (
                json!({"value": [{"id": "y", "count": "2"}]}),
                "has another type",
            ),
        ] {
            let found = differs(&ours, example(), &[]).unwrap_or_default();
            assert!(found.contains(word), "{found}");
        }
        let less = json!({"value": [{"id": "y"}]});
        assert_eq!(differs(&less, example(), &["/value/*/count"]), None);
    }
}
