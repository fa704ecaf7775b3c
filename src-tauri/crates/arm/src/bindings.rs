//! Values that are born inside an action: bound from answers of the same run, never from storage.
//!
//! `{"$from": name, "query": …}` takes a plain value, `{"$secret": name, "query": …, "set": {…}}` an
//! opaque one, echoed as raw text (trust.md §3). Deliberately absent: a query language; JMESPath
//! comes in as a closure.

use crate::error::ArmError;
use crate::raw::{Members, Node, descend};
use crate::read::Answer;
use drillbook_trust::action::Action;
use drillbook_trust::digest::Digest;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt;
use zeroize::Zeroizing;

/// Evaluates a query over an answer; null counts as not found.
pub type Resolve<'a> =
    dyn Fn(&str, &Value) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> + Sync + 'a;

/// Answers of one run of one action. Cannot be cloned, stored or printed.
pub struct Bindings {
    action: Digest,
    plain: BTreeMap<String, Value>,
    secret: BTreeMap<String, SecretAnswer>,
}

/// An answer that is a bearer secret: in memory only, and as raw text.
pub struct SecretAnswer {
    text: Zeroizing<String>,
    value: Value,
}

impl Bindings {
    /// Begins a run of `action`.
    pub fn of(action: &Action) -> Self {
        Self {
            action: action.digest(),
            plain: BTreeMap::new(),
            secret: BTreeMap::new(),
        }
    }

    /// Adds an answer that this run's read client got for the action's request `name`.
    pub fn adopt(&mut self, name: impl Into<String>, answer: &Answer) {
        self.plain.insert(name.into(), answer.body().clone());
    }

    /// Whether the answer of that request is there.
    pub fn has(&self, name: &str) -> bool {
        self.plain.contains_key(name) || self.secret.contains_key(name)
    }

    /// Forgets every secret, so that the next attempt fetches a fresh one (contract b.8).
    pub fn forget_secrets(&mut self) {
        self.secret.clear();
    }

    pub(crate) fn action(&self) -> Digest {
        self.action
    }

    pub(crate) fn put(&mut self, name: &str, value: Value) {
        self.plain.insert(name.to_owned(), value);
    }

    pub(crate) fn put_secret(&mut self, name: &str, answer: SecretAnswer) {
        self.secret.insert(name.to_owned(), answer);
    }

    pub(crate) fn secret(&self, name: &str) -> Option<&SecretAnswer> {
        self.secret.get(name)
    }
}

impl SecretAnswer {
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        let value = serde_json::from_slice(bytes)?;
        let text = Zeroizing::new(String::from_utf8_lossy(bytes).into_owned());
        Ok(Self { text, value })
    }

    /// The parsed answer, for comparing its resource, container and time with the approved ones.
    pub fn value(&self) -> &Value {
        &self.value
    }
}

impl fmt::Debug for Bindings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bindings")
            .field("action", &self.action)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for SecretAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretAnswer(removed)")
    }
}

/// A body as it is sent, and as it may be recorded: plain values bound, secret ones left declared.
pub(crate) struct Filled {
    pub(crate) sent: Zeroizing<Vec<u8>>,
    pub(crate) shown: Value,
}

/// Binds every declared value of `body`.
pub(crate) fn fill(
    body: &Value,
    bindings: &Bindings,
    resolve: &Resolve<'_>,
) -> Result<Filled, ArmError> {
    let (node, shown) = node_of(body, bindings, resolve)?;
    let sent = serde_json::to_vec(&node).expect("a tree of JSON values is serializable");
    Ok(Filled {
        sent: Zeroizing::new(sent),
        shown,
    })
}

/// Names of the requests whose answers `body` takes as secrets.
pub(crate) fn secrets_in(body: &Value, into: &mut Vec<String>) {
    match body {
        Value::Object(members) => {
            if let Some(Value::String(name)) = members.get("$secret") {
                into.push(name.clone());
            }
            members.values().for_each(|member| secrets_in(member, into));
        }
        Value::Array(items) => items.iter().for_each(|item| secrets_in(item, into)),
        _ => {}
    }
}

fn node_of(
    body: &Value,
    bindings: &Bindings,
    resolve: &Resolve<'_>,
) -> Result<(Node, Value), ArmError> {
    match body {
        Value::Object(members) => {
            if let Some(Value::String(name)) = members.get("$from") {
                let value = from(name, query_of(members), bindings, resolve)?;
                return Ok((Node::Plain(value.clone()), value));
            }
            if let Some(Value::String(name)) = members.get("$secret") {
                let node = secret(name, members, bindings, resolve)?;
                return Ok((node, body.clone()));
            }
            let mut nodes = Vec::with_capacity(members.len());
            let mut shown = Map::new();
            for (name, member) in members {
                let (node, clear) = node_of(member, bindings, resolve)?;
                nodes.push((name.clone(), node));
                shown.insert(name.clone(), clear);
            }
            Ok((Node::Object(nodes), Value::Object(shown)))
        }
        Value::Array(items) => {
            let mut nodes = Vec::with_capacity(items.len());
            let mut shown = Vec::with_capacity(items.len());
            for item in items {
                let (node, clear) = node_of(item, bindings, resolve)?;
                nodes.push(node);
                shown.push(clear);
            }
            Ok((Node::Array(nodes), Value::Array(shown)))
        }
        plain => Ok((Node::Plain(plain.clone()), plain.clone())),
    }
}

fn query_of(members: &Map<String, Value>) -> Option<&str> {
    members
        .get("query")
        .and_then(Value::as_str)
        .filter(|query| !query.is_empty())
}

fn from(
    name: &str,
    query: Option<&str>,
    bindings: &Bindings,
    resolve: &Resolve<'_>,
) -> Result<Value, ArmError> {
    let answer = bindings
        .plain
        .get(name)
        .ok_or_else(|| ArmError::BindingMissing {
            name: name.to_owned(),
        })?;
    let Some(query) = query else {
        return Ok(answer.clone());
    };
    let not_found = || ArmError::BindingQuery {
        name: name.to_owned(),
        query: query.to_owned(),
    };
    match resolve(query, answer) {
        Ok(Value::Null) | Err(_) => Err(not_found()),
        Ok(value) => Ok(value),
    }
}

fn secret(
    name: &str,
    declared: &Map<String, Value>,
    bindings: &Bindings,
    resolve: &Resolve<'_>,
) -> Result<Node, ArmError> {
    let answer = bindings
        .secret
        .get(name)
        .ok_or_else(|| ArmError::BindingMissing {
            name: name.to_owned(),
        })?;
    let query = query_of(declared);
    let not_found = || ArmError::BindingQuery {
        name: name.to_owned(),
        query: query.unwrap_or_default().to_owned(),
    };
    let raw: Box<RawValue> = match query {
        None => serde_json::from_str(&answer.text).map_err(|_| not_found())?,
        Some(query) => match descend(&answer.text, query) {
            Some(found) => found.map_err(|_| not_found())?,
            None => match resolve(query, &answer.value) {
                Ok(Value::Null) | Err(_) => return Err(not_found()),
                Ok(value) => to_raw_value(&value).map_err(|_| not_found())?,
            },
        },
    };
    let Some(Value::Object(set)) = declared.get("set") else {
        return Ok(Node::Raw(raw));
    };
    let Members(members) = serde_json::from_str(raw.get()).map_err(|_| not_found())?;
    let mut nodes: Vec<(String, Node)> = members
        .into_iter()
        .filter(|(member, _)| !set.contains_key(member))
        .map(|(member, value)| (member, Node::Raw(value)))
        .collect();
    nodes.extend(
        set.iter()
            .map(|(member, value)| (member.clone(), Node::Plain(value.clone()))),
    );
    Ok(Node::Object(nodes))
}

#[cfg(test)]
impl Bindings {
    /// Bindings of no particular action.
    pub(crate) fn blank() -> Self {
        Self {
            action: Digest::of(b""),
            plain: BTreeMap::new(),
            secret: BTreeMap::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Bindings, SecretAnswer, fill};
    use crate::error::ArmError;
    use serde_json::{Value, json};

    fn pointer(
        query: &str,
        value: &Value,
    ) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        Ok(value
            .pointer(&format!("/{}", query.replace('.', "/")))
            .cloned()
            .unwrap_or_default())
    }

    fn run() -> Bindings {
        let mut bindings = Bindings::blank();
        bindings.put("aad", json!({"properties": {"tenantId": "t"}}));
        let token = br#"{"name":"1","properties":{"objectType":"x","accessTokenString":"eyJ","resourceId":"123","unknown":12345678901234567890123}}"#;
        bindings.put_secret("token", SecretAnswer::read(token).unwrap());
        bindings
    }

    #[test]
    fn echoes_the_token_whole_and_overrides_only_what_is_set() {
        let body = json!({
            "crossRegionRestoreAccessDetails":
                {"$secret": "token", "query": "properties", "set": {"objectType": "CrrAccessToken"}},
            "restoreRequest": {"tenant": {"$from": "aad", "query": "properties.tenantId"}, "list": [1, "a"]}
        });
        let filled = fill(&body, &run(), &pointer).unwrap();
        let sent = std::str::from_utf8(&filled.sent).unwrap();
        assert!(sent.contains(r#""accessTokenString":"eyJ","resourceId":"123","unknown":12345678901234567890123,"objectType":"CrrAccessToken"}"#), "{sent}");
        assert!(sent.contains(r#""tenant":"t""#), "{sent}");
        assert_eq!(filled.shown["restoreRequest"]["tenant"], "t");
        assert!(!filled.shown.to_string().contains("eyJ"));
        assert!(!format!("{:?}", run()).contains("eyJ"));
    }

    #[test]
    fn refuses_what_this_run_does_not_have() {
        let check = |body: Value| fill(&body, &run(), &pointer).err();
        assert!(matches!(
            check(json!({"a": {"$from": "other", "query": "x"}})),
            Some(ArmError::BindingMissing { .. })
        ));
        // A secret cannot be taken as a plain value, or it would be recorded.
        assert!(matches!(
            check(json!({"a": {"$from": "token", "query": "properties"}})),
            Some(ArmError::BindingMissing { .. })
        ));
        assert!(matches!(
            check(json!({"a": {"$from": "aad", "query": "properties.none"}})),
            Some(ArmError::BindingQuery { .. })
        ));
        assert!(matches!(
            check(json!({"a": {"$secret": "token", "query": "none"}})),
            Some(ArmError::BindingQuery { .. })
        ));
    }
}
