//! Errors as the window gets them.
//!
//! Deliberately absent: words of its own for errors of other crates; they say their own.

use super::views::{DetailView, IpcError, ProblemView, SeverityView};
use crate::present::words::sentence_case;
use drillbook_capture::CaptureError;
use drillbook_diagnostic::{Diagnostic, Severity};
use std::error::Error;

impl IpcError {
    /// Returns a refusal by the shell itself.
    pub fn refused(code: &str, sentence: &str, next: &str) -> Self {
        Self::new(SeverityView::Refused, code, sentence, next)
    }

    /// Returns something that is not there or does not answer.
    pub fn unavailable(code: &str, sentence: &str, next: &str) -> Self {
        Self::new(SeverityView::Unavailable, code, sentence, next)
    }

    /// Returns a fault of Drillbook itself.
    pub fn internal(code: &str, sentence: &str) -> Self {
        Self::new(
            SeverityView::Internal,
            code,
            sentence,
            "Open the drill again; it goes on where it was.",
        )
    }

    fn new(severity: SeverityView, code: &str, sentence: &str, next: &str) -> Self {
        Self {
            code: code.to_owned(),
            severity,
            sentence: sentence.to_owned(),
            next: Some(next.to_owned()),
            details: Vec::new(),
        }
    }

    /// Adds the chain of causes, to be shown on demand.
    #[must_use]
    pub fn because(mut self, cause: &dyn Error) -> Self {
        let mut next = Some(cause);
        while let Some(error) = next {
            self.details.push(DetailView {
                name: "cause".to_owned(),
                value: error.to_string(),
                mono: false,
            });
            next = error.source();
        }
        self
    }
}

impl From<IpcError> for ProblemView {
    fn from(error: IpcError) -> Self {
        let IpcError {
            code,
            severity,
            sentence,
            next,
            details,
        } = error;
        Self {
            code,
            severity,
            sentence,
            next,
            details,
        }
    }
}

impl<E: Diagnostic> From<E> for IpcError {
    fn from(error: E) -> Self {
        let said = Self {
            code: error.code().to_owned(),
            severity: match error.severity() {
                Severity::Refused => SeverityView::Refused,
                Severity::Unavailable => SeverityView::Unavailable,
                Severity::Internal => SeverityView::Internal,
            },
            sentence: format!(
                "{}.",
                sentence_case(&error.to_string()).trim_end_matches('.')
            ),
            next: error.remediation(),
            details: Vec::new(),
        };
        match error.source() {
            Some(source) => said.because(source),
            None => said,
        }
    }
}

impl IpcError {
    /// Returns why no picture was taken.
    pub fn not_captured(error: CaptureError) -> Self {
        let next = error.remediation().unwrap_or_default();
        let said = Self::unavailable(
            error.code(),
            &format!("{}.", sentence_case(&error.to_string())),
            &next,
        );
        match error.source() {
            Some(source) => said.because(source),
            None => said,
        }
    }
}
