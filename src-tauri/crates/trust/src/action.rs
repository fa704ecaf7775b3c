//! An action: the ordered set of canonical requests that one approval covers.
//!
//! Its digest is over the declared form: a value born inside the action is written as
//! `{"$from":..}` or `{"$secret":..}`, never as the value (trust.md §3).
//! Deliberately absent: sending, and anything that knows what a path means.

use crate::{canonical, digest::Digest, disclosure};
use drillbook_diagnostic::{Diagnostic, Severity};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The most requests of one action.
pub const MAX_REQUESTS: usize = 512;

/// One request exactly as it will be sent, but for the values born inside the action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CanonicalRequest {
    /// Unique within the action; `$from`, `$secret` and a Permit refer to it.
    pub name: String,
    /// The HTTP method, upper-case.
    pub method: String,
    /// Name of the cloud, such as `AzureCloud`, or the simulator's.
    pub cloud: String,
    /// Path from the cloud's root, encoded, without query.
    pub path: String,
    /// The api-version.
    pub api_version: String,
    /// Other query parameters.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub query: BTreeMap<String, String>,
    /// JSON body: an object or an array.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
}

/// An ordered set of requests with the salt that keeps their digest from being guessed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct Action {
    salt: String,
    requests: Vec<CanonicalRequest>,
    digest: Digest,
}

/// The stored shape of an action.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    #[serde(rename = "type")]
    kind: String,
    salt: String,
    requests: Vec<CanonicalRequest>,
}

const TYPE: &str = "drill.action/1";

/// Why requests make no action.
#[derive(Debug, thiserror::Error)]
pub enum ActionError {
    /// No request, or too many.
    #[error("an action holds 1 to {MAX_REQUESTS} requests, not {0}")]
    Count(usize),
    /// Not the unpadded base64url of 16 bytes.
    #[error("the action's salt is not 16 bytes in base64url")]
    Salt,
    /// Two requests of one name, or a nameless one.
    #[error("the request name {0:?} is empty or used twice")]
    Name(String),
    /// Not an HTTP method that ARM knows.
    #[error("the request {0} has an unknown method")]
    Method(String),
    /// A path that does not start at the root, holds a query, or climbs.
    #[error("the path of request {0} is not a plain absolute path")]
    Path(String),
    /// A body that is neither object nor array.
    #[error("the body of request {0} is neither an object nor an array")]
    Body(String),
    /// `$from` or `$secret` in a form that nobody evaluates, or naming the request itself.
    #[error("request {request} declares the value {found} in an unknown form")]
    Declared {
        /// The request.
        request: String,
        /// The member found.
        found: String,
    },
    /// The stored type is another one.
    #[error("the document is not an action")]
    Type,
    /// Floats, keys outside ASCII, too deep or too large.
    #[error("the action has no canonical bytes")]
    Canonical(#[source] canonical::CanonicalError),
}

impl Diagnostic for ActionError {
    fn code(&self) -> &'static str {
        match self {
            Self::Count(_) => "action.count",
            Self::Salt => "action.salt",
            Self::Name(_) => "action.name",
            Self::Method(_) => "action.method",
            Self::Path(_) => "action.path",
            Self::Body(_) => "action.body",
            Self::Declared { .. } => "action.declared",
            Self::Type => "action.type",
            Self::Canonical(_) => "action.canonical",
        }
    }

    fn severity(&self) -> Severity {
        Severity::Refused
    }

    fn remediation(&self) -> Option<String> {
        Some("Correct the action's requests in the runbook, then ask for a new approval.".into())
    }
}

impl Action {
    /// Makes an action of a salt (base64url of 16 bytes) and requests in their order.
    pub fn new(salt: String, requests: Vec<CanonicalRequest>) -> Result<Self, ActionError> {
        check(&salt, &requests)?;
        let parts = Parts {
            kind: TYPE.into(),
            salt,
            requests,
        };
        let bytes = canonical::to_bytes(&parts).map_err(ActionError::Canonical)?;
        Ok(Self {
            salt: parts.salt,
            requests: parts.requests,
            digest: Digest::of(&bytes),
        })
    }

    /// Returns the salt, base64url of 16 bytes.
    #[must_use]
    pub fn salt(&self) -> &str {
        &self.salt
    }

    /// Returns the requests in the order they are sent.
    #[must_use]
    pub fn requests(&self) -> &[CanonicalRequest] {
        &self.requests
    }

    /// Returns the request of that name.
    #[must_use]
    pub fn request(&self, name: &str) -> Option<&CanonicalRequest> {
        self.requests.iter().find(|request| request.name == name)
    }

    /// Returns the SHA-256 of the canonical bytes: what a request document covers.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Returns the canonical bytes.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ActionError> {
        canonical::to_bytes(self).map_err(ActionError::Canonical)
    }

    /// Reads canonical bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ActionError> {
        canonical::from_bytes::<Parts>(bytes)
            .map_err(ActionError::Canonical)?
            .try_into()
    }
}

impl TryFrom<Parts> for Action {
    type Error = ActionError;

    fn try_from(parts: Parts) -> Result<Self, ActionError> {
        if parts.kind != TYPE {
            return Err(ActionError::Type);
        }
        Self::new(parts.salt, parts.requests)
    }
}

impl From<Action> for Parts {
    fn from(action: Action) -> Self {
        Self {
            kind: TYPE.into(),
            salt: action.salt,
            requests: action.requests,
        }
    }
}

fn check(salt: &str, requests: &[CanonicalRequest]) -> Result<(), ActionError> {
    if requests.is_empty() || requests.len() > MAX_REQUESTS {
        return Err(ActionError::Count(requests.len()));
    }
    disclosure::decode_salt(salt).ok_or(ActionError::Salt)?;
    let mut names = BTreeSet::new();
    for request in requests {
        let name = || request.name.clone();
        if request.name.is_empty() || !names.insert(request.name.as_str()) {
            return Err(ActionError::Name(name()));
        }
        if !matches!(
            request.method.as_str(),
            "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE"
        ) {
            return Err(ActionError::Method(name()));
        }
        if !is_plain_path(&request.path) {
            return Err(ActionError::Path(name()));
        }
        if let Some(body) = &request.body {
            canonical::check(body, 0).map_err(ActionError::Canonical)?;
            if !body.is_object() && !body.is_array() {
                return Err(ActionError::Body(name()));
            }
            check_declared(&request.name, body)?;
        }
    }
    Ok(())
}

/// Whether a path is absolute, printable ASCII, and neither climbs nor carries a query.
fn is_plain_path(path: &str) -> bool {
    let printable = path
        .bytes()
        .all(|b| b.is_ascii_graphic() && !matches!(b, b'?' | b'#' | b'\\'));
    let climbs = path.split('/').any(|segment| {
        let segment = segment.to_ascii_lowercase().replace("%2e", ".");
        segment == "." || segment == ".."
    });
    path.starts_with('/') && !path.starts_with("//") && printable && !climbs
}

/// Refuses a declared value that no dispatcher would evaluate as the reviewer read it.
fn check_declared(request: &str, value: &Value) -> Result<(), ActionError> {
    match value {
        Value::Array(elements) => elements.iter().try_for_each(|e| check_declared(request, e)),
        Value::Object(members) => {
            let Some(found) = members.keys().find(|key| key.starts_with('$')) else {
                return members
                    .values()
                    .try_for_each(|m| check_declared(request, m));
            };
            let text = |key: &str| members.get(key).and_then(Value::as_str);
            let (names_another, extra) = if members.contains_key("$secret") {
                (
                    text("$secret"),
                    members.get("set").is_some_and(Value::is_object),
                )
            } else {
                (text("$from"), false)
            };
            let members_known = members.len() == 2 + usize::from(extra);
            let query = text("query").is_some();
            if names_another.is_some_and(|n| n != request) && query && members_known {
                return Ok(());
            }
            Err(ActionError::Declared {
                request: request.into(),
                found: found.clone(),
            })
        }
        _ => Ok(()),
    }
}

/// Returns the paths of the fields in which two actions differ, in order; salts are ignored.
///
/// Requests are compared by name, so that one more request does not hide what else moved.
#[must_use]
pub fn differences(before: &Action, after: &Action) -> Vec<String> {
    let mut found = Vec::new();
    let names = |action: &Action| -> Vec<String> {
        action
            .requests
            .iter()
            .map(|request| request.name.clone())
            .collect()
    };
    for request in &before.requests {
        match after.request(&request.name) {
            None => found.push(format!("{} (no longer there)", request.name)),
            Some(other) => differing(request, other, &mut found),
        }
    }
    for request in &after.requests {
        if before.request(&request.name).is_none() {
            found.push(format!("{} (new)", request.name));
        }
    }
    if found.is_empty() && names(before) != names(after) {
        found.push("order of the requests".into());
    }
    found
}

fn differing(before: &CanonicalRequest, after: &CanonicalRequest, found: &mut Vec<String>) {
    let name = &before.name;
    let mut field = |label: &str, differs: bool| {
        if differs {
            found.push(format!("{name}.{label}"));
        }
    };
    field("method", before.method != after.method);
    field("cloud", before.cloud != after.cloud);
    field("path", before.path != after.path);
    field("api_version", before.api_version != after.api_version);
    let keys: BTreeSet<&String> = before.query.keys().chain(after.query.keys()).collect();
    for key in keys {
        field(
            &format!("query.{key}"),
            before.query.get(key) != after.query.get(key),
        );
    }
    let null = Value::Null;
    walk(
        &format!("{name}.body"),
        before.body.as_ref().unwrap_or(&null),
        after.body.as_ref().unwrap_or(&null),
        found,
    );
}

fn walk(path: &str, before: &Value, after: &Value, found: &mut Vec<String>) {
    match (before, after) {
        (Value::Object(one), Value::Object(two)) => {
            let keys: BTreeSet<&String> = one.keys().chain(two.keys()).collect();
            for key in keys {
                let path = format!("{path}.{key}");
                match (one.get(key), two.get(key)) {
                    (Some(one), Some(two)) => walk(&path, one, two, found),
                    _ => found.push(path),
                }
            }
        }
        (Value::Array(one), Value::Array(two)) if one.len() == two.len() => {
            for (index, (one, two)) in one.iter().zip(two).enumerate() {
                walk(&format!("{path}[{index}]"), one, two, found);
            }
        }
        _ if before == after => {}
        _ => found.push(path.into()),
    }
}

#[cfg(test)]
mod tests;
