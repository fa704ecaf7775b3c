//! What a request for sign-off says beside its digests: the `az` lines of everything it covers, and one
//! sentence. The signed document commits to both (trust.md §3), and the journal keeps what it commits to.

use super::{Covered, composing_scope, covered_elements, decode_id};
use crate::drill::{Drill, RequestState, SignOff};
use crate::elements::Element;
use crate::{Refusal, Timestamp, words};
use drillbook_runbook::model::{Step, StepKind};
use drillbook_runbook::{template, versions};
use drillbook_trust::action::CanonicalRequest;
use drillbook_trust::disclosure::{Disclosure, Value};
use drillbook_trust::document::{CoverKind, Request};

/// The most things that the sentence names; more of them are counted.
const NAMED: usize = 3;

/// The texts that a request document commits to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Statement {
    /// The equivalent `az` lines of all that is covered, one a line, in the order of sending.
    pub cli: String,
    /// What will happen, in one sentence.
    pub scope: String,
}

impl Statement {
    /// Returns the disclosures' names with the texts.
    fn fields(self) -> [(&'static str, String); 2] {
        [("cli", self.cli), ("scope", self.scope)]
    }
}

/// Returns what a request for sign-off at `gate` of `covers` says.
///
/// # Errors
/// [`Refusal::Query`] when a covered step cannot be composed.
pub fn statement(
    drill: &Drill,
    gate: &Step,
    covers: &[Covered],
    now: Timestamp,
) -> Result<Statement, Refusal> {
    let mut lines = Vec::new();
    let mut acts: Vec<(&Step, Vec<Element>)> = Vec::new();
    for cover in covers {
        let (Some(step), Some(action)) = (drill.runbook.step(&cover.step), &cover.action) else {
            continue;
        };
        let element = covered_elements(drill, step, now)?
            .into_iter()
            .find(|one| Some(one.key.as_str()) == cover.element.as_deref());
        let requests = action.requests().iter();
        lines.extend(requests.filter_map(|one| az_line(drill, step, element.as_ref(), one, now)));
        match acts.iter_mut().find(|(known, _)| known.id == step.id) {
            Some((_, elements)) => elements.extend(element),
            None => acts.push((step, element.into_iter().collect())),
        }
    }
    Ok(Statement {
        cli: lines.join("\n"),
        scope: sentence(gate, &acts),
    })
}

/// Says what is asked: the titles of the covered actions with the things they concern; of a gate that sends
/// nothing, its own title.
fn sentence(gate: &Step, acts: &[(&Step, Vec<Element>)]) -> String {
    let Some(((step, elements), rest)) = acts.split_first() else {
        return gate.title.clone();
    };
    let then = rest.iter();
    let then = then.map(|(step, elements)| words::lower_first(&act(step, elements)));
    let all: Vec<String> = std::iter::once(act(step, elements)).chain(then).collect();
    all.join("; then ")
}

/// One step of the sentence: what is deleted is counted by type, the rest is named.
fn act(step: &Step, elements: &[Element]) -> String {
    if step.kind == StepKind::Cleanup {
        let values = elements.iter().filter_map(|one| one.value.as_ref());
        let types = values.filter_map(|value| value["type"].as_str());
        return format!("Delete {}", words::by_type(types));
    }
    let labels = elements.iter().map(|one| one.label.clone());
    let names: Vec<String> = labels.filter(|label| !label.is_empty()).collect();
    let named = match names.len() {
        0 => return step.title.clone(),
        1..=NAMED => words::list(&names, "and"),
        count => format!("{count} things"),
    };
    if step.title.contains(" for ") {
        format!("{}: {named}", step.title)
    } else {
        format!("{} for {named}", step.title)
    }
}

/// Returns the `az` line of one request, filled in with what an approval can know. A line that speaks of
/// what is born inside the action stays as the runbook has it.
fn az_line(
    drill: &Drill,
    step: &Step,
    element: Option<&Element>,
    request: &CanonicalRequest,
    now: Timestamp,
) -> Option<String> {
    if step.kind == StepKind::Cleanup {
        return versions::delete(&decode_id(&request.path)).map(|generic| generic.az);
    }
    let declared = step.requests.iter().find(|one| one.name == request.name)?;
    let line = declared.az.as_deref()?;
    let item = element.and_then(|one| one.value.as_ref());
    let scope = composing_scope(drill, step, item, now);
    Some(template::az(line, &scope).unwrap_or_else(|_| line.to_owned()))
}

/// Compares the texts with the signed document: each must be the disclosure it commits to.
///
/// # Errors
/// [`Refusal::RequestDiffers`] naming the first that differs.
pub(crate) fn committed(
    statement: Statement,
    document: &Request,
    sealed: &[Disclosure],
) -> Result<(), Refusal> {
    for (field, text) in statement.fields() {
        let commitment = if field == "cli" {
            &document.cli
        } else {
            &document.scope
        };
        let holds = sealed.iter().any(|one| {
            one.name == field
                && one.value == Value::Text(text.clone())
                && &one.commitment() == commitment
        });
        if !holds {
            return Err(differs(field));
        }
    }
    Ok(())
}

/// Recomputes everything that a signed request commits to from what the journal keeps beside it, before
/// any of it is shown or decided: digests, `az` lines and sentence.
///
/// # Errors
/// [`Refusal::RequestDiffers`] naming the first part that differs.
pub fn recompute(
    drill: &Drill,
    sign_off: &SignOff,
    document: &Request,
    sealed: &[Disclosure],
    now: Timestamp,
) -> Result<(), Refusal> {
    let kept: Vec<(CoverKind, String)> = sign_off
        .covers
        .iter()
        .map(|one| {
            let action = one.action.as_ref();
            let digest = action.map(|action| action.digest().to_string());
            (
                kind_of(&one.what),
                digest.unwrap_or_else(|| one.digest.clone()),
            )
        })
        .collect();
    let said = document.covers.iter();
    let said = said.map(|cover| (cover.kind, cover.digest.to_string()));
    let complete = sign_off
        .covers
        .iter()
        .all(|one| (one.what == "action") == one.action.is_some());
    if !complete || !said.eq(kept) {
        return Err(differs("covers"));
    }
    committed(sign_off.statement.clone(), document, sealed)?;
    // Once it was decided the drill moves on, and the lines with it.
    if sign_off.state == RequestState::Open {
        let gate = drill.runbook.step(&sign_off.step);
        let gate = gate.ok_or_else(|| differs("step"))?;
        let own = statement(drill, gate, &sign_off.covers, now)?;
        for ((field, own), (_, kept)) in own
            .fields()
            .into_iter()
            .zip(sign_off.statement.clone().fields())
        {
            if own != kept {
                return Err(differs(field));
            }
        }
    }
    Ok(())
}

/// Returns how a document names what is covered.
pub fn kind_of(what: &str) -> CoverKind {
    match what {
        "action" => CoverKind::Action,
        "charter" => CoverKind::Charter,
        _ => CoverKind::Evidence,
    }
}

fn differs(field: &str) -> Refusal {
    Refusal::RequestDiffers {
        field: field.to_owned(),
    }
}
