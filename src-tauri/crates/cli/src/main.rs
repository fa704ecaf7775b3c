//! The `drillbook` command: rehearse, check, verify, keep journals safe, read runbooks, serve the simulator.
//!
//! Deliberately absent: windows, screens and WebKit; it must start on an auditor's plain laptop.

mod args;
mod compare;
mod connection;
mod decision;
mod export;
mod glass;
mod journal;
mod key;
mod output;
mod place;
mod policy;
mod preflight;
mod rehearse;
mod requests;
mod runbooks;
mod second_read;
mod simulator;
mod verify;

use args::{Cli, Command};
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    logging();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return output::fail("cli.runtime", &error.to_string(), Some("Try again.")),
    };
    let result = runtime.block_on(async {
        match cli.command {
            Command::Rehearse(args) => rehearse::run(args).await,
            Command::Preflight(args) => preflight::run(args).await,
            Command::Verify(args) => verify::run(&args),
            Command::Compare(args) => compare::run(&args),
            Command::Export(args) => export::run(args).await,
            Command::Reveal(args) => export::reveal(&args).await,
            Command::Journal(command) => journal::run(command),
            Command::Connection(command) => connection::run(command).await,
            Command::Runbook(command) => runbooks::run(command).await,
            Command::Simulator(command) => simulator::run(command).await,
            Command::Requests(args) => requests::list(&args),
            Command::Request(command) => requests::run(command),
            Command::Decision(command) => decision::run(command).await,
            Command::Glass(command) => glass::run(command),
            Command::SecondRead(args) => second_read::run(&args).await,
            Command::Policy(command) => policy::run(command).await,
        }
    });
    match result {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}

/// Logs go to standard error, only when asked for.
fn logging() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("DRILLBOOK_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("off"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
}
