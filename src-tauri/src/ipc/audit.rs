//! The auditor's room and the export.

use super::views::{AuditView, ExportBundle, ExportResult, IpcError};
use crate::desk::Desk;
use tauri::State;

/// Returns the drills of the log, and one of them judged.
#[tauri::command]
#[specta::specta]
pub async fn audit(desk: State<'_, Desk>, drill: Option<String>) -> Result<AuditView, IpcError> {
    desk.audit(drill).await
}

/// Writes and verifies the bundle of a drill.
#[tauri::command]
#[specta::specta]
pub async fn export_bundle(
    desk: State<'_, Desk>,
    request: ExportBundle,
) -> Result<ExportResult, IpcError> {
    desk.export_bundle(request).await
}

/// Asks in a dialog of the desktop where to copy the exported bundle of a drill.
#[tauri::command]
#[specta::specta]
pub async fn save_bundle(
    desk: State<'_, Desk>,
    request: ExportBundle,
) -> Result<ExportResult, IpcError> {
    desk.save_bundle(request).await
}
