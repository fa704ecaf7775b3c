//! What people sign at a gate: the operator's request and the reviewers' decisions.

use super::{
    APPROVAL_NAMESPACE, Document, first_broken, is_fingerprint, is_name, is_nonce, is_person,
    is_prose,
};
use crate::checkpoint::is_origin;
use crate::digest::Digest;
use crate::disclosure::{Value, is_commitment};
use crate::merkle::Head;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The operator asks for approval of exactly this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Origin of the log.
    pub log: String,
    /// The drill.
    pub drill: String,
    /// The approval step.
    pub step: String,
    /// The gate of the policy.
    pub gate: String,
    /// The runbook, by content.
    pub runbook: RunbookRef,
    /// What an approval would cover.
    pub covers: Vec<Cover>,
    /// Commitment to the equivalent `az` lines.
    pub cli: String,
    /// Commitment to the sentence that says what it touches.
    pub scope: String,
    /// The operator's id.
    pub operator: String,
    /// Fingerprint that stands for the OS account it was made on.
    pub device: String,
    /// The log as it was.
    pub journal: Head,
    /// The policy in force.
    pub policy: Digest,
    /// 16 random bytes.
    pub nonce: String,
    /// When it was made.
    #[serde(with = "crate::time")]
    pub requested_at: DateTime<Utc>,
    /// Until when it may be decided.
    #[serde(with = "crate::time")]
    pub not_after: DateTime<Utc>,
}

/// A runbook, by content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunbookRef {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// Digest of its resolved form.
    pub digest: Digest,
}

/// One thing an approval covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cover {
    /// What it is.
    pub kind: CoverKind,
    /// An action's digest, or the leaf hash of the entry that recorded it.
    pub digest: Digest,
}

/// What an approval can cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CoverKind {
    /// Requests that change Azure.
    Action,
    /// Evidence, by the entry that recorded it.
    Evidence,
    /// The charter, by the entry that recorded it.
    Charter,
}

/// A reviewer's answer to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// The request document that was on screen.
    pub request: Digest,
    /// Yes or no.
    pub verdict: Verdict,
    /// The reviewer's id.
    pub reviewer: String,
    /// Fingerprint that stands for the OS account it was made on.
    pub device: String,
    /// Where the key was.
    pub presence: Presence,
    /// The log as the reviewer saw it.
    pub journal_seen: Head,
    /// Commitments of what the reviewer opened.
    pub opened: Vec<String>,
    /// What must hold when the action is sent.
    pub conditions: Vec<Condition>,
    /// Why; demanded of a refusal.
    pub reason: String,
    /// 16 random bytes.
    pub nonce: String,
    /// When it was made.
    #[serde(with = "crate::time")]
    pub decided_at: DateTime<Utc>,
    /// Until when an approval lives.
    #[serde(with = "crate::time")]
    pub not_after: DateTime<Utc>,
}

/// Yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Go on.
    Approve,
    /// Do not.
    Refuse,
}

/// Where the signing key was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Presence {
    /// In the OS keyring.
    Keyring,
    /// In an SSH agent.
    Agent,
    /// In a FIDO key that was touched.
    Sk,
    /// In a file: rehearsals, or a passphrase-protected one.
    File,
}

/// What must hold when the action is sent: `fact op value`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Name of a fact that Rust reads again.
    pub fact: String,
    /// How it is compared.
    pub op: Operation,
    /// With what: an integer, a time, a time of day (`18:00`, UTC), a duration (`PT24H`), a text.
    pub value: Value,
}

/// How a fact is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Not more than; of a time and a duration: not older than.
    AtMost,
    /// Not less than; of a time and a duration: at least as old as.
    AtLeast,
    /// Earlier than.
    Before,
    /// The same.
    Equals,
}

impl Document for Request {
    const TYPE: &'static str = "drill.request/1";
    const NAMESPACE: &'static str = "drill-request@drillbook";

    fn check(&self) -> Result<(), &'static str> {
        let mut covers = self.covers.clone();
        covers.sort();
        covers.dedup();
        first_broken(&[
            (is_origin(&self.log), "log"),
            (is_name(&self.drill), "drill"),
            (is_name(&self.step), "step"),
            (is_name(&self.gate), "gate"),
            (
                is_name(&self.runbook.id) && is_name(&self.runbook.version),
                "runbook",
            ),
            (
                !covers.is_empty() && covers.len() == self.covers.len(),
                "covers",
            ),
            (is_commitment(&self.cli), "cli"),
            (is_commitment(&self.scope), "scope"),
            (is_person(&self.operator), "operator"),
            (is_fingerprint(&self.device), "device"),
            (is_nonce(&self.nonce), "nonce"),
            (self.requested_at < self.not_after, "not_after"),
        ])
    }

    fn witnessed(&self) -> Option<Head> {
        Some(self.journal)
    }

    fn author(&self) -> (&str, DateTime<Utc>) {
        (&self.operator, self.requested_at)
    }
}

impl Document for Decision {
    const TYPE: &'static str = "drill.decision/1";
    const NAMESPACE: &'static str = APPROVAL_NAMESPACE;

    fn check(&self) -> Result<(), &'static str> {
        let said = !self.reason.trim().is_empty() || self.verdict == Verdict::Approve;
        first_broken(&[
            (is_person(&self.reviewer), "reviewer"),
            (is_fingerprint(&self.device), "device"),
            (
                self.opened.iter().all(|opened| is_commitment(opened)),
                "opened",
            ),
            (
                self.conditions
                    .iter()
                    .all(|c| is_name(&c.fact) && c.value.is_exact()),
                "conditions",
            ),
            (is_prose(&self.reason) && said, "reason"),
            (is_nonce(&self.nonce), "nonce"),
            (self.decided_at <= self.not_after, "not_after"),
        ])
    }

    fn witnessed(&self) -> Option<Head> {
        Some(self.journal_seen)
    }

    fn author(&self) -> (&str, DateTime<Utc>) {
        (&self.reviewer, self.decided_at)
    }
}
