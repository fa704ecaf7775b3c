//! From a request to an answer: who may ask, then which provider answers.

pub(crate) mod access;
pub(crate) mod authorization;
pub(crate) mod backup;
mod blobs;
mod collections;
mod compute;
pub(crate) mod control;
mod crr;
pub(crate) mod defaults;
mod disks;
mod generic;
mod groups;
mod insights;
mod jobs;
mod locks;
mod login;
mod machine;
mod network;
pub(crate) mod operations;
pub(crate) mod points;
mod policy;
mod prices;
mod protection;
mod room;
mod site_recovery;
mod storage;
mod subscription;
mod workload;

use crate::answer::{Answer, Reply};
use crate::call::Call;
use crate::desk::Desk;
use crate::token::{self, Refused};
use crate::{quirks, script, versions};

/// Answers a request.
pub(crate) fn answer(desk: &mut Desk, call: &Call) -> Answer {
    desk.count(&label(call));
    open(desk, call)
        .unwrap_or_else(|| arm(desk, call))
        .unwrap_or_else(|refusal| refusal)
}

/// Routes that need no token.
fn open(desk: &mut Desk, call: &Call) -> Option<Reply> {
    match call.route().as_slice() {
        ["metadata", "endpoints"] => Some(login::endpoints(desk, call)),
        ["simulator", ..] => Some(control::route(desk, call)),
        ["api", "retail", "prices"] => Some(prices::list(desk, call)),
        ["blobs", rest @ ..] => Some(blobs::download(desk, call, rest)),
        [_, "v2.0", ".well-known", "openid-configuration"]
        | [_, ".well-known", "openid-configuration"] => Some(login::configuration(desk, call)),
        [_, "discovery", "instance"] => Some(login::discovery(call)),
        [_, "oauth2", "v2.0", "token"] => Some(login::token(desk, call)),
        _ => None,
    }
}

fn arm(desk: &mut Desk, call: &Call) -> Reply {
    admit(desk, call)?;
    versions::check(call)?;
    if call.malformed {
        return Err(Answer::error(
            400,
            "InvalidRequestContent",
            "The request content was invalid.",
        ));
    }
    script::strike(desk, call)?;
    let call = &quirks::bent(desk, call)?;
    let answer = dispatch(desk, call)?;
    script::cut(desk, call)?;
    quirks::noted(desk, call, &answer)?;
    Ok(answer)
}

fn dispatch(desk: &mut Desk, call: &Call) -> Reply {
    match call.route().as_slice() {
        ["tenants"] => subscription::tenants(desk, call),
        ["subscriptions"] => subscription::list(desk, call),
        ["subscriptions", id, rest @ ..] if *id == desk.scenario.company.subscription => {
            provider(desk, call, rest)
        }
        ["subscriptions", id, ..] => Err(Answer::error(
            404,
            "SubscriptionNotFound",
            format!("The subscription '{id}' could not be found."),
        )),
        ["providers", "microsoft.authorization", ..] => authorization::route(desk, call, 0),
        _ => Err(no_route(call)),
    }
}

fn provider(desk: &mut Desk, call: &Call, rest: &[&str]) -> Reply {
    match rest {
        [] => subscription::get(desk),
        ["locations"] => subscription::locations(desk),
        ["resources"] => groups::resources(desk, call, None),
        ["resourcegroups"] => groups::list(desk, call),
        ["resourcegroups", _] => groups::one(desk, call),
        ["resourcegroups", group, "resources"] => groups::resources(desk, call, Some(group)),
        ["operationresults", op] => operations::result(desk, call, op),
        ["providers", namespace] => subscription::registration(desk, namespace),
        _ => by_namespace(desk, call),
    }
}

fn by_namespace(desk: &mut Desk, call: &Call) -> Reply {
    let Some(at) = call.folded.iter().rposition(|part| part == "providers") else {
        return Err(no_route(call));
    };
    let parts: Vec<String> = call.folded[at + 1..].to_vec();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match parts.as_slice() {
        ["microsoft.authorization", ..] => authorization::route(desk, call, at),
        ["microsoft.resources", "tags", "default"] => groups::tags(desk, call, at),
        ["microsoft.insights", "eventtypes", ..] => insights::log(desk, call),
        ["microsoft.insights", "diagnosticsettings"] => insights::diagnostics(desk, call, at),
        ["microsoft.resourcehealth", rest @ ..] => insights::health(desk, call, at, rest),
        ["microsoft.policyinsights", ..] => policy::restrictions(desk, call),
        ["microsoft.alertsmanagement", ..] => quirks::alerts(desk, call),
        ["microsoft.dataprotection", rest @ ..] => protection::route(desk, call, at, rest),
        ["microsoft.security", "assessments"] => insights::assessments(desk, call, at),
        ["microsoft.security", ..] => Ok(Answer::ok(serde_json::json!({"value": []}))),
        [
            "microsoft.recoveryservices",
            "locations",
            location,
            rest @ ..,
        ] => crr::route(desk, call, location, rest),
        ["microsoft.recoveryservices", "vaults", _, rest @ ..]
            if rest
                .first()
                .is_some_and(|first| site_recovery::is_meant(first)) =>
        {
            site_recovery::route(desk, call, at + 4, rest)
        }
        ["microsoft.recoveryservices", "vaults", _, rest @ ..] if !rest.is_empty() => {
            backup::route(desk, call, at + 4, rest)
        }
        [
            _,
            "locations",
            location,
            "operations" | "diskoperations",
            op,
        ] => operations::status(desk, call, location, op),
        ["microsoft.storage", "locations", _, "asyncoperations", op] => {
            operations::result(desk, call, op)
        }
        ["microsoft.storage", "locations", location, "usages"] => {
            storage::usages(desk, call, location)
        }
        ["microsoft.storage", "checknameavailability"] => storage::name_availability(desk, call),
        ["microsoft.compute", "locations", location, "usages"] => {
            room::usages(desk, call, location)
        }
        ["microsoft.compute", "skus"] => room::skus(desk, call),
        ["microsoft.network", "locations", location, "usages"] => {
            network::usages(desk, call, location)
        }
        ["microsoft.keyvault", "deletedvaults"] => Ok(Answer::ok(serde_json::json!({"value": []}))),
        [
            "microsoft.compute",
            "restorepointcollections",
            _,
            "restorepoints",
            _,
            "diskrestorepoints",
            rest @ ..,
        ] => collections::disk_points(desk, call, at + 6, rest),
        ["microsoft.compute", "virtualmachines", _, action] => {
            machine::action(desk, call, at + 4, action)
        }
        [
            "microsoft.network",
            "networkinterfaces",
            _,
            "effectivenetworksecuritygroups",
        ] => network::effective(desk, call, at + 4),
        _ => generic::route(desk, call, at),
    }
}

/// Lets in who carries a good token of the right tenant.
fn admit(desk: &mut Desk, call: &Call) -> Result<(), Answer> {
    let tenant = &desk.scenario.company.tenant;
    let challenge = |error: &str| {
        format!(
            "Bearer authorization_uri=\"{}/{tenant}\", error=\"{error}\"",
            call.base
        )
    };
    let refuse = |code: &str, message: String| {
        Answer::error(401, code, message).with("WWW-Authenticate", challenge("invalid_token"))
    };
    let Some(bearer) = call.bearer.as_deref() else {
        return Err(refuse(
            "AuthenticationFailed",
            "Authentication failed. The 'Authorization' header is missing.".to_owned(),
        ));
    };
    if desk.world.refused_tokens.contains(&token::digest(bearer)) {
        return Err(script::expired(desk, call));
    }
    let tenants: Vec<String> = desk
        .scenario
        .applications()
        .into_iter()
        .map(|application| application.tenant)
        .collect();
    let caller = token::check(desk.world.seed, bearer, &tenants).map_err(|refused| match refused {
        Refused::Invalid => {
            refuse("InvalidAuthenticationToken", "The access token is invalid.".to_owned())
        }
        Refused::Expired => script::expired(desk, call),
        Refused::Audience => refuse(
            "InvalidAuthenticationTokenAudience",
            "The access token has been obtained for wrong audience or resource.".to_owned(),
        ),
        Refused::Tenant => refuse(
            "InvalidAuthenticationTokenTenant",
            format!(
                "The access token is from the wrong issuer. It must match the tenant '{tenant}' associated with \
                 this subscription."
            ),
        ),
    })?;
    desk.caller = caller;
    Ok(())
}

/// Says that nothing is scripted at this address, in a way that cannot be taken for Azure's word.
pub(crate) fn no_route(call: &Call) -> Answer {
    Answer::error(
        404,
        "SimNotScripted",
        format!(
            "The simulator has nothing scripted for {} {}.",
            call.method, call.path
        ),
    )
}

/// Names the kind of a request for the counts: the method and the last fixed segment of its address.
pub(crate) fn label(call: &Call) -> String {
    let segments = &call.segments;
    let at = call
        .folded
        .iter()
        .rposition(|part| part == "providers")
        .map_or(0, |at| at + 2);
    let rest = &segments[at.min(segments.len())..];
    let is_location = rest
        .first()
        .is_some_and(|part| part.eq_ignore_ascii_case("locations"));
    let name = if is_location {
        rest.get(2)
    } else {
        rest.iter().step_by(2).next_back()
    };
    format!("{} {}", call.method, name.map_or("/", String::as_str))
}
