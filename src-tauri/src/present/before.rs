//! What a statement read before: at an earlier asking of this drill, else in the drill before.

use super::words::time;
use super::{Sight, journal};
use crate::ipc::views::BeforeView;
use drillbook_core::{Drill, Element, Event, Recorded};
use drillbook_runbook::Step;

/// The readings of a step that are not the present ones.
#[derive(Debug, Default)]
pub struct Readings {
    here: Vec<Recorded>,
    there: Option<Earlier>,
}

#[derive(Debug)]
struct Earlier {
    drill: String,
    /// Keys of its elements by what people call them: another drill restores into other groups.
    called: Vec<(String, String)>,
    read: Vec<Recorded>,
}

/// Returns the earlier readings of a step; nothing while every statement of it is met or was not read.
pub fn readings(sight: &Sight, drill: &Drill, step: &Step) -> Readings {
    let runs = drill.runs.get(&step.id).into_iter();
    let mut judged = runs
        .flat_map(|run| run.elements.values())
        .flat_map(|one| &one.judged);
    if judged.all(|one| one.result == "passed") {
        return Readings::default();
    }
    let all = sight.engine.drills().unwrap_or_default();
    let there = all.iter().find(|other| {
        let same = other.runbook.id == drill.runbook.id && other.id != drill.id;
        same && other.opened <= drill.opened && other.runs.contains_key(&step.id)
    });
    Readings {
        here: journal::events(sight, &drill.id, "expectation.judged", &step.id),
        there: there.map(|other| Earlier {
            drill: other.id.clone(),
            called: drillbook_core::elements(other, step)
                .into_iter()
                .map(|one| (one.label, one.key))
                .collect(),
            read: journal::events(sight, &other.id, "expectation.judged", &step.id),
        }),
    }
}

impl Readings {
    /// Returns what a statement read before, of one element.
    pub fn of(&self, element: &Element, number: usize) -> Option<BeforeView> {
        let here = self
            .here
            .iter()
            .filter_map(|one| read(one, &element.key, number));
        if let Some(view) = here.rev().nth(1) {
            return Some(view);
        }
        let there = self.there.as_ref()?;
        let called = there
            .called
            .iter()
            .find(|(label, _)| *label == element.label);
        let key = called.map_or("", |(_, key)| key.as_str());
        let found = there
            .read
            .iter()
            .rev()
            .find_map(|one| read(one, key, number))?;
        Some(BeforeView {
            drill: Some(there.drill.clone()),
            ..found
        })
    }
}

fn read(recorded: &Recorded, key: &str, wanted: usize) -> Option<BeforeView> {
    let Event::ExpectationJudged {
        number,
        element,
        value,
        ..
    } = &recorded.event
    else {
        return None;
    };
    let same = element.as_deref().unwrap_or_default() == key
        && usize::try_from(*number).is_ok_and(|number| number == wanted);
    same.then(|| BeforeView {
        value: value.clone(),
        at: time(recorded.at),
        drill: None,
    })
}
