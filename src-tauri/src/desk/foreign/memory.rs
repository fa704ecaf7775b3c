//! What this installation witnessed of other logs, and what it approved there last, for comparison.
//!
//! Deliberately absent: values. What was approved is remembered field by field as salted digests: names of other
//! people's resources do not lie here in the clear.

use crate::desk::workspace::keep;
use crate::ipc::views::IpcError;
use crate::present::compare;
use crate::present::words;
use drillbook_trust::digest::Digest;
use drillbook_trust::exchange::{Covered, Opened};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Name of the file, in the data folder.
const FILE: &str = "witnessed.json";

/// What is remembered of a data folder's reviewers.
pub(super) struct Memory {
    file: PathBuf,
    kept: Kept,
}

#[derive(Default, Serialize, Deserialize)]
struct Kept {
    heads: BTreeMap<String, Seen>,
    approved: BTreeMap<String, Approved>,
}

/// A head that was signed over here.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Seen {
    size: u64,
    root: String,
    at: String,
}

#[derive(Clone, Serialize, Deserialize)]
struct Approved {
    at: String,
    drill: String,
    salt: String,
    fields: BTreeMap<String, String>,
}

impl Memory {
    /// Reads it; a file that is none is as good as none.
    pub(super) fn of(data: &Path) -> Memory {
        let file = data.join(FILE);
        let text = std::fs::read(&file).unwrap_or_default();
        let kept = serde_json::from_slice(&text).unwrap_or_default();
        Memory { file, kept }
    }

    /// Returns the size that was witnessed before of this log, and when.
    pub(super) fn seen(&self, opened: &Opened) -> Option<(u64, String)> {
        let seen = self.kept.heads.get(&opened.request.value().log)?;
        Some((seen.size, seen.at.clone()))
    }

    /// Refuses a head that contradicts one that was witnessed here.
    pub(super) fn may_follow(&self, opened: &Opened) -> Result<(), IpcError> {
        let asked = opened.request.value();
        let now = asked.journal.root.to_string();
        let seen = self.kept.heads.get(&asked.log);
        let Some(seen) = seen.filter(|seen| seen.size == asked.journal.size && seen.root != now)
        else {
            return Ok(());
        };
        let sentence = format!(
            "The journal differs from the one you witnessed: {} entries had the root {}, the request says {now}.",
            seen.size, seen.root
        );
        let next = "Sign nothing. Ask the operator by another way what happened to their journal.";
        Err(IpcError::refused("exchange.head_differs", &sentence, next))
    }

    /// Returns the names of the fields that are not as they were approved here last, with how many are, when and in
    /// which drill.
    pub(super) fn compared(&self, opened: &Opened) -> Option<(Vec<String>, usize, String, String)> {
        let before = self.kept.approved.get(&place(opened))?;
        if before.drill == opened.request.value().drill {
            return None;
        }
        let now = digests(opened, &before.salt);
        let names = before
            .fields
            .keys()
            .chain(now.keys().filter(|name| !before.fields.contains_key(*name)));
        let (same, differs): (Vec<_>, Vec<_>) =
            names.partition(|name| before.fields.get(*name) == now.get(*name));
        let differs = differs.into_iter().cloned().collect();
        Some((differs, same.len(), before.at.clone(), before.drill.clone()))
    }

    /// Remembers what was signed over.
    pub(super) fn remember(&self, opened: &Opened, approved: bool) -> Result<(), IpcError> {
        let asked = opened.request.value();
        let mut kept = Memory::of(self.file.parent().unwrap_or(Path::new(""))).kept;
        let at = words::time(chrono::Utc::now());
        let older = kept.heads.get(&asked.log).map_or(0, |seen| seen.size);
        if asked.journal.size >= older {
            let seen = Seen {
                size: asked.journal.size,
                root: asked.journal.root.to_string(),
                at: at.clone(),
            };
            kept.heads.insert(asked.log.clone(), seen);
        }
        if approved {
            let salt = drillbook_engine::reviewing::nonce();
            let one = Approved {
                at,
                drill: asked.drill.clone(),
                fields: digests(opened, &salt),
                salt,
            };
            kept.approved.insert(place(opened), one);
        }
        keep(&self.file, &kept)
    }
}

/// The gate of a runbook: what is approved there is alike from drill to drill.
fn place(opened: &Opened) -> String {
    let asked = opened.request.value();
    format!("{} {} {}", asked.log, asked.runbook.id, asked.step)
}

/// Every field of what would be sent, with a salted digest of its value.
fn digests(opened: &Opened, salt: &str) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for (covered, number) in opened.covers.iter().zip(1..) {
        let Covered::Action(action) = covered else {
            continue;
        };
        for (name, value) in compare::fields(action) {
            let digest = Digest::of_parts(&[salt.as_bytes(), &[0], value.as_bytes()]);
            all.insert(format!("{number}.{name}"), digest.to_string());
        }
    }
    all
}
