//! One window under WebDriver, with a data folder of its own.

use serde_json::json;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};
use thirtyfour::Capabilities;
use thirtyfour::prelude::*;
use tokio::sync::{Mutex, MutexGuard};

/// How long the window may take for anything, on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// How often the page is looked at while it works.
pub const LOOK: Duration = Duration::from_millis(100);

/// A running tauri-driver and the window it opened.
pub struct Window {
    /// The session.
    pub page: WebDriver,
    driver: Child,
    _alone: MutexGuard<'static, ()>,
}

/// One window at a time: two would cover each other, and a second copy of the app shows the first.
static ALONE: Mutex<()> = Mutex::const_new(());

impl Window {
    /// Starts the application on the data folder `home` and opens its window.
    pub async fn open(home: &Path) -> Self {
        let alone = ALONE.lock().await;
        let (port, native) = (free_port(), free_port());
        let driver = Command::new(tauri_driver())
            .args([
                "--port",
                &port.to_string(),
                "--native-port",
                &native.to_string(),
            ])
            .env("DRILLBOOK_HOME", home)
            .process_group(0)
            .spawn()
            .unwrap();
        wait_for(port).await;
        let mut wanted = Capabilities::new();
        wanted.set("browserName", "wry").unwrap();
        let application = json!({"application": env!("CARGO_BIN_EXE_drillbook-desktop")});
        wanted.set("tauri:options", application).unwrap();
        let page = WebDriver::new(format!("http://127.0.0.1:{port}"), wanted)
            .await
            .unwrap();
        Self {
            page,
            driver,
            _alone: alone,
        }
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

    /// Kills the application without a warning, as a power cut would, and everything that drove it.
    pub fn kill(mut self) {
        self.stop_driver();
    }

    /// Kills the whole group: tauri-driver, WebKit's driver and the application.
    fn stop_driver(&mut self) {
        // The session ends with its driver; asking it to end would wait for an answer that never comes.
        let _ = self.page.clone().leak();
        let group = format!("-{}", self.driver.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
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
    named
        .map(PathBuf::from)
        .expect("journeys need DRILLBOOK_TAURI_DRIVER: run them with `cargo xtask test`")
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// Waits until tauri-driver and, behind it, WebKit's driver answer.
async fn wait_for(port: u16) {
    let begun = Instant::now();
    while !answers(port) {
        assert!(
            begun.elapsed() < PATIENCE,
            "tauri-driver does not answer on {port}"
        );
        tokio::time::sleep(LOOK).await;
    }
}

fn answers(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else {
        return false;
    };
    let asked = stream
        .set_read_timeout(Some(Duration::from_secs(2)))
        .and_then(|()| {
            stream
                .write_all(b"GET /status HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        });
    let mut answer = [0; 12];
    asked.and_then(|()| stream.read_exact(&mut answer)).is_ok() && answer.ends_with(b" 200")
}
