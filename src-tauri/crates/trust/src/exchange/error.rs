//! Why a file that came from another machine is not used: each with its code, naming what differs.

use crate::action::ActionError;
use crate::canonical::CanonicalError;
use crate::disclosure::DisclosureError;
use crate::document::{ChainError, DocumentError};
use crate::entry::EntryError;
use crate::gate::GateRefusal;
use crate::sshsig::SignatureError;
use drillbook_diagnostic::{Diagnostic, Severity};

/// Why a request or decision file is not used.
#[derive(Debug, thiserror::Error)]
#[expect(
    missing_docs,
    reason = "the sentence of each variant says what its fields hold"
)]
pub enum ExchangeError {
    #[error("the text is larger than any request or decision")]
    TooLarge,
    #[error("the text holds no block {block}")]
    NothingFound { block: &'static str },
    #[error("the text holds several different blocks {block}")]
    Several { block: &'static str },
    #[error("{block} is cut off or was changed on its way")]
    Damaged { block: String },
    #[error("the file cannot be read")]
    Unreadable(#[source] CanonicalError),
    #[error("the file is of type {found:?}")]
    Kind { found: String },
    #[error("a document in the file cannot be used")]
    Document(#[source] DocumentError),
    #[error("the file holds no policy")]
    NoPolicy,
    #[error("the policy in the file does not descend from its first version")]
    PolicyChain(#[source] ChainError),
    #[error("the request is not signed by its operator")]
    RequestSignature(#[source] GateRefusal),
    #[error("{what} differs: the request says {said}, the file holds {found}")]
    Differs {
        what: String,
        said: String,
        found: String,
    },
    #[error("what the request covers as number {number} is of another kind in the file")]
    CoverKind { number: usize },
    #[error("the action that the request covers as number {number} cannot be read")]
    Action {
        number: usize,
        #[source]
        source: ActionError,
    },
    #[error("an entry of the journal in the file cannot be read")]
    Entry(#[source] EntryError),
    #[error("a value in the file cannot be read")]
    Disclosure(#[source] DisclosureError),
    #[error("{what} is not the value that was committed to")]
    Commitment { what: String },
    #[error("{what} does not stand in the log whose head the request signs")]
    NotInLog { what: String },
    #[error("the decision in the file is about another request than the one beside it")]
    OtherRequest,
    #[error("the file holds no signature")]
    NotSigned,
    #[error("the signature cannot be used")]
    Signature(#[source] SignatureError),
    #[error("the signature fits none of the decisions that were prepared for the open requests")]
    FitsNothing,
}

impl Diagnostic for ExchangeError {
    fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "exchange.too_large",
            Self::NothingFound { .. } => "exchange.nothing_found",
            Self::Several { .. } => "exchange.several",
            Self::Damaged { .. } => "exchange.damaged",
            Self::Unreadable(_) => "exchange.unreadable",
            Self::Kind { .. } => "exchange.kind",
            Self::Document(source) => source.code(),
            Self::NoPolicy => "exchange.no_policy",
            Self::PolicyChain(_) => "exchange.policy_chain",
            Self::RequestSignature(_) => "exchange.request_signature",
            Self::Differs { .. } => "exchange.differs",
            Self::CoverKind { .. } => "exchange.cover_kind",
            Self::Action { .. } => "exchange.action",
            Self::Entry(_) => "exchange.entry",
            Self::Disclosure(_) => "exchange.disclosure",
            Self::Commitment { .. } => "exchange.commitment",
            Self::NotInLog { .. } => "exchange.not_in_log",
            Self::OtherRequest => "exchange.other_request",
            Self::NotSigned => "exchange.not_signed",
            Self::Signature(source) => source.code(),
            Self::FitsNothing => "exchange.fits_nothing",
        }
    }

    fn severity(&self) -> Severity {
        Severity::Refused
    }

    fn remediation(&self) -> Option<String> {
        Some(
            match self {
                Self::TooLarge | Self::NothingFound { .. } | Self::Kind { .. } => {
                    "Use the file that Drillbook wrote, or the whole text of the message."
                }
                Self::Several { .. } => "Use a file that holds one request or decision only.",
                Self::Damaged { .. } | Self::Unreadable(_) => {
                    "Ask for the file again, whole and as an attachment."
                }
                Self::Signature(source) => return source.remediation(),
                Self::NotSigned => {
                    "Sign the document with ssh-keygen and put its .sig file beside it."
                }
                Self::FitsNothing => {
                    "Sign the bytes of a decision exactly as the request file holds them."
                }
                Self::OtherRequest => "Ask the reviewer to decide on the request that is open.",
                _ => "Sign nothing. Ask the operator by another way what this file is.",
            }
            .into(),
        )
    }
}
