//! Code, severity and remediation of an error: plain data.
//!
//! Deliberately absent: wording for the screen, logging and any list of codes.
//! Each crate owns its errors; this crate only says what every one of them can be asked.

use serde::{Deserialize, Serialize};

/// How a failure looks, not what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A rule said no: a notice, not an alarm.
    Refused,
    /// Something outside did not answer or is not there; trying again later may help.
    Unavailable,
    /// The program or its data is broken.
    Internal,
}

impl Severity {
    /// Returns the lower-case word that is stored and sent.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
        }
    }
}

impl std::fmt::Display for Severity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An error that the operator can act on.
///
/// `Display` is one lower-case clause without a full stop and without its source.
pub trait Diagnostic: std::error::Error {
    /// Returns the stable code, such as `approval.own_request`. Never renamed, never reused.
    fn code(&self) -> &'static str;

    /// Returns how it looks.
    fn severity(&self) -> Severity;

    /// Returns the next action, as complete imperative sentences.
    fn remediation(&self) -> Option<String>;
}

/// Returns the whole chain of an error, outermost first, joined by `: `, as logs print it.
#[must_use]
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        source = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Severity, chain};

    #[derive(Debug)]
    struct Outer(std::fmt::Error);

    impl std::fmt::Display for Outer {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("the drill was not read")
        }
    }

    impl std::error::Error for Outer {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn prints_the_whole_chain() {
        assert_eq!(
            chain(&Outer(std::fmt::Error)),
            format!("the drill was not read: {}", std::fmt::Error)
        );
    }

    #[test]
    fn orders_severities_by_how_much_they_alarm() {
        assert!(Severity::Refused < Severity::Unavailable);
        assert!(Severity::Unavailable < Severity::Internal);
        assert_eq!(Severity::Refused.to_string(), "refused");
    }
}
