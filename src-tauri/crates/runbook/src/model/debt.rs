//! What an action owes, how it is found, and how it is deleted.

use super::Condition;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A list read before an action's first request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListBefore {
    /// The name under which the rows are kept.
    pub name: String,
    /// A reference to a resource group, or a path that lists.
    pub list: String,
}

/// What an action leaves behind and how it is proven gone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Debt {
    /// What is owed, in words, with substitutions.
    pub what: String,
    /// Only owed when this holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    /// How the artefacts are found.
    pub find: Find,
    /// How they are deleted.
    pub delete: Deletion,
    /// Proof: `absent` (404 read back).
    pub gone: String,
    /// The wait step before whose end nothing is proven.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled_by: Option<String>,
    /// Query over the scope: cost per day, as a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_per_day: Option<String>,
}

/// How artefacts of a debt are found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, deny_unknown_fields)]
pub enum Find {
    /// What is in a list now and was not before.
    New {
        /// A reference to a resource group, or a path that lists.
        list: String,
        /// Name of an `evidence_before`.
        new_since: String,
    },
    /// The resource a request of this step addressed: `request:<name>`.
    Id {
        /// `request:<name>`.
        id: String,
    },
}

/// How artefacts of a debt are deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deletion {
    /// `found`.
    pub each: String,
    /// The reference within which every deleted id must lie.
    pub within: String,
    /// Resource types deleted before these.
    #[serde(default)]
    pub after: Vec<String>,
    /// `empty`: only when nothing else is inside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only_if: Option<String>,
}
