//! The rules by which each decision on one request is weighed.

use super::standing::{Approval, NotCounted, Standing};
use super::{CLEANUP_GATE, GateRefusal, SignOff, condition, revoked};
use crate::digest::Digest;
use crate::disclosure::Value;
use crate::document::{
    BreakGlass, Condition, Decision, Document, GateRule, Policy, Presence, Request, Revocation,
    Signed, Verdict,
};
use crate::merkle::Head;
use crate::sshsig::PublicKey;
use crate::time::CLOCK_SKEW_S;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;

/// What all decisions on one request are judged by.
pub(super) struct Bench<'a> {
    pub(super) sign_off: &'a SignOff<'a>,
    pub(super) policy: &'a Policy,
    pub(super) request: &'a Request,
    pub(super) rule: &'a GateRule,
    /// The moment at which approvals must live.
    pub(super) at: DateTime<Utc>,
    pub(super) first_intended: Option<DateTime<Utc>>,
    pub(super) facts: Option<&'a BTreeMap<String, Value>>,
    /// Keys that signed the request.
    pub(super) request_keys: Vec<String>,
}

impl Bench<'_> {
    pub(super) fn request_end(&self) -> DateTime<Utc> {
        let said = self.request.not_after;
        let allowed = self
            .rule
            .request_valid_s
            .map(|s| after(self.request.requested_at, s));
        allowed.map_or(said, |allowed| allowed.min(said))
    }

    pub(super) fn weigh(&self, document: &Signed<Decision>, standing: &mut Standing) {
        let value = document.value();
        let digest = document.digest();
        let weighed = self.entitled(document).and_then(|()| match value.verdict {
            Verdict::Refuse => Ok(None),
            Verdict::Approve => self.approval(document).map(Some),
        });
        match weighed {
            Ok(None) => {
                let refusal = (value.reviewer.clone(), value.reason.clone());
                standing.refused.get_or_insert(refusal);
            }
            Ok(Some(approval)) => {
                let earlier = standing
                    .approvals
                    .iter_mut()
                    .find(|a| a.reviewer == approval.reviewer);
                match earlier {
                    Some(earlier) if earlier.expires_at >= approval.expires_at => {}
                    Some(earlier) => *earlier = approval,
                    None => standing.approvals.push(approval),
                }
            }
            Err(why) => standing.not_counted.push(NotCounted {
                decision: digest,
                why,
            }),
        }
    }

    /// Whether this person could decide on this request at all, whatever they decided.
    fn entitled(&self, document: &Signed<Decision>) -> Result<(), GateRefusal> {
        let decision = document.value();
        if decision.request != self.sign_off.request.digest() {
            return Err(GateRefusal::OtherRequest);
        }
        let own = |person: &str| decision.reviewer.eq_ignore_ascii_case(person);
        if own(&self.request.operator) || own(self.sign_off.operator.person) {
            return Err(GateRefusal::OwnRequest);
        }
        let keys = signed_by(self.policy, document, &decision.reviewer)?;
        if keys.iter().any(|key| self.request_keys.contains(key)) {
            return Err(GateRefusal::OwnRequest);
        }
        if decision.presence == Presence::Sk && !held_by_security_key(document) {
            return Err(GateRefusal::Presence);
        }
        if !self.policy.has_role(&decision.reviewer, &self.rule.roles) {
            return Err(GateRefusal::Role {
                person: decision.reviewer.clone(),
            });
        }
        Ok(())
    }

    /// Whether an approval by an entitled person counts at the judged moment.
    fn approval(&self, document: &Signed<Decision>) -> Result<Approval, GateRefusal> {
        let decision = document.value();
        let same_device = decision.device == self.request.device
            || decision.device == self.sign_off.operator.device;
        if same_device && !self.rule.allows_same_device() {
            return Err(GateRefusal::SameDevice);
        }
        self.dated("decision", decision.decided_at, decision.journal_seen)?;
        if self.first_with_nonce(decision) != Some(document.digest()) {
            let person = decision.reviewer.clone();
            return Err(GateRefusal::NonceUsed { person });
        }
        if let Some(opened) = self.unopened(decision) {
            return Err(GateRefusal::NotOpened { commitment: opened });
        }
        if let Some(person) = self.revoked_by(document.digest(), &decision.reviewer) {
            return Err(GateRefusal::Revoked { person });
        }
        let expires_at = self.end(decision.decided_at, decision.not_after);
        self.lives(decision.decided_at, expires_at)?;
        self.conditions(decision)?;
        let reviewer = decision.reviewer.clone();
        let decided_at = decision.decided_at;
        Ok(Approval {
            decision: document.digest(),
            reviewer,
            decided_at,
            expires_at,
            same_device,
        })
    }

    /// A nonce stands for one decision: a second one that bears it was made from the first.
    fn first_with_nonce(&self, decision: &Decision) -> Option<Digest> {
        let same = |other: &&Signed<Decision>| {
            let other = other.value();
            other.nonce == decision.nonce && other.reviewer == decision.reviewer
        };
        self.sign_off
            .decisions
            .iter()
            .find(same)
            .map(Signed::digest)
    }

    fn unopened(&self, decision: &Decision) -> Option<String> {
        let mut demanded = self.sign_off.must_open.iter();
        demanded
            .find(|commitment| !decision.opened.contains(commitment))
            .cloned()
    }

    /// What lets a request pass is made while it is open, under a policy in force, and saw its journal.
    fn dated(&self, what: &'static str, at: DateTime<Utc>, seen: Head) -> Result<(), GateRefusal> {
        if latest(at) < self.request.requested_at || at > latest(self.at) {
            return Err(GateRefusal::NotYet { what });
        }
        if at > self.request_end() {
            return Err(GateRefusal::RequestExpired);
        }
        if !self.policy.is_valid_at(at) {
            return Err(GateRefusal::PolicyExpired);
        }
        if seen.size < self.request.journal.size {
            return Err(GateRefusal::HeadNotPrefix);
        }
        Ok(())
    }

    fn end(&self, made: DateTime<Utc>, not_after: DateTime<Utc>) -> DateTime<Utc> {
        let granted = after(made, self.rule.approval_valid_s);
        if self.request.gate == CLEANUP_GATE {
            return self
                .sign_off
                .deadline
                .map_or(granted, |deadline| deadline.max(granted));
        }
        granted.min(not_after)
    }

    /// An action that follows another of the same gate may start later if that one began in time.
    fn lives(&self, from: DateTime<Utc>, until: DateTime<Utc>) -> Result<(), GateRefusal> {
        let began_in_time = self
            .first_intended
            .is_some_and(|first| from <= latest(first) && first <= until);
        if self.at <= until || began_in_time {
            return Ok(());
        }
        Err(GateRefusal::Expired { at: until })
    }

    fn conditions(&self, decision: &Decision) -> Result<(), GateRefusal> {
        let Some(facts) = self.facts else {
            return Ok(());
        };
        let unmet = |c: &&Condition| !condition::holds(c, facts, self.at);
        match decision.conditions.iter().find(unmet) {
            Some(unmet) => Err(GateRefusal::Condition {
                condition: condition::sentence(unmet),
                found: facts.get(&unmet.fact).map(ToString::to_string),
            }),
            None => Ok(()),
        }
    }

    /// Returns who took a decision back: its reviewer or an owner of the policy, well signed.
    fn revoked_by(&self, decision: Digest, reviewer: &str) -> Option<String> {
        let valid = |document: &&Signed<Revocation>| {
            document.value().decision == decision
                && revoked::author(self.policy, reviewer, document).is_ok()
        };
        let revocation = self.sign_off.revocations.iter().find(valid)?;
        Some(revocation.value().person.clone())
    }

    pub(super) fn break_glass(
        &self,
        document: &Signed<BreakGlass>,
    ) -> Result<DateTime<Utc>, GateRefusal> {
        let value = document.value();
        if value.request != self.sign_off.request.digest() {
            return Err(GateRefusal::OtherRequest);
        }
        if !self.policy.break_glass.who.contains(&value.person) {
            return Err(GateRefusal::BreakGlass {
                person: value.person.clone(),
            });
        }
        signed_by(self.policy, document, &value.person)?;
        self.dated("break-glass", value.declared_at, value.journal_seen)?;
        let until = self.end(value.declared_at, value.not_after);
        self.lives(value.declared_at, until)?;
        Ok(until)
    }
}

fn held_by_security_key(document: &Signed<Decision>) -> bool {
    let keys = document.signers();
    keys.is_ok_and(|keys| keys.iter().all(PublicKey::is_security_key))
}

/// Returns the fingerprints that signed a document for `person`: every signature must hold and be
/// made by that person's own keys, none of them revoked.
pub fn signed_by<T: Document>(
    policy: &Policy,
    document: &Signed<T>,
    person: &str,
) -> Result<Vec<String>, GateRefusal> {
    if !policy.people.contains_key(person) {
        return Err(GateRefusal::UnknownPerson {
            person: person.into(),
        });
    }
    let keys = document
        .signers()
        .map_err(|source| GateRefusal::Signature {
            source: Some(source),
        })?;
    let keys: Vec<String> = keys.iter().map(PublicKey::fingerprint).collect();
    let theirs = |key: &String| policy.person_of_key(key) == Some(person);
    if keys.is_empty() || !keys.iter().all(theirs) {
        return Err(GateRefusal::Signature { source: None });
    }
    match keys.iter().find(|key| policy.is_revoked(key)) {
        Some(key) => Err(GateRefusal::KeyRevoked { key: key.clone() }),
        None => Ok(keys),
    }
}

/// Returns the latest time that an honest clock elsewhere may show.
pub(super) fn latest(now: DateTime<Utc>) -> DateTime<Utc> {
    now + TimeDelta::seconds(CLOCK_SKEW_S)
}

/// Returns a time some seconds later; policies bound the seconds, so it cannot overflow.
pub(super) fn after(at: DateTime<Utc>, seconds: u64) -> DateTime<Utc> {
    let delta = i64::try_from(seconds).ok().and_then(TimeDelta::try_seconds);
    delta
        .and_then(|delta| at.checked_add_signed(delta))
        .unwrap_or(at)
}
