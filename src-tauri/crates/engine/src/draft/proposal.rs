//! What people ask for, made into a policy.

use super::DraftError;
use crate::{Engine, EngineError};
use chrono::{DateTime, TimeDelta, Utc};
use drillbook_trust::document::{GateRule, Person, Policy, SameDevice, Signed};
use drillbook_trust::sshsig::PublicKey;
use std::collections::BTreeMap;

/// How long a first policy is valid: its review comes much sooner.
const VALID: TimeDelta = TimeDelta::days(3650);

/// How long a request waits for its decision, in seconds.
const REQUEST_VALID_S: u64 = 86_400;

/// A policy as people ask for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Everybody.
    pub people: Vec<ProposedPerson>,
    /// How many owners sign the next version.
    pub threshold: u64,
    /// What each gate asks for.
    pub gates: Vec<ProposedGate>,
    /// Who may go on without a quorum.
    pub break_glass: Vec<String>,
    /// How long journals are kept, in ISO 8601.
    pub retention: String,
    /// How often it is looked at again, in ISO 8601.
    pub review_every: String,
}

/// Somebody of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposedPerson {
    /// Such as `rita@example.com`.
    pub id: String,
    /// Roles, such as `operator`.
    pub roles: Vec<String>,
    /// Owns the policy.
    pub owner: bool,
    /// Fingerprints that stay theirs.
    pub keys: Vec<String>,
    /// One more key.
    pub new_key: Option<NewKey>,
}

/// A key that the policy did not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewKey {
    /// The line of a public key; its other half is theirs.
    Public(String),
    /// Drillbook makes one whose seed stays on this computer.
    Made,
}

/// What a gate asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposedGate {
    /// `start`, `prepare`, `restore` or `cleanup`.
    pub name: String,
    /// How many people approve.
    pub quorum: u64,
    /// Roles of which an approver needs one.
    pub roles: Vec<String>,
    /// How long an approval lives, in seconds.
    pub approval_valid_s: u64,
}

impl Engine {
    /// Makes the document; keys are made and noted on the way, and mean nothing before it is in force.
    pub(super) fn drafted(
        &self,
        proposal: &Proposal,
        in_force: Option<&Signed<Policy>>,
    ) -> Result<Policy, EngineError> {
        let mut people = BTreeMap::new();
        for person in &proposal.people {
            let keys = self.keys_of(person)?;
            let roles = person.roles.clone();
            if people
                .insert(person.id.clone(), Person { roles, keys })
                .is_some()
            {
                return Err(DraftError::Field("people").into());
            }
        }
        let (now, nonce) = (self.0.clock.now(), self.0.chance.bytes());
        let owners = proposal.people.iter().filter(|person| person.owner);
        let owners: Vec<String> = owners.map(|person| person.id.clone()).collect();
        let mut policy = match in_force {
            Some(before) => Policy {
                owners,
                threshold: proposal.threshold,
                people,
                ..Policy::next(before, now.max(before.value().not_before), nonce)
            },
            None => first(owners, proposal.threshold, people, now, nonce),
        };
        for gate in &proposal.gates {
            let known = policy.gates.get(&gate.name);
            let rule = GateRule {
                quorum: gate.quorum,
                roles: gate.roles.clone(),
                approval_valid_s: gate.approval_valid_s,
                ..known.cloned().unwrap_or_else(usual)
            };
            policy.gates.insert(gate.name.clone(), rule);
        }
        policy.break_glass.who.clone_from(&proposal.break_glass);
        policy.retention.clone_from(&proposal.retention);
        policy.review_every.clone_from(&proposal.review_every);
        if !crate::roster::is_span(&policy.retention) {
            return Err(DraftError::Field("retention").into());
        }
        if !crate::roster::is_span(&policy.review_every) {
            return Err(DraftError::Field("review interval").into());
        }
        Ok(policy)
    }

    fn keys_of(&self, person: &ProposedPerson) -> Result<Vec<String>, EngineError> {
        let mut keys = person.keys.clone();
        if let Some(new) = &person.new_key {
            let ring = self.0.ring.as_ref().ok_or(DraftError::Cast)?;
            let public = match new {
                NewKey::Made => ring.make(&person.id)?.public(),
                NewKey::Public(line) => {
                    let person = person.id.clone();
                    PublicKey::parse(line.trim()).map_err(|_| DraftError::Key { person })?
                }
            };
            ring.note(&public)?;
            if !keys.contains(&public.fingerprint()) {
                keys.push(public.fingerprint());
            }
        }
        if keys.is_empty() {
            let person = person.id.clone();
            return Err(DraftError::NoKey { person }.into());
        }
        Ok(keys)
    }
}

fn first(
    owners: Vec<String>,
    threshold: u64,
    people: BTreeMap<String, Person>,
    now: DateTime<Utc>,
    nonce: [u8; 16],
) -> Policy {
    let valid = (now, now + VALID);
    Policy::first(owners, threshold, people, BTreeMap::new(), valid, nonce)
}

/// What a new gate asks for beside what people say: two people at two computers.
fn usual() -> GateRule {
    GateRule {
        quorum: 1,
        roles: Vec::new(),
        request_valid_s: Some(REQUEST_VALID_S),
        approval_valid_s: REQUEST_VALID_S,
        same_device: Some(SameDevice::Deny),
    }
}
