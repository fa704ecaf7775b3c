//! Real processes: killed at every moment, shut out by the lock, and stopped by the file system.

use crate::support::{DRILL, at, entry, open, picture, sealed, try_open, verify};
use drillbook_diagnostic::Diagnostic;
use drillbook_journal::{Batch, Expected, KILL_HOOK_PRESENT, NewDocument};
use drillbook_trust::digest::Digest;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const FOLDER: &str = "JOURNAL_TEST_FOLDER";
const APPENDS: &str = "JOURNAL_TEST_APPENDS";

/// What the child does; in the parent's own run it does nothing.
#[test]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let appends: u64 = std::env::var(APPENDS).unwrap().parse().unwrap();
    let mut out = std::io::stdout();
    let (writer, reader) = match try_open(Path::new(&folder)) {
        Ok(opened) => opened,
        Err(error) => {
            writeln!(out, "\nrefused {}", error.code()).unwrap();
            return;
        }
    };
    writeln!(out, "\nopened {}", reader.head().unwrap().size).unwrap();
    for _ in 0..appends {
        let number = reader.head().unwrap().size as i64;
        match writer.append(
            &Expected::last(DRILL, reader.last_of(DRILL).unwrap()),
            whole(number),
        ) {
            Ok(appended) => writeln!(out, "appended {}", appended.head.size).unwrap(),
            Err(error) => return writeln!(out, "refused {}", error.code()).unwrap(),
        }
        out.flush().unwrap();
    }
}

/// A batch with something in every table.
fn whole(number: i64) -> Batch {
    let mut attached = entry(DRILL, "evidence.attached", number);
    attached.sealed.push(sealed(
        3,
        "evidence",
        Digest::of(&picture(number)).to_string(),
    ));
    Batch {
        blobs: vec![picture(number)],
        documents: vec![NewDocument {
            bytes: format!("{{\"number\":{number}}}").into_bytes(),
            signatures: vec!["signed".into()],
        }],
        ..Batch::new(
            at(number),
            vec![entry(DRILL, "note.added", number), attached],
        )
    }
}

fn command(program: &Path, folder: &Path, appends: u64) -> Command {
    let mut command = Command::new(program);
    command
        .args([
            "--exact",
            "children::child",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(FOLDER, folder)
        .env(APPENDS, appends.to_string())
        .env_remove("DRILLBOOK_KILL_AT")
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

fn this_program() -> PathBuf {
    std::env::current_exe().unwrap()
}

/// Reads lines until one starts with `word`, and returns what follows it.
fn said(child: &mut Child, word: &str) -> Option<String> {
    let mut lines = BufReader::new(child.stdout.as_mut().unwrap())
        .lines()
        .map_while(Result::ok);
    lines.find_map(|line| line.strip_prefix(word).map(|rest| rest.trim().to_owned()))
}

fn output(mut command: Command) -> (bool, String) {
    let mut child = command.spawn().unwrap();
    let mut text = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    (child.wait().unwrap().success(), text)
}

/// Opens what a killed process left and returns its size; every append is whole or absent.
fn left_behind(folder: &Path) -> u64 {
    let (_writer, reader) = open(folder);
    let verified = verify(&reader).unwrap();
    let size = verified.head.size;
    assert_eq!(
        (size % 2, verified.blobs, verified.documents),
        (0, size / 2, size / 2)
    );
    size
}

#[test]
fn nothing_acknowledged_is_lost_when_the_process_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let mut known = 0;
    for round in 0..12 {
        let mut child = command(&this_program(), folder.path(), 1000)
            .spawn()
            .unwrap();
        assert_eq!(
            said(&mut child, "opened"),
            Some(known.to_string()),
            "resuming appends nothing"
        );
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        for _ in 0..round % 4 {
            let line = lines.next().unwrap().unwrap();
            known = line.strip_prefix("appended ").unwrap().parse().unwrap();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let size = left_behind(folder.path());
        assert!(size >= known, "{size} entries, {known} acknowledged");
        known = size;
    }
    assert!(known >= 36);
}

#[cfg(unix)]
#[test]
fn a_kill_around_the_commit_keeps_all_of_it_or_nothing() {
    use std::os::unix::process::ExitStatusExt;
    assert_eq!(
        KILL_HOOK_PRESENT,
        cfg!(debug_assertions),
        "the hook is not in release builds"
    );
    if !KILL_HOOK_PRESENT {
        return;
    }
    for (moment, kept) in [
        ("before-commit", 0),
        ("after-commit", 2),
        ("before-commit:3", 4),
        ("after-commit:3", 6),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut size = 0;
        for _ in 0..3 {
            let mut command = command(&this_program(), folder.path(), 5);
            let status = command.env("DRILLBOOK_KILL_AT", moment).status().unwrap();
            assert_eq!(status.signal(), Some(9), "{moment}");
            size += kept;
            assert_eq!(left_behind(folder.path()), size, "{moment}");
        }
    }
}

#[test]
fn another_process_is_shut_out_until_the_first_one_is_dead() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = command(&this_program(), folder.path(), 1_000_000)
        .spawn()
        .unwrap();
    assert!(said(&mut first, "opened").is_some());
    let error = try_open(folder.path()).unwrap_err();
    assert_eq!(error.code(), "journal.in_use");
    assert!(
        error
            .to_string()
            .ends_with(&format!("process {}", first.id())),
        "{error}"
    );
    let (_, text) = output(command(&this_program(), folder.path(), 1));
    assert!(text.contains("refused journal.in_use"), "{text}");
    first.kill().unwrap();
    first.wait().unwrap();
    left_behind(folder.path());
}

#[cfg(target_os = "linux")]
#[test]
fn a_limit_of_the_file_system_leaves_nothing_half_written() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()));
    let inner = command(&this_program(), folder.path(), 1000);
    let mut limited = Command::new("sh");
    // Ignoring the signal turns the limit into a failed write, as a full disk or quota would be.
    limited
        .arg("-c")
        .arg("trap '' XFSZ; ulimit -f 6000; exec \"$0\" \"$@\"");
    limited
        .arg(inner.get_program())
        .args(inner.get_args())
        .env_remove("DRILLBOOK_KILL_AT");
    limited.env(FOLDER, folder.path()).env(APPENDS, "1000");
    limited.stdout(Stdio::piped()).stderr(Stdio::null());
    let (_, text) = output(limited);
    let refused = text.lines().find_map(|line| line.strip_prefix("refused "));
    assert!(
        matches!(refused, Some("journal.disk" | "journal.disk_full")),
        "{text}"
    );
    let acknowledged = text
        .lines()
        .filter(|line| line.starts_with("appended "))
        .count() as u64;
    assert_eq!(left_behind(folder.path()), acknowledged * 2);
}

#[cfg(target_os = "linux")]
#[test]
fn a_read_only_folder_is_refused_with_its_name() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;
    let set = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let root = tempfile::tempdir().unwrap();
    set(root.path(), 0o755);
    let program = root.path().join("child");
    std::fs::copy(this_program(), &program).unwrap();
    let folder = root.path().join("data");
    std::fs::create_dir(&folder).unwrap();
    set(&folder, 0o555);
    let mut command = command(&program, &folder.join("new"), 1);
    if std::fs::metadata("/proc/self").unwrap().uid() == 0 {
        // Nothing is read-only for root.
        command.uid(65534).gid(65534);
    }
    let (_, text) = output(command);
    assert!(text.contains("refused journal.folder"), "{text}");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
}
