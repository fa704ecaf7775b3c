//! Every error code of the workspace, read from the sources: the arms of `fn code` of each `Diagnostic`, the sentence
//! of the variant, and its remediation; for the linter of runbooks, the literals of its own family.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::rust;
use crate::tidy::Source;

/// One code and what a person is told with it.
#[derive(Debug, Default, PartialEq)]
pub struct Code {
    pub code: String,
    /// `Display` of the variants that carry it, with their fields in braces.
    pub says: BTreeSet<String>,
    /// The next action, where it is one fixed text.
    pub next: BTreeSet<String>,
    /// The crates that raise it.
    pub from: BTreeSet<String>,
}

/// Crates whose codes stand in calls, not in a `Diagnostic`: the crate and the family of its codes.
const IN_CALLS: &[(&str, &str)] = &[("runbook", "runbook."), ("arm", "azure.")];

/// Finds every code in the given sources.
pub fn scan(sources: &[Source]) -> Vec<Code> {
    let mut codes: BTreeMap<String, Code> = BTreeMap::new();
    let rust: Vec<(&str, &str, &str)> = sources
        .iter()
        .filter_map(|s| Some((owner(&s.path)?, s.path.as_str(), code_of(&s.text))))
        .collect();
    for (owner, _, text) in &rust {
        let crate_text = || {
            rust.iter()
                .filter(|(other, ..)| other == owner)
                .map(|(_, _, text)| *text)
        };
        for found in diagnostics(text) {
            let said = crate_text()
                .find_map(|text| sentences(text, found.of))
                .unwrap_or_default();
            for (variant, code) in &found.codes {
                let entry = entry(&mut codes, code, owner);
                entry.says.extend(said.get(variant.as_str()).cloned());
                let next = found
                    .next
                    .get(variant.as_str())
                    .or_else(|| found.next.get("_"));
                entry.next.extend(next.cloned());
            }
        }
        if let Some((_, family)) = IN_CALLS.iter().find(|(name, _)| name == owner) {
            for (_, text) in rust::literals(text) {
                if text.starts_with(family) && is_code(&text) {
                    entry(&mut codes, &text, owner);
                }
            }
        }
    }
    codes.into_values().collect()
}

fn entry<'a>(codes: &'a mut BTreeMap<String, Code>, code: &str, from: &str) -> &'a mut Code {
    let entry = codes.entry(code.to_owned()).or_default();
    entry.code = code.to_owned();
    entry.from.insert(from.to_owned());
    entry
}

/// The crate a source file belongs to; none for tests and for xtask.
fn owner(path: &str) -> Option<&str> {
    let path = path
        .strip_suffix(".rs")
        .filter(|path| !path.ends_with("/tests"))?;
    if let Some((name, rest)) = path
        .strip_prefix("src-tauri/crates/")
        .and_then(|rest| rest.split_once('/'))
    {
        return rest.starts_with("src/").then_some(name);
    }
    path.starts_with("src-tauri/src/").then_some("desktop")
}

/// The part of a file before its tests.
fn code_of(text: &str) -> &str {
    let tests = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    &text[..tests]
}

/// One `impl Diagnostic`: which type, the code of each variant, the remediation of each variant (`_` for the rest).
struct Found<'a> {
    of: &'a str,
    codes: Vec<(String, String)>,
    next: BTreeMap<String, String>,
}

fn diagnostics(text: &str) -> Vec<Found<'_>> {
    let marker = "Diagnostic for ";
    let mut found = Vec::new();
    for (at, _) in text.match_indices(marker) {
        let name = text[at + marker.len()..]
            .split(|c: char| !c.is_alphanumeric())
            .next()
            .unwrap_or_default();
        let Some(body) = rust::block(text, at) else {
            continue;
        };
        let Some(code) = body.find("fn code").and_then(|at| rust::block(body, at)) else {
            continue;
        };
        let remedy = body
            .find("fn remediation")
            .and_then(|at| rust::block(body, at))
            .unwrap_or_default();
        let mut codes = by_variant(code);
        codes.retain(|(_, text)| is_code(text));
        found.push(Found {
            of: name,
            codes,
            next: by_variant(remedy).into_iter().collect(),
        });
    }
    found
}

/// The first literal of each arm, by variant; a body without `match` holds for every variant and is called `_`.
fn by_variant(body: &str) -> Vec<(String, String)> {
    let first = |text: &str| {
        rust::literals(text)
            .into_iter()
            .next()
            .map(|(_, text)| text)
    };
    let arms = rust::arms(body);
    if arms.is_empty() {
        return first(body)
            .map(|text| ("_".to_owned(), text))
            .into_iter()
            .collect();
    }
    let mut all = Vec::new();
    for (pattern, expression) in arms {
        let Some(text) = first(expression) else {
            continue;
        };
        let names = rust::variants(pattern);
        if names.is_empty() {
            all.push(("_".to_owned(), text.clone()));
        }
        all.extend(
            names
                .into_iter()
                .map(|name| (name.to_owned(), text.clone())),
        );
    }
    all
}

/// The `#[error("…")]` of each variant of an enum, or of a struct under the name `_`.
fn sentences(text: &str, of: &str) -> Option<BTreeMap<String, String>> {
    let attribute = "#[error(";
    let mut said = BTreeMap::new();
    if let Some(at) = text.find(&format!("enum {of} ")) {
        let body = rust::block(text, at)?;
        for (at, _) in body.match_indices(attribute) {
            let rest = &body[at..];
            let Some((_, sentence)) = rust::literals(rest).into_iter().next() else {
                continue;
            };
            let Some(end) = rest.find(")]") else { continue };
            let name = variant_after(&rest[end + 2..]);
            said.insert(name.to_owned(), sentence);
        }
        return Some(said);
    }
    let at = text.find(&format!("struct {of}"))?;
    let before = text[..at].rfind(attribute)?;
    let (_, sentence) = rust::literals(&text[before..at]).into_iter().next()?;
    said.insert("_".to_owned(), sentence);
    Some(said)
}

/// The name of the variant that attributes and comments stand before.
fn variant_after(text: &str) -> &str {
    let line = text
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty() && !line.starts_with("//") && !line.starts_with('#'));
    line.unwrap_or_default()
        .split(|c: char| !c.is_alphanumeric())
        .next()
        .unwrap_or_default()
}

/// `family.name`, in small letters.
fn is_code(text: &str) -> bool {
    let word = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_lowercase())
            && part
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    text.split('.').count() >= 2 && text.split('.').all(word)
}

/// The list that a test compares: one code a line.
pub fn golden(codes: &[Code]) -> String {
    codes
        .iter()
        .map(|code| format!("{}\n", code.code))
        .collect()
}

/// What stood in `before` and does not stand in `now`.
pub fn vanished<'a>(before: &'a str, now: &str) -> Vec<&'a str> {
    let now: BTreeSet<&str> = now.lines().collect();
    before.lines().filter(|code| !now.contains(code)).collect()
}

/// A format string for a reader: `{name:?}` is `{name}`, and an argument without a name is `…`.
fn readable(text: &str) -> String {
    let mut parts = text.split('{');
    let mut said = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let Some((hole, rest)) = part.split_once('}') else {
            said.push_str(part);
            continue;
        };
        let name = hole.split(':').next().unwrap_or_default();
        match name.starts_with(char::is_alphabetic) {
            true => said.push_str(&format!("{{{name}}}")),
            false => said.push('…'),
        }
        said.push_str(rest);
    }
    said
}

/// `docs/errors.md`.
pub fn page(codes: &[Code]) -> String {
    let mut page = String::from(
        "<!-- Generated by `cargo xtask codegen`. -->\n\n# Error codes\n\n\
         The window and the command say `code: sentence` and what to do next.\n\
         A code is stable: it is never renamed and never used for something else.\n\
         Words in braces are filled in.\n",
    );
    let mut family = "";
    for code in codes {
        let own = code.code.split('.').next().unwrap_or_default();
        if own != family {
            family = own;
            let _ = write!(
                page,
                "\n## {family}\n\n| code | says | next |\n|---|---|---|\n"
            );
        }
        let cell = |texts: &BTreeSet<String>| {
            let texts: Vec<String> = texts
                .iter()
                .map(|text| readable(text).replace('|', "\\|").replace('\n', " "))
                .collect();
            texts.join("<br>")
        };
        let _ = writeln!(
            page,
            "| `{}` | {} | {} |",
            code.code,
            cell(&code.says),
            cell(&code.next)
        );
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = r#"//! Errors.
/// Why.
#[derive(Debug, thiserror::Error)]
pub enum GateRefusal {
    /// Own request.
    #[error("the person who requested a drill cannot approve it")]
    OwnRequest,
    #[error("{count} of {wanted} approvals")]
    Quorum { count: u32, wanted: u32 },
    #[error(transparent)]
    Other(#[from] Below),
}

impl Diagnostic for GateRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::OwnRequest => "approval.own_request",
            Self::Quorum { .. } => "approval.quorum",
            Self::Other(below) => below.code(),
        }
    }
    fn severity(&self) -> Severity { Severity::Refused }
    fn remediation(&self) -> Option<String> {
        match self {
            Self::OwnRequest => Some("Ask a second person.".to_owned()),
            _ => Some("Wait for more decisions.".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    const X: &str = "runbook.never";
}
"#;

    fn scanned() -> Vec<Code> {
        scan(&[Source::new("src-tauri/crates/trust/src/gate.rs", SOURCE)])
    }

    #[test]
    fn a_code_comes_with_its_sentence_and_its_remedy() {
        let codes = scanned();
        assert_eq!(golden(&codes), "approval.own_request\napproval.quorum\n");
        let says: Vec<_> = codes.iter().flat_map(|code| &code.says).collect();
        assert_eq!(
            says,
            [
                "the person who requested a drill cannot approve it",
                "{count} of {wanted} approvals"
            ]
        );
        let next: Vec<_> = codes.iter().flat_map(|code| &code.next).collect();
        assert_eq!(next, ["Ask a second person.", "Wait for more decisions."]);
    }

    #[test]
    fn the_linters_codes_stand_in_its_calls() {
        let text = "//! Lint.\nfn f() { report(\"runbook.no_review\", \"runbook.toml\"); }\n";
        let codes = scan(&[Source::new("src-tauri/crates/runbook/src/lint.rs", text)]);
        assert!(golden(&codes).contains("runbook.no_review\n"));
        assert!(scan(&[Source::new("src-tauri/crates/core/src/lint.rs", text)]).is_empty());
    }

    #[test]
    fn a_hole_is_shown_by_its_name() {
        assert_eq!(
            readable("{a} of {b:?}, {} and {0:x}"),
            "{a} of {b}, … and …"
        );
    }

    #[test]
    fn a_code_that_is_gone_is_named() {
        assert_eq!(vanished("a.b\nc.d\n", "c.d\ne.f\n"), ["a.b"]);
    }
}
