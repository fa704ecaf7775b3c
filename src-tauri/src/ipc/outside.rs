//! "I run it myself": the line of a step for a terminal outside, and what was done there.

use super::views::{DrillView, IpcError, ReportLine, StepView, TakeLine};
use crate::desk::Desk;
use tauri::State;

/// Hands out the `az` line of an approved request; from then on it is the operator's to send.
#[tauri::command]
#[specta::specta]
pub async fn take_line(desk: State<'_, Desk>, request: TakeLine) -> Result<StepView, IpcError> {
    desk.take_line(request).await
}

/// Records that a line was run outside, and reads what Azure shows now.
#[tauri::command]
#[specta::specta]
pub async fn report_line(
    desk: State<'_, Desk>,
    request: ReportLine,
) -> Result<DrillView, IpcError> {
    desk.report_line(request).await
}
