//! The one window: it shows the embedded interface and nothing else.

use tauri::webview::NewWindowResponse;
use tauri::{AppHandle, Manager, Runtime, Url, WebviewWindowBuilder};

/// Opens the window of `tauri.conf.json`. It never leaves the interface and never opens another window.
pub fn open<R: Runtime>(app: &AppHandle<R>) -> tauri::Result<()> {
    let Some(config) = app.config().app.windows.first().cloned() else {
        return Err(tauri::Error::WindowNotFound);
    };
    let vite = app
        .config()
        .build
        .dev_url
        .clone()
        .filter(|_| tauri::is_dev());
    WebviewWindowBuilder::from_config(app, &config)?
        .on_navigation(move |url| is_interface(url, vite.as_ref()))
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .build()?;
    Ok(())
}

/// Brings the window to the front, when a second start asks for it.
pub fn show<R: Runtime>(app: &AppHandle<R>) {
    let Some(window) = app.get_webview_window("main") else {
        return;
    };
    let shown = window
        .show()
        .and_then(|()| window.unminimize())
        .and_then(|()| window.set_focus());
    if let Err(error) = shown {
        tracing::warn!(%error, "window not brought to the front");
    }
}

/// Tells whether an address belongs to the interface: embedded, or vite's during development.
fn is_interface(url: &Url, vite: Option<&Url>) -> bool {
    let embedded = match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        "http" | "https" => url.host_str() == Some("tauri.localhost"),
        _ => false,
    };
    embedded || vite.is_some_and(|vite| vite.origin() == url.origin())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(address: &str, allowed: bool) {
        let url = Url::parse(address).expect("the address of a test is one");
        assert_eq!(is_interface(&url, None), allowed, "{address}");
    }

    #[test]
    fn the_window_never_leaves_the_interface() {
        check("tauri://localhost/index.html", true);
        check("http://tauri.localhost/", true);
        check("https://management.azure.com/", false);
        check("http://localhost:5173/", false);
        check("file:///etc/passwd", false);
        check("data:text/html,<p>", false);
        check("tauri://evil.example/", false);
    }
}
