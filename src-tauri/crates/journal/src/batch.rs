//! What is appended and what comes back.
//!
//! Deliberately absent: salts and times; the engine draws the former and passes the latter.

use crate::error::{Break, JournalError};
use chrono::{DateTime, Utc};
use drillbook_trust::digest::Digest;
use drillbook_trust::disclosure::{Disclosure, Value, commitment_of};
use drillbook_trust::entry::Entry;
use drillbook_trust::merkle::{self, Head};
use rusqlite::Connection;
use std::collections::BTreeMap;

/// What the caller believes to be the last entry of a drill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// Nothing: the entries do not depend on what is there.
    Any,
    /// The drill's last entry, or none at all. Other drills may have moved on.
    Last {
        /// The drill; the empty text for the installation's own entries.
        drill: String,
        /// The position of its last entry.
        last: Option<u64>,
    },
}

impl Expected {
    /// Expects `drill` to end with the entry `last`.
    #[must_use]
    pub fn last(drill: impl Into<String>, last: Option<u64>) -> Self {
        Self::Last {
            drill: drill.into(),
            last,
        }
    }
}

/// An entry before it has a position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    /// The drill, or the empty text for the installation's own entries.
    pub drill: String,
    /// Kind of the event.
    pub kind: String,
    /// Who caused it.
    pub actor: String,
    /// What may always be shown.
    pub public: BTreeMap<String, Value>,
    /// What only a disclosure shows, in any order.
    pub sealed: Vec<Disclosure>,
}

/// A signed document, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDocument {
    /// The bytes that were signed.
    pub bytes: Vec<u8>,
    /// Armored signatures; those already stored are not stored again.
    pub signatures: Vec<String>,
}

/// What becomes durable in one transaction, or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The time of all its entries, unless the log is ahead of it.
    pub at: DateTime<Utc>,
    /// At least one entry.
    pub entries: Vec<NewEntry>,
    /// Evidence, stored once by content.
    pub blobs: Vec<Vec<u8>>,
    /// Documents with their signatures.
    pub documents: Vec<NewDocument>,
}

impl Batch {
    /// Returns a batch of entries without evidence or documents.
    #[must_use]
    pub fn new(at: DateTime<Utc>, entries: Vec<NewEntry>) -> Self {
        Self {
            at,
            entries,
            blobs: Vec::new(),
            documents: Vec::new(),
        }
    }
}

/// What one append made durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// Its entries in order, `clock.stepped_back` included where there had to be one.
    pub entries: Vec<StoredEntry>,
    /// The log's head right after it.
    pub head: Head,
}

impl Appended {
    /// Returns the positions of its entries.
    #[must_use]
    pub fn seqs(&self) -> std::ops::Range<u64> {
        self.head.size - self.entries.len() as u64..self.head.size
    }

    /// Returns the position of the drill's last entry in this append.
    #[must_use]
    pub fn last_of(&self, drill: &str) -> Option<u64> {
        self.entries
            .iter()
            .rev()
            .find(|e| e.entry.drill == drill)
            .map(|e| e.entry.seq)
    }
}

/// An entry as it stands in the log, with every sealed value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    /// What the bytes say.
    pub entry: Entry,
    /// The exact bytes that were hashed.
    pub bytes: Vec<u8>,
    /// Their leaf hash.
    pub leaf: Digest,
    /// The sealed values, in the order of their commitments.
    pub disclosures: Vec<Disclosure>,
}

impl StoredEntry {
    /// Returns a field's value, public or sealed.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&Value> {
        let sealed = || {
            self.disclosures
                .iter()
                .find(|d| d.name == name)
                .map(|d| &d.value)
        };
        self.entry.public.get(name).or_else(sealed)
    }

    /// Returns the sealed fields by name.
    #[must_use]
    pub fn sealed(&self) -> BTreeMap<String, Value> {
        self.disclosures
            .iter()
            .map(|d| (d.name.clone(), d.value.clone()))
            .collect()
    }

    /// Gives a new entry its place and exact bytes.
    pub(crate) fn seal(new: NewEntry, log: &str, seq: u64, at: &str) -> Result<Self, JournalError> {
        let NewEntry {
            drill,
            kind,
            actor,
            public,
            sealed,
        } = new;
        let mut lines: Vec<(String, Disclosure)> =
            sealed.into_iter().map(|d| (d.commitment(), d)).collect();
        lines.sort_by(|(a, _), (b, _)| a.cmp(b));
        let (commitments, disclosures): (Vec<_>, Vec<_>) = lines.into_iter().unzip();
        refuse_twice(&kind, &public, &disclosures)?;
        let env = if log.starts_with("drillbook/live/") {
            "live"
        } else {
            "rehearsal"
        };
        let entry = Entry {
            v: 1,
            log: log.into(),
            seq,
            at: at.into(),
            drill,
            env: env.into(),
            kind,
            actor,
            public,
            sealed: commitments,
        };
        let bytes = entry.to_bytes().map_err(|source| JournalError::Entry {
            kind: entry.kind.clone(),
            source,
        })?;
        Ok(Self {
            leaf: merkle::leaf_hash(&bytes),
            entry,
            bytes,
            disclosures,
        })
    }

    /// Returns what the free-text search reads: the words and values of the entry in lower case.
    pub(crate) fn text(&self) -> String {
        let Entry {
            kind,
            actor,
            drill,
            public,
            ..
        } = &self.entry;
        let mut text = format!("{kind}\n{actor}\n{drill}");
        for value in public
            .values()
            .chain(self.disclosures.iter().map(|d| &d.value))
        {
            text.push('\n');
            text.push_str(&value.to_string());
        }
        text.to_lowercase()
    }

    /// Reads a row's columns `seq, leaf, bytes` and its sealed values, and checks one by the other.
    pub(crate) fn read(
        connection: &Connection,
        seq: u64,
        leaf: [u8; 32],
        bytes: Vec<u8>,
    ) -> Result<Self, JournalError> {
        let leaf = Digest::from_bytes(leaf);
        if merkle::leaf_hash(&bytes) != leaf {
            return Err(Break::Leaf(seq).into());
        }
        let entry = Entry::from_bytes(&bytes).map_err(|_| Break::Entry(seq))?;
        if entry.seq != seq {
            return Err(Break::Entry(seq).into());
        }
        let sql = "SELECT encoded FROM disclosure WHERE seq = ?1 ORDER BY place";
        let mut statement = connection.prepare_cached(sql)?;
        let lines = statement
            .query_map([seq], |row| row.get::<_, String>(0))?
            .collect::<Result<Vec<_>, _>>()?;
        if !lines
            .iter()
            .map(|line| commitment_of(line))
            .eq(entry.sealed.iter().cloned())
        {
            return Err(Break::Sealed(seq).into());
        }
        let disclosures = lines
            .iter()
            .map(|line| Disclosure::decode(line).map_err(|_| Break::Sealed(seq)))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            entry,
            bytes,
            leaf,
            disclosures,
        })
    }
}

fn refuse_twice(
    kind: &str,
    public: &BTreeMap<String, Value>,
    disclosures: &[Disclosure],
) -> Result<(), JournalError> {
    let mut names: Vec<&str> = public
        .keys()
        .map(String::as_str)
        .chain(disclosures.iter().map(|d| &*d.name))
        .collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(JournalError::FieldTwice {
            kind: kind.into(),
            name: pair[0].to_owned(),
        }),
        None => Ok(()),
    }
}
