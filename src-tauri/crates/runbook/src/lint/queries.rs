//! Queries and substitutions: that they can be read, and that what they name is known where they stand.

use super::{Finding, Lint, inside, way};
use crate::locate::Key;
use crate::model::{Condition, Cover, ForEach};
use crate::problem::Level;
use crate::query::{self, Root};
use crate::{scope, template};
use drillbook_diagnostic::Diagnostic;

/// Members of `drill` that queries may read.
const DRILL: [&str; 13] = [
    "id",
    "owner",
    "opened",
    "now",
    "t0",
    "expires",
    "purpose",
    "aborted",
    "correlation_ids",
    "deleted",
    "found",
    "unexpected",
    "environment",
];
const OBJECTIVES: [&str; 4] = ["rto", "rpo", "cleanup", "cost_ceiling"];

/// Where a query or text stands: what it may name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) step: usize,
    /// There is an element.
    pub(super) item: bool,
    /// What the step's people and lists yield is known; captures are not, before the step has passed.
    pub(super) own: bool,
    /// A name that is known because the request waits for it.
    pub(super) known: Option<&'a str>,
}

impl Lint<'_> {
    /// Returns the place of a step's own texts.
    pub(super) fn place(&self, step: usize, own: bool) -> Place<'static> {
        let item = self.runbook.steps[step].for_each.is_some();
        Place {
            step,
            item,
            own,
            known: None,
        }
    }

    /// Checks every query of a step that is not part of a request or a debt.
    pub(super) fn queries(&mut self, at: usize) {
        let step = &self.runbook.steps[at];
        // A repeated step applies to each element or not; what an action will find is not known yet.
        let before = Place {
            item: matches!(step.for_each, Some(ForEach::Name(_))),
            ..self.place(at, false)
        };
        let own = self.place(at, true);
        if let Some(when) = &step.when {
            self.condition(before, when, &way!["step", at, "when"]);
        }
        for (n, expectation) in step.expectations.iter().enumerate() {
            let path = way!["step", at, "expectation", n];
            self.query(own, &expectation.query, inside(&path, &way!["query"]));
            self.test(
                own,
                &expectation.query,
                &expectation.test,
                &inside(&path, &way!["test"]),
            );
            for (member, condition) in [
                ("unknown", &expectation.unknown),
                ("when", &expectation.when),
            ] {
                if let Some(condition) = condition {
                    self.condition(own, condition, &inside(&path, &way![member]));
                }
            }
        }
        for (n, capture) in step.captures.iter().enumerate() {
            self.query(own, &capture.query, way!["step", at, "capture", n, "query"]);
        }
        for (n, fact) in step.facts.iter().enumerate() {
            self.query(own, &fact.query, way!["step", at, "facts", n, "query"]);
        }
        if let Some(cost) = &step.cost {
            self.query(own, cost, way!["step", at, "cost"]);
        }
        for (n, cover) in step.covers.iter().enumerate() {
            if let Cover::When { when, .. } = cover {
                self.condition(own, when, &way!["step", at, "covers", n, "when"]);
            }
        }
        self.rows(at);
        self.ends(at);
    }

    fn rows(&mut self, at: usize) {
        let step = &self.runbook.steps[at];
        // A repeated choice knows what was chosen for the elements before.
        let place = self.place(at, step.for_each.is_some());
        if let Some(choose) = &step.choose {
            self.query(place, &choose.from, way!["step", at, "choose", "from"]);
            self.row_query(place, &choose.key, way!["step", at, "choose", "key"]);
            self.row_query(place, &choose.label, way!["step", at, "choose", "label"]);
            for (n, column) in choose.columns.iter().enumerate() {
                self.row_query(place, column, way!["step", at, "choose", "columns", n]);
            }
            let known = ["newest", "label"];
            if let Some(order) = choose
                .order
                .as_deref()
                .filter(|order| !known.contains(order))
            {
                let sentence = format!("{order:?} is no order.");
                let path = way!["step", at, "choose", "order"];
                self.error(
                    "runbook.unknown_word",
                    path,
                    sentence,
                    "Use newest or label, or leave it out.",
                );
            }
        }
        for (n, usable) in step.usable.iter().enumerate() {
            self.row_query(place, &usable.query, way!["step", at, "usable", n, "query"]);
            self.test(
                place,
                "",
                &usable.test,
                &way!["step", at, "usable", n, "test"],
            );
        }
    }

    fn ends(&mut self, at: usize) {
        let step = &self.runbook.steps[at];
        let place = self.place(at, true);
        let mut queries = Vec::new();
        if let Some(end) = &step.finality {
            queries.push((&end.passes, way!["step", at, "final", "passes"]));
            queries.push((&end.running, way!["step", at, "final", "running"]));
        }
        if let Some(progress) = &step.progress {
            let members = [
                ("percent", &progress.percent),
                ("tasks", &progress.tasks),
                ("status", &progress.status),
            ];
            for (member, text) in members {
                if let Some(text) = text {
                    queries.push((text, way!["step", at, "progress", member]));
                }
            }
        }
        for (text, path) in queries {
            self.query(place, text, path);
        }
    }

    pub(super) fn condition(&mut self, place: Place<'_>, condition: &Condition, path: &[Key]) {
        self.query(place, &condition.query, inside(path, &way!["query"]));
        self.test(
            place,
            &condition.query,
            &condition.test,
            &inside(path, &way!["test"]),
        );
    }

    /// Checks a query whose root is the scope.
    pub(super) fn query(&mut self, place: Place<'_>, text: &str, path: Vec<Key>) {
        let Some(ast) = self.compiled(place, text, &path) else {
            return;
        };
        for root in query::roots(&ast) {
            match root.word.as_str() {
                "names" => {
                    if let Some(name) = &root.member {
                        self.name_at(place, name, &path);
                    }
                }
                word if scope::MEMBERS.contains(&word) => self.member(place, &root, &path),
                word => {
                    let sentence = format!("A query reads {word:?}, which is not there.");
                    let remedy = "Write `names.<name>` for what a step yielded; what is always there is in the format's description.";
                    self.error("runbook.unknown_name", path.clone(), sentence, remedy);
                }
            }
        }
    }

    /// Checks a query whose root is a row or an answer.
    pub(super) fn row_query(&mut self, place: Place<'_>, text: &str, path: Vec<Key>) {
        self.compiled(place, text, &path);
    }

    /// Checks a text with substitutions.
    pub(super) fn template(&mut self, place: Place<'_>, text: &str, path: &[Key]) {
        match template::pieces(text) {
            Err(error) => self.broken(&error, path),
            Ok(pieces) => {
                for piece in pieces {
                    if let template::Piece::Hole(expression) = piece {
                        self.hole(place, &expression, path, true);
                    }
                }
            }
        }
    }

    /// Reports a text or query that cannot be read.
    pub(super) fn broken(&mut self, error: &dyn Diagnostic, path: &[Key]) {
        let mut sentence = error.to_string();
        if let Some(first) = sentence.get(..1).map(str::to_uppercase) {
            sentence.replace_range(..1, &first);
        }
        let remedy = "Mend it at this place; the format's description has examples.";
        self.add(Finding {
            code: error.code(),
            level: Level::Error,
            path: path.to_vec(),
            sentence: format!("{sentence}."),
            remedy,
        });
    }

    /// Checks that a name is known when a step begins.
    pub(super) fn name(&mut self, step: usize, name: &str, own: bool, path: &[Key]) {
        self.name_at(
            Place {
                step,
                item: false,
                own,
                known: None,
            },
            name,
            path,
        );
    }

    fn compiled(
        &mut self,
        place: Place<'_>,
        text: &str,
        path: &[Key],
    ) -> Option<jmespath::ast::Ast> {
        match query::inspect(text) {
            Ok((ast, inserted)) => {
                for expression in inserted {
                    self.hole(place, &expression, path, false);
                }
                if query::negates_too_little(text) {
                    let sentence =
                        "`!` takes only the next word: `!a.b` is `(!a).b`, which is never there."
                            .to_owned();
                    self.error(
                        "runbook.query_suspicious",
                        path.to_vec(),
                        sentence,
                        "Write `!(a.b)`.",
                    );
                }
                Some(ast)
            }
            Err(error) => {
                self.broken(&error, path);
                None
            }
        }
    }

    /// Checks what stands between braces; a text cannot go on without a value, a query can.
    fn hole(&mut self, place: Place<'_>, expression: &str, path: &[Key], in_text: bool) {
        let ast = match query::inspect(expression) {
            Ok((ast, _)) => ast,
            Err(error) => return self.broken(&error, path),
        };
        for root in query::roots(&ast) {
            if root.word == "names" {
                if let Some(name) = &root.member {
                    self.name_at(place, name, path);
                }
            } else if !scope::MEMBERS.contains(&root.word.as_str()) {
                self.name_at(place, &root.word, path);
            } else {
                self.member(place, &root, path);
                if in_text && root.word == "drill" && root.member.as_deref() == Some("t0") {
                    self.t0(place, path);
                }
            }
        }
    }

    fn member(&mut self, place: Place<'_>, root: &Root, path: &[Key]) {
        let member = root.member.as_deref();
        let step = &self.runbook.steps[place.step];
        let declared = |name: &str| step.requests.iter().any(|request| request.name == name);
        let sentence = match (root.word.as_str(), member) {
            ("item", _) if !place.item => {
                "There is no element here: nothing is repeated.".to_owned()
            }
            ("drill", Some(name)) if !DRILL.contains(&name) => format!("`drill` has no {name}."),
            ("objectives", Some(name)) if !OBJECTIVES.contains(&name) => {
                format!("`objectives` has no {name}.")
            }
            ("responses" | "status" | "adopted", Some(name)) if !declared(name) => {
                format!("The step {} has no request {name}.", step.id)
            }
            _ => return,
        };
        let remedy = "Correct the name, or declare what it names.";
        self.error("runbook.unknown_name", path.to_vec(), sentence, remedy);
    }

    fn name_at(&mut self, place: Place<'_>, name: &str, path: &[Key]) {
        let yields = self.names.yields(name);
        // A step's own captures are taken after everything else of it.
        let captured = |found: &super::names::Yield| found.path.contains(&Key::from("capture"));
        let early = |found: &super::names::Yield| {
            found.step < place.step || (place.own && found.step == place.step && !captured(found))
        };
        if yields.is_empty() {
            let sentence = format!("No step yields the name {name}.");
            let remedy = "Correct the name, or add a capture, a field or a choice that yields it.";
            self.error("runbook.unknown_name", path.to_vec(), sentence, remedy);
        } else if place.known != Some(name) && !yields.iter().any(early) {
            let later = &self.runbook.steps[yields[0].step].id;
            let sentence =
                format!("The name {name} is not yet known here; the step {later} yields it.");
            let remedy = "Move the step, or let the request wait with `known`.";
            self.error(
                "runbook.name_not_yet_known",
                path.to_vec(),
                sentence,
                remedy,
            );
        }
    }

    fn t0(&mut self, place: Place<'_>, path: &[Key]) {
        if self.t0_step().is_some_and(|at| place.step <= at) {
            let sentence = "T0 is not yet declared here.".to_owned();
            let remedy = "Use it after the step that marks t0.";
            self.error(
                "runbook.name_not_yet_known",
                path.to_vec(),
                sentence,
                remedy,
            );
        }
    }
}
