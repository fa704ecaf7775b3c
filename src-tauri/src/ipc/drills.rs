//! Starting and playing a drill.

use super::views::{
    AcknowledgeWarning, Choose, DrillRowView, DrillView, EnterFields, FieldView, IpcError,
    OpenDrill, ResolveUnknown, StartView, StepRef, StepView, WithReason,
};
use crate::desk::Desk;
use tauri::State;

/// Returns what there is to choose from when a drill is started.
#[tauri::command]
#[specta::specta]
pub async fn start_options(desk: State<'_, Desk>) -> Result<StartView, IpcError> {
    desk.start_options().await
}

/// Opens a drill.
#[tauri::command]
#[specta::specta]
pub async fn open_drill(desk: State<'_, Desk>, request: OpenDrill) -> Result<DrillView, IpcError> {
    desk.open_drill(request).await
}

/// Returns every drill, newest first.
#[tauri::command]
#[specta::specta]
pub async fn drills(desk: State<'_, Desk>) -> Result<Vec<DrillRowView>, IpcError> {
    desk.drills().await
}

/// Returns a drill around its steps.
#[tauri::command]
#[specta::specta]
pub async fn drill(desk: State<'_, Desk>, id: String) -> Result<DrillView, IpcError> {
    desk.drill(id).await
}

/// Returns a step, also one to be read ahead or back.
#[tauri::command]
#[specta::specta]
pub async fn step(
    desk: State<'_, Desk>,
    drill: String,
    step: String,
) -> Result<StepView, IpcError> {
    desk.step(drill, step).await
}

/// Records that a text was read.
#[tauri::command]
#[specta::specta]
pub async fn acknowledge_step(desk: State<'_, Desk>, at: StepRef) -> Result<DrillView, IpcError> {
    desk.acknowledge_step(at).await
}

/// Acknowledges a warning by name.
#[tauri::command]
#[specta::specta]
pub async fn acknowledge_warning(
    desk: State<'_, Desk>,
    request: AcknowledgeWarning,
) -> Result<DrillView, IpcError> {
    desk.acknowledge_warning(request).await
}

/// Starts the work of a step; it goes on in the background.
#[tauri::command]
#[specta::specta]
pub async fn run_step(desk: State<'_, Desk>, at: StepRef) -> Result<DrillView, IpcError> {
    desk.run_step(at).await
}

/// Chooses from what Azure listed.
#[tauri::command]
#[specta::specta]
pub async fn choose(desk: State<'_, Desk>, request: Choose) -> Result<DrillView, IpcError> {
    desk.choose(request).await
}

/// Says what is wrong with fields; records nothing.
#[tauri::command]
#[specta::specta]
pub async fn check_fields(
    desk: State<'_, Desk>,
    request: EnterFields,
) -> Result<Vec<FieldView>, IpcError> {
    desk.check_fields(request).await
}

/// Records what a person states, and completes the step.
#[tauri::command]
#[specta::specta]
pub async fn enter_fields(
    desk: State<'_, Desk>,
    request: EnterFields,
) -> Result<DrillView, IpcError> {
    desk.enter_fields(request).await
}

/// Leaves a step out, as its runbook allows.
#[tauri::command]
#[specta::specta]
pub async fn skip_step(desk: State<'_, Desk>, request: WithReason) -> Result<DrillView, IpcError> {
    desk.skip_step(request).await
}

/// Records the operator's choice about an unknown outcome.
#[tauri::command]
#[specta::specta]
pub async fn resolve_unknown(
    desk: State<'_, Desk>,
    request: ResolveUnknown,
) -> Result<DrillView, IpcError> {
    desk.resolve_unknown(request).await
}

/// Breaks the drill off; cleanup and review still run.
#[tauri::command]
#[specta::specta]
pub async fn abort_drill(
    desk: State<'_, Desk>,
    request: WithReason,
) -> Result<DrillView, IpcError> {
    desk.abort_drill(request).await
}

/// Ends the drill from its review.
#[tauri::command]
#[specta::specta]
pub async fn close_drill(desk: State<'_, Desk>, drill: String) -> Result<DrillView, IpcError> {
    desk.close_drill(drill).await
}
