//! Azure's log of changes against the journal, both ways.
//!
//! A change is looked at when it lies in the drill's scope: what was chosen or sent to, what was found, all inside
//! of it, and what is above it up to the subscription. The rest of the subscription is not this drill's business.

use super::reach;
use crate::Timestamp;
use crate::drill::{Drill, Intent, IntentOutcome, RunState};
use chrono::{SecondsFormat, TimeDelta};
use drillbook_runbook::reference::{canonical_id, lies_within, same_id};
use serde_json::Value;
use std::collections::BTreeMap;

/// A change that nothing in the journal explains.
pub const UNEXPLAINED: &str = "log.unexplained";

/// A request that Azure accepted and its log does not show.
pub const MISSING: &str = "log.missing";

/// After this long Azure's log shows a change; what it lacks then is missing.
const INGESTION: TimeDelta = TimeDelta::minutes(20);

/// How far a change may lie before and after the request that it is matched to (trust.md §4).
const AROUND: (TimeDelta, TimeDelta) = (TimeDelta::minutes(2), TimeDelta::minutes(10));

/// How many unexplained changes are noted one by one.
const MOST: usize = 50;

/// POST operations by the beginning of their name that change nothing.
const ASKING: [&str; 5] = ["list", "get", "check", "validate", "retrieve"];

/// Azure's log of changes in one subscription, from a moment until it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct ActivityLog {
    /// Where it begins.
    pub from: Timestamp,
    /// Its rows, in any order.
    pub rows: Vec<LoggedChange>,
}

/// A row of the log: one moment of one operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedChange {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub caller: String,
    /// What, such as `Microsoft.Compute/disks/write`.
    pub operation: String,
    /// Azure's word for how far it is.
    pub status: String,
    /// On what.
    pub resource: String,
    /// The id under which a request and its answer name it.
    pub correlation: String,
}

/// Returns the changes that the journal does not explain: code and sentence.
pub(super) fn unexplained(drill: &Drill, log: &ActivityLog) -> Vec<(&'static str, String)> {
    let scope = scope_of(drill);
    let mut all: Vec<&LoggedChange> = operations(drill, log)
        .into_iter()
        .filter(|change| concerns(&scope, &change.resource))
        .filter(|change| !explained(drill, change))
        .collect();
    all.sort_by_key(|change| (change.at, &change.resource, &change.operation));
    let more = all.len().saturating_sub(MOST);
    let mut noted: Vec<_> = all.iter().take(MOST).map(|one| told(one)).collect();
    if more > 0 {
        noted.push(format!(
            "Azure's log shows {more} more changes that this journal does not explain"
        ));
    }
    noted.into_iter().map(|text| (UNEXPLAINED, text)).collect()
}

fn told(change: &LoggedChange) -> String {
    format!(
        "Azure's log shows a change that this journal does not explain: {} on {} by {} at {}, correlation {}",
        change.operation,
        change.resource,
        change.caller,
        time(change.at),
        change.correlation
    )
}

fn time(at: Timestamp) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Returns the requests that Azure accepted long enough ago and that its log does not show.
pub(super) fn missing(
    drill: &Drill,
    log: &ActivityLog,
    now: Timestamp,
) -> Vec<(&'static str, String)> {
    let shown = |id: &str| {
        let mut rows = log.rows.iter();
        rows.any(|row| row.correlation.eq_ignore_ascii_case(id))
    };
    let due = |intent: &&Intent| {
        intent.at >= log.from && intent.accepted.is_some_and(|at| at + INGESTION < now)
    };
    let sent = drill.intents.iter().filter(due);
    sent.filter_map(|intent| {
        let id = intent.correlation.as_deref().filter(|id| !shown(id))?;
        let when = time(intent.accepted.unwrap_or(intent.at));
        let text = format!(
            "Azure's log does not show {} {}, which Azure accepted at {when}, correlation {id}",
            intent.method, intent.path
        );
        Some((MISSING, text))
    })
    .collect()
}

/// Returns one row for each operation since the drill began that changes something and did not fail.
fn operations<'a>(drill: &Drill, log: &'a ActivityLog) -> Vec<&'a LoggedChange> {
    let mut first: BTreeMap<(String, String, String), Vec<&LoggedChange>> = BTreeMap::new();
    let since = |row: &&LoggedChange| row.at >= drill.opened && changes(&row.operation);
    for row in log.rows.iter().filter(since) {
        let key = (
            row.correlation.to_ascii_lowercase(),
            row.operation.to_ascii_lowercase(),
            canonical_id(&row.resource),
        );
        first.entry(key).or_default().push(row);
    }
    let is = |row: &&LoggedChange, word: &str| row.status.eq_ignore_ascii_case(word);
    first
        .into_values()
        .filter(|rows| {
            !rows.iter().any(|row| is(row, "failed")) || rows.iter().any(|row| is(row, "succeeded"))
        })
        .filter_map(|rows| rows.into_iter().min_by_key(|row| row.at))
        .collect()
}

fn changes(operation: &str) -> bool {
    let folded = operation.to_ascii_lowercase();
    let (rest, verb) = folded.rsplit_once('/').unwrap_or(("", &folded));
    let asked = rest.rsplit('/').next().unwrap_or_default();
    verb != "read" && !(verb == "action" && ASKING.iter().any(|begin| asked.starts_with(begin)))
}

/// Returns every id that this drill chose, sent to or found, in the form in which ids are compared.
fn scope_of(drill: &Drill) -> Vec<String> {
    let mut all = Vec::new();
    for run in drill.runs.values().flat_map(|run| run.elements.values()) {
        if let Some((chosen, ..)) = &run.choice {
            ids_in(chosen, &mut all);
        }
    }
    all.extend(drill.intents.iter().map(|intent| intent.path.clone()));
    let found = drill.debts.iter().flat_map(|debt| &debt.artefacts);
    all.extend(found.map(|artefact| artefact.id.clone()));
    let mut all: Vec<String> = all.iter().map(|id| canonical_id(id)).collect();
    // The subscription itself would make everything this drill's business.
    all.retain(|id| id.contains("/resourcegroups/"));
    all.sort();
    all.dedup();
    all
}

fn ids_in(value: &Value, all: &mut Vec<String>) {
    match value {
        Value::String(text) if text.starts_with("/subscriptions/") => all.push(text.clone()),
        Value::Array(rows) => rows.iter().for_each(|row| ids_in(row, all)),
        Value::Object(members) => members.values().for_each(|one| ids_in(one, all)),
        _ => {}
    }
}

/// Whether a resource is in scope, lies inside of it, or stands above it.
fn concerns(scope: &[String], resource: &str) -> bool {
    let id = canonical_id(resource);
    let subject = attached_to(&id);
    scope
        .iter()
        .any(|own| lies_within(own, subject) || lies_within(subject, own))
}

/// Returns what a lock, a role or a policy is put on; anything else is its own subject.
pub(super) fn attached_to(id: &str) -> &str {
    id.rsplit_once("/providers/microsoft.authorization/")
        .map_or(id, |(on, _)| on)
}

fn explained(drill: &Drill, change: &LoggedChange) -> bool {
    reach::caused(drill, change)
        || drill
            .intents
            .iter()
            .any(|intent| sent(drill, intent, change))
        || made_by_a_job(drill, change)
}

/// Whether a change is a request of ours whose answer did not name it: no answer came, it was sent again under the
/// same intent, or a person sent it outside.
fn sent(drill: &Drill, intent: &Intent, change: &LoggedChange) -> bool {
    let posted = intent.method == "POST";
    // Of a POST that was answered we know the name: another one like it is not ours.
    let unnamed = !posted || intent.correlation.is_none();
    let last = intent.outcome_at.unwrap_or(intent.sent).max(intent.sent);
    let own = drill.names.one("who").is_some_and(|who| {
        let names = who.as_object().into_iter().flat_map(|who| who.values());
        names.into_iter().any(|name| name == &change.caller)
    });
    own && unnamed
        && !matches!(intent.outcome, IntentOutcome::Rejected { .. })
        && operation_of(&intent.method, &intent.path).eq_ignore_ascii_case(&change.operation)
        && (posted || same_id(&intent.path, &change.resource))
        && (intent.at - AROUND.0..=last + AROUND.1).contains(&change.at)
}

/// Returns the name under which Azure logs a request.
pub(super) fn operation_of(method: &str, path: &str) -> String {
    let id = canonical_id(path);
    let (_, rest) = id.rsplit_once("/providers/").unwrap_or_default();
    let mut parts = rest.split('/');
    let namespace = parts.next().unwrap_or_default();
    let mut name = if namespace.is_empty() {
        "microsoft.resources/subscriptions/resourcegroups".to_owned()
    } else {
        namespace.to_owned()
    };
    let parts: Vec<&str> = parts.collect();
    for kind in parts.iter().step_by(2) {
        name = format!("{name}/{kind}");
    }
    match method {
        "DELETE" => format!("{name}/delete"),
        "POST" => format!("{name}/action"),
        _ => format!("{name}/write"),
    }
}

/// Whether Azure itself, not a person, wrote what a job of ours makes while it ran.
fn made_by_a_job(drill: &Drill, change: &LoggedChange) -> bool {
    let written = change.operation.to_ascii_lowercase().ends_with("/write");
    let id = canonical_id(&change.resource);
    if !written || change.caller.contains('@') || attached_to(&id) != id {
        return false;
    }
    let mut artefacts = drill.debts.iter().flat_map(|debt| &debt.artefacts);
    artefacts.any(|one| lies_within(&id, &one.id))
        && jobs(drill).any(|(from, until)| change.at >= from && change.at <= until + AROUND.0)
}

/// Returns from when until when each accepted job of ours ran; one that still runs ends now.
fn jobs(drill: &Drill) -> impl Iterator<Item = (Timestamp, Timestamp)> {
    drill.debts.iter().filter_map(|debt| {
        let wait = drill.runs.get(debt.settled_by.as_deref()?);
        let began = drill
            .intents
            .iter()
            .filter(|intent| intent.step == debt.step && intent.element == debt.element);
        let from = began.map(|intent| intent.at).min()?;
        let runs: Vec<_> = wait.iter().flat_map(|run| run.elements.values()).collect();
        let over = |state| matches!(state, RunState::Passed | RunState::Failed);
        let all_over = !runs.is_empty() && runs.iter().all(|run| over(run.state));
        let last = runs.iter().filter_map(|run| run.at).max();
        Some((from, last.filter(|_| all_over).unwrap_or(drill.last_at)))
    })
}
