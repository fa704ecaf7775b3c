//! What somebody found who read again, under their own login, what a drill had read (ADR 0011).
//!
//! It names fields, never values: it is shown whole to every audience. Deliberately absent: any belief that a
//! difference is a lie; it says what differs, and people judge.

use super::{Document, Presence, first_broken, is_name, is_nonce, is_person};
use crate::checkpoint::is_origin;
use crate::merkle::Head;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The most reads of one document.
const MAX_READS: usize = 8192;

/// The most fields that one read names.
pub const MAX_FIELDS: usize = 64;

/// The comparison, signed by whoever read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecondReading {
    /// Origin of the log.
    pub log: String,
    /// The drill.
    pub drill: String,
    /// The log as the bundle showed it.
    pub journal_seen: Head,
    /// Who read.
    pub person: String,
    /// Where their key was.
    pub presence: Presence,
    /// Object id of the identity that they were signed in as.
    pub object_id: String,
    /// When the first request was sent.
    #[serde(with = "crate::time")]
    pub began_at: DateTime<Utc>,
    /// When the last answer was there.
    #[serde(with = "crate::time")]
    pub read_at: DateTime<Utc>,
    /// Each read of the drill, by entry.
    pub reads: Vec<Reread>,
    /// 16 random bytes.
    pub nonce: String,
}

/// One read that was sent again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reread {
    /// The entry that recorded it.
    pub entry: u64,
    /// The commitment of its evidence in that entry.
    pub evidence: String,
    /// What came of it.
    pub verdict: Compared,
    /// The fields that differ; none when nothing does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
}

/// How an answer compares with the recorded one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Compared {
    /// Nothing differs.
    Same,
    /// Only what moves with time, or is the caller's own, differs.
    Moved,
    /// Something else differs.
    Changed,
    /// It cannot be read any more, or not by this identity.
    Unreadable,
    /// The bundle does not show what was asked.
    Hidden,
}

impl Compared {
    /// Every verdict.
    pub const ALL: [Compared; 5] = [
        Self::Same,
        Self::Moved,
        Self::Changed,
        Self::Unreadable,
        Self::Hidden,
    ];

    /// Returns the word in the document, which is the field's name in the journal too.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Moved => "moved",
            Self::Changed => "changed",
            Self::Unreadable => "unreadable",
            Self::Hidden => "hidden",
        }
    }
}

impl SecondReading {
    /// Returns how many reads have a verdict.
    #[must_use]
    pub fn count(&self, verdict: Compared) -> u64 {
        let reads = self.reads.iter().filter(|one| one.verdict == verdict);
        reads.count() as u64
    }
}

impl Document for SecondReading {
    const TYPE: &'static str = "drill.second-reading/1";
    const NAMESPACE: &'static str = "drill-reading@drillbook";

    fn check(&self) -> Result<(), &'static str> {
        let fits = |one: &Reread| {
            let differs = matches!(one.verdict, Compared::Moved | Compared::Changed);
            is_commitment(&one.evidence)
                && one.fields.len() <= MAX_FIELDS
                && one.fields.iter().all(|field| is_name(field))
                && one.fields.is_empty() != differs
        };
        let ordered = |pair: &[Reread]| pair[0].entry < pair[1].entry;
        first_broken(&[
            (is_origin(&self.log), "log"),
            (is_name(&self.drill), "drill"),
            (is_person(&self.person), "person"),
            (is_name(&self.object_id), "object_id"),
            (self.began_at <= self.read_at, "read_at"),
            (
                self.reads.len() <= MAX_READS
                    && self.reads.iter().all(fits)
                    && self.reads.windows(2).all(ordered),
                "reads",
            ),
            (is_nonce(&self.nonce), "nonce"),
        ])
    }

    fn witnessed(&self) -> Option<Head> {
        Some(self.journal_seen)
    }

    fn author(&self) -> (&str, DateTime<Utc>) {
        (&self.person, self.read_at)
    }
}

fn is_commitment(text: &str) -> bool {
    let bytes = URL_SAFE_NO_PAD.decode(text);
    bytes.is_ok_and(|bytes| bytes.len() == 32)
}

#[cfg(test)]
mod tests {
    use super::{Compared, Reread, SecondReading};
    use crate::document::{Document, Presence};
    use crate::merkle::Head;

    fn reading() -> SecondReading {
        let at = crate::time::parse("2026-11-22T09:00:00.000Z").unwrap();
        let read = |entry, verdict, fields: &[&str]| Reread {
            entry,
            evidence: "A".repeat(43),
            verdict,
            fields: fields.iter().map(|one| (*one).to_owned()).collect(),
        };
        SecondReading {
            log: "drillbook/rehearsal/9f3c2a7d51e0b846".into(),
            drill: "D-2026-0001".into(),
            journal_seen: Head::of(&[]),
            person: "sam@evergreen.example".into(),
            presence: Presence::File,
            object_id: "0b".into(),
            began_at: at,
            read_at: at,
            reads: vec![
                read(4, Compared::Same, &[]),
                read(7, Compared::Changed, &["properties.state"]),
            ],
            nonce: "A".repeat(22),
        }
    }

    fn check(change: impl FnOnce(&mut SecondReading), broken: Option<&'static str>) {
        let mut reading = reading();
        change(&mut reading);
        assert_eq!(reading.check().err(), broken);
    }

    #[test]
    fn a_comparison_names_each_read_once_and_fields_only_where_something_differs() {
        check(|_| {}, None);
        check(|one| one.reads.swap(0, 1), Some("reads"));
        check(|one| one.reads[1].fields.clear(), Some("reads"));
        check(|one| one.reads[0].fields.push("x".into()), Some("reads"));
        check(|one| one.reads[0].evidence.push('A'), Some("reads"));
        check(|one| one.person = "Sam".into(), Some("person"));
        check(
            |one| one.began_at += chrono::TimeDelta::seconds(1),
            Some("read_at"),
        );
        assert_eq!(reading().count(Compared::Changed), 1);
    }
}
