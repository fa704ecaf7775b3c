//! Fields that a person fills in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Types of fields a person fills in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum FieldType {
    Text,
    LongText,
    Number,
    Time,
    Flag,
    Choice,
    Duration,
    Money,
    Person,
    Reference,
    List,
}

/// What a person states.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// The flat name.
    pub name: String,
    /// What is asked, in words.
    pub label: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// A help text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Proposed value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// What a rehearsal by the built-in cast enters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rehearsal: Option<Value>,
    /// kind `choice`: the options.
    #[serde(default)]
    pub options: Vec<Choice>,
    /// Must be filled in.
    #[serde(default)]
    pub required: bool,
    /// Heading under which the field stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

/// One option of a choice field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// The value.
    pub value: String,
    /// What it is called.
    pub label: String,
}
