//! The desktop application: composition and the boundary to the window.
//!
//! Deliberately absent: rules. What may happen is decided in `drillbook-core`; this crate shows it.

pub mod desk;
pub mod ipc;
mod logging;
mod notices;
mod present;
mod window;

use desk::Desk;
use tauri::{Context, Runtime};

/// Why the application could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Tauri could not be started: no display, no WebKit.
    #[error("the window could not be opened")]
    Window(#[source] tauri::Error),
}

/// Opens the window and stays until it is closed.
///
/// # Errors
/// [`StartError`] when there is nothing to open it on.
pub fn run() -> Result<(), StartError> {
    logging::subscribe();
    let builder = tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(
            |app, _arguments, _folder| window::show(app),
        ))
        .plugin(tauri_plugin_window_state::Builder::default().build())
        .plugin(tauri_plugin_notification::init())
        .plugin(tauri_plugin_dialog::init());
    let desk = tauri::async_runtime::block_on(desk());
    app(builder.plugin(notices::on_the_desktop()), desk)
        .run(context())
        .map_err(StartError::Window)
}

/// Journeys of the test suite let a simulator stand in for Azure, so many times as fast; a build without them cannot.
#[cfg(feature = "e2e")]
async fn desk() -> Desk {
    let speed = std::env::var("DRILLBOOK_STAND_IN");
    match speed.ok().and_then(|speed| speed.parse().ok()) {
        Some(speed) => Desk::open_with_stand_in(None, speed).await,
        None => Desk::open(None).await,
    }
}

#[cfg(not(feature = "e2e"))]
async fn desk() -> Desk {
    Desk::open(None).await
}

/// Puts the application together on any runtime; tests pass Tauri's mock runtime.
pub fn app<R: Runtime>(builder: tauri::Builder<R>, desk: Desk) -> tauri::Builder<R> {
    let boundary = ipc::boundary::<R>();
    let commands = ipc::guarded(boundary.invoke_handler());
    builder
        .manage(desk)
        .invoke_handler(commands)
        .setup(move |app| {
            boundary.mount_events(app);
            notices::to_the_window(app.handle());
            notices::with_others(app.handle());
            window::open(app.handle())?;
            Ok(())
        })
}

/// Returns the embedded interface, configuration and access list.
pub fn context<R: Runtime>() -> Context<R> {
    tauri::generate_context!()
}

/// Says on standard error why the application could not be started, and what to do.
pub fn explain(error: &StartError) -> std::process::ExitCode {
    use std::error::Error;
    use std::io::Write;
    let mut text = format!("shell.no_window: {error}");
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(&format!(": {inner}"));
        cause = inner.source();
    }
    text.push_str("\nnext: Start it on a desktop, or run `cargo xtask run`, which brings one.\n");
    // Nothing is left to be done when even standard error is closed.
    let _ = std::io::stderr().write_all(text.as_bytes());
    std::process::ExitCode::FAILURE
}
