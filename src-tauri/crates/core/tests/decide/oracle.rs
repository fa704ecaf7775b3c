//! What the entries alone say of a dispatch: written without a line of the rules it judges.

use super::bench::*;
use chrono::TimeDelta;
use drillbook_core::*;

/// Action, request name, element, binding and time of an intent.
type Sent = (String, String, Option<String>, Option<String>, Timestamp);

/// What the entries alone say of a request: whether it may be used for that action at that time.
#[derive(Default)]
struct Oracle {
    covers: bool,
    /// Reviewer, time and decision.
    approved: Vec<(String, Timestamp, String)>,
    glass: Option<Timestamp>,
    over: bool,
    aborted: bool,
    ended: bool,
    intents: Vec<Sent>,
}

fn oracle(entries: &[Recorded], document: &str, action: &str) -> Oracle {
    let mut said = Oracle::default();
    for entry in entries {
        match &entry.event {
            Event::RequestCovers {
                request,
                what,
                digest,
                ..
            } if request == document => {
                said.covers |= what == "action" && digest == action;
            }
            Event::DecisionRecorded {
                request,
                verdict,
                reviewer,
                decision,
                ..
            } if request == document => match verdict.as_str() {
                "approve" => said
                    .approved
                    .push((reviewer.clone(), entry.at, decision.clone())),
                _ => said.over = true,
            },
            Event::DecisionRevoked { decision, .. } => {
                said.approved.retain(|(.., made)| made != decision);
            }
            Event::GlassBroken { request, .. } if request == document => {
                said.glass = Some(entry.at);
            }
            Event::RequestClosed { request, .. } if request == document => said.over = true,
            Event::DrillAborted { .. } => said.aborted = true,
            Event::DrillEnded { .. } => said.ended = true,
            Event::ActionIntended {
                request,
                request_name,
                action,
                element,
                bound,
                ..
            } if request == document => {
                let key = (
                    action.clone(),
                    request_name.clone(),
                    element.clone(),
                    bound.clone(),
                    entry.at,
                );
                said.intents.push(key);
            }
            _ => {}
        }
    }
    said
}

/// Judges a dispatch by the entries before it.
pub fn judge_dispatch(before: &[Recorded], added: &[Event], now: Timestamp, effect: &Effect) {
    let Effect::Dispatch { permit, target } = effect else {
        return;
    };
    let said = oracle(
        before,
        &permit.request_document().to_string(),
        &permit.action().to_string(),
    );
    assert!(said.covers, "the request covers it");
    assert!(!said.over && !said.ended, "the request stands");
    assert!(
        !said.aborted || target.place.step == "cleanup" || added.is_empty(),
        "nothing begins after an abort"
    );
    let others: Vec<_> = said
        .approved
        .iter()
        .filter(|(who, ..)| who == RITA || who == SAM)
        .map(|(_, at, _)| *at)
        .chain(said.glass)
        .collect();
    assert!(
        !others.is_empty(),
        "another person approved it, or glass was broken"
    );
    let first = said
        .intents
        .iter()
        .map(|one| one.4)
        .min()
        .unwrap_or(now)
        .min(now);
    let hours = if target.place.step == "cleanup" {
        24 * 400
    } else {
        4
    };
    let live = others
        .iter()
        .any(|at| first <= *at + TimeDelta::hours(hours) && *at <= now);
    assert!(live, "the approval lived when it began");
    let same = said.intents.iter().filter(|one| {
        (one.0.as_str(), one.1.as_str(), &one.2, &one.3)
            == (
                permit.action().to_string().as_str(),
                permit.request_name(),
                &target.place.element,
                &target.bound,
            )
    });
    let intended = added
        .iter()
        .any(|event| matches!(event, Event::ActionIntended { .. }));
    assert_eq!(
        same.count(),
        usize::from(!intended),
        "intended once, and before it is sent"
    );
}

/// How often a restore may be on its way to Azure at once.
pub fn on_their_way(sent: &[Target], entries: &[Recorded], target: &Target) -> usize {
    let back = entries.iter().filter(|entry| match &entry.event {
        Event::ActionRejected {
            request_name,
            element,
            ..
        }
        | Event::ActionGivenUp {
            request_name,
            element,
            ..
        } => *request_name == target.request_name && *element == target.place.element,
        _ => false,
    });
    sent.iter()
        .filter(|one| *one == target)
        .count()
        .saturating_sub(back.count())
}
