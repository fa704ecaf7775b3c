//! Asking for a sign-off, and deciding on it.

use super::views::{
    BreakTheGlass, DecideRequest, DrillView, EvidenceView, IpcError, OpenEvidence, RequestRowView,
    RequestView, ReviewTheGlass, StepRef, TakeBack, WithReason,
};
use crate::desk::Desk;
use tauri::State;

/// Asks for a sign-off; the checks it names are asked again first.
#[tauri::command]
#[specta::specta]
pub async fn ask_sign_off(desk: State<'_, Desk>, at: StepRef) -> Result<DrillView, IpcError> {
    desk.ask_sign_off(at).await
}

/// Takes a request back.
#[tauri::command]
#[specta::specta]
pub async fn withdraw_request(
    desk: State<'_, Desk>,
    request: WithReason,
) -> Result<DrillView, IpcError> {
    desk.withdraw_request(request).await
}

/// Returns every request, open ones first.
#[tauri::command]
#[specta::specta]
pub async fn requests(desk: State<'_, Desk>) -> Result<Vec<RequestRowView>, IpcError> {
    desk.requests().await
}

/// Returns a request as the reviewer reads it.
#[tauri::command]
#[specta::specta]
pub async fn request(desk: State<'_, Desk>, id: String) -> Result<RequestView, IpcError> {
    desk.request(id).await
}

/// Opens a piece of evidence, for the record of a request.
#[tauri::command]
#[specta::specta]
pub async fn open_evidence(
    desk: State<'_, Desk>,
    request: OpenEvidence,
) -> Result<EvidenceView, IpcError> {
    desk.open_evidence(request).await
}

/// Records the reviewer's signed decision on the request document that was shown.
#[tauri::command]
#[specta::specta]
pub async fn decide_request(
    desk: State<'_, Desk>,
    request: DecideRequest,
) -> Result<RequestView, IpcError> {
    desk.decide_request(request).await
}

/// Takes a decision back: by who made it, or by an owner of the policy.
#[tauri::command]
#[specta::specta]
pub async fn revoke_decision(
    desk: State<'_, Desk>,
    request: TakeBack,
) -> Result<RequestView, IpcError> {
    desk.revoke_decision(request).await
}

/// Goes on without a quorum: by a person whom the policy names for it.
#[tauri::command]
#[specta::specta]
pub async fn break_glass(
    desk: State<'_, Desk>,
    request: BreakTheGlass,
) -> Result<RequestView, IpcError> {
    desk.break_glass(request).await
}

/// Reviews that somebody else went on without a quorum.
#[tauri::command]
#[specta::specta]
pub async fn review_glass(
    desk: State<'_, Desk>,
    request: ReviewTheGlass,
) -> Result<RequestView, IpcError> {
    desk.review_glass(request).await
}
