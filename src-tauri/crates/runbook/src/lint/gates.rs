//! Gates: every change is behind an approval that covers it, and every approval covers something.

use super::{Lint, way};
use crate::locate::Key;
use crate::model::{Cover, Mark, Step, StepKind};

impl Lint<'_> {
    pub(super) fn gate(&mut self, at: usize) {
        match self.runbook.steps[at].kind {
            StepKind::Approval => self.approval(at),
            StepKind::Action | StepKind::Cleanup => self.signed(at),
            StepKind::Wait => self.wait(at),
            _ => {}
        }
        let step = &self.runbook.steps[at];
        if step.signed_by.is_some() && !matches!(step.kind, StepKind::Action | StepKind::Cleanup) {
            let sentence = "Only an action or a cleanup is signed.".to_owned();
            let path = way!["step", at, "signed_by"];
            self.error(
                "runbook.member_of_other_kind",
                path,
                sentence,
                "Remove it, or change the step's kind.",
            );
        }
    }

    fn signed(&mut self, at: usize) {
        let step = &self.runbook.steps[at];
        let remedy = "Name an earlier approval in `signed_by`, and this step in what it covers.";
        let code = "runbook.action_without_gate";
        let Some(gate) = &step.signed_by else {
            let sentence = format!("No approval signs the step {}.", step.id);
            return self.error(code, way!["step", at], sentence, remedy);
        };
        let path = way!["step", at, "signed_by"];
        let found = self.runbook.steps[..at]
            .iter()
            .find(|s| s.id == *gate && s.kind == StepKind::Approval);
        match found {
            None => {
                let sentence = format!("No earlier approval is called {gate}.");
                self.error(code, path, sentence, remedy);
            }
            Some(approval) => {
                let wanted = format!("action:{}", step.id);
                if !approval.covers.iter().any(|cover| what(cover) == wanted) {
                    let sentence = format!("The approval {gate} does not cover {wanted}.");
                    self.error(code, path, sentence, remedy);
                }
                if step.kind == StepKind::Cleanup && approval.gate.as_deref() != Some("cleanup") {
                    let sentence = "A cleanup is signed at the cleanup gate only.".to_owned();
                    let path = way!["step", at, "signed_by"];
                    self.error(
                        code,
                        path,
                        sentence,
                        "Let an approval with `gate = \"cleanup\"` sign it.",
                    );
                }
            }
        }
    }

    fn approval(&mut self, at: usize) {
        let step = &self.runbook.steps[at];
        if step.covers.is_empty() {
            let sentence = format!("The approval {} covers nothing.", step.id);
            let remedy = "Say what is signed: `action:<step>`, `charter` or `evidence:<step>`.";
            self.error(
                "runbook.gate_covers_nothing",
                way!["step", at],
                sentence,
                remedy,
            );
        }
        for (n, cover) in step.covers.iter().enumerate() {
            self.covered(at, step, what(cover), way!["step", at, "covers", n]);
        }
        for (member, steps) in [
            ("open_first", &step.open_first),
            ("asks_again", &step.asks_again),
        ] {
            for (n, id) in steps.iter().enumerate() {
                if !self.runbook.steps[..at]
                    .iter()
                    .any(|earlier| earlier.id == *id)
                {
                    let sentence = format!("No earlier step is called {id}.");
                    let path = way!["step", at, member, n];
                    self.error(
                        "runbook.unknown_step",
                        path,
                        sentence,
                        "Name an earlier step.",
                    );
                }
            }
        }
        if step.gate.as_deref() == Some("cleanup") && !step.asks_again.is_empty() {
            let sentence = "A cleanup gate asks nothing again.".to_owned();
            let remedy =
                "Remove it: a lock or a dark region must not keep anyone from cleaning up.";
            self.error(
                "runbook.cleanup_asks_again",
                way!["step", at, "asks_again"],
                sentence,
                remedy,
            );
        }
    }

    fn covered(&mut self, at: usize, step: &Step, what: &str, path: Vec<Key>) {
        let steps = &self.runbook.steps;
        let good = match what.split_once(':') {
            Some(("action", id)) => steps[at..].iter().any(|later| {
                later.id == id && later.signed_by.as_deref() == Some(step.id.as_str())
            }),
            Some(("evidence", id)) => steps[..at].iter().any(|earlier| earlier.id == id),
            None if what == "charter" => steps[..at]
                .iter()
                .any(|earlier| earlier.marks == Some(Mark::Charter)),
            _ => false,
        };
        if !good {
            let sentence = format!("{what:?} names nothing that this approval could cover.");
            let remedy = "Cover a later step that is signed by this one, an earlier step's evidence, or the charter.";
            self.error("runbook.gate_covers_nothing", path, sentence, remedy);
        }
    }

    fn wait(&mut self, at: usize) {
        let step = &self.runbook.steps[at];
        // What else it reads is looked at once the first request says enough, such as a boot picture.
        let polls = step
            .requests
            .iter()
            .filter(|r| r.when.is_none() && r.download.is_none());
        if step.finality.is_none() || polls.count() != 1 {
            let sentence = format!(
                "The wait {} needs one request that is always sent, and `final`.",
                step.id
            );
            let remedy = "Say by query when it has passed and when it is still running.";
            self.error(
                "runbook.wait_without_final",
                way!["step", at],
                sentence,
                remedy,
            );
        }
        if let Some(give_up) = &step.give_up
            && !["ask", "fail"].contains(&give_up.then.as_str())
        {
            let sentence = format!("{:?} is not what a wait can do at its end.", give_up.then);
            let path = way!["step", at, "give_up", "then"];
            self.error("runbook.unknown_word", path, sentence, "Write ask or fail.");
        }
        // A job of a cross-region restore is read by POST, which spends the quota for writes.
        let costly = step.requests.iter().any(|request| request.post.is_some());
        let every = step
            .every
            .as_deref()
            .and_then(|text| crate::duration::parse(text).ok());
        if costly && every.is_some_and(|every| every.num_seconds() < 60) {
            let sentence = "A job that is read by POST is asked at most once a minute.".to_owned();
            let path = way!["step", at, "every"];
            self.error(
                "runbook.wait_too_often",
                path,
                sentence,
                "Write PT60S or longer.",
            );
        }
    }
}

fn what(cover: &Cover) -> &str {
    match cover {
        Cover::Always(what) | Cover::When { what, .. } => what,
    }
}
