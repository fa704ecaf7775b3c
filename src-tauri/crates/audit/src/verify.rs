//! Checking a bundle: nothing in it is believed, every statement is computed anew.
//!
//! The same checks as `verify.py`, written independently of it, and three more: report, readme and
//! script are rendered anew, the drill is replayed, and pictures are cut into their tiles again.
//! Deliberately absent: unpacking to disk, and any repair.

mod drill;
mod files;
mod log;
mod signers;
mod statements;
mod texts;

use crate::bundle;
use crate::error::AuditError;
use crate::fact::Fact;
use crate::verdict::{Finding, Outcome, Verdict};
use drillbook_trust::checkpoint::Checkpoint;
use drillbook_trust::digest::Digest;
use drillbook_trust::sshsig::AllowedSigners;
use files::Files;
use signers::Signers;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Where a bundle is.
#[derive(Debug, Clone, Copy)]
pub enum Input<'a> {
    /// A zip file, or the folder it was unpacked into.
    Path(&'a Path),
    /// The bytes of a zip file.
    Bytes(&'a [u8]),
}

/// What an auditor brings along.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Their own file of allowed signers; without it signers are not authenticated.
    pub allowed_signers: Option<PathBuf>,
    /// Checkpoints of this log that they kept.
    pub earlier: Vec<PathBuf>,
}

/// Why a check cannot go on.
#[derive(Debug)]
enum Stop {
    /// No verdict can be given.
    Unusable(AuditError),
    /// What cannot be read does not hold.
    Broken(Finding),
}

impl From<AuditError> for Stop {
    fn from(error: AuditError) -> Self {
        Self::Unusable(error)
    }
}

impl Stop {
    fn malformed(file: &str, why: impl std::fmt::Display) -> Self {
        Self::Broken(Finding {
            code: "bundle.malformed",
            entry: None,
            file: Some(file.to_owned()),
            sentence: format!("{file}: {why}"),
        })
    }

    fn entry(seq: u64, why: impl std::fmt::Display) -> Self {
        Self::Broken(Finding {
            code: "bundle.malformed",
            entry: Some(seq),
            file: None,
            sentence: format!("entry {seq}: {why}"),
        })
    }
}

/// Collects what does not hold.
#[derive(Debug, Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn file(&mut self, holds: bool, code: &'static str, file: &str, why: &str) {
        let sentence = format!("{file} {why}");
        self.push(
            holds,
            Finding {
                code,
                entry: None,
                file: Some(file.to_owned()),
                sentence,
            },
        );
    }

    fn entry(&mut self, holds: bool, code: &'static str, seq: u64, why: &str) {
        let sentence = format!("entry {seq} {why}");
        self.push(
            holds,
            Finding {
                code,
                entry: Some(seq),
                file: None,
                sentence,
            },
        );
    }

    fn push(&mut self, holds: bool, finding: Finding) {
        if !holds && !self.0.contains(&finding) {
            self.0.push(finding);
        }
    }
}

/// Checks a bundle.
///
/// # Errors
/// [`AuditError`] when it cannot be used at all: exit code 2.
pub fn verify(input: Input<'_>, options: &Options) -> Result<Verdict, AuditError> {
    Ok(opened(input, options)?.0)
}

/// What a bundle tells, as far as it could be read.
pub(crate) struct Opened {
    pub(crate) facts: Vec<Fact>,
    pub(crate) documents: BTreeMap<Digest, Vec<u8>>,
    /// The leaf of every entry of the log.
    pub(crate) leaves: Vec<Digest>,
}

/// The evidence of a bundle that was checked before.
pub(crate) struct Pieces<'a>(Files<'a>);

impl<'a> Pieces<'a> {
    pub(crate) fn of(input: Input<'a>) -> Result<Self, AuditError> {
        open(input).map(Self)
    }

    pub(crate) fn read(&mut self, digest: &Digest) -> Result<Vec<u8>, AuditError> {
        let read = self.0.read(&bundle::evidence_name(digest), files::MAX_TEXT);
        read.map_err(|stop| match stop {
            Stop::Unusable(error) => error,
            Stop::Broken(_) => AuditError::Format,
        })
    }
}

/// Checks a bundle and returns what it tells beside the verdict; nothing when reading had to stop.
pub(crate) fn opened(
    input: Input<'_>,
    options: &Options,
) -> Result<(Verdict, Option<Opened>), AuditError> {
    let mut files = open(input)?;
    let earlier = options
        .earlier
        .iter()
        .map(|path| earlier(path))
        .collect::<Result<Vec<_>, _>>()?;
    let signers = options
        .allowed_signers
        .as_deref()
        .map(own_signers)
        .transpose()?;
    let authenticated = signers.is_some();
    if !files.has("README.txt") || !files.has(bundle::MANIFEST) {
        return Err(AuditError::Format);
    }
    let mut verdict = Verdict {
        outcome: Outcome::DoesNotHold,
        audience: "",
        drill: String::new(),
        origin: String::new(),
        size: 0,
        entries: 0,
        end: "open".to_owned(),
        evidence: 0,
        withheld: 0,
        signatures: Vec::new(),
        findings: Vec::new(),
        not_proven: bundle::not_proven(),
    };
    let mut findings = Findings::default();
    let opened = match run(&mut files, signers, &earlier, &mut verdict, &mut findings) {
        Ok(opened) => Some(opened),
        Err(Stop::Broken(finding)) => {
            findings.push(false, finding);
            None
        }
        Err(Stop::Unusable(error)) => return Err(error),
    };
    verdict.findings = findings.0;
    verdict.outcome = match (verdict.findings.is_empty(), authenticated) {
        (false, _) => Outcome::DoesNotHold,
        (true, true) => Outcome::Holds,
        (true, false) => Outcome::ConsistentSignersNotAuthenticated,
    };
    Ok((verdict, opened))
}

fn run(
    files: &mut Files<'_>,
    own: Option<AllowedSigners>,
    earlier: &[(String, Checkpoint)],
    verdict: &mut Verdict,
    findings: &mut Findings,
) -> Result<Opened, Stop> {
    let readme = files.text("README.txt", files::MAX_README)?;
    if !readme.starts_with(bundle::FORMAT) {
        return Err(AuditError::Format.into());
    }
    let audience = bundle::audience(&readme)
        .ok_or_else(|| Stop::malformed("README.txt", "names no known audience"))?;
    texts::manifest(files, findings)?;
    let log = log::read(files, audience, findings)?;
    verdict.audience = audience.name();
    verdict.drill = log.drill.clone();
    verdict.origin = log.origin.clone();
    verdict.size = log.leaves.len() as u64;
    verdict.entries = log.facts.len() as u64;
    verdict.withheld = log
        .facts
        .iter()
        .map(|fact| fact.withheld.len() as u64)
        .sum();
    log::drills(files, &log, findings)?;
    let documents = texts::documents(files, &log, findings)?;
    let signers = match own {
        Some(signers) => signers,
        None => texts::bundled_signers(files)?,
    };
    let mut signers = Signers::new(signers, &mut verdict.signatures);
    texts::checkpoints(files, &log, earlier, &mut signers, findings)?;
    verdict.end = drill::check(files, &log, &documents, &mut signers, findings)?;
    verdict.evidence = statements::evidence(files, &log, findings)?;
    texts::unknown(files, &log, &documents, findings);
    if let Some(other) = statements::rendered(files, &log, &documents, findings)? {
        let own = bundle::VERSION;
        let sentence = format!(
            "that report.html, README.txt and verify.py say what the journal says: Drillbook {other} made them, and \
             this is {own}; they were not compared"
        );
        verdict.not_proven.insert(0, sentence);
    }
    let documents = documents
        .into_iter()
        .map(|(digest, filed)| (digest, filed.bytes))
        .collect();
    Ok(Opened {
        facts: log.facts,
        documents,
        leaves: log.leaves,
    })
}

/// A value that a bundle lists as withheld.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Withheld {
    pub(crate) log: String,
    pub(crate) entry: u64,
    pub(crate) commitment: String,
}

/// Returns what a bundle withholds. Whether it holds is another question.
pub(crate) fn withheld(input: Input<'_>) -> Result<BTreeSet<Withheld>, AuditError> {
    let mut files = open(input)?;
    let unreadable = |stop: Stop| match stop {
        Stop::Unusable(error) => error,
        Stop::Broken(_) => AuditError::Format,
    };
    log::withheld(&mut files).map_err(unreadable)
}

fn open(input: Input<'_>) -> Result<Files<'_>, AuditError> {
    match input {
        Input::Path(path) => Files::open(path),
        Input::Bytes(bytes) => Files::bytes(bytes),
    }
}

fn own_signers(path: &Path) -> Result<AllowedSigners, AuditError> {
    let unreadable = |error: crate::SourceError| AuditError::AllowedSigners(error);
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(error.into()))?;
    AllowedSigners::parse(&text).map_err(|error| unreadable(error.into()))
}

fn earlier(path: &Path) -> Result<(String, Checkpoint), AuditError> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|_| AuditError::Earlier(name.clone()))?;
    let checkpoint = Checkpoint::parse(&text).map_err(|_| AuditError::Earlier(name.clone()))?;
    Ok((name, checkpoint))
}
