//! What Azure says when it does not do what was asked, in every shape that occurs (contract 0.2).
//!
//! Deliberately absent: translation. Azure's own code, message and ids are kept as they came.

use crate::known::{Known, known};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Which of the shapes of contract 0.2 an error had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// `{"error":{"code","message",…}}`: Azure Resource Manager and all providers.
    Enveloped,
    /// `{"code","message"}` without the envelope.
    Bare,
    /// `{"ErrorCode","Message":{"Value"}}`, the first poll of `backupCrrOperationsStatus`.
    Pascal,
    /// No body at all.
    Empty,
    /// Anything else: not an answer of Azure Resource Manager.
    Foreign,
}

/// An error of Azure, with everything that helps to find it again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AzureError {
    /// HTTP status; 0 when the error came inside a successful answer (a failed operation).
    pub status: u16,
    /// Azure's own code; `""` when it gave none.
    pub code: String,
    /// Azure's own message.
    pub message: String,
    /// What the error is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Nested errors, flattened, outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<Detail>,
    /// `innerError` or `innererror`, as it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inner: Option<Value>,
    /// `additionalInfo`, as it came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub additional: Vec<Value>,
    /// What Azure recommends.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recommendations: Vec<String>,
    /// Whether Azure says that asking again may help (Data Protection).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retryable: Option<bool>,
    /// `x-ms-request-id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// `x-ms-correlation-request-id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
    /// The tenant that `WWW-Authenticate` names as the right one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// In which shape it came.
    pub shape: Shape,
}

/// One nested error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    /// Its code.
    pub code: String,
    /// Its message.
    pub message: String,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
}

/// What `AuthorizationFailed` says is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denied {
    /// The action, such as `Microsoft.Compute/disks/write`.
    pub action: String,
    /// The scope it is missing at.
    pub scope: String,
}

impl AzureError {
    /// Reads an answer's body, whatever its shape.
    pub fn read(status: u16, body: &[u8]) -> Self {
        let mut error = Self::blank(status, Shape::Foreign);
        if body.iter().all(u8::is_ascii_whitespace) {
            error.shape = Shape::Empty;
            return error;
        }
        match serde_json::from_slice::<Value>(body) {
            Ok(value) => Self::of_value(status, &value).unwrap_or(error),
            Err(_) => error,
        }
    }

    /// Reads an error out of a JSON value: an answer, or the `error` of a failed operation.
    pub fn of_value(status: u16, value: &Value) -> Option<Self> {
        if let Some(inside) = value.get("error").filter(|inside| inside.is_object()) {
            return Self::of_object(status, inside, Shape::Enveloped);
        }
        if value.get("ErrorCode").is_some() {
            let mut error = Self::blank(status, Shape::Pascal);
            error.code = text(value, "ErrorCode");
            error.message = match value.get("Message") {
                Some(Value::Object(message)) => message
                    .get("Value")
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned(),
                _ => text(value, "Message"),
            };
            return Some(error);
        }
        Self::of_object(status, value, Shape::Bare)
    }

    /// Whether the answer proves by its shape that Azure Resource Manager wrote it: a non-empty code
    /// in one of its own two shapes.
    pub fn is_arm(&self) -> bool {
        matches!(self.shape, Shape::Enveloped | Shape::Bare) && !self.code.is_empty()
    }

    /// Returns action and scope of a 403 `AuthorizationFailed` or `LinkedAuthorizationFailed`.
    pub fn denied(&self) -> Option<Denied> {
        let between = |start: &str| {
            let after = &self.message[self.message.find(start)? + start.len()..];
            Some(after[..after.find('\'')?].to_owned())
        };
        let action =
            between("perform action '").or_else(|| between("perform the linked action(s) '"));
        let scope = between("over scope '").or_else(|| between("linked scope(s) '"));
        Some(Denied {
            action: action?,
            scope: scope?,
        })
    }

    /// Returns what a person can do about it, as complete imperative sentences (contract 0.2).
    pub fn remedy(&self) -> Option<String> {
        if let Some(denied) = self.denied() {
            return Some(format!(
                "Ask for a role that allows {} at {}, then check the permissions again.",
                denied.action, denied.scope
            ));
        }
        if let (Some(tenant), "InvalidAuthenticationTokenTenant") =
            (&self.tenant, self.code.as_str())
        {
            return Some(format!("Sign in to the tenant {tenant}."));
        }
        match self.known() {
            Some(known) => Some(known.next.to_owned()),
            None => self.recommendations.first().cloned(),
        }
    }

    /// Returns the row of the table of errors that people meet, if it has one for this error.
    pub fn known(&self) -> Option<&'static Known> {
        // Compute says `OperationNotAllowed` also when it is asked too often.
        match (known(&self.code), self.status) {
            (Some(row), status) if status != 429 || self.code != "OperationNotAllowed" => Some(row),
            (_, 429) => known("TooManyRequests"),
            _ => None,
        }
    }

    /// Returns code, message, target and request id in one clause, as Azure has them.
    pub fn told(&self) -> String {
        let about = self.target.iter().map(|target| format!("target {target}"));
        let id = self.request_id.iter().map(|id| format!("request id {id}"));
        let beside: Vec<String> = about.chain(id).collect();
        match beside.as_slice() {
            [] => self.to_string(),
            beside => format!("{self} ({})", beside.join(", ")),
        }
    }

    pub(crate) fn blank(status: u16, shape: Shape) -> Self {
        Self {
            status,
            code: String::new(),
            message: String::new(),
            target: None,
            details: Vec::new(),
            inner: None,
            additional: Vec::new(),
            recommendations: Vec::new(),
            retryable: None,
            request_id: None,
            correlation_id: None,
            tenant: None,
            shape,
        }
    }

    fn of_object(status: u16, object: &Value, shape: Shape) -> Option<Self> {
        object.get("code").or_else(|| object.get("Code"))?;
        let mut error = Self::blank(status, shape);
        error.code = text(object, "code");
        error.message = text(object, "message");
        error.target = object
            .get("target")
            .and_then(Value::as_str)
            .map(str::to_owned);
        error.inner = object
            .get("innerError")
            .or_else(|| object.get("innererror"))
            .cloned();
        error.additional = object
            .get("additionalInfo")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        collect(object, &mut error.details, 0);
        strings(object.get("recommendations"), &mut error.recommendations);
        for info in error.additional.iter().filter_map(|one| one.get("info")) {
            strings(info.get("recommendedAction"), &mut error.recommendations);
            error.retryable = error
                .retryable
                .or_else(|| info.get("isRetryable").and_then(Value::as_bool));
        }
        Some(error)
    }
}

impl std::fmt::Display for AzureError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.code.is_empty(), self.message.is_empty()) {
            (true, _) => write!(f, "status {}", self.status),
            (false, true) => f.write_str(&self.code),
            (false, false) => write!(f, "{}: {}", self.code, self.message.trim_end_matches('.')),
        }
    }
}

/// A member as text; some services write numbers as codes, some start them in upper case.
fn text(object: &Value, key: &str) -> String {
    let pascal = key[..1].to_ascii_uppercase() + &key[1..];
    match object.get(key).or_else(|| object.get(pascal)) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

fn strings(value: Option<&Value>, into: &mut Vec<String>) {
    let items = value.and_then(Value::as_array).into_iter().flatten();
    into.extend(items.filter_map(Value::as_str).map(str::to_owned));
}

fn collect(object: &Value, into: &mut Vec<Detail>, depth: u8) {
    let nested = object
        .get("details")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    for one in nested.take(50) {
        into.push(Detail {
            code: text(one, "code"),
            message: text(one, "message"),
            target: one.get("target").and_then(Value::as_str).map(str::to_owned),
        });
        if depth < 4 && into.len() < 200 {
            collect(one, into, depth + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{AzureError, Denied, Shape};

    fn check(status: u16, body: &str, shape: Shape, code: &str, message: &str) -> AzureError {
        let error = AzureError::read(status, body.as_bytes());
        assert_eq!(
            (error.shape, error.code.as_str(), error.message.as_str()),
            (shape, code, message),
            "{body}"
        );
        error
    }

    #[test]
    fn reads_every_shape_of_the_contract() {
        check(
            404,
            r#"{"error":{"code":"ResourceNotFound","message":"m"}}"#,
            Shape::Enveloped,
            "ResourceNotFound",
            "m",
        );
        check(
            409,
            r#"{"code":"Conflict","message":"m"}"#,
            Shape::Bare,
            "Conflict",
            "m",
        );
        check(
            500,
            r#"{"ErrorCode":"CloudInternalError","Message":{"Language":"en-us","Value":"v"},"Values":[]}"#,
            Shape::Pascal,
            "CloudInternalError",
            "v",
        );
        check(401, " \n", Shape::Empty, "", "");
        check(502, "<html>bad gateway</html>", Shape::Foreign, "", "");
        check(400, r#"{"error":"invalid_client"}"#, Shape::Foreign, "", "");
        check(400, "[1]", Shape::Foreign, "", "");
    }

    #[test]
    fn keeps_details_and_what_data_protection_hides_in_additional_info() {
        let error = AzureError::read(
            400,
            br#"{"error":{"code":"a","message":"m","target":null,"details":[{"code":"b","message":"n","details":[{"code":"c"}]}],
               "additionalInfo":[{"type":"UserFacingError","info":{"recommendedAction":["Wait."],"isRetryable":false}}]}}"#,
        );
        let codes: Vec<_> = error.details.iter().map(|d| d.code.as_str()).collect();
        assert_eq!(codes, ["b", "c"]);
        assert_eq!(error.retryable, Some(false));
        assert_eq!(error.remedy().as_deref(), Some("Wait."));
    }

    #[test]
    fn names_the_missing_action_and_scope() {
        let error = check(
            403,
            r#"{"error":{"code":"AuthorizationFailed","message":"The client 'x' with object id 'y' does not have authorization to perform action 'Microsoft.Compute/disks/write' over scope '/subscriptions/0' or the scope is invalid."}}"#,
            Shape::Enveloped,
            "AuthorizationFailed",
            "The client 'x' with object id 'y' does not have authorization to perform action 'Microsoft.Compute/disks/write' over scope '/subscriptions/0' or the scope is invalid.",
        );
        assert_eq!(
            error.denied(),
            Some(Denied {
                action: "Microsoft.Compute/disks/write".into(),
                scope: "/subscriptions/0".into()
            })
        );
    }

    #[test]
    fn only_arms_own_shapes_prove_that_arm_answered() {
        assert!(AzureError::read(429, br#"{"error":{"code":"TooManyRequests"}}"#).is_arm());
        assert!(!AzureError::read(429, b"slow down").is_arm());
        assert!(!AzureError::read(429, b"").is_arm());
        assert!(!AzureError::read(400, br#"{"error":{"code":""}}"#).is_arm());
    }
}
