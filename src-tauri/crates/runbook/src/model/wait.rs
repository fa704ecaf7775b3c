//! How a wait ends, and what of its progress is shown.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// When a wait is over. Azure's own words stand above it: what says `Failed`, `Cancelled` or `CompletedWithWarnings` is
/// never passed, and neither is a job that still works or a copy that is not whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Final {
    /// Query: it passed.
    pub passes: String,
    /// Query: it is still running; anything else failed.
    pub running: String,
}

/// How far a wait is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    /// Query: percentage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<String>,
    /// Query: list of tasks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tasks: Option<String>,
    /// Query: Azure's own status word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

/// When to stop waiting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GiveUp {
    /// ISO 8601 duration.
    pub after: String,
    /// `ask` or `fail`.
    pub then: String,
}
