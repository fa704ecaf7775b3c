//! Debts: what an action leaves behind must be findable, deletable and provably gone.

use super::requests::changes;
use super::{Lint, inside, way};
use crate::locate::Key;
use crate::model::{Debt, Find, Request, Step, StepKind};

impl Lint<'_> {
    pub(super) fn debts(&mut self, at: usize) {
        let step = &self.runbook.steps[at];
        let place = self.place(at, false);
        for (n, before) in step.evidence_before.iter().enumerate() {
            let path = way!["step", at, "evidence_before", n, "list"];
            self.path(place, &before.list, None, &path);
        }
        for (n, evidence) in step.evidence_after.iter().enumerate() {
            let request = evidence.strip_prefix("response:");
            let good = evidence == "picture"
                || request.is_some_and(|name| step.requests.iter().any(|r| r.name == name));
            if !good {
                let sentence = format!("{evidence:?} is no evidence of this step.");
                let path = way!["step", at, "evidence_after", n];
                self.error(
                    "runbook.unknown_name",
                    path,
                    sentence,
                    "Use `picture` or `response:<request>`.",
                );
            }
        }
        for (n, debt) in step.owes.iter().enumerate() {
            self.debt(at, debt, &way!["step", at, "owes", n]);
        }
        self.owes_something(at);
    }

    fn debt(&mut self, at: usize, debt: &Debt, base: &[Key]) {
        let place = self.place(at, true);
        self.template(place, &debt.what, &inside(base, &way!["what"]));
        if let Some(when) = &debt.when {
            self.condition(place, when, &inside(base, &way!["when"]));
        }
        if let Some(cost) = &debt.cost_per_day {
            self.query(place, cost, inside(base, &way!["cost_per_day"]));
        }
        self.path(
            place,
            &debt.delete.within,
            None,
            &inside(base, &way!["delete", "within"]),
        );
        self.find(at, debt, base);
        self.proof(at, debt, base);
    }

    fn find(&mut self, at: usize, debt: &Debt, base: &[Key]) {
        let step = &self.runbook.steps[at];
        let place = self.place(at, true);
        let find = inside(base, &way!["find"]);
        match &debt.find {
            Find::New { list, new_since } => {
                self.path(place, list, None, &inside(&find, &way!["list"]));
                if !step
                    .evidence_before
                    .iter()
                    .any(|before| before.name == *new_since)
                {
                    let sentence =
                        format!("This step lists nothing called {new_since} before it acts.");
                    self.unproven(
                        inside(&find, &way!["new_since"]),
                        sentence,
                        "Add it to `evidence_before`.",
                    );
                }
                // Azure may still create what a POST asked for, long after the answer.
                let late = step.requests.iter().any(|r| r.post.is_some() && changes(r));
                if late && debt.settled_by.is_none() {
                    let sentence =
                        "What a POST starts may appear later, and nothing says when that is over."
                            .to_owned();
                    self.unproven(
                        base.to_vec(),
                        sentence,
                        "Add `settled_by` with the step that waits for the job.",
                    );
                }
            }
            Find::Id { id } => {
                let name = id.strip_prefix("request:");
                let found = name.and_then(|name| step.requests.iter().find(|r| r.name == name));
                if found.is_none_or(|request| request.put.is_none()) {
                    let sentence = format!("{id:?} names no PUT of this step.");
                    self.unproven(
                        inside(&find, &way!["id"]),
                        sentence,
                        "Write `request:<name of the PUT>`.",
                    );
                }
            }
        }
    }

    fn proof(&mut self, at: usize, debt: &Debt, base: &[Key]) {
        if debt.gone != "absent" {
            let sentence = format!("{:?} proves nothing.", debt.gone);
            self.unproven(
                inside(base, &way!["gone"]),
                sentence,
                "Write `gone = \"absent\"`: a 404 is read back.",
            );
        }
        if debt.delete.each != "found" {
            let sentence = format!("{:?} cannot be deleted.", debt.delete.each);
            self.unproven(
                inside(base, &way!["delete", "each"]),
                sentence,
                "Write `each = \"found\"`.",
            );
        }
        if debt
            .delete
            .only_if
            .as_deref()
            .is_some_and(|word| word != "empty")
        {
            let sentence = "A deletion can only wait for `empty`.".to_owned();
            let path = inside(base, &way!["delete", "only_if"]);
            self.error(
                "runbook.unknown_word",
                path,
                sentence,
                "Write `only_if = \"empty\"` or leave it out.",
            );
        }
        if let Some(wait) = &debt.settled_by {
            let later = self.runbook.steps[at..]
                .iter()
                .any(|s| s.id == *wait && s.kind == StepKind::Wait);
            if !later {
                let sentence = format!("No later step {wait} waits.");
                self.unproven(
                    inside(base, &way!["settled_by"]),
                    sentence,
                    "Name a later step of kind wait.",
                );
            }
        }
    }

    fn owes_something(&mut self, at: usize) {
        let step: &Step = &self.runbook.steps[at];
        let posts = |r: &Request| r.post.is_some() && changes(r) && !only_removes(r);
        let creates = |r: &Request| r.put.is_some() || posts(r);
        if step.kind == StepKind::Action
            && step.owes.is_empty()
            && step.requests.iter().any(creates)
        {
            let sentence = format!("The action {} creates something and owes nothing.", step.id);
            let remedy = "Add `[[step.owes]]`: what is left behind, how it is found, deleted and proven gone.";
            self.error(
                "runbook.action_owes_nothing",
                way!["step", at],
                sentence,
                remedy,
            );
        }
    }

    fn unproven(&mut self, path: Vec<Key>, sentence: String, remedy: &'static str) {
        self.error("runbook.debt_without_proof", path, sentence, remedy);
    }
}

/// Whether a POST removes what an earlier one made, and makes nothing: the end of a test failover.
fn only_removes(request: &Request) -> bool {
    let path = request.post.as_deref().unwrap_or_default();
    let last = path.rsplit('/').next().unwrap_or_default();
    last.eq_ignore_ascii_case("testFailoverCleanup")
}
