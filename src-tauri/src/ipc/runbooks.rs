//! The library of runbooks.

use super::views::{IpcError, RunbookSummary, RunbookView};
use crate::desk::Desk;
use tauri::State;

/// Returns every runbook, in order or with what is wrong.
#[tauri::command]
#[specta::specta]
pub async fn runbooks(desk: State<'_, Desk>) -> Result<Vec<RunbookSummary>, IpcError> {
    desk.runbooks().await
}

/// Returns one runbook, read closely.
#[tauri::command]
#[specta::specta]
pub async fn runbook(desk: State<'_, Desk>, id: String) -> Result<RunbookView, IpcError> {
    desk.runbook(id).await
}
