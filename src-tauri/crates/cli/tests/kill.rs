//! One drill in as many short processes as it has appends: each is killed, the next goes on.
//!
//! Three passes: killed from outside as soon as something was appended, killed before each commit, killed
//! right after each. Restores are counted in the simulator's own file, entries in the journal.
//! `cargo test -p drillbook-cli --test kill -- --nocapture` prints the counts.
#![allow(clippy::unwrap_used, reason = "a test that unwraps fails as it should")]
#![allow(
    clippy::print_stdout,
    reason = "the counts are what the test is read for"
)]

use drillbook_armsim::Ledger;
use drillbook_journal::{Env, Options, Store};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// More processes than a whole drill has appends.
const MOST_PROCESSES: usize = 2000;

fn rehearse(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_drillbook"));
    command.args([
        "rehearse",
        "vm-disks-cross-region",
        "--auto",
        "--json",
        "--resume",
        "--seed",
        "5",
    ]);
    command
        .args(["--speed", "1000000", "--bundle"])
        .arg(folder.join("bundle.zip"));
    command.arg("--data").arg(folder.join("data"));
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .stdin(Stdio::null());
    command
}

fn size(folder: &Path) -> u64 {
    let reader = Store::open_read_only(&folder.join("data"), Env::Rehearsal, &Options::default());
    reader
        .ok()
        .and_then(|reader| reader.head().ok())
        .map_or(0, |head| head.size)
}

/// Returns the root over the first `size` entries, to see that none was lost or rewritten.
fn root(folder: &Path, size: u64) -> Option<String> {
    let reader =
        Store::open_read_only(&folder.join("data"), Env::Rehearsal, &Options::default()).ok()?;
    reader.root_at(size).ok().map(|root| root.to_string())
}

struct Pass {
    processes: usize,
    entries: u64,
    restores: std::collections::BTreeMap<String, u64>,
    unknown: usize,
}

fn play(name: &str, mut cut: impl FnMut(&Path, Command) -> bool) -> Pass {
    let folder = tempfile::tempdir().unwrap();
    let mut seen = (0, None);
    let mut processes = 0;
    loop {
        processes += 1;
        assert!(
            processes < MOST_PROCESSES,
            "{name}: the drill does not come to its end"
        );
        let done = cut(folder.path(), rehearse(folder.path()));
        if let (at, Some(before)) = &seen {
            assert_eq!(
                root(folder.path(), *at).as_ref(),
                Some(before),
                "{name}: an entry was lost"
            );
        }
        let now = size(folder.path());
        assert!(now >= seen.0, "{name}: the journal became shorter");
        seen = (now, root(folder.path(), now));
        if done {
            break;
        }
    }
    let ledger = Ledger::read(&folder.path().join("data/rehearsal/simulator.jsonl")).unwrap();
    let reader = Store::open_read_only(
        &folder.path().join("data"),
        Env::Rehearsal,
        &Options::default(),
    )
    .unwrap();
    let kinds = reader
        .entries(0..seen.0)
        .unwrap()
        .map(|entry| entry.unwrap().entry.kind);
    let unknown = kinds.filter(|kind| kind == "action.unanswered").count();
    Pass {
        processes,
        entries: seen.0,
        restores: ledger.restores,
        unknown,
    }
}

fn check(name: &str, pass: &Pass) {
    println!(
        "{name:22} processes {:4} entries {:4} outcome unknown {:2} restores {:?}",
        pass.processes, pass.entries, pass.unknown, pass.restores
    );
    assert!(
        pass.restores.values().all(|count| *count == 1),
        "{name}: {:?}",
        pass.restores
    );
    assert_eq!(pass.restores.len(), 2, "{name}: both items were restored");
}

/// Waits until the journal grew, or the process ended by itself.
fn killed_after_growth(folder: &Path, mut command: Command) -> bool {
    let before = size(folder);
    let mut child: Child = command.spawn().unwrap();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code().is_some();
        }
        if size(folder) > before {
            child.kill().unwrap();
            child.wait().unwrap();
            return false;
        }
        std::thread::yield_now();
    }
}

/// Kills each process at the hook that `hook` names for its number.
fn killed_by_hook(hook: impl Fn(usize) -> &'static str) -> impl FnMut(&Path, Command) -> bool {
    let mut number = 0;
    move |_, mut command| {
        number += 1;
        command.env("DRILLBOOK_KILL_AT", hook(number));
        command.status().unwrap().code().is_some()
    }
}

/// Right after the first commit, or right after the second. If every process died after its first, an intent
/// would never be sent, and be given up and approved anew for ever.
fn after_first_or_second(number: usize) -> &'static str {
    let turn = number.wrapping_mul(2_654_435_761) >> 7;
    if turn.is_multiple_of(3) {
        "after-commit:2"
    } else {
        "after-commit:1"
    }
}

#[test]
fn a_drill_killed_after_every_append_restores_each_item_once() {
    check("killed from outside", &play("outside", killed_after_growth));
}

#[test]
fn a_drill_killed_before_every_second_commit_restores_each_item_once() {
    check(
        "killed before commit",
        &play("before", killed_by_hook(|_| "before-commit:2")),
    );
}

#[test]
fn a_drill_killed_right_after_every_commit_restores_each_item_once() {
    check(
        "killed after commit",
        &play("after", killed_by_hook(after_first_or_second)),
    );
}
