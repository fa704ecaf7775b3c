//! Requests from other machines: read, decided on with a key of one's own, and sent back.

use super::views::{
    EvidenceView, ForeignListView, ForeignView, IpcError, OpenForeign, OpenForeignEvidence,
    SavedView, SignForeign,
};
use crate::desk::Desk;
use tauri::State;

/// Returns the requests that were opened, and those that lie in the exchange folder.
#[tauri::command]
#[specta::specta]
pub async fn foreign_requests(desk: State<'_, Desk>) -> Result<ForeignListView, IpcError> {
    desk.foreign_requests().await
}

/// Opens a request file; nothing is shown of one in which something does not match. `None` when the dialog was closed.
#[tauri::command]
#[specta::specta]
pub async fn open_foreign(
    desk: State<'_, Desk>,
    request: OpenForeign,
) -> Result<Option<ForeignView>, IpcError> {
    desk.open_foreign(request).await
}

/// Returns a request that was opened.
#[tauri::command]
#[specta::specta]
pub async fn foreign_request(desk: State<'_, Desk>, id: String) -> Result<ForeignView, IpcError> {
    desk.foreign_request(&id).await
}

/// Opens a piece of evidence that travelled with a request.
#[tauri::command]
#[specta::specta]
pub async fn foreign_evidence(
    desk: State<'_, Desk>,
    request: OpenForeignEvidence,
) -> Result<EvidenceView, IpcError> {
    desk.foreign_evidence(request).await
}

/// Asks in a dialog of the desktop for the key to sign a request with; a private one stays on this side.
#[tauri::command]
#[specta::specta]
pub async fn choose_signing_key(
    desk: State<'_, Desk>,
    id: String,
) -> Result<ForeignView, IpcError> {
    desk.choose_signing_key(&id).await
}

/// Signs a decision on the request document that was shown.
#[tauri::command]
#[specta::specta]
pub async fn sign_foreign(
    desk: State<'_, Desk>,
    request: SignForeign,
) -> Result<ForeignView, IpcError> {
    desk.sign_foreign(request).await
}

/// Asks in a dialog of the desktop where to save the decision that was signed.
#[tauri::command]
#[specta::specta]
pub async fn save_foreign_decision(
    desk: State<'_, Desk>,
    id: String,
) -> Result<SavedView, IpcError> {
    desk.save_foreign_decision(&id).await
}

/// Puts the decision that was signed into the exchange folder.
#[tauri::command]
#[specta::specta]
pub async fn lay_out_foreign_decision(
    desk: State<'_, Desk>,
    id: String,
) -> Result<SavedView, IpcError> {
    desk.lay_out_foreign_decision(&id).await
}
