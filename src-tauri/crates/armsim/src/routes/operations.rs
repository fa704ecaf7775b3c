//! Long-running operations: their signed addresses, and what they answer.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use crate::answer::{Answer, Reply};
use crate::call::Call;
use crate::desk::Desk;
use crate::names;
use crate::timetext::seven;

/// How a provider tells where to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// `Azure-AsyncOperation`, below `operations`.
    Operation,
    /// `Azure-AsyncOperation`, below `DiskOperations`.
    Disk,
    /// `Location` only, at the subscription.
    Group,
    /// `Location` only, below the storage provider.
    Storage,
}

/// Adds the headers of a long-running operation to an answer.
pub(crate) fn announce(
    desk: &Desk,
    call: &Call,
    answer: Answer,
    style: Style,
    place: Place,
    op: &str,
) -> Answer {
    let sub = desk.scenario.subscription_id();
    let Place {
        namespace,
        location,
    } = place;
    let path = match style {
        Style::Operation => {
            format!("{sub}/providers/{namespace}/locations/{location}/operations/{op}")
        }
        Style::Disk => {
            format!("{sub}/providers/{namespace}/locations/{location}/DiskOperations/{op}")
        }
        Style::Group => format!("{sub}/operationresults/{op}"),
        Style::Storage => {
            format!("{sub}/providers/{namespace}/locations/{location}/asyncoperations/{op}")
        }
    };
    let url = format!(
        "{}{path}?api-version={}&{}",
        call.base,
        call.version(),
        signature(desk, op)
    );
    let answer = match style {
        Style::Operation | Style::Disk => answer.with("Azure-AsyncOperation", url),
        Style::Group | Style::Storage => answer.with("Location", url),
    };
    answer.with(
        "Retry-After",
        if style == Style::Group { "15" } else { "5" },
    )
}

/// Where an operation runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) namespace: &'a str,
    pub(crate) location: &'a str,
}

fn signature(desk: &Desk, op: &str) -> String {
    let part =
        |name: &str| URL_SAFE_NO_PAD.encode(names::bytes(desk.world.seed, &["lro", name, op]));
    format!(
        "t=639{:015}&c={}&s={}&h={}",
        desk.now.timestamp(),
        part("c"),
        part("s"),
        part("h")
    )
}

/// Refuses an address that was built by hand: the signature must come back as it was given.
fn verbatim(desk: &Desk, call: &Call, op: &str) -> Result<(), Answer> {
    let wanted = URL_SAFE_NO_PAD.encode(names::bytes(desk.world.seed, &["lro", "h", op]));
    if call.query.get("h") == Some(&wanted) {
        return Ok(());
    }
    Err(Answer::error(
        403,
        "SimOperationAddressNotVerbatim",
        "The address of an operation must be used as it was given, with its signature.",
    ))
}

/// `GET …/locations/{location}/operations/{op}`.
pub(crate) fn status(desk: &Desk, call: &Call, location: &str, op: &str) -> Reply {
    verbatim(desk, call, op)?;
    let Some(operation) = desk.world.operations.get(op) else {
        return Err(Answer::error(
            404,
            "NotFound",
            "The operation was not found.",
        ));
    };
    let done = desk.now >= operation.ready_at;
    let mut body = json!({
        "startTime": seven(operation.started),
        "status": if done { "Succeeded" } else { "InProgress" },
        "name": op,
        "location": location,
    });
    if done {
        body["endTime"] = json!(seven(operation.ready_at));
    } else {
        body["endTime"] = json!("0001-01-01T00:00:00");
    }
    let answer = Answer::ok(body);
    Ok(if done {
        answer
    } else {
        answer.with("Retry-After", "5")
    })
}

/// A `Location` address: 202 while it runs, then 200.
pub(crate) fn result(desk: &Desk, call: &Call, op: &str) -> Reply {
    verbatim(desk, call, op)?;
    let Some(operation) = desk.world.operations.get(op) else {
        return Err(Answer::error(
            404,
            "NotFound",
            "The operation was not found.",
        ));
    };
    if desk.now >= operation.ready_at {
        let made = desk
            .world
            .get(&operation.resource)
            .filter(|made| made.gone_at.is_none());
        let body = made.map(|made| desk.world.shown(made, desk.now));
        return Ok(body.map_or_else(|| Answer::empty(200), Answer::ok));
    }
    let url = format!("{}{}", call.base, address(call));
    Ok(Answer::empty(202)
        .with("Location", url)
        .with("Retry-After", "15"))
}

fn address(call: &Call) -> String {
    let query: Vec<String> = call
        .query
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    format!("{}?{}", call.path, query.join("&"))
}
