//! The closed list of tests and their operands.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The closed list of tests; exactly one member besides `ignore_case` is set.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Test {
    /// JSON equality.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equals: Option<Operand>,
    /// The value is one of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one_of: Option<Operand>,
    /// The list or text contains this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contains: Option<Operand>,
    /// Null, missing or empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absent: Option<bool>,
    /// Length of a list, or a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<Operand>,
    /// Length or number at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<Operand>,
    /// Length or number at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<Operand>,
    /// The time is at most that old at T0 (now, before T0).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_at_most: Option<Operand>,
    /// ARM ids, ASCII case folded, `%3B` = `;`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_id: Option<Operand>,
    /// Every element occurs in the operand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subset_of: Option<Operand>,
    /// List now minus list before is within `allowed`, and nothing vanished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference_is: Option<Difference>,
    /// The permissions answer allows every action (contract a.6).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grants: Option<Operand>,
    /// The subnet is isolated (contract f.3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub isolated: Option<Isolated>,
    /// Enumerations of Azure are compared without case.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ignore_case: bool,
}

/// A literal, or a query over the whole scope.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Operand {
    /// `{ query = "…" }`.
    Query(OperandQuery),
    /// A literal.
    Literal(Value),
}

/// A query as an operand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OperandQuery {
    /// JMESPath over the whole scope.
    pub query: String,
}

/// Operand of `difference_is`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// The list before.
    pub before: Operand,
    /// What may be new.
    pub allowed: Operand,
}

/// Operand of `isolated`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Isolated {
    /// Names of security rules that may allow traffic nevertheless.
    #[serde(default)]
    pub allow: Vec<String>,
}

/// Written by hand: an untagged struct also reads a list of its members, and a literal list must stay one.
impl<'de> Deserialize<'de> for Operand {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let query = value.as_object().filter(|members| members.len() == 1);
        match query
            .and_then(|members| members.get("query"))
            .and_then(Value::as_str)
        {
            Some(query) => Ok(Self::Query(OperandQuery {
                query: query.to_owned(),
            })),
            None => Ok(Self::Literal(value)),
        }
    }
}
