//! Sign-off across machines: a request as one small file out, a decision as one small file back.
//!
//! A request file holds everything a reviewer needs to recompute what they sign: the signed request,
//! the policies, the actions with their salts, the entries it covers with their disclosures, and the
//! evidence that must be opened. [`open`] recomputes all of it and refuses what does not match.
//! The readable text around the blocks is never read back. Deliberately absent: IO, and any trust in
//! where a file came from.

mod aftermath;
mod armor;
mod decision;
mod error;
mod reading;
mod text;

pub use aftermath::{Paper, PaperFile, read_paper, write_paper};
pub use armor::{MAX_TEXT, signatures, text_of};
pub use decision::{DecisionFile, Prepared, matching, prepared, read_decision, write_decision};
pub use error::ExchangeError;
pub use reading::{read_reading, write_reading};
pub use text::{describe, plain, write};

use crate::action::Action;
use crate::canonical;
use crate::digest::Digest;
use crate::disclosure::{Disclosure, Value};
use crate::document::{
    CoverKind, Decision, Document, Policy, Request, Signed, parse_signed, verify_chain,
};
use crate::entry::Entry;
use crate::gate::{GateRefusal, Operator, SignOff, signed_by, standing};
use crate::merkle::{Head, leaf_hash};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

const REQUEST_LABEL: &str = "DRILLBOOK REQUEST";
const TYPE: &str = "drill.request-file/1";

/// A signed document as it travels: its exact text and its signatures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Letter {
    /// The canonical text that was signed.
    pub text: String,
    /// Armored signatures.
    pub signatures: Vec<String>,
}

/// An entry of the journal as it travels: its exact text, the values that are shown of it, and its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leaf {
    /// The canonical text of the entry.
    pub entry: String,
    /// Encoded disclosures.
    pub shown: Vec<String>,
    /// Inclusion proof of the entry in the log whose head the request signs, lowest sibling first.
    pub proof: Vec<Digest>,
}

/// What one cover of the request stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Content {
    /// The canonical text of an action, its salt included.
    Action(String),
    /// The entry that recorded evidence or charter.
    Entry(Leaf),
}

/// Evidence that must be opened before the request is approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Piece {
    /// The entry that recorded it.
    pub leaf: Leaf,
    /// The blob in base64; absent when it is too large to travel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blob: Option<String>,
}

/// Everything that travels with a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestFile {
    #[serde(rename = "type")]
    kind: String,
    /// The operator's request.
    pub request: Letter,
    /// Every version of the policy, oldest first; the last is in force.
    pub policies: Vec<Letter>,
    /// What each cover stands for, in the request's order.
    pub covers: Vec<Content>,
    /// What must be opened first.
    pub evidence: Vec<Piece>,
    /// Encoded disclosure of the equivalent `az` lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cli: Option<String>,
    /// Encoded disclosure of the sentence that says what it touches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
}

/// A request file whose every digest, commitment and signature was recomputed.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The operator's request.
    pub request: Signed<Request>,
    /// Earlier versions of the policy, oldest first.
    pub policies_before: Vec<Signed<Policy>>,
    /// The policy in force.
    pub policy: Signed<Policy>,
    /// What the request covers, in its order.
    pub covers: Vec<Covered>,
    /// What must be opened first.
    pub evidence: Vec<Evidence>,
    /// The equivalent `az` lines.
    pub cli: Option<String>,
    /// What it touches, in one sentence.
    pub scope: Option<String>,
}

/// What one cover stands for, recomputed.
#[derive(Debug, Clone)]
pub enum Covered {
    /// Requests that change Azure.
    Action(Action),
    /// An entry, with the values that are shown.
    Entry(Box<Entry>, Vec<Disclosure>),
}

/// Evidence that must be opened, recomputed.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// The entry that recorded it.
    pub entry: Entry,
    /// The values that are shown of it.
    pub shown: Vec<Disclosure>,
    /// The commitment that a decision names once it was opened.
    pub commitment: String,
    /// Digest of the blob.
    pub digest: Digest,
    /// The blob, if it travelled.
    pub blob: Option<Vec<u8>>,
}

impl RequestFile {
    /// Puts a file together; [`open`] tells whether it holds.
    #[must_use]
    pub fn new(
        request: Letter,
        policies: Vec<Letter>,
        covers: Vec<Content>,
        evidence: Vec<Piece>,
    ) -> Self {
        Self {
            kind: TYPE.into(),
            request,
            policies,
            covers,
            evidence,
            cli: None,
            scope: None,
        }
    }
}

impl Letter {
    /// Returns a signed document as it travels.
    #[must_use]
    pub fn of<T>(document: &Signed<T>) -> Self {
        Self {
            text: String::from_utf8_lossy(document.bytes()).into_owned(),
            signatures: document.signatures().to_vec(),
        }
    }

    fn read<T: Document>(&self) -> Result<Signed<T>, ExchangeError> {
        parse_signed(self.text.as_bytes(), self.signatures.clone()).map_err(ExchangeError::Document)
    }
}

impl Opened {
    /// Returns the commitments of everything that must be opened.
    #[must_use]
    pub fn must_open(&self) -> Vec<String> {
        let mut all: Vec<String> = self
            .evidence
            .iter()
            .map(|one| one.commitment.clone())
            .collect();
        all.sort();
        all.dedup();
        all
    }

    /// Says whether the gate would count this decision, as far as the file tells: signature, person,
    /// role, dates and what was opened. The log itself is where the request came from.
    ///
    /// # Errors
    /// What the gate would have against it.
    pub fn weigh(&self, decision: &Signed<Decision>) -> Result<(), GateRefusal> {
        let must_open = self.must_open();
        let said = decision.value();
        let sign_off = SignOff {
            decisions: std::slice::from_ref(decision),
            must_open: &must_open,
            ..self.sign_off(&said.journal_seen, said.decided_at)
        };
        match standing(&sign_off)?.not_counted.into_iter().next() {
            Some(one) => Err(one.why),
            None => Ok(()),
        }
    }

    /// Returns the request as the gate sees it before anybody has signed, by somebody who saw this head.
    fn sign_off(&self, seen: &Head, now: DateTime<Utc>) -> SignOff<'_> {
        let asked = self.request.value();
        SignOff {
            log: &asked.log,
            drill: &asked.drill,
            step: &asked.step,
            gate: &asked.gate,
            runbook: asked.runbook.digest,
            policies_before: &self.policies_before,
            policy: &self.policy,
            request: &self.request,
            decisions: &[],
            revocations: &[],
            break_glass: None,
            operator: Operator {
                person: &asked.operator,
                device: &asked.device,
            },
            must_open: &[],
            heads_are_prefixes: *seen == asked.journal,
            deadline: None,
            now,
        }
    }
}

/// Finds the request in a text and recomputes everything it says.
///
/// # Errors
/// [`ExchangeError`] naming the first thing that is missing or differs.
pub fn open(text: &str) -> Result<Opened, ExchangeError> {
    let mut found = armor::blocks(REQUEST_LABEL, text)?;
    let bytes = found.pop().ok_or(ExchangeError::NothingFound {
        block: REQUEST_LABEL,
    })?;
    if !found.is_empty() {
        return Err(ExchangeError::Several {
            block: REQUEST_LABEL,
        });
    }
    let file: RequestFile = canonical::from_bytes(&bytes).map_err(ExchangeError::Unreadable)?;
    if file.kind != TYPE {
        return Err(ExchangeError::Kind { found: file.kind });
    }
    check(&file)
}

/// Recomputes every digest, commitment and signature of a request file.
///
/// # Errors
/// As [`open`].
pub fn check(file: &RequestFile) -> Result<Opened, ExchangeError> {
    let request: Signed<Request> = file.request.read()?;
    let policies = file.policies.iter().map(Letter::read);
    let mut policies_before: Vec<Signed<Policy>> = policies.collect::<Result<_, _>>()?;
    let policy = policies_before.pop().ok_or(ExchangeError::NoPolicy)?;
    if policy.digest() != request.value().policy {
        return Err(ExchangeError::Differs {
            what: "the policy".into(),
            said: request.value().policy.to_string(),
            found: policy.digest().to_string(),
        });
    }
    verify_chain(&policies_before, &policy).map_err(ExchangeError::PolicyChain)?;
    signed_by(policy.value(), &request, &request.value().operator)
        .map_err(ExchangeError::RequestSignature)?;
    let covers = covers(file, request.value())?;
    let pieces = file.evidence.iter().zip(1..);
    let evidence = pieces.map(|(piece, number)| evidence(piece, number, request.value()));
    Ok(Opened {
        covers,
        evidence: evidence.collect::<Result<_, _>>()?,
        cli: commitment("cli", file.cli.as_deref(), &request.value().cli)?,
        scope: commitment("scope", file.scope.as_deref(), &request.value().scope)?,
        request,
        policies_before,
        policy,
    })
}

fn covers(file: &RequestFile, request: &Request) -> Result<Vec<Covered>, ExchangeError> {
    if file.covers.len() != request.covers.len() {
        return Err(ExchangeError::Differs {
            what: "the number of things covered".into(),
            said: request.covers.len().to_string(),
            found: file.covers.len().to_string(),
        });
    }
    let pairs = request.covers.iter().zip(&file.covers).zip(1..);
    let read = pairs.map(|((cover, content), number): (_, usize)| {
        let what = format!("what the request covers as number {number}");
        let (found, covered) = match (cover.kind, content) {
            (CoverKind::Action, Content::Action(text)) => {
                let action = Action::from_bytes(text.as_bytes());
                let action = action.map_err(|source| ExchangeError::Action { number, source })?;
                (action.digest(), Covered::Action(action))
            }
            (CoverKind::Evidence | CoverKind::Charter, Content::Entry(leaf)) => {
                let (entry, shown) = entry(leaf, &what, request)?;
                let found = leaf_hash(leaf.entry.as_bytes());
                (found, Covered::Entry(Box::new(entry), shown))
            }
            _ => return Err(ExchangeError::CoverKind { number }),
        };
        same(what, cover.digest, found)?;
        Ok(covered)
    });
    read.collect()
}

fn same(what: String, said: Digest, found: Digest) -> Result<(), ExchangeError> {
    if said == found {
        return Ok(());
    }
    Err(ExchangeError::Differs {
        what,
        said: said.to_string(),
        found: found.to_string(),
    })
}

/// Reads an entry of this drill: it must stand in the log that the operator signed, and every value that
/// is shown must be one that the entry commits to.
fn entry(
    leaf: &Leaf,
    what: &str,
    request: &Request,
) -> Result<(Entry, Vec<Disclosure>), ExchangeError> {
    let entry = Entry::from_bytes(leaf.entry.as_bytes()).map_err(ExchangeError::Entry)?;
    if entry.log != request.log || entry.drill != request.drill {
        return Err(ExchangeError::Differs {
            what: format!("the drill of {what}"),
            said: format!("{} {}", request.log, request.drill),
            found: format!("{} {}", entry.log, entry.drill),
        });
    }
    if entry.seq >= request.journal.size {
        return Err(ExchangeError::Differs {
            what: format!("the position of {what}"),
            said: format!("before {}", request.journal.size),
            found: entry.seq.to_string(),
        });
    }
    let hash = leaf_hash(leaf.entry.as_bytes());
    if !request.journal.includes(entry.seq, &hash, &leaf.proof) {
        return Err(ExchangeError::NotInLog { what: what.into() });
    }
    let mut shown = Vec::new();
    for encoded in &leaf.shown {
        let one = Disclosure::decode(encoded).map_err(ExchangeError::Disclosure)?;
        if !entry.sealed.contains(&one.commitment()) {
            return Err(ExchangeError::Commitment {
                what: format!("{} of {what}", one.name),
            });
        }
        shown.push(one);
    }
    Ok((entry, shown))
}

fn evidence(piece: &Piece, number: usize, request: &Request) -> Result<Evidence, ExchangeError> {
    let what = format!("the evidence to be opened as number {number}");
    let (entry, shown) = entry(&piece.leaf, &what, request)?;
    let named = shown.iter().find(|one| one.name == "evidence");
    let digest = named.and_then(|one| one.value.as_text()?.parse::<Digest>().ok());
    let (Some(named), Some(digest)) = (named, digest) else {
        return Err(ExchangeError::Commitment { what });
    };
    let blob = match &piece.blob {
        Some(text) => {
            let blob = STANDARD.decode(text);
            let blob = blob.map_err(|_| ExchangeError::Damaged {
                block: what.clone(),
            })?;
            same(what, digest, Digest::of(&blob))?;
            Some(blob)
        }
        None => None,
    };
    Ok(Evidence {
        commitment: named.commitment(),
        entry,
        shown,
        digest,
        blob,
    })
}

fn commitment(
    name: &str,
    encoded: Option<&str>,
    said: &str,
) -> Result<Option<String>, ExchangeError> {
    let Some(encoded) = encoded else {
        return Ok(None);
    };
    let one = Disclosure::decode(encoded).map_err(ExchangeError::Disclosure)?;
    match &one.value {
        Value::Text(text) if one.commitment() == said && one.name == name => Ok(Some(text.clone())),
        _ => Err(ExchangeError::Commitment { what: name.into() }),
    }
}

#[cfg(test)]
mod tests;
