//! Who may do what, what is locked, and what policy says.

use serde_json::{Value, json};

use crate::answer::{Answer, Reply, page};
use crate::call::Call;
use crate::desk::Desk;
use crate::fault::Fault;
use crate::scenario::Permission;
use crate::state::restore::container;
use crate::state::{group_of, key};

/// Routes `{scope}/providers/Microsoft.Authorization/…`; `at` is where the last `providers` stands.
pub(crate) fn route(desk: &mut Desk, call: &Call, at: usize) -> Reply {
    let scope = if at == 0 { String::new() } else { call.id(at) };
    let rest: Vec<&str> = call.folded[at + 2..].iter().map(String::as_str).collect();
    match rest.as_slice() {
        ["locks"] => Ok(page(call, locks(desk, &scope))),
        ["locks", _] => super::locks::one(desk, call, &scope),
        ["permissions"] => Ok(page(call, permissions(desk, &scope))),
        ["roleassignments"] => Ok(page(call, roles(desk, &scope, call.filter()))),
        ["policyassignments"] => {
            desk.fire(Fault::StagingWrongRegion, "policy")?;
            Ok(page(call, super::policy::assignments(desk, &scope)))
        }
        ["policydefinitions", name] => super::policy::definition(desk, name),
        ["roledefinitions", name] => role_definition(desk, name),
        _ => Err(super::no_route(call)),
    }
}

fn lock_scope(id: &str) -> String {
    key(id.rsplit_once("/providers/").map_or("", |(scope, _)| scope))
}

fn locks(desk: &Desk, scope: &str) -> Vec<Value> {
    let wanted = key(scope);
    let reaches = |id: &str| {
        let at = lock_scope(id);
        wanted.starts_with(&at) || (wanted.matches('/').count() <= 4 && at.starts_with(&wanted))
    };
    desk.world
        .of_kind("Microsoft.Authorization/locks")
        .filter(|lock| reaches(&lock.id))
        .map(|lock| desk.world.shown(lock, desk.now))
        .collect()
}

/// Refuses a deletion below a lock; for a group also when something inside is locked.
pub(crate) fn locks_against(desk: &Desk, id: &str, inside: bool) -> Result<(), Answer> {
    let wanted = key(id);
    for lock in desk.world.of_kind("Microsoft.Authorization/locks") {
        let scope = lock_scope(&lock.id);
        let above = wanted == scope || wanted.starts_with(&format!("{scope}/"));
        if above || (inside && scope.starts_with(&format!("{wanted}/"))) {
            let spelled = lock
                .id
                .rsplit_once("/providers/")
                .map_or("", |(scope, _)| scope);
            return Err(Answer::error(
                409,
                "ScopeLocked",
                format!(
                    "The scope '{id}' cannot perform delete operation because following scope(s) are locked: \
                     '{spelled}'. Please remove the lock and try again."
                ),
            ));
        }
    }
    Ok(())
}

/// The fault `leftover-locked`: when the cleanup of a restore's group begins, a disk there turns out locked.
pub(crate) fn lock_leftover(desk: &mut Desk, id: &str) -> Result<(), Answer> {
    let group = group_of(id).unwrap_or_default();
    let is_target = desk
        .world
        .restores
        .iter()
        .any(|restore| key(&restore.target_group) == group);
    if !is_target || !desk.has(Fault::LeftoverLocked) || desk.fired(Fault::LeftoverLocked, "disk") {
        return Ok(());
    }
    let disk = desk
        .world
        .of_kind("Microsoft.Compute/disks")
        .find(|disk| group_of(&disk.id).as_ref() == Some(&group))
        .map(|disk| disk.id.clone());
    let Some(disk) = disk else { return Ok(()) };
    let lock = json!({
        "id": format!("{disk}/providers/Microsoft.Authorization/locks/audit-hold"),
        "name": "audit-hold",
        "type": "Microsoft.Authorization/locks",
        "properties": {
            "level": "CanNotDelete",
            "notes": "Set by audit@evergreen.example: legal hold, ask before removing.",
        },
    });
    desk.fire_with(Fault::LeftoverLocked, "disk", vec![lock])
}

/// The fault `left-behind`: when the restored disks are sealed, something else appears beside them.
pub(crate) fn seal_begins(desk: &mut Desk, kind: &str, id: &str) -> Result<(), Answer> {
    let now = desk.now;
    let disk = kind.eq_ignore_ascii_case("Microsoft.Compute/disks");
    let group = group_of(id).unwrap_or_default();
    let found = desk.world.restores.iter().find(|restore| {
        key(&restore.target_group) == group && restore.disks_landed && restore.disks_at <= now
    });
    let Some(restore) = found.cloned() else {
        return Ok(());
    };
    if !disk || !desk.has(Fault::LeftBehind) || desk.fired(Fault::LeftBehind, "seal") {
        return Ok(());
    }
    let name = format!("{}-crr-{}", restore.item, &restore.job[..8]);
    let snapshot = json!({
        "id": format!("{}/providers/Microsoft.Compute/snapshots/{name}", restore.target_group),
        "name": name,
        "type": "Microsoft.Compute/snapshots",
        "location": restore.region,
        "sku": {"name": "Standard_LRS", "tier": "Standard"},
        "properties": {
            "osType": "Linux",
            "creationData": {"createOption": "Copy", "sourceResourceId": id},
            "diskSizeGB": 32,
            "diskState": "Unattached",
            "incremental": true,
            "encryption": {"type": "EncryptionAtRestWithPlatformKey"},
            "networkAccessPolicy": "AllowAll",
            "publicNetworkAccess": "Enabled",
            "timeCreated": crate::timetext::seven(now),
            "provisioningState": "Succeeded",
        },
    });
    let path = format!(
        "{}/blobServices/default/containers/{}-tmp",
        restore.staging, restore.container
    );
    let left = container(&path, now, &["copy-0.vhd".to_owned()]);
    desk.fire_with(Fault::LeftBehind, "seal", vec![snapshot, left])
}

/// What the caller may do at a scope: a guest has actions of its own besides the client's.
fn in_effect(desk: &Desk, scope: &str) -> Vec<Permission> {
    let wanted = key(scope);
    let common = desk.scenario.permissions.iter();
    let mut rows: Vec<Permission> = common
        .filter(|permission| wanted.starts_with(&key(&permission.scope)))
        .cloned()
        .collect();
    let guests = desk.scenario.guests.iter();
    let own = guests.filter(|guest| guest.object_id == desk.caller && !guest.actions.is_empty());
    rows.extend(own.map(|guest| Permission {
        scope: desk.scenario.subscription_id(),
        actions: guest.actions.clone(),
        not_actions: Vec::new(),
        data_actions: Vec::new(),
    }));
    rows
}

fn permissions(desk: &Desk, scope: &str) -> Vec<Value> {
    let rows = in_effect(desk, scope).into_iter().map(|permission| {
        json!({
            "actions": permission.actions,
            "notActions": permission.not_actions,
            "dataActions": permission.data_actions,
            "notDataActions": [],
        })
    });
    rows.collect()
}

/// Refuses what the client's roles do not allow at a scope.
pub(crate) fn require(desk: &Desk, action: &str, scope: &str) -> Result<(), Answer> {
    let allowed = in_effect(desk, scope).into_iter().any(|permission| {
        permission
            .actions
            .iter()
            .any(|pattern| covers(pattern, action))
            && !permission
                .not_actions
                .iter()
                .any(|pattern| covers(pattern, action))
    });
    if allowed {
        return Ok(());
    }
    let known = desk.scenario.applications().into_iter();
    let mut caller = known
        .filter(|known| known.object_id == desk.caller)
        .map(|known| known.client_id);
    Err(Answer::error(
        403,
        "AuthorizationFailed",
        format!(
            "The client '{}' with object id '{}' does not have authorization to perform action '{action}' over \
             scope '{scope}' or the scope is invalid. If access was recently granted, please refresh your \
             credentials.",
            caller.next_back().unwrap_or_default(),
            desk.caller
        ),
    ))
}

/// `*` stands for any sequence, slashes included; case does not matter.
pub(crate) fn covers(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.to_ascii_lowercase(), action.to_ascii_lowercase());
    let parts: Vec<&str> = pattern.split('*').collect();
    let Some((first, rest)) = parts.split_first() else {
        return false;
    };
    let Some(mut left) = action.strip_prefix(first) else {
        return false;
    };
    for (n, part) in rest.iter().enumerate() {
        if n + 1 == rest.len() {
            return left.ends_with(part);
        }
        let Some(found) = left.find(part) else {
            return false;
        };
        left = &left[found + part.len()..];
    }
    left.is_empty()
}

fn roles(desk: &Desk, scope: &str, filter: &str) -> Vec<Value> {
    let wanted = key(scope);
    let at_scope = filter.contains("atScope()");
    let rows = desk.scenario.roles.iter().filter(|role| {
        let at = key(role["scope"].as_str().unwrap_or_default());
        wanted.starts_with(&at) || (!at_scope && at.starts_with(&wanted))
    });
    let given = desk
        .world
        .of_kind("Microsoft.Authorization/roleAssignments");
    let given = given.filter(|role| wanted.starts_with(&lock_scope(&role.id)));
    rows.map(|role| role_document(desk, role))
        .chain(given.map(|role| desk.world.shown(role, desk.now)))
        .collect()
}

fn role_document(desk: &Desk, role: &Value) -> Value {
    let text = |name: &str| role[name].as_str().unwrap_or_default();
    let scope = text("scope");
    let name = crate::names::guid(0, &["role", scope, text("principal"), text("definition")]);
    json!({
        "id": format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{name}"),
        "name": name,
        "type": "Microsoft.Authorization/roleAssignments",
        "properties": {
            "roleDefinitionId": format!(
                "{}/providers/Microsoft.Authorization/roleDefinitions/{}",
                desk.scenario.subscription_id(), text("definition")
            ),
            "principalId": text("principal"),
            "principalType": text("principal_type"),
            "scope": scope,
            "condition": null,
            "conditionVersion": null,
            "createdOn": text("created"),
            "updatedOn": text("created"),
            "createdBy": text("created_by"),
            "updatedBy": text("created_by"),
            "delegatedManagedIdentityResourceId": null,
            "description": role.get("description"),
        },
    })
}

/// `GET …/roleDefinitions/{id}` of the built-in roles that the scenario assigns.
fn role_definition(desk: &Desk, name: &str) -> Reply {
    let known = [
        ("00c29273-979b-4161-815c-10b084fb9324", "Backup Operator"),
        ("acdd72a7-3385-48ef-bd42-f606fba81ae7", "Reader"),
        ("8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Owner"),
        ("b24988ac-6180-42a0-ab88-20f7382dd24c", "Contributor"),
    ];
    let Some((_, shown)) = known.iter().find(|(id, _)| *id == name) else {
        let message = format!("The specified role definition with ID '{name}' does not exist.");
        return Err(Answer::error(404, "RoleDefinitionDoesNotExist", message));
    };
    let sub = desk.scenario.subscription_id();
    Ok(Answer::ok(json!({
        "id": format!("{sub}/providers/Microsoft.Authorization/roleDefinitions/{name}"),
        "name": name,
        "type": "Microsoft.Authorization/roleDefinitions",
        "properties": {"roleName": shown, "type": "BuiltInRole", "assignableScopes": ["/"]},
    })))
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn a_star_stands_for_any_sequence() {
        for (pattern, action, expected) in [
            ("*", "Microsoft.Compute/disks/read", true),
            ("*/read", "Microsoft.Compute/disks/READ", true),
            ("*/read", "Microsoft.Compute/disks/write", false),
            (
                "Microsoft.Compute/*/read",
                "Microsoft.Compute/disks/read",
                true,
            ),
            (
                "Microsoft.Compute/*/read",
                "Microsoft.Network/x/read",
                false,
            ),
            (
                "Microsoft.Compute/disks/read",
                "Microsoft.Compute/disks/read",
                true,
            ),
            (
                "Microsoft.Compute/disks/rea",
                "Microsoft.Compute/disks/read",
                false,
            ),
        ] {
            assert_eq!(covers(pattern, action), expected, "{pattern} {action}");
        }
    }
}
