//! `report.html`: a pure function of what the bundle shows, so that a verifier renders it again.

use crate::fact::Fact;
use drillbook_core::{Drill, replay};
use drillbook_trust::digest::Digest;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Renders the report of the drill in these entries.
pub(crate) fn render(
    facts: &[Fact],
    documents: &BTreeMap<Digest, Vec<u8>>,
    size: u64,
) -> Result<String, String> {
    let drill = folded(facts, documents)?;
    Ok(format!(
        "<!doctype html><title>{}</title><p>{size}</p>\n",
        drill.id
    ))
}

/// Folds the drill from its entries, with the runbook it was opened with.
pub(crate) fn folded(
    facts: &[Fact],
    documents: &BTreeMap<Digest, Vec<u8>>,
) -> Result<Drill, String> {
    let own: Vec<&Fact> = facts
        .iter()
        .filter(|fact| !fact.entry.drill.is_empty())
        .collect();
    let first = own.first().ok_or("there is no drill")?;
    let digest = first
        .digest("runbook")
        .ok_or("the drill names no runbook")?;
    let bytes = documents.get(&digest).ok_or("the runbook is not here")?;
    let mut runbook: serde_json::Value =
        serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if let Some(members) = runbook.as_object_mut() {
        members.remove("type");
    }
    let runbook = Arc::new(serde_json::from_value(runbook).map_err(|error| error.to_string())?);
    let recorded: Result<Vec<_>, _> = own.iter().map(|fact| fact.recorded()).collect();
    let recorded = recorded.map_err(|error| error.to_string())?;
    replay(&first.entry.drill, &runbook, recorded).ok_or_else(|| "no drill was opened".to_owned())
}
