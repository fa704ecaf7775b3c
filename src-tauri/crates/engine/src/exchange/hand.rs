//! What the person at the window signs after a decision: taking it back, going on without a quorum, the review that
//! this owes. It is put to the gate like a paper from elsewhere.
//!
//! Deliberately absent: rules; the gate says whether a signature counts.

use super::PaperTaken;
use crate::{Engine, EngineError, log};
use chrono::{DateTime, TimeDelta, Utc};
use drillbook_trust::document::{
    BreakGlass, Decision, Document, Request, Review, Revocation, Signed, Verdict,
};
use drillbook_trust::exchange::{Paper, PaperFile};
use drillbook_trust::time::truncate;

impl Engine {
    /// Takes a decision back, as the person at the window.
    ///
    /// # Errors
    /// [`EngineError::UnknownRequest`], [`EngineError::KeyElsewhere`], or [`EngineError::Refused`] when they are neither
    /// its reviewer nor an owner of the policy.
    pub fn revoke_decision(
        &self,
        decision: &str,
        reason: String,
    ) -> Result<PaperTaken, EngineError> {
        let known = self.requests()?.into_iter().any(|(_, sign_off)| {
            let mut all = sign_off.decisions.iter();
            all.any(|one| one.decision == decision)
        });
        if !known {
            return Err(EngineError::UnknownRequest);
        }
        let made: Signed<Decision> = log::signed(&self.0.reader, decision)?;
        let value = made.value();
        let revocation = self.by_hand(&Revocation {
            decision: made.digest(),
            person: self.seat().id,
            device: self.device(),
            presence: self.0.cast.presence(),
            journal_seen: value.journal_seen,
            reason,
            nonce: self.0.chance.nonce(),
            revoked_at: self.not_before(value.decided_at),
        })?;
        self.put(Paper::Revocation(revocation))
    }

    /// Goes on without a quorum, as the person at the window.
    ///
    /// # Errors
    /// [`EngineError::UnknownRequest`], [`EngineError::KeyElsewhere`], or [`EngineError::Refused`] when the policy does
    /// not name them or the request is not open.
    pub fn break_glass(&self, request: &str, reason: String) -> Result<PaperTaken, EngineError> {
        let (_, sign_off) = self.find_request(request)?;
        let asked: Signed<Request> = log::signed(&self.0.reader, request)?;
        let policy = self.policy()?;
        let rule = policy.value().gates.get(&sign_off.gate);
        let valid = rule.and_then(|rule| i64::try_from(rule.approval_valid_s).ok());
        let declared_at = self.not_before(asked.value().requested_at);
        let glass = self.by_hand(&BreakGlass {
            request: asked.digest(),
            person: self.seat().id,
            device: self.device(),
            presence: self.0.cast.presence(),
            journal_seen: asked.value().journal,
            reason,
            nonce: self.0.chance.nonce(),
            declared_at,
            not_after: declared_at + TimeDelta::seconds(valid.unwrap_or(1)),
        })?;
        self.put(Paper::BreakGlass(glass))
    }

    /// Reviews that somebody else went on without a quorum, as the person at the window.
    ///
    /// # Errors
    /// [`EngineError::UnknownRequest`], [`EngineError::KeyElsewhere`], or [`EngineError::Refused`] when they went on
    /// themselves or have no role at that gate.
    pub fn review_glass(
        &self,
        glass: &str,
        justified: bool,
        reason: String,
    ) -> Result<PaperTaken, EngineError> {
        let drills = self.drills()?;
        let mut known = drills.iter().flat_map(|drill| &drill.glass);
        if !known.any(|one| one.break_glass == glass) {
            return Err(EngineError::UnknownRequest);
        }
        let broken: Signed<BreakGlass> = log::signed(&self.0.reader, glass)?;
        let review = self.by_hand(&Review {
            break_glass: broken.digest(),
            reviewer: self.seat().id,
            device: self.device(),
            presence: self.0.cast.presence(),
            journal_seen: broken.value().journal_seen,
            verdict: if justified {
                Verdict::Approve
            } else {
                Verdict::Refuse
            },
            reason,
            nonce: self.0.chance.nonce(),
            reviewed_at: self.not_before(broken.value().declared_at),
        })?;
        self.put(Paper::Review(review))
    }

    fn by_hand<T: Document>(&self, value: &T) -> Result<Signed<T>, EngineError> {
        Ok(Signed::sign(value, &[self.0.cast.key(&self.seat().id)?])?)
    }

    fn not_before(&self, earlier: DateTime<Utc>) -> DateTime<Utc> {
        truncate(self.0.clock.now()).max(earlier)
    }

    fn put(&self, paper: Paper) -> Result<PaperTaken, EngineError> {
        self.take_in_paper(PaperFile {
            paper,
            request: None,
            policy: None,
        })
    }
}
