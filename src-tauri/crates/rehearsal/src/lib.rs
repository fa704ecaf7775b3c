//! Engine and simulator put together: one clock, one data folder, no Azure.
//!
//! The window and the command compose a rehearsal the same way (ADR 0006). Deliberately absent: rules,
//! and any way to change Azure: `capture` is given a client that reads.

#![cfg_attr(test, allow(clippy::unwrap_used))] // a failed unwrap is a failed test

mod capture;

pub use capture::{CaptureError, Captured, capture};

use chrono::{DateTime, Utc};
use drillbook_arm::{Cloud, Secret, Simulated};
use drillbook_armsim::{Fault, Options as SimulatorOptions, Scripted, Simulator, SimulatorError};
use drillbook_diagnostic::{Diagnostic, Severity};
use drillbook_engine::{Clock, Engine, EngineError, Environment, Notice, Options as EngineOptions};
use drillbook_journal::DataFolder;
use drillbook_trust::sshsig::PublicKey;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How a rehearsal is opened.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The data folder; the user's own when `None`.
    pub data: Option<PathBuf>,
    /// How many times shorter waits are, from 1 to 1 000 000.
    pub speed: f64,
    /// Seeds ids, delays and salts.
    pub seed: Option<u64>,
    /// Faults of the simulator, by name, or by name and moment (`throttle@read:3`).
    pub faults: Vec<String>,
    /// Texts of runbooks beside the built-in ones.
    pub runbooks: Vec<String>,
    /// Text of a scenario; the built-in one when `None`.
    pub scenario: Option<String>,
    /// People who review on other machines, with the lines of their public keys.
    pub reviewers: Vec<(String, String)>,
}

/// An engine over a running simulator. The data folder stays locked as long as it lives.
#[derive(Debug)]
pub struct Rehearsal {
    engine: Engine,
    simulator: Simulator,
    folder: DataFolder,
}

/// Why a rehearsal could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum RehearsalError {
    /// Journal, keys or client.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The simulator.
    #[error("the simulator could not be started")]
    Simulator(#[from] SimulatorError),
    /// The simulator's file.
    #[error("the simulator's file cannot be read")]
    State(#[source] std::io::Error),
    /// No such fault.
    #[error("there is no fault {fault}")]
    UnknownFault {
        /// The name.
        fault: String,
    },
}

impl Diagnostic for RehearsalError {
    fn code(&self) -> &'static str {
        match self {
            RehearsalError::Engine(error) => error.code(),
            RehearsalError::Simulator(_) => "rehearsal.simulator",
            RehearsalError::State(_) => "rehearsal.state",
            RehearsalError::UnknownFault { .. } => "rehearsal.unknown_fault",
        }
    }

    fn severity(&self) -> Severity {
        match self {
            RehearsalError::Engine(error) => error.severity(),
            RehearsalError::Simulator(_) | RehearsalError::State(_) => Severity::Unavailable,
            RehearsalError::UnknownFault { .. } => Severity::Refused,
        }
    }

    fn remediation(&self) -> Option<String> {
        match self {
            RehearsalError::Engine(error) => error.remediation(),
            RehearsalError::Simulator(_) => {
                Some("Close other programs that use many local ports, and try again.".to_owned())
            }
            RehearsalError::State(_) => Some("Check that the data folder can be read.".to_owned()),
            RehearsalError::UnknownFault { .. } => {
                let names: Vec<&str> = Fault::ALL.iter().map(|fault| fault.name()).collect();
                Some(format!("Choose one of: {}.", names.join(", ")))
            }
        }
    }
}

/// Name of the simulator's own file within the rehearsal's data.
const STATE: &str = "simulator.jsonl";

/// Returns the path of the simulator's own file in a data folder.
pub fn state_file(data: &Path) -> PathBuf {
    data.join("rehearsal").join(STATE)
}

impl Rehearsal {
    /// Opens the data folder, starts the simulator and opens the engine over it.
    ///
    /// The clock starts at the latest of now, the log's last entry and the simulator's last change, so
    /// that time never goes back (architecture.md §8).
    ///
    /// # Errors
    /// [`RehearsalError`]; nothing is appended.
    pub async fn open(options: Options) -> Result<Rehearsal, RehearsalError> {
        let faults = options
            .faults
            .iter()
            .map(|name| fault(name))
            .collect::<Result<_, _>>()?;
        let folder = drillbook_engine::data_folder(options.data.as_deref())?;
        let state = state_file(folder.path());
        let start = start(folder.path(), &state)?;
        let clock = Clock::rehearsal(start, options.speed);
        let now = clock.clone();
        let mut simulator = SimulatorOptions::new(Arc::new(move || now.now()));
        simulator.scenario = options.scenario;
        simulator.faults = faults;
        simulator.seed = options.seed.unwrap_or(1);
        if let Some(parent) = state.parent() {
            std::fs::create_dir_all(parent).map_err(RehearsalError::State)?;
        }
        let port_file = state.with_extension("port");
        simulator.state_file = Some(state);
        let simulator = start_simulator(simulator, &port_file).await?;
        let environment = environment(&simulator);
        let cloud = cloud(&simulator)?;
        let read = |text: &String| drillbook_engine::library::read("runbook", text);
        let runbooks = options
            .runbooks
            .iter()
            .map(read)
            .collect::<Result<_, _>>()?;
        let reviewers = reviewers(&options.reviewers)?;
        let data = folder.path().to_owned();
        let engine = Engine::open(
            &folder,
            EngineOptions {
                data,
                cloud,
                clock,
                seed: options.seed,
                environment,
                runbooks,
                reviewers,
                seal: drillbook_engine::Seal::Off,
            },
        )?;
        let rehearsal = Rehearsal {
            engine,
            simulator,
            folder,
        };
        rehearsal.tell_t0()?;
        Ok(rehearsal)
    }

    /// Returns the use cases.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Returns the simulator.
    pub fn simulator(&self) -> &Simulator {
        &self.simulator
    }

    /// Returns the locked data folder.
    pub fn folder(&self) -> &DataFolder {
        &self.folder
    }

    /// The simulator's `primary-dark` begins at T0: it hears of the entry that declares it.
    fn tell_t0(&self) -> Result<(), EngineError> {
        let control = self.simulator.control();
        let declared = self
            .engine
            .drills()?
            .iter()
            .any(|drill| drill.end.is_none() && drill.t0.is_some());
        if declared {
            control.mark_t0();
        }
        self.engine.on_notice(move |notice| {
            if let Notice::Appended { kinds, .. } = notice
                && kinds.iter().any(|kind| kind == "t0.declared")
            {
                control.mark_t0();
            }
        });
        Ok(())
    }
}

/// Reads the lines of the public keys of people who review on other machines.
///
/// # Errors
/// [`EngineError`] when a line is no public key.
pub fn reviewers(named: &[(String, String)]) -> Result<Vec<(String, PublicKey)>, EngineError> {
    let key = |(person, line): &(String, String)| {
        let key = PublicKey::parse(line).map_err(EngineError::from)?;
        Ok((person.clone(), key))
    };
    named.iter().map(key).collect()
}

fn fault(name: &str) -> Result<Scripted, RehearsalError> {
    name.parse().map_err(|_| RehearsalError::UnknownFault {
        fault: name.to_owned(),
    })
}

fn start(data: &Path, state: &Path) -> Result<DateTime<Utc>, RehearsalError> {
    let log = drillbook_engine::last_entry_time(data)?;
    let changed = if state.exists() {
        drillbook_armsim::Ledger::read(state)
            .map_err(RehearsalError::State)?
            .last_change
    } else {
        None
    };
    Ok([log, changed]
        .into_iter()
        .flatten()
        .fold(Utc::now(), DateTime::max))
}

/// Listens where the simulator of this folder listened before: addresses of operations that it handed
/// out must still lead to it after a crash, as Azure's do.
async fn start_simulator(
    mut options: SimulatorOptions,
    port_file: &Path,
) -> Result<Simulator, RehearsalError> {
    let known = std::fs::read_to_string(port_file).ok();
    options.port = known.and_then(|text| text.trim().parse().ok()).unwrap_or(0);
    let simulator = match Simulator::start(options.clone()).await {
        // Somebody else took the port meanwhile: a new one is better than no rehearsal.
        Err(SimulatorError::Listen(_)) if options.port != 0 => {
            options.port = 0;
            Simulator::start(options).await?
        }
        other => other?,
    };
    let port = simulator
        .https()
        .and_then(|address| address.rsplit(':').next());
    std::fs::write(port_file, port.unwrap_or_default()).map_err(RehearsalError::State)?;
    Ok(simulator)
}

fn environment(simulator: &Simulator) -> Environment {
    let credentials = simulator.credentials();
    Environment {
        tenant: credentials.tenant.clone(),
        tenant_name: simulator.company().to_owned(),
        subscription: credentials.subscription.clone(),
        subscription_name: simulator.subscription_name().to_owned(),
        scenario: Some(simulator.company().to_owned()),
    }
}

fn cloud(simulator: &Simulator) -> Result<Cloud, EngineError> {
    let address = simulator.https().unwrap_or_default().to_owned();
    let credentials = simulator.credentials();
    Ok(Cloud::simulator(Simulated {
        arm: address.clone(),
        authority: address.clone(),
        prices: Some(address),
        storage: Vec::new(),
        ca_pem: Some(simulator.ca_pem().to_owned()),
        tenant: credentials.tenant.clone(),
        client_id: credentials.client_id.clone(),
        client_secret: Secret::new(credentials.client_secret.clone()),
    })?)
}
