//! One request as the routes see it: decoded, with double slashes collapsed and a folded copy to match on.

use std::collections::BTreeMap;

use http::{HeaderMap, Method};
use percent_encoding::percent_decode_str;
use serde_json::Value;

/// The api-versions that the passive stamp of the secondary region answers.
const PASSIVE: [&str; 3] = ["2018-12-20", "2021-11-15", "2023-01-15"];

/// A request.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: Method,
    /// The path as it was sent, without the query.
    pub(crate) path: String,
    /// Decoded segments, as spelled by the client.
    pub(crate) segments: Vec<String>,
    /// The same in lower case, to route by.
    pub(crate) folded: Vec<String>,
    pub(crate) trailing_slash: bool,
    /// Decoded query, keys in lower case.
    pub(crate) query: BTreeMap<String, String>,
    /// The body as JSON; null when there was none.
    pub(crate) body: Value,
    /// The body as a form, for the token endpoint.
    pub(crate) form: BTreeMap<String, String>,
    /// The body could not be read as JSON although it should have been.
    pub(crate) malformed: bool,
    pub(crate) bearer: Option<String>,
    /// Scheme and authority that the client used.
    pub(crate) base: String,
    pub(crate) client_request_id: Option<String>,
    /// The correlation id that the client asked to be used.
    pub(crate) correlation: Option<String>,
    /// The client's models drop what they do not know: the Azure CLI.
    pub(crate) typed: bool,
    /// Its list ends in an empty page.
    pub(crate) pages: bool,
}

impl Call {
    /// Reads a request's parts.
    pub(crate) fn new(
        method: Method,
        uri: &str,
        headers: &HeaderMap,
        body: &[u8],
        base: String,
    ) -> Call {
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        let segments: Vec<String> = path
            .split('/')
            .filter(|part| !part.is_empty())
            .map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned())
            .collect();
        let folded = segments
            .iter()
            .map(|part| part.to_ascii_lowercase())
            .collect();
        let text = |name: &str| {
            headers
                .get(name)
                .and_then(|v| v.to_str().ok())
                .map(str::to_owned)
        };
        let is_form = text("content-type").is_some_and(|kind| kind.contains("form-urlencoded"));
        let parsed = if body.is_empty() || is_form {
            None
        } else {
            Some(serde_json::from_slice(body))
        };
        Call {
            method,
            path: path.to_owned(),
            segments,
            folded,
            trailing_slash: path.len() > 1 && path.ends_with('/'),
            query: form(query.as_bytes(), true),
            malformed: matches!(parsed, Some(Err(_))),
            body: parsed.and_then(Result::ok).unwrap_or(Value::Null),
            form: if is_form {
                form(body, false)
            } else {
                BTreeMap::new()
            },
            bearer: text("authorization")
                .and_then(|v| v.split_once(' ').map(|(_, token)| token.trim().to_owned())),
            base,
            client_request_id: text("x-ms-client-request-id"),
            correlation: text("x-ms-correlation-request-id"),
            typed: text("user-agent").is_some_and(|agent| agent.starts_with("AZURECLI/")),
            pages: false,
        }
    }

    /// Returns the folded segments as slices, to match on.
    pub(crate) fn route(&self) -> Vec<&str> {
        self.folded.iter().map(String::as_str).collect()
    }

    /// Returns the api-version, or an empty text.
    pub(crate) fn version(&self) -> &str {
        self.query.get("api-version").map_or("", String::as_str)
    }

    /// Returns `$filter`, or an empty text.
    pub(crate) fn filter(&self) -> &str {
        self.query.get("$filter").map_or("", String::as_str)
    }

    /// Tells whether the passive stamp answers this api-version.
    pub(crate) fn is_passive(&self) -> bool {
        PASSIVE.contains(&self.version())
    }

    /// Returns the path up to and without segment `end`, as the client spelled it.
    pub(crate) fn id(&self, end: usize) -> String {
        format!(
            "/{}",
            self.segments[..end.min(self.segments.len())].join("/")
        )
    }
}

fn form(bytes: &[u8], fold: bool) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(bytes)
        .map(|(key, value)| {
            let key = if fold {
                key.to_ascii_lowercase()
            } else {
                key.into_owned()
            };
            (key, value.into_owned())
        })
        .collect()
}
