//! Rules of breaking glass: a person whom the policy names goes on without a quorum, and owes a review.

use super::case::sign_off_case;
use super::gate::{open_request, still_covers};
use super::{facts, step_of};
use crate::command::{Decision, GateInputs};
use crate::drill::Drill;
use crate::{Event, Refusal, Timestamp};
use drillbook_trust::document::{BreakGlass, Review, Signed, Verdict};
use drillbook_trust::gate::{GateRefusal, review_due, reviewed, standing};
use drillbook_trust::time::to_text;

/// Passes an approval step without a quorum; the drill is marked and cannot close unreviewed.
pub(super) fn declare(
    drill: &Drill,
    glass: &Signed<BreakGlass>,
    case: &GateInputs,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let value = glass.value();
    let request = value.request.to_string();
    let known = open_request(drill, &request)?;
    let step = step_of(drill, &known.step)?;
    if value.reason.trim().is_empty() {
        return Err(Refusal::ReasonNeeded);
    }
    still_covers(drill, step, known, now)?;
    let mut put = case.clone();
    put.break_glass = Some(glass.clone());
    let standing = standing(&sign_off_case(drill, step, &put, now)?)?;
    if let Some((person, reason)) = standing.refused {
        return Err(GateRefusal::Refused { person, reason }.into());
    }
    if let Some(why) = standing.break_glass_refused {
        return Err(why.into());
    }
    let person = value.person.clone();
    let said = format!("{person} went on without a quorum: {}", value.reason);
    Ok(facts(vec![
        Event::GlassBroken {
            request,
            break_glass: glass.digest().to_string(),
            person,
            not_after: to_text(value.not_after),
            review_due: to_text(review_due(case.policy.value(), value)),
            reason: value.reason.clone(),
        },
        deviation(&step.id, "approval.break_glass", said),
        Event::StepPassed {
            step: step.id.clone(),
            element: None,
        },
    ]))
}

fn deviation(step: &str, code: &str, text: String) -> Event {
    Event::DeviationNoted {
        step: step.to_owned(),
        source: "engine".to_owned(),
        code: code.to_owned(),
        text,
    }
}

/// Records the review that a break-glass owes; an objection or a late one is a deviation.
pub(super) fn review(
    drill: &Drill,
    review: &Signed<Review>,
    case: &GateInputs,
) -> Result<Decision, Refusal> {
    let value = review.value();
    let named = value.break_glass.to_string();
    let known = drill.glass.iter().find(|one| one.break_glass == named);
    let known = known.ok_or(Refusal::Gate(GateRefusal::OtherRequest))?;
    if known.reviewed.is_some() {
        return Ok(facts(Vec::new()));
    }
    let glass = case.break_glass.as_ref();
    let glass = glass.ok_or(Refusal::Gate(GateRefusal::OtherRequest))?;
    if value.reason.trim().is_empty() {
        return Err(Refusal::ReasonNeeded);
    }
    let counted = reviewed(&case.policy, &case.request, glass, review)?;
    if !case.heads_are_prefixes {
        return Err(GateRefusal::HeadNotPrefix.into());
    }
    let approves = value.verdict == Verdict::Approve;
    let mut events = vec![Event::GlassReviewed {
        break_glass: named,
        review: review.digest().to_string(),
        reviewer: counted.reviewer.clone(),
        verdict: if approves { "approve" } else { "refuse" }.to_owned(),
        late: counted.late,
        reason: value.reason.clone(),
    }];
    let step = drill.sign_off_by_digest(&known.request);
    let step = step.map(|one| one.step.as_str()).unwrap_or_default();
    if !approves {
        let said = format!("{} objects: {}", counted.reviewer, value.reason);
        events.push(deviation(step, "approval.break_glass_objected", said));
    }
    if counted.late {
        let said = format!("reviewed after {}", known.review_due);
        events.push(deviation(step, "approval.break_glass_late", said));
    }
    Ok(facts(events))
}
