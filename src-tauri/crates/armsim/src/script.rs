//! The faults that strike before a route is asked: throttling, server errors, expired tokens, a dark region.

use http::Method;

use crate::answer::Answer;
use crate::call::Call;
use crate::desk::Desk;
use crate::fault::{Fault, Kind};
use crate::state::key;
use crate::token;

/// Returns what a request is, as far as faults care.
pub(crate) fn kind(call: &Call) -> Kind {
    let has = |name: &str| call.folded.iter().any(|part| part == name);
    if call.method == Method::POST && has("backupcrossregionrestore") {
        Kind::Restore
    } else if has("backupcrrjob") || has("backupcrroperationsstatus") {
        Kind::Poll
    } else if call.method == Method::GET {
        Kind::Read
    } else {
        Kind::Write
    }
}

/// Refuses or cuts the request if a fault wants it so.
pub(crate) fn strike(desk: &mut Desk, call: &Call) -> Result<(), Answer> {
    let kind = kind(call);
    let nth = desk.seen(kind);
    timed(desk, call, kind, nth)?;
    expire(desk, call, kind, nth)?;
    let site = match kind {
        Kind::Read if nth >= 4 => "read",
        Kind::Poll if nth >= 2 => "poll",
        Kind::Restore => "restore",
        _ => return dark(desk, call),
    };
    if desk.fire(Fault::Throttle, site)? {
        return Err(throttled(site));
    }
    if desk.fire(Fault::ServerError, site)? {
        return Err(unavailable());
    }
    dark(desk, call)
}

fn unavailable() -> Answer {
    Answer::error(503, "ServerTimeout", "The request timed out.").with("Retry-After", "3")
}

/// Refuses the request if a fault was scripted for exactly this one.
fn timed(desk: &mut Desk, call: &Call, kind: Kind, nth: u32) -> Result<(), Answer> {
    if desk.fire_at(Fault::Throttle, kind, nth)? {
        return Err(throttled(kind.name()));
    }
    if desk.fire_at(Fault::ServerError, kind, nth)? {
        return Err(unavailable());
    }
    if desk.is_at(Fault::TokenExpired, kind, nth) {
        let digest = token::digest(call.bearer.as_deref().unwrap_or_default());
        desk.fire_with(Fault::TokenExpired, &digest, Vec::new())?;
        return Err(expired(desk, call));
    }
    Ok(())
}

/// Cuts the connection behind a request that was accepted, if a fault wants it so.
pub(crate) fn cut(desk: &mut Desk, call: &Call) -> Result<(), Answer> {
    let kind = kind(call);
    let nth = desk.count_of(kind);
    if desk.fire_at(Fault::LostResponse, kind, nth)? {
        return Err(Answer::cut());
    }
    Ok(())
}

fn throttled(site: &str) -> Answer {
    match site {
        // Backup's own limits name the wait in the text only.
        "poll" => Answer::error(
            429,
            "ResourceRequestsThrottled",
            "Number of requests for action 'Microsoft.RecoveryServices/locations/backupCrrJob/action' exceeded the \
             limit of '150' for time interval '01:00:00'. Please try again after '24' seconds.",
        ),
        _ => Answer::error(
            429,
            "SubscriptionRequestsThrottled",
            "Number of requests exceeded the limit for this subscription. Please try again after '7' seconds.",
        )
        .with("Retry-After", "7"),
    }
}

/// In the third poll the presented token stops being good, for ever.
fn expire(desk: &mut Desk, call: &Call, kind: Kind, nth: u32) -> Result<(), Answer> {
    let fired = desk
        .world
        .fired
        .iter()
        .any(|(name, _)| name == Fault::TokenExpired.name());
    if !desk.has(Fault::TokenExpired) || fired || kind != Kind::Poll || nth < 3 {
        return Ok(());
    }
    let digest = token::digest(call.bearer.as_deref().unwrap_or_default());
    desk.fire_with(Fault::TokenExpired, &digest, Vec::new())?;
    Err(expired(desk, call))
}

/// The answer to a token that is no longer good.
pub(crate) fn expired(desk: &Desk, call: &Call) -> Answer {
    Answer::error(
        401,
        "ExpiredAuthenticationToken",
        "The access token expiry UTC time has passed. Obtain a new token and try again.",
    )
    .with(
        "WWW-Authenticate",
        format!(
            "Bearer authorization_uri=\"{}/{}\", error=\"invalid_token\", error_description=\"The access token expired\"",
            call.base, desk.scenario.company.tenant
        ),
    )
}

fn dark(desk: &mut Desk, call: &Call) -> Result<(), Answer> {
    if !desk.has(Fault::PrimaryDark) || desk.world.t0.is_none() || !needs_primary(desk, call) {
        return Ok(());
    }
    desk.fire_with(Fault::PrimaryDark, &call.path, Vec::new())?;
    Err(Answer::cut())
}

/// Tells whether only the primary region can answer a request.
fn needs_primary(desk: &Desk, call: &Call) -> bool {
    let primary = desk.scenario.company.primary.clone();
    let Some(at) = call.folded.iter().rposition(|part| part == "providers") else {
        return false;
    };
    let namespace = call.folded.get(at + 1).map_or("", String::as_str);
    let global = [
        "microsoft.authorization",
        "microsoft.resources",
        "microsoft.insights",
        "microsoft.policyinsights",
    ];
    if global.contains(&namespace) {
        return false;
    }
    let rest = &call.folded[at + 2..];
    if rest.first().is_some_and(|part| part == "locations") {
        return rest.get(1) == Some(&primary);
    }
    if namespace == "microsoft.recoveryservices" {
        return rest.len() >= 2 && !call.is_passive() && located(desk, &call.id(at + 4), &primary);
    }
    let id = call.id(call.folded.len());
    if rest.len() >= 2 {
        return located(desk, &id, &primary);
    }
    // A provider's list within a group is asked where the group lies.
    call.folded.len() > 4
        && located(desk, &call.id(at), &primary)
        && call.folded[2] == "resourcegroups"
}

fn located(desk: &Desk, id: &str, region: &str) -> bool {
    desk.world
        .location_of(&key(id))
        .is_some_and(|location| location == region)
}

/// Changes or withholds a scenario's document for faults that are there from the start.
pub(crate) fn withheld(
    doc: &mut serde_json::Value,
    faults: &std::collections::BTreeSet<Fault>,
    secondary: &str,
) -> bool {
    let kind = doc["type"]
        .as_str()
        .unwrap_or_default()
        .to_ascii_lowercase();
    if faults.contains(&Fault::CrrDisabled) {
        if kind == "microsoft.recoveryservices/vaults"
            && doc["properties"]["redundancySettings"].is_object()
        {
            doc["properties"]["redundancySettings"]["crossRegionRestore"] =
                serde_json::json!("Disabled");
        }
        if kind == "microsoft.recoveryservices/vaults/backupstorageconfig" {
            doc["properties"]["crossRegionRestoreFlag"] = serde_json::json!(false);
        }
    }
    faults.contains(&Fault::StagingWrongRegion)
        && kind == "microsoft.storage/storageaccounts"
        && doc["location"].as_str() == Some(secondary)
}
