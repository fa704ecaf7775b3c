//! A machine restored in the vault's own region (contract b.14): the request in `properties`, and no access token.
//!
//! Deliberately absent: replacing the machine where it runs, which no drill does, and the archive.

use http::Method;
use serde_json::{Value, json};

use super::accept::{self, refuse};
use crate::answer::{Answer, Reply};
use crate::call::Call;
use crate::desk::Desk;
use crate::routes::authorization::require;
use crate::routes::backup::no_point;
use crate::routes::points::{self, Stamp};
use crate::scenario::Item;
use crate::state::restore::{Restore, Source};

/// The right to restore from a point.
const RIGHT: &str = "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/restore/action";

/// `POST …/recoveryPoints/{name}/restore`. There is no idempotency: sent twice, it restores twice.
pub(crate) fn restore(desk: &mut Desk, call: &Call, vault: &str, item: &Item, name: &str) -> Reply {
    require(desk, RIGHT, vault)?;
    let known = points::points(desk, item, Stamp::Active);
    let point = known.into_iter().find(|known| known.name == name);
    let point = point.ok_or_else(no_point)?;
    let request = &call.body["properties"];
    if !request.is_object() {
        return Err(refuse(
            "BMSUserErrorInvalidInput",
            "The request has no properties.",
        ));
    }
    let region = desk.scenario.company.primary.clone();
    let snapshot = point.has("InstantRP") && request["recoveryType"] == json!("RestoreDisks");
    let of = (vault.to_owned(), item.clone(), point);
    let asked = accept::wanted(desk, request, of, &region)?;
    let source = if snapshot {
        Source::Snapshot
    } else {
        Source::Vault
    };
    let restore = accept::plan(desk, &asked, &region, source)?;
    let machine = request["sourceResourceId"].as_str().unwrap_or_default();
    accept::begin(desk, &restore, machine)?;
    // Without `recoveryPoints/{name}/restore`.
    let item = call.path.rsplitn(4, '/').nth(3).unwrap_or_default();
    let url = |kind: &str| {
        format!(
            "{}{item}/{kind}/{}?api-version={}",
            call.base,
            restore.operation,
            call.version()
        )
    };
    Ok(Answer::empty(202)
        .with("Azure-AsyncOperation", url("operationsStatus"))
        .with("Location", url("operationResults"))
        .with("Retry-After", "60"))
}

/// `GET …/protectedItems/{item}/operationsStatus/{id}` and `…/operationResults/{id}`.
pub(crate) fn operation(desk: &Desk, call: &Call, kind: &str, id: &str) -> Reply {
    let known = desk.world.restores.iter();
    let mut own = known.filter(|one| one.source != Source::Secondary);
    let found = own.find(|one| one.operation.eq_ignore_ascii_case(id));
    let restore = found
        .filter(|_| call.method == Method::GET)
        .ok_or_else(|| {
            Answer::error(
                404,
                "BMSUserErrorOperationNotFound",
                "The operation was not found.",
            )
        })?;
    let done = desk.now >= restore.accepted_at;
    if kind == "operationresults" {
        return Ok(Answer::empty(if done { 200 } else { 202 }));
    }
    let name = restore.operation.clone();
    Ok(Answer::ok(super::standing(desk, restore, &name, &name)))
}

/// The jobs of restores in a vault's own region, the newest first.
pub(crate) fn jobs<'desk>(desk: &'desk Desk, vault: &str) -> impl Iterator<Item = &'desk Restore> {
    let vault = crate::state::key(vault);
    let known = desk.world.restores.iter().rev();
    known.filter(move |one| {
        one.source != Source::Secondary
            && one.created_at() <= desk.now
            && crate::state::key(&one.vault_id) == vault
    })
}

/// The document of such a job.
pub(crate) fn document(desk: &Desk, restore: &Restore, detail: bool) -> Value {
    restore.document(desk.now, &desk.scenario.company.subscription, detail)
}
