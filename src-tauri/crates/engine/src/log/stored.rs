//! Between facts and what the journal stores of them: entries, documents, and the drill folded from them.

use crate::chance::Chance;
use crate::error::EngineError;
use drillbook_core::{Drill, Event, Fields, Recorded, replay};
use drillbook_journal::{NewEntry, Reader, StoredEntry};
use drillbook_runbook::Runbook;
use drillbook_trust::digest::Digest;
use drillbook_trust::disclosure::{Disclosure, Value as Sealed};
use drillbook_trust::document::{Document, Policy, Signed, parse_signed};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Folds a drill from its entries.
pub(crate) fn read_drill(
    reader: &Reader,
    runbooks: &[Arc<Runbook>],
    id: &str,
) -> Result<Drill, EngineError> {
    let mut facts = Vec::new();
    for stored in reader.drill(id, 0)? {
        facts.push(recorded(&stored?)?);
    }
    let runbook = match facts.first().map(|first| &first.event) {
        Some(Event::DrillOpened { runbook, .. }) => stored_runbook(reader, runbooks, runbook)?,
        _ => {
            return Err(EngineError::UnknownDrill {
                drill: id.to_owned(),
            });
        }
    };
    replay(id, &runbook, facts).ok_or_else(|| EngineError::Unreadable {
        what: "drill".to_owned(),
    })
}

/// Reads the runbook a drill was opened with, which may be older than the library's.
fn stored_runbook(
    reader: &Reader,
    runbooks: &[Arc<Runbook>],
    digest: &str,
) -> Result<Arc<Runbook>, EngineError> {
    if let Some(known) = runbooks.iter().find(|runbook| runbook.digest() == digest) {
        return Ok(Arc::clone(known));
    }
    let unreadable = || EngineError::Unreadable {
        what: "runbook".to_owned(),
    };
    let digest: Digest = digest.parse().map_err(|_| unreadable())?;
    let stored = reader.document(&digest)?.ok_or_else(unreadable)?;
    let mut value: Value = serde_json::from_slice(&stored.bytes).map_err(|_| unreadable())?;
    if let Value::Object(map) = &mut value {
        map.remove("type");
    }
    serde_json::from_value(value)
        .map(Arc::new)
        .map_err(|_| unreadable())
}

/// Draws a salt for each sealed field of a new entry that has none yet.
pub(crate) fn new_entry(
    drill: &str,
    actor: &str,
    event: &Event,
    chance: &Chance,
    salted: &[Disclosure],
) -> NewEntry {
    let Fields { public, sealed } = event.fields();
    let seal = |(name, value): (String, Value)| {
        let value = flat(&value);
        let known = salted
            .iter()
            .find(|one| one.name == name && one.value == value);
        known.cloned().unwrap_or_else(|| Disclosure {
            salt: chance.bytes(),
            name,
            value,
        })
    };
    NewEntry {
        drill: drill.to_owned(),
        kind: event.kind().to_owned(),
        actor: actor.to_owned(),
        public: public
            .into_iter()
            .map(|(name, value)| (name, flat(&value)))
            .collect(),
        sealed: sealed.into_iter().map(seal).collect(),
    }
}

/// A JSON scalar as entries hold it.
fn flat(value: &Value) -> Sealed {
    match value {
        Value::Bool(flag) => Sealed::Flag(*flag),
        Value::Number(number) => Sealed::Int(number.as_i64().unwrap_or_default()),
        Value::String(text) => Sealed::Text(text.clone()),
        other => Sealed::Text(other.to_string()),
    }
}

fn unflat(value: &Sealed) -> Value {
    match value {
        Sealed::Flag(flag) => Value::Bool(*flag),
        Sealed::Int(number) => Value::from(*number),
        Sealed::Text(text) => Value::String(text.clone()),
    }
}

/// Reads a stored entry back as a fact.
pub(crate) fn recorded(stored: &StoredEntry) -> Result<Recorded, EngineError> {
    let unreadable = || EngineError::Unreadable {
        what: format!("entry {}", stored.entry.seq),
    };
    let scalars = |map: &BTreeMap<String, Sealed>| {
        map.iter()
            .map(|(name, value)| (name.clone(), unflat(value)))
            .collect()
    };
    let fields = Fields {
        public: scalars(&stored.entry.public),
        sealed: scalars(&stored.sealed()),
    };
    let event = Event::from_fields(&stored.entry.kind, &fields).map_err(|_| unreadable())?;
    let at = drillbook_trust::time::parse(&stored.entry.at).ok_or_else(unreadable)?;
    Ok(Recorded {
        seq: stored.entry.seq,
        at,
        actor: stored.entry.actor.clone(),
        leaf: stored.leaf,
        event,
    })
}

/// Reads the policy in force.
pub(crate) fn policy(reader: &Reader) -> Result<Option<Signed<Policy>>, EngineError> {
    Ok(policies(reader)?.pop())
}

/// Reads every version of the policy, oldest first; the last is in force.
pub(crate) fn policies(reader: &Reader) -> Result<Vec<Signed<Policy>>, EngineError> {
    let mut all = Vec::new();
    for stored in reader.drill("", 0)? {
        if let Event::PolicyAdopted { policy, .. } = recorded(&stored?)?.event {
            all.push(signed(reader, &policy)?);
        }
    }
    Ok(all)
}

/// Reads a signed document by its digest.
pub(crate) fn signed<T: Document>(reader: &Reader, digest: &str) -> Result<Signed<T>, EngineError> {
    let unreadable = || EngineError::Unreadable {
        what: "signed document".to_owned(),
    };
    let digest: Digest = digest.parse().map_err(|_| unreadable())?;
    let stored = reader.document(&digest)?.ok_or_else(unreadable)?;
    let signatures = stored.signatures.into_iter();
    let signatures = signatures.map(|(armored, _)| armored).collect();
    Ok(parse_signed(&stored.bytes, signatures)?)
}

/// Reads who took the seat last.
pub(crate) fn seat(reader: &Reader) -> Result<Option<String>, EngineError> {
    let mut last = None;
    for stored in reader.drill("", 0)? {
        if let Event::PersonSwitched { person, .. } = recorded(&stored?)?.event {
            last = Some(person);
        }
    }
    Ok(last)
}
