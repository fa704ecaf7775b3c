//! Rules of taking a decision back.
//!
//! What was sent stays sent: a revocation stops what was not sent yet, and the gate opens again for a
//! new request.

use super::facts;
use super::gate::{is_over, still_granted};
use crate::command::{Decision, GateInputs};
use crate::drill::{Drill, RequestState};
use crate::{Event, Refusal, Timestamp};
use drillbook_trust::document::{Revocation, Signed};
use drillbook_trust::gate::{GateRefusal, revokes};

/// Records a signed revocation; when the sign-off no longer stands without the decision and something
/// is left to send, its gate opens again.
pub(super) fn revoke(
    drill: &Drill,
    revocation: &Signed<Revocation>,
    case: &GateInputs,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let value = revocation.value();
    let named = value.decision.to_string();
    let mut requests = drill.requests.iter();
    let known = requests.find(|one| one.decisions.iter().any(|made| made.decision == named));
    let known = known.ok_or(Refusal::Gate(GateRefusal::OtherRequest))?;
    let revocation_digest = revocation.digest().to_string();
    let made = known.decisions.iter().find(|made| made.decision == named);
    if made.is_some_and(|made| made.revoked.is_some()) {
        return Ok(facts(Vec::new()));
    }
    if !matches!(known.state, RequestState::Open | RequestState::Approved) {
        return Err(Refusal::RequestNotOpen);
    }
    if value.reason.trim().is_empty() {
        return Err(Refusal::ReasonNeeded);
    }
    let decision = case
        .decisions
        .iter()
        .find(|made| made.digest() == value.decision);
    let decision = decision.ok_or(Refusal::Gate(GateRefusal::OtherRequest))?;
    revokes(case.policy.value(), decision, revocation, now)?;
    if !case.heads_are_prefixes {
        return Err(GateRefusal::HeadNotPrefix.into());
    }
    let mut events = vec![Event::DecisionRevoked {
        request: known.request.clone(),
        decision: named,
        revocation: revocation_digest,
        person: value.person.clone(),
        reason: value.reason.clone(),
    }];
    let mut without = case.clone();
    without.revocations.push(revocation.clone());
    let stands = still_granted(drill, known, &without, now);
    if known.state == RequestState::Approved && !stands && !is_over(drill, known, now) {
        events.push(Event::RequestClosed {
            request: known.request.clone(),
            how: "revoked".to_owned(),
            reason: value.reason.clone(),
        });
    }
    Ok(facts(events))
}
