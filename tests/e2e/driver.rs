//! One window under WebDriver, with a data folder of its own.

use serde_json::json;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};
use thirtyfour::prelude::*;
use thirtyfour::Capabilities;

/// How long the window may take for anything, on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// How often the page is looked at while it works.
pub const LOOK: Duration = Duration::from_millis(100);

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
            .process_group(0)
            .spawn()
            .unwrap();
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
        let begun = Instant::now();
        loop {
            // An element may vanish between being found and being looked at: then it is looked for again.
            if let Ok(element) = self.page.find(By::Css(selector)).await
                && element.is_displayed().await.unwrap_or_default()
            {
                return element;
            }
            assert!(begun.elapsed() < PATIENCE, "{selector} is not shown");
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Closes the window and stops the driver.
    pub async fn close(mut self) {
        self.page.clone().quit().await.unwrap();
        self.stop_driver();
    }

    fn stop_driver(&mut self) {
        // To its whole group, so that WebKit's driver and the application end with it.
        let group = format!("-{}", self.driver.id());
        let _ = Command::new("kill").args(["-TERM", "--", &group]).status();
        let begun = Instant::now();
        while matches!(self.driver.try_wait(), Ok(None)) {
            if begun.elapsed() > Duration::from_secs(5) {
                let _ = self.driver.kill();
                let _ = self.driver.wait();
                return;
            }
            std::thread::sleep(LOOK);
        }
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

/// Waits until tauri-driver and, behind it, WebKit's driver answer.
fn wait_for(port: u16) {
    let begun = Instant::now();
    while !answers(port) {
        assert!(begun.elapsed() < PATIENCE, "tauri-driver does not answer on {port}");
        std::thread::sleep(LOOK);
    }
}

fn answers(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return false };
    let asked = stream
        .set_read_timeout(Some(Duration::from_secs(2)))
        .and_then(|()| stream.write_all(b"GET /status HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"));
    let mut answer = [0; 12];
    asked.and_then(|()| stream.read_exact(&mut answer)).is_ok() && answer.ends_with(b" 200")
}
