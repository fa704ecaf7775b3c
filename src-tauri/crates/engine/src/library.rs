//! The built-in runbooks, compiled in; the engine knows none of them by its id.

use crate::error::EngineError;
use drillbook_runbook::{Level, Runbook, parse};
use std::sync::Arc;

/// Folder and text of each built-in runbook.
const BUILT_IN: &[(&str, &str)] = &[(
    "vm-disks-cross-region/runbook.toml",
    include_str!("../../../runbooks/vm-disks-cross-region/runbook.toml"),
)];

/// Returns the built-in runbooks.
///
/// # Errors
/// [`EngineError::BrokenRunbook`] when one does not pass the linter; a test sees to that.
pub fn built_in() -> Result<Vec<Arc<Runbook>>, EngineError> {
    BUILT_IN
        .iter()
        .map(|(file, text)| read(file, text))
        .collect()
}

/// Returns file name and text of each built-in runbook.
pub fn sources() -> &'static [(&'static str, &'static str)] {
    BUILT_IN
}

/// Reads one runbook; warnings are no obstacle.
///
/// # Errors
/// [`EngineError::BrokenRunbook`] with the first problem.
pub fn read(file: &str, text: &str) -> Result<Arc<Runbook>, EngineError> {
    let parsed = parse(text, file);
    let first = parsed
        .problems
        .iter()
        .find(|problem| problem.severity == Level::Error);
    match (parsed.runbook, first) {
        (Some(runbook), None) => Ok(Arc::new(runbook)),
        (_, problem) => Err(EngineError::BrokenRunbook {
            runbook: file.to_owned(),
            problem: problem.map(ToString::to_string).unwrap_or_default(),
        }),
    }
}
