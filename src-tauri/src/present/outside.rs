//! Lines that the operator may run in a terminal of their own.

use super::{Sight, words};
use crate::ipc::views::OutsideView;
use drillbook_core::{Drill, current_step};
use drillbook_runbook::Step;

/// Returns the lines of the step that the drill is on, for the person who plays it.
pub fn view(sight: &Sight, drill: &Drill, step: &Step) -> Vec<OutsideView> {
    let current = current_step(drill).map(|index| drill.runbook.steps[index].id.as_str());
    if current != Some(step.id.as_str()) || !sight.plays(drill) {
        return Vec::new();
    }
    let lines = sight.engine.outside(drill, step);
    lines
        .into_iter()
        .map(|one| {
            let mut title = words::said(&one.request);
            if !one.label.is_empty() {
                title = format!("{title}, {}", one.label);
            }
            OutsideView {
                element: one.element,
                request: one.request,
                title,
                changes: one.changes,
                line: one.line,
            }
        })
        .collect()
}
