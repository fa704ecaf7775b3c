//! One request and its answer, as evidence may keep them.
//!
//! Deliberately absent: anything secret. The full answer lives in memory only (see `Answer`); an
//! [`Exchange`] is what is left after redaction, with a list of what was removed.

use crate::redact::{redact_text, redact_value};
use crate::request::Method;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use url::Url;

/// A request and its answer without secrets, for the journal's evidence store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// HTTP method.
    pub method: Method,
    /// Name of the cloud.
    pub cloud: String,
    /// Host that was asked.
    pub host: String,
    /// Path as it was sent.
    pub path: String,
    /// Query as it was sent, signing parameters removed.
    pub query: String,
    /// Body that was sent, secrets removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_body: Option<Value>,
    /// `x-ms-client-request-id`, the same for each attempt.
    pub client_request_id: String,
    /// HTTP status; none when no answer came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Headers that evidence keeps: `x-ms-*`, `date`, `retry-after`, and of links the host only.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Body of the answer, secrets removed; none when empty or not JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_body: Option<Value>,
    /// Size of the answer's body in bytes.
    #[serde(default)]
    pub response_bytes: u64,
    /// What was removed: `request:…`, `response:…`, `query:…`, `header:…`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<String>,
    /// SHA-256 of the certificate that the host showed, `sha256:…`; none without TLS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
    /// When the last attempt began.
    pub started_at: DateTime<Utc>,
    /// When its answer was whole.
    pub finished_at: DateTime<Utc>,
    /// How often it was sent; always 1 for a changing request.
    pub attempts: u32,
    /// Earlier attempts that did not count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retried: Vec<Retried>,
}

/// An attempt that did not count, and how long the client waited after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retried {
    /// HTTP status; none when no answer came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Azure's code, or why there was no answer.
    pub code: String,
    /// Milliseconds waited before the next attempt.
    pub waited_ms: u64,
}

impl Exchange {
    /// `x-ms-request-id` of the answer.
    pub fn request_id(&self) -> Option<&str> {
        self.headers.get("x-ms-request-id").map(String::as_str)
    }

    /// `x-ms-correlation-request-id` of the answer.
    pub fn correlation_id(&self) -> Option<&str> {
        self.headers
            .get("x-ms-correlation-request-id")
            .map(String::as_str)
    }

    /// Azure's own time of the answer.
    pub fn date(&self) -> Option<DateTime<Utc>> {
        self.headers
            .get("date")
            .and_then(|date| crate::retry::http_date(date))
    }

    /// How far Azure's clock is ahead of ours; whole seconds, because Azure writes no more.
    pub fn skew(&self) -> Option<TimeDelta> {
        self.date()
            .map(|date| TimeDelta::seconds((date - self.finished_at).num_seconds()))
    }

    /// Begins a record of a request that is about to be sent.
    pub(crate) fn begun(
        method: Method,
        cloud: &str,
        url: &Url,
        body: Option<&Value>,
        client_request_id: String,
        now: DateTime<Utc>,
    ) -> Self {
        let mut removed = Vec::new();
        let mut request_body = None;
        if let Some(body) = body {
            let clean = redact_value(body.clone(), "");
            removed.extend(clean.removed.iter().map(|what| format!("request:{what}")));
            request_body = Some(clean.value);
        }
        // The scanner wants to see an address, since `t`, `c`, `s` and `h` sign only there.
        let (query, names) = redact_text(&format!("://?{}", url.query().unwrap_or_default()));
        removed.extend(names.iter().map(|name| format!("query:{name}")));
        Self {
            method,
            cloud: cloud.to_owned(),
            host: crate::cloud::host_and_port(url),
            path: url.path().to_owned(),
            query: query.trim_start_matches("://?").to_owned(),
            request_body,
            client_request_id,
            status: None,
            headers: BTreeMap::new(),
            response_body: None,
            response_bytes: 0,
            removed,
            certificate: None,
            started_at: now,
            finished_at: now,
            attempts: 0,
            retried: Vec::new(),
        }
    }

    /// Completes the record with an answer.
    pub(crate) fn answered(
        &mut self,
        status: u16,
        headers: &reqwest::header::HeaderMap,
        body: &[u8],
        withhold: bool,
    ) {
        self.status = Some(status);
        self.response_bytes = body.len() as u64;
        self.keep_headers(headers);
        if withhold && (200..300).contains(&status) {
            self.removed.push("response:$".to_owned());
            return;
        }
        if let Ok(value) = serde_json::from_slice::<Value>(body) {
            let clean = redact_value(value, &self.path);
            self.removed
                .extend(clean.removed.iter().map(|what| format!("response:{what}")));
            self.response_body = Some(clean.value);
        }
    }

    fn keep_headers(&mut self, headers: &reqwest::header::HeaderMap) {
        for (name, value) in headers {
            let (name, Ok(value)) = (name.as_str(), value.to_str()) else {
                continue;
            };
            let kept = match name {
                "date" | "retry-after" => value.to_owned(),
                "location" | "azure-asyncoperation" => {
                    let host = Url::parse(crate::link::strip_prefix(value)).map_or_else(
                        |_| "(no address)".to_owned(),
                        |u| crate::cloud::host_and_port(&u),
                    );
                    self.removed.push(format!("header:{name}"));
                    host
                }
                _ if name.starts_with("x-ms-") => {
                    let (clean, removed) = redact_text(value);
                    if !removed.is_empty() {
                        self.removed.push(format!("header:{name}"));
                    }
                    clean
                }
                _ => continue,
            };
            self.headers.insert(name.to_owned(), kept);
        }
    }
}
