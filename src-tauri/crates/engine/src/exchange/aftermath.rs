//! Taking a decision back, breaking glass and its review: what people signed elsewhere is put to the
//! rules and recorded, and what they need in order to sign is written out.

use super::{Imported, of_each_drill, policies};
use crate::log::{self, Beside, document};
use crate::{Engine, EngineError, JournalAt, ReadingTaken};
use drillbook_core::{Command, Drill, GateInputs, RequestState, SignOff};
use drillbook_journal::{NewDocument, Reader};
use drillbook_trust::document::{Decision, Document, Policy, Request, Signed};
use drillbook_trust::exchange::{
    Paper, PaperFile, read_paper, read_reading, write_decision, write_paper,
};
use drillbook_trust::gate::signed_by;
use drillbook_trust::merkle::Head;
use std::sync::Arc;

/// What was taken in from elsewhere.
#[derive(Debug, Clone)]
pub enum TakenIn {
    /// A decision.
    Decision(Imported),
    /// A revocation, a break-glass or a review.
    Paper(PaperTaken),
    /// What a second reader found.
    Reading(Box<ReadingTaken>),
}

/// Which paper it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaperKind {
    /// A decision was taken back.
    Revocation,
    /// Somebody went on without a quorum.
    BreakGlass,
    /// Somebody else looked at that.
    Review,
}

/// A revocation, a break-glass or a review that was taken in.
#[derive(Debug, Clone)]
pub struct PaperTaken {
    /// The drill as it is now.
    pub drill: Arc<Drill>,
    /// Which it was.
    pub kind: PaperKind,
    /// Digest of the request document.
    pub request: String,
    /// Digest of the signed document.
    pub document: String,
    /// Who signed it.
    pub person: String,
    /// Whether nothing was appended, because the journal had it, or another one like it, already.
    pub known: bool,
    /// What became of the request.
    pub state: RequestState,
}

/// Something that somebody elsewhere may want to sign about, with the file that they get.
#[derive(Debug, Clone)]
pub struct Signable {
    /// The drill.
    pub drill: String,
    /// The approval step.
    pub step: String,
    /// Who decided or broke the glass.
    pub person: String,
    /// `approve`, `refuse` or `break-glass`.
    pub what: String,
    /// Until when a review is due; empty for a decision.
    pub due: String,
    /// Digest of the document.
    pub document: String,
    /// The file.
    pub text: String,
}

/// Returns every decision of a journal that was not taken back and whose drill goes on, beside
/// whoever holds the folder. Appends nothing.
///
/// # Errors
/// [`EngineError`] when the journal or a document cannot be read.
pub fn standing_decisions(journal: &JournalAt) -> Result<Vec<Signable>, EngineError> {
    of_each_drill(journal, |reader, drill| {
        let mut all = Vec::new();
        let standing = |one: &&SignOff| {
            matches!(one.state, RequestState::Open | RequestState::Approved) && drill.end.is_none()
        };
        for sign_off in drill.requests.iter().filter(standing) {
            let request: Signed<Request> = log::signed(reader, &sign_off.request)?;
            for made in sign_off
                .decisions
                .iter()
                .filter(|one| one.revoked.is_none())
            {
                let decision: Signed<Decision> = log::signed(reader, &made.decision)?;
                all.push(Signable {
                    drill: drill.id.clone(),
                    step: sign_off.step.clone(),
                    person: made.reviewer.clone(),
                    what: made.verdict.clone(),
                    due: String::new(),
                    document: made.decision.clone(),
                    text: write_decision(&decision, &request)?,
                });
            }
        }
        Ok(all)
    })
}

/// Returns every break-glass of a journal that still owes its review, beside whoever holds the
/// folder. Appends nothing.
///
/// # Errors
/// [`EngineError`] when the journal or a document cannot be read.
pub fn owed_reviews(journal: &JournalAt) -> Result<Vec<Signable>, EngineError> {
    of_each_drill(journal, owed)
}

/// Returns the break-glasses of a drill that still owe their review.
fn owed(reader: &Reader, drill: &Drill) -> Result<Vec<Signable>, EngineError> {
    let mut all = Vec::new();
    for glass in drill.glass.iter().filter(|one| one.reviewed.is_none()) {
        let request: Signed<Request> = log::signed(reader, &glass.request)?;
        let (_, policy) = policies(reader, &request)?;
        let paper = Paper::BreakGlass(log::signed(reader, &glass.break_glass)?);
        let step = drill.sign_off_by_digest(&glass.request);
        all.push(Signable {
            drill: drill.id.clone(),
            step: step.map(|one| one.step.clone()).unwrap_or_default(),
            person: glass.person.clone(),
            what: "break-glass".to_owned(),
            due: glass.review_due.clone(),
            document: glass.break_glass.clone(),
            text: write_paper(&paper, &request, Some(&policy))?,
        });
    }
    Ok(all)
}

/// A paper in the words that every kind shares.
struct Said {
    kind: PaperKind,
    digest: String,
    person: String,
    seen: Head,
    document: NewDocument,
}

impl Said {
    fn of<T: Document>(kind: PaperKind, signed: &Signed<T>, seen: Head) -> Said {
        Said {
            kind,
            digest: signed.digest().to_string(),
            person: signed.value().author().0.to_owned(),
            seen,
            document: document(signed),
        }
    }

    fn read(paper: &Paper) -> Said {
        match paper {
            Paper::Revocation(one) => {
                Said::of(PaperKind::Revocation, one, one.value().journal_seen)
            }
            Paper::BreakGlass(one) => {
                Said::of(PaperKind::BreakGlass, one, one.value().journal_seen)
            }
            Paper::Review(one) => Said::of(PaperKind::Review, one, one.value().journal_seen),
        }
    }
}

/// Whether the person it names signed it.
fn is_signed(policy: &Policy, paper: &Paper, person: &str) -> bool {
    match paper {
        Paper::Revocation(one) => signed_by(policy, one, person).is_ok(),
        Paper::BreakGlass(one) => signed_by(policy, one, person).is_ok(),
        Paper::Review(one) => signed_by(policy, one, person).is_ok(),
    }
}

fn command(paper: Paper, case: GateInputs) -> Command {
    let case = Box::new(case);
    match paper {
        Paper::Revocation(one) => Command::RevokeDecision {
            revocation: Box::new(one),
            case,
        },
        Paper::BreakGlass(one) => Command::BreakGlass {
            glass: Box::new(one),
            case,
        },
        Paper::Review(one) => Command::ReviewGlass {
            review: Box::new(one),
            case,
        },
    }
}

impl Engine {
    /// Takes in what was signed elsewhere: a decision, a revocation, a break-glass, a review or a second reading,
    /// as a file of Drillbook's or as a document with the signatures found beside it. Taking it in again
    /// changes nothing.
    ///
    /// # Errors
    /// As [`Engine::import_decision`].
    pub fn import(&self, text: &str, beside: &[String]) -> Result<TakenIn, EngineError> {
        if let Some(reading) = read_reading(text, beside)? {
            let taken = self.take_in_reading(reading)?;
            return Ok(TakenIn::Reading(Box::new(taken)));
        }
        match read_paper(text, beside)? {
            Some(file) => self.take_in_paper(file).map(TakenIn::Paper),
            None => self.import_decision(text, beside).map(TakenIn::Decision),
        }
    }

    /// Puts a revocation, a break-glass or a review to the rules, and records it.
    pub(crate) fn take_in_paper(&self, file: PaperFile) -> Result<PaperTaken, EngineError> {
        if let Some(request) = &file.request {
            self.of_this_log(request.value())?;
        }
        let said = Said::read(&file.paper);
        let (drill, sign_off) = self.about(&file.paper)?;
        let mut after = Arc::clone(&drill);
        if !recorded(&drill, &said.digest) {
            let mut inputs = self.inputs(&sign_off)?;
            inputs.heads_are_prefixes &= self.0.reader.starts_with(&said.seen)?;
            // A name is believed once its owner's key has signed; until then the seat answers.
            let actor = if is_signed(inputs.policy.value(), &file.paper, &said.person) {
                said.person.clone()
            } else {
                self.seat().id
            };
            let command = command(file.paper, inputs);
            let beside = Beside::documents(vec![said.document]);
            (after, _) = self.transact(&drill.id, &actor, command, beside)?;
        }
        let known = after.last_seq == drill.last_seq;
        if !known {
            self.checkpoint()?;
        }
        let state = after.sign_off_by_digest(&sign_off.request);
        Ok(PaperTaken {
            kind: said.kind,
            request: sign_off.request.clone(),
            document: said.digest,
            person: said.person,
            known,
            state: state.map_or(sign_off.state, |one| one.state),
            drill: after,
        })
    }

    /// Finds the sign-off that a paper is about.
    fn about(&self, paper: &Paper) -> Result<(Arc<Drill>, SignOff), EngineError> {
        let found = |of: &dyn Fn(&Drill, &SignOff) -> bool| {
            let mut all = self.requests()?.into_iter();
            let found = all.find(|(drill, sign_off)| of(drill, sign_off));
            found.ok_or(EngineError::UnknownRequest)
        };
        match paper {
            Paper::BreakGlass(one) => self.find_request(&one.value().request.to_string()),
            Paper::Revocation(one) => {
                let named = one.value().decision.to_string();
                found(&|_, known| known.decisions.iter().any(|made| made.decision == named))
            }
            Paper::Review(one) => {
                let named = one.value().break_glass.to_string();
                found(&|drill, known| {
                    let mut glass = drill.glass.iter();
                    glass.any(|one| one.break_glass == named && one.request == known.request)
                })
            }
        }
    }

    /// Returns the break-glasses of a drill that still owe their review, each with the file for whoever
    /// reviews it.
    ///
    /// # Errors
    /// Why the journal could not be read.
    pub fn reviews_owed(&self, drill: &str) -> Result<Vec<Signable>, EngineError> {
        owed(&self.0.reader, &*self.drill(drill)?)
    }
}

/// Whether a drill has this very revocation or break-glass.
fn recorded(drill: &Drill, document: &str) -> bool {
    let mut decisions = drill.requests.iter().flat_map(|one| &one.decisions);
    let revoked = |made: &drillbook_core::DecisionState| {
        made.revoked.as_ref().is_some_and(|one| one.1 == document)
    };
    decisions.any(revoked) || drill.glass.iter().any(|one| one.break_glass == document)
}
