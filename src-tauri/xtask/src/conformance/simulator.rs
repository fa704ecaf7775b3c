//! `drillbook simulator serve` as a child process, ended when it is dropped.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// A simulator that serves https on loopback.
pub struct Serving {
    child: Child,
    /// Its address.
    pub url: String,
    /// The file of its certificate authority.
    pub authority: PathBuf,
    /// Names of the company's subscription and so on, as it said when it was ready.
    pub ready: Value,
    state: PathBuf,
}

impl Serving {
    /// Starts it with a file of its own in `folder` and waits for the line that says it is ready.
    pub fn start(drillbook: &Path, folder: &Path, speed: u32) -> Result<Self> {
        let authority = folder.join("authority.pem");
        let log = File::create(folder.join("simulator.log")).context("cannot write its log")?;
        let mut child = Command::new(drillbook)
            .args(["simulator", "serve", "--https", "--speed"])
            .arg(speed.to_string())
            .arg("--ca-out")
            .arg(&authority)
            .arg("--data")
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .context("cannot start the simulator")?;
        let mut line = String::new();
        if let Some(output) = child.stdout.take() {
            BufReader::new(output)
                .read_line(&mut line)
                .context("cannot read the simulator's first line")?;
        }
        let mut serving = Self {
            child,
            url: String::new(),
            authority,
            ready: serde_json::from_str(&line).unwrap_or_default(),
            state: folder.join("simulator.jsonl"),
        };
        match serving.ready["https"].as_str() {
            Some(url) => serving.url = url.to_owned(),
            None => bail!("the simulator did not start; see simulator.log beside {line:?}"),
        }
        Ok(serving)
    }

    /// Ends it and returns the lines of its file: every change that it accepted.
    pub fn stop(mut self) -> Result<Vec<Value>> {
        self.end();
        let mut text = String::new();
        File::open(&self.state)
            .and_then(|mut file| file.read_to_string(&mut text))
            .context("cannot read the simulator's file")?;
        let lines = text.lines().map(serde_json::from_str);
        lines
            .collect::<Result<_, _>>()
            .context("a line of the simulator's file is not JSON")
    }

    fn end(&mut self) {
        // Both fail only when it has ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.end();
    }
}
