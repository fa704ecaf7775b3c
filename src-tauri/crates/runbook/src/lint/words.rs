//! Ids, words from closed lists, durations, marks.

use super::{Lint, way};
use crate::duration;
use crate::locate::Key;
use crate::model::{ForEach, Step, StepKind, ValueType};
use std::collections::BTreeSet;

const GATES: [&str; 4] = ["prepare", "restore", "start", "cleanup"];

/// A member that only one kind has: its name, whether it is there, the kind, whether that kind needs it.
type Member = (&'static str, fn(&Step) -> bool, StepKind, bool);

const MEMBERS: &[Member] = &[
    ("choose", |s| s.choose.is_some(), StepKind::Choose, true),
    ("usable", |s| !s.usable.is_empty(), StepKind::Choose, false),
    ("gate", |s| s.gate.is_some(), StepKind::Approval, true),
    (
        "covers",
        |s| !s.covers.is_empty(),
        StepKind::Approval,
        false,
    ),
    ("facts", |s| !s.facts.is_empty(), StepKind::Approval, false),
    ("cost", |s| s.cost.is_some(), StepKind::Approval, false),
    (
        "open_first",
        |s| !s.open_first.is_empty(),
        StepKind::Approval,
        false,
    ),
    (
        "asks_again",
        |s| !s.asks_again.is_empty(),
        StepKind::Approval,
        false,
    ),
    ("owes", |s| !s.owes.is_empty(), StepKind::Action, false),
    (
        "evidence_before",
        |s| !s.evidence_before.is_empty(),
        StepKind::Action,
        false,
    ),
    ("progress", |s| s.progress.is_some(), StepKind::Wait, false),
    (
        "give_up",
        |s| s.give_up.is_some() && !reads_again(s),
        StepKind::Wait,
        false,
    ),
    (
        "every",
        |s| s.every.is_some() && !reads_again(s),
        StepKind::Wait,
        false,
    ),
    ("final", |s| s.finality.is_some(), StepKind::Wait, false),
];

/// A check may be read again until it holds, as long as it says when that ends.
fn reads_again(step: &Step) -> bool {
    matches!(step.kind, StepKind::Check | StepKind::Validate)
        && step.every.is_some()
        && step.give_up.is_some()
}

impl Lint<'_> {
    /// Checks ids and durations of the whole document.
    pub(super) fn words(&mut self) {
        if self.runbook.format != 1 {
            let sentence = format!("Format {} is not known.", self.runbook.format);
            self.error(
                "runbook.format_unknown",
                way!["format"],
                sentence,
                "Write `format = 1`.",
            );
        }
        self.id(&self.runbook.id, way!["id"]);
        let mut seen = BTreeSet::new();
        let mut marks = BTreeSet::new();
        for (at, step) in self.runbook.steps.iter().enumerate() {
            self.id(&step.id, way!["step", at, "id"]);
            if !seen.insert(&step.id) {
                self.duplicate(&step.id, "step", way!["step", at, "id"]);
            }
            if let Some(mark) = step.marks
                && !marks.insert(mark)
            {
                let sentence = format!("Two steps mark {mark:?}.");
                let remedy = "Let one step mark it; the engine scores one moment.";
                self.error(
                    "runbook.duplicate_id",
                    way!["step", at, "marks"],
                    sentence,
                    remedy,
                );
            }
            self.duration(step.max_age.as_deref(), way!["step", at, "max_age"]);
            self.duration(step.every.as_deref(), way!["step", at, "every"]);
            let after = step.give_up.as_ref().map(|give_up| give_up.after.as_str());
            self.duration(after, way!["step", at, "give_up", "after"]);
            self.requests_named_once(at);
        }
        self.duration(self.runbook.review_every.as_deref(), way!["review_every"]);
        if let Some(objectives) = &self.runbook.objectives {
            let texts = [
                ("rto", &objectives.rto),
                ("rpo", &objectives.rpo),
                ("cleanup", &objectives.cleanup),
            ];
            for (member, text) in texts {
                self.duration(Some(text), way!["objectives", member]);
            }
        }
    }

    /// Checks that a step has the members of its kind and no others.
    pub(super) fn kind(&mut self, at: usize) {
        let step = &self.runbook.steps[at];
        let kind = step.kind;
        for (member, present, owner, needed) in MEMBERS {
            let (present, belongs) = (present(step), kind == *owner);
            if present && !belongs {
                let sentence = format!("A step of kind {} has no {member}.", word(kind));
                let remedy = "Remove it, or change the step's kind.";
                self.error(
                    "runbook.member_of_other_kind",
                    way!["step", at, *member],
                    sentence,
                    remedy,
                );
            } else if *needed && belongs && !present {
                let sentence = format!("The step {} lacks {member}.", step.id);
                let remedy = "Add it; a step of this kind cannot do without.";
                self.error("runbook.missing_key", way!["step", at], sentence, remedy);
            }
        }
        if let Some(gate) = step.gate.as_deref()
            && !GATES.contains(&gate)
        {
            let sentence = format!("{gate:?} is no gate of the policy.");
            let remedy = "Use prepare, restore, start or cleanup.";
            self.error(
                "runbook.gate_unknown",
                way!["step", at, "gate"],
                sentence,
                remedy,
            );
        }
    }

    /// Checks what a step is repeated for.
    pub(super) fn repetition(&mut self, at: usize) {
        let step = &self.runbook.steps[at];
        let path = way!["step", at, "for_each"];
        match &step.for_each {
            None if step.kind == StepKind::Cleanup => {
                let sentence = "A cleanup is repeated for the debt.".to_owned();
                self.error(
                    "runbook.missing_key",
                    way!["step", at],
                    sentence,
                    "Write `for_each = \"debt\"`.",
                );
            }
            Some(ForEach::Name(name)) if name == "debt" && step.kind == StepKind::Cleanup => {}
            Some(ForEach::Name(name)) => {
                self.name(at, name, false, &path);
                if self
                    .names
                    .kind(name)
                    .is_some_and(|kind| kind != ValueType::List)
                {
                    let sentence = format!("{name} is not a list.");
                    let remedy = "Repeat a step for a list, or remove `for_each`.";
                    self.error("runbook.for_each_not_list", path, sentence, remedy);
                }
            }
            Some(ForEach::Found { found, .. }) => {
                let owing = self.runbook.steps[..at]
                    .iter()
                    .any(|s| s.id == *found && !s.owes.is_empty());
                if !owing {
                    let sentence =
                        format!("No earlier action {found} owes anything that could be found.");
                    let remedy = "Name an earlier action whose `owes` finds new resources.";
                    self.error("runbook.unknown_step", path, sentence, remedy);
                }
            }
            None => {}
        }
    }

    pub(super) fn duration(&mut self, text: Option<&str>, path: Vec<Key>) {
        if let Some(text) = text
            && duration::parse(text).is_err()
        {
            let sentence = format!("{text:?} is not a duration.");
            let remedy = "Write an ISO 8601 duration of weeks, days, hours, minutes or seconds, such as P1DT12H.";
            self.error("runbook.duration_invalid", path, sentence, remedy);
        }
    }

    fn requests_named_once(&mut self, at: usize) {
        let mut seen = BTreeSet::new();
        for (n, request) in self.runbook.steps[at].requests.iter().enumerate() {
            let path = way!["step", at, "request", n, "name"];
            if !crate::scope::is_word(&request.name) {
                let sentence = format!("{:?} cannot name a request.", request.name);
                let remedy = "Use letters, digits and _: queries read `responses.<name>`.";
                self.error("runbook.name_not_allowed", path.clone(), sentence, remedy);
            }
            if !seen.insert(&request.name) {
                self.duplicate(&request.name, "request", path);
            }
        }
    }

    fn duplicate(&mut self, id: &str, what: &str, path: Vec<Key>) {
        let sentence = format!("There are two {what}s called {id}.");
        self.error(
            "runbook.duplicate_id",
            path,
            sentence,
            "Rename one of the two.",
        );
    }

    fn id(&mut self, id: &str, path: Vec<Key>) {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if id.is_empty() || id.len() > 64 || !id.bytes().all(allowed) {
            let sentence = format!("{:?} is no id.", id.chars().take(80).collect::<String>());
            let remedy = "Use 1 to 64 lower-case letters, digits and hyphens.";
            self.error("runbook.id_not_allowed", path, sentence, remedy);
        }
    }
}

fn word(kind: StepKind) -> String {
    format!("{kind:?}").to_ascii_lowercase()
}
