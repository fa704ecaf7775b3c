//! Rehearsal or live: what is open at the window, and over which connection.

use super::views::{AppView, IpcError, LiveStateView, OpenLive};
use crate::desk::Desk;
use tauri::State;

/// Returns how the live journal of this data folder is kept.
#[tauri::command]
#[specta::specta]
pub async fn live_state(desk: State<'_, Desk>) -> Result<LiveStateView, IpcError> {
    desk.live_state().await
}

/// Opens the live journal; its key comes from the keyring, or from a passphrase where there is none.
#[tauri::command]
#[specta::specta]
pub async fn open_live(desk: State<'_, Desk>, request: OpenLive) -> Result<AppView, IpcError> {
    desk.open_live(request).await
}

/// Goes back to rehearsals.
#[tauri::command]
#[specta::specta]
pub async fn open_rehearsal(desk: State<'_, Desk>) -> Result<AppView, IpcError> {
    desk.open_rehearsal().await
}

/// Signs in by a connection, and opens the live journal over it.
#[tauri::command]
#[specta::specta]
pub async fn use_connection(desk: State<'_, Desk>, name: String) -> Result<AppView, IpcError> {
    desk.use_connection(&name).await
}
