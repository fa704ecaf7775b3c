//! Rules over the whole runbook: the way out, the review, what is asked when.

use super::tests::single_name;
use super::{Lint, way};
use crate::model::{ForEach, Mark, Needs, Step, StepKind};
use crate::query;

impl Lint<'_> {
    pub(super) fn flow(&mut self) {
        self.abort();
        self.marks();
        self.review();
        for at in 0..self.runbook.steps.len() {
            self.after_t0(at);
            self.stale(at);
            self.secondary(at);
        }
    }

    /// Returns the position of the step that declares T0.
    pub(super) fn t0_step(&self) -> Option<usize> {
        self.runbook
            .steps
            .iter()
            .position(|step| step.marks == Some(Mark::T0))
    }

    fn abort(&mut self) {
        let steps = &self.runbook.steps;
        let id = &self.runbook.abort;
        let sentence = match self.runbook.index(id) {
            None => format!("No step is called {id}, where an aborted drill goes on."),
            Some(at)
                if !steps[at..]
                    .iter()
                    .any(|step| step.kind == StepKind::Cleanup)
                    && steps.iter().any(|step| !step.owes.is_empty()) =>
            {
                format!("From {id} on, nothing cleans up.")
            }
            Some(at) if steps[at..].iter().any(|step| step.kind == StepKind::Action) => {
                format!("From {id} on, an action would still change something.")
            }
            Some(_) => return,
        };
        let remedy = "Name the approval before the cleanup.";
        self.error("runbook.no_abort_path", way!["abort"], sentence, remedy);
    }

    fn review(&mut self) {
        if !self
            .runbook
            .steps
            .iter()
            .any(|step| step.kind == StepKind::Review)
        {
            let sentence = "No step reviews the drill.".to_owned();
            let remedy = "End with a step of kind review.";
            self.error("runbook.no_review", way!["step"], sentence, remedy);
        }
    }

    fn marks(&mut self) {
        for (mark, word) in [(Mark::Charter, "charter"), (Mark::T0, "t0")] {
            if !self
                .runbook
                .steps
                .iter()
                .any(|step| step.marks == Some(mark))
            {
                let sentence = format!("No step marks {word}; objectives cannot be scored.");
                let remedy = "Add `marks` to the step whose passing stands for it.";
                self.warning("runbook.mark_missing", way!["step"], sentence, remedy);
            }
        }
    }

    fn after_t0(&mut self, at: usize) {
        if self.t0_step().is_none_or(|t0| at <= t0) {
            return;
        }
        for (n, request) in self.runbook.steps[at].requests.iter().enumerate() {
            if request.needs == Needs::Primary {
                let sentence = format!(
                    "After T0 the request {} needs the primary region.",
                    request.name
                );
                let remedy = "Ask it before T0 as a baseline, or ask the secondary.";
                let path = way!["step", at, "request", n, "needs"];
                self.warning("runbook.primary_needed_after_t0", path, sentence, remedy);
            }
        }
    }

    fn stale(&mut self, at: usize) {
        let steps = &self.runbook.steps;
        let step = &steps[at];
        let asked = steps[at..]
            .iter()
            .any(|later| later.asks_again.contains(&step.id));
        if asked && step.max_age.is_none() {
            let sentence = format!(
                "A gate asks {} again, and nothing says when its answer is stale.",
                step.id
            );
            self.warning(
                "runbook.stale_after",
                way!["step", at],
                sentence,
                "Add `max_age`.",
            );
        }
        if !asked && step.max_age.is_some() {
            let sentence = format!(
                "The answer of {} grows stale, and no gate asks it again.",
                step.id
            );
            let path = way!["step", at, "max_age"];
            self.warning(
                "runbook.stale_after",
                path,
                sentence,
                "Name the step in `asks_again` of a gate.",
            );
        }
    }

    /// A cross-region restore uses a point that the secondary itself listed; a point of the primary may not be there.
    fn secondary(&mut self, at: usize) {
        let step = &self.runbook.steps[at];
        let restores = step.requests.iter().any(|request| {
            let path = request
                .post
                .as_deref()
                .unwrap_or_default()
                .to_ascii_lowercase();
            path.ends_with("/backupcrossregionrestore")
        });
        if !restores {
            return;
        }
        let chosen = match &step.for_each {
            Some(ForEach::Name(name)) => self.chosen(name),
            _ => None,
        };
        if !chosen.is_some_and(|choice| from_secondary(&self.runbook.steps[choice])) {
            let sentence =
                "The recovery points were not chosen from a list that needs only the secondary."
                    .to_owned();
            let remedy =
                "Repeat the step for points chosen from a request with `needs = \"secondary\"`.";
            self.error(
                "runbook.secondary_list_missing",
                way!["step", at],
                sentence,
                remedy,
            );
        }
    }

    /// Returns the choice that a list goes back to, through at most a few captures.
    fn chosen(&self, name: &str) -> Option<usize> {
        let mut name = name.to_owned();
        for _ in 0..4 {
            let found = self.names.yields(&name).first()?;
            let step = &self.runbook.steps[found.step];
            if step
                .choose
                .as_ref()
                .is_some_and(|choose| choose.name == name)
            {
                return Some(found.step);
            }
            let capture = step.captures.iter().find(|capture| capture.name == name)?;
            name = single_name(&capture.query)?;
        }
        None
    }
}

fn from_secondary(step: &Step) -> bool {
    let Some(choose) = &step.choose else {
        return false;
    };
    let Ok((ast, _)) = query::inspect(&choose.from) else {
        return false;
    };
    let used = query::responses_used(&ast);
    let secondary = |name: &String| {
        step.requests
            .iter()
            .any(|r| r.name == *name && r.needs == Needs::Secondary)
    };
    !used.is_empty() && used.iter().all(secondary)
}
