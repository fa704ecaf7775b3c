//! What people read: that it is there, and that it is readable.

use super::{Lint, way};
use crate::locate::Key;
use crate::model::{Otherwise, StepKind};

/// A sentence with more words than this is hard to follow under stress.
const WORDS: usize = 34;

impl Lint<'_> {
    pub(super) fn texts(&mut self) {
        for (member, text) in [
            ("title", &self.runbook.title),
            ("owner", &self.runbook.owner),
            ("version", &self.runbook.version),
        ] {
            self.present(text, member, way![member]);
        }
        if self.runbook.purpose.is_empty() {
            self.missing("purpose", way!["purpose"]);
        }
        for at in 0..self.runbook.steps.len() {
            self.step_texts(at);
            self.statements(at);
        }
    }

    fn step_texts(&mut self, at: usize) {
        let step = &self.runbook.steps[at];
        let judged = !matches!(
            step.kind,
            StepKind::Read | StepKind::Approval | StepKind::Review
        );
        let texts = [
            ("title", step.title.as_str(), true),
            ("why", &step.why, true),
            ("expect", &step.expect, judged),
            ("if_not", &step.if_not, judged),
            (
                "undo",
                step.undo.as_deref().unwrap_or_default(),
                matches!(step.kind, StepKind::Action | StepKind::Cleanup),
            ),
            (
                "text",
                step.text.as_deref().unwrap_or_default(),
                step.kind == StepKind::Read,
            ),
        ];
        for (member, text, needed) in texts {
            if needed {
                self.present(text, member, way!["step", at, member]);
            }
            self.readable(text, way!["step", at, member]);
        }
        for (n, field) in step.fields.iter().enumerate() {
            self.present(&field.label, "label", way!["step", at, "field", n, "label"]);
        }
    }

    fn statements(&mut self, at: usize) {
        for (n, expectation) in self.runbook.steps[at].expectations.iter().enumerate() {
            let path = way!["step", at, "expectation", n];
            self.present(
                &expectation.that,
                "that",
                way!["step", at, "expectation", n, "that"],
            );
            let silent = expectation.look_next.as_deref().is_none_or(str::is_empty);
            if expectation.otherwise == Otherwise::Fail && silent {
                self.missing("look_next", path.clone());
            }
            if expectation.otherwise == Otherwise::Fail && expectation.class.is_none() {
                self.missing("class", path);
            }
        }
        for (n, usable) in self.runbook.steps[at].usable.iter().enumerate() {
            self.present(&usable.that, "that", way!["step", at, "usable", n, "that"]);
        }
    }

    fn present(&mut self, text: &str, member: &str, path: Vec<Key>) {
        if text.trim().is_empty() {
            self.missing(member, path);
        }
    }

    fn missing(&mut self, member: &str, path: Vec<Key>) {
        let sentence = format!("The text {member} is missing.");
        let remedy = "Write it; a person will read it in the middle of an outage.";
        self.error("runbook.text_missing", path, sentence, remedy);
    }

    fn readable(&mut self, text: &str, path: Vec<Key>) {
        let longest = text
            .split_inclusive(['.', '!', '?', ':', ';', '\n'])
            .map(|sentence| sentence.split_whitespace().count())
            .max();
        if longest.is_some_and(|words| words > WORDS) {
            let sentence = format!("A sentence has more than {WORDS} words.");
            self.warning(
                "runbook.reading_level",
                path,
                sentence,
                "Split the sentence.",
            );
        }
    }
}
