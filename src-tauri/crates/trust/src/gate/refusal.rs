//! Why the gate stays shut: one code for each rule.

use crate::document::ChainError;
use crate::sshsig::SignatureError;
use crate::time;
use chrono::{DateTime, Utc};
use drillbook_diagnostic::{Diagnostic, Severity};

/// Why a request may not be sent, or a decision does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(
    missing_docs,
    reason = "the sentence of each variant says what its fields hold"
)]
pub enum GateRefusal {
    #[error("the policy is not signed by the owners who had to sign it")]
    PolicyUntrusted(#[source] ChainError),
    #[error("the request was made under another policy than the one in force")]
    PolicyDiffers,
    #[error("the policy was not in force at that time")]
    PolicyExpired,
    #[error("the policy knows no gate {gate}")]
    GateUnknown { gate: String },
    #[error("the request belongs to the drill {drill}")]
    OtherDrill { drill: String },
    #[error("the request was made at the step {step}, not at the one that signs this action")]
    OtherGate { step: String },
    #[error("the request was made with another version of the runbook")]
    RunbookDiffers,
    #[error("the request was made by {operator}, who is not the operator now")]
    OperatorDiffers { operator: String },
    #[error("a signature does not hold or is not its author's")]
    Signature { source: Option<SignatureError> },
    #[error("the policy does not know {person}")]
    UnknownPerson { person: String },
    #[error("the key {key} was taken out of use")]
    KeyRevoked { key: String },
    #[error("the decision claims a security key that did not sign it")]
    Presence,
    #[error("the journal does not begin with what the signer saw")]
    HeadNotPrefix,
    #[error("the decision was made on another request")]
    OtherRequest,
    #[error("the person who requested a drill cannot approve it")]
    OwnRequest,
    #[error("the approval was made on the account that asked for it")]
    SameDevice,
    #[error("{person} has no role that may approve at this gate")]
    Role { person: String },
    #[error("the request waited longer for a decision than the policy allows")]
    RequestExpired,
    #[error("the {what} is dated outside the time in which it could have been made")]
    NotYet { what: &'static str },
    #[error("{person} signed two decisions with one nonce")]
    NonceUsed { person: String },
    #[error("the approval was taken back by {person}")]
    Revoked { person: String },
    #[error("the approval ran out at {}", time::to_text(*.at))]
    Expired { at: DateTime<Utc> },
    #[error("the reviewer's condition {condition:?} does not hold{}", found_text(.found.as_deref()))]
    Condition {
        condition: String,
        found: Option<String>,
    },
    #[error("the reviewer did not open the evidence {commitment}")]
    NotOpened { commitment: String },
    #[error("{person} refused the request: {reason}")]
    Refused { person: String, reason: String },
    #[error("{have} of {needed} approvals are there")]
    Quorum { have: u64, needed: u64 },
    #[error("no approval covers {what}")]
    NotCovered { what: String },
    #[error("what would be sent differs from what was approved: {}", .fields.join(", "))]
    DigestDiffers { fields: Vec<String> },
    #[error("the approval was used for this request at {}", time::to_text(*.at))]
    Used { at: DateTime<Utc> },
    #[error("the policy does not let {person} go on without a quorum")]
    BreakGlass { person: String },
    #[error("nothing was intended that could be continued")]
    NothingIntended,
    #[error("a {method} request cannot be repeated after this outcome")]
    NotRepeatable { method: String },
}

fn found_text(found: Option<&str>) -> String {
    found.map_or_else(|| " (not known)".into(), |found| format!(" ({found})"))
}

impl Diagnostic for GateRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::PolicyUntrusted(_) => "approval.policy_untrusted",
            Self::PolicyDiffers => "approval.policy_differs",
            Self::PolicyExpired => "approval.policy_expired",
            Self::GateUnknown { .. } => "approval.gate_unknown",
            Self::OtherDrill { .. } => "approval.other_drill",
            Self::OtherGate { .. } => "approval.other_gate",
            Self::RunbookDiffers => "approval.runbook_differs",
            Self::OperatorDiffers { .. } => "approval.operator_differs",
            Self::Signature {
                source: Some(SignatureError::Namespace { .. }),
            } => "approval.namespace",
            Self::Signature { .. } => "approval.signature",
            Self::UnknownPerson { .. } => "approval.unknown_person",
            Self::KeyRevoked { .. } => "approval.key_revoked",
            Self::Presence => "approval.presence",
            Self::HeadNotPrefix => "approval.head_not_prefix",
            Self::OtherRequest => "approval.other_request",
            Self::OwnRequest => "approval.own_request",
            Self::SameDevice => "approval.same_device",
            Self::Role { .. } => "approval.role",
            Self::RequestExpired => "approval.request_expired",
            Self::NotYet { .. } => "approval.not_yet",
            Self::NonceUsed { .. } => "approval.nonce_used",
            Self::Revoked { .. } => "approval.revoked",
            Self::Expired { .. } => "approval.expired",
            Self::Condition { .. } => "approval.condition",
            Self::NotOpened { .. } => "approval.not_opened",
            Self::Refused { .. } => "approval.refused",
            Self::Quorum { .. } => "approval.quorum",
            Self::NotCovered { .. } => "approval.not_covered",
            Self::DigestDiffers { .. } => "approval.digest_differs",
            Self::Used { .. } => "approval.used",
            Self::BreakGlass { .. } => "approval.break_glass",
            Self::NothingIntended => "approval.nothing_intended",
            Self::NotRepeatable { .. } => "approval.not_repeatable",
        }
    }

    fn severity(&self) -> Severity {
        Severity::Refused
    }

    fn remediation(&self) -> Option<String> {
        Some(remedy(self).into())
    }
}

fn remedy(refusal: &GateRefusal) -> &'static str {
    match refusal {
        GateRefusal::PolicyUntrusted(_) => {
            "Stop. Compare the policy and its signatures with its owners."
        }
        GateRefusal::PolicyExpired | GateRefusal::GateUnknown { .. } => {
            "Ask the owners of the policy to sign a new version. Then make a new request."
        }
        GateRefusal::Signature { .. } | GateRefusal::Presence => {
            "Ask the person to sign again with a key that the policy names for them."
        }
        GateRefusal::UnknownPerson { .. } => {
            "Ask the owners of the policy to add the person. Then make a new request."
        }
        GateRefusal::KeyRevoked { .. } => "Ask the person to sign with a key that is in use.",
        GateRefusal::HeadNotPrefix => {
            "Stop. Compare the journal with the reviewer's copy before anything is sent."
        }
        GateRefusal::OtherRequest => "Ask the reviewer to decide on the request of this gate.",
        GateRefusal::OwnRequest => "Ask a second person with the reviewer role to approve.",
        GateRefusal::SameDevice => "Ask the reviewer to approve on their own computer.",
        GateRefusal::Role { .. } => "Ask a person who has a role named by the policy.",
        GateRefusal::NonceUsed { .. } => "Ask the person to sign a new decision.",
        GateRefusal::NotYet { .. } => "Correct the clocks of both computers. Then sign again.",
        GateRefusal::Condition { .. } => {
            "Wait until the condition holds, or ask the reviewer for a new decision."
        }
        GateRefusal::NotOpened { .. } => {
            "Ask the reviewer to open that evidence, and to decide again."
        }
        GateRefusal::Refused { .. } => {
            "Read the reason and mend what it names. Then make a new request."
        }
        GateRefusal::Quorum { .. } => "Ask one more reviewer to decide.",
        GateRefusal::Used { .. } => {
            "Clear up what became of the request that was sent. Make a new request to send another."
        }
        GateRefusal::BreakGlass { .. } => "Ask a person whom the policy names for emergencies.",
        GateRefusal::NothingIntended => "Send the request for the first time instead.",
        GateRefusal::NotRepeatable { .. } => {
            "Find out what Azure did with it. Make a new request if it must be sent again."
        }
        GateRefusal::PolicyDiffers
        | GateRefusal::OtherDrill { .. }
        | GateRefusal::OtherGate { .. }
        | GateRefusal::RunbookDiffers
        | GateRefusal::OperatorDiffers { .. }
        | GateRefusal::RequestExpired
        | GateRefusal::Revoked { .. }
        | GateRefusal::Expired { .. }
        | GateRefusal::NotCovered { .. }
        | GateRefusal::DigestDiffers { .. } => "Make a new request and ask for a new approval.",
    }
}
