//! Every step with its result.

use super::Story;
use super::html::{Table, cite, text, time};
use drillbook_core::{ElementRun, RunState, elements, step_state};
use serde::Serialize;

/// Returns a word of the runbook's own vocabulary.
pub(super) fn kind(value: &impl Serialize) -> String {
    let value = serde_json::to_value(value).ok();
    value
        .as_ref()
        .and_then(|value| value.as_str())
        .unwrap_or_default()
        .to_owned()
}

pub(super) fn steps(story: &Story<'_>) -> String {
    let drill = &story.drill;
    let mut table = Table::new(
        "Every step of the runbook, in order",
        &["", "Step", "State", "Result"],
    );
    for (index, step) in drill.runbook.steps.iter().enumerate() {
        let state = step_state(drill, index);
        let class = match state.word() {
            "passed" => "good",
            "failed" | "outcome unknown" | "blocked" => "bad",
            "not applicable" | "not started" => "soft",
            _ => "warn",
        };
        table.row(&[
            (index + 1).to_string(),
            format!(
                "{}<br><span class=\"soft\">{}</span>",
                story.title(&step.id),
                text(&kind(&step.kind))
            ),
            format!("<span class=\"{class} nowrap\">{}</span>", state.word()),
            results(story, &step.id),
        ]);
    }
    format!(
        "<section aria-labelledby=\"steps\"><h2 id=\"steps\">Steps and their results</h2>\n{}</section>\n",
        table.or("The runbook has no steps.")
    )
}

fn results(story: &Story<'_>, id: &str) -> String {
    let drill = &story.drill;
    let (Some(step), Some(run)) = (drill.runbook.step(id), drill.runs.get(id)) else {
        return String::new();
    };
    let known = elements(drill, step);
    let mut out = Vec::new();
    for (key, element) in &run.elements {
        let label = known
            .iter()
            .find(|one| &one.key == key)
            .map_or(key.as_str(), |one| &one.label);
        let label = if key.is_empty() {
            String::new()
        } else {
            format!("{}: ", text(label))
        };
        out.push(format!("{label}{}", settled(element)));
        for judged in &element.judged {
            let that = step
                .expectations
                .get(judged.number)
                .map_or("", |one| one.that.as_str());
            out.push(format!(
                "{} — {}: {}{}",
                text(that),
                text(&judged.result),
                text(&judged.value),
                cite(&[judged.seq])
            ));
        }
        out.extend(chosen(story, id, key, element));
        if let Some(wait) = &element.wait {
            out.push(format!(
                "waited since {}: {}",
                time(wait.started),
                text(&wait.status)
            ));
        }
    }
    out.extend(stated(story, id));
    out.extend(outside(story, id));
    out.retain(|line| !line.is_empty());
    out.join("<br>")
}

/// What was chosen, among how many, and why.
fn chosen(story: &Story<'_>, id: &str, key: &str, element: &ElementRun) -> Option<String> {
    let (value, alternatives, reason) = element.choice.as_ref()?;
    let offered = alternatives.as_array().map_or(0, Vec::len);
    let own = |fact: &&crate::fact::Fact| {
        fact.text("step") == Some(id) && fact.text("element").unwrap_or_default() == key
    };
    let made: Vec<u64> = story
        .of("choice.made")
        .filter(own)
        .map(|fact| fact.entry.seq)
        .collect();
    Some(format!(
        "chosen: {} ({offered} others were offered); {}{}",
        text(&short(value)),
        text(reason),
        cite(&made)
    ))
}

fn settled(element: &ElementRun) -> String {
    let entries: Vec<u64> = element.entry.iter().map(|(seq, _)| *seq).collect();
    let word = match element.state {
        RunState::Open => return String::new(),
        RunState::Passed => "passed",
        RunState::Failed => "failed",
        RunState::Skipped => "skipped",
        RunState::NotApplicable => "does not apply",
    };
    let when = element.at.map(time).unwrap_or_default();
    let why = match (&element.failure, element.state) {
        (Some((code, detail)), RunState::Failed) => {
            format!(
                ": {} <span class=\"soft\">({})</span>",
                text(detail),
                text(code)
            )
        }
        _ => String::new(),
    };
    format!("{word} {when}{why}{}", cite(&entries))
}

/// What was taken to be run, and was run, in a terminal outside.
fn outside(story: &Story<'_>, id: &str) -> Vec<String> {
    let told = [
        (
            "action.taken_outside",
            "taken by the operator to run it outside",
        ),
        ("step.ran_outside", "run outside by the operator"),
    ];
    let mut out = Vec::new();
    for (kind, words) in told {
        let own = story.of(kind).filter(|fact| fact.text("step") == Some(id));
        out.extend(own.map(|fact| {
            let line = fact.text("az").unwrap_or_default();
            let cited = cite(&[fact.entry.seq]);
            format!("{words}: <code>{}</code>{cited}", text(line))
        }));
    }
    out
}

/// What people stated at a step.
fn stated(story: &Story<'_>, id: &str) -> Vec<String> {
    let fields = story
        .of("field.entered")
        .filter(|fact| fact.text("step") == Some(id));
    fields
        .map(|fact| {
            let value = fact.text("value").unwrap_or_default();
            let value: String = serde_json::from_str::<String>(value).unwrap_or(value.to_owned());
            let name = fact.text("name").unwrap_or_default();
            let asked = story.drill.runbook.step(id).and_then(|step| {
                let field = step.fields.iter().find(|field| field.name == name);
                field.map(|field| field.label.as_str())
            });
            let name = asked.filter(|label| !label.is_empty()).unwrap_or(name);
            format!(
                "{}: {}{}",
                text(name),
                text(&value),
                cite(&[fact.entry.seq])
            )
        })
        .collect()
}

/// The name of a row as people know it, or its whole JSON text.
fn short(value: &serde_json::Value) -> String {
    let rows = value
        .as_array()
        .map_or(std::slice::from_ref(value), Vec::as_slice);
    let names = rows.iter().map(|row| {
        let name = ["label", "friendlyName", "name", "id"]
            .iter()
            .find_map(|key| row.get(*key));
        name.and_then(|name| name.as_str())
            .map_or_else(|| row.to_string(), str::to_owned)
    });
    names.collect::<Vec<_>>().join(", ")
}
