//! Sign-off across machines: request files out, decision files in.
//!
//! What a reviewer needs is gathered from the journal by its reading side alone; what comes back is put
//! to `decide` like a decision made in this window. Deliberately absent: rules, and trust in a folder:
//! every file of it is bounded, read as text, and judged by its signature.

mod aftermath;
mod folder;
mod hand;
mod visit;

pub use aftermath::{PaperKind, PaperTaken, Signable, TakenIn, owed_reviews, standing_decisions};
pub use folder::{Exchange, decision_text, request_file_name, signable_file_name};
pub use visit::{Looked, Visit};

pub(crate) use folder::text_files;

use crate::cast::Cast;
use crate::log::{self, Beside, document, read_drill};
use crate::{Engine, EngineError, JournalAt, library};
use drillbook_core::{Command, Drill, GateInputs, RequestState, SignOff};
use drillbook_journal::{JournalError, Reader, StoredEntry};
use drillbook_trust::digest::Digest;
use drillbook_trust::disclosure::Disclosure;
use drillbook_trust::document::{Decision, Policy, Request, Signed, Verdict};
use drillbook_trust::exchange::{
    Content, DecisionFile, ExchangeError, Leaf, Letter, Piece, Prepared, RequestFile, matching,
    prepared, read_decision, signatures, write,
};
use drillbook_trust::gate::signed_by;
use drillbook_trust::merkle::inclusion_proof;
use drillbook_trust::sshsig::PublicKey;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Evidence larger than this is named by its digest only, in bytes.
const MAX_BLOB: usize = 128 * 1024;

/// Sealed values that no request file shows: signed addresses, and what opens every tile of a picture.
const NEVER_SHOWN: [&str; 2] = ["poll_url", "master"];

/// An open request for sign-off, with the file that a reviewer gets.
#[derive(Debug, Clone)]
pub struct OpenRequest {
    /// The drill.
    pub drill: String,
    /// What the journal knows of it.
    pub sign_off: SignOff,
    /// People who may decide.
    pub can_sign: Vec<String>,
    /// The request file.
    pub text: String,
}

/// A decision that was taken in.
#[derive(Debug, Clone)]
pub struct Imported {
    /// The drill as it is now.
    pub drill: Arc<Drill>,
    /// Digest of the request document.
    pub request: String,
    /// Digest of the decision document.
    pub decision: String,
    /// Who decided.
    pub reviewer: String,
    /// Yes or no.
    pub approves: bool,
    /// Whether the journal had it already: nothing was appended.
    pub known: bool,
    /// What became of the request.
    pub state: RequestState,
}

/// Returns the open requests of a journal, beside whoever holds the folder. Appends nothing.
///
/// # Errors
/// [`EngineError`] when the journal or a document cannot be read.
pub fn open_requests(journal: &JournalAt) -> Result<Vec<OpenRequest>, EngineError> {
    of_each_drill(journal, |reader, drill| {
        let mut all = Vec::new();
        let open = |one: &&SignOff| one.state == RequestState::Open && drill.end.is_none();
        for sign_off in drill.requests.iter().filter(open) {
            let request: Signed<Request> = log::signed(reader, &sign_off.request)?;
            let (_, policy) = policies(reader, &request)?;
            let mut can_sign: Vec<String> = Vec::new();
            for one in prepared(&request, policy.value(), &[]) {
                if !can_sign.contains(&one.person) {
                    can_sign.push(one.person);
                }
            }
            all.push(OpenRequest {
                drill: drill.id.clone(),
                text: write(&gather(reader, drill, sign_off)?)?,
                sign_off: sign_off.clone(),
                can_sign,
            });
        }
        Ok(all)
    })
}

/// Collects something of every drill of a journal, beside whoever holds the folder.
fn of_each_drill<T>(
    journal: &JournalAt,
    of: impl Fn(&Reader, &Drill) -> Result<Vec<T>, EngineError>,
) -> Result<Vec<T>, EngineError> {
    let Some(reader) = journal.reader_if_any()? else {
        return Ok(Vec::new());
    };
    let runbooks = library::built_in()?;
    let mut all = Vec::new();
    for summary in reader.drills()?.iter().filter(|one| !one.drill.is_empty()) {
        let drill = read_drill(&reader, &runbooks, &summary.drill)?;
        all.extend(of(&reader, &drill)?);
    }
    Ok(all)
}

/// Puts reviewers' public keys beside the cast's keys before the first policy is signed; later the
/// policy in force must name them already.
pub(crate) fn enrol(
    reader: &Reader,
    keys: &Path,
    reviewers: &[(String, PublicKey)],
) -> Result<(), EngineError> {
    let policy = log::policy(reader)?;
    for (person, key) in reviewers {
        match &policy {
            Some(policy) if policy.value().person_of_key(&key.fingerprint()) != Some(person) => {
                return Err(EngineError::OtherReviewer {
                    person: person.clone(),
                });
            }
            // A key that this folder holds itself needs no note.
            Some(_) if Cast::holds(keys, person, key) => {}
            _ => Cast::enrol(keys, person, key)?,
        }
    }
    Ok(())
}

/// Returns the policies before the one a request was made under, and that one.
fn policies(
    reader: &Reader,
    request: &Signed<Request>,
) -> Result<(Vec<Signed<Policy>>, Signed<Policy>), EngineError> {
    let mut all = log::policies(reader)?;
    let at = all
        .iter()
        .position(|one| one.digest() == request.value().policy);
    let at = at.ok_or_else(|| EngineError::Unreadable {
        what: "policy".to_owned(),
    })?;
    all.truncate(at + 1);
    let policy = all.pop().ok_or(EngineError::UnknownRequest)?;
    Ok((all, policy))
}

/// Gathers everything that travels with a request.
fn gather(reader: &Reader, drill: &Drill, sign_off: &SignOff) -> Result<RequestFile, EngineError> {
    let request: Signed<Request> = log::signed(reader, &sign_off.request)?;
    let (before, policy) = policies(reader, &request)?;
    let log = leaves(reader, request.value().journal.size)?;
    let mut covers = Vec::new();
    for cover in &sign_off.covers {
        covers.push(match &cover.action {
            Some(action) => {
                let bytes = action.to_bytes().map_err(|_| unreadable("action"))?;
                Content::Action(String::from_utf8(bytes).map_err(|_| unreadable("action"))?)
            }
            None => Content::Entry(leaf(&entry_of(reader, drill, &cover.digest)?, &log)?),
        });
    }
    let letters = before.iter().map(Letter::of).chain([Letter::of(&policy)]);
    let evidence = to_open(reader, drill, sign_off)?;
    let evidence = evidence.iter().map(|one| one.piece(&log));
    let evidence = evidence.collect::<Result<_, _>>()?;
    let mut file = RequestFile::new(Letter::of(&request), letters.collect(), covers, evidence);
    let recorded = reader.entry(sign_off.seq)?;
    let sealed = recorded.map(|entry| entry.disclosures).unwrap_or_default();
    let sealed = |name: &str| sealed.iter().find(|one| one.name == name);
    file.cli = sealed("cli").map(Disclosure::encode);
    file.scope = sealed("scope").map(Disclosure::encode);
    Ok(file)
}

pub(crate) fn unreadable(what: &str) -> EngineError {
    EngineError::Unreadable {
        what: what.to_owned(),
    }
}

/// Finds the entry with this leaf hash among a drill's.
fn entry_of(reader: &Reader, drill: &Drill, leaf: &str) -> Result<StoredEntry, EngineError> {
    let leaf: Digest = leaf.parse().map_err(|_| unreadable("digest"))?;
    for stored in reader.drill(&drill.id, 0)? {
        let stored = stored?;
        if stored.leaf == leaf {
            return Ok(stored);
        }
    }
    Err(unreadable("covered entry"))
}

/// Returns the leaf hashes of the log as it was when the request was made.
fn leaves(reader: &Reader, size: u64) -> Result<Vec<Digest>, EngineError> {
    let leaves: Result<_, JournalError> = reader.leaves(0..size)?.collect();
    Ok(leaves?)
}

fn leaf(stored: &StoredEntry, log: &[Digest]) -> Result<Leaf, EngineError> {
    let shown = stored
        .disclosures
        .iter()
        .filter(|one| !NEVER_SHOWN.contains(&one.name.as_str()));
    Ok(Leaf {
        entry: String::from_utf8(stored.bytes.clone()).map_err(|_| unreadable("entry"))?,
        shown: shown.map(|one| one.encode()).collect(),
        proof: usize::try_from(stored.entry.seq)
            .ok()
            .and_then(|index| inclusion_proof(log, index))
            .ok_or_else(|| unreadable("entry before the request"))?,
    })
}

/// Evidence that a gate wants opened, as of a request.
struct ToOpen {
    recorded: StoredEntry,
    blob: Option<Vec<u8>>,
}

impl ToOpen {
    fn commitment(&self) -> Option<String> {
        let mut sealed = self.recorded.disclosures.iter();
        let evidence = sealed.find(|one| one.name == "evidence")?;
        Some(evidence.commitment())
    }

    fn piece(&self, log: &[Digest]) -> Result<Piece, EngineError> {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        let blob = self.blob.as_ref().filter(|blob| blob.len() <= MAX_BLOB);
        Ok(Piece {
            leaf: leaf(&self.recorded, log)?,
            blob: blob.map(|blob| STANDARD.encode(blob)),
        })
    }
}

/// Returns the newest evidence of every step that the gate wants opened, as of the request.
fn to_open(reader: &Reader, drill: &Drill, sign_off: &SignOff) -> Result<Vec<ToOpen>, EngineError> {
    let gate = drill.runbook.step(&sign_off.step);
    let names = gate.map(|gate| gate.open_first.as_slice());
    let mut all = Vec::new();
    for name in names.unwrap_or_default() {
        let mut newest = drill.evidence.iter().rev();
        let newest = newest
            .find(|one| &one.step == name && one.evidence.is_some() && one.seq < sign_off.seq);
        let Some(newest) = newest else { continue };
        let recorded = reader.entry(newest.seq)?;
        let recorded = recorded.ok_or_else(|| unreadable("evidence"))?;
        let digest = newest.evidence.as_deref().unwrap_or_default();
        let digest: Digest = digest.parse().map_err(|_| unreadable("digest"))?;
        let blob = reader.blob(&digest)?;
        all.push(ToOpen { recorded, blob });
    }
    Ok(all)
}

impl Engine {
    /// Returns the file of a request, as it travels to a reviewer.
    ///
    /// # Errors
    /// [`EngineError::UnknownRequest`], or why the journal could not be read.
    pub fn request_file(&self, request: &str) -> Result<String, EngineError> {
        let (drill, sign_off) = self.find_request(request)?;
        Ok(write(&gather(&self.0.reader, &drill, &sign_off)?)?)
    }

    /// Takes a decision in that was made elsewhere: a file of Drillbook's, a decision document with the
    /// signatures found beside it, or a bare signature over a decision that the request file prepared.
    /// Taking it in again changes nothing.
    ///
    /// # Errors
    /// [`EngineError::Exchange`] when the text holds no decision, [`EngineError::OtherLog`],
    /// [`EngineError::UnknownRequest`], or [`EngineError::Refused`] with what the gate has against it.
    pub fn import_decision(&self, text: &str, beside: &[String]) -> Result<Imported, EngineError> {
        let decision = self.read_decision(text, beside)?;
        self.take_in(decision)
    }

    /// Reads the decision in a text without taking it in.
    pub(crate) fn read_decision(
        &self,
        text: &str,
        beside: &[String],
    ) -> Result<Signed<Decision>, EngineError> {
        match read_decision(text, beside)? {
            Some(file) => self.for_this_log(file),
            None => {
                let mut armored = signatures(text)?;
                let armored = armored.pop().ok_or(ExchangeError::NothingFound {
                    block: "DRILLBOOK DECISION",
                })?;
                Ok(matching(&armored, &self.prepared()?)?)
            }
        }
    }

    fn for_this_log(&self, file: DecisionFile) -> Result<Signed<Decision>, EngineError> {
        if let Some(request) = &file.request {
            self.of_this_log(request.value())?;
        }
        Ok(file.decision)
    }

    /// Refuses what belongs to another machine's log.
    fn of_this_log(&self, said: &Request) -> Result<(), EngineError> {
        if said.log == self.0.writer.origin() {
            return Ok(());
        }
        Err(EngineError::OtherLog {
            said: said.log.clone(),
            drill: said.drill.clone(),
            own: self.0.writer.origin().to_owned(),
        })
    }

    /// Whether a request was made under a policy that is no longer in force: nobody can decide it.
    pub(crate) fn is_outdated(&self, sign_off: &SignOff) -> Result<bool, EngineError> {
        let request: Signed<Request> = log::signed(&self.0.reader, &sign_off.request)?;
        Ok(request.value().policy != self.policy()?.digest())
    }

    /// Returns every decision that could be signed with OpenSSH alone, on the open requests and on those
    /// that were decided: a second import must find its decision again.
    fn prepared(&self) -> Result<Vec<Prepared>, EngineError> {
        let mut all = Vec::new();
        for (drill, sign_off) in self.requests()? {
            let request: Signed<Request> = log::signed(&self.0.reader, &sign_off.request)?;
            let (_, policy) = policies(&self.0.reader, &request)?;
            let evidence = to_open(&self.0.reader, &drill, &sign_off)?;
            let commitments = evidence.iter().filter_map(ToOpen::commitment);
            let mut must_open: Vec<String> = commitments.collect();
            must_open.sort();
            must_open.dedup();
            all.extend(prepared(&request, policy.value(), &must_open));
        }
        Ok(all)
    }

    /// Returns entry by commitment of the evidence that a gate wants opened.
    fn commitments(
        &self,
        drill: &Drill,
        sign_off: &SignOff,
    ) -> Result<BTreeMap<String, u64>, EngineError> {
        let gate = drill.runbook.step(&sign_off.step);
        let names = gate.map(|gate| gate.open_first.as_slice());
        let mut all = BTreeMap::new();
        for one in &drill.evidence {
            if !names.unwrap_or_default().contains(&one.step) || one.evidence.is_none() {
                continue;
            }
            let stored = self.0.reader.entry(one.seq)?;
            let disclosures = stored.map(|stored| stored.disclosures).unwrap_or_default();
            let sealed = disclosures.iter().find(|sealed| sealed.name == "evidence");
            all.extend(sealed.map(|sealed| (sealed.commitment(), one.seq)));
        }
        Ok(all)
    }

    /// Puts a decision to the rules, and records it with what its signer opened.
    pub(crate) fn take_in(&self, decision: Signed<Decision>) -> Result<Imported, EngineError> {
        let value = decision.value();
        let (drill, sign_off) = self.find_request(&value.request.to_string())?;
        let digest = decision.digest().to_string();
        let reviewer = value.reviewer.clone();
        let approves = value.verdict == Verdict::Approve;
        let known = sign_off.decisions.iter().any(|one| one.decision == digest);
        let mut after = Arc::clone(&drill);
        if !known {
            let inputs = self.inputs_with(&drill, &sign_off, &decision)?;
            // A name is believed once its owner's key has signed; until then the seat answers.
            let signed = signed_by(inputs.policy.value(), &decision, &reviewer).is_ok();
            let actor = if signed {
                reviewer.clone()
            } else {
                self.seat().id
            };
            let documents = vec![document(&decision)];
            let command = Command::RecordDecision {
                decision: Box::new(decision),
                case: Box::new(inputs),
            };
            (after, _) = self.transact(&drill.id, &actor, command, Beside::documents(documents))?;
            self.checkpoint()?;
        }
        let state = after.sign_off_by_digest(&sign_off.request);
        Ok(Imported {
            request: sign_off.request.clone(),
            decision: digest,
            reviewer,
            approves,
            known,
            state: state.map_or(sign_off.state, |one| one.state),
            drill: after,
        })
    }

    fn inputs_with(
        &self,
        drill: &Drill,
        sign_off: &SignOff,
        decision: &Signed<Decision>,
    ) -> Result<GateInputs, EngineError> {
        let mut inputs = self.inputs(sign_off)?;
        let value = decision.value();
        inputs.heads_are_prefixes &= self.0.reader.starts_with(&value.journal_seen)?;
        let known = self.commitments(drill, sign_off)?;
        let opened = value.opened.iter().filter_map(|one| known.get(one));
        inputs.opened = opened.copied().collect();
        inputs.decisions.push(decision.clone());
        Ok(inputs)
    }
}
