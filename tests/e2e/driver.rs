//! One window under WebDriver, with a data folder of its own.

use serde_json::json;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};
use thirtyfour::prelude::*;
use thirtyfour::Capabilities;

/// How long the window may take for anything, on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A running tauri-driver and the window it opened.
pub struct Window {
    /// The session.
    pub page: WebDriver,
    driver: Child,
}

impl Window {
    /// Starts the application on the data folder `home` and opens its window.
    pub async fn open(home: &Path) -> Self {
        let (port, native) = (free_port(), free_port());
        let driver = Command::new(tauri_driver())
            .args(["--port", &port.to_string(), "--native-port", &native.to_string()])
            .env("DRILLBOOK_HOME", home)
            .spawn()
            .unwrap();
        wait_for(native);
        wait_for(port);
        let mut wanted = Capabilities::new();
        wanted.set("browserName", "wry").unwrap();
        let application = json!({"application": env!("CARGO_BIN_EXE_drillbook-desktop")});
        wanted.set("tauri:options", application).unwrap();
        let page = WebDriver::new(format!("http://127.0.0.1:{port}"), wanted).await.unwrap();
        Self { page, driver }
    }

    /// Waits for an element that is shown.
    pub async fn see(&self, selector: &str) -> WebElement {
        self.page
            .query(By::Css(selector))
            .wait(PATIENCE, Duration::from_millis(100))
            .and_displayed()
            .first()
            .await
            .unwrap()
    }

    /// Closes the window and stops the driver.
    pub async fn close(mut self) {
        self.page.clone().quit().await.unwrap();
        self.stop_driver();
    }

    fn stop_driver(&mut self) {
        // SIGTERM, so that it ends WebKit's driver as well.
        let pid = self.driver.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &pid]).status();
        let _ = self.driver.wait();
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        if matches!(self.driver.try_wait(), Ok(None)) {
            self.stop_driver();
        }
    }
}

fn tauri_driver() -> PathBuf {
    let named = std::env::var_os("DRILLBOOK_TAURI_DRIVER");
    named.map(PathBuf::from).expect("journeys need DRILLBOOK_TAURI_DRIVER: run them with `cargo xtask test`")
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn wait_for(port: u16) {
    let start = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(start.elapsed() < PATIENCE, "tauri-driver does not listen on {port}");
        std::thread::yield_now();
    }
}
