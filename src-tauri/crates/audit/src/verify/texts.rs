//! Manifest, documents, checkpoints and allowed signers, file by file.

use super::files::{Files, MAX_TEXT};
use super::log::{Log, lines};
use super::signers::{Owners, Signed, Signers};
use super::{Findings, Stop};
use crate::bundle::{self, MANIFEST, MANIFEST_SIGNATURE};
use crate::fact::named_documents;
use chrono::{DateTime, Utc};
use drillbook_trust::checkpoint::Checkpoint;
use drillbook_trust::digest::Digest;
use drillbook_trust::document::{BUNDLE_NAMESPACE, CHECKPOINT_NAMESPACE};
use drillbook_trust::merkle::CompactRange;
use drillbook_trust::sshsig::{AllowedSigners, PublicKey};
use drillbook_trust::time;
use std::collections::{BTreeMap, BTreeSet};

/// The largest document or signature, in bytes.
const MAX_DOCUMENT: u64 = 4 * 1024 * 1024;
const MAX_SIGNATURE: u64 = 64 * 1024;

/// Checks the manifest both ways: nothing missing or altered, nothing added.
pub(super) fn manifest(files: &mut Files<'_>, findings: &mut Findings) -> Result<(), Stop> {
    let text = files.text(MANIFEST, MAX_TEXT)?;
    let mut listed = BTreeSet::new();
    for line in lines(&text) {
        let (digest, name) = line.split_once("  ").unwrap_or(("", line));
        let once = listed.insert(name.to_owned());
        findings.file(once, "manifest.malformed", name, "is listed twice");
        if !files.has(name) {
            findings.file(
                false,
                "manifest.missing",
                name,
                "is in the manifest but not here",
            );
            continue;
        }
        let same = Digest::from_hex(digest).ok() == Some(files.digest(name)?);
        findings.file(same, "manifest.altered", name, "was altered");
    }
    listed.extend([MANIFEST.to_owned(), MANIFEST_SIGNATURE.to_owned()]);
    for name in files.names().difference(&listed) {
        findings.file(false, "manifest.added", name, "is not in the manifest");
    }
    Ok(())
}

/// A document with its signatures, as they lie in the bundle.
pub(super) struct Filed {
    pub(super) file: String,
    pub(super) bytes: Vec<u8>,
    pub(super) signatures: Vec<String>,
}

/// Reads every document that the journal names.
pub(super) fn documents(
    files: &mut Files<'_>,
    log: &Log,
    findings: &mut Findings,
) -> Result<BTreeMap<Digest, Filed>, Stop> {
    let mut all = BTreeMap::new();
    for digest in named_documents(&log.facts) {
        let file = bundle::document_name(&digest);
        let bytes = files.read(&file, MAX_DOCUMENT)?;
        findings.file(
            Digest::of(&bytes) == digest,
            "document.altered",
            &file,
            "was altered",
        );
        let mut signatures = Vec::new();
        for name in signatures_of(files, &file) {
            signatures.push(files.text(&name, MAX_SIGNATURE)?);
        }
        all.insert(
            digest,
            Filed {
                file,
                bytes,
                signatures,
            },
        );
    }
    Ok(all)
}

fn signatures_of(files: &Files<'_>, file: &str) -> Vec<String> {
    let prefix = format!("{file}.");
    files
        .names()
        .iter()
        .filter(|name| name.starts_with(&prefix))
        .cloned()
        .collect()
}

pub(super) fn bundled_signers(files: &mut Files<'_>) -> Result<AllowedSigners, Stop> {
    let text = files.text("allowed_signers", MAX_TEXT)?;
    AllowedSigners::parse(&text).map_err(|why| Stop::malformed("allowed_signers", why))
}

/// Checks every checkpoint and the manifest's signature, and the checkpoints the auditor kept.
pub(super) fn checkpoints(
    files: &mut Files<'_>,
    log: &Log,
    earlier: &[(String, Checkpoint)],
    signers: &mut Signers<'_>,
    findings: &mut Findings,
) -> Result<(), Stop> {
    let (key, principal) = installation(log)?;
    let owners = Owners::One(&key, &principal);
    let at = last_time(log)?;
    let names: Vec<String> = files
        .names()
        .iter()
        .filter(|name| is_checkpoint(name))
        .cloned()
        .collect();
    let mut wanted: BTreeMap<u64, Vec<(String, Checkpoint)>> = BTreeMap::new();
    for name in names {
        let text = files.text(&name, MAX_SIGNATURE)?;
        let checkpoint = Checkpoint::parse(&text).map_err(|why| Stop::malformed(&name, why))?;
        let named = name == bundle::checkpoint_name(checkpoint.size);
        findings.file(named, "log.checkpoint", &name, "is not named by its size");
        signature(
            files,
            &name,
            CHECKPOINT_NAMESPACE,
            at,
            &owners,
            signers,
            findings,
        )?;
        wanted
            .entry(checkpoint.size)
            .or_default()
            .push((name, checkpoint));
    }
    let size = log.leaves.len() as u64;
    let closed = wanted.contains_key(&size);
    let why = "lack the one that closes the log";
    findings.file(closed, "log.checkpoint", "checkpoints", why);
    for (name, checkpoint) in earlier.iter().cloned() {
        wanted
            .entry(checkpoint.size)
            .or_default()
            .push((name, checkpoint));
    }
    roots(log, wanted, findings);
    signature(
        files,
        MANIFEST,
        BUNDLE_NAMESPACE,
        at,
        &owners,
        signers,
        findings,
    )
}

/// Compares every checkpoint with the root of the log at its size, in one pass.
fn roots(log: &Log, mut wanted: BTreeMap<u64, Vec<(String, Checkpoint)>>, findings: &mut Findings) {
    let mut range = CompactRange::new();
    for leaf in log.leaves.iter().map(Some).chain([None]) {
        for (name, checkpoint) in wanted.remove(&range.size()).unwrap_or_default() {
            let ours = log
                .facts
                .iter()
                .any(|fact| fact.entry.log == checkpoint.origin);
            let same = checkpoint.root == range.root() && ours;
            findings.file(same, "log.checkpoint", &name, "is not where the log began");
        }
        if let Some(leaf) = leaf {
            range.append(*leaf);
        }
    }
    for (name, _) in wanted.into_values().flatten() {
        findings.file(
            false,
            "log.checkpoint",
            &name,
            "is of a longer log: this one was cut short",
        );
    }
}

fn is_checkpoint(name: &str) -> bool {
    let digits = name
        .strip_prefix("checkpoints/")
        .and_then(|name| name.strip_suffix(".txt"));
    digits.is_some_and(|digits| digits.len() >= 8 && digits.bytes().all(|b| b.is_ascii_digit()))
}

fn signature(
    files: &mut Files<'_>,
    file: &str,
    namespace: &'static str,
    at: DateTime<Utc>,
    owners: &Owners<'_>,
    signers: &mut Signers<'_>,
    findings: &mut Findings,
) -> Result<(), Stop> {
    let bytes = files.read(file, MAX_TEXT)?;
    let armored = files.text(&format!("{file}.sig"), MAX_SIGNATURE)?;
    let signed = Signed {
        file,
        bytes: &bytes,
        namespace,
        at,
    };
    signers.check(&signed, &armored, owners, findings);
    Ok(())
}

/// Returns the key that founded the log, or that it goes on with, and whose it is.
fn installation(log: &Log) -> Result<(PublicKey, String), Stop> {
    let line = log
        .facts
        .iter()
        .rev()
        .find_map(|fact| fact.text("installation"))
        .unwrap_or_default();
    let key = PublicKey::parse(line).map_err(|why| Stop::entry(0, why))?;
    Ok((key, format!("installation@{}", log.origin)))
}

/// Checkpoints and manifests hold no time: they are judged at the time of the last entry here.
fn last_time(log: &Log) -> Result<DateTime<Utc>, Stop> {
    let last = log
        .facts
        .last()
        .and_then(|fact| time::parse(&fact.entry.at));
    last.ok_or_else(|| Stop::malformed("journal.jsonl", "is empty"))
}

/// Finds files that belong to nothing in the journal.
pub(super) fn unknown(
    files: &Files<'_>,
    log: &Log,
    documents: &BTreeMap<Digest, Filed>,
    findings: &mut Findings,
) {
    let fixed = [
        "README.txt",
        "verify.py",
        "journal.jsonl",
        "leaves.txt",
        "disclosures.txt",
        "allowed_signers",
        "drills.txt",
        "report.html",
        MANIFEST,
        MANIFEST_SIGNATURE,
    ];
    let mut known: BTreeSet<String> = fixed.map(str::to_owned).into();
    for filed in documents.values() {
        known.extend(signatures_of(files, &filed.file));
        known.insert(filed.file.clone());
    }
    for name in files.names().iter().filter(|name| is_checkpoint(name)) {
        known.extend([name.clone(), format!("{name}.sig")]);
    }
    for fact in &log.facts {
        known.extend(
            fact.digest("evidence")
                .map(|digest| bundle::evidence_name(&digest)),
        );
        if let Some(root) = fact.digest("tile_root") {
            known.insert(bundle::tiles_name(&root));
            if fact.withheld.contains("evidence") {
                known.insert(bundle::redacted_name(&root));
            }
        }
    }
    for name in files.names().difference(&known) {
        findings.file(
            false,
            "bundle.unknown_file",
            name,
            "belongs to nothing in the journal",
        );
    }
}
