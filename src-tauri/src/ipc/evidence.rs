//! Evidence: reading it and adding to it.

use super::views::{
    AddNote, AddReference, AttachPicture, CapturePicture, CaptureSourceView, EvidenceView,
    IpcError, PictureBytes, StepView,
};
use crate::desk::Desk;
use tauri::State;

/// Writes a note or a deviation.
#[tauri::command]
#[specta::specta]
pub async fn add_note(desk: State<'_, Desk>, request: AddNote) -> Result<StepView, IpcError> {
    desk.add_note(request).await
}

/// Adds a reference to something outside Azure.
#[tauri::command]
#[specta::specta]
pub async fn add_reference(
    desk: State<'_, Desk>,
    request: AddReference,
) -> Result<StepView, IpcError> {
    desk.add_reference(request).await
}

/// Attaches a pasted or dropped picture.
#[tauri::command]
#[specta::specta]
pub async fn attach_picture(
    desk: State<'_, Desk>,
    request: AttachPicture,
) -> Result<StepView, IpcError> {
    desk.attach_picture(request).await
}

/// Returns screens and windows that can be captured.
#[tauri::command]
#[specta::specta]
pub async fn capture_sources(desk: State<'_, Desk>) -> Result<Vec<CaptureSourceView>, IpcError> {
    desk.capture_sources().await
}

/// Captures a screen or window.
#[tauri::command]
#[specta::specta]
pub async fn capture_picture(
    desk: State<'_, Desk>,
    request: CapturePicture,
) -> Result<StepView, IpcError> {
    desk.capture_picture(request).await
}

/// Returns a piece of evidence at full size.
#[tauri::command]
#[specta::specta]
pub async fn evidence(
    desk: State<'_, Desk>,
    drill: String,
    entry: u32,
) -> Result<EvidenceView, IpcError> {
    desk.evidence(drill, entry).await
}

/// Returns the bytes of a picture.
#[tauri::command]
#[specta::specta]
pub async fn picture(
    desk: State<'_, Desk>,
    drill: String,
    entry: u32,
) -> Result<PictureBytes, IpcError> {
    desk.picture(drill, entry).await
}
