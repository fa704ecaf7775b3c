//! The policy in force, to be read, given away and changed.

use super::views::{
    IpcError, PolicyPageView, ProposePolicy, PublicKeyView, SavedView, SignersFileView,
};
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

/// Prepares the first policy, or the version after the one in force; nothing counts before its owners signed.
#[tauri::command]
#[specta::specta]
pub async fn propose_policy(
    desk: State<'_, Desk>,
    request: ProposePolicy,
) -> Result<PolicyPageView, IpcError> {
    desk.propose_policy(request).await
}

/// Signs what is prepared with the key of the owner at this window.
#[tauri::command]
#[specta::specta]
pub async fn sign_policy(desk: State<'_, Desk>) -> Result<PolicyPageView, IpcError> {
    desk.sign_policy().await
}

/// Asks in a dialog of the desktop where to save what is prepared, so that an owner elsewhere can sign it.
#[tauri::command]
#[specta::specta]
pub async fn save_policy_draft(desk: State<'_, Desk>) -> Result<SavedView, IpcError> {
    desk.save_policy_draft().await
}

/// Takes in the signature of an owner that was pasted.
#[tauri::command]
#[specta::specta]
pub async fn take_policy_signature(
    desk: State<'_, Desk>,
    text: String,
) -> Result<PolicyPageView, IpcError> {
    desk.take_policy_signature(text).await
}

/// Asks in a dialog of the desktop for the file of the same; nothing when it is closed.
#[tauri::command]
#[specta::specta]
pub async fn open_policy_signature(
    desk: State<'_, Desk>,
) -> Result<Option<PolicyPageView>, IpcError> {
    desk.open_policy_signature().await
}

/// Takes what is prepared into force; refused while owners' signatures are missing.
#[tauri::command]
#[specta::specta]
pub async fn adopt_policy(desk: State<'_, Desk>) -> Result<PolicyPageView, IpcError> {
    desk.adopt_policy().await
}

/// Throws away what is prepared.
#[tauri::command]
#[specta::specta]
pub async fn drop_policy_draft(desk: State<'_, Desk>) -> Result<PolicyPageView, IpcError> {
    desk.drop_policy_draft().await
}

/// Reads the line of a public key that was pasted.
#[tauri::command]
#[specta::specta]
pub async fn read_public_key(
    desk: State<'_, Desk>,
    text: String,
) -> Result<PublicKeyView, IpcError> {
    desk.read_public_key(text).await
}

/// Asks in a dialog of the desktop for a .pub file; nothing when it is closed.
#[tauri::command]
#[specta::specta]
pub async fn open_public_key(desk: State<'_, Desk>) -> Result<Option<PublicKeyView>, IpcError> {
    desk.open_public_key().await
}
