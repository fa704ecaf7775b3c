//! What can still be signed after a decision, and that somebody went on without a quorum.

use super::Sight;
use super::words::{self, time};
use crate::ipc::views::{GlassView, RequestStateView};
use drillbook_core::{DecisionState, Drill, RequestState, SignOff};
use drillbook_trust::document::Policy;

fn in_force(sight: &Sight) -> Option<Policy> {
    let roster = sight.engine.roster().ok().flatten()?;
    Some(roster.policy.value().clone())
}

/// Whether the person at the window may take a decision back: it is theirs, or they own the policy.
pub fn may_take_back(sight: &Sight, drill: &Drill, one: &DecisionState) -> bool {
    let mut requests = drill.requests.iter();
    let standing = requests.any(|known| {
        matches!(known.state, RequestState::Open | RequestState::Approved)
            && known
                .decisions
                .iter()
                .any(|made| made.decision == one.decision)
    });
    let seat = &sight.seat.id;
    let owns = || in_force(sight).is_some_and(|policy| policy.owners.contains(seat));
    standing
        && drill.end.is_none()
        && one.revoked.is_none()
        && sight.engine.is_here(seat)
        && (one.reviewer == *seat || owns())
}

/// Whether the person at the window may go on without a quorum.
pub fn may_break(sight: &Sight, state: RequestStateView) -> bool {
    let seat = &sight.seat.id;
    let named = || in_force(sight).is_some_and(|policy| policy.break_glass.who.contains(seat));
    state == RequestStateView::Open && sight.engine.is_here(seat) && named()
}

/// Returns that somebody went on without a quorum at this request.
pub fn view(sight: &Sight, drill: &Drill, sign_off: &SignOff) -> Option<GlassView> {
    let mut all = drill.glass.iter().rev();
    let glass = all.find(|one| one.request == sign_off.request)?;
    let seat = &sight.seat.id;
    let decides = || {
        let policy = in_force(sight);
        policy.is_some_and(|policy| {
            let rule = policy.gates.get(&sign_off.gate);
            rule.is_some_and(|rule| policy.has_role(seat, &rule.roles))
        })
    };
    Some(GlassView {
        id: glass.break_glass.clone(),
        person: sight.name(&glass.person).to_owned(),
        reason: glass.reason.clone(),
        at: time(glass.at),
        review_due: words::as_time(&glass.review_due),
        reviewed: glass
            .reviewed
            .as_ref()
            .map(|(person, _)| sight.name(person).to_owned()),
        may_review: glass.reviewed.is_none()
            && drill.end.is_none()
            && glass.person != *seat
            && drill.operator != *seat
            && sight.engine.is_here(seat)
            && decides(),
    })
}
