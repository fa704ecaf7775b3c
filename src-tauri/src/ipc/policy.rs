//! The policy in force, to be read and given away.

use super::views::{IpcError, PolicyPageView, SignersFileView};
use crate::desk::Desk;
use tauri::State;

/// Returns the policy in force as a page.
#[tauri::command]
#[specta::specta]
pub async fn policy(desk: State<'_, Desk>) -> Result<PolicyPageView, IpcError> {
    desk.policy().await
}

/// Asks in a dialog of the desktop where to save who may sign what, as `allowed_signers`.
#[tauri::command]
#[specta::specta]
pub async fn save_signers(desk: State<'_, Desk>) -> Result<SignersFileView, IpcError> {
    desk.save_signers().await
}
