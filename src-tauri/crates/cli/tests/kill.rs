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
use drillbook_journal::{Env, Options, Reader, Store};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// More processes than a whole drill has appends.
const MOST_PROCESSES: usize = 2000;
/// Far longer than one short process needs on a busy machine; one that hangs must not hang the suite.
const LONGEST: Duration = Duration::from_secs(120);
/// Short enough to kill within the next append or two.
const BETWEEN_LOOKS: Duration = Duration::from_millis(1);

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

fn open(folder: &Path) -> Option<Reader> {
    Store::open_read_only(&folder.join("data"), Env::Rehearsal, &Options::default()).ok()
}

fn size(folder: &Path) -> u64 {
    let head = open(folder).and_then(|reader| reader.head().ok());
    head.map_or(0, |head| head.size)
}

/// Returns the root over the first `size` entries, to see that none was lost or rewritten.
fn root(folder: &Path, size: u64) -> Option<String> {
    open(folder)?
        .root_at(size)
        .ok()
        .map(|root| root.to_string())
}

struct Pass {
    processes: usize,
    entries: u64,
    restores: std::collections::BTreeMap<String, u64>,
    unknown: usize,
    took: Duration,
}

/// Waits for the process; whoever hangs is killed, and the caller sees that nothing was appended.
fn end(mut child: Child) -> ExitStatus {
    let id = child.id().to_string();
    let (done, over) = channel::<()>();
    let watchdog = std::thread::spawn(move || {
        if over.recv_timeout(LONGEST) == Err(RecvTimeoutError::Timeout) {
            println!("process {id} hangs and is killed");
            let _ = Command::new("kill").args(["-9", &id]).status();
        }
    });
    let status = child.wait().unwrap();
    drop(done);
    watchdog.join().unwrap();
    status
}

fn play(name: &str, mut cut: impl FnMut(&Path, Command) -> bool) -> Pass {
    let begun = Instant::now();
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
        assert!(
            now > seen.0 || done,
            "{name}: process {processes} left {now} entries, as it found them"
        );
        seen = (now, root(folder.path(), now));
        if done {
            break;
        }
    }
    let ledger = Ledger::read(&folder.path().join("data/rehearsal/simulator.jsonl")).unwrap();
    let reader = open(folder.path()).unwrap();
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
        took: begun.elapsed(),
    }
}

fn check(name: &str, pass: &Pass) {
    println!(
        "{name:22} processes {:4} entries {:4} outcome unknown {:2} restores {:?} lost 0, {} s",
        pass.processes,
        pass.entries,
        pass.unknown,
        pass.restores,
        pass.took.as_secs()
    );
    assert!(
        pass.restores.values().all(|count| *count == 1),
        "{name}: {:?}",
        pass.restores
    );
    assert_eq!(pass.restores.len(), 2, "{name}: both items were restored");
}

/// Kills each process from outside as soon as the journal has grown by one append, or by two: see
/// [`appends_to_live`].
fn killed_after_growth() -> impl FnMut(&Path, Command) -> bool {
    // One reader for all of them: to open the journal for every look would take a core from the process.
    let mut reader: Option<Reader> = None;
    let mut number = 0;
    move |folder, mut command| {
        number += 1;
        let (mut size, mut appends) = (size(folder), 0);
        let begun = Instant::now();
        let mut child: Child = command.spawn().unwrap();
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                return status.code().is_some();
            }
            if reader.is_none() {
                reader = open(folder);
            }
            let head = reader.as_ref().and_then(|reader| reader.head().ok());
            let now = head.map_or(size, |head| head.size);
            appends += usize::from(now > size);
            size = now;
            if appends >= appends_to_live(number) || begun.elapsed() > LONGEST {
                child.kill().unwrap();
                child.wait().unwrap();
                return false;
            }
            std::thread::park_timeout(BETWEEN_LOOKS);
        }
    }
}

/// Kills each process at the hook that `hook` names for its number.
fn killed_by_hook(hook: impl Fn(usize) -> &'static str) -> impl FnMut(&Path, Command) -> bool {
    let mut number = 0;
    move |_, mut command| {
        number += 1;
        command.env("DRILLBOOK_KILL_AT", hook(number));
        end(command.spawn().unwrap()).code().is_some()
    }
}

/// How many appends the process of this number lives to see: one, but two for every third. If every process died
/// right after its first, an intent would never be sent, and be given up and approved anew for ever.
fn appends_to_live(number: usize) -> usize {
    let turn = number.wrapping_mul(2_654_435_761) >> 7;
    if turn.is_multiple_of(3) { 2 } else { 1 }
}

/// Right after the last commit that it lives to see.
fn after_commit(number: usize) -> &'static str {
    match appends_to_live(number) {
        1 => "after-commit:1",
        _ => "after-commit:2",
    }
}

#[test]
fn a_drill_killed_after_every_append_restores_each_item_once() {
    check(
        "killed from outside",
        &play("outside", killed_after_growth()),
    );
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
        &play("after", killed_by_hook(after_commit)),
    );
}
