//! Connections: who signs in to which subscription of Azure.

use super::views::{AddConnection, ConnectionView, IpcError, ReachedView};
use crate::desk::Desk;
use tauri::State;

/// Returns every connection of the data folder.
#[tauri::command]
#[specta::specta]
pub async fn connections(desk: State<'_, Desk>) -> Result<Vec<ConnectionView>, IpcError> {
    desk.connections().await
}

/// Keeps a connection whose kind needs no secret.
#[tauri::command]
#[specta::specta]
pub async fn add_connection(
    desk: State<'_, Desk>,
    request: AddConnection,
) -> Result<Vec<ConnectionView>, IpcError> {
    desk.add_connection(request).await
}

/// Signs in by a connection and reads its subscription.
#[tauri::command]
#[specta::specta]
pub async fn test_connection(desk: State<'_, Desk>, name: String) -> Result<ReachedView, IpcError> {
    desk.test_connection(&name).await
}

/// Forgets a connection, and its secret in the keyring.
#[tauri::command]
#[specta::specta]
pub async fn remove_connection(
    desk: State<'_, Desk>,
    name: String,
) -> Result<Vec<ConnectionView>, IpcError> {
    desk.remove_connection(&name).await
}
