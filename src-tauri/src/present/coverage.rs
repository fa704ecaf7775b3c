//! Which protected items were never drilled, too long ago, or on an older runbook.
//!
//! The population is what the newest drill of a runbook read under the name `protected_items`, together with the rows
//! that it could choose from. An item counts as drilled when a drill that restored it was closed.

use super::Sight;
use super::words::{self, number, time};
use crate::ipc::views::{CoverageItemView, CoverageView, CoveredView};
use chrono::TimeDelta;
use drillbook_core::{Drill, EndOfDrill, Timestamp};
use drillbook_engine::EngineError;
use drillbook_runbook::reference::canonical_id;
use drillbook_runbook::{ForEach, Step};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The name under which a runbook keeps the ids of everything that is protected.
const POPULATION: &str = "protected_items";

/// After how long a drill no longer counts.
const LATELY: TimeDelta = TimeDelta::days(90);

/// Returns the coverage of every runbook that was ever played.
pub fn view(sight: &Sight) -> Result<CoverageView, EngineError> {
    let all = sight.engine.drills()?;
    let mut items = Vec::new();
    let mut read = None;
    for runbook in sight.engine.runbooks() {
        let played: Vec<&Arc<Drill>> = all
            .iter()
            .filter(|drill| drill.runbook.id == runbook.id)
            .collect();
        let population = played.iter().find_map(|drill| {
            let found = population(drill);
            (!found.is_empty()).then_some((drill, found))
        });
        let Some((drill, population)) = population else {
            continue;
        };
        read = read.max(Some(drill.opened));
        items.extend(population.into_iter().map(|(id, name)| {
            let last = played.iter().find_map(|drill| restored(drill, &id));
            let state = state(sight.now, last.as_ref(), &runbook.version);
            CoverageItemView {
                id,
                name,
                runbook: runbook.id.clone(),
                runbook_title: runbook.title.clone(),
                state,
                drill: last.as_ref().map(|last| last.drill.clone()),
                at: last.as_ref().map(|last| time(last.at)),
                version: last.map(|last| last.version),
            }
        }));
    }
    items.sort_by(|a, b| (a.state, &a.name).cmp(&(b.state, &b.name)));
    Ok(told(items, read))
}

fn told(items: Vec<CoverageItemView>, read: Option<Timestamp>) -> CoverageView {
    let drilled = items
        .iter()
        .filter(|item| item.state == CoveredView::Drilled)
        .count();
    let total = items.len();
    let title = match (total, drilled) {
        (0, _) => "No drill has read what is protected yet".to_owned(),
        _ if drilled == total => format!(
            "All {} were drilled in the last 90 days",
            words::plural(total, "protected item")
        ),
        _ => format!(
            "{drilled} of {} were drilled in the last 90 days",
            words::plural(total, "protected item")
        ),
    };
    let lead = if total == 0 {
        "The list comes from the vault, when a drill reads it."
    } else {
        "What the vault protects, as the newest drill read it. A drill counts once it is closed."
    };
    CoverageView {
        title,
        lead: lead.to_owned(),
        total: number(total),
        drilled: number(drilled),
        read_at: read.map(time),
        items,
    }
}

/// The last time an item was restored by a drill that closed.
#[derive(Debug, Clone)]
struct Last {
    drill: String,
    at: Timestamp,
    version: String,
}

fn state(now: Timestamp, last: Option<&Last>, version: &str) -> CoveredView {
    match last {
        None => CoveredView::Never,
        Some(last) if now - last.at > LATELY => CoveredView::LongAgo,
        Some(last) if last.version != version => CoveredView::OlderRunbook,
        Some(_) => CoveredView::Drilled,
    }
}

/// The step at which the items of a drill are chosen: it yields what the first repeated step repeats.
fn chooses(drill: &Drill) -> Option<&Step> {
    let repeated = drill
        .runbook
        .steps
        .iter()
        .find_map(|step| match &step.for_each {
            Some(ForEach::Name(name)) if name != "debt" => Some(name),
            _ => None,
        })?;
    drill.runbook.steps.iter().find(|step| {
        let choose = step.choose.as_ref();
        choose.is_some_and(|choose| choose.name == *repeated)
    })
}

/// Returns ids and names of everything that is protected, as a drill read it.
fn population(drill: &Drill) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let listed = drill.names.one(POPULATION).and_then(Value::as_array);
    for id in listed.into_iter().flatten().filter_map(Value::as_str) {
        all.insert(canonical_id(id), protected_name(id));
    }
    let run = chooses(drill).and_then(|step| drill.run(&step.id, ""));
    let offered = run.and_then(|run| run.choice.as_ref());
    for row in offered
        .and_then(|(_, rows, _)| rows.as_array())
        .into_iter()
        .flatten()
    {
        if let (Some(id), Some(label)) = (row["key"].as_str(), row["label"].as_str()) {
            all.insert(canonical_id(id), label.to_owned());
        }
    }
    all
}

/// Returns `vm-1` for `…/protectedItems/VM;iaasvmcontainerv2;rg;vm-1`.
fn protected_name(id: &str) -> String {
    let last = words::short_id(id);
    last.rsplit(';').next().unwrap_or(&last).to_owned()
}

fn restored(drill: &Drill, id: &str) -> Option<Last> {
    let (at, EndOfDrill::Closed) = drill.end? else {
        return None;
    };
    let repeated = drill.runbook.steps.iter().find(|step| {
        matches!(&step.for_each, Some(ForEach::Name(name)) if name != "debt" && drill.names.has(name))
    })?;
    let chosen = drillbook_core::elements(drill, repeated);
    chosen
        .iter()
        .any(|one| canonical_id(&one.key) == id)
        .then(|| Last {
            drill: drill.id.clone(),
            at,
            version: drill.runbook.version.clone(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_protected_item_is_called_after_its_machine() {
        let id = "/subscriptions/s/protectedItems/VM;iaasvmcontainerv2;rg-1;vm-policy-01";
        assert_eq!(protected_name(id), "vm-policy-01");
    }

    #[test]
    fn an_old_drill_and_an_old_runbook_do_not_count() {
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().expect("a time");
        let last = |days: i64, version: &str| Last {
            drill: "D-1".to_owned(),
            at: now - TimeDelta::days(days),
            version: version.to_owned(),
        };
        assert_eq!(state(now, None, "1"), CoveredView::Never);
        assert_eq!(state(now, Some(&last(1, "1")), "1"), CoveredView::Drilled);
        assert_eq!(state(now, Some(&last(91, "1")), "1"), CoveredView::LongAgo);
        assert_eq!(
            state(now, Some(&last(1, "0.9")), "1"),
            CoveredView::OlderRunbook
        );
    }
}
