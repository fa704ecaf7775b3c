//! Answers that requests and queries take from each other: without a circle, and never a secret one.

use super::requests::method;
use super::{Lint, way};
use crate::locate::Key;
use crate::model::{Request, Step};
use crate::query;
use crate::template::{self, Piece};

impl Lint<'_> {
    /// Checks that requests which use each other's answers do so without a circle.
    pub(super) fn order(&mut self, step: &Step, n: usize, base: &[Key]) {
        let mut seen = vec![n];
        let mut open = uses(&step.requests[n]);
        while let Some(name) = open.pop() {
            let Some(next) = step.requests.iter().position(|r| r.name == name) else {
                continue;
            };
            if next == n {
                let sentence = format!(
                    "The request {} waits for its own answer.",
                    step.requests[n].name
                );
                let remedy = "Let requests use only answers that come before them.";
                return self.error(
                    "runbook.requests_in_circle",
                    base.to_vec(),
                    sentence,
                    remedy,
                );
            }
            if !seen.contains(&next) {
                seen.push(next);
                open.extend(uses(&step.requests[next]));
            }
        }
    }

    /// Refuses queries that would keep or show a secret answer.
    pub(super) fn secrets(&mut self, at: usize) {
        let step = &self.runbook.steps[at];
        let mut queries: Vec<(&String, Vec<Key>)> = Vec::new();
        for (n, capture) in step.captures.iter().enumerate() {
            queries.push((&capture.query, way!["step", at, "capture", n, "query"]));
        }
        for (n, expectation) in step.expectations.iter().enumerate() {
            queries.push((
                &expectation.query,
                way!["step", at, "expectation", n, "query"],
            ));
        }
        if let Some(choose) = &step.choose {
            queries.push((&choose.from, way!["step", at, "choose", "from"]));
        }
        for (text, path) in queries {
            let Ok((ast, _)) = query::inspect(text) else {
                continue;
            };
            let used = query::responses_used(&ast);
            for request in step
                .requests
                .iter()
                .filter(|r| r.secret && used.contains(&r.name))
            {
                let sentence = format!(
                    "The answer of {} is secret and would be kept.",
                    request.name
                );
                let remedy = "Use it only inside the action, with `$secret`.";
                self.error("runbook.secret_captured", path.clone(), sentence, remedy);
            }
        }
    }
}

/// Lists the requests whose answers a request uses.
fn uses(request: &Request) -> Vec<String> {
    let mut texts: Vec<&str> = Vec::new();
    texts.extend(method(request).map(|(_, path)| path));
    texts.extend(request.filter.as_deref());
    texts.extend(request.query.values().map(String::as_str));
    let mut used = Vec::new();
    let holes = texts
        .into_iter()
        .filter_map(|text| template::pieces(text).ok())
        .flatten();
    for piece in holes {
        if let Piece::Hole(expression) = piece
            && let Ok((ast, _)) = query::inspect(&expression)
        {
            used.extend(query::responses_used(&ast));
        }
    }
    if let Some(each) = &request.for_each
        && let Ok((ast, _)) = query::inspect(each)
    {
        used.extend(query::responses_used(&ast));
    }
    used
}
