//! Requests: one method, a path that stays where it says, and what a change must declare.

use super::queries::Place;
use super::{Lint, inside, way};
use crate::locate::Key;
use crate::model::{Reconcile, Request, Service, Step, StepKind, ValueType};
use crate::template::{self, Piece, TemplateError};

/// Last words of the POSTs that change nothing (trust.md §4); `arm` keeps the list that counts.
const READING_POSTS: [&str; 13] = [
    "backupCrrJob",
    "backupCrrJobs",
    "backupValidateOperation",
    "fetchSecondaryRecoveryPoints",
    "fetchCrossRegionRestoreJob",
    "fetchCrossRegionRestoreJobs",
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
            if request.download.is_some() && methods(request).count() == 0 {
                self.download(self.request_place(at, request), request, &base);
                continue;
            }
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

    pub(super) fn request_place<'a>(&self, at: usize, request: &'a Request) -> Place<'a> {
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
        self.repetition_of_request(place, n, request, base);
        self.download(place, request, base);
    }

    /// Checks how an unknown outcome is cleared up.
    fn repetition_of_request(
        &mut self,
        place: Place<'_>,
        n: usize,
        request: &Request,
        base: &[Key],
    ) {
        if let Some(reconcile) = &request.reconcile {
            let way = |member: &str| inside(base, &way!["reconcile", member]);
            self.question(place, reconcile, &inside(base, &way!["reconcile"]));
            if let Some(filter) = &reconcile.filter {
                self.template(place, filter, &way("filter"));
            }
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
    }

    /// Checks what Azure is asked after an unknown outcome: one path, and one that changes nothing.
    fn question(&mut self, place: Place<'_>, reconcile: &Reconcile, base: &[Key]) {
        match (&reconcile.post, &reconcile.get) {
            (Some(post), None) => {
                self.path(place, post, None, &inside(base, &way!["post"]));
                if !reads(post) {
                    let sentence = format!("The POST {post} is not known to change nothing.");
                    let remedy =
                        "List jobs with backupCrrJobs, fetchCrossRegionRestoreJobs or a GET.";
                    let path = inside(base, &way!["post"]);
                    self.error("runbook.reconcile_not_reading", path, sentence, remedy);
                }
            }
            (None, Some(get)) => self.path(place, get, None, &inside(base, &way!["get"])),
            _ => {
                let sentence = "A reconcile has exactly one of post and get.".to_owned();
                let remedy = "Keep one of them.";
                self.error("runbook.method_count", base.to_vec(), sentence, remedy);
            }
        }
    }

    fn download(&mut self, place: Place<'_>, request: &Request, base: &[Key]) {
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
        let point = request.put.as_deref().is_some_and(puts_a_point);
        if point && request.reconcile.is_none() {
            let sentence = format!(
                "The PUT {} makes a restore point and does not say how an unknown outcome is cleared up.",
                request.name
            );
            let remedy = "Add `reconcile` with `get`: a restore point cannot be put twice, and each try counts.";
            self.error(
                "runbook.put_without_reconcile",
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
}

/// Returns the one method and its path; `None` when there is none or more than one.
pub(super) fn method(request: &Request) -> Option<(&'static str, &str)> {
    let mut set = methods(request);
    let first = set.next()?;
    set.next().is_none().then_some(first)
}

fn methods(request: &Request) -> impl Iterator<Item = (&'static str, &str)> {
    let all = [
        ("get", &request.get),
        ("post", &request.post),
        ("put", &request.put),
        ("patch", &request.patch),
        ("delete", &request.delete),
    ];
    all.into_iter()
        .filter_map(|(name, path)| Some((name, path.as_deref()?)))
}

/// Returns whether a request changes Azure; a secret POST only fetches a token.
pub(super) fn changes(request: &Request) -> bool {
    match method(request) {
        Some(("get", _)) | None => false,
        Some(("post", path)) => !reads(path) && !request.secret,
        Some(_) => true,
    }
}

/// Returns whether a POST to this path changes nothing.
fn reads(path: &str) -> bool {
    READING_POSTS.iter().any(|end| {
        let at = path.len().checked_sub(end.len() + 1);
        at.and_then(|at| path.get(at..))
            .is_some_and(|tail| tail.starts_with('/') && tail[1..].eq_ignore_ascii_case(end))
    })
}

/// Returns whether a PUT to this path makes a restore point: Azure refuses a second one to the same name, and counts
/// the copies of an hour.
fn puts_a_point(path: &str) -> bool {
    let mut last = path.rsplit('/').skip(1);
    last.next()
        .is_some_and(|part| part.eq_ignore_ascii_case("restorePoints"))
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
