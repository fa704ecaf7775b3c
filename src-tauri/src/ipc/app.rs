//! The frame of the window: who sits at it, home, settings.

use super::views::{AppView, HomeView, IpcError, SettingsView};
use crate::desk::Desk;
use tauri::State;

/// Returns the frame of every screen.
#[tauri::command]
#[specta::specta]
pub async fn app(desk: State<'_, Desk>) -> Result<AppView, IpcError> {
    desk.app().await
}

/// Lets another person of the built-in cast take the seat; journaled.
#[tauri::command]
#[specta::specta]
pub async fn switch_person(desk: State<'_, Desk>, person: String) -> Result<AppView, IpcError> {
    desk.switch_person(&person).await
}

/// Returns what needs the person at the window.
#[tauri::command]
#[specta::specta]
pub async fn home(desk: State<'_, Desk>) -> Result<HomeView, IpcError> {
    desk.home().await
}

/// Returns what this installation is.
#[tauri::command]
#[specta::specta]
pub async fn settings(desk: State<'_, Desk>) -> Result<SettingsView, IpcError> {
    desk.settings().await
}
