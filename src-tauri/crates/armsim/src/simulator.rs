//! Starting, steering and stopping the simulator.

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use chrono::{DateTime, Utc};

use crate::clock::NowFn;
use crate::desk::{ChangeHook, Desk};
use crate::fault::{Fault, Scripted};
use crate::ledger::{Book, Change, Ledger, Line};
use crate::routes::{control, defaults};
use crate::scenario::{EVERGREEN, Scenario, ScenarioError};
use crate::server::{Door, Front, Shared};
use crate::state::World;
use crate::{names, tls};

/// How to start.
#[derive(Clone)]
pub struct Options {
    /// The scenario's text; the built-in one when `None`.
    pub scenario: Option<String>,
    /// Faults to script, beside those of the scenario.
    pub faults: Vec<Scripted>,
    /// Drives ids and delays.
    pub seed: u64,
    /// Where accepted changes are kept; without it nothing survives the process.
    pub state_file: Option<PathBuf>,
    /// The clock, shared with whoever composes. Must not start before `Ledger::last_change`.
    pub now: NowFn,
    /// Called after each accepted change.
    pub on_change: Option<ChangeHook>,
    /// Listen with TLS.
    pub https: bool,
    /// Listen without TLS.
    pub http: bool,
    /// How many times faster than its clients the clock runs: `Retry-After` speaks in the clients' time.
    pub pace: u32,
    /// Port of the https listener, or of the http one when it is the only one; 0 takes a free one.
    pub port: u16,
    /// How long each answer takes on its way, in real time.
    pub latency: Duration,
}

impl Options {
    /// The built-in scenario without faults, on both listeners and free ports.
    pub fn new(now: NowFn) -> Options {
        Options {
            scenario: None,
            faults: Vec::new(),
            seed: 1,
            state_file: None,
            now,
            on_change: None,
            https: true,
            http: true,
            pace: 1,
            port: 0,
            latency: Duration::ZERO,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("faults", &self.faults)
            .field("seed", &self.seed)
            .field("state_file", &self.state_file)
            .field("https", &self.https)
            .field("http", &self.http)
            .finish_non_exhaustive()
    }
}

/// The simulator could not start.
#[derive(Debug, thiserror::Error)]
pub enum SimulatorError {
    /// The scenario file.
    #[error("cannot use the scenario")]
    Scenario(#[from] ScenarioError),
    /// The state file, or a certificate beside it.
    #[error("cannot use the simulator's file")]
    File(#[source] io::Error),
    /// The loopback address.
    #[error("cannot listen on the loopback address")]
    Listen(#[source] io::Error),
    /// The certificate.
    #[error("cannot make the simulator's certificate")]
    Certificate(#[from] rcgen::Error),
    /// The TLS configuration.
    #[error("cannot configure TLS")]
    Tls(#[from] rustls::Error),
}

/// What a client signs in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The directory.
    pub tenant: String,
    /// The application.
    pub client_id: String,
    /// Its secret: worth nothing outside the simulator.
    pub client_secret: String,
    /// Object id of its service principal, as tokens and the activity log name it.
    pub object_id: String,
    /// The subscription that the scenario describes.
    pub subscription: String,
}

/// A running simulator; dropping it stops the listeners.
pub struct Simulator {
    shared: Arc<Shared>,
    https: Option<String>,
    http: Option<String>,
    ca_pem: String,
    credentials: Credentials,
    company: String,
    subscription_name: String,
    handles: Vec<Handle<SocketAddr>>,
}

impl Simulator {
    /// Starts the listeners. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// When the scenario, the file, the certificate or the address cannot be used.
    pub async fn start(options: Options) -> Result<Simulator, SimulatorError> {
        let (ca_pem, tls) = tls::configure(options.state_file.as_deref())?;
        let desk = furnish(&options)?;
        let credentials = Credentials {
            tenant: desk.scenario.company.tenant.clone(),
            client_id: desk.scenario.principal.client_id.clone(),
            client_secret: desk.scenario.principal.client_secret.clone(),
            object_id: desk.scenario.principal.object_id.clone(),
            subscription: desk.scenario.company.subscription.clone(),
        };
        let company = desk.scenario.company.name.clone();
        let subscription_name = desk.scenario.company.subscription_name.clone();
        let shared = Arc::new(Shared {
            desk: Mutex::new(desk),
            now: options.now,
            pace: options.pace.max(1),
            latency: options.latency,
        });
        let mut simulator = Simulator {
            shared,
            https: None,
            http: None,
            ca_pem,
            credentials,
            company,
            subscription_name,
            handles: Vec::new(),
        };
        if options.https {
            let (listener, base) = listen("https", options.port)?;
            let door = simulator.door(&base);
            let handle = simulator.handle();
            let server = axum_server::from_tcp_rustls(listener, RustlsConfig::from_config(tls))
                .map_err(SimulatorError::Listen)?;
            tokio::spawn(server.handle(handle).serve(door));
            simulator.https = Some(base);
        }
        if options.http {
            let port = if options.https { 0 } else { options.port };
            let (listener, base) = listen("http", port)?;
            let door = simulator.door(&base);
            let handle = simulator.handle();
            let server = axum_server::from_tcp(listener).map_err(SimulatorError::Listen)?;
            tokio::spawn(server.handle(handle).serve(door));
            simulator.http = Some(base);
        }
        Ok(simulator)
    }

    fn door(&self, base: &str) -> Door {
        Door(Front::new(Arc::clone(&self.shared), base))
    }

    fn handle(&mut self) -> Handle<SocketAddr> {
        let handle = Handle::new();
        self.handles.push(handle.clone());
        handle
    }

    /// Returns the https address, such as `https://127.0.0.1:40123`, if asked for.
    pub fn https(&self) -> Option<&str> {
        self.https.as_deref()
    }

    /// Returns the http address, if asked for.
    pub fn http(&self) -> Option<&str> {
        self.http.as_deref()
    }

    /// Returns the certificate of the authority that the https listener is signed by, as PEM.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// Returns what a client signs in with.
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// Returns the name of the scenario's company.
    pub fn company(&self) -> &str {
        &self.company
    }

    /// Returns the display name of the scenario's subscription.
    pub fn subscription_name(&self) -> &str {
        &self.subscription_name
    }

    /// Returns the handle for faults that need a moment.
    pub fn control(&self) -> Control {
        Control {
            shared: Arc::clone(&self.shared),
        }
    }

    /// Stops the listeners after at most a second and writes the last counts.
    pub async fn shutdown(self) {
        for handle in &self.handles {
            handle.graceful_shutdown(Some(Duration::from_secs(1)));
        }
        let mut desk = self.shared.begin();
        if desk.commit_as("simulator", Change::Stopped).is_err() {
            tracing::warn!("the simulator's last counts were not written");
        }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        for handle in &self.handles {
            handle.shutdown();
        }
    }
}

impl fmt::Debug for Simulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulator")
            .field("https", &self.https)
            .field("http", &self.http)
            .finish_non_exhaustive()
    }
}

/// Steers a running simulator from within the process.
#[derive(Clone)]
pub struct Control {
    shared: Arc<Shared>,
}

impl Control {
    /// Declares T0, for `primary-dark`; declaring it again changes nothing.
    pub fn mark_t0(&self) {
        let mut desk = self.shared.begin();
        if control::mark_t0(&mut desk).is_err() {
            tracing::error!("the simulator could not note T0");
        }
    }

    /// Returns the counts, those not yet in the file included.
    pub fn ledger(&self) -> Ledger {
        self.shared.begin().ledger.clone()
    }

    /// Returns the simulator's time.
    pub fn now(&self) -> DateTime<Utc> {
        self.shared.begin().now
    }
}

impl fmt::Debug for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Control").finish_non_exhaustive()
    }
}

fn listen(scheme: &str, port: u16) -> Result<(TcpListener, String), SimulatorError> {
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(SimulatorError::Listen)?;
    listener
        .set_nonblocking(true)
        .map_err(SimulatorError::Listen)?;
    let address = listener.local_addr().map_err(SimulatorError::Listen)?;
    Ok((listener, format!("{scheme}://{address}")))
}

/// Builds the world from the scenario and the file.
fn furnish(options: &Options) -> Result<Desk, SimulatorError> {
    let (mut book, mut lines) =
        Book::open(options.state_file.as_deref()).map_err(SimulatorError::File)?;
    let text = options.scenario.as_deref().unwrap_or(EVERGREEN);
    if lines.is_empty() {
        let line = first_line(options, text);
        book.append(&line).map_err(SimulatorError::File)?;
        lines.push(line);
    }
    let start = lines
        .first()
        .map_or_else(|| (options.now)(), |line| line.at);
    let mut seed = options.seed;
    let mut script = options.faults.clone();
    if let Some(Change::Started {
        scenario,
        seed: first,
        faults: named,
    }) = lines.first().map(|line| &line.change)
    {
        seed = *first;
        script.extend(
            named
                .iter()
                .filter_map(|name| name.parse::<Scripted>().ok()),
        );
        if *scenario != crate::token::digest(text) {
            tracing::warn!("the simulator's file began with another scenario");
        }
    }
    let scenario = Scenario::parse(text, start)?;
    script.extend(scenario.script(seed).map_err(ScenarioError::Fault)?);
    script.sort_unstable();
    script.dedup();
    let at_all_times = script.iter().filter(|one| one.at.is_none());
    let faults: BTreeSet<Fault> = at_all_times.map(|one| one.fault).collect();
    let mut world = populate(&scenario, &faults, seed, start);
    let mut ledger = Ledger::default();
    for line in &lines {
        world.apply(line);
        ledger.count(line);
    }
    let now = ledger.last_change.unwrap_or(start).max((options.now)());
    Ok(Desk::new(
        world,
        scenario,
        &script,
        (book, ledger),
        now,
        options.on_change.clone(),
    ))
}

fn first_line(options: &Options, text: &str) -> Line {
    Line {
        n: 0,
        at: (options.now)(),
        by: "simulator".to_owned(),
        correlation: names::guid(options.seed, &["line", "0"]),
        client_request: None,
        change: Change::Started {
            scenario: crate::token::digest(text),
            seed: options.seed,
            faults: options.faults.iter().map(ToString::to_string).collect(),
        },
        requests: std::collections::BTreeMap::new(),
    }
}

fn populate(
    scenario: &Scenario,
    faults: &BTreeSet<Fault>,
    seed: u64,
    start: DateTime<Utc>,
) -> World {
    let mut world = World {
        seed,
        ..World::default()
    };
    let long_ago = start - chrono::TimeDelta::days(200);
    for mut doc in scenario.documents() {
        if crate::script::withheld(&mut doc, faults, &scenario.company.secondary) {
            continue;
        }
        defaults::fill(seed, &mut doc, long_ago);
        world.seed_document(doc, long_ago);
    }
    world.seed_activity(start, &scenario.activities);
    world
}
