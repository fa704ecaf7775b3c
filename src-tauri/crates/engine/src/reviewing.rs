//! Deciding on a request that came from another machine, with a key of one's own and without its journal.
//!
//! What is decided on was recomputed by [`drillbook_trust::exchange::open`]. Deliberately absent: reading a request,
//! and rules; the gate says whether a decision would count, here before it leaves and there when it arrives.

mod key;

pub use key::{ReviewerKey, ReviewerKeyError};

use crate::exchange::text_files;
use crate::{Engine, library};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use drillbook_diagnostic::{Diagnostic, Severity};
use drillbook_journal::{DataFolder, Env};
use drillbook_runbook::Step;
use drillbook_trust::checkpoint::environment_of;
use drillbook_trust::document::{
    APPROVAL_NAMESPACE, Condition, Decision, DocumentError, Operation, Policy, Presence, Signed,
    Verdict, parse_signed, to_bytes,
};
use drillbook_trust::exchange::{ExchangeError, Opened, plain, write_decision};
use drillbook_trust::gate::GateRefusal;
use drillbook_trust::sshsig::{PublicKey, SigningKey};
use drillbook_trust::time::truncate;
use std::path::Path;

/// What a reviewer answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Yes or no.
    pub approve: bool,
    /// Why; needed to refuse.
    pub reason: String,
    /// Facts with their bounds.
    pub conditions: Vec<Condition>,
    /// Commitments of the evidence that was opened.
    pub opened: Vec<String>,
}

/// Why a decision was not made.
#[derive(Debug, thiserror::Error)]
pub enum ReviewingError {
    /// The gate's runbook knows no such fact.
    #[error("nothing is known of {fact} at this gate")]
    FactUnknown {
        /// What was bounded.
        fact: String,
        /// What could be.
        known: Vec<String>,
    },
    /// The policy in the file names nobody with that key.
    #[error("the policy of this request names nobody with the key {fingerprint}")]
    KeyUnknown {
        /// The key's fingerprint.
        fingerprint: String,
    },
    /// The gate would not count it.
    #[error(transparent)]
    Gate(#[from] GateRefusal),
    /// It cannot be written.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// It cannot be put into a file.
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    /// The key does not sign.
    #[error(transparent)]
    Key(#[from] ReviewerKeyError),
}

impl Diagnostic for ReviewingError {
    fn code(&self) -> &'static str {
        match self {
            Self::FactUnknown { .. } => "exchange.fact_unknown",
            Self::KeyUnknown { .. } => "exchange.key_unknown",
            Self::Gate(error) => error.code(),
            Self::Document(error) => error.code(),
            Self::Exchange(error) => error.code(),
            Self::Key(error) => error.code(),
        }
    }

    fn severity(&self) -> Severity {
        match self {
            Self::Key(error) => error.severity(),
            _ => Severity::Refused,
        }
    }

    fn remediation(&self) -> Option<String> {
        match self {
            Self::FactUnknown { known, .. } => Some(format!("Bound one of: {}.", known.join(", "))),
            Self::KeyUnknown { .. } => {
                Some("Sign with the key that you gave to the policy's owners.".to_owned())
            }
            Self::Gate(error) => error.remediation(),
            Self::Document(error) => error.remediation(),
            Self::Exchange(error) => error.remediation(),
            Self::Key(error) => error.remediation(),
        }
    }
}

/// Returns the step that a request stands for, when this library has that very version of its runbook.
pub fn step_of(opened: &Opened) -> Option<Step> {
    let asked = opened.request.value();
    let known = library::built_in().unwrap_or_default();
    let digest = asked.runbook.digest.to_string();
    let runbook = known.iter().find(|runbook| runbook.digest() == digest)?;
    runbook.step(&asked.step).cloned()
}

/// Returns the facts that the gate's runbook knows; none when this library has another version.
pub fn facts_of(opened: &Opened) -> Vec<String> {
    let Some(step) = step_of(opened) else {
        return Vec::new();
    };
    let mut all: Vec<String> = step.facts.iter().map(|fact| fact.name.clone()).collect();
    all.push("now".to_owned());
    all
}

/// Returns whose key it is by the policy of a file.
///
/// # Errors
/// [`ReviewingError::KeyUnknown`].
pub fn person_of<'a>(policy: &'a Policy, key: &PublicKey) -> Result<&'a str, ReviewingError> {
    let fingerprint = key.fingerprint();
    let person = policy.person_of_key(&fingerprint);
    person.ok_or(ReviewingError::KeyUnknown { fingerprint })
}

/// Returns the time; a rehearsal's clock runs ahead of ours by the waits it took, so there it is not
/// before what is signed about.
pub fn now_after(log: &str, earlier: DateTime<Utc>) -> DateTime<Utc> {
    let now = truncate(Utc::now());
    if is_rehearsal(log) {
        now.max(earlier)
    } else {
        now
    }
}

/// Returns 16 random bytes.
pub fn nonce() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 16]>())
}

/// Reads a condition: how a value is compared follows from what it is.
pub fn condition(fact: &str, value: &str) -> Condition {
    let time_of_day = value.len() == 5 && value.as_bytes()[2] == b':';
    let moment = chrono::DateTime::parse_from_rfc3339(value).is_ok();
    let (op, value) = match value.parse::<i64>() {
        Ok(number) => (Operation::AtMost, number.into()),
        Err(_) if value.starts_with('P') => (Operation::AtMost, value.into()),
        Err(_) if time_of_day || moment => (Operation::Before, value.into()),
        Err(_) => (Operation::Equals, value.into()),
    };
    let fact = fact.to_owned();
    Condition { fact, op, value }
}

/// Returns the fingerprint that stands for this account where a log of that environment is kept: the key of its own
/// data folder, if it has one. Without one, the reviewer's own key stands for it.
pub fn device(log: &str, data: Option<&Path>) -> Option<String> {
    let data = DataFolder::locate(data).ok()?;
    if !is_rehearsal(log) {
        let file = data.join(Env::Live.as_str()).join("keys/installation.pub");
        let line = std::fs::read_to_string(file).ok()?;
        return Some(PublicKey::parse(&line).ok()?.fingerprint());
    }
    let file = data.join(Env::Rehearsal.as_str()).join("keys/installation");
    let text = std::fs::read_to_string(file).ok()?;
    let key = SigningKey::from_openssh_file(&text).ok()?;
    Some(PublicKey::fingerprint(&key.public()))
}

fn is_rehearsal(log: &str) -> bool {
    environment_of(log) == Some("rehearsal")
}

/// Puts a decision together for a key that the policy in the file names.
///
/// # Errors
/// [`ReviewingError::KeyUnknown`], [`ReviewingError::FactUnknown`].
pub fn prepare(
    opened: &Opened,
    answer: Answer,
    key: &PublicKey,
    presence: Presence,
    data: Option<&Path>,
) -> Result<Decision, ReviewingError> {
    let (asked, policy) = (opened.request.value(), opened.policy.value());
    let reviewer = person_of(policy, key)?.to_owned();
    let known = facts_of(opened);
    for one in &answer.conditions {
        if !known.is_empty() && !known.contains(&one.fact) {
            let fact = plain(&one.fact);
            return Err(ReviewingError::FactUnknown { fact, known });
        }
    }
    let decided_at = now_after(&asked.log, asked.requested_at);
    let rule = policy.gates.get(&asked.gate);
    let valid = rule.and_then(|rule| i64::try_from(rule.approval_valid_s).ok());
    let valid = valid.and_then(TimeDelta::try_seconds).unwrap_or_default();
    Ok(Decision {
        request: opened.request.digest(),
        verdict: if answer.approve {
            Verdict::Approve
        } else {
            Verdict::Refuse
        },
        reviewer,
        device: device(&asked.log, data).unwrap_or_else(|| key.fingerprint()),
        presence,
        journal_seen: asked.journal,
        opened: answer.opened,
        conditions: answer.conditions,
        reason: answer.reason,
        nonce: nonce(),
        decided_at,
        not_after: decided_at + valid,
    })
}

/// Returns the text that travels back, once the decision was signed. What the gate would not count is not written.
///
/// # Errors
/// [`ReviewingError::Gate`] with what the gate has against it.
pub fn finish(
    opened: &Opened,
    decision: &Decision,
    signature: String,
) -> Result<String, ReviewingError> {
    let signed: Signed<Decision> = parse_signed(&to_bytes(decision)?, vec![signature])?;
    opened.weigh(&signed)?;
    Ok(write_decision(&signed, &opened.request)?)
}

/// Decides on a request with a key of one's own: puts the decision together, signs it, and returns what travels back.
///
/// # Errors
/// As [`prepare`] and [`finish`], or why the key does not sign.
pub fn decide(
    opened: &Opened,
    answer: Answer,
    key: &ReviewerKey,
    data: Option<&Path>,
) -> Result<(String, Decision), ReviewingError> {
    let decision = prepare(opened, answer, key.public(), key.presence(), data)?;
    let signature = key.sign(APPROVAL_NAMESPACE, &to_bytes(&decision)?)?;
    Ok((finish(opened, &decision, signature)?, decision))
}

/// Returns the request files of an exchange folder by their names: bounded, and nothing of them believed yet.
pub fn requests_in(folder: &Path) -> Vec<(String, String)> {
    let all = text_files(folder).into_iter();
    all.filter(|(_, text)| text.contains("-----BEGIN DRILLBOOK REQUEST-----"))
        .collect()
}

impl Engine {
    /// Returns the key that this installation holds for the person at the window, to decide elsewhere with.
    pub fn reviewer_key(&self) -> Option<ReviewerKey> {
        let key = self.0.cast.copy(&self.seat().id)?;
        Some(ReviewerKey::kept(key, self.0.cast.presence()))
    }
}
