//! What a restore token must say before it is sent back: that it is for the approved vault, container and
//! recovery point. Everything else in it is opaque (contract b.8).

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use drillbook_runbook::reference::segment;
use drillbook_trust::action::Action;
use serde_json::Value;

/// How Azure writes the time of a recovery point into a token: UTC, whole seconds.
const TIMES: [&str; 2] = ["%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M:%S"];

/// Compares a token with the action that was approved and the time of the recovery point that was chosen.
///
/// # Errors
/// Names the member that differs. A member that the answer does not have proves nothing.
pub(super) fn approved(
    action: &Action,
    chosen: Option<DateTime<Utc>>,
    token: &Value,
) -> Result<(), String> {
    let Some(request) = action
        .requests()
        .iter()
        .find(|one| one.path.to_ascii_lowercase().ends_with("/accesstoken"))
    else {
        return Ok(());
    };
    let path = drillbook_core::decode_id(&request.path);
    let point = &path[..path.len() - "/accessToken".len()];
    let text = |pointer: &str| token.pointer(pointer).and_then(Value::as_str);
    let own = |name: &str| segment(point, name).unwrap_or_default();
    let fits = |pointer: &str, holds: &dyn Fn(&str) -> bool| match text(pointer) {
        Some(value) if !holds(value) => Err(pointer.to_owned()),
        _ => Ok(()),
    };
    fits("/name", &|name| {
        name.eq_ignore_ascii_case(&own("recoveryPoints"))
    })?;
    fits("/properties/resourceName", &|vault| {
        vault.eq_ignore_ascii_case(&own("vaults"))
    })?;
    fits("/properties/containerName", &|container| {
        is_container(container, &own("protectionContainers"))
    })?;
    fits("/properties/recoveryPointTime", &|time| {
        chosen.is_none_or(|chosen| is_time(time, chosen))
    })
}

/// A token names the container without the kind that a path has before it.
fn is_container(token: &str, path: &str) -> bool {
    let (token, path) = (token.to_ascii_lowercase(), path.to_ascii_lowercase());
    !token.is_empty() && (path == token || path.ends_with(&format!(";{token}")))
}

/// A time that cannot be read is not the chosen one.
fn is_time(token: &str, chosen: DateTime<Utc>) -> bool {
    let plain = |form: &&str| NaiveDateTime::parse_from_str(token, form).ok();
    let read = token
        .parse::<DateTime<Utc>>()
        .ok()
        .or_else(|| TIMES.iter().find_map(plain).map(|at| at.and_utc()));
    // Fractions were cut off or rounded on the way.
    read.is_some_and(|at| (at - chosen).abs() <= TimeDelta::seconds(1))
}

#[cfg(test)]
mod tests {
    use super::approved;
    use chrono::{DateTime, Utc};
    use drillbook_trust::action::{Action, CanonicalRequest};
    use serde_json::{Value, json};

    const POINT: &str = "/subscriptions/s1/resourceGroups/rg/providers/Microsoft.RecoveryServices/vaults/rsv/\
        backupFabrics/Azure/protectionContainers/IaasVMContainer;iaasvmcontainerv2;rg;vm/\
        protectedItems/VM;iaasvmcontainerv2;rg;vm/recoveryPoints/26083826328862";

    fn action() -> Action {
        let request = CanonicalRequest {
            name: "token".to_owned(),
            method: "POST".to_owned(),
            cloud: "simulator".to_owned(),
            path: format!("{}/accessToken", POINT.replace(';', "%3B")),
            api_version: "2021-11-15".to_owned(),
            query: [].into(),
            body: None,
        };
        Action::new("AAAAAAAAAAAAAAAAAAAAAA".to_owned(), vec![request]).unwrap()
    }

    fn chosen() -> DateTime<Utc> {
        "2019-10-03T01:35:19.4821337Z".parse().unwrap()
    }

    fn token() -> Value {
        json!({"id": POINT, "name": "26083826328862", "properties": {
            "resourceName": "RSV", "containerName": "iaasvmcontainerv2;rg;vm",
            "recoveryPointId": "2252884060104889907", "recoveryPointTime": "10/3/2019 1:35:19 AM"}})
    }

    #[test]
    fn the_token_of_the_approved_point_is_taken() {
        assert_eq!(approved(&action(), Some(chosen()), &token()), Ok(()));
        let bare = json!({"properties": {"accessTokenString": "x"}});
        assert_eq!(approved(&action(), Some(chosen()), &bare), Ok(()));
    }

    #[test]
    fn a_token_for_anything_else_is_refused_by_the_member_that_differs() {
        for (member, value) in [
            ("/name", "26083826328863".to_owned()),
            ("/properties/resourceName", "other".to_owned()),
            ("/properties/containerName", "vm".to_owned() + "2"),
            ("/properties/containerName", String::new()),
            (
                "/properties/recoveryPointTime",
                "10/3/2019 1:35:19 PM".to_owned(),
            ),
            (
                "/properties/recoveryPointTime",
                "10/2/2019 1:35:19 AM".to_owned(),
            ),
            ("/properties/recoveryPointTime", "yesterday".to_owned()),
        ] {
            let mut other = token();
            *other.pointer_mut(member).unwrap() = json!(value);
            let refused = approved(&action(), Some(chosen()), &other);
            assert_eq!(refused, Err(member.to_owned()), "{value}");
        }
    }
}
