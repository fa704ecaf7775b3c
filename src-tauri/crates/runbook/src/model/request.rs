//! A declared request: what is sent, how it is followed and how an unknown outcome is cleared up.

use super::Condition;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// What must be alive to answer a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Needs {
    /// The primary region.
    Primary,
    /// The secondary region.
    Secondary,
    /// Neither.
    Global,
}

/// One declared request. Exactly one of `get post put patch delete` is set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Unique within the step.
    pub name: String,
    /// What must be alive to answer.
    pub needs: Needs,
    /// Path of a GET.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub get: Option<String>,
    /// Path of a POST.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<String>,
    /// Path of a PUT.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub put: Option<String>,
    /// Path of a PATCH.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patch: Option<String>,
    /// Path of a DELETE.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delete: Option<String>,
    /// The api-version; generic list, get and delete take it from one table when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    /// `$filter`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// Other query parameters, such as `$expand`.
    #[serde(default)]
    pub query: BTreeMap<String, String>,
    /// JSON body with substitutions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// The equivalent `az` line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub az: Option<String>,
    /// The request of this step whose command does this one too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inside: Option<String>,
    /// HTTP statuses that are answers; any 2xx when absent.
    #[serde(default)]
    pub accept: Vec<u16>,
    /// Left out until that name exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<String>,
    /// Left out unless this holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    /// Sent once for each element of this query's list; `responses.<r>` is then a list of `{item, status, body}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_each: Option<String>,
    /// Its answer is never stored, shown or captured.
    #[serde(default)]
    pub secret: bool,
    /// `operation`: the engine follows `Azure-AsyncOperation` or `Location` to the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follow: Option<Follow>,
    /// How an unknown outcome is cleared up: of every changing POST, and of a PUT that must not be sent twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reconcile: Option<Reconcile>,
    /// A PATCH that may be repeated after this read-back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_back: Option<Condition>,
    /// `prices`: anonymous retail prices, no token ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<Service>,
    /// Fetches a signed address found in this answer, without a token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub download: Option<Download>,
}

/// How a long-running answer is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Follow {
    /// `Azure-AsyncOperation`, else `Location`.
    Operation,
}

/// A service beside ARM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Service {
    /// Retail prices.
    Prices,
}

/// A picture or log behind a signed address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Download {
    /// The request whose answer holds the address.
    pub from: String,
    /// The query that yields the address.
    pub query: String,
}

/// How Azure is asked after an unknown outcome, and which of what it lists could be ours: its jobs, or the resource
/// itself where a second request would be refused or counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reconcile {
    /// Path of a listing POST; one of `post` and `get` is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<String>,
    /// Path of a listing GET, or the address of the request itself: a 404 there is no row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub get: Option<String>,
    /// Its api-version.
    pub api_version: String,
    /// `$filter`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// Its body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// Query over the answer: rows that could be ours.
    pub rows: String,
    /// Query over a row: when it started.
    pub started: String,
    /// Query over a row: what is adopted.
    pub yields: String,
}
