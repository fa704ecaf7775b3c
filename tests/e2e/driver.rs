//! One window under WebDriver, with a data folder of its own.
//!
//! A session that does not begin is begun once more: WebKit's driver loses one in a while when the machine is
//! busy. Nothing else is ever repeated. What the drivers and the application say is kept, and shown when a journey fails.

use crate::ports::free_port;
use serde_json::json;
use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use thirtyfour::Capabilities;
use thirtyfour::prelude::*;
use tokio::sync::{Mutex, MutexGuard};

/// How long the window may take for anything, on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// How often the page is looked at while it works.
pub const LOOK: Duration = Duration::from_millis(100);

/// How long a session may take to begin: the drivers, the application and WebKit start in it.
const BEGINNING: Duration = Duration::from_secs(75);

/// How often a session is begun before the journey gives up.
const ATTEMPTS: usize = 2;

/// How long killed processes may take to be gone.
const LEAVING: Duration = Duration::from_secs(5);

/// How many lines of the log a failure shows.
const SHOWN: usize = 60;

/// A window that is driven.
pub struct Window {
    /// The session.
    pub page: WebDriver,
    driver: Driver,
    _desktop: Desktop,
}

/// The display and the bus, for one window.
pub struct Desktop {
    _held: MutexGuard<'static, ()>,
}

/// One window at a time: two would cover each other, and a second copy of the app shows the first.
static ALONE: Mutex<()> = Mutex::const_new(());

impl Desktop {
    /// Waits until no other journey has a window.
    pub async fn alone() -> Self {
        Self {
            _held: ALONE.lock().await,
        }
    }
}

impl Window {
    /// Starts the application on the data folder `home` and opens its window.
    pub async fn open(home: &Path) -> Self {
        Self::open_on(Desktop::alone().await, home).await
    }

    /// The same, where a simulator may stand in for Azure in the live journal, so many times as fast.
    pub async fn standing_in(home: &Path, speed: u32) -> Self {
        Self::begun(Desktop::alone().await, home, Some(speed)).await
    }

    /// The same, on a desktop that a journey already has to itself.
    pub async fn open_on(desktop: Desktop, home: &Path) -> Self {
        Self::begun(desktop, home, None).await
    }

    async fn begun(desktop: Desktop, home: &Path, stand_in: Option<u32>) -> Self {
        for attempt in 1..=ATTEMPTS {
            let mut driver = Driver::start(home, stand_in).await;
            let why = match tokio::time::timeout(BEGINNING, driver.session()).await {
                Ok(Ok(page)) => {
                    return Self {
                        page,
                        driver,
                        _desktop: desktop,
                    };
                }
                Ok(Err(error)) => error.to_string(),
                Err(_) => format!("no session within {} s", BEGINNING.as_secs()),
            };
            driver.complain(&format!(
                "session {attempt} of {ATTEMPTS} did not begin: {why}"
            ));
            driver.stopped().await;
        }
        panic!("no session began; what the drivers said is above");
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
        self.driver.stopped().await;
    }

    /// Kills the application without a warning, as a power cut would, and everything that drove it.
    pub async fn kill(mut self) {
        self.leave();
        self.driver.stopped().await;
    }

    /// The session ends with its driver; asking it to end would wait for an answer that never comes.
    fn leave(&mut self) {
        let _ = self.page.clone().leak();
        self.driver.stop();
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        if self.driver.is_running() {
            self.driver
                .complain("the journey ended before its window was closed");
            self.leave();
        }
    }
}

/// tauri-driver and everything it starts: one process group, one log.
struct Driver {
    process: Child,
    port: u16,
    log: tempfile::NamedTempFile,
}

impl Driver {
    async fn start(home: &Path, stand_in: Option<u32>) -> Self {
        let (port, native) = (free_port(), free_port());
        let log = tempfile::NamedTempFile::new().unwrap();
        let said = |log: &File| Stdio::from(log.try_clone().unwrap());
        let process = Command::new(tauri_driver())
            .args(["--port", &port.to_string()])
            .args(["--native-port", &native.to_string()])
            .env("DRILLBOOK_HOME", home)
            .envs(stand_in.map(|speed| ("DRILLBOOK_STAND_IN", speed.to_string())))
            .stdout(said(log.as_file()))
            .stderr(said(log.as_file()))
            .process_group(0)
            .spawn()
            .unwrap();
        let mut driver = Self { process, port, log };
        driver.answering().await;
        driver
    }

    /// Waits until tauri-driver and, behind it, WebKit's driver answer.
    async fn answering(&mut self) {
        let begun = Instant::now();
        while !answers(self.port) {
            if begun.elapsed() > PATIENCE || !self.is_running() {
                self.complain("tauri-driver does not answer");
                self.stop();
                panic!("tauri-driver does not answer on {}", self.port);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn session(&self) -> WebDriverResult<WebDriver> {
        let mut wanted = Capabilities::new();
        wanted.set("browserName", "wry")?;
        let application = json!({"application": env!("CARGO_BIN_EXE_drillbook-desktop")});
        wanted.set("tauri:options", application)?;
        WebDriver::builder(format!("http://127.0.0.1:{}", self.port), wanted)
            .request_timeout(PATIENCE)
            .await
    }

    fn is_running(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }

    /// Kills the whole group: tauri-driver, WebKit's driver and the application.
    fn stop(&mut self) {
        self.signal("-KILL");
        let _ = self.process.wait();
    }

    /// The same, and waits until nothing of it is left: whoever comes next needs the data folder and the bus.
    async fn stopped(&mut self) {
        self.stop();
        let begun = Instant::now();
        while self.signal("-0") && begun.elapsed() < LEAVING {
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Sends a signal to the group; `false` when there is nobody in it.
    fn signal(&self, name: &str) -> bool {
        let group = format!("-{}", self.process.id());
        let sent = Command::new("kill")
            .args([name, "--", &group])
            .stderr(Stdio::null())
            .status();
        sent.is_ok_and(|status| status.success())
    }

    /// Says what went wrong, and what the drivers and the application said last.
    fn complain(&self, what: &str) {
        let said = std::fs::read(self.log.path()).unwrap_or_default();
        let said = String::from_utf8_lossy(&said);
        let lines: Vec<&str> = said.lines().collect();
        let last = &lines[lines.len().saturating_sub(SHOWN)..];
        eprintln!(
            "e2e: {what}\n--- the drivers and the application\n{}\n---",
            last.join("\n")
        );
    }
}

fn tauri_driver() -> PathBuf {
    let named = std::env::var_os("DRILLBOOK_TAURI_DRIVER");
    named
        .map(PathBuf::from)
        .expect("journeys need DRILLBOOK_TAURI_DRIVER: run them with `cargo xtask test`")
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
