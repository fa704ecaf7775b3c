//! Connections: who signs in to which subscription of Azure.

use super::views::{
    AddConnection, CertificateView, ConnectionView, IpcError, ReachedView, UnlockConnection,
};
use crate::desk::Desk;
use tauri::State;

/// Returns every connection of the data folder.
#[tauri::command]
#[specta::specta]
pub async fn connections(desk: State<'_, Desk>) -> Result<Vec<ConnectionView>, IpcError> {
    desk.connections().await
}

/// Asks in a dialog of the desktop for the file of a certificate; its private key stays on this side.
#[tauri::command]
#[specta::specta]
pub async fn choose_certificate(
    desk: State<'_, Desk>,
) -> Result<Option<CertificateView>, IpcError> {
    desk.choose_certificate().await
}

/// Takes the passphrase that a connection's secret is kept under; it is remembered until Drillbook is closed.
#[tauri::command]
#[specta::specta]
pub async fn unlock_connection(
    desk: State<'_, Desk>,
    request: UnlockConnection,
) -> Result<Vec<ConnectionView>, IpcError> {
    desk.unlock_connection(request).await
}

/// Keeps a connection; the certificate of one that signs in with it is the one that was chosen last.
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
