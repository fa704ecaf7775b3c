//! Sign-off across machines: a request goes out as text, a decision comes in as text or as a file.

use super::views::{ExchangeFolderView, ImportedView, IpcError, RequestTextView, SavedView};
use crate::desk::Desk;
use tauri::State;

/// Returns a request as it travels to a reviewer elsewhere.
#[tauri::command]
#[specta::specta]
pub async fn request_text(desk: State<'_, Desk>, id: String) -> Result<RequestTextView, IpcError> {
    desk.request_text(id).await
}

/// Asks in a dialog of the desktop where to save the file of a request.
#[tauri::command]
#[specta::specta]
pub async fn save_request(desk: State<'_, Desk>, id: String) -> Result<SavedView, IpcError> {
    desk.save_request(id).await
}

/// Takes in what was signed elsewhere and pasted: a decision, one taken back, a broken glass or its review.
#[tauri::command]
#[specta::specta]
pub async fn import_decision(
    desk: State<'_, Desk>,
    text: String,
) -> Result<ImportedView, IpcError> {
    desk.import_decision(text).await
}

/// Asks in a dialog of the desktop for the file of the same and takes it in; nothing when it is closed.
#[tauri::command]
#[specta::specta]
pub async fn open_decision(desk: State<'_, Desk>) -> Result<Option<ImportedView>, IpcError> {
    desk.open_decision().await
}

/// Returns the folder through which requests go out and decisions come in, and what the last look found.
#[tauri::command]
#[specta::specta]
pub async fn exchange_folder(desk: State<'_, Desk>) -> Result<ExchangeFolderView, IpcError> {
    desk.exchange_folder().await
}

/// Asks in a dialog of the desktop which folder to use; nothing changes when it is closed.
#[tauri::command]
#[specta::specta]
pub async fn choose_exchange_folder(desk: State<'_, Desk>) -> Result<ExchangeFolderView, IpcError> {
    desk.choose_exchange_folder().await
}

/// Uses no folder any more; what lies there stays there.
#[tauri::command]
#[specta::specta]
pub async fn forget_exchange_folder(desk: State<'_, Desk>) -> Result<ExchangeFolderView, IpcError> {
    desk.forget_exchange_folder().await
}
