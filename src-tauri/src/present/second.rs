//! What others found who read again what a drill had read.

use super::Sight;
use super::words::{number, time};
use crate::ipc::views::{ContradictionView, SecondReadingView};
use drillbook_core::{Drill, SecondRead};
use drillbook_trust::document::{Compared, SecondReading, parse_signed};

/// Returns the second readings of a drill, oldest first.
pub fn readings(sight: &Sight, drill: &Drill) -> Vec<SecondReadingView> {
    drill.readings.iter().map(|one| view(sight, one)).collect()
}

fn view(sight: &Sight, recorded: &SecondRead) -> SecondReadingView {
    let said = document(sight, &recorded.reading);
    let reads = said.iter().flat_map(|one| &one.reads);
    let changed = reads.filter(|one| one.verdict == Compared::Changed);
    SecondReadingView {
        id: recorded.reading.clone(),
        person: sight.name(&recorded.person).to_owned(),
        at: time(said.as_ref().map_or(recorded.at, |one| one.read_at)),
        entry: number(recorded.seq),
        same: number(recorded.same),
        moved: number(recorded.moved),
        unreadable: number(recorded.unreadable),
        hidden: number(recorded.hidden),
        changed: changed
            .map(|one| ContradictionView {
                entry: number(one.entry),
                fields: one.fields.clone(),
            })
            .collect(),
    }
}

fn document(sight: &Sight, digest: &str) -> Option<SecondReading> {
    let stored = sight.engine.journal().document(&digest.parse().ok()?);
    let signed = parse_signed::<SecondReading>(&stored.ok().flatten()?.bytes, Vec::new());
    Some(signed.ok()?.value().clone())
}
