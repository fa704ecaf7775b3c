//! What a route answers, and ARM's shapes of errors and pages.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::call::Call;

/// How many rows a page has, everywhere: small, so that nobody forgets to turn it.
const PAGE: usize = 2;

/// The body of an answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Body {
    Empty,
    Json(Value),
    Bytes(&'static str, Vec<u8>),
}

/// An answer, or the decision to cut the connection instead.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Body,
    /// The connection is closed without a response.
    pub(crate) cut: bool,
}

/// A route's result; both sides are answers, so that `?` refuses.
pub(crate) type Reply = Result<Answer, Answer>;

impl Answer {
    /// A 200 with a JSON body.
    pub(crate) fn ok(body: Value) -> Answer {
        Answer::json(200, body)
    }

    /// A JSON body with any status.
    pub(crate) fn json(status: u16, body: Value) -> Answer {
        Answer {
            status,
            headers: Vec::new(),
            body: Body::Json(body),
            cut: false,
        }
    }

    /// An answer without a body.
    pub(crate) fn empty(status: u16) -> Answer {
        Answer {
            status,
            headers: Vec::new(),
            body: Body::Empty,
            cut: false,
        }
    }

    /// No answer at all.
    pub(crate) fn cut() -> Answer {
        Answer {
            cut: true,
            ..Answer::empty(0)
        }
    }

    /// ARM's error shape.
    pub(crate) fn error(status: u16, code: &str, message: impl Into<String>) -> Answer {
        Answer::json(
            status,
            json!({"error": {"code": code, "message": message.into()}}),
        )
    }

    /// Adds a header.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Answer {
        self.headers.push((name, value.into()));
        self
    }

    /// ARM's answer for a resource that is not there.
    pub(crate) fn not_found(id: &str) -> Answer {
        let parts: Vec<&str> = id.split('/').collect();
        let group = parts
            .iter()
            .position(|part| part.eq_ignore_ascii_case("resourcegroups"))
            .and_then(|at| parts.get(at + 1))
            .unwrap_or(&"");
        let name = id.rsplit("/providers/").next().unwrap_or(id);
        Answer::error(
            404,
            "ResourceNotFound",
            format!(
                "The Resource '{name}' under resource group '{group}' was not found. For more details please \
                 go to https://aka.ms/ARMResourceNotFoundFix"
            ),
        )
    }
}

/// Cuts `rows` into pages of two and adds `nextLink` on the same host.
pub(crate) fn page(call: &Call, rows: Vec<Value>) -> Answer {
    let from = call
        .query
        .get("$skiptoken")
        .and_then(|token| URL_SAFE_NO_PAD.decode(token).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| text.strip_prefix("row:")?.parse::<usize>().ok())
        .unwrap_or(0);
    // With the fault `pages` an empty page follows the last full one.
    let more = rows.len() > from + PAGE || (call.pages && rows.len() > from);
    let value: Vec<Value> = rows.into_iter().skip(from).take(PAGE).collect();
    let mut body = json!({ "value": value });
    if more {
        body["nextLink"] = json!(next_link(call, from + PAGE));
    } else if call.pages {
        body["nextLink"] = json!("");
    } else if from > 0 {
        body["nextLink"] = Value::Null;
    }
    Answer::ok(body)
}

fn next_link(call: &Call, from: usize) -> String {
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let mut query: Vec<String> = call
        .query
        .iter()
        .filter(|(key, _)| key.as_str() != "$skiptoken")
        .map(|(key, value)| format!("{}={}", key, encode(value)))
        .collect();
    query.push(format!(
        "$skiptoken={}",
        URL_SAFE_NO_PAD.encode(format!("row:{from}"))
    ));
    format!("{}{}?{}", call.base, call.path, query.join("&"))
}
