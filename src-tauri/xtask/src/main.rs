//! `cargo xtask …`: every command of the workspace, from an empty machine to a checked change.
//!
//! No build logic lives in shell scripts or in CI: `.ci/run` calls `cargo xtask ci` and nothing else.
//! This crate knows neither Tauri nor Azure, so that it compiles in seconds.

#![expect(
    clippy::print_stdout,
    reason = "a command-line tool talks to its terminal"
)]

mod app;
mod bench;
mod ci;
mod codegen;
mod command;
mod conformance;
mod desktop;
mod fuzz;
mod run;
mod rust;
mod setup;
mod stages;
mod suite;
mod tidy;
mod workspace;

use std::process::ExitCode;

use anyhow::{Result, bail};
use workspace::Workspace;

/// One command: its name, what it does in a line, and the function that does it.
struct Task {
    name: &'static str,
    about: &'static str,
    perform: fn(&Workspace, &[String]) -> Result<()>,
}

const TASKS: &[Task] = &[
    Task {
        name: "run",
        about: "build and open Drillbook; without a display, play one whole drill and keep its bundle",
        perform: run::run,
    },
    Task {
        name: "test",
        about: "the whole suite: interface, crates, IPC boundary, journeys in a real window",
        perform: ci::test,
    },
    Task {
        name: "ci",
        about: "what CI runs: fmt, tidy, interface, clippy, build, tests, generated files",
        perform: ci::ci,
    },
    Task {
        name: "tidy",
        about: "check the rules of the house that no compiler knows",
        perform: tidy::run,
    },
    Task {
        name: "setup",
        about: "install what is missing: system packages, npm packages, tauri-driver",
        perform: setup::run,
    },
    Task {
        name: "codegen",
        about: "write the files that are made from the code; with --check, say which are stale",
        perform: codegen::run,
    },
    Task {
        name: "bless",
        about: "accept what the code now says: generated and golden files",
        perform: codegen::bless,
    },
    Task {
        name: "dev",
        about: "the window with a live interface; reloads when a file changes",
        perform: app::dev,
    },
    Task {
        name: "dist",
        about: "optimised packages for other machines, checked for what must not be in them",
        perform: app::dist,
    },
    Task {
        name: "bench",
        about: "measure on the optimised build; `journal` with what it is made of, `preflight` with the Azure CLI",
        perform: bench::run,
    },
    Task {
        name: "fuzz",
        about: "feed every reader with hostile files, for so many seconds each",
        perform: fuzz::run,
    },
    Task {
        name: "conformance",
        about: "let the real Azure CLI work against the simulator, command by command; needs ../shared",
        perform: conformance::run,
    },
];

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    match perform(&name, &rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask {name}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn perform(name: &str, rest: &[String]) -> Result<()> {
    if matches!(name, "" | "help" | "--help" | "-h") {
        println!("{}", help());
        return Ok(());
    }
    let Some(task) = TASKS.iter().find(|task| task.name == name) else {
        bail!("no such command\n\n{}", help());
    };
    (task.perform)(&Workspace::find()?, rest)
}

fn help() -> String {
    let lines: Vec<String> = TASKS
        .iter()
        .map(|task| format!("  {:<12} {}", task.name, task.about))
        .collect();
    format!("cargo xtask COMMAND\n\n{}", lines.join("\n"))
}
