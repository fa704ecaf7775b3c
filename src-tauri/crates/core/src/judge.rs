//! Judging answers: expectations, captures, and which rows of a list can be used.

use crate::command::Answers;
use crate::drill::Drill;
use crate::{Event, Json, Refusal, Timestamp, scope};
use drillbook_runbook::model::{Condition, Expectation, Needs, Otherwise, Request, Step};
use drillbook_runbook::{query, reference, test};
use serde_json::{Value, json};

/// What came of judging the answers of a step.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Judgement {
    /// One `expectation.judged` each, and captures when nothing failed.
    pub events: Vec<Event>,
    /// Statements that failed, in order.
    pub failed: Vec<String>,
    /// Statements that could not be checked.
    pub not_checked: Vec<String>,
}

/// A row of a list to choose from.
#[derive(Debug, Clone, PartialEq)]
pub struct RowVerdict {
    /// What identifies it.
    pub key: String,
    /// What it is called.
    pub label: String,
    /// One text for each column.
    pub cells: Vec<Value>,
    /// Why it cannot be used; empty when it can.
    pub reasons: Vec<String>,
    /// The row, enriched as a reference.
    pub row: Value,
}

/// Judges the expectations of a step and evaluates its captures.
///
/// # Errors
/// [`Refusal::Query`] when a query of the runbook cannot be evaluated.
pub fn judge(
    drill: &Drill,
    step: &Step,
    element: Option<&str>,
    item: Option<&Value>,
    answers: &Answers,
    now: Timestamp,
) -> Result<Judgement, Refusal> {
    let scope = scope(drill, step, item, Some(answers), now);
    let mut judgement = Judgement::default();
    for (number, expectation) in step.expectations.iter().enumerate() {
        if let Some(when) = &expectation.when
            && !holds(when, &scope, drill.measured_at(now))?
        {
            continue;
        }
        let (result, value, expected) = one(drill, step, expectation, answers, &scope, now)?;
        match result {
            "failed" => judgement.failed.push(expectation.that.clone()),
            "not-checked" => judgement.not_checked.push(expectation.that.clone()),
            _ => {}
        }
        judgement.events.push(Event::ExpectationJudged {
            step: step.id.clone(),
            number: number as u64,
            result: result.to_owned(),
            element: element.map(str::to_owned),
            value,
            expected,
        });
    }
    if judgement.failed.is_empty() {
        judgement
            .events
            .extend(captures(step, element, answers, &scope)?);
    }
    Ok(judgement)
}

/// Returns whether a condition holds.
///
/// # Errors
/// [`Refusal::Query`] when its query cannot be evaluated.
pub fn holds(when: &Condition, scope: &Value, at: Timestamp) -> Result<bool, Refusal> {
    let value = run(&when.query, scope)?;
    Ok(verdict(&when.test, &value, scope, at)?.passed)
}

pub(crate) fn run(text: &str, scope: &Value) -> Result<Value, Refusal> {
    query::run(text, scope).map_err(|error| Refusal::Query {
        problem: format!("{error} in “{text}”"),
    })
}

fn verdict(
    wanted: &drillbook_runbook::model::Test,
    value: &Value,
    scope: &Value,
    at: Timestamp,
) -> Result<test::Verdict, Refusal> {
    test::evaluate(wanted, value, scope, at).map_err(|error| Refusal::Query {
        problem: error.to_string(),
    })
}

type Judged = (&'static str, String, String);

fn one(
    drill: &Drill,
    step: &Step,
    expectation: &Expectation,
    answers: &Answers,
    scope: &Value,
    now: Timestamp,
) -> Result<Judged, Refusal> {
    if let Some(why) = out_of_reach(drill, step, expectation, answers, now) {
        return Ok(("not-checked", why, String::new()));
    }
    let at = drill.measured_at(now);
    if let Some(unknown) = &expectation.unknown
        && holds(unknown, scope, at)?
    {
        return Ok((
            "not-checked",
            "Azure does not answer this here".to_owned(),
            String::new(),
        ));
    }
    let value = run(&expectation.query, scope)?;
    let verdict = verdict(&expectation.test, &value, scope, at)?;
    let result = match (verdict.passed, expectation.otherwise) {
        (true, _) if verdict.excess.is_empty() => "passed",
        (true, _) => "warned",
        (false, Otherwise::Fail) => "failed",
        (false, Otherwise::Warn) => "warned",
    };
    let shown = match verdict.excess.as_slice() {
        [] => verdict.shown,
        excess => {
            let excess = test::words::list(excess, "and");
            format!("{}; more than needed: {excess}", verdict.shown)
        }
    };
    Ok((result, shorten(shown), shorten(verdict.expected)))
}

fn shorten(text: String) -> String {
    const LIMIT: usize = 2000;
    if text.chars().count() <= LIMIT {
        return text;
    }
    text.chars().take(LIMIT).chain(['…']).collect()
}

/// After T0 what needs the primary region and got no answer, or was not asked for at all, is *not checked*, never
/// failed; it is told with how old the baseline is that it would have been compared with.
fn out_of_reach(
    drill: &Drill,
    step: &Step,
    expectation: &Expectation,
    answers: &Answers,
    now: Timestamp,
) -> Option<String> {
    drill.t0?;
    let read = |request: &&Request| {
        request.needs == Needs::Primary && mentions(&expectation.query, &request.name)
    };
    let primary: Vec<&Request> = step.requests.iter().filter(read).collect();
    let silent = |one: &&Request| answers.unanswered.contains(&one.name);
    let left_out = |one: &&Request| !answers.responses.contains_key(&one.name);
    let why = if primary.iter().any(silent) {
        "the primary region did not answer after T0"
    } else if primary.iter().any(left_out) {
        "the primary region was not asked after T0"
    } else {
        return None;
    };
    Some(match baseline(drill, expectation, now) {
        Some((step, age)) => format!("{why}; the baseline of step {step} is {age} min old"),
        None => why.to_owned(),
    })
}

/// Returns the step whose captured values an expectation compares with, and how many minutes ago it was read.
fn baseline<'a>(
    drill: &'a Drill,
    expectation: &Expectation,
    now: Timestamp,
) -> Option<(&'a str, i64)> {
    let text = serde_json::to_string(expectation).ok()?;
    let named = |name: &String| {
        let at = format!("names.{name}");
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        text.match_indices(&at)
            .any(|(start, _)| !text[start + at.len()..].starts_with(word))
    };
    let runs = drill.runs.iter().flat_map(|(step, run)| {
        let elements = run.elements.values();
        elements.map(move |element| (step.as_str(), element))
    });
    let read = runs.filter(|(_, one)| one.captured.keys().any(named));
    // The oldest of several elements: the comparison is as old as that.
    let oldest = read.filter_map(|(step, one)| Some((one.at?, step))).min()?;
    Some((oldest.1, (now - oldest.0).num_minutes()))
}

/// Returns whether a query reads the answer of a request: `responses.vault`, but not `responses.vaults`.
fn mentions(text: &str, request: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let plain = format!("responses.{request}");
    let quoted = format!("responses.\"{request}\"");
    text.contains(&quoted)
        || text
            .match_indices(&plain)
            .any(|(at, _)| !text[at + plain.len()..].starts_with(word))
}

pub(crate) fn captures(
    step: &Step,
    element: Option<&str>,
    answers: &Answers,
    scope: &Value,
) -> Result<Vec<Event>, Refusal> {
    let mut events = Vec::new();
    for capture in &step.captures {
        let missing = answers
            .unanswered
            .iter()
            .any(|name| mentions(&capture.query, name));
        if missing {
            continue;
        }
        let value = run(&capture.query, scope)?;
        events.push(Event::ValueCaptured {
            step: step.id.clone(),
            name: capture.name.clone(),
            element: element.map(str::to_owned),
            value: Json(enriched(&value)),
        });
    }
    Ok(events)
}

fn enriched(value: &Value) -> Value {
    match value {
        Value::Array(rows) => Value::Array(rows.iter().map(enriched).collect()),
        Value::Object(_) => reference::enrich(value),
        other => other.clone(),
    }
}

/// Returns the rows of a choice with the reasons why some cannot be used.
///
/// # Errors
/// [`Refusal::Query`] when a query of the runbook cannot be evaluated.
pub fn rows(
    drill: &Drill,
    step: &Step,
    item: Option<&Value>,
    answers: &Answers,
    now: Timestamp,
) -> Result<Vec<RowVerdict>, Refusal> {
    let Some(choose) = &step.choose else {
        return Err(Refusal::WrongKind {
            step: step.id.clone(),
        });
    };
    let scope = scope(drill, step, item, Some(answers), now);
    let listed = run(&choose.from, &scope)?;
    let mut all = Vec::new();
    for row in listed.as_array().map(Vec::as_slice).unwrap_or_default() {
        all.push(row_verdict(
            step,
            choose,
            &reference::enrich(row),
            &scope,
            drill.measured_at(now),
        )?);
    }
    match choose.order.as_deref() {
        Some("newest") => all.sort_by_key(|row| std::cmp::Reverse(text_of(row.cells.first()))),
        Some("label") => all.sort_by_key(|row| row.label.clone()),
        _ => {}
    }
    Ok(all)
}

fn text_of(cell: Option<&Value>) -> String {
    match cell {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}

fn row_verdict(
    step: &Step,
    choose: &drillbook_runbook::model::Choose,
    row: &Value,
    scope: &Value,
    at: Timestamp,
) -> Result<RowVerdict, Refusal> {
    let on_row = |text: &str| {
        query::on_row(text, row, scope).map_err(|error| Refusal::Query {
            problem: format!("{error} in “{text}”"),
        })
    };
    let mut reasons = Vec::new();
    for usable in &step.usable {
        let value = on_row(&usable.query)?;
        let verdict = verdict(&usable.test, &value, scope, at)?;
        if !verdict.passed {
            reasons.push(format!("not {}: {}", usable.that, shorten(verdict.shown)));
        }
    }
    let cells = choose
        .columns
        .iter()
        .map(|column| on_row(column))
        .collect::<Result<_, _>>()?;
    Ok(RowVerdict {
        key: text_of(Some(&on_row(&choose.key)?)),
        label: text_of(Some(&on_row(&choose.label)?)),
        cells,
        reasons,
        row: row.clone(),
    })
}

/// Returns what else there was, as the journal keeps it.
pub(crate) fn alternatives(rows: &[RowVerdict]) -> Value {
    rows.iter()
        .map(|row| json!({"key": row.key, "label": row.label, "usable": row.reasons.is_empty(), "reasons": row.reasons}))
        .collect()
}

/// Evaluates a query of the runbook over a scope.
///
/// # Errors
/// [`Refusal::Query`] when it cannot be evaluated.
pub fn evaluate(text: &str, scope: &Value) -> Result<Value, Refusal> {
    run(text, scope)
}
