//! The rules of a runbook, checked before anything of it is shown or run.
//!
//! Names flow from step to step: what a step uses must have been yielded before it.
//!
//! Deliberately absent: network, clock and files, and every rule that needs an answer of Azure.

mod az;
mod bodies;
mod debts;
mod flow;
mod gates;
mod names;
mod order;
mod queries;
mod requests;
mod tests;
mod texts;
mod words;

use crate::limits;
use crate::locate::Key;
use crate::model::Runbook;
use crate::problem::Level;
use names::Names;

/// One finding, at a member of the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) code: &'static str,
    pub(crate) level: Level,
    pub(crate) path: Vec<Key>,
    pub(crate) sentence: String,
    pub(crate) remedy: &'static str,
}

/// Checks every rule.
pub(crate) fn lint(runbook: &Runbook) -> Vec<Finding> {
    let mut lint = Lint {
        runbook,
        names: Names::of(runbook),
        findings: Vec::new(),
    };
    if lint.sizes() {
        return lint.findings;
    }
    lint.texts();
    lint.words();
    lint.yielded();
    for step in 0..runbook.steps.len() {
        lint.kind(step);
        lint.repetition(step);
        lint.requests(step);
        lint.queries(step);
        lint.gate(step);
        lint.debts(step);
    }
    lint.flow();
    lint.findings
}

/// The way to a member: `way!["step", 3, "title"]`.
macro_rules! way {
    ($($key:expr),* $(,)?) => { Vec::from([$($crate::locate::Key::from($key)),*]) };
}
pub(crate) use way;

/// What is checked, and what was found.
struct Lint<'a> {
    runbook: &'a Runbook,
    names: Names,
    findings: Vec<Finding>,
}

impl Lint<'_> {
    fn error(
        &mut self,
        code: &'static str,
        path: Vec<Key>,
        sentence: String,
        remedy: &'static str,
    ) {
        self.add(Finding {
            code,
            level: Level::Error,
            path,
            sentence,
            remedy,
        });
    }

    fn warning(
        &mut self,
        code: &'static str,
        path: Vec<Key>,
        sentence: String,
        remedy: &'static str,
    ) {
        self.add(Finding {
            code,
            level: Level::Warning,
            path,
            sentence,
            remedy,
        });
    }

    fn add(&mut self, finding: Finding) {
        if self.findings.len() < limits::PROBLEMS && !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    /// Checks the bounds; the other rules run only within them.
    fn sizes(&mut self) -> bool {
        let remedy = "Split the runbook, or leave out what it does not need.";
        if self.runbook.steps.len() > limits::STEPS {
            let sentence = format!("It has more than {} steps.", limits::STEPS);
            self.error("runbook.too_large", way!["step"], sentence, remedy);
        }
        for (at, step) in self.runbook.steps.iter().enumerate() {
            let counts = [
                ("request", step.requests.len()),
                ("expectation", step.expectations.len()),
                ("capture", step.captures.len()),
                ("field", step.fields.len()),
                ("owes", step.owes.len()),
                ("usable", step.usable.len()),
                ("facts", step.facts.len()),
                ("covers", step.covers.len()),
            ];
            for (member, count) in counts {
                if count > limits::PER_STEP {
                    let sentence = format!("{member} has more than {} entries.", limits::PER_STEP);
                    self.error(
                        "runbook.too_large",
                        way!["step", at, member],
                        sentence,
                        remedy,
                    );
                }
            }
        }
        !self.findings.is_empty()
    }
}

/// Returns the way to a member inside `base`.
fn inside(base: &[Key], more: &[Key]) -> Vec<Key> {
    base.iter().chain(more).cloned().collect()
}
