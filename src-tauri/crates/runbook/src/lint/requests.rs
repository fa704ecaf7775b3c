//! Requests: one method, a path that stays where it says, a version, an `az` line, and what a change must declare.

use super::queries::Place;
use super::{Lint, inside, way};
use crate::locate::Key;
use crate::model::{Request, Service, Step, StepKind, ValueType};
use crate::query;
use crate::template::{self, Piece, TemplateError};
use crate::versions;

/// Last words of the POSTs that change nothing (trust.md §4); `arm` keeps the list that counts.
const READING_POSTS: [&str; 10] = [
    "backupCrrJob",
    "backupCrrJobs",
    "backupValidateOperation",
    "validateCrossRegionRestore",
    "validateRestore",
    "Microsoft.ResourceGraph/resources",
    "checkNameAvailability",
    "checkPolicyRestrictions",
    "effectiveNetworkSecurityGroups",
    "retrieveBootDiagnosticsData",
];

impl Lint<'_> {
    pub(super) fn requests(&mut self, at: usize) {
        let step = &self.runbook.steps[at];
        for (n, request) in step.requests.iter().enumerate() {
            let base = way!["step", at, "request", n];
            let Some((method, text)) = method(request) else {
                let sentence =
                    "A request has exactly one of get, post, put, patch and delete.".to_owned();
                self.error("runbook.method_count", base, sentence, "Keep one of them.");
                continue;
            };
            let place = self.request_place(at, request);
            self.path(place, text, request.service, &inside(&base, &way![method]));
            self.texts_of_request(place, n, request, &base);
            self.version(method, text, request, &base);
            self.az(at, n, &base);
            self.change(step, n, &base);
            self.order(step, n, &base);
        }
        self.secrets(at);
    }

    fn request_place<'a>(&self, at: usize, request: &'a Request) -> Place<'a> {
        let place = self.place(at, false);
        let item = place.item || request.for_each.is_some();
        Place {
            item,
            known: request.known.as_deref(),
            ..place
        }
    }

    /// Checks a path: an ARM path or a reference at the start, plain segments after it.
    pub(super) fn path(
        &mut self,
        place: Place<'_>,
        text: &str,
        service: Option<Service>,
        path: &[Key],
    ) {
        self.template(place, text, path);
        let Ok(pieces) = template::pieces(text) else {
            return;
        };
        let arm = |literal: &str| {
            let lower = literal.to_ascii_lowercase();
            match service {
                Some(Service::Prices) => lower == "/api/retail/prices",
                None => [
                    "/subscriptions/",
                    "/providers/",
                    "/subscriptions",
                    "/tenants",
                ]
                .iter()
                .any(|start| lower == *start || (start.ends_with('/') && lower.starts_with(start))),
            }
        };
        let good = match pieces.first() {
            Some(Piece::Literal(literal)) => arm(literal),
            Some(Piece::Hole(expression)) => {
                service.is_none() && self.could_be_reference(expression)
            }
            None => false,
        };
        if !good {
            let sentence = format!(
                "The path {:?} is no ARM path.",
                text.chars().take(80).collect::<String>()
            );
            let remedy = "Begin with /subscriptions/, /providers/ or a reference.";
            return self.error("runbook.path_not_arm", path.to_vec(), sentence, remedy);
        }
        if let Err(error) = safe(&pieces) {
            self.broken(&error, path);
        }
    }

    fn could_be_reference(&self, expression: &str) -> bool {
        let plain = crate::scope::is_word(expression);
        let kind = plain.then(|| self.names.kind(expression)).flatten();
        !matches!(
            kind,
            Some(ValueType::Number | ValueType::Flag | ValueType::Time | ValueType::List)
        )
    }

    fn texts_of_request(&mut self, place: Place<'_>, n: usize, request: &Request, base: &[Key]) {
        let way = |member: &str| inside(base, &way![member]);
        if let Some(filter) = &request.filter {
            self.template(place, filter, &way("filter"));
        }
        for (name, value) in &request.query {
            self.template(place, value, &inside(base, &way!["query", name.as_str()]));
        }
        if let Some(body) = &request.body {
            self.body(place, n, body, &way("body"));
        }
        if let Some(when) = &request.when {
            self.condition(place, when, &way("when"));
        }
        if let Some(query) = &request.for_each {
            let step_place = Place {
                known: place.known,
                ..self.place(place.step, false)
            };
            self.query(step_place, query, way("for_each"));
        }
        if let Some(known) = &request.known
            && self.names.yields(known).is_empty()
        {
            let sentence = format!("No step yields the name {known}.");
            let remedy = "Correct the name; the request would never be sent.";
            self.error("runbook.unknown_name", way("known"), sentence, remedy);
        }
        if let Some(reconcile) = &request.reconcile {
            let way = |member: &str| inside(base, &way!["reconcile", member]);
            self.path(place, &reconcile.post, None, &way("post"));
            self.row_query(place, &reconcile.rows, way("rows"));
            self.row_query(place, &reconcile.started, way("started"));
            self.row_query(place, &reconcile.yields, way("yields"));
            if let Some(body) = &reconcile.body {
                self.body(place, n, body, &way("body"));
            }
        }
        if let Some(read_back) = &request.read_back {
            self.row_query(
                place,
                &read_back.query,
                inside(base, &way!["read_back", "query"]),
            );
            self.test(
                place,
                "",
                &read_back.test,
                &inside(base, &way!["read_back", "test"]),
            );
        }
        if let Some(download) = &request.download {
            self.row_query(
                place,
                &download.query,
                inside(base, &way!["download", "query"]),
            );
            let declared = self.runbook.steps[place.step]
                .requests
                .iter()
                .any(|r| r.name == download.from);
            if !declared {
                let sentence = format!("This step has no request {}.", download.from);
                let path = inside(base, &way!["download", "from"]);
                self.error(
                    "runbook.unknown_name",
                    path,
                    sentence,
                    "Name the request whose answer holds the address.",
                );
            }
        }
    }

    fn version(&mut self, method: &str, text: &str, request: &Request, base: &[Key]) {
        let generic = matches!(method, "get" | "delete") && tabled(text);
        if request.api_version.is_none() && request.service.is_none() && !generic {
            let sentence = format!("The request {} names no api-version.", request.name);
            let remedy = "Add `api_version`; only generic lists, reads and deletions take it from the table.";
            self.error("runbook.version_missing", base.to_vec(), sentence, remedy);
        }
    }

    fn az(&mut self, at: usize, n: usize, base: &[Key]) {
        let step = &self.runbook.steps[at];
        let request = &step.requests[n];
        let Some((method, text)) = method(request) else {
            return;
        };
        match (&request.az, &request.inside) {
            (Some(line), None) => self.az_line(at, request, line, &inside(base, &way!["az"])),
            (None, Some(other)) => {
                let found = step
                    .requests
                    .iter()
                    .find(|r| r.name == *other && r.name != request.name);
                if found.is_none_or(|found| found.az.is_none()) {
                    let sentence = format!("No request {other} with an az line is in this step.");
                    let remedy = "Name the request whose command does this one too.";
                    self.error(
                        "runbook.az_missing",
                        inside(base, &way!["inside"]),
                        sentence,
                        remedy,
                    );
                }
            }
            (Some(_), Some(_)) => {
                let sentence =
                    "A request has an az line of its own or is inside another.".to_owned();
                self.error(
                    "runbook.az_missing",
                    inside(base, &way!["inside"]),
                    sentence,
                    "Keep one of the two.",
                );
            }
            (None, None) => {
                let generic = matches!(method, "get" | "delete") && tabled(text);
                if !generic && request.service.is_none() {
                    let sentence = format!("The request {} has no az line.", request.name);
                    let remedy =
                        "Add `az`, or `inside` with the request whose command does it too.";
                    self.error("runbook.az_missing", base.to_vec(), sentence, remedy);
                }
            }
        }
    }

    fn az_line(&mut self, at: usize, request: &Request, line: &str, path: &[Key]) {
        let place = self.request_place(at, request);
        match template::az_words(line) {
            Err(error) => self.broken(&error, path),
            Ok(words) => {
                if words.first().map(String::as_str) != Some("az") {
                    let sentence = "The line does not begin with az.".to_owned();
                    self.error(
                        "runbook.az_missing",
                        path.to_vec(),
                        sentence,
                        "Write the equivalent az command.",
                    );
                }
                for word in words {
                    self.template(place, &word, path);
                }
            }
        }
    }

    /// Checks what a changing request must declare.
    fn change(&mut self, step: &Step, n: usize, base: &[Key]) {
        let request = &step.requests[n];
        if !changes(request) && !request.secret {
            return;
        }
        if step.kind != StepKind::Action {
            let sentence = format!(
                "The request {} needs an approval, and the step {} has none.",
                request.name, step.id
            );
            let remedy = "Move it into an action that an approval covers.";
            self.error(
                "runbook.action_without_gate",
                base.to_vec(),
                sentence,
                remedy,
            );
        }
        if request.post.is_some() && !request.secret && request.reconcile.is_none() {
            let sentence = format!(
                "The POST {} does not say how an unknown outcome is cleared up.",
                request.name
            );
            let remedy = "Add `reconcile`: how Azure's jobs are listed, which could be ours, what is adopted.";
            self.error(
                "runbook.post_without_reconcile",
                base.to_vec(),
                sentence,
                remedy,
            );
        }
        if request.for_each.is_some() {
            let sentence = format!(
                "The changing request {} is repeated within its step.",
                request.name
            );
            let remedy = "Repeat the step instead, so that each request has its own intent.";
            self.error("runbook.change_repeated", base.to_vec(), sentence, remedy);
        }
    }

    /// Checks that requests which use each other's answers do so without a circle.
    fn order(&mut self, step: &Step, n: usize, base: &[Key]) {
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
    fn secrets(&mut self, at: usize) {
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

/// Returns the one method and its path; `None` when there is none or more than one.
pub(super) fn method(request: &Request) -> Option<(&'static str, &str)> {
    let all = [
        ("get", &request.get),
        ("post", &request.post),
        ("put", &request.put),
        ("patch", &request.patch),
        ("delete", &request.delete),
    ];
    let mut set = all
        .into_iter()
        .filter_map(|(name, path)| Some((name, path.as_deref()?)));
    let first = set.next()?;
    set.next().is_none().then_some(first)
}

/// Returns whether a request changes Azure; a secret POST only fetches a token.
pub(super) fn changes(request: &Request) -> bool {
    match method(request) {
        Some(("get", _)) | None => false,
        Some(("post", path)) => {
            let reading = READING_POSTS.iter().any(|end| {
                let at = path.len().checked_sub(end.len() + 1);
                at.and_then(|at| path.get(at..)).is_some_and(|tail| {
                    tail.starts_with('/') && tail[1..].eq_ignore_ascii_case(end)
                })
            });
            !reading && !request.secret
        }
        Some(_) => true,
    }
}

/// Returns whether the table of versions knows a path, or will once its reference is filled in.
fn tabled(text: &str) -> bool {
    let Ok(pieces) = template::pieces(text) else {
        return true;
    };
    matches!(pieces.as_slice(), [Piece::Hole(_)]) || versions::of_path(text).is_some()
}

fn safe(pieces: &[Piece]) -> Result<(), TemplateError> {
    let mut filled = String::new();
    for (at, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Literal(literal) => {
                template::literal_of_path(literal)?;
                if at == 1 && matches!(pieces[0], Piece::Hole(_)) && !literal.starts_with('/') {
                    return Err(TemplateError::UnsafeSegment {
                        segment: literal.clone(),
                    });
                }
                filled.push_str(literal);
            }
            Piece::Hole(_) if at == 0 => filled.push_str("/x"),
            Piece::Hole(_) => filled.push('x'),
        }
    }
    template::safe(&filled)
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
