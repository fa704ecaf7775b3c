//! Why nothing is read again.

use drillbook_diagnostic::{Diagnostic, Severity};

/// Why a second reading does not begin.
#[derive(Debug, thiserror::Error)]
pub enum ReadingError {
    /// The bundle does not hold.
    #[error("the bundle does not hold: {0}")]
    Bundle(String),
    /// The bundle is for the public.
    #[error("a bundle for the public shows no request that could be sent again")]
    Public,
    /// The token says nobody's object id.
    #[error("the login does not say whose it is")]
    NoIdentity,
    /// Nothing in the bundle is a read.
    #[error("the bundle holds no read that could be sent again")]
    Nothing,
}

impl Diagnostic for ReadingError {
    fn code(&self) -> &'static str {
        match self {
            ReadingError::Bundle(_) => "reading.bundle",
            ReadingError::Public => "reading.public",
            ReadingError::NoIdentity => "reading.no_identity",
            ReadingError::Nothing => "reading.nothing",
        }
    }

    fn severity(&self) -> Severity {
        Severity::Refused
    }

    fn remediation(&self) -> Option<String> {
        let text = match self {
            ReadingError::Bundle(_) => {
                "Sign nothing. Run drillbook verify over it, and ask where it comes from."
            }
            ReadingError::Public => "Ask for a bundle for an internal reader or an auditor.",
            ReadingError::NoIdentity => "Read again over a connection with a login of your own.",
            ReadingError::Nothing => "Ask for a bundle of a drill that has read something.",
        };
        Some(text.to_owned())
    }
}
