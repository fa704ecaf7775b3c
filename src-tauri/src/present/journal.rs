//! The journal, page by page, and whether it holds.

use super::words::{self, number};
use super::{Sight, sentences::Teller};
use crate::ipc::views::{
    JournalFieldView, JournalFilter, JournalPage, JournalRow, VerificationLineView,
    VerificationView,
};
use drillbook_core::{Drill, Event, Fields, Recorded};
use drillbook_engine::EngineError;
use drillbook_journal::{Filter, JournalError, Order, Page, StoredEntry, Verification, Verified};
use drillbook_trust::digest::Digest;
use drillbook_trust::disclosure::Value as Plain;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

/// The most rows of one page.
const LARGEST_PAGE: u32 = 500;

/// Returns a page of the journal.
pub fn page(sight: &Sight, filter: &JournalFilter) -> Result<JournalPage, EngineError> {
    let reader = sight.engine.journal();
    let offset = u64::from(filter.from.unwrap_or_default());
    let order = if filter.newest_first {
        Order::NewestFirst
    } else {
        Order::OldestFirst
    };
    let limit = filter.limit.clamp(1, LARGEST_PAGE);
    let found = reader.search(
        &wanted(sight, filter),
        Page {
            offset,
            limit,
            order,
        },
    )?;
    let head = reader.head()?;
    let end = offset + found.entries.len() as u64;
    let drills = sight.engine.drills()?;
    Ok(JournalPage {
        rows: found
            .entries
            .iter()
            .map(|entry| row(sight, &drills, entry))
            .collect(),
        matches: number(found.total),
        size: number(head.size),
        head: head.root.hex(),
        next: (end < found.total).then(|| number(end)),
        kinds: reader.kinds()?,
    })
}

/// Splits `kind:check.failed who:maya words` into a filter.
fn wanted(sight: &Sight, filter: &JournalFilter) -> Filter {
    let mut wanted = Filter {
        kinds: filter.kinds.clone(),
        drill: filter.drill.clone(),
        ..Filter::default()
    };
    let mut words = Vec::new();
    for word in filter.search.split_whitespace() {
        match word.split_once(':') {
            Some(("kind", kind)) if !kind.is_empty() => wanted.kinds.push(kind.to_owned()),
            Some(("who", who)) if !who.is_empty() => {
                let who = who.to_lowercase();
                let named = |name: &str| name.to_lowercase().contains(&who);
                let people = sight
                    .people
                    .iter()
                    .filter(|one| named(&one.name) || named(&one.id));
                wanted.actors.extend(people.map(|one| one.id.clone()));
            }
            Some(("step", step)) => words.push(step),
            _ => words.push(word),
        }
    }
    wanted.text = words.join(" ");
    wanted
}

fn row(sight: &Sight, drills: &[Arc<Drill>], stored: &StoredEntry) -> JournalRow {
    let read = read(stored);
    let entry = &stored.entry;
    let drill = drills.iter().find(|drill| drill.id == entry.drill);
    let tell = Teller { sight, drill };
    let step = entry
        .public
        .get("step")
        .map(|value| words::plain(&value_of(value)))
        .filter(|step| !step.is_empty());
    let public = entry
        .public
        .iter()
        .map(|(name, value)| field(name, value, false));
    let sealed = stored.sealed();
    JournalRow {
        entry: number(entry.seq),
        at: entry.at.clone(),
        drill: entry.drill.clone(),
        step,
        sentence: read
            .as_ref()
            .map_or_else(|| entry.kind.clone(), |read| tell.of(&read.event)),
        evidence: read.is_some_and(|read| is_evidence(&read.event)),
        kind: entry.kind.clone(),
        who: sight.name(&entry.actor).to_owned(),
        fields: public
            .chain(sealed.iter().map(|(name, value)| field(name, value, true)))
            .collect(),
    }
}

fn is_evidence(event: &Event) -> bool {
    matches!(
        event,
        Event::ExchangeRecorded { .. }
            | Event::EvidenceAttached { .. }
            | Event::NoteAdded { .. }
            | Event::DeviationNoted { .. }
            | Event::ReferenceAdded { .. }
    )
}

fn field(name: &str, value: &Plain, sealed: bool) -> JournalFieldView {
    // What signs an address is shown to nobody, not even here (trust.md §2).
    let secret = matches!(name, "poll_url" | "master");
    let value = if secret {
        "kept, shown to nobody".to_owned()
    } else {
        words::plain(&value_of(value))
    };
    JournalFieldView {
        name: name.to_owned(),
        value,
        sealed,
    }
}

fn value_of(value: &Plain) -> Value {
    match value {
        Plain::Flag(flag) => Value::Bool(*flag),
        Plain::Int(number) => Value::from(*number),
        Plain::Text(text) => Value::String(text.clone()),
    }
}

/// Reads a stored entry as an event; `None` when this version does not know its kind.
pub fn read(stored: &StoredEntry) -> Option<Recorded> {
    let values = |map: &BTreeMap<String, Plain>| {
        map.iter()
            .map(|(name, value)| (name.clone(), value_of(value)))
            .collect()
    };
    let fields = Fields {
        public: values(&stored.entry.public),
        sealed: values(&stored.sealed()),
    };
    Some(Recorded {
        seq: stored.entry.seq,
        at: stored.entry.at.parse().ok()?,
        actor: stored.entry.actor.clone(),
        leaf: stored.leaf,
        event: Event::from_fields(&stored.entry.kind, &fields).ok()?,
    })
}

/// Returns the events of one kind of a drill that have all these words, the oldest first.
pub fn events(sight: &Sight, drill: &str, kind: &str, text: &str) -> Vec<Recorded> {
    const PAGE: u32 = 1000;
    let filter = Filter {
        kinds: vec![kind.to_owned()],
        drill: Some(drill.to_owned()),
        text: text.to_owned(),
        ..Filter::default()
    };
    let mut all = Vec::new();
    loop {
        let page = Page {
            offset: all.len() as u64,
            limit: PAGE,
            order: Order::OldestFirst,
        };
        let found = sight.engine.journal().search(&filter, page);
        let entries = found.map(|found| found.entries).unwrap_or_default();
        let last = entries.len() < PAGE as usize;
        all.extend(entries);
        if last {
            return all.iter().filter_map(read).collect();
        }
    }
}

/// Verifies the whole log: every entry, every piece of evidence, every document, every checkpoint.
pub fn verify(sight: &Sight) -> VerificationView {
    let begun = Instant::now();
    let verified = sight.engine.journal().verify_all(Verification {
        names: &named,
        progress: &mut |_, _| {},
    });
    VerificationView {
        holds: verified.is_ok(),
        at: words::time(sight.now),
        milliseconds: number(begun.elapsed().as_millis()),
        lines: match &verified {
            Ok(found) => held(found),
            Err(error) => vec![broken(error)],
        },
        limits: LIMITS.iter().map(|limit| (*limit).to_owned()).collect(),
    }
}

/// Returns the digests of the evidence that an entry names.
fn named(stored: &StoredEntry) -> Vec<Digest> {
    let sealed = stored.sealed();
    let evidence = sealed
        .get("evidence")
        .map(|value| words::plain(&value_of(value)));
    evidence
        .and_then(|text| text.parse().ok())
        .into_iter()
        .collect()
}

fn held(found: &Verified) -> Vec<VerificationLineView> {
    let line = |sentence: String| VerificationLineView {
        holds: true,
        sentence,
        detail: None,
    };
    let count =
        |number: u64, one: &str| words::plural(usize::try_from(number).unwrap_or(usize::MAX), one);
    vec![
        line(format!(
            "{}, the root matches",
            count(found.head.size, "entry")
        )),
        line("Nothing missing, nothing added, none reordered".to_owned()),
        line(format!(
            "{}, each a prefix of the log",
            count(found.checkpoints, "checkpoint")
        )),
        line(format!(
            "{} and {} match their digests",
            count(found.blobs, "piece of evidence"),
            count(found.documents, "document")
        )),
    ]
}

fn broken(error: &JournalError) -> VerificationLineView {
    VerificationLineView {
        holds: false,
        sentence: words::sentence_case(&error.to_string()),
        detail: None,
    }
}

/// What no verification proves (trust.md §8).
const LIMITS: &[&str] = &[
    "That nobody rolled this whole computer back before a witness saw the log.",
    "That operator and reviewer acted independently.",
    "What was in front of the camera: a picture is unchanged since capture, no more.",
    "That nobody stole a key that is a file.",
    "That nothing was done beside Drillbook, or from another installation.",
    "That Azure answered this: answers are unsigned and recorded by this computer.",
    "That absent means erased: soft delete keeps things for a while.",
    "That the az lines do the same: they are generated, not executed.",
    "That the clock was right to the minute.",
];
