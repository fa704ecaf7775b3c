//! The fault `somebody-else`: after the restore was accepted, a person who has no part in the drill changes things.

use serde_json::json;

use crate::answer::Answer;
use crate::desk::Desk;
use crate::fault::Fault;
use crate::ledger::Change;
use crate::names;
use crate::state::key;

/// Who it is; a person, as the log calls one.
const WHO: &str = "k.lindqvist@evergreen.example";

/// Starts the machine that is restored, removes a lock of the vault and gives a role on the subscription.
pub(crate) fn meddle(desk: &mut Desk, machine: &str, vault: &str) -> Result<(), Answer> {
    if !desk.fire(Fault::SomebodyElse, "restore")? {
        return Ok(());
    }
    let (at, sub) = (desk.now, desk.scenario.subscription_id());
    if let Some(vm) = desk.world.get(machine).cloned() {
        wrote(
            desk,
            &vm.id,
            "Microsoft.Compute/virtualMachines/start/action",
            vm.requested,
        )?;
    }
    let on_vault = format!("{}/providers/microsoft.authorization/locks/", key(vault));
    let lock = desk
        .world
        .of_kind("Microsoft.Authorization/locks")
        .find(|lock| key(&lock.id).starts_with(&on_vault))
        .map(|lock| lock.id.clone());
    if let Some(id) = lock {
        let change = Change::Deleted {
            id,
            action: "Microsoft.Authorization/locks/delete".to_owned(),
            gone_at: at,
            operation: None,
        };
        desk.commit_as(WHO, change)?;
    }
    let name = names::guid(desk.world.seed, &["somebody-else"]);
    let id = format!("{sub}/providers/Microsoft.Authorization/roleAssignments/{name}");
    let reader = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
    let doc = json!({
        "id": id,
        "name": name,
        "type": "Microsoft.Authorization/roleAssignments",
        "properties": {
            "roleDefinitionId": format!("{sub}/providers/Microsoft.Authorization/roleDefinitions/{reader}"),
            "principalId": names::guid(desk.world.seed, &["somebody-else", "principal"]),
            "principalType": "User",
            "scope": sub,
        },
    });
    wrote(
        desk,
        &id,
        "Microsoft.Authorization/roleAssignments/write",
        doc,
    )
}

fn wrote(desk: &mut Desk, id: &str, action: &str, doc: serde_json::Value) -> Result<(), Answer> {
    let change = Change::Wrote {
        id: id.to_owned(),
        action: action.to_owned(),
        doc,
        ready_at: desk.now,
        operation: None,
    };
    desk.commit_as(WHO, change).map(|_| ())
}
