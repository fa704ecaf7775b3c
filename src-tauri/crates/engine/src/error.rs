//! What can go wrong in a use case; each with a code and the next action.

use crate::draft::DraftError;
use drillbook_arm::ArmError;
use drillbook_core::Refusal;
use drillbook_diagnostic::{Diagnostic, Severity};
use drillbook_journal::JournalError;
use drillbook_keys::KeyError;
use drillbook_trust::document::DocumentError;
use drillbook_trust::exchange::ExchangeError;
use drillbook_trust::sshsig::SignatureError;

/// Why a use case did not come to its end. Nothing half-written is left behind.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A rule forbids it; the refusal is journaled.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Azure, or the way to it.
    #[error(transparent)]
    Arm(#[from] ArmError),
    /// The journal could not be read or written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The journal's key could not be kept or fetched.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A document could not be made or read.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// A signature could not be made or checked.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// A bundle could not be written.
    #[error(transparent)]
    Audit(#[from] drillbook_audit::AuditError),
    /// Nothing is read again.
    #[error(transparent)]
    Reading(#[from] crate::ReadingError),
    /// The drill is not in this journal.
    #[error("the journal has no drill {drill}")]
    UnknownDrill {
        /// The id.
        drill: String,
    },
    /// The library has no such runbook.
    #[error("there is no runbook {runbook}")]
    UnknownRunbook {
        /// The id.
        runbook: String,
    },
    /// A runbook does not pass the linter.
    #[error("the runbook {runbook} cannot be used: {problem}")]
    BrokenRunbook {
        /// The id or file.
        runbook: String,
        /// The first problem.
        problem: String,
    },
    /// The journal's runbook, policy or entry cannot be read back.
    #[error("the journal's {what} cannot be read")]
    Unreadable {
        /// What it is.
        what: String,
    },
    /// Nobody of that name takes part.
    #[error("there is no person {person}")]
    UnknownPerson {
        /// The id.
        person: String,
    },
    /// The person at this window has another role.
    #[error("{person} cannot do this in the role {role}")]
    WrongRole {
        /// The id.
        person: String,
        /// The role.
        role: String,
    },
    /// The step or request is being worked on already.
    #[error("this step is running already")]
    Busy,
    /// The evidence is not in the journal.
    #[error("there is no evidence at entry {entry}")]
    UnknownEvidence {
        /// The entry.
        entry: u64,
    },
    /// No audience gets this value, or there is none.
    #[error("entry {entry} has no value {field} that may be shown")]
    NeverRevealed {
        /// The entry.
        entry: u64,
        /// The field.
        field: String,
    },
    /// A picture cannot be read.
    #[error("the picture cannot be read")]
    Picture(#[source] image::ImageError),
    /// A file of the data folder.
    #[error("the file {file} cannot be used")]
    File {
        /// Its name within the data folder.
        file: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A live drill changes nothing while its journal lies in the clear.
    #[error("a live drill goes no further than its checks while the journal is not sealed")]
    NotSealed,
    /// A live journal was to be opened over something that is not Azure.
    #[error("a live journal is about Azure itself, and this connection leads to a simulator")]
    NotAzure,
    /// No policy was adopted in a journal of its own.
    #[error("no policy is in force in this journal")]
    NoPolicy,
    /// The policy that is being prepared is not there, or not ready.
    #[error(transparent)]
    Draft(#[from] DraftError),
    /// The drill was begun under another identity.
    #[error("the drill was begun under another identity: {} differs", fields.join(", "))]
    OtherIdentity {
        /// The fields that differ: `cloud`, `tenant`, `subscription`, `object id`.
        fields: Vec<&'static str>,
    },
    /// An engine opened for reading was asked to change Azure.
    #[error("nothing can be changed here: this only reads")]
    OnlyReads,
    /// A person signs with a key that is on another computer.
    #[error("the key of {person} is not on this computer")]
    KeyElsewhere {
        /// The id.
        person: String,
    },
    /// The policy of this journal names another key.
    #[error("the policy in force names another key for {person}, or nobody of that name")]
    OtherReviewer {
        /// The id.
        person: String,
    },
    /// Nothing of this journal can be stamped yet.
    #[error("this journal has no checkpoint yet")]
    NoCheckpoint,
    /// A file that is no time stamp, or one over something else.
    #[error("the file is no time stamp over a checkpoint of this journal")]
    NotStamped,
    /// A request or decision file.
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    /// A decision for another machine's log.
    #[error("the decision is about the drill {drill} of the log {said}; this log is {own}")]
    OtherLog {
        /// The log that the decision's request names.
        said: String,
        /// Its drill.
        drill: String,
        /// The log of this journal.
        own: String,
    },
    /// Nobody decided in time.
    #[error("no decision on step {step} arrived in time")]
    NoDecision {
        /// The approval step.
        step: String,
    },
    /// No request is open that the desk could decide.
    #[error("the request for sign-off is not known")]
    UnknownRequest,
}

impl Diagnostic for EngineError {
    fn code(&self) -> &'static str {
        match self {
            EngineError::Refused(refusal) => refusal.code(),
            EngineError::Arm(error) => error.code(),
            EngineError::Journal(error) => error.code(),
            EngineError::Key(error) => error.code(),
            EngineError::Document(error) => error.code(),
            EngineError::Signature(error) => error.code(),
            EngineError::Audit(error) => error.code(),
            EngineError::Reading(error) => error.code(),
            EngineError::UnknownDrill { .. } => "engine.unknown_drill",
            EngineError::UnknownRunbook { .. } => "engine.unknown_runbook",
            EngineError::BrokenRunbook { .. } => "engine.broken_runbook",
            EngineError::Unreadable { .. } => "engine.unreadable",
            EngineError::UnknownPerson { .. } => "engine.unknown_person",
            EngineError::WrongRole { .. } => "engine.wrong_role",
            EngineError::Busy => "engine.busy",
            EngineError::UnknownEvidence { .. } => "engine.unknown_evidence",
            EngineError::NeverRevealed { .. } => "engine.never_revealed",
            EngineError::Picture(_) => "evidence.picture_unreadable",
            EngineError::File { .. } => "engine.file",
            EngineError::NotSealed => "live.journal_not_sealed",
            EngineError::NotAzure => "live.not_azure",
            EngineError::NoPolicy => "live.no_policy",
            EngineError::Draft(error) => error.code(),
            EngineError::OtherIdentity { .. } => "engine.other_identity",
            EngineError::OnlyReads => "engine.only_reads",
            EngineError::NoCheckpoint => "engine.no_checkpoint",
            EngineError::NotStamped => "engine.not_stamped",
            EngineError::KeyElsewhere { .. } => "engine.key_elsewhere",
            EngineError::OtherReviewer { .. } => "exchange.other_reviewer",
            EngineError::Exchange(error) => error.code(),
            EngineError::OtherLog { .. } => "exchange.other_log",
            EngineError::NoDecision { .. } => "exchange.no_decision",
            EngineError::UnknownRequest => "engine.unknown_request",
        }
    }

    fn severity(&self) -> Severity {
        match self {
            EngineError::Refused(refusal) => refusal.severity(),
            EngineError::Arm(error) => error.severity(),
            EngineError::Journal(error) => error.severity(),
            EngineError::Key(error) => error.severity(),
            EngineError::Document(error) => error.severity(),
            EngineError::Signature(error) => error.severity(),
            EngineError::Audit(error) => error.severity(),
            EngineError::Draft(error) => error.severity(),
            EngineError::Unreadable { .. } => Severity::Internal,
            EngineError::NoDecision { .. } => Severity::Unavailable,
            EngineError::File { .. } => Severity::Unavailable,
            _ => Severity::Refused,
        }
    }

    fn remediation(&self) -> Option<String> {
        let text = match self {
            EngineError::Refused(refusal) => return refusal.remediation(),
            EngineError::Arm(error) => return error.remediation(),
            EngineError::Journal(error) => return error.remediation(),
            EngineError::Key(error) => return error.remediation(),
            EngineError::Document(error) => return error.remediation(),
            EngineError::Signature(error) => return error.remediation(),
            EngineError::Audit(error) => return error.remediation(),
            EngineError::Reading(error) => return error.remediation(),
            EngineError::UnknownDrill { .. } => "Choose a drill from the list.",
            EngineError::UnknownRunbook { .. } => {
                "Choose a runbook from the list: drillbook runbook list."
            }
            EngineError::BrokenRunbook { .. } => {
                "Mend the runbook; drillbook runbook lint shows every problem."
            }
            EngineError::Unreadable { .. } => {
                "Verify the journal, and restore it from a backup if it is broken."
            }
            EngineError::UnknownPerson { .. } => "Choose a person from the list.",
            EngineError::WrongRole { .. } => "Let a person with the right role take the seat.",
            EngineError::Busy => "Wait until it is done.",
            EngineError::UnknownEvidence { .. } => {
                "Reload the step and open the evidence from its list."
            }
            EngineError::NeverRevealed { .. } => {
                "Name a field that disclosures.txt of the bundle lists as withheld for this entry. Signed addresses and \
                 the masters of pictures are shown to nobody."
            }
            EngineError::Picture(_) => "Attach a PNG or JPEG picture.",
            EngineError::File { .. } => {
                "Check that the data folder can be read and written, and that the disk is not full."
            }
            EngineError::NotSealed => {
                "Begin a data folder with a sealed journal: drillbook journal seal --data DIR."
            }
            EngineError::NotAzure => {
                "Choose a connection to one of Azure's clouds; a simulator is for rehearsals."
            }
            EngineError::NoPolicy => "Write the first policy and let its owners sign it.",
            EngineError::Draft(error) => return error.remediation(),
            EngineError::OtherIdentity { .. } => {
                "Sign in as the one who began the drill, or begin a drill of your own."
            }
            EngineError::OnlyReads => "Open the drill in the app to go beyond its checks.",
            EngineError::NoCheckpoint => "Ask for a sign-off, or export a drill: both sign one.",
            EngineError::NotStamped => {
                "Write the newest checkpoint with drillbook journal timestamp --write FILE, have it stamped with SHA-256, \
                 and hand in the answer."
            }
            EngineError::Exchange(error) => return error.remediation(),
            EngineError::KeyElsewhere { .. } => "Ask that person to sign on their own computer.",
            EngineError::OtherReviewer { .. } => {
                "Use a new data folder, or let the policy's owners adopt a version with that key."
            }
            EngineError::OtherLog { .. } => {
                "Take it in on the computer whose request was signed; a live one with --live."
            }
            EngineError::NoDecision { .. } => {
                "Send the request file to the reviewer; then go on with --resume, or import the decision."
            }
            EngineError::UnknownRequest => "Reload the desk and choose a request from its list.",
        };
        Some(text.to_owned())
    }
}
