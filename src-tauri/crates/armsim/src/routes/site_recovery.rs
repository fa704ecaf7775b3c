//! Site Recovery: fabrics, containers, protected items, recovery points and plans, a test failover of an item or a
//! plan, its cleanup and their jobs.
//!
//! Deliberately absent: everything that would move production: failover, commit, reprotect.

mod machine;

use chrono::TimeDelta;
use http::Method;
use serde_json::{Value, json};

use super::authorization::require;
use super::backup::filter_of;
use crate::answer::{Answer, Reply, page};
use crate::call::Call;
use crate::desk::Desk;
use crate::ledger::Change;
use crate::names;
use crate::quirks;
use crate::state::failover::{Failover, Stage};
use crate::state::{Resource, key, kind_of};
use crate::timetext::{read_filter_date, seven};

const ITEM: &str = "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems";
const PLAN: &str = "Microsoft.RecoveryServices/vaults/replicationRecoveryPlans";

/// Tells whether what stands below a vault is Site Recovery's.
pub(crate) fn is_meant(first: &str) -> bool {
    first.starts_with("replication")
}

/// Routes `…/vaults/{vault}/replication…`; `end` is where the vault's id ends.
pub(crate) fn route(desk: &mut Desk, call: &Call, end: usize, rest: &[&str]) -> Reply {
    let asked = call.id(end);
    let Some(vault) = desk.world.get(&asked).map(|vault| vault.id.clone()) else {
        return Err(Answer::not_found(&asked));
    };
    let here = call.id(call.segments.len());
    match (call.method.clone(), rest) {
        (Method::GET, ["replicationprotecteditems"]) => items(desk, call, &vault),
        (
            Method::GET,
            [
                ..,
                "replicationprotectioncontainers",
                _,
                "replicationprotecteditems",
            ],
        ) => items(desk, call, &call.id(call.segments.len() - 1)),
        (Method::GET, [.., "replicationprotecteditems", _] | ["replicationrecoveryplans", _]) => {
            let found = known(desk, &here)?;
            Ok(Answer::ok(shown(desk, &found)))
        }
        (Method::GET, ["replicationrecoveryplans"]) => Ok(page(call, below(desk, &vault, PLAN))),
        (Method::GET, ["replicationjobs"]) => jobs(desk, call, &vault),
        (Method::GET, ["replicationjobs", job]) => job_of(desk, &vault, job),
        (Method::GET, ["replicationoperationstatus", op]) => status(desk, &vault, op),
        (Method::POST, [.., action @ ("testfailover" | "testfailovercleanup")]) => {
            let target = known(desk, &call.id(call.segments.len() - 1))?;
            if *action == "testfailover" {
                test(desk, call, &target, &vault)
            } else {
                clear(desk, call, &target, &vault)
            }
        }
        (Method::GET, _) => super::generic::route(desk, call, end - 4),
        _ => Err(super::no_route(call)),
    }
}

fn refuse(status: u16, code: &str, message: impl Into<String>) -> Answer {
    Answer::error(status, code, message)
}

/// Returns a protected item or a plan.
fn known(desk: &Desk, id: &str) -> Result<Resource, Answer> {
    let found = desk.world.get(id).filter(|found| {
        [ITEM, PLAN]
            .iter()
            .any(|kind| found.kind.eq_ignore_ascii_case(kind))
    });
    found.cloned().ok_or_else(|| Answer::not_found(id))
}

fn is_plan(target: &Resource) -> bool {
    target.kind.eq_ignore_ascii_case(PLAN)
}

/// The document of an item or a plan at this moment.
fn shown(desk: &Desk, found: &Resource) -> Value {
    let mut doc = desk.world.shown(found, desk.now);
    if is_plan(found) {
        desk.world.show_plan(&mut doc, desk.now);
    } else {
        desk.world.show_item(&mut doc, desk.now);
    }
    doc
}

fn below(desk: &Desk, parent: &str, kind: &str) -> Vec<Value> {
    let prefix = format!("{}/", key(parent));
    let all = desk.world.resources.values();
    all.filter(|one| one.kind.eq_ignore_ascii_case(kind) && key(&one.id).starts_with(&prefix))
        .map(|one| shown(desk, one))
        .collect()
}

fn items(desk: &Desk, call: &Call, parent: &str) -> Reply {
    if desk.world.get(parent).is_none() {
        return Err(Answer::not_found(parent));
    }
    let filter = filter_of(call)?;
    let mut rows = below(desk, parent, ITEM);
    if let Some(kind) = filter.operand("instanceType", "eq") {
        let own = "/properties/providerSpecificDetails/instanceType";
        rows.retain(|row| row.pointer(own).and_then(Value::as_str) == Some(kind));
    }
    Ok(page(call, rows))
}

fn of_vault<'a>(desk: &'a Desk, vault: &'a str) -> impl Iterator<Item = &'a Failover> {
    let prefix = format!("{}/", key(vault));
    let all = desk.world.failovers.iter().rev();
    all.filter(move |run| key(&run.target).starts_with(&prefix))
}

fn jobs(desk: &Desk, call: &Call, vault: &str) -> Reply {
    let filter = filter_of(call)?;
    let bound = |name: &str| {
        filter
            .operand(name, "eq")
            .and_then(read_filter_date)
            .map(seven)
    };
    let (from, until) = (bound("startTime"), bound("endTime"));
    let wanted = filter.operand("jobStatus", "eq");
    let rows = of_vault(desk, vault).map(|run| desk.world.failover_job(run, desk.now));
    let rows = rows.filter(|row| {
        let own = &row["properties"];
        let at = own["startTime"].as_str();
        wanted.is_none_or(|wanted| own["state"] == wanted)
            && from.as_deref().is_none_or(|from| at >= Some(from))
            && until.as_deref().is_none_or(|until| at <= Some(until))
    });
    Ok(page(call, rows.collect()))
}

fn job_of(desk: &Desk, vault: &str, job: &str) -> Reply {
    let mut known = of_vault(desk, vault);
    known
        .find(|run| run.job.eq_ignore_ascii_case(job))
        .map(|run| Answer::ok(desk.world.failover_job(run, desk.now)))
        .ok_or_else(|| refuse(404, "NotFound", "The job was not found."))
}

/// `GET …/replicationOperationStatus/{op}`.
fn status(desk: &Desk, vault: &str, op: &str) -> Reply {
    let mut known = of_vault(desk, vault);
    let run = known
        .find(|run| run.operation.eq_ignore_ascii_case(op))
        .ok_or_else(|| refuse(404, "NotFound", "The operation was not found."))?;
    let done = desk.now >= run.ends_at;
    let mut body = json!({
        "id": format!("{vault}/replicationOperationStatus/{op}"),
        "name": run.operation,
        "status": if done { "Succeeded" } else { "InProgress" },
        "startTime": seven(run.started),
    });
    if done {
        body["endTime"] = json!(seven(run.ends_at));
        return Ok(Answer::ok(body));
    }
    Ok(Answer::ok(body).with("Retry-After", "30"))
}

/// Asks whether an item or a plan allows an operation now.
fn allows(desk: &Desk, target: &Resource, operation: &str) -> Result<(), Answer> {
    let doc = shown(desk, target);
    let allowed = doc["properties"]["allowedOperations"].as_array();
    if allowed.is_some_and(|all| all.iter().any(|one| one == operation)) {
        return Ok(());
    }
    let name = &doc["properties"]["friendlyName"];
    let message = format!("{operation} is not among the allowed operations of {name} now.");
    Err(refuse(409, &format!("Sim{operation}NotAllowed"), message))
}

/// `POST …/testFailover`. There is no idempotency: it is refused twice because the item allows it once.
fn test(desk: &mut Desk, call: &Call, target: &Resource, vault: &str) -> Reply {
    require(
        desk,
        &format!("{}/testFailover/action", kind_of(&target.id)),
        &target.id,
    )?;
    allows(desk, target, "TestFailover")?;
    let items = if is_plan(target) {
        members(desk, target)?
    } else {
        vec![target.clone()]
    };
    for item in items.iter().filter(|item| item.id != target.id) {
        allows(desk, item, "TestFailover")?;
    }
    let asked = &call.body["properties"];
    if asked["failoverDirection"] != "PrimaryToRecovery" {
        let message = "The failoverDirection of a test failover is PrimaryToRecovery.";
        return Err(refuse(400, "SimUnsupportedDirection", message));
    }
    let (mut makes, mut points) = (Vec::new(), Vec::new());
    let mut slowest = 0;
    for item in &items {
        let of_item = machine::wanted(desk, asked, item, is_plan(target))?;
        let seconds =
            420 + names::number(desk.world.seed, &["failover", &item.id], 121).cast_signed();
        slowest = slowest.max(quirks::slowed(desk, &of_item.region, seconds)?);
        makes.extend(machine::made(desk, item, &of_item));
        points.extend(of_item.point);
    }
    let run = begun(desk, target, &items, slowest);
    accept(
        desk,
        call,
        Failover {
            makes,
            points,
            ..run
        },
        vault,
    )
}

/// `POST …/testFailoverCleanup`.
fn clear(desk: &mut Desk, call: &Call, target: &Resource, vault: &str) -> Reply {
    require(
        desk,
        &format!("{}/testFailoverCleanup/action", kind_of(&target.id)),
        &target.id,
    )?;
    allows(desk, target, "TestFailoverCleanup")?;
    let open = desk.world.failover_of(&target.id).cloned();
    let open = open
        .filter(|run| run.stage(desk.now) == Stage::Waiting && key(&run.target) == key(&target.id));
    let Some(open) = open else {
        let message = "The test failover was begun by a recovery plan, which cleans it up.";
        return Err(refuse(409, "SimTestFailoverCleanupNotAllowed", message));
    };
    let seconds = 150 + names::number(desk.world.seed, &["cleanup", &open.job], 61).cast_signed();
    let run = Failover {
        items: open.items.clone(),
        clears: Some(open.job.clone()),
        ..begun(desk, target, &[], seconds)
    };
    accept(desk, call, run, vault)
}

fn begun(desk: &Desk, target: &Resource, items: &[Resource], seconds: i64) -> Failover {
    let friendly = target.requested["properties"]["friendlyName"].as_str();
    Failover {
        operation: desk.id("replication-operation"),
        job: desk.id("replication-job"),
        target: target.id.clone(),
        friendly: friendly.unwrap_or_default().to_owned(),
        items: items.iter().map(|item| item.id.clone()).collect(),
        started: desk.now,
        ends_at: desk.now + TimeDelta::seconds(seconds),
        points: Vec::new(),
        makes: Vec::new(),
        clears: None,
        landed: false,
    }
}

fn accept(desk: &mut Desk, call: &Call, run: Failover, vault: &str) -> Reply {
    let url = |kind: &str, id: &str| {
        format!(
            "{}{vault}/{kind}/{id}?api-version={}",
            call.base,
            call.version()
        )
    };
    let status = url("replicationOperationStatus", &run.operation);
    let job = url("replicationJobs", &run.job);
    desk.commit(Change::FailedOver {
        failover: Box::new(run),
    })?;
    Ok(Answer::empty(202)
        .with("Azure-AsyncOperation", status)
        .with("Location", job)
        .with("Retry-After", "30"))
}

/// The protected items of a plan's groups.
fn members(desk: &Desk, plan: &Resource) -> Result<Vec<Resource>, Answer> {
    let groups = plan.requested["properties"]["groups"].as_array();
    let rows = groups.into_iter().flatten();
    let rows = rows.flat_map(|group| {
        group["replicationProtectedItems"]
            .as_array()
            .into_iter()
            .flatten()
    });
    rows.map(|row| known(desk, row["id"].as_str().unwrap_or_default()))
        .collect()
}
