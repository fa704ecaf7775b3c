//! `cargo xtask bench preflight`: the same reads by the Azure CLI, as an operator would type them, and by
//! `drillbook preflight`, against the same simulator, taking turns.
//!
//! The lines of the CLI are those that the preflight itself names. Of a request that is repeated for each
//! disk or policy it names one, so the CLI is asked for less than Drillbook reads. A line that the simulator
//! refuses is said and not timed.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::command::Run;
use crate::suite;
use crate::workspace::Workspace;

/// The Azure CLI that is timed.
const AZURE_CLI: &str = "2.91.0";

/// Milliseconds that each answer takes on its way.
const LATENCIES: [u64; 2] = [0, 80];

/// Choices where the built-in scenario leaves several.
const CHOICES: [&str; 6] = [
    "--choose",
    "pick-vault=rsv-evergreen-policy",
    "--choose",
    "target=first",
    "--choose",
    "pick-staging=first",
];

/// `cargo xtask bench preflight [ROUNDS]`. `DRILLBOOK_BIN` names a program that is built already.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    let rounds = match arguments {
        [] => 3,
        [rounds] => rounds.parse::<usize>().context("ROUNDS is a number")?,
        _ => bail!("cargo xtask bench preflight [ROUNDS]"),
    };
    if rounds == 0 {
        bail!("ROUNDS is at least 1");
    }
    let az = install(workspace)?;
    let drillbook = match std::env::var_os("DRILLBOOK_BIN") {
        Some(built) => PathBuf::from(built),
        None => suite::program(workspace, "drillbook")?,
    };
    for latency in LATENCIES {
        let folder = workspace.target.join("bench").join(latency.to_string());
        if folder.exists() {
            fs::remove_dir_all(&folder).context("cannot empty the folder of the bench")?;
        }
        fs::create_dir_all(&folder).context("cannot make the folder of the bench")?;
        measure(&drillbook, &az, &folder, latency, rounds)?;
    }
    Ok(())
}

fn install(workspace: &Workspace) -> Result<PathBuf> {
    let setup = workspace.root.join("../shared/tools/az-setup.sh");
    if !setup.is_file() {
        bail!("{} is not beside this checkout", setup.display());
    }
    let az = workspace.target.join(format!("az-{AZURE_CLI}"));
    Run::new(&workspace.root, &setup)
        .args(["install".as_ref(), az.as_os_str(), AZURE_CLI.as_ref()])
        .go()?;
    Ok(az.join("bin"))
}

/// Times both in turns and prints the median of each and of their ratio.
fn measure(drillbook: &Path, az: &Path, folder: &Path, latency: u64, rounds: usize) -> Result<()> {
    let serving = Serving::start(drillbook, folder, latency)?;
    let shell = Shell::logged_in(az, folder, &serving)?;
    let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    let commands = answered(&shell, preflight(drillbook, &serving)?);
    let lines = commands.len();
    for _ in 0..rounds {
        let began = Instant::now();
        preflight(drillbook, &serving)?;
        let own = began.elapsed();
        let began = Instant::now();
        for line in &commands {
            shell.line(line)?;
        }
        let other = began.elapsed();
        ratios.push(other.as_secs_f64() / own.as_secs_f64());
        ours.push(own.as_secs_f64());
        theirs.push(other.as_secs_f64());
    }
    println!(
        "bench: {latency:>3} ms: az {:.1} s for {lines} lines, drillbook preflight {:.2} s, ratio {:.1} (medians of {rounds})",
        median(theirs),
        median(ours),
        median(ratios)
    );
    Ok(())
}

/// Runs each line once, untimed, and keeps those that az ends well; the others are said.
fn answered(shell: &Shell, lines: Vec<String>) -> Vec<String> {
    let (kept, left): (Vec<_>, Vec<_>) = lines
        .into_iter()
        .map(|line| (shell.line(&line), line))
        .partition(|(result, _)| result.is_ok());
    for (_, line) in &left {
        println!("bench: left out, az fails on it: {line}");
    }
    kept.into_iter().map(|(_, line)| line).collect()
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

/// Runs the preflight and returns the lines that read the same.
fn preflight(drillbook: &Path, serving: &Serving) -> Result<Vec<String>> {
    let output = Command::new(drillbook)
        .args(["preflight", "vm-disks-cross-region", "--output", "json"])
        .args(["--simulator", &serving.address, "--ca"])
        .arg(&serving.ca)
        .args(CHOICES)
        .output()
        .context("cannot start drillbook")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("the preflight ended with {}\n{said}", output.status);
    }
    let said: Value =
        serde_json::from_slice(&output.stdout).context("the preflight said no JSON")?;
    let commands = said["commands"].as_array().into_iter().flatten();
    Ok(commands
        .filter_map(|line| line.as_str().map(str::to_owned))
        .collect())
}

/// A running simulator, ended with this value.
struct Serving {
    child: Child,
    address: String,
    ca: PathBuf,
    tenant: String,
    subscription: String,
    client: (String, String),
}

impl Serving {
    fn start(drillbook: &Path, folder: &Path, latency: u64) -> Result<Serving> {
        let ca = folder.join("ca.pem");
        let mut child = Command::new(drillbook)
            .args(["simulator", "serve", "--https", "--latency"])
            .arg(latency.to_string())
            .arg("--ca-out")
            .arg(&ca)
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the simulator")?;
        let stdout = child.stdout.take().context("the simulator has no output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let said: Value = serde_json::from_str(&line).context("the simulator did not start")?;
        let text = |name: &str| said[name].as_str().unwrap_or_default().to_owned();
        Ok(Serving {
            address: text("https"),
            tenant: text("tenant"),
            subscription: text("subscription"),
            client: (text("client_id"), text("client_secret")),
            child,
            ca,
        })
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It has nothing to lose.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A terminal in which the Azure CLI is logged in to the simulator, with a profile of its own.
struct Shell {
    az: PathBuf,
    config: PathBuf,
    ca: PathBuf,
}

impl Shell {
    fn logged_in(az: &Path, folder: &Path, serving: &Serving) -> Result<Shell> {
        let shell = Shell {
            az: az.to_owned(),
            config: folder.join("az"),
            ca: serving.ca.clone(),
        };
        fs::create_dir_all(&shell.config).context("cannot make the profile of az")?;
        let (url, (client, secret)) = (&serving.address, &serving.client);
        shell.line(&format!(
            "az cloud register -n Bench --skip-endpoint-discovery --endpoint-resource-manager {url} --endpoint-management {url} \
             --endpoint-active-directory {url} --endpoint-active-directory-resource-id {url} \
             --endpoint-active-directory-graph-resource-id {url} --endpoint-gallery {url}"
        ))?;
        shell.line("az cloud set -n Bench")?;
        shell.line(&format!(
            "az login --service-principal -u {client} -p {secret} --tenant {} -o none",
            serving.tenant
        ))?;
        shell.line(&format!(
            "az account set --subscription {}",
            serving.subscription
        ))?;
        Ok(shell)
    }

    /// Runs one line; it fails when `az` does, so that nothing is timed that did not read.
    fn line(&self, line: &str) -> Result<()> {
        let path = std::env::var("PATH").unwrap_or_default();
        let began = Instant::now();
        let output = Command::new("sh")
            .args(["-c", line])
            .env("PATH", format!("{}:{path}", self.az.display()))
            .env("AZURE_CONFIG_DIR", &self.config)
            .env("REQUESTS_CA_BUNDLE", &self.ca)
            .env("AZURE_CORE_INSTANCE_DISCOVERY", "false")
            .env("AZURE_CORE_COLLECT_TELEMETRY", "false")
            .env("AZURE_CORE_LOGIN_EXPERIENCE_V2", "false")
            .env("AZURE_CORE_ENCRYPT_TOKEN_CACHE", "false")
            .env("AZURE_EXTENSION_USE_DYNAMIC_INSTALL", "no")
            .stdin(Stdio::null())
            .output()
            .context("cannot start a shell")?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!(
                "{line}\nended with {} after {:?}\n{said}",
                output.status,
                rounded(began)
            );
        }
        Ok(())
    }
}

fn rounded(began: Instant) -> Duration {
    Duration::from_millis(u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX))
}
