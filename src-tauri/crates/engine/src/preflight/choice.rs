//! Choosing without a person: what the caller named, or the only row that can be used.

use drillbook_core::{Element, RowVerdict};
use drillbook_runbook::Step;

/// Why nothing was chosen.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotChosen {
    pub(super) code: &'static str,
    pub(super) sentence: String,
    pub(super) next: String,
    /// Whether another answer of the caller could still lead on.
    pub(super) open: bool,
}

/// Returns what the caller named for one element of a step.
pub(super) fn named<'a>(
    choices: &'a [(String, String)],
    step: &Step,
    element: &Element,
) -> Vec<&'a str> {
    let meant = |place: &str| match place.split_once('@') {
        Some((id, label)) => {
            id == step.id && (same(label, &element.label) || same(label, &element.key))
        }
        None => place == step.id,
    };
    let all = choices.iter().filter(|(place, _)| meant(place));
    all.map(|(_, chosen)| chosen.as_str()).collect()
}

/// Picks rows: those that were named, every usable one of a list of several, or the only usable one.
pub(super) fn pick(
    step: &Step,
    rows: &[RowVerdict],
    named: &[&str],
) -> Result<Vec<String>, NotChosen> {
    let many = step.choose.as_ref().is_some_and(|choose| choose.many);
    let usable: Vec<&RowVerdict> = rows.iter().filter(|row| row.reasons.is_empty()).collect();
    if usable.is_empty() {
        return Err(nothing_usable(step, rows));
    }
    match named {
        [] if many || usable.len() == 1 => Ok(keys(&usable)),
        [] => Err(ambiguous(step, &usable)),
        ["first"] => Ok(keys(&usable[..1])),
        named => named.iter().map(|name| find(step, rows, name)).collect(),
    }
}

fn keys(rows: &[&RowVerdict]) -> Vec<String> {
    rows.iter().map(|row| row.key.clone()).collect()
}

/// Finds a row by its id, the last part of its id, or what it is called.
fn find(step: &Step, rows: &[RowVerdict], name: &str) -> Result<String, NotChosen> {
    let meant = |row: &&RowVerdict| {
        let last = row.key.rsplit(['/', ';']).next().unwrap_or_default();
        [row.key.as_str(), last, row.label.as_str()]
            .iter()
            .any(|known| same(known, name))
    };
    let mut found = rows.iter().filter(meant);
    match (found.next(), found.next()) {
        (Some(row), None) => match row.reasons.first() {
            None => Ok(row.key.clone()),
            Some(reason) => Err(NotChosen {
                code: "choice.unusable_row",
                sentence: format!("{} cannot be used: {reason}", row.label),
                next: step.if_not.clone(),
                open: false,
            }),
        },
        (None, _) => Err(NotChosen {
            code: "choice.unknown_row",
            sentence: format!("Azure lists no {name} for this choice"),
            next: format!("Name one of: {}.", offered(rows.iter())),
            open: true,
        }),
        (Some(_), Some(_)) => Err(NotChosen {
            code: "choice.ambiguous",
            sentence: format!("several rows are called {name}"),
            next: format!("Give the whole id: --choose {}=ID.", step.id),
            open: true,
        }),
    }
}

fn nothing_usable(step: &Step, rows: &[RowVerdict]) -> NotChosen {
    let reasons: Vec<String> = rows
        .iter()
        .filter_map(|row| Some(format!("{}: {}", row.label, row.reasons.first()?)))
        .collect();
    let sentence = match reasons.as_slice() {
        [] => "there is nothing to choose from".to_owned(),
        reasons => format!("no row can be used ({})", reasons.join("; ")),
    };
    NotChosen {
        code: "choice.nothing_usable",
        sentence,
        next: step.if_not.clone(),
        open: false,
    }
}

fn ambiguous(step: &Step, usable: &[&RowVerdict]) -> NotChosen {
    NotChosen {
        code: "choice.ambiguous",
        sentence: format!("{} rows can be used", usable.len()),
        next: format!(
            "Name one with --choose {}=ID, or the first with --choose {}=first: {}.",
            step.id,
            step.id,
            offered(usable.iter().copied())
        ),
        open: true,
    }
}

/// The most rows that a sentence lists.
const LISTED: usize = 8;

fn offered<'a>(rows: impl Iterator<Item = &'a RowVerdict>) -> String {
    let mut all: Vec<&str> = rows.map(|row| row.label.as_str()).collect();
    let more = all.len().saturating_sub(LISTED);
    all.truncate(LISTED);
    let listed = all.join(", ");
    if more == 0 {
        listed
    } else {
        format!("{listed} and {more} more")
    }
}

fn same(one: &str, other: &str) -> bool {
    one.replace("%3B", ";").eq_ignore_ascii_case(other)
}
