//! Why a bundle could not be written, or cannot be used at all.
//!
//! A bundle that can be read but does not hold is no error: that is a [`crate::Verdict`].

use drillbook_diagnostic::{Diagnostic, Severity};

/// Whatever the caller's own source of entries, documents or evidence failed with.
pub type SourceError = Box<dyn std::error::Error + Send + Sync>;

/// Why there is no bundle, or no verdict on one.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The journal, the evidence or the key could not be read.
    #[error("the journal could not be read for the export")]
    Source(#[source] SourceError),
    /// Something the journal names is not there.
    #[error("the journal names {0}, which is not there")]
    Missing(String),
    /// What the source yields contradicts itself; nothing that does not hold is exported.
    #[error("the journal cannot be exported: {0}")]
    Inconsistent(String),
    /// The log has no entry of that drill.
    #[error("the journal has no drill {0}")]
    UnknownDrill(String),
    /// The file could not be written or read.
    #[error("the bundle's file cannot be used")]
    File(#[source] std::io::Error),
    /// Not a zip file, or a broken one.
    #[error("the file is not a zip archive that can be read")]
    Zip(#[source] zip::result::ZipError),
    /// A name that leaves the bundle, a link, or the same name twice.
    #[error("the bundle holds the unsafe name {0:?}")]
    Name(String),
    /// More files or bytes than any bundle has.
    #[error("the bundle is larger than any that Drillbook writes: {0}")]
    TooLarge(String),
    /// Neither readme nor manifest, or a format this version does not know.
    #[error("this is no audit bundle of a format that this version knows")]
    Format,
    /// The auditor's own file of allowed signers cannot be read.
    #[error("the file of allowed signers cannot be read")]
    AllowedSigners(#[source] SourceError),
    /// A file that should show a withheld value does not.
    #[error("the value is not shown: {0}")]
    Reveal(&'static str),
    /// What is to be blackened is no picture of this drill.
    #[error("entry {0} attached no picture to this drill")]
    NoPicture(u64),
    /// A checkpoint that was handed in cannot be read.
    #[error("the earlier checkpoint {0} cannot be read")]
    Earlier(String),
}

impl Diagnostic for AuditError {
    fn code(&self) -> &'static str {
        match self {
            Self::Source(_) => "audit.source",
            Self::Missing(_) => "audit.missing",
            Self::Inconsistent(_) => "audit.inconsistent",
            Self::UnknownDrill(_) => "audit.unknown_drill",
            Self::File(_) => "audit.file",
            Self::Zip(_) => "bundle.not_a_zip",
            Self::Name(_) => "bundle.unsafe_name",
            Self::TooLarge(_) => "bundle.too_large",
            Self::Format => "bundle.format",
            Self::AllowedSigners(_) => "bundle.allowed_signers",
            Self::Earlier(_) => "bundle.earlier_checkpoint",
            Self::Reveal(_) => "bundle.reveal",
            Self::NoPicture(_) => "audit.no_picture",
        }
    }

    fn severity(&self) -> Severity {
        match self {
            Self::Source(_) | Self::File(_) => Severity::Unavailable,
            Self::Missing(_) | Self::Inconsistent(_) => Severity::Internal,
            _ => Severity::Refused,
        }
    }

    fn remediation(&self) -> Option<String> {
        Some(
            match self {
                Self::Source(_) => {
                    "Close other programs that use the data folder, and export again."
                }
                Self::Missing(_) | Self::Inconsistent(_) => {
                    "Verify the journal, and restore it from its last good copy."
                }
                Self::UnknownDrill(_) => "Choose a drill from the list.",
                Self::File(_) => {
                    "Check the file's name, its permissions and the space on the disk."
                }
                Self::Zip(_) | Self::Name(_) | Self::TooLarge(_) => {
                    "Ask for the bundle again; do not unpack this file."
                }
                Self::Format => {
                    "Check that this is a bundle, or use the newest version of Drillbook."
                }
                Self::AllowedSigners(_) => {
                    "Write one line a key as ssh-keygen reads it, with times that end in Z."
                }
                Self::Reveal(_) => {
                    "Ask for the file again, for exactly this bundle and this entry."
                }
                Self::NoPicture(_) => {
                    "Name the entry that attached the picture, as the report cites it."
                }
                Self::Earlier(_) => "Use a file of the folder checkpoints of an earlier bundle.",
            }
            .into(),
        )
    }
}
