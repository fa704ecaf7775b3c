//! What is stated about the entries: evidence, pictures, and the texts that are rendered from them.

use super::files::{Files, MAX_TEXT};
use super::log::Log;
use super::texts::Filed;
use super::{Findings, Stop};
use crate::audience::Audience;
use crate::bundle;
use crate::fact::Fact;
use crate::report;
use drillbook_trust::canonical;
use drillbook_trust::checkpoint::Checkpoint;
use drillbook_trust::digest::Digest;
use drillbook_trust::disclosure::Value;
use drillbook_trust::merkle::Head;
use drillbook_trust::picture::{self, TileProof};
use drillbook_trust::time;
use drillbook_trust::timestamp::{MAX_TOKEN, time_of};
use std::collections::{BTreeMap, BTreeSet};

/// The largest picture that is decoded, in bytes of its file.
const MAX_PICTURE: u64 = 1 << 28;

/// Compares every piece of evidence with the digest that was recorded, and returns how many.
pub(super) fn evidence(
    files: &mut Files<'_>,
    log: &Log,
    findings: &mut Findings,
) -> Result<u64, Stop> {
    let mut seen = BTreeSet::new();
    for fact in &log.facts {
        let seq = fact.entry.seq;
        let root = fact.digest("tile_root");
        let Some(text) = fact.shown.get("evidence") else {
            if fact.withheld.contains("evidence") {
                hidden(files, fact, root, log, findings)?;
            }
            continue;
        };
        let digest = text.as_text().and_then(|text| text.parse::<Digest>().ok());
        let digest = digest.ok_or_else(|| Stop::entry(seq, "names evidence by no digest"))?;
        if seen.insert(digest) {
            let same = files.digest(&bundle::evidence_name(&digest))? == digest;
            findings.entry(
                same,
                "evidence.altered",
                seq,
                "has evidence that was replaced",
            );
        }
        if let Some(root) = root {
            tiles(files, seq, &bundle::evidence_name(&digest), root, findings)?;
        }
        if fact.entry.kind == "checkpoint.timestamped" {
            stamp(files, fact, &digest, log, findings)?;
        }
    }
    Ok(seen.len() as u64)
}

/// A time stamp must be over the checkpoint that its entry names, of this log, and say that time. Whether
/// the authority signed it is for `openssl ts` to check.
fn stamp(
    files: &mut Files<'_>,
    fact: &Fact,
    token: &Digest,
    log: &Log,
    findings: &mut Findings,
) -> Result<(), Stop> {
    let seq = fact.entry.seq;
    let size = fact.entry.public.get("size").and_then(Value::as_int);
    let size = size.and_then(|size| u64::try_from(size).ok());
    let (Some(size), Some(root)) = (size, fact.digest("root")) else {
        return Err(Stop::entry(seq, "names no checkpoint"));
    };
    let token = files.read(&bundle::evidence_name(token), MAX_TOKEN as u64)?;
    let origin = fact.entry.log.clone();
    let text = Checkpoint { origin, size, root }.to_text();
    let said = time_of(&token, &Digest::of(text.as_bytes()));
    let said = said.map(|said| time::to_text(time::truncate(said)));
    let holds = size <= seq
        && Head { size, root }.is_prefix_of(&log.leaves)
        && said.as_deref() == fact.text("stamped");
    let why = "has a time stamp that is not over the checkpoint it names, or says another time";
    findings.entry(holds, "timestamp.differs", seq, why);
    Ok(())
}

/// Evidence whose digest is withheld: a picture of which parts are blackened, or nothing for the public.
fn hidden(
    files: &mut Files<'_>,
    fact: &Fact,
    root: Option<Digest>,
    log: &Log,
    findings: &mut Findings,
) -> Result<(), Stop> {
    let seq = fact.entry.seq;
    match root {
        Some(root) => tiles(files, seq, &bundle::redacted_name(&root), root, findings),
        None if log.audience == Audience::Public => Ok(()),
        None => Err(Stop::entry(seq, "hides evidence that is no picture")),
    }
}

/// Cuts a picture into its tiles again and compares their root with the one that was committed.
fn tiles(
    files: &mut Files<'_>,
    seq: u64,
    picture: &str,
    root: Digest,
    findings: &mut Findings,
) -> Result<(), Stop> {
    let proof = files.read(&bundle::tiles_name(&root), MAX_TEXT)?;
    let bytes = files.read(picture, MAX_PICTURE)?;
    let proof: Option<TileProof> = canonical::from_bytes(&proof).ok();
    let holds = proof
        .zip(bundle::picture(&bytes))
        .is_some_and(|(proof, rgb)| {
            (rgb.width(), rgb.height()) == (proof.width, proof.height)
                && picture::verify(&root, rgb.as_raw(), &proof).is_ok()
        });
    findings.entry(
        holds,
        "picture.tiles",
        seq,
        "has a picture whose tiles are not the committed ones",
    );
    Ok(())
}

/// Compares the recovery times in the last entry with those that follow from the entries before.
fn times(
    log: &Log,
    documents: &BTreeMap<Digest, Vec<u8>>,
    findings: &mut Findings,
) -> Result<(), Stop> {
    let drill = report::folded(&log.facts, documents)
        .map_err(|why| Stop::malformed("journal.jsonl", why))?;
    let reading = drillbook_core::clock(&drill, drill.last_at);
    for fact in log.own().filter(|fact| fact.entry.kind == "drill.ended") {
        let said = |name: &str| fact.entry.public.get(name).and_then(Value::as_int);
        let same =
            |name: &str, is: Option<u64>| said(name) == is.and_then(|is| i64::try_from(is).ok());
        let holds =
            same("rto_seconds", reading.rto_seconds) && same("rpo_seconds", reading.rpo_seconds);
        let why = "states recovery times that do not follow from the entries before it";
        findings.entry(holds, "end.times", fact.entry.seq, why);
    }
    Ok(())
}

/// Renders report, readme and script anew and compares them with those in the bundle. What another version made is
/// not what this one would render: that version is returned, and nothing compared.
pub(super) fn rendered(
    files: &mut Files<'_>,
    log: &Log,
    documents: &BTreeMap<Digest, Filed>,
    findings: &mut Findings,
) -> Result<Option<String>, Stop> {
    let size = log.leaves.len() as u64;
    let bytes: BTreeMap<Digest, Vec<u8>> = documents
        .iter()
        .map(|(digest, filed)| (*digest, filed.bytes.clone()))
        .collect();
    if log.audience != Audience::Public {
        times(log, &bytes, findings)?;
    }
    let there = files.text("README.txt", MAX_TEXT)?;
    if let Some(other) = bundle::made_by(&there).filter(|version| *version != bundle::VERSION) {
        return Ok(Some(other.to_owned()));
    }
    let readme = bundle::readme(&log.origin, &log.drill, size, log.audience);
    let report = report::render(&log.facts, &bytes, size, log.audience)
        .map_err(|why| Stop::malformed("report.html", why))?;
    let why = "is not what this version renders from the journal";
    for (name, text, code) in [
        ("report.html", report.as_str(), "report.differs"),
        ("README.txt", readme.as_str(), "readme.differs"),
        ("verify.py", bundle::VERIFIER, "verifier.differs"),
    ] {
        let same = files.text(name, MAX_TEXT)? == text;
        findings.file(same, code, name, why);
    }
    Ok(None)
}
