//! What hangs below a vault: items, points, jobs and settings, for the active and the passive stamp.

use http::Method;
use serde_json::{Value, json};

use super::crr::own;
use super::points::{self, Stamp, find, item_document, point_document};
use super::{access, jobs, workload};
use crate::answer::{Answer, Reply, page};
use crate::call::Call;
use crate::desk::Desk;
use crate::fault::Fault;
use crate::odata;
use crate::scenario::{Item, Workload};
use crate::timetext::read_filter_date;

/// Routes `…/vaults/{vault}/…`; `end` is where the vault's id ends.
pub(crate) fn route(desk: &mut Desk, call: &Call, end: usize, rest: &[&str]) -> Reply {
    let asked = call.id(end);
    let Some(vault) = desk.world.get(&asked).map(|vault| vault.id.clone()) else {
        return Err(Answer::not_found(&asked));
    };
    if call.is_passive() && !matches!(rest, ["backupstorageconfig", _]) {
        replicated(desk, &vault)?;
    }
    match rest {
        ["backupprotecteditems"] => list_items(desk, call, &vault),
        ["backupprotectioncontainers"] => containers(desk, call, &vault),
        [
            "backupfabrics",
            "azure",
            "protectioncontainers",
            _,
            "protecteditems",
            item,
            tail @ ..,
        ] => below_item(desk, call, &vault, item, tail),
        [
            "backupfabrics",
            "azure",
            "protectioncontainers",
            container,
            tail @ ..,
        ] => below_container(desk, call, &vault, container, tail),
        ["backupprotectableitems"] => Ok(page(call, workload::protectable(desk, &vault))),
        // Nothing here protects itself.
        ["backupprotectionintents"] => Ok(page(call, Vec::new())),
        ["backupjobs"] => jobs::list(desk, call, &vault),
        ["backupjobs", name] => jobs::one(desk, call, &vault, name),
        ["backupusagesummaries"] => jobs::usage(desk, call, &vault),
        ["backupstorageconfig", _] => {
            desk.fire(Fault::CrrDisabled, "storage-config")?;
            super::generic::route(desk, call, end - 4)
        }
        _ => super::generic::route(desk, call, end - 4),
    }
}

pub(super) fn name_of(vault: &str) -> String {
    vault.rsplit('/').next().unwrap_or_default().to_owned()
}

/// Refuses passive calls for a vault without cross-region restore.
pub(crate) fn replicated(desk: &mut Desk, vault: &str) -> Result<(), Answer> {
    let flag = |id: &str, pointer: &str| {
        desk.world
            .get(id)
            .and_then(|found| found.requested.pointer(pointer).cloned())
    };
    let new = flag(vault, "/properties/redundancySettings/crossRegionRestore");
    let old = flag(
        &format!("{vault}/backupstorageconfig/vaultstorageconfig"),
        "/properties/crossRegionRestoreFlag",
    );
    if new == Some(json!("Enabled")) || old == Some(json!(true)) {
        return Ok(());
    }
    desk.fire(Fault::CrrDisabled, "passive")?;
    Err(Answer::error(
        400,
        "BMSUserErrorCrossRegionRestoreNotEnabledInThisVault",
        "Cross Region Restore is not enabled in this vault. Please enable Cross Region Restore in this vault.",
    ))
}

/// Both the api-version family and the trailing slash choose the passive stamp for a list.
fn stamp(call: &Call) -> Stamp {
    if call.is_passive() && call.trailing_slash {
        Stamp::Passive
    } else {
        Stamp::Active
    }
}

pub(super) fn filter_of(call: &Call) -> Result<odata::Filter, Answer> {
    odata::parse(call.filter()).map_err(|text| {
        Answer::error(
            400,
            "BMSUserErrorInvalidInput",
            format!("The filter cannot be read: {text}"),
        )
    })
}

fn list_items(desk: &mut Desk, call: &Call, vault: &str) -> Reply {
    let filter = filter_of(call)?;
    let stamp = stamp(call);
    let name = name_of(vault);
    let asked = |field: &str, have: &str| {
        let wanted = filter.operand(field, "eq");
        wanted.is_none_or(|wanted| wanted == have)
    };
    let machines = asked("backupManagementType", "AzureIaasVM") && asked("itemType", "VM");
    let wanted = filter.operand("friendlyName", "eq").map(str::to_owned);
    let items = points::items(desk, &name, stamp);
    let mut rows: Vec<Value> = items
        .iter()
        .filter(|_| machines)
        .filter(|item| {
            wanted
                .as_ref()
                .is_none_or(|name| item.vm.eq_ignore_ascii_case(name))
        })
        .map(|item| item_document(desk, vault, item, stamp))
        .collect();
    let others = workload::of_vault(desk, &name, &filter);
    rows.extend(
        others
            .iter()
            .map(|one| workload::item(desk, vault, one, stamp)),
    );
    Ok(page(call, rows))
}

fn containers(desk: &Desk, call: &Call, vault: &str) -> Reply {
    let filter = filter_of(call)?;
    let Some(kind) = filter.operand("backupManagementType", "eq") else {
        let message = "The filter backupManagementType is required.";
        return Err(Answer::error(400, "BMSUserErrorInvalidInput", message));
    };
    let mut rows = container_rows(desk, vault, kind);
    if let Some(name) = filter.operand("friendlyName", "eq") {
        rows.retain(|row| row["properties"]["friendlyName"].as_str() == Some(name));
    }
    Ok(page(call, rows))
}

/// The containers of one kind of backup.
fn container_rows(desk: &Desk, vault: &str, kind: &str) -> Vec<Value> {
    if kind != "AzureIaasVM" {
        return workload::containers(desk, vault, kind);
    }
    let rows = points::items(desk, &name_of(vault), Stamp::Active).into_iter().map(|item| {
        let native = points::native(&item);
        json!({
            "id": format!("{vault}/backupFabrics/Azure/protectionContainers/IaasVMContainer;{native}"),
            "name": format!("IaasVMContainer;{native}"),
            "type": "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers",
            "properties": {
                "virtualMachineId": points::source(desk, &item),
                "virtualMachineVersion": "Compute",
                "resourceGroup": item.vm_group,
                "friendlyName": item.vm,
                "backupManagementType": "AzureIaasVM",
                "registrationStatus": "Registered",
                "healthStatus": "Healthy",
                "containerType": "Microsoft.Compute/virtualMachines",
                "protectableObjectType": "Microsoft.Compute/virtualMachines",
            },
        })
    });
    rows.collect()
}

/// One container, or the instances inside it.
fn below_container(desk: &Desk, call: &Call, vault: &str, container: &str, tail: &[&str]) -> Reply {
    match (call.method.clone(), tail) {
        (Method::GET, ["items"]) => Ok(page(call, workload::inside(desk, vault, container))),
        (Method::GET, []) => ["AzureIaasVM", "AzureWorkload", "AzureStorage"]
            .iter()
            .flat_map(|kind| container_rows(desk, vault, kind))
            .find(|row| {
                let name = row["name"].as_str().unwrap_or_default();
                name.eq_ignore_ascii_case(container)
            })
            .map(Answer::ok)
            .ok_or_else(no_item),
        _ => Err(super::no_route(call)),
    }
}

fn no_item() -> Answer {
    Answer::error(
        404,
        "BMSUserErrorDataSourceObjectNotFound",
        "Item not found. Selected item might have been deleted. Please check if item is registered to the vault.",
    )
}

fn below_item(desk: &mut Desk, call: &Call, vault: &str, item: &str, tail: &[&str]) -> Reply {
    let passive = call.is_passive();
    let known_to = if passive {
        Stamp::Passive
    } else {
        Stamp::Active
    };
    if let Some(one) = workload::find(desk, &name_of(vault), item) {
        return below_workload(desk, call, vault, &one, tail);
    }
    let item = find(desk, &name_of(vault), item, known_to).ok_or_else(no_item)?;
    match (call.method.clone(), tail) {
        (Method::GET, []) => Ok(Answer::ok(item_document(desk, vault, &item, known_to))),
        (Method::GET, ["recoverypoints"]) => list_points(desk, call, vault, &item),
        (Method::GET, ["recoverypoints", name]) => {
            let known = points::points(desk, &item, known_to);
            let point = known
                .iter()
                .find(|known| known.name == *name)
                .ok_or_else(no_point)?;
            Ok(Answer::ok(point_document(desk, vault, &item, point)))
        }
        (Method::POST, ["recoverypoints", name, "accesstoken"]) if passive => {
            access::access_token(desk, call, vault, &item, name)
        }
        (Method::POST, ["recoverypoints", name, "restore"]) if !passive => {
            own::restore(desk, call, vault, &item, name)
        }
        (_, [kind @ ("operationsstatus" | "operationresults"), id]) if !passive => {
            own::operation(desk, call, kind, id)
        }
        _ => Err(super::no_route(call)),
    }
}

/// The same below a database or a share.
fn below_workload(
    desk: &mut Desk,
    call: &Call,
    vault: &str,
    one: &Workload,
    tail: &[&str],
) -> Reply {
    let known_to = if call.is_passive() {
        Stamp::Passive
    } else {
        Stamp::Active
    };
    match (call.method.clone(), tail) {
        (Method::GET, []) => Ok(Answer::ok(workload::item(desk, vault, one, known_to))),
        (Method::GET, ["recoverypoints"]) => {
            let (filter, stamp) = (filter_of(call)?, stamp(call));
            let rows = workload::point_documents(desk, vault, one, stamp, &filter);
            Ok(page(call, rows))
        }
        (Method::GET, ["recoverypoints", name]) => {
            workload::point(desk, vault, one, known_to, name)
                .map(Answer::ok)
                .ok_or_else(no_point)
        }
        (Method::POST, ["recoverypoints", _, "accesstoken"]) if call.is_passive() => {
            let name = call.segments[call.segments.len() - 2].clone();
            access::workload_token(desk, call, vault, one, &name)
        }
        _ => Err(super::no_route(call)),
    }
}

pub(super) fn no_point() -> Answer {
    Answer::error(
        404,
        "BMSUserErrorRecoveryPointNotFound",
        "The recovery point was not found.",
    )
}

fn list_points(desk: &mut Desk, call: &Call, vault: &str, item: &Item) -> Reply {
    let filter = filter_of(call)?;
    let stamp = stamp(call);
    if stamp == Stamp::Passive {
        desk.fire(Fault::RpNotReplicated, &item.vm)?;
        desk.fire(Fault::SecondaryStale, &item.vm)?;
    }
    let bound = |name: &str| filter.operand(name, "eq").and_then(read_filter_date);
    let (from, until) = (bound("startDate"), bound("endDate"));
    let rows: Vec<Value> = points::points(desk, item, stamp)
        .iter()
        .filter(|known| {
            from.is_none_or(|at| known.time >= at) && until.is_none_or(|at| known.time <= at)
        })
        .map(|known| point_document(desk, vault, item, known))
        .collect();
    Ok(page(call, rows))
}
