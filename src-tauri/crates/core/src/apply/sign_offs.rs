//! Folding requests for sign-off and decisions.

use super::settle;
use crate::apply::Recorded;
use crate::compose::Statement;
use crate::drill::*;
use crate::{Event, Json};

pub(super) fn sign_off(drill: &mut Drill, entry: &Recorded) {
    match &entry.event {
        Event::RequestOpened {
            step,
            gate,
            request,
            not_after,
            cost,
            ceiling,
            cli,
            scope,
            ..
        } => {
            drill.requests.push(SignOff {
                request: request.clone(),
                step: step.clone(),
                gate: gate.clone(),
                opened: entry.at,
                not_after: not_after.clone(),
                state: RequestState::Open,
                decided: None,
                covers: Vec::new(),
                decisions: Vec::new(),
                evidence_opened: Vec::new(),
                cost: (cost.clone(), ceiling.clone()),
                statement: Statement {
                    cli: cli.clone().unwrap_or_default(),
                    scope: scope.clone().unwrap_or_default(),
                },
                seq: entry.seq,
            });
        }
        Event::RequestCovers {
            request,
            step,
            what,
            digest,
            element,
            document,
        } => {
            let action = document
                .as_ref()
                .and_then(|Json(text)| serde_json::from_value(text.clone()).ok());
            if let Some(known) = request_of(drill, request) {
                known.covers.push(CoverState {
                    step: step.clone(),
                    element: element.clone(),
                    what: what.clone(),
                    digest: digest.clone(),
                    action,
                });
            }
        }
        Event::RequestClosed { request, how, .. } => {
            let mut step = None;
            if let Some(known) = request_of(drill, request) {
                let undecided = known.state == RequestState::Open;
                known.state = match how.as_str() {
                    "expired" => RequestState::Expired,
                    "withdrawn" => RequestState::Withdrawn,
                    _ => RequestState::Overtaken,
                };
                // Waiting ends with the decision, however late the request is closed.
                if undecided {
                    known.decided = Some(entry.at);
                }
                step = Some(known.step.clone());
            }
            if let Some(step) = step {
                settle(drill, entry, &step, None, RunState::Open);
            }
        }
        Event::EvidenceOpened {
            request,
            step,
            entry: seq,
        } => {
            if let Some(known) = request_of(drill, request) {
                known.evidence_opened.push((step.clone(), *seq));
            }
        }
        Event::DecisionRecorded {
            request,
            decision,
            verdict,
            reviewer,
            same_device,
            not_after,
            reason,
            conditions,
        } => {
            let at = entry.at;
            if let Some(known) = request_of(drill, request) {
                known.decisions.push(DecisionState {
                    decision: decision.clone(),
                    verdict: verdict.clone(),
                    reviewer: reviewer.clone(),
                    not_after: not_after.clone(),
                    reason: reason.clone(),
                    conditions: conditions.0.clone(),
                    same_device: *same_device,
                    revoked: None,
                    at,
                    seq: entry.seq,
                });
                known.decided = Some(at);
                known.state = match verdict.as_str() {
                    "refuse" => RequestState::Refused,
                    _ => known.state,
                };
            }
        }
        Event::DecisionRevoked {
            request,
            decision,
            revocation,
            ..
        } => {
            let made = request_of(drill, request).map(|known| known.decisions.iter_mut());
            let made = made.and_then(|mut all| all.find(|made| &made.decision == decision));
            if let Some(made) = made {
                made.revoked = Some((entry.at, revocation.clone()));
            }
        }
        _ => {}
    }
}

pub(super) fn glass(drill: &mut Drill, entry: &Recorded) {
    match &entry.event {
        Event::GlassBroken {
            request,
            break_glass,
            person,
            review_due,
            reason,
            ..
        } => {
            drill.glass.push(Glass {
                break_glass: break_glass.clone(),
                request: request.clone(),
                person: person.clone(),
                reason: reason.clone(),
                review_due: review_due.clone(),
                at: entry.at,
                reviewed: None,
            });
            if let Some(known) = request_of(drill, request) {
                known.decided = Some(entry.at);
            }
        }
        Event::GlassReviewed {
            break_glass,
            reviewer,
            ..
        } => {
            let mut all = drill.glass.iter_mut();
            if let Some(known) = all.find(|one| &one.break_glass == break_glass) {
                known.reviewed = Some((reviewer.clone(), entry.at));
            }
        }
        _ => {}
    }
}

pub(super) fn reading(drill: &mut Drill, entry: &Recorded) {
    if let Event::ReadingRecorded {
        reading,
        person,
        same,
        moved,
        changed,
        unreadable,
        hidden,
    } = &entry.event
    {
        drill.readings.push(SecondRead {
            reading: reading.clone(),
            person: person.clone(),
            same: *same,
            moved: *moved,
            changed: *changed,
            unreadable: *unreadable,
            hidden: *hidden,
            seq: entry.seq,
            at: entry.at,
        });
    }
}

fn request_of<'a>(drill: &'a mut Drill, request: &str) -> Option<&'a mut SignOff> {
    drill
        .requests
        .iter_mut()
        .find(|known| known.request == request)
}
