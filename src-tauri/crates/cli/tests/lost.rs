//! Nothing is lost, and every end says its code: a full disk, a read-only folder, two instances, a clock set back,
//! an older journal put in place. Each with the real command; kill -9 at every append is `kill.rs`.
#![allow(clippy::unwrap_used, reason = "a test that unwraps fails as it should")]
#![allow(clippy::print_stdout, reason = "a skipped test says so")]

use drillbook_journal::{Env, Options, Reader, Store};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Resumes the drill in `data`, as far as `hook` lets it.
fn command(data: &Path, hook: Option<&str>, speed: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_drillbook"));
    command.args(["rehearse", "vm-disks-cross-region", "--auto", "--json"]);
    command.args(["--resume", "--seed", "5", "--speed", speed, "--data"]);
    command.arg(data).arg("--bundle");
    command.arg(data.with_extension("zip")).stdin(Stdio::null());
    match hook {
        Some(hook) => command.env("DRILLBOOK_KILL_AT", hook),
        None => command.env_remove("DRILLBOOK_KILL_AT"),
    };
    command
}

fn resume(data: &Path, hook: Option<&str>) -> Output {
    command(data, hook, "1000000").output().unwrap()
}

/// Plays on until the hook kills the process.
fn resume_until(data: &Path, hook: &str) {
    let output = resume(data, Some(hook));
    assert_eq!(output.status.code(), None, "{}", stderr(&output));
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Returns the code that a refused command printed; it must say what to do next.
fn refusal(output: &Output) -> String {
    let said = stderr(output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.lines().any(|line| line.starts_with("next: ")),
        "{said}"
    );
    assert!(!said.contains("panicked"), "{said}");
    said.split(": ").next().unwrap_or_default().to_owned()
}

fn open(data: &Path) -> Reader {
    Store::open_read_only(data, Env::Rehearsal, &Options::default()).unwrap()
}

/// Size and root of the log.
fn head(data: &Path) -> (u64, String) {
    let head = open(data).head().unwrap();
    (head.size, head.root.to_string())
}

/// Asserts that the log still begins with what it once was.
fn begins_with(data: &Path, (size, root): &(u64, String)) {
    assert_eq!(&open(data).root_at(*size).unwrap().to_string(), root);
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    (folder, data)
}

#[test]
fn a_second_process_is_told_who_was_first_and_goes_on_when_it_is_gone() {
    let (_folder, data) = folder();
    resume_until(&data, "after-commit:2");
    let mut quiet = command(&data, None, "1");
    quiet.stdout(Stdio::null()).stderr(Stdio::null());
    let mut first = quiet.spawn().unwrap();
    let lock = data.join("drillbook.lock");
    let signed = format!("process {}", first.id());
    while std::fs::read_to_string(&lock).unwrap_or_default() != signed {
        assert!(first.try_wait().unwrap().is_none(), "the first one ended");
        std::thread::yield_now();
    }
    let second = resume(&data, None);
    assert_eq!(refusal(&second), "journal.in_use");
    assert!(stderr(&second).contains(&signed), "{}", stderr(&second));
    first.kill().unwrap();
    first.wait().unwrap();
    let before = head(&data);
    resume_until(&data, "after-commit:1");
    assert!(head(&data).0 > before.0);
    begins_with(&data, &before);
}

#[test]
fn an_older_journal_put_in_place_is_refused_and_the_newer_one_goes_on() {
    let (folder, data) = folder();
    let aside = |name: &str| {
        let kept = folder.path().join(name);
        std::fs::create_dir(&kept).unwrap();
        kept
    };
    resume_until(&data, "after-commit:3");
    let older = aside("older");
    swap(&data, &older);
    resume_until(&data, "after-commit:3");
    let newer = aside("newer");
    swap(&data, &newer);
    let before = head(&data);

    swap(&older, &data.join("rehearsal"));
    assert_eq!(refusal(&resume(&data, None)), "journal.rolled_back");
    swap(&newer, &data.join("rehearsal"));
    assert_eq!(head(&data), before, "the refusal wrote nothing");
    resume_until(&data, "after-commit:1");
    begins_with(&data, &before);
}

/// Copies the database and what SQLite keeps beside it, from a data folder or a copy.
fn swap(from: &Path, to: &Path) {
    let from = match from.join("rehearsal") {
        inside if inside.is_dir() => inside,
        _ => from.to_owned(),
    };
    for name in ["journal.db", "journal.db-wal", "journal.db-shm"] {
        match from.join(name) {
            file if file.exists() => drop(std::fs::copy(file, to.join(name)).unwrap()),
            _ => drop(std::fs::remove_file(to.join(name))),
        }
    }
}

/// After hours of simulated waiting the computer's clock is hours behind the log, as after a clock set back.
#[test]
fn a_clock_that_is_behind_the_log_never_turns_time_back() {
    let (_folder, data) = folder();
    resume_until(&data, "after-commit:150");
    let before = head(&data);
    let last = open(&data).entry(before.0 - 1).unwrap().unwrap();
    let ahead = chrono::DateTime::parse_from_rfc3339(&last.entry.at).unwrap();
    let behind = ahead.to_utc() - chrono::Utc::now();
    assert!(behind > chrono::TimeDelta::minutes(30), "only {behind}");
    let output = resume(&data, None);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    begins_with(&data, &before);
    let mut times = Vec::new();
    for stored in open(&data).entries(0..u64::MAX).unwrap() {
        let entry = stored.unwrap().entry;
        assert_ne!(entry.kind, "clock.stepped_back", "entry {}", entry.seq);
        times.push(entry.at);
    }
    assert!(times.is_sorted(), "time went back");
}

/// A small file system in memory, gone with the value. Only the administrator may make one.
struct Small(PathBuf);

impl Small {
    fn mount(folder: &Path, size: &str) -> Option<Small> {
        std::fs::create_dir(folder).unwrap();
        let options = format!("size={size},mode=700");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &options, "drillbook-test"]);
        let done = mount.arg(folder).stderr(Stdio::null()).status();
        if done.is_ok_and(|status| status.success()) {
            return Some(Small(folder.to_owned()));
        }
        println!("skipped: only the administrator of this computer may mount a small file system");
        None
    }

    fn again(&self, options: &str) {
        let mut mount = Command::new("mount");
        mount
            .args(["-o", &format!("remount,{options}")])
            .arg(&self.0);
        assert!(mount.status().unwrap().success());
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_stops_with_its_code_and_the_drill_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let Some(small) = Small::mount(&folder.path().join("small"), "900k") else {
        return;
    };
    let data = small.0.join("data");
    let output = resume(&data, None);
    println!("{}", stderr(&output));
    assert_eq!(refusal(&output), "journal.disk_full");
    let before = head(&data);
    assert!(before.0 > 0);
    assert_eq!(refusal(&resume(&data, None)), "journal.disk_full");
    begins_with(&data, &before);
    small.again("size=64m");
    let output = resume(&data, None);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    begins_with(&data, &before);
}

#[test]
fn a_read_only_folder_is_refused_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let Some(small) = Small::mount(&folder.path().join("small"), "64m") else {
        return;
    };
    let data = small.0.join("data");
    resume_until(&data, "after-commit:3");
    let before = head(&data);
    small.again("ro");
    let code = refusal(&resume(&data, None));
    assert!(
        matches!(code.as_str(), "journal.folder" | "journal.read_only"),
        "{code}"
    );
    small.again("rw");
    assert_eq!(head(&data), before);
    resume_until(&data, "after-commit:1");
    begins_with(&data, &before);
}
