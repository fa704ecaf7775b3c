//! The further pages of a listing (contract 0.4).
//!
//! Deliberately absent: building a page's address. `nextLink` is followed verbatim, after it was
//! checked and before a token is attached, or not at all.

use crate::error::ArmError;
use crate::exchange::Exchange;
use crate::http::{Http, Sending};
use crate::link::{LinkRefused, check_arm_link};
use crate::read::{Answer, json};
use crate::request::{Method, ReadRequest, address};
use serde_json::{Value, json};
use std::collections::HashSet;

/// How a listing says that there is more.
struct Form {
    rows: &'static str,
    more: &'static str,
}

const ARM: Form = Form {
    rows: "value",
    more: "nextLink",
};
const RESOURCE_GRAPH: Form = Form {
    rows: "data",
    more: "$skipToken",
};

/// What is gathered while pages come in.
struct Gathered {
    rows: Vec<Value>,
    exchanges: Vec<Exchange>,
    bytes: u64,
}

/// Follows the pages behind `first` and joins their rows into its body.
pub(crate) async fn rest(
    http: &Http,
    request: &ReadRequest,
    first: Answer,
) -> Result<Answer, ArmError> {
    let form = if first.body().get("value").is_some_and(Value::is_array) {
        ARM
    } else if request
        .path
        .to_ascii_lowercase()
        .ends_with("microsoft.resourcegraph/resources")
    {
        RESOURCE_GRAPH
    } else {
        return Ok(first);
    };
    let (status, mut body, exchanges) = first.parts();
    let bytes = exchanges.iter().map(|e| e.response_bytes).sum();
    let mut gathered = Gathered {
        rows: take_rows(&mut body, &form),
        exchanges,
        bytes,
    };
    let mut next = more(&body, &form);
    let mut seen = HashSet::new();
    while let Some(link) = next {
        if !seen.insert(link.clone()) {
            return Err(LinkRefused::Loop.into());
        }
        if gathered.exchanges.len() >= http.limits.pages {
            return Err(ArmError::TooManyPages {
                limit: http.limits.pages,
            });
        }
        let mut page = fetch(http, request, &form, &link, &mut gathered).await?;
        gathered.rows.append(&mut take_rows(&mut page, &form));
        if gathered.bytes > http.limits.listing_bytes as u64 {
            return Err(ArmError::TooLarge {
                limit: http.limits.listing_bytes,
            });
        }
        next = more(&page, &form);
    }
    if let Some(object) = body.as_object_mut() {
        object.insert(form.rows.to_owned(), Value::Array(gathered.rows));
        object.remove(form.more);
    }
    Ok(Answer::new(status, body, gathered.exchanges))
}

async fn fetch(
    http: &Http,
    request: &ReadRequest,
    form: &Form,
    link: &str,
    gathered: &mut Gathered,
) -> Result<Value, ArmError> {
    let result = if form.more == RESOURCE_GRAPH.more {
        let mut body = request.body.clone().unwrap_or_else(|| json!({}));
        if !body["options"].is_object() {
            body["options"] = json!({});
        }
        body["options"]["$skipToken"] = Value::from(link);
        again(http, request, Some(body), None).await
    } else {
        let sending = Sending {
            method: Method::Get,
            url: check_arm_link(&http.cloud, link)?,
            shown: None,
            bytes: None,
            signed_in: true,
            withhold: false,
            hurried: false,
        };
        let got = http
            .persist(&sending, &|status| request.accepts(status))
            .await;
        match (got, request.method) {
            // The link of a POST listing is tried with GET first; some services want the POST again.
            (Err(ArmError::Answered { error, exchange }), Method::Post)
                if matches!(error.status, 404 | 405) =>
            {
                let Some(token) = skip_token(link) else {
                    return Err(ArmError::Answered { error, exchange });
                };
                gathered.exchanges.push(*exchange);
                again(http, request, request.body.clone(), Some(token)).await
            }
            (got, _) => got,
        }
    };
    let (_, value, exchange) = json(result?)?;
    gathered.bytes += exchange.response_bytes;
    gathered.exchanges.push(exchange);
    Ok(value)
}

/// Sends the listing's own POST again, with a skip token in its query or its body.
async fn again(
    http: &Http,
    request: &ReadRequest,
    body: Option<Value>,
    token: Option<String>,
) -> Result<crate::http::Received, ArmError> {
    let mut query = request.query.clone();
    if let Some(token) = token {
        query.insert("$skipToken".to_owned(), token);
    }
    let sending = Sending {
        method: request.method,
        url: address(
            http.cloud.arm(),
            &request.path,
            &request.api_version,
            &query,
        )?,
        shown: body.as_ref(),
        bytes: None,
        signed_in: true,
        withhold: false,
        hurried: false,
    };
    http.persist(&sending, &|status| request.accepts(status))
        .await
}

fn take_rows(body: &mut Value, form: &Form) -> Vec<Value> {
    match body.get_mut(form.rows).map(Value::take) {
        Some(Value::Array(rows)) => rows,
        _ => Vec::new(),
    }
}

/// `""`, null and absence all mean the end.
fn more(body: &Value, form: &Form) -> Option<String> {
    body.get(form.more)
        .and_then(Value::as_str)
        .filter(|s| !s.is_empty())
        .map(str::to_owned)
}

fn skip_token(link: &str) -> Option<String> {
    let url = url::Url::parse(link).ok()?;
    url.query_pairs()
        .find(|(name, _)| name.eq_ignore_ascii_case("$skiptoken"))
        .map(|(_, value)| value.into_owned())
}
