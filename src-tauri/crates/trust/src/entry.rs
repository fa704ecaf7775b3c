//! A journal entry: flat public fields, and commitments to the sealed ones.
//!
//! Deliberately absent: what a kind means. The catalogue of events belongs to the domain.

use crate::{canonical, checkpoint, digest::Digest, disclosure, merkle, time};
use disclosure::Value;
use drillbook_diagnostic::{Diagnostic, Severity};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One leaf of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Version of this shape; always 1.
    pub v: u8,
    /// Origin of the log.
    pub log: String,
    /// Index of the leaf, from 0.
    pub seq: u64,
    /// When it was appended; RFC 3339, UTC, milliseconds. Never decreases.
    pub at: String,
    /// The drill, or the empty text for the installation's own entries.
    pub drill: String,
    /// `live` or `rehearsal`, as in the origin.
    pub env: String,
    /// Kind of the event, such as `action.intended`.
    pub kind: String,
    /// Who caused it: a person's id, or `installation@<origin>`.
    pub actor: String,
    /// What may always be shown.
    #[serde(rename = "pub")]
    pub public: BTreeMap<String, Value>,
    /// Commitments to the sealed fields, sorted.
    #[serde(rename = "_sd")]
    pub sealed: Vec<String>,
}

/// Why an entry cannot stand in a log.
#[derive(Debug, thiserror::Error)]
pub enum EntryError {
    /// Not canonical bytes of this shape.
    #[error("the entry's bytes are not canonical")]
    Canonical(#[source] canonical::CanonicalError),
    /// A field holds something no entry holds.
    #[error("the entry's field {0} is not well formed")]
    Field(&'static str),
}

impl Diagnostic for EntryError {
    fn code(&self) -> &'static str {
        match self {
            Self::Canonical(_) => "entry.canonical",
            Self::Field(_) => "entry.field",
        }
    }

    fn severity(&self) -> Severity {
        Severity::Internal
    }

    fn remediation(&self) -> Option<String> {
        Some("Stop working with this journal. Restore it from its last good copy.".into())
    }
}

impl Entry {
    /// Returns the exact bytes of the leaf.
    pub fn to_bytes(&self) -> Result<Vec<u8>, EntryError> {
        self.check()?;
        canonical::to_bytes(self).map_err(EntryError::Canonical)
    }

    /// Reads the exact bytes of a leaf.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EntryError> {
        let entry: Self = canonical::from_bytes(bytes).map_err(EntryError::Canonical)?;
        entry.check()?;
        Ok(entry)
    }

    /// Returns the leaf hash of this entry.
    pub fn leaf_hash(&self) -> Result<Digest, EntryError> {
        Ok(merkle::leaf_hash(&self.to_bytes()?))
    }

    fn check(&self) -> Result<(), EntryError> {
        let env = checkpoint::environment_of(&self.log).ok_or(EntryError::Field("log"))?;
        let word = |text: &str| {
            !text.is_empty()
                && text
                    .bytes()
                    .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-'))
        };
        let sorted = self.sealed.windows(2).all(|pair| pair[0] < pair[1]);
        let rules = [
            (self.v == 1, "v"),
            (self.env == env, "env"),
            (time::parse(&self.at).is_some(), "at"),
            (word(&self.kind), "kind"),
            (
                !self.actor.is_empty() && !self.actor.chars().any(char::is_control),
                "actor",
            ),
            (!self.drill.chars().any(char::is_control), "drill"),
            (self.public.values().all(Value::is_exact), "pub"),
            (
                sorted && self.sealed.iter().all(|c| disclosure::is_commitment(c)),
                "_sd",
            ),
        ];
        match rules.into_iter().find(|(holds, _)| !holds) {
            Some((_, field)) => Err(EntryError::Field(field)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Entry, EntryError};
    use crate::disclosure::Disclosure;
    use std::collections::BTreeMap;

    fn entry() -> Entry {
        let seal = |name: &str| {
            Disclosure {
                salt: [1; 16],
                name: name.into(),
                value: 1.into(),
            }
            .commitment()
        };
        let mut sealed = vec![seal("path"), seal("machine")];
        sealed.sort();
        Entry {
            v: 1,
            log: "drillbook/live/9f3c2a7d51e0b846".into(),
            seq: 24,
            at: "2026-11-21T09:31:04.512Z".into(),
            drill: "D-2026-0007".into(),
            env: "live".into(),
            kind: "action.intended".into(),
            actor: "operator@example.com".into(),
            public: BTreeMap::from([("step".into(), "restore".into()), ("n".into(), 2.into())]),
            sealed,
        }
    }

    #[test]
    fn writes_the_shape_of_the_specification() {
        let mut entry = entry();
        entry.sealed.clear();
        let text = String::from_utf8(entry.to_bytes().unwrap()).unwrap();
        assert_eq!(
            text,
            concat!(
                r#"{"_sd":[],"actor":"operator@example.com","at":"2026-11-21T09:31:04.512Z","#,
                r#""drill":"D-2026-0007","env":"live","kind":"action.intended","#,
                r#""log":"drillbook/live/9f3c2a7d51e0b846","pub":{"n":2,"step":"restore"},"#,
                r#""seq":24,"v":1}"#
            )
        );
        assert_eq!(Entry::from_bytes(text.as_bytes()).unwrap(), entry);
    }

    #[test]
    fn refuses_fields_that_no_entry_holds() {
        let check = |change: fn(&mut Entry), field: &str| {
            let mut entry = entry();
            change(&mut entry);
            match entry.to_bytes() {
                Err(EntryError::Field(found)) => assert_eq!(found, field),
                other => panic!("{field}: {other:?}"),
            }
        };
        check(|e| e.v = 2, "v");
        check(|e| e.env = "rehearsal".into(), "env");
        check(|e| e.log = "drillbook/live/9".into(), "log");
        check(|e| e.at = "2026-11-21T09:31:04Z".into(), "at");
        check(|e| e.kind = "Action".into(), "kind");
        check(|e| e.actor.clear(), "actor");
        check(|e| e.drill = "D\n1".into(), "drill");
        check(
            |e| drop(e.public.insert("n".into(), (1i64 << 53).into())),
            "pub",
        );
        check(|e| e.sealed.reverse(), "_sd");
        check(|e| e.sealed[1] = e.sealed[0].clone(), "_sd");
        check(|e| e.sealed = vec!["x".into()], "_sd");
    }

    #[test]
    fn any_changed_byte_changes_the_leaf_or_is_refused() {
        let original = entry();
        let bytes = original.to_bytes().unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            if let Ok(entry) = Entry::from_bytes(&changed) {
                assert_ne!(entry.leaf_hash().unwrap(), original.leaf_hash().unwrap());
            }
        }
    }
}
