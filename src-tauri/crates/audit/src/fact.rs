//! An entry as a bundle shows it: what it says, what was withheld, and the event it stands for.

use drillbook_core::{Event, EventError, Fields, Recorded};
use drillbook_trust::digest::Digest;
use drillbook_trust::disclosure::Value;
use drillbook_trust::entry::Entry;
use drillbook_trust::time;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// What stands for the address of an operation, so that its time still counts as the machine's.
const WITHHELD: &str = "withheld";

/// An entry with the sealed values that are shown.
#[derive(Debug, Clone)]
pub(crate) struct Fact {
    pub(crate) entry: Entry,
    pub(crate) leaf: Digest,
    pub(crate) shown: BTreeMap<String, Value>,
    pub(crate) withheld: BTreeSet<String>,
    /// Commitments of the sealed values, by name.
    pub(crate) commitments: BTreeMap<String, String>,
}

impl Fact {
    /// Returns the text of a field, public or shown.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let value = self.entry.public.get(name).or_else(|| self.shown.get(name));
        value.and_then(Value::as_text)
    }

    /// Returns the digest that a field names.
    pub(crate) fn digest(&self, name: &str) -> Option<Digest> {
        self.text(name)?.parse().ok()
    }

    /// Returns the event, for the fold of the drill.
    pub(crate) fn recorded(&self) -> Result<Recorded, EventError> {
        let plain = |map: &BTreeMap<String, Value>| {
            let all = map.iter().map(|(name, value)| (name.clone(), json(value)));
            all.collect::<BTreeMap<_, _>>()
        };
        let mut sealed = plain(&self.shown);
        for name in &self.withheld {
            sealed.insert(name.clone(), Json::String(WITHHELD.to_owned()));
        }
        let fields = Fields {
            public: plain(&self.entry.public),
            sealed,
        };
        let event = event(&self.entry.kind, fields)?;
        let at = time::parse(&self.entry.at).ok_or(EventError::Field {
            kind: event.kind(),
            field: "at",
        })?;
        Ok(Recorded {
            seq: self.entry.seq,
            at,
            actor: self.entry.actor.clone(),
            leaf: self.leaf,
            event,
        })
    }
}

/// Builds the event; where a withheld value stood for JSON, nothing stands instead.
fn event(kind: &str, mut fields: Fields) -> Result<Event, EventError> {
    loop {
        match Event::from_fields(kind, &fields) {
            Err(EventError::Field { field, .. })
                if fields.sealed.get(field).and_then(Json::as_str) == Some(WITHHELD) =>
            {
                fields
                    .sealed
                    .insert(field.to_owned(), Json::String("null".to_owned()));
            }
            other => return other,
        }
    }
}

fn json(value: &Value) -> Json {
    match value {
        Value::Flag(flag) => Json::Bool(*flag),
        Value::Int(number) => Json::from(*number),
        Value::Text(text) => Json::String(text.clone()),
    }
}

/// Names of the public fields by which an entry points to a document.
const POINTERS: [&str; 8] = [
    "policy",
    "request",
    "decision",
    "runbook",
    "revocation",
    "break_glass",
    "review",
    "reading",
];

/// Returns the digests of every document that entries name.
pub(crate) fn named_documents(facts: &[Fact]) -> BTreeSet<Digest> {
    let fields = facts.iter().flat_map(|fact| {
        POINTERS
            .iter()
            .filter_map(|name| fact.entry.public.get(*name)?.as_text())
    });
    fields.filter_map(|text| text.parse().ok()).collect()
}
