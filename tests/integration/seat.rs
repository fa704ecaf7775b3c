//! A window on Tauri's mock runtime, and calls from it.

use drillbook_desktop::desk::Desk;
use drillbook_desktop::ipc::views::RoleView;
use serde_json::Value;
use tauri::ipc::{CallbackFn, InvokeBody};
use tauri::test::{INVOKE_KEY, MockRuntime, get_ipc_response, mock_builder};
use tauri::webview::InvokeRequest;
use tauri::{App, WebviewWindow, WebviewWindowBuilder};

/// Puts the real application together, with somebody of this role at the window.
pub fn app(role: RoleView) -> App<MockRuntime> {
    let desk = Desk::without_engine(role);
    drillbook_desktop::app(mock_builder(), desk).build(drillbook_desktop::context()).unwrap()
}

/// Opens a window of this label; only `main` is known to the access list.
pub fn window(app: &App<MockRuntime>, label: &str) -> WebviewWindow<MockRuntime> {
    WebviewWindowBuilder::new(app, label, tauri::WebviewUrl::default()).build().unwrap()
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
pub fn call(window: &WebviewWindow<MockRuntime>, command: &str, arguments: Value) -> Result<Value, Value> {
    call_from(window, "tauri://localhost", command, arguments)
}
