//! What is owed.

use super::views::{AddFinding, CleanupView, DrillView, IpcError, ResolveFinding, SetDeadline};
use crate::desk::Desk;
use tauri::State;

/// Returns everything that is owed.
#[tauri::command]
#[specta::specta]
pub async fn cleanup(desk: State<'_, Desk>) -> Result<CleanupView, IpcError> {
    desk.cleanup().await
}

/// Moves the deadline of a drill's debts.
#[tauri::command]
#[specta::specta]
pub async fn set_deadline(
    desk: State<'_, Desk>,
    request: SetDeadline,
) -> Result<CleanupView, IpcError> {
    desk.set_deadline(request).await
}

/// Adds a follow-up finding.
#[tauri::command]
#[specta::specta]
pub async fn add_finding(
    desk: State<'_, Desk>,
    request: AddFinding,
) -> Result<DrillView, IpcError> {
    desk.add_finding(request).await
}

/// Records how a finding was dealt with.
#[tauri::command]
#[specta::specta]
pub async fn resolve_finding(
    desk: State<'_, Desk>,
    request: ResolveFinding,
) -> Result<CleanupView, IpcError> {
    desk.resolve_finding(request).await
}
