//! The journal.

use super::views::{IpcError, JournalFilter, JournalPage, VerificationView};
use crate::desk::Desk;
use tauri::State;

/// Returns a page of the journal.
#[tauri::command]
#[specta::specta]
pub async fn journal(
    desk: State<'_, Desk>,
    filter: JournalFilter,
) -> Result<JournalPage, IpcError> {
    desk.journal(filter).await
}

/// Verifies the whole log.
#[tauri::command]
#[specta::specta]
pub async fn verify_journal(desk: State<'_, Desk>) -> Result<VerificationView, IpcError> {
    desk.verify_journal().await
}
