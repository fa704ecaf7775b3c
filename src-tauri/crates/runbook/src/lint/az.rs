//! Versions and `az` lines: every request can be repeated by hand.

use super::requests::method;
use super::{Lint, inside, way};
use crate::locate::Key;
use crate::model::Request;
use crate::template::{self, Piece};
use crate::versions;

impl Lint<'_> {
    pub(super) fn version(&mut self, method: &str, text: &str, request: &Request, base: &[Key]) {
        let generic = matches!(method, "get" | "delete") && tabled(text);
        if request.api_version.is_none() && request.service.is_none() && !generic {
            let sentence = format!("The request {} names no api-version.", request.name);
            let remedy = "Add `api_version`; only generic lists, reads and deletions take it from the table.";
            self.error("runbook.version_missing", base.to_vec(), sentence, remedy);
        }
    }

    pub(super) fn az(&mut self, at: usize, n: usize, base: &[Key]) {
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
}

/// Returns whether the table of versions knows a path, or will once its reference is filled in.
fn tabled(text: &str) -> bool {
    let Ok(pieces) = template::pieces(text) else {
        return true;
    };
    matches!(pieces.as_slice(), [Piece::Hole(_)]) || versions::of_path(text).is_some()
}
