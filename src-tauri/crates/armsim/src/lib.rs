//! An ARM simulator: an HTTP server with a shared clock and scripted faults.
//!
//! It answers the shapes that Azure answers, on loopback, from a scenario file, and keeps every accepted change in a
//! file of its own. It shares no type with the client, so that it can catch the client's mistakes; it knows nothing
//! of drills.
#![cfg_attr(test, allow(clippy::unwrap_used))] // a failed unwrap is a failed test

mod answer;
mod call;
mod clock;
mod desk;
mod fault;
mod ledger;
mod names;
mod odata;
mod quirks;
mod routes;
mod scenario;
mod script;
mod server;
mod simulator;
mod state;
mod stranger;
mod timetext;
mod tls;
mod token;
mod versions;

pub use clock::{NowFn, scaled_clock, scaled_clock_from};
pub use desk::ChangeHook;
pub use fault::{Fault, Kind, Scripted, UnknownFault};
pub use ledger::Ledger;
pub use scenario::{EVERGREEN, ScenarioError, check_scenario};
pub use simulator::{Control, Credentials, Options, Simulator, SimulatorError};
