//! What people sign beside a decision: taking it back, breaking glass, reviews, findings, keys.

use super::{
    APPROVAL_NAMESPACE, Document, Presence, Verdict, first_broken, is_fingerprint, is_name,
    is_nonce, is_person, is_prose,
};
use crate::checkpoint::is_origin;
use crate::digest::Digest;
use crate::merkle::Head;
use crate::sshsig::PublicKey;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Takes a decision back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revocation {
    /// The decision document.
    pub decision: Digest,
    /// Who takes it back: its reviewer, or an owner of the policy.
    pub person: String,
    /// Fingerprint that stands for the OS account it was made on.
    pub device: String,
    /// Where the key was.
    pub presence: Presence,
    /// The log as the person saw it.
    pub journal_seen: Head,
    /// Why.
    pub reason: String,
    /// 16 random bytes.
    pub nonce: String,
    /// When it was made.
    #[serde(with = "crate::time")]
    pub revoked_at: DateTime<Utc>,
}

/// A person the policy names goes on without a quorum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BreakGlass {
    /// The request document.
    pub request: Digest,
    /// Who.
    pub person: String,
    /// Fingerprint that stands for the OS account it was made on.
    pub device: String,
    /// Where the key was.
    pub presence: Presence,
    /// The log as the person saw it.
    pub journal_seen: Head,
    /// Why; demanded.
    pub reason: String,
    /// 16 random bytes.
    pub nonce: String,
    /// When it was made.
    #[serde(with = "crate::time")]
    pub declared_at: DateTime<Utc>,
    /// Until when it lives.
    #[serde(with = "crate::time")]
    pub not_after: DateTime<Utc>,
}

/// Another person looks at a break-glass after the fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// The break-glass document.
    pub break_glass: Digest,
    /// The reviewer's id.
    pub reviewer: String,
    /// Fingerprint that stands for the OS account it was made on.
    pub device: String,
    /// Where the key was.
    pub presence: Presence,
    /// The log as the reviewer saw it.
    pub journal_seen: Head,
    /// Whether it was justified.
    pub verdict: Verdict,
    /// What the reviewer found; demanded.
    pub reason: String,
    /// 16 random bytes.
    pub nonce: String,
    /// When it was made.
    #[serde(with = "crate::time")]
    pub reviewed_at: DateTime<Utc>,
}

/// What an auditor found in a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// Origin of the log.
    pub log: String,
    /// The drill.
    pub drill: String,
    /// Digest of the bundle's manifest.
    pub bundle: Digest,
    /// The auditor's id.
    pub auditor: String,
    /// The entries it rests on.
    pub entries: Vec<u64>,
    /// What was found.
    pub statement: String,
    /// 16 random bytes.
    pub nonce: String,
    /// When it was made.
    #[serde(with = "crate::time")]
    pub found_at: DateTime<Utc>,
}

/// A person states which key is theirs; an owner then puts its fingerprint into the policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enrolment {
    /// The person's id.
    pub person: String,
    /// The key, as an OpenSSH line without comment.
    pub key: String,
    /// Its fingerprint, to be compared by voice.
    pub fingerprint: String,
    /// Where the key is kept.
    pub presence: Presence,
    /// 16 random bytes.
    pub nonce: String,
    /// When it was made.
    #[serde(with = "crate::time")]
    pub enrolled_at: DateTime<Utc>,
}

impl Document for Revocation {
    const TYPE: &'static str = "drill.revoke/1";
    const NAMESPACE: &'static str = APPROVAL_NAMESPACE;

    fn check(&self) -> Result<(), &'static str> {
        first_broken(&[
            (is_person(&self.person), "person"),
            (is_fingerprint(&self.device), "device"),
            (is_prose(&self.reason), "reason"),
            (is_nonce(&self.nonce), "nonce"),
        ])
    }

    fn witnessed(&self) -> Option<Head> {
        Some(self.journal_seen)
    }

    fn author(&self) -> (&str, DateTime<Utc>) {
        (&self.person, self.revoked_at)
    }
}

impl Document for BreakGlass {
    const TYPE: &'static str = "drill.breakglass/1";
    const NAMESPACE: &'static str = APPROVAL_NAMESPACE;

    fn check(&self) -> Result<(), &'static str> {
        first_broken(&[
            (is_person(&self.person), "person"),
            (is_fingerprint(&self.device), "device"),
            (
                is_prose(&self.reason) && !self.reason.trim().is_empty(),
                "reason",
            ),
            (is_nonce(&self.nonce), "nonce"),
            (self.declared_at < self.not_after, "not_after"),
        ])
    }

    fn witnessed(&self) -> Option<Head> {
        Some(self.journal_seen)
    }

    fn author(&self) -> (&str, DateTime<Utc>) {
        (&self.person, self.declared_at)
    }
}

impl Document for Review {
    const TYPE: &'static str = "drill.review/1";
    const NAMESPACE: &'static str = APPROVAL_NAMESPACE;

    fn check(&self) -> Result<(), &'static str> {
        first_broken(&[
            (is_person(&self.reviewer), "reviewer"),
            (is_fingerprint(&self.device), "device"),
            (
                is_prose(&self.reason) && !self.reason.trim().is_empty(),
                "reason",
            ),
            (is_nonce(&self.nonce), "nonce"),
        ])
    }

    fn witnessed(&self) -> Option<Head> {
        Some(self.journal_seen)
    }

    fn author(&self) -> (&str, DateTime<Utc>) {
        (&self.reviewer, self.reviewed_at)
    }
}

impl Document for Finding {
    const TYPE: &'static str = "drill.finding/1";
    const NAMESPACE: &'static str = "drill-finding@drillbook";

    fn check(&self) -> Result<(), &'static str> {
        first_broken(&[
            (is_origin(&self.log), "log"),
            (is_name(&self.drill), "drill"),
            (is_person(&self.auditor), "auditor"),
            (
                is_prose(&self.statement) && !self.statement.trim().is_empty(),
                "statement",
            ),
            (is_nonce(&self.nonce), "nonce"),
        ])
    }

    fn author(&self) -> (&str, DateTime<Utc>) {
        (&self.auditor, self.found_at)
    }
}

impl Document for Enrolment {
    const TYPE: &'static str = "drill.enrol/1";
    const NAMESPACE: &'static str = "drill-enrol@drillbook";

    fn check(&self) -> Result<(), &'static str> {
        let key = PublicKey::parse(&self.key);
        let fits = |key: &PublicKey| {
            key.fingerprint() == self.fingerprint && key.to_bare_line() == self.key
        };
        first_broken(&[
            (is_person(&self.person), "person"),
            (key.as_ref().is_ok_and(fits), "key"),
            (is_nonce(&self.nonce), "nonce"),
        ])
    }

    fn author(&self) -> (&str, DateTime<Utc>) {
        (&self.person, self.enrolled_at)
    }
}
