//! Files made to hurt whoever opens them: a clear code, no panic, and little memory.

use crate::tools::{Brought, Files, ask, packed, resign, unpacked};
use crate::world::{Trick, World};
use drillbook_audit::{AuditError, Input, Options, Verdict, verify};
use drillbook_diagnostic::Diagnostic;
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;

fn honest() -> (World, Files) {
    let world = World::new(Trick::None, 0);
    let files = unpacked(&world.bundle().unwrap());
    (world, files)
}

fn check(zip: &[u8]) -> Result<Verdict, AuditError> {
    verify(Input::Bytes(zip), &Options::default())
}

fn code(zip: &[u8]) -> String {
    match check(zip) {
        Err(error) => {
            assert!(error.remediation().is_some());
            error.code().to_owned()
        }
        Ok(verdict) => format!("exit {}", verdict.exit_code()),
    }
}

/// Packs an honest bundle with one more file, which is written by `add`.
fn with(add: impl FnOnce(&mut zip::ZipWriter<Cursor<Vec<u8>>>)) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in honest().1 {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(&bytes).unwrap();
    }
    add(&mut zip);
    zip.finish().unwrap().into_inner()
}

#[test]
fn names_that_leave_the_bundle_make_it_unusable() {
    for name in [
        "../evil",
        "evidence/../../evil",
        "/etc/evil",
        "C:\\evil",
        "evidence//x",
        "./x",
        "a\nb",
    ] {
        let zip = with(|zip| {
            zip.start_file(name, SimpleFileOptions::default()).unwrap();
        });
        assert_eq!(code(&zip), "bundle.unsafe_name", "{name:?}");
    }
    let link = with(|zip| {
        zip.add_symlink("evidence/link", "/etc/passwd", SimpleFileOptions::default())
            .unwrap();
    });
    assert_eq!(code(&link), "bundle.unsafe_name");
}

/// The same name twice: one reader shows the first, another the second.
#[test]
fn a_name_that_stands_twice_makes_it_unusable() {
    let zip = with(|zip| {
        zip.start_file("READMX.txt", SimpleFileOptions::default())
            .unwrap();
    });
    let text = zip.iter().map(|byte| char::from(*byte)).collect::<String>();
    let twice: Vec<u8> = text
        .replace("READMX.txt", "README.txt")
        .chars()
        .map(|c| c as u8)
        .collect();
    let found = code(&twice);
    assert!(
        matches!(found.as_str(), "bundle.unsafe_name" | "bundle.not_a_zip"),
        "{found}"
    );
}

#[test]
fn what_is_no_zip_or_no_bundle_is_unusable() {
    let (_, files) = honest();
    let zip = packed(&files);
    assert_eq!(code(b""), "bundle.not_a_zip");
    assert_eq!(code(b"PK\x05\x06"), "bundle.not_a_zip");
    assert_eq!(code(&vec![0; 100_000]), "bundle.not_a_zip");
    assert_eq!(code(&zip[..zip.len() / 2]), "bundle.not_a_zip");
    let missing = verify(
        Input::Path(std::path::Path::new("/nowhere/at/all.zip")),
        &Options::default(),
    );
    assert_eq!(missing.unwrap_err().code(), "audit.file");
    for name in ["README.txt", "manifest.sha256"] {
        let mut less = files.clone();
        less.remove(name);
        let answers = ask(
            &less,
            &Brought {
                folder: true,
                ..Brought::default()
            },
        );
        assert_eq!(
            (answers.ours.0, answers.script.0),
            (2, 2),
            "{}",
            answers.script_output
        );
    }
    let mut newer = files.clone();
    newer.insert("README.txt".into(), b"Drillbook audit bundle 2\n".to_vec());
    let answers = ask(&newer, &Brought::default());
    assert_eq!(
        (answers.ours.0, answers.script.0),
        (2, 2),
        "{}",
        answers.script_output
    );
}

#[test]
fn what_the_auditor_brings_along_must_be_readable() {
    let (_, files) = honest();
    for (signers, earlier) in [
        (Some(&b"rita@evergreen.example no-key"[..]), None),
        (Some(b"\xff\xfe"), None),
        (None, Some(&b"no checkpoint"[..])),
    ] {
        let mut options = Options::default();
        let folder = tempfile::TempDir::new().unwrap();
        let put = |bytes: &[u8]| {
            let path = folder.path().join("brought");
            std::fs::write(&path, bytes).unwrap();
            path
        };
        options.allowed_signers = signers.map(put);
        options.earlier = earlier.map(put).into_iter().collect();
        assert!(verify(Input::Bytes(&packed(&files)), &options).is_err());
    }
    let options = Options {
        allowed_signers: Some("/nowhere".into()),
        ..Options::default()
    };
    let error = verify(Input::Bytes(&packed(&files)), &options).unwrap_err();
    assert_eq!(error.code(), "bundle.allowed_signers");
}

/// A few kilobytes that become hundreds of megabytes are not read to their end.
#[test]
fn a_bomb_is_not_read_to_its_end() {
    let mut files = honest().1;
    let readme = files.remove("README.txt").unwrap();
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(&bytes).unwrap();
    }
    zip.start_file("README.txt", SimpleFileOptions::default())
        .unwrap();
    zip.write_all(&readme).unwrap();
    let zeros = vec![0; 1 << 20];
    for _ in 0..64 {
        zip.write_all(&zeros).unwrap();
    }
    let zip = zip.finish().unwrap().into_inner();
    assert!(zip.len() < 1 << 20, "it is small when it is packed");
    assert_eq!(code(&zip), "bundle.too_large");
}

/// Numbers, depths and lengths at the limits, signed by the installation so that they are looked at.
#[test]
fn absurd_contents_do_not_hold_before_either() {
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let huge = "9".repeat(5000);
    let origin = "drillbook/rehearsal/9f3c2a7d51e0b846";
    for (name, text) in [
        ("journal.jsonl", deep.clone()),
        ("journal.jsonl", format!("{{\"seq\":{huge}}}\n")),
        ("journal.jsonl", String::new()),
        ("leaves.txt", "zz\n".to_owned()),
        ("leaves.txt", String::new()),
        ("disclosures.txt", format!("{huge} shown AAAA\n")),
        ("disclosures.txt", "0 shown\n".to_owned()),
        (
            "drills.txt",
            "-\t-\t-\t0\t1\t0-18446744073709551615\n".to_owned(),
        ),
        ("drills.txt", format!("-\t-\t-\t0\t1\t0-{huge}\n")),
        ("drills.txt", "\t\t\n".to_owned()),
        ("allowed_signers", "* \u{0}\n".to_owned()),
        (
            "checkpoints/00000017.txt",
            format!("{origin}\n{huge}\nAAAA\n"),
        ),
        ("checkpoints/00000017.txt", format!("{origin}\n-1\nAAAA\n")),
        ("report.html", String::new()),
    ] {
        let (world, mut files) = honest();
        files.insert(name.into(), text.into_bytes());
        resign(&mut files, &world);
        let answers = ask(&files, &Brought::default());
        assert_eq!(answers.ours.0, 1, "{name}: {}", answers.ours_output);
        let looked_at = i32::from(name != "report.html");
        assert_eq!(
            answers.script.0, looked_at,
            "{name}: {}",
            answers.script_output
        );
        assert!(
            !answers.script_output.contains("Traceback"),
            "{}",
            answers.script_output
        );
    }
    let (world, mut files) = honest();
    let documents: Vec<String> = files
        .keys()
        .filter(|name| name.starts_with("docs/"))
        .cloned()
        .collect();
    for name in documents {
        let before = files
            .insert(name.clone(), deep.clone().into_bytes())
            .unwrap();
        resign(&mut files, &world);
        let answers = ask(&files, &Brought::default());
        assert_eq!(
            (answers.ours.0, answers.script.0),
            (1, 1),
            "{name}: {}",
            answers.script_output
        );
        files.insert(name, before);
    }
}

/// One bit, anywhere in any file: the manifest alone shows it.
#[test]
fn any_changed_bit_is_found() {
    let (_, files) = honest();
    for (name, bytes) in &files {
        for at in [0, bytes.len() / 3, bytes.len() / 2, bytes.len() - 1] {
            let mut changed = files.clone();
            changed.get_mut(name).unwrap()[at] ^= 1;
            let found = code(&packed(&changed));
            assert_ne!(found, "exit 0", "{name} at {at}");
        }
    }
}

/// Bytes of the archive itself: whatever they become, there is an answer and no panic.
#[test]
fn a_damaged_archive_never_holds_with_other_contents() {
    let zip = packed(&honest().1);
    let whole = unpacked(&zip);
    for step in 0..400 {
        let mut changed = zip.clone();
        let at = (step * 7919 + zip.len() - 2000) % zip.len();
        changed[at] ^= 0x41;
        if code(&changed) == "exit 0" {
            assert_eq!(unpacked(&changed), whole, "byte {at}");
        }
    }
}
