//! Errors as the window gets them.
//!
//! Deliberately absent: words of its own for errors of other crates; they say their own.

use super::views::{DetailView, IpcError, ProblemView, SeverityView};
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
        let IpcError { code, severity, sentence, next, details } = error;
        Self { code, severity, sentence, next, details }
    }
}
