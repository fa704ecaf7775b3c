//! Why a policy that is being prepared cannot go on.

use drillbook_diagnostic::{Diagnostic, Severity};
use drillbook_trust::document::Gap;

/// Why a draft cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    /// There is none.
    #[error("no policy is being prepared")]
    None,
    /// Another version came into force meanwhile.
    #[error("the policy that is being prepared does not follow the one in force")]
    Outdated,
    /// A field holds something that no policy holds.
    #[error("the policy's {0} cannot stand like this")]
    Field(&'static str),
    /// Nobody could work under it.
    #[error("{0}")]
    Gap(Gap),
    /// A public key cannot be read.
    #[error("what is given as the key of {person} is no public key")]
    Key {
        /// The person.
        person: String,
    },
    /// A person has no key.
    #[error("{person} has no key")]
    NoKey {
        /// The person.
        person: String,
    },
    /// Keys of the built-in cast cannot be changed.
    #[error("the people of a rehearsal have their keys already")]
    Cast,
    /// A rehearsal signs its first policy by itself.
    #[error("a rehearsal signs its first policy with its first drill")]
    Rehearsal,
    /// No owner's key is at this window.
    #[error("this is not the signature of an owner of the policy")]
    NotOwner,
}

impl Diagnostic for DraftError {
    fn code(&self) -> &'static str {
        match self {
            Self::None => "policy.no_draft",
            Self::Outdated => "policy.outdated",
            Self::Field(_) => "policy.field",
            Self::Gap(_) => "policy.gap",
            Self::Key { .. } => "policy.key",
            Self::NoKey { .. } => "policy.no_key",
            Self::Cast => "policy.cast",
            Self::Rehearsal => "policy.rehearsal",
            Self::NotOwner => "policy.not_owner",
        }
    }

    fn severity(&self) -> Severity {
        Severity::Refused
    }

    fn remediation(&self) -> Option<String> {
        let text = match self {
            Self::None => "Propose one on the policy's page.",
            Self::Outdated => "Throw it away and propose the change again.",
            Self::Field(_) => {
                "Correct it: ids are small letters such as rita@example.com, and each key is one person's."
            }
            Self::Gap(_) => {
                "Give the role to more people, or ask for fewer approvals at that gate."
            }
            Self::Key { .. } => "Paste the one line of a .pub file, such as ssh-ed25519 AAAA…",
            Self::NoKey { .. } => "Give a public key, or let Drillbook make one on this computer.",
            Self::Cast => {
                "Change roles, gates and intervals here; people and keys of your own belong to the live journal."
            }
            Self::Rehearsal => "Open a drill first, then change its policy.",
            Self::NotOwner => {
                "Let an owner take the seat, or send them the file to sign with ssh-keygen."
            }
        };
        Some(text.to_owned())
    }
}
