//! What a request of ours can have caused, of all that Azure logs under its correlation id.
//!
//! A client may choose the id of its request, so that the id alone proves nothing: somebody could do another thing
//! under an id of ours.

use super::log::{LoggedChange, attached_to, operation_of};
use crate::drill::{Drill, Trace};
use drillbook_runbook::reference::{canonical_id, lies_within, same_id};

/// What Azure makes and deletes together with a machine.
const WITH_A_MACHINE: [&str; 3] = [
    "microsoft.compute/disks",
    "microsoft.network/networkinterfaces",
    "microsoft.network/publicipaddresses",
];

const MACHINE: &str = "/providers/microsoft.compute/virtualmachines/";
const DEPLOYMENT: &str = "/providers/microsoft.resources/deployments/";

/// Whether a request of ours that Azure knows under the change's correlation id can have caused it.
pub(super) fn caused(drill: &Drill, change: &LoggedChange) -> bool {
    let same = |trace: &&Trace| trace.correlation.eq_ignore_ascii_case(&change.correlation);
    let mut ours = drill.traces.iter().filter(same);
    ours.any(|trace| can_cause(drill, trace, change))
}

fn can_cause(drill: &Drill, trace: &Trace, change: &LoggedChange) -> bool {
    let operation = change.operation.to_ascii_lowercase();
    let (rest, verb) = operation.rsplit_once('/').unwrap_or(("", &operation));
    let id = canonical_id(&change.resource);
    let target = subject(trace);
    if operation.starts_with("microsoft.authorization/policies/") {
        // What Azure's policies say of a request is logged beside it.
        return trace.changes() && verb == "action" && same_id(attached_to(&id), &target);
    }
    let own = operation == operation_of(&trace.method, &trace.path);
    // A lock or a role on what a request is about is a change of its own.
    let part = attached_to(&id) == id && !same_id(&id, &target);
    let deletes = || lies_within(&id, &target) || with_a_machine(&target, &id, rest);
    match trace.method.as_str() {
        // Azure logs a request to a region on whatever it is about.
        "POST" if own => target.contains("/locations/") || lies_within(&id, &target),
        _ if own && same_id(&id, &target) => true,
        "PUT" | "PATCH" => verb == "write" && part && makes(&target, &id, rest),
        "DELETE" => verb == "delete" && part && deletes(),
        "POST" => ["write", "delete"].contains(&verb) && made_by_us(drill, &id),
        _ => false,
    }
}

/// Returns what a request is about: of a POST, what stands before the name of what is asked.
fn subject(trace: &Trace) -> String {
    let id = canonical_id(&trace.path);
    match id.rsplit_once('/').filter(|_| trace.method == "POST") {
        Some((on, _)) => on.to_owned(),
        None => id,
    }
}

/// A PUT makes its resource and what is inside of it; of a group nothing more, of a deployment anything in its group.
fn makes(target: &str, id: &str, kind: &str) -> bool {
    if let Some((group, _)) = target.split_once(DEPLOYMENT) {
        return lies_within(id, group);
    }
    inside(id, target) || with_a_machine(target, id, kind)
}

/// Whether a change is about a disk or an interface beside a machine of ours.
fn with_a_machine(target: &str, id: &str, kind: &str) -> bool {
    target.split_once(MACHINE).is_some_and(|(group, name)| {
        !name.contains('/') && lies_within(id, group) && WITH_A_MACHINE.contains(&kind)
    })
}

/// Whether something is known as made by this drill; what lies in a group of the drill's own need not be.
fn made_by_us(drill: &Drill, id: &str) -> bool {
    let mut artefacts = drill.debts.iter().flat_map(|debt| &debt.artefacts);
    attached_to(id) == id && artefacts.any(|one| inside(id, &canonical_id(&one.id)))
}

/// Whether an id is a resource or lies inside of it; of a group only the group itself.
fn inside(id: &str, target: &str) -> bool {
    if target.contains("/providers/") {
        lies_within(id, target)
    } else {
        same_id(id, target)
    }
}
