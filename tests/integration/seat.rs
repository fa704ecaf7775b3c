//! A window on Tauri's mock runtime, and calls from it.

use drillbook_desktop::desk::Desk;
use serde_json::Value;
use tauri::ipc::{CallbackFn, InvokeBody};
use tauri::test::{INVOKE_KEY, MockRuntime, get_ipc_response, mock_builder};
use tauri::webview::InvokeRequest;
use tauri::{App, Manager, WebviewWindow, WebviewWindowBuilder};

/// The real application on a data folder of its own; the folder goes when the test ends.
pub struct Seat {
    /// The application.
    pub app: App<MockRuntime>,
    #[cfg_attr(
        not(feature = "e2e"),
        expect(dead_code, reason = "it goes when the test ends")
    )]
    folder: tempfile::TempDir,
}

impl Seat {
    /// Puts the application together, with the operator of the built-in cast at the window.
    pub fn taken() -> Self {
        Self::at(tempfile::tempdir().unwrap())
    }

    /// The same on a data folder that is there already.
    pub fn at(folder: tempfile::TempDir) -> Self {
        let desk = tauri::async_runtime::block_on(Desk::open(Some(folder.path().to_owned())));
        Self::with(folder, desk)
    }

    fn with(folder: tempfile::TempDir, desk: Desk) -> Self {
        let app = drillbook_desktop::app(mock_builder(), desk)
            .build(drillbook_desktop::context())
            .unwrap();
        Self { app, folder }
    }

    /// Returns the data folder.
    #[cfg(feature = "e2e")]
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// The same, where a simulator may stand in for Azure in the live journal.
    #[cfg(feature = "e2e")]
    pub fn standing_in(folder: tempfile::TempDir) -> Self {
        let data = Some(folder.path().to_owned());
        let desk = tauri::async_runtime::block_on(Desk::open_with_stand_in(data, 1.0));
        Self::with(folder, desk)
    }

    /// Puts the application together, with a reviewer at the window.
    pub fn of_a_reviewer() -> Self {
        let seat = Self::taken();
        let rita = serde_json::json!({"person": "rita@evergreen.example"});
        call(&window(&seat.app, "main"), "switch_person", rita).unwrap();
        seat
    }
}

/// Opens a window of this label; only `main` is known to the access list.
pub fn window(app: &App<MockRuntime>, label: &str) -> WebviewWindow<MockRuntime> {
    let open = app.get_webview_window(label);
    open.unwrap_or_else(|| {
        WebviewWindowBuilder::new(app, label, tauri::WebviewUrl::default())
            .build()
            .unwrap()
    })
}

/// Calls a command from the page at `address`.
pub fn call_from(
    window: &WebviewWindow<MockRuntime>,
    address: &str,
    command: &str,
    arguments: Value,
) -> Result<Value, Value> {
    let request = InvokeRequest {
        cmd: command.to_owned(),
        callback: CallbackFn(0),
        error: CallbackFn(1),
        url: address.parse().unwrap(),
        body: InvokeBody::Json(arguments),
        headers: tauri::http::HeaderMap::default(),
        invoke_key: INVOKE_KEY.to_owned(),
    };
    get_ipc_response(window, request).map(|body| body.deserialize().unwrap())
}

/// Calls a command from the interface.
pub fn call(
    window: &WebviewWindow<MockRuntime>,
    command: &str,
    arguments: Value,
) -> Result<Value, Value> {
    call_from(window, "tauri://localhost", command, arguments)
}
