//! Starts the desktop application.

// On Windows a release has no console of its own.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::process::ExitCode;

fn main() -> ExitCode {
    match drillbook_desktop::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => drillbook_desktop::explain(&error),
    }
}
