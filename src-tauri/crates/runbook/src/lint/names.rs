//! Which names steps yield, where, and of which type.

use super::{Lint, way};
use crate::locate::Key;
use crate::model::{FieldType, Runbook, Step, ValueType};
use crate::scope;
use std::collections::BTreeMap;

/// A place that yields a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Yield {
    pub(super) step: usize,
    pub(super) kind: ValueType,
    /// One value for each element of the step, or several picks.
    pub(super) is_list: bool,
    pub(super) path: Vec<Key>,
}

/// Every name and who yields it, in the order of the steps.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeMap<String, Vec<Yield>>);

impl Names {
    pub(super) fn of(runbook: &Runbook) -> Self {
        let mut names = Self::default();
        for (at, step) in runbook.steps.iter().enumerate() {
            names.add_step(at, step);
        }
        names
    }

    /// Returns who yields a name.
    pub(super) fn yields(&self, name: &str) -> &[Yield] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    /// Returns the type of a name for a step that comes after who yields it.
    pub(super) fn kind(&self, name: &str) -> Option<ValueType> {
        let first = self.yields(name).first()?;
        Some(if first.is_list {
            ValueType::List
        } else {
            first.kind
        })
    }

    fn add_step(&mut self, at: usize, step: &Step) {
        let repeated = step.for_each.is_some();
        let mut add = |name: &str, kind: ValueType, many: bool, path: Vec<Key>| {
            let is_list = repeated || many || kind == ValueType::List;
            let found = Yield {
                step: at,
                kind,
                is_list,
                path,
            };
            self.0.entry(name.to_owned()).or_default().push(found);
        };
        for (n, field) in step.fields.iter().enumerate() {
            add(
                &field.name,
                of_field(field.kind),
                false,
                way!["step", at, "field", n, "name"],
            );
        }
        if let Some(choose) = &step.choose {
            add(
                &choose.name,
                ValueType::Row,
                choose.many,
                way!["step", at, "choose", "name"],
            );
        }
        for (n, capture) in step.captures.iter().enumerate() {
            add(
                &capture.name,
                capture.kind,
                false,
                way!["step", at, "capture", n, "name"],
            );
        }
        for (n, before) in step.evidence_before.iter().enumerate() {
            let path = way!["step", at, "evidence_before", n, "name"];
            add(&before.name, ValueType::List, true, path);
        }
    }
}

impl Lint<'_> {
    /// Checks the names themselves: how they are spelled, and that each has one origin.
    pub(super) fn yielded(&mut self) {
        let all: Vec<(String, Vec<Yield>)> = self
            .names
            .0
            .iter()
            .map(|(name, yields)| (name.clone(), yields.clone()))
            .collect();
        for (name, yields) in all {
            if !scope::is_word(&name) || scope::MEMBERS.contains(&name.as_str()) {
                let sentence = format!("{name:?} cannot be a name of a value.");
                let remedy = "Use letters, digits and _, and no word that the scope already has.";
                self.error(
                    "runbook.name_not_allowed",
                    yields[0].path.clone(),
                    sentence,
                    remedy,
                );
            }
            // Steps that exclude each other by `when` may yield the same name.
            let conditional = |found: &Yield| self.runbook.steps[found.step].when.is_some();
            let apart = |a: &Yield, b: &Yield| a.step != b.step && conditional(a) && conditional(b);
            let again = yields
                .iter()
                .skip(1)
                .find(|found| !apart(&yields[0], found));
            if let Some(again) = again {
                let sentence = format!("The name {name} is yielded twice.");
                let remedy = "Rename one, or let `when` exclude one of the two steps.";
                self.error("runbook.duplicate_id", again.path.clone(), sentence, remedy);
            }
        }
    }
}

fn of_field(kind: FieldType) -> ValueType {
    match kind {
        FieldType::Number | FieldType::Money => ValueType::Number,
        FieldType::Time => ValueType::Time,
        FieldType::Flag => ValueType::Flag,
        FieldType::Reference => ValueType::Reference,
        FieldType::List => ValueType::List,
        FieldType::Text
        | FieldType::LongText
        | FieldType::Choice
        | FieldType::Duration
        | FieldType::Person => ValueType::Text,
    }
}
