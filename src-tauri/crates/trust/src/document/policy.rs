//! The policy: who may do what, with which keys, and how many people a gate needs.

use super::{Document, Signed, first_broken, is_fingerprint, is_name, is_nonce, is_person};
use crate::digest::Digest;
use crate::sshsig::PublicKey;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// One version of an installation's policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Counts from 1.
    pub version: u64,
    /// The version before; absent in the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prev: Option<Digest>,
    /// Who may change the policy; each of them is among `people`.
    pub owners: Vec<String>,
    /// How many owners must sign the next version.
    pub threshold: u64,
    /// Everybody the policy knows, by id.
    pub people: BTreeMap<String, Person>,
    /// The gates, by name: `prepare`, `restore`, `start`, `cleanup`.
    pub gates: BTreeMap<String, GateRule>,
    /// Ids of people who may read evidence; everybody in `people` may anyway.
    pub readers: Vec<String>,
    /// ISO 8601 duration for which journals are kept.
    pub retention: String,
    /// ISO 8601 duration after which the policy must be looked at again.
    pub review_every: String,
    /// Who may go on without a quorum.
    pub break_glass: BreakGlassRule,
    /// Fingerprints of keys that are no longer to be trusted, whenever they signed.
    pub revoked: Vec<String>,
    /// First moment of validity.
    #[serde(with = "crate::time")]
    pub not_before: DateTime<Utc>,
    /// Last moment of validity.
    #[serde(with = "crate::time")]
    pub not_after: DateTime<Utc>,
    /// 16 random bytes.
    pub nonce: String,
}

/// A person's roles and keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// Roles, such as `operator` or `security-reviewer`.
    pub roles: Vec<String>,
    /// Fingerprints of the keys that sign for this person.
    pub keys: Vec<String>,
}

/// What one gate demands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateRule {
    /// How many different people must approve; at least one.
    pub quorum: u64,
    /// Roles of which an approver needs one.
    pub roles: Vec<String>,
    /// How long a request may wait for a decision, in seconds; without it, as long as it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_valid_s: Option<u64>,
    /// How long an approval lives, in seconds.
    pub approval_valid_s: u64,
    /// Whether one OS account may request and approve; `deny` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_device: Option<SameDevice>,
}

/// Whether one OS account may request and approve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SameDevice {
    /// Rehearsals: one computer plays the whole cast, and every decision says so.
    Allow,
    /// Two people at two computers, or at least two accounts.
    Deny,
}

/// Who may go on without a quorum, and until when that must be reviewed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BreakGlassRule {
    /// Ids of people.
    pub who: Vec<String>,
    /// Seconds within which another person must review it.
    pub review_within_s: u64,
}

/// The longest span a policy may grant, in seconds: ten years.
const MAX_SPAN_S: u64 = 315_576_000;

impl Policy {
    /// Returns the person one of whose keys has this fingerprint.
    #[must_use]
    pub fn person_of_key(&self, fingerprint: &str) -> Option<&str> {
        let mut people = self.people.iter();
        people
            .find(|(_, person)| person.keys.iter().any(|key| key == fingerprint))
            .map(|(id, _)| id.as_str())
    }

    /// Whether a key was taken out of use.
    #[must_use]
    pub fn is_revoked(&self, fingerprint: &str) -> bool {
        self.revoked.iter().any(|key| key == fingerprint)
    }

    /// Whether the policy is in force at that time.
    #[must_use]
    pub fn is_valid_at(&self, at: DateTime<Utc>) -> bool {
        self.not_before <= at && at <= self.not_after
    }

    /// Whether a person has one of these roles.
    #[must_use]
    pub fn has_role(&self, person: &str, roles: &[String]) -> bool {
        let person = self.people.get(person);
        person.is_some_and(|person| person.roles.iter().any(|role| roles.contains(role)))
    }

    /// Returns the owners who stand behind these keys, each once; revoked keys count for nobody.
    pub fn owners_behind(&self, keys: &[PublicKey]) -> BTreeSet<&str> {
        let fingerprints = keys.iter().map(PublicKey::fingerprint);
        fingerprints
            .filter(|key| !self.is_revoked(key))
            .filter_map(|key| self.person_of_key(&key))
            .filter(|person| self.owners.iter().any(|owner| owner == person))
            .collect()
    }

    fn keys_are_well_formed(&self) -> bool {
        let keys: Vec<&String> = self
            .people
            .values()
            .flat_map(|person| &person.keys)
            .collect();
        // A key that signs for two people would let one person approve as another.
        let unique: BTreeSet<&&String> = keys.iter().collect();
        unique.len() == keys.len() && keys.iter().all(|key| is_fingerprint(key))
    }
}

impl GateRule {
    fn is_well_formed(&self) -> bool {
        let span = |seconds: u64| (1..=MAX_SPAN_S).contains(&seconds);
        self.quorum >= 1
            && !self.roles.is_empty()
            && self.roles.iter().all(|role| is_name(role))
            && span(self.approval_valid_s)
            && self.request_valid_s.is_none_or(span)
    }

    /// Whether one OS account may request and approve at this gate.
    #[must_use]
    pub fn allows_same_device(&self) -> bool {
        self.same_device == Some(SameDevice::Allow)
    }
}

impl Document for Policy {
    const TYPE: &'static str = "drill.policy/1";
    const NAMESPACE: &'static str = "drill-policy@drillbook";

    fn check(&self) -> Result<(), &'static str> {
        let owners: BTreeSet<&String> = self.owners.iter().collect();
        let has_keys = |id: &String| self.people.get(id).is_some_and(|p| !p.keys.is_empty());
        let threshold = usize::try_from(self.threshold).unwrap_or(usize::MAX);
        first_broken(&[
            (
                self.version >= 1 && (self.version == 1) == self.prev.is_none(),
                "version",
            ),
            (
                owners.len() == self.owners.len() && self.owners.iter().all(has_keys),
                "owners",
            ),
            ((1..=self.owners.len()).contains(&threshold), "threshold"),
            (self.people.keys().all(|id| is_person(id)), "people"),
            (
                self.people
                    .values()
                    .all(|p| p.roles.iter().all(|r| is_name(r))),
                "roles",
            ),
            (self.keys_are_well_formed(), "keys"),
            (self.gates.keys().all(|gate| is_name(gate)), "gates"),
            (self.gates.values().all(GateRule::is_well_formed), "gates"),
            (self.readers.iter().all(|id| is_person(id)), "readers"),
            (
                is_name(&self.retention) && is_name(&self.review_every),
                "retention",
            ),
            (
                self.break_glass
                    .who
                    .iter()
                    .all(|id| self.people.contains_key(id)),
                "break_glass",
            ),
            (
                (1..=MAX_SPAN_S).contains(&self.break_glass.review_within_s),
                "break_glass",
            ),
            (
                self.revoked.iter().all(|key| is_fingerprint(key)),
                "revoked",
            ),
            (self.not_before < self.not_after, "not_after"),
            (is_nonce(&self.nonce), "nonce"),
        ])
    }

    fn author(&self) -> (&str, DateTime<Utc>) {
        (
            self.owners.first().map_or("", String::as_str),
            self.not_before,
        )
    }
}

/// Why a chain of policies does not lead to the one in force.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// A version is missing, doubled or out of order.
    #[error("version {0} of the policy does not follow the version before it")]
    Gap(u64),
    /// A signature of a version is bad.
    #[error("a signature of policy version {0} does not hold")]
    Signature(u64),
    /// Too few owners of the version before signed.
    #[error("version {version} of the policy has {signed} of {needed} owners' signatures")]
    Threshold {
        /// The version.
        version: u64,
        /// How many of the owners signed.
        signed: usize,
        /// How many had to.
        needed: u64,
    },
    /// A version took effect before the one it replaces.
    #[error("version {0} of the policy is dated before the version it replaces")]
    Dates(u64),
}

/// Verifies that `policy` descends from the first of `before` (oldest first, empty for version 1).
///
/// The first version is signed by its own owners; its fingerprints are compared out of band.
pub fn verify_chain(before: &[Signed<Policy>], policy: &Signed<Policy>) -> Result<(), ChainError> {
    let mut previous: Option<&Signed<Policy>> = None;
    for (current, expected) in before.iter().chain([policy]).zip(1..) {
        let value = current.value();
        let prev = previous.map(Signed::digest);
        if value.version != expected || value.prev != prev {
            return Err(ChainError::Gap(value.version));
        }
        let signers = current
            .signers()
            .map_err(|_| ChainError::Signature(value.version))?;
        let judge = previous.map_or(value, Signed::value);
        let signed = judge.owners_behind(&signers).len();
        if u64::try_from(signed).unwrap_or(u64::MAX) < judge.threshold {
            let (version, needed) = (value.version, judge.threshold);
            return Err(ChainError::Threshold {
                version,
                signed,
                needed,
            });
        }
        if value.not_before < judge.not_before {
            return Err(ChainError::Dates(value.version));
        }
        previous = Some(current);
    }
    Ok(())
}

impl Policy {
    /// Returns the first version of a policy; the caller fills in what its installation needs.
    ///
    /// Retention is six years, review every 90 days, nobody may break glass.
    #[must_use]
    pub fn first(
        owners: Vec<String>,
        threshold: u64,
        people: BTreeMap<String, Person>,
        gates: BTreeMap<String, GateRule>,
        valid: (DateTime<Utc>, DateTime<Utc>),
        nonce: [u8; 16],
    ) -> Self {
        Self {
            version: 1,
            prev: None,
            owners,
            threshold,
            people,
            gates,
            readers: Vec::new(),
            retention: "P6Y".into(),
            review_every: "P90D".into(),
            break_glass: BreakGlassRule {
                who: Vec::new(),
                review_within_s: 172_800,
            },
            revoked: Vec::new(),
            not_before: crate::time::truncate(valid.0),
            not_after: crate::time::truncate(valid.1),
            nonce: crate::disclosure::encode_salt(nonce),
        }
    }

    /// Returns the version after `policy`, equal but for number, predecessor, start and nonce.
    #[must_use]
    pub fn next(policy: &Signed<Self>, not_before: DateTime<Utc>, nonce: [u8; 16]) -> Self {
        Self {
            version: policy.value().version + 1,
            prev: Some(policy.digest()),
            not_before: crate::time::truncate(not_before),
            nonce: crate::disclosure::encode_salt(nonce),
            ..policy.value().clone()
        }
    }

    /// Returns the policy of rehearsals: the two reviewers own it, one signature is enough, and
    /// one computer may play everybody (trust.md §3).
    ///
    /// `people` are id, roles and fingerprint; `reviewers` are the two ids, `who` may break glass.
    #[must_use]
    pub fn rehearsal(
        people: &[(&str, &[&str], &str)],
        reviewers: [&str; 2],
        who: &[&str],
        valid: (DateTime<Utc>, DateTime<Utc>),
        nonce: [u8; 16],
    ) -> Self {
        let texts = |items: &[&str]| items.iter().map(|item| (*item).to_owned()).collect();
        let person = |(id, roles, key): &(&str, &[&str], &str)| {
            (
                (*id).to_owned(),
                Person {
                    roles: texts(roles),
                    keys: texts(&[key]),
                },
            )
        };
        let gate = |request_valid_s, approval_valid_s| GateRule {
            quorum: 1,
            roles: texts(&["security-reviewer"]),
            request_valid_s,
            approval_valid_s,
            same_device: Some(SameDevice::Allow),
        };
        let day = Some(86_400);
        let gates = BTreeMap::from([
            ("prepare".to_owned(), gate(day, 14_400)),
            ("restore".to_owned(), gate(day, 14_400)),
            ("start".to_owned(), gate(day, 14_400)),
            ("cleanup".to_owned(), gate(None, 172_800)),
        ]);
        let people = people.iter().map(person).collect();
        let mut policy = Self::first(texts(&reviewers), 1, people, gates, valid, nonce);
        policy.break_glass.who = texts(who);
        policy
    }
}
