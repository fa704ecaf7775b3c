//! What a request for sign-off says beside its digests: the `az` lines of everything it covers, and one
//! sentence. The signed document commits to both (trust.md §3), and the journal keeps what it commits to.

use super::{Covered, composing_scope, covered_elements, decode_id};
use crate::drill::{Drill, RequestState, SignOff};
use crate::elements::Element;
use crate::{Refusal, Timestamp};
use drillbook_runbook::model::{Step, StepKind};
use drillbook_runbook::{template, versions};
use drillbook_trust::action::CanonicalRequest;
use drillbook_trust::disclosure::{Disclosure, Value};
use drillbook_trust::document::{CoverKind, Request};

/// The most things that the sentence names; more of them are counted.
const NAMED: usize = 5;

/// The texts that a request document commits to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Statement {
    /// The equivalent `az` lines of all that is covered, one a line, in the order of sending.
    pub cli: String,
    /// What will happen, and where, in one sentence.
    pub scope: String,
}

impl Statement {
    /// Returns the disclosures' names with the texts.
    fn fields(self) -> [(&'static str, String); 2] {
        [("cli", self.cli), ("scope", self.scope)]
    }
}

/// Returns what a request for sign-off of `covers` says.
///
/// # Errors
/// [`Refusal::Query`] when a covered step cannot be composed.
pub fn statement(drill: &Drill, covers: &[Covered], now: Timestamp) -> Result<Statement, Refusal> {
    let mut lines = Vec::new();
    let mut sent: Vec<(&str, Vec<String>)> = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    for cover in covers {
        let Some(step) = drill.runbook.step(&cover.step) else {
            continue;
        };
        let Some(action) = &cover.action else {
            let what = match cover.what.as_str() {
                "charter" => "the charter".to_owned(),
                what => format!("the {what} of “{}”", step.title),
            };
            if !seen.contains(&what) {
                seen.push(what);
            }
            continue;
        };
        let element = covered_elements(drill, step, now)?
            .into_iter()
            .find(|one| Some(one.key.as_str()) == cover.element.as_deref());
        let requests = action.requests().iter();
        lines.extend(requests.filter_map(|one| az_line(drill, step, element.as_ref(), one, now)));
        let label = element.map(|one| one.label);
        match sent.iter_mut().find(|(title, _)| *title == step.title) {
            Some((_, labels)) => labels.extend(label),
            None => sent.push((&step.title, label.into_iter().collect())),
        }
    }
    Ok(Statement {
        cli: lines.join("\n"),
        scope: sentence(&drill.subscription, &sent, &seen),
    })
}

fn sentence(subscription: &str, sent: &[(&str, Vec<String>)], seen: &[String]) -> String {
    let acts: Vec<String> = sent
        .iter()
        .map(|(title, labels)| match labels.len() {
            0 => (*title).to_owned(),
            1..=NAMED => format!("{title} ({})", labels.join(", ")),
            count => format!("{title} ({count} things)"),
        })
        .collect();
    let acts = if acts.is_empty() {
        "nothing is sent".to_owned()
    } else {
        acts.join(", then ")
    };
    let rests = if seen.is_empty() {
        String::new()
    } else {
        format!(", on {}", seen.join(" and "))
    };
    format!("In the subscription {subscription}: {acts}{rests}.")
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
        let own = statement(drill, &sign_off.covers, now)?;
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
