//! One look at an exchange folder: what is asked is laid out, what was signed is picked up.
//!
//! Deliberately absent: trust in the folder; see [`super::folder`].

use super::folder::{Seen, files, lay_out};
use super::{decision_text, request_file_name, signable_file_name};
use crate::{Engine, EngineError};
use drillbook_core::RequestState;
use drillbook_diagnostic::{Diagnostic, Severity};
use drillbook_trust::exchange::{read_paper, read_reading};
use std::path::Path;

/// What is remembered of a folder between two looks.
#[derive(Debug, Clone, Default)]
pub struct Looked(Seen);

/// What one look at an exchange folder found.
#[derive(Debug, Default)]
pub struct Visit {
    /// How many open requests and owed reviews lie there.
    pub laid_out: usize,
    /// How many signed papers were taken in.
    pub taken: usize,
    /// Files about this log that the gate does not take, with the reason.
    pub declined: Vec<(String, EngineError)>,
}

impl Engine {
    /// Lays out every open request and every owed review in a folder, and takes in what people signed and left there.
    ///
    /// # Errors
    /// When the folder cannot be written, or the journal fails. What the gate does not take is no error.
    pub fn visit(&self, folder: &Path, looked: &mut Looked) -> Result<Visit, EngineError> {
        let mut visit = Visit::default();
        for drill in self.drills()? {
            if drill.end.is_some() {
                continue;
            }
            let open = |state: RequestState| state == RequestState::Open;
            for request in drill.requests.iter().filter(|one| open(one.state)) {
                let name = request_file_name(&drill.id, request);
                if !folder.join(&name).exists() {
                    lay_out(&name, &self.request_file(&request.request)?, folder)?;
                }
                visit.laid_out += 1;
            }
            for owed in self.reviews_owed(&drill.id)? {
                let name = signable_file_name(&owed);
                if !folder.join(&name).exists() {
                    lay_out(&name, &owed.text, folder)?;
                }
                visit.laid_out += 1;
            }
        }
        for (path, length, changed) in files(folder) {
            if !looked.0.insert((path.clone(), length, changed)) {
                continue;
            }
            let Some((text, beside)) = decision_text(&path) else {
                continue;
            };
            match self.left_there(&text, &beside) {
                Ok(known) => visit.taken += usize::from(!known),
                // What is about something else is somebody else's.
                Err(EngineError::UnknownRequest | EngineError::OtherLog { .. }) => {}
                Err(error) if error.severity() == Severity::Refused => {
                    let name = path.file_name().unwrap_or_default();
                    visit
                        .declined
                        .push((name.to_string_lossy().into_owned(), error));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(visit)
    }

    /// Takes a text in; `true` when the journal had it already, and for a text that is none of ours.
    fn left_there(&self, text: &str, beside: &[String]) -> Result<bool, EngineError> {
        match read_reading(text, beside) {
            Ok(Some(reading)) => return Ok(self.take_in_reading(reading)?.known),
            Ok(None) => {}
            Err(_) => return Ok(true),
        }
        match read_paper(text, beside) {
            Ok(Some(paper)) => Ok(self.take_in_paper(paper)?.known),
            Ok(None) => match self.read_decision(text, beside) {
                Ok(decision) => Ok(self.take_in(decision)?.known),
                Err(EngineError::OtherLog { .. }) => Ok(true),
                Err(error) if error.severity() == Severity::Refused => Ok(true),
                Err(error) => Err(error),
            },
            Err(_) => Ok(true),
        }
    }
}
