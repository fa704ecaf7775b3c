//! One pass over the log: every leaf, whose it is, and the entries that go into the bundle.

use super::Hidden;
use crate::audience::{Audience, PICTURE};
use crate::error::AuditError;
use crate::fact::Fact;
use crate::source::{LoggedEntry, SignedCheckpoint, Source};
use drillbook_trust::checkpoint::Checkpoint;
use drillbook_trust::digest::Digest;
use drillbook_trust::disclosure::{Disclosure, Value};
use drillbook_trust::entry::Entry;
use drillbook_trust::merkle::{CompactRange, leaf_hash};
use std::collections::BTreeMap;

/// Everything of the log that a bundle needs.
pub(super) struct Gathered {
    pub(super) leaves: Vec<Digest>,
    pub(super) kept: Vec<Kept>,
    pub(super) drills: Vec<Owned>,
    pub(super) checkpoints: BTreeMap<u64, SignedCheckpoint>,
}

/// An entry that goes into the bundle, its sealed values in the order of their commitments.
pub(super) struct Kept {
    pub(super) entry: Entry,
    pub(super) bytes: Vec<u8>,
    pub(super) leaf: Digest,
    pub(super) disclosures: Vec<Disclosure>,
}

impl Kept {
    /// Whether the entry attached a picture with tiles.
    pub(super) fn is_picture(&self) -> bool {
        self.public("tile_root").is_some()
    }

    /// Returns a picture's width and height.
    pub(super) fn edges(&self) -> (u32, u32) {
        let edge = |name: &str| self.entry.public.get(name).and_then(Value::as_int);
        let edge = |name: &str| edge(name).and_then(|edge| u32::try_from(edge).ok());
        (
            edge("width").unwrap_or_default(),
            edge("height").unwrap_or_default(),
        )
    }

    /// Returns the text of a public field.
    pub(super) fn public(&self, name: &str) -> Option<&str> {
        self.entry.public.get(name).and_then(Value::as_text)
    }

    /// Returns the text of a sealed field.
    pub(super) fn sealed(&self, name: &str) -> Option<&str> {
        let found = self.disclosures.iter().find(|one| one.name == name);
        found.and_then(|one| one.value.as_text())
    }

    /// Whether a sealed field is left out.
    pub(super) fn withholds(&self, field: &str, audience: Audience, hidden: &Hidden) -> bool {
        let kind = self.entry.kind.as_str();
        let blackened = (kind, field) == PICTURE && hidden.contains_key(&self.entry.seq);
        blackened || audience.withholds(kind, field)
    }
}

/// Whose which entries are; `-` stands for the installation.
pub(super) struct Owned {
    pub(super) name: String,
    pub(super) opened: String,
    pub(super) state: String,
    pub(super) spans: Vec<Span>,
}

/// Consecutive entries.
pub(super) struct Span(u64, u64);

impl Span {
    pub(super) fn text(&self) -> String {
        if self.0 == self.1 {
            self.0.to_string()
        } else {
            format!("{}-{}", self.0, self.1)
        }
    }
}

impl Owned {
    pub(super) fn first(&self) -> u64 {
        self.spans.first().map_or(0, |span| span.0)
    }

    pub(super) fn last(&self) -> u64 {
        self.spans.last().map_or(0, |span| span.1)
    }

    fn add(&mut self, entry: &Entry) {
        match self.spans.last_mut() {
            Some(span) if span.1 + 1 == entry.seq => span.1 = entry.seq,
            _ => self.spans.push(Span(entry.seq, entry.seq)),
        }
        if entry.kind == "drill.ended"
            && let Some(end) = entry.public.get("end").and_then(Value::as_text)
        {
            end.clone_into(&mut self.state);
        }
    }
}

impl Gathered {
    pub(super) fn facts(&self, audience: Audience, hidden: &Hidden) -> Vec<Fact> {
        let fact = |kept: &Kept| {
            let hidden = |one: &&Disclosure| kept.withholds(&one.name, audience, hidden);
            let (withheld, shown): (Vec<_>, Vec<_>) = kept.disclosures.iter().partition(hidden);
            Fact {
                entry: kept.entry.clone(),
                leaf: kept.leaf,
                shown: shown
                    .into_iter()
                    .map(|d| (d.name.clone(), d.value.clone()))
                    .collect(),
                withheld: withheld.into_iter().map(|d| d.name.clone()).collect(),
                commitments: kept
                    .disclosures
                    .iter()
                    .map(|one| (one.name.clone(), one.commitment()))
                    .collect(),
            }
        };
        self.kept.iter().map(fact).collect()
    }
}

pub(super) fn gather(source: &mut Source<'_>) -> Result<Gathered, AuditError> {
    let mut gathered = Gathered {
        leaves: Vec::new(),
        kept: Vec::new(),
        drills: Vec::new(),
        checkpoints: checkpoints(source)?,
    };
    let mut range = CompactRange::new();
    let mut index: BTreeMap<String, usize> = BTreeMap::new();
    let mut origin: Option<String> = None;
    for logged in &mut *source.entries {
        checked(&gathered.checkpoints, &range)?;
        let kept = read(logged.map_err(AuditError::Source)?)?;
        if kept.entry.kind == "log.continued" {
            // A restored log goes on under a new origin.
            origin = Some(kept.entry.log.clone());
        }
        let origin = origin.get_or_insert_with(|| kept.entry.log.clone());
        if kept.entry.seq != range.size() || kept.entry.log != *origin {
            return Err(AuditError::Inconsistent(format!(
                "entry {} is out of place",
                range.size()
            )));
        }
        range.append(kept.leaf);
        gathered.leaves.push(kept.leaf);
        let own = kept.entry.drill.is_empty() || kept.entry.drill == source.drill;
        let number = *index
            .entry(kept.entry.drill.clone())
            .or_insert(gathered.drills.len());
        if number == gathered.drills.len() {
            gathered.drills.push(opened(&kept.entry));
        }
        gathered.drills[number].add(&kept.entry);
        if own {
            gathered.kept.push(kept);
        }
    }
    checked(&gathered.checkpoints, &range)?;
    if origin.is_some_and(|origin| origin != source.origin) {
        return Err(AuditError::Inconsistent(
            "the log ends under another origin".to_owned(),
        ));
    }
    if gathered.checkpoints.keys().next_back() != Some(&range.size()) {
        return Err(AuditError::Inconsistent(
            "no checkpoint closes the log".to_owned(),
        ));
    }
    if !index.contains_key(&source.drill) || source.drill.is_empty() {
        return Err(AuditError::UnknownDrill(source.drill.clone()));
    }
    Ok(gathered)
}

fn opened(entry: &Entry) -> Owned {
    let installation = entry.drill.is_empty();
    let word = |text: &str| {
        if installation {
            "-".to_owned()
        } else {
            text.to_owned()
        }
    };
    Owned {
        name: word(&entry.drill),
        opened: word(&entry.at),
        state: word("open"),
        spans: Vec::new(),
    }
}

fn read(logged: LoggedEntry) -> Result<Kept, AuditError> {
    let entry =
        Entry::from_bytes(&logged.bytes).map_err(|error| AuditError::Source(error.into()))?;
    let mut disclosures = logged.disclosures;
    disclosures.sort_by_key(Disclosure::commitment);
    if !disclosures
        .iter()
        .map(Disclosure::commitment)
        .eq(entry.sealed.iter().cloned())
    {
        return Err(AuditError::Inconsistent(format!(
            "entry {} lacks a value",
            entry.seq
        )));
    }
    let leaf = leaf_hash(&logged.bytes);
    Ok(Kept {
        entry,
        bytes: logged.bytes,
        leaf,
        disclosures,
    })
}

fn checkpoints(source: &Source<'_>) -> Result<BTreeMap<u64, SignedCheckpoint>, AuditError> {
    let mut all = BTreeMap::new();
    for checkpoint in &source.checkpoints {
        let parsed = Checkpoint::parse(&checkpoint.text)
            .map_err(|error| AuditError::Source(error.into()))?;
        if parsed.origin != source.origin {
            return Err(AuditError::Inconsistent(
                "a checkpoint is of another log".to_owned(),
            ));
        }
        all.insert(parsed.size, checkpoint.clone());
    }
    Ok(all)
}

/// The checkpoint at this size, if there is one, must have the log's root.
fn checked(
    checkpoints: &BTreeMap<u64, SignedCheckpoint>,
    range: &CompactRange,
) -> Result<(), AuditError> {
    let Some(checkpoint) = checkpoints.get(&range.size()) else {
        return Ok(());
    };
    match Checkpoint::parse(&checkpoint.text) {
        Ok(parsed) if parsed.root == range.root() => Ok(()),
        _ => Err(AuditError::Inconsistent(format!(
            "the checkpoint at {} has another root",
            range.size()
        ))),
    }
}
