//! The rules of a runbook.

use crate::locate::Key;
use crate::model::Runbook;
use crate::problem::Level;

/// Checks every rule.
pub(crate) fn lint(_runbook: &Runbook, _report: impl FnMut(&str, Level, &[Key], String, &str)) {}
