//! The reviewer's desk and the operator's side of a sign-off: signed request out, signed decision back.

mod ask;

use crate::log::{self, Beside, document};
use crate::{Engine, EngineError};
use chrono::TimeDelta;
use drillbook_core::{
    Command, Drill, GateInputs, Refusal, RequestState, SignOff, facts, recompute,
};
use drillbook_trust::digest::Digest;
use drillbook_trust::disclosure::{Disclosure, Value as Plain};
use drillbook_trust::document::{
    BreakGlass, Condition, Decision, Operation, Policy, Request, Revocation, Signed,
    Verdict as DocumentVerdict,
};
use drillbook_trust::gate::{GateRefusal, signed_by};
use drillbook_trust::merkle::Head;
use drillbook_trust::time::truncate;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Go on.
    Approve,
    /// Do not.
    Refuse,
}

/// What was on screen when a reviewer decided: a decision witnesses this and nothing newer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// Digest of the request document.
    pub request: Digest,
    /// Head of the journal.
    pub journal: Head,
}

impl Shown {
    /// Reads what a window sends back: the request's digest, the head's size and its root in hexadecimal.
    ///
    /// # Errors
    /// [`EngineError::UnknownRequest`], or [`EngineError::Refused`] when the root is none.
    pub fn of(request: &str, size: u64, root: &str) -> Result<Shown, EngineError> {
        let request = request.parse().map_err(|_| EngineError::UnknownRequest)?;
        let root = Digest::from_hex(root).map_err(|_| Refusal::from(GateRefusal::HeadNotPrefix))?;
        Ok(Shown {
            request,
            journal: Head { size, root },
        })
    }
}

/// A condition as the desk states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionInput {
    /// Name of a fact.
    pub fact: String,
    /// `at_most`, `at_least`, `before` or `equals`.
    pub op: String,
    /// A whole number, a time, a time of day, a duration or a text.
    pub value: String,
}

/// Everything the desk shows of a request, from signed bytes.
#[derive(Debug, Clone)]
pub struct SignOffView {
    /// The drill.
    pub drill: Arc<Drill>,
    /// What the journal knows of it.
    pub sign_off: SignOff,
    /// The signed document.
    pub request: Signed<Request>,
    /// Facts that a condition may bound, as they are now.
    pub facts: BTreeMap<String, Value>,
    /// People whom the policy lets decide.
    pub can_sign: Vec<String>,
}

impl Engine {
    /// Returns the fingerprint that stands for this installation's account.
    pub(crate) fn device(&self) -> String {
        self.0.cast.installation().public().fingerprint()
    }

    /// Signs a checkpoint of the journal's head.
    pub(crate) fn checkpoint(&self) -> Result<(), EngineError> {
        let key = self.0.cast.installation();
        self.0.writer.checkpoint(|text| {
            key.sign(
                drillbook_trust::document::CHECKPOINT_NAMESPACE,
                text.as_bytes(),
            )
        })?;
        match &self.0.mark {
            Some(mark) => mark.raise(&self.0.reader),
            None => Ok(()),
        }
    }

    /// Reads the signed documents of a request, and whether every head in them is a prefix of the log.
    pub(crate) fn inputs(&self, sign_off: &SignOff) -> Result<GateInputs, EngineError> {
        let request: Signed<Request> = log::signed(&self.0.reader, &sign_off.request)?;
        let mut decisions: Vec<Signed<Decision>> = Vec::new();
        for decision in &sign_off.decisions {
            decisions.push(log::signed(&self.0.reader, &decision.decision)?);
        }
        let heads = [request.value().journal].into_iter().chain(
            decisions
                .iter()
                .map(|decision| decision.value().journal_seen),
        );
        let mut revocations: Vec<Signed<Revocation>> = Vec::new();
        for (_, revocation) in sign_off
            .decisions
            .iter()
            .filter_map(|one| one.revoked.as_ref())
        {
            revocations.push(log::signed(&self.0.reader, revocation)?);
        }
        let break_glass = self.glass(&sign_off.request)?;
        let seen = revocations.iter().map(|one| one.value().journal_seen);
        let heads = heads.chain(seen);
        let heads = heads.chain(break_glass.iter().map(|one| one.value().journal_seen));
        let mut heads_are_prefixes = true;
        for head in heads {
            heads_are_prefixes &= self.0.reader.starts_with(&head)?;
        }
        let mut policies_before = log::policies(&self.0.reader)?;
        let policy = match policies_before.pop() {
            Some(policy) => policy,
            None => self.policy()?,
        };
        Ok(GateInputs {
            policies_before,
            policy,
            request,
            decisions,
            revocations,
            break_glass,
            opened: Vec::new(),
            log: self.0.writer.origin().to_owned(),
            device: self.device(),
            facts: BTreeMap::new(),
            heads_are_prefixes,
        })
    }

    /// Reads the documents of a request and recomputes everything that it commits to, before any of it is
    /// shown or signed.
    fn recomputed(&self, drill: &Drill, sign_off: &SignOff) -> Result<GateInputs, EngineError> {
        let inputs = self.inputs(sign_off)?;
        let document = inputs.request.value();
        let policy: Signed<Policy> = log::signed(&self.0.reader, &document.policy.to_string())?;
        signed_by(policy.value(), &inputs.request, &document.operator).map_err(Refusal::from)?;
        let recorded = self.0.reader.entry(sign_off.seq)?;
        let sealed = recorded.map(|entry| entry.disclosures).unwrap_or_default();
        let now = self.0.clock.now().max(drill.last_at);
        recompute(drill, sign_off, document, &sealed, now)?;
        Ok(inputs)
    }

    /// Returns the break-glass by which a request was passed, if it was.
    fn glass(&self, request: &str) -> Result<Option<Signed<BreakGlass>>, EngineError> {
        let (drill, _) = self.find_request(request)?;
        let known = drill.glass.iter().rev().find(|one| one.request == request);
        known
            .map(|one| log::signed(&self.0.reader, &one.break_glass))
            .transpose()
    }

    /// Records the signed-in reviewer's decision on what was shown: exactly that request document, with
    /// the journal's head that was on screen as the one witnessed.
    ///
    /// # Errors
    /// [`EngineError::Refused`] when the policy, the evidence or the rules stand against it, or the log
    /// does not begin with the head that was shown.
    pub fn decide_request(
        &self,
        shown: &Shown,
        verdict: Verdict,
        reason: String,
        conditions: &[ConditionInput],
    ) -> Result<Arc<Drill>, EngineError> {
        let seat = self.seat();
        let (drill, sign_off) = self.find_request(&shown.request.to_string())?;
        let mut inputs = self.recomputed(&drill, &sign_off)?;
        inputs.heads_are_prefixes &= self.0.reader.starts_with(&shown.journal)?;
        let now = truncate(self.0.clock.now().max(drill.last_at));
        let policy = inputs.policy.value();
        let valid = policy
            .gates
            .get(&sign_off.gate)
            .map_or(0, |rule| rule.approval_valid_s);
        let valid = TimeDelta::seconds(i64::try_from(valid).unwrap_or_default());
        let decision = Decision {
            request: shown.request,
            verdict: match verdict {
                Verdict::Approve => DocumentVerdict::Approve,
                Verdict::Refuse => DocumentVerdict::Refuse,
            },
            reviewer: seat.id.clone(),
            device: self.device(),
            presence: self.0.cast.presence(),
            journal_seen: shown.journal,
            opened: self.opened(&drill, &sign_off)?,
            conditions: conditions.iter().map(condition).collect::<Result<_, _>>()?,
            reason,
            nonce: self.0.chance.nonce(),
            decided_at: now,
            not_after: now + valid,
        };
        let decision = Signed::sign(&decision, &[self.0.cast.key(&seat.id)?])?;
        inputs.decisions.push(decision.clone());
        let documents = vec![document(&decision)];
        let command = Command::RecordDecision {
            decision: Box::new(decision),
            case: Box::new(inputs),
        };
        let (after, _) =
            self.transact(&drill.id, &seat.id, command, Beside::documents(documents))?;
        self.checkpoint()?;
        Ok(after)
    }

    /// Returns the commitments of the evidence that the reviewer opened.
    fn opened(&self, drill: &Drill, sign_off: &SignOff) -> Result<Vec<String>, EngineError> {
        let mut all = Vec::new();
        for (_, entry) in &sign_off.evidence_opened {
            let Some(stored) = self.0.reader.entry(*entry)? else {
                continue;
            };
            let commitment = stored.disclosures.iter().find(|one| one.name == "evidence");
            all.extend(commitment.map(Disclosure::commitment));
        }
        let _ = drill;
        all.sort();
        all.dedup();
        Ok(all)
    }

    /// Marks a piece of evidence as opened for a request.
    ///
    /// # Errors
    /// [`EngineError::Refused`] when the request is no longer open.
    pub fn open_evidence(&self, request: &str, entry: u64) -> Result<Arc<Drill>, EngineError> {
        let (drill, _) = self.find_request(request)?;
        let command = Command::OpenEvidence {
            request: request.to_owned(),
            entry,
        };
        Ok(self
            .transact(&drill.id, &self.seat().id, command, Beside::default())?
            .0)
    }

    /// Takes a request back, or closes one that has run out.
    ///
    /// # Errors
    /// [`EngineError::Refused`] when it is not open.
    pub fn close_request(&self, request: &str, reason: String) -> Result<Arc<Drill>, EngineError> {
        let (drill, _) = self.find_request(request)?;
        self.command(
            &drill.id,
            Command::CloseRequest {
                request: request.to_owned(),
                reason,
            },
        )
    }

    pub(crate) fn find_request(&self, request: &str) -> Result<(Arc<Drill>, SignOff), EngineError> {
        for drill in self.drills()? {
            if let Some(sign_off) = drill.sign_off_by_digest(request) {
                let sign_off = sign_off.clone();
                return Ok((drill, sign_off));
            }
        }
        Err(EngineError::UnknownRequest)
    }

    /// Returns every request for sign-off, open ones first, then the newest.
    ///
    /// # Errors
    /// Why the journal could not be read.
    pub fn requests(&self) -> Result<Vec<(Arc<Drill>, SignOff)>, EngineError> {
        let mut all = Vec::new();
        for drill in self.drills()? {
            for sign_off in drill.requests.iter().rev() {
                all.push((Arc::clone(&drill), sign_off.clone()));
            }
        }
        all.sort_by_key(|(_, sign_off)| {
            (
                sign_off.state != RequestState::Open,
                std::cmp::Reverse(sign_off.opened),
            )
        });
        Ok(all)
    }

    /// Returns a request as the desk shows it.
    ///
    /// # Errors
    /// [`EngineError::UnknownRequest`], or why a document could not be read.
    pub fn request(&self, request: &str) -> Result<SignOffView, EngineError> {
        let (drill, sign_off) = self.find_request(request)?;
        let inputs = self.recomputed(&drill, &sign_off)?;
        let gate = drill.runbook.step(&sign_off.step);
        let facts = match gate {
            Some(gate) => facts(&drill, gate, self.0.clock.now())?,
            None => BTreeMap::new(),
        };
        let roles = inputs
            .policy
            .value()
            .gates
            .get(&sign_off.gate)
            .map(|rule| rule.roles.clone());
        let can_sign = self
            .people()
            .into_iter()
            .filter(|person| person.id != drill.operator)
            .filter(|person| {
                inputs
                    .policy
                    .value()
                    .has_role(&person.id, roles.as_deref().unwrap_or_default())
            })
            .map(|person| person.id)
            .collect();
        Ok(SignOffView {
            sign_off,
            request: inputs.request,
            facts,
            can_sign,
            drill,
        })
    }

    /// Returns the head that a reviewer witnesses.
    ///
    /// # Errors
    /// Why the journal could not be read.
    pub fn head(&self) -> Result<Head, EngineError> {
        Ok(self.0.reader.head()?)
    }
}

fn condition(input: &ConditionInput) -> Result<Condition, EngineError> {
    let op = match input.op.as_str() {
        "at_most" => Operation::AtMost,
        "at_least" => Operation::AtLeast,
        "before" => Operation::Before,
        "equals" => Operation::Equals,
        _ => {
            let problem = "has an unknown comparison".to_owned();
            return Err(Refusal::Field {
                field: input.fact.clone(),
                problem,
            }
            .into());
        }
    };
    let value = match input.value.parse::<i64>() {
        Ok(number) => Plain::Int(number),
        Err(_) => Plain::Text(input.value.clone()),
    };
    Ok(Condition {
        fact: input.fact.clone(),
        op,
        value,
    })
}
