//! The exchange folder: requests and owed reviews are laid out in it, what people signed is picked up.
//!
//! Anybody may write there, so nothing in it is trusted: only regular files of bounded size are read,
//! what belongs to another request or log is passed over, and the rest goes through the gate.

use super::Signable;
use crate::{Engine, EngineError};
use drillbook_core::{Drill, Refusal, SignOff};
use drillbook_diagnostic::{Diagnostic, Severity};
use drillbook_trust::exchange::{read_paper, signatures, text_of};
use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// The largest file that is read, in bytes.
const MAX_FILE: u64 = 1024 * 1024;

/// The most files of a folder that are looked at.
const MAX_FILES: usize = 4096;

/// How often the folder is looked at.
const PAUSE: Duration = Duration::from_millis(100);

/// Where people on other machines find requests and leave decisions.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The folder.
    pub folder: PathBuf,
    /// How long to wait at each gate, in real time.
    pub wait: Duration,
    /// Told of a decision on the open request that the gate does not take, once for each file.
    pub declined: fn(&Path, &EngineError),
}

/// A file as it was when it was looked at: a changed one is looked at again.
pub(super) type Seen = BTreeSet<(PathBuf, u64, Option<SystemTime>)>;

impl Engine {
    /// Writes a request into the folder and waits until enough decisions on it were taken in.
    pub(crate) async fn wait_for_decision(
        &self,
        request: &SignOff,
        exchange: &Exchange,
    ) -> Result<(), EngineError> {
        let (drill, _) = self.find_request(&request.request)?;
        let text = self.request_file(&request.request)?;
        lay_out(
            &request_file_name(&drill.id, request),
            &text,
            &exchange.folder,
        )?;
        let over = || EngineError::NoDecision {
            step: request.step.clone(),
        };
        self.wait(Some(request), exchange, over).await
    }

    /// Writes every break-glass of a drill that owes its review into the folder and waits until one of
    /// them was reviewed.
    pub(crate) async fn wait_for_review(
        &self,
        drill: &Drill,
        exchange: &Exchange,
    ) -> Result<(), EngineError> {
        let owed = self.reviews_owed(&drill.id)?;
        for one in &owed {
            lay_out(&signable_file_name(one), &one.text, &exchange.folder)?;
        }
        let step = owed.first().map(|one| one.step.clone());
        let over = || {
            let step = step.clone().unwrap_or_default();
            Refusal::ReviewOwed { step }.into()
        };
        self.wait(None, exchange, over).await
    }

    /// Looks into the folder until something was taken in, or the time is over.
    async fn wait(
        &self,
        request: Option<&SignOff>,
        exchange: &Exchange,
        over: impl Fn() -> EngineError,
    ) -> Result<(), EngineError> {
        let (began, mut seen) = (Instant::now(), Seen::new());
        loop {
            if self.look(request, exchange, &mut seen)? {
                return Ok(());
            }
            if began.elapsed() >= exchange.wait {
                return Err(over());
            }
            let left = exchange.wait.saturating_sub(began.elapsed());
            tokio::time::sleep(PAUSE.min(left)).await;
        }
    }

    /// Looks at every file once; `true` when something new was taken in.
    fn look(
        &self,
        request: Option<&SignOff>,
        exchange: &Exchange,
        seen: &mut Seen,
    ) -> Result<bool, EngineError> {
        for (path, length, changed) in files(&exchange.folder) {
            if !seen.insert((path.clone(), length, changed)) {
                continue;
            }
            let Some((text, beside)) = decision_text(&path) else {
                continue;
            };
            let taken = match read_paper(&text, &beside) {
                Ok(Some(paper)) => self.take_in_paper(paper).map(|taken| !taken.known),
                Ok(None) => self.pick_up(request, &text, &beside),
                Err(_) => continue,
            };
            match taken {
                Ok(true) => return Ok(true),
                // What is about something else is somebody else's.
                Ok(false) | Err(EngineError::UnknownRequest | EngineError::OtherLog { .. }) => {}
                Err(error) if error.severity() == Severity::Refused => {
                    (exchange.declined)(&path, &error);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    /// Takes a decision on the open request in; `false` when the text is none, or is recorded already.
    fn pick_up(
        &self,
        request: Option<&SignOff>,
        text: &str,
        beside: &[String],
    ) -> Result<bool, EngineError> {
        let decision = self.read_decision(text, beside);
        let (Some(request), Ok(decision)) = (request, decision) else {
            return Ok(false);
        };
        let digest = decision.digest().to_string();
        let mut recorded = request.decisions.iter();
        let about = decision.value().request.to_string();
        if about != request.request || recorded.any(|one| one.decision == digest) {
            return Ok(false);
        }
        self.take_in(decision).map(|_| true)
    }
}

/// Writes a file whole or not at all, into a folder that is made where it is missing.
pub(super) fn lay_out(name: &str, text: &str, folder: &Path) -> Result<(), EngineError> {
    std::fs::create_dir_all(folder).map_err(|source| crate::cast::file(name, source))?;
    crate::cast::write(folder, name, text)
}

/// Returns the name of a request's file: the same request, the same name.
pub fn request_file_name(drill: &str, request: &SignOff) -> String {
    named(drill, &request.step, &request.request, "request")
}

/// Returns the name of the file of a decision or a break-glass.
pub fn signable_file_name(one: &Signable) -> String {
    let what = match one.what.as_str() {
        "break-glass" => "glass",
        _ => "decision",
    };
    named(&one.drill, &one.step, &one.document, what)
}

fn named(drill: &str, step: &str, digest: &str, what: &str) -> String {
    let digest = digest.trim_start_matches("sha256:");
    let short: String = digest.chars().take(12).collect();
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let step: String = step.chars().filter(|c| plain(*c)).collect();
    format!("{drill}-{step}-{short}.{what}.txt")
}

/// Lists the regular files of a folder with what tells whether they changed; links are passed over.
pub(super) fn files(folder: &Path) -> Vec<(PathBuf, u64, Option<SystemTime>)> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for entry in entries.flatten().take(MAX_FILES) {
        let Ok(about) = std::fs::symlink_metadata(entry.path()) else {
            continue;
        };
        let name = entry.file_name().to_string_lossy().into_owned();
        let ours = name.ends_with(".request.txt") || name.starts_with('.');
        if about.is_file() && about.len() <= MAX_FILE && !ours {
            all.push((entry.path(), about.len(), about.modified().ok()));
        }
    }
    all.sort();
    all
}

/// Reads a file and the signatures of the `.sig` file beside it; of a `.sig` file, the document that it
/// was made over, if that lies beside it.
pub fn decision_text(path: &Path) -> Option<(String, Vec<String>)> {
    let text = read(path)?;
    if path.extension().is_some_and(|ending| ending == "sig")
        && let Some(document) = read(&path.with_extension(""))
    {
        return Some((document, signatures(&text).unwrap_or_default()));
    }
    let mut name = path.as_os_str().to_owned();
    name.push(".sig");
    let beside = read(Path::new(&name)).and_then(|text| signatures(&text).ok());
    Some((text, beside.unwrap_or_default()))
}

/// Returns the texts of a folder by the names of their files: regular ones of bounded size, at most so many.
pub(crate) fn text_files(folder: &Path) -> Vec<(String, String)> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let named = entries.flatten().take(MAX_FILES).filter_map(|entry| {
        let name = entry.file_name().to_str()?.to_owned();
        Some((name, read(&entry.path())?))
    });
    let mut all: Vec<(String, String)> = named.collect();
    all.sort();
    all
}

fn read(path: &Path) -> Option<String> {
    let about = std::fs::symlink_metadata(path).ok()?;
    if !about.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).ok()?;
    file.take(MAX_FILE).read_to_end(&mut bytes).ok()?;
    text_of(&bytes).ok()
}
