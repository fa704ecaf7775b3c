//! `drillbook journal` as a person uses it: sealed with a passphrase or the keyring, lost, recovered, moved.
#![allow(clippy::unwrap_used, reason = "a test stops where its setup fails")]

use age::secrecy::ExposeSecret;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

const PASSPHRASE: &str = "a fine passphrase of six words";

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_drillbook"));
    command.args(arguments);
    command
}

fn drillbook(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

/// Runs a command that must succeed and returns what it printed.
fn good(arguments: &[&str]) -> String {
    let output = drillbook(arguments);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

/// Returns the code of a command that must fail with one and say what to do next.
fn code(output: &Output) -> String {
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("\nnext: "), "{error}");
    error.split(':').next().unwrap().to_owned()
}

fn put(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    text_of(&path)
}

fn text_of(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

struct Desk {
    folder: TempDir,
    data: String,
    passphrase: String,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = text_of(&folder.path().join("data"));
        let passphrase = put(folder.path(), "passphrase", PASSPHRASE);
        Self {
            folder,
            data,
            passphrase,
        }
    }

    fn path(&self, name: &str) -> String {
        text_of(&self.folder.path().join(name))
    }

    fn put(&self, name: &str, text: &str) -> String {
        put(self.folder.path(), name, text)
    }
}

#[test]
fn a_journal_under_a_passphrase_is_recovered_and_moved_to_another_computer() {
    let old = Desk::new();
    good(&[
        "journal",
        "seal",
        "--data",
        &old.data,
        "--passphrase-file",
        &old.passphrase,
    ]);
    let recovery = old.path("recovery.age");
    let other = old.put("other", "another passphrase for emergencies");
    good(&[
        "journal",
        "recovery-file",
        &recovery,
        "--recovery-passphrase-file",
        &other,
        "--data",
        &old.data,
        "--passphrase-file",
        &old.passphrase,
    ]);
    let verify = ["journal", "verify", "--data", &old.data];
    assert_eq!(code(&drillbook(&verify)), "key.passphrase_needed");
    let wrong = drillbook(&[&verify[..], &["--passphrase-file", &other]].concat());
    assert_eq!(code(&wrong), "key.wrong_passphrase");
    assert!(
        good(&[&verify[..], &["--passphrase-file", &old.passphrase]].concat()).contains(" hold")
    );

    // The new computer has nothing but the folder and the recovery file.
    let new = Desk::new();
    std::fs::create_dir_all(new.folder.path().join("data/live")).unwrap();
    for name in ["journal.db", "journal.mark"] {
        let from: PathBuf = [&old.data, "live", name].iter().collect();
        let to: PathBuf = [&new.data, "live", name].iter().collect();
        std::fs::copy(from, to).unwrap();
    }
    let own = new.put("own", "the new computer's own passphrase");
    let verify = [
        "journal",
        "verify",
        "--data",
        &new.data,
        "--passphrase-file",
        &own,
    ];
    assert_eq!(code(&drillbook(&verify)), "journal.sealed");
    good(&[
        "journal",
        "recover",
        &recovery,
        "--recovery-passphrase-file",
        &other,
        "--data",
        &new.data,
        "--passphrase-file",
        &own,
    ]);
    assert!(good(&verify).contains(" hold"));
}

#[test]
fn without_a_keyring_the_error_offers_a_passphrase() {
    let desk = Desk::new();
    let output = command(&["journal", "seal", "--data", &desk.data])
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
        .output()
        .unwrap();
    assert_eq!(code(&output), "key.no_keyring");
    assert!(String::from_utf8_lossy(&output.stderr).contains("--passphrase-file"));
    let left: Vec<_> = std::fs::read_dir(desk.folder.path().join("data/live"))
        .unwrap()
        .collect();
    assert!(
        left.is_empty(),
        "nothing is kept without a keyring: {left:?}"
    );
}

/// Whether a real keyring is there: `cargo xtask test` unlocks one and says so.
fn keyring() -> bool {
    if std::env::var_os("DRILLBOOK_KEYRING").is_some() {
        return true;
    }
    eprintln!("NOT TESTED: no Secret Service was promised. `cargo xtask test` unlocks one.");
    false
}

#[test]
fn a_key_that_is_lost_from_the_keyring_comes_back_from_either_recovery_file() {
    if !keyring() {
        return;
    }
    let desk = Desk::new();
    let holder = age::x25519::Identity::generate();
    let identity = desk.put("identity", holder.to_string().expose_secret());
    good(&["journal", "seal", "--data", &desk.data]);
    let (first, second) = (desk.path("first.age"), desk.path("second.age"));
    let data = ["--data", &desk.data];
    let make = ["journal", "recovery-file"];
    good(
        &[
            &make[..],
            &[&first, "--recovery-passphrase-file", &desk.passphrase],
            &data,
        ]
        .concat(),
    );
    let recipient = holder.to_public().to_string();
    good(&[&make[..], &[&second, "--recipient", &recipient], &data].concat());
    let verify = [&["journal", "verify"][..], &data].concat();
    let id = std::fs::read_to_string(format!("{}/live/journal.key.json", desk.data)).unwrap();
    let id = id.split('"').nth(3).unwrap().to_owned();
    for opened in [
        [&first, "--recovery-passphrase-file", &desk.passphrase],
        [&second, "--identity", &identity],
    ] {
        drillbook_keys::forget(&format!("journal {id}")).unwrap();
        assert_eq!(code(&drillbook(&verify)), "key.missing");
        good(&[&["journal", "recover"][..], &opened, &data].concat());
        assert!(good(&verify).contains(" hold"));
    }
    drillbook_keys::forget(&format!("journal {id}")).unwrap();
}

/// Appends a note to the live journal of a desk, as a drill would.
fn append(desk: &Desk, minute: u32) {
    use drillbook_journal::{Batch, DataFolder, Env, Expected, NewEntry, Options, SealKey, Store};
    let data = Path::new(&desk.data);
    let key = drillbook_keys::Keeper::of(&data.join("live"));
    let key = key.key(None).unwrap().unwrap();
    let options = Options {
        key: Some(SealKey::new(*key.bytes())),
        ..Options::default()
    };
    let folder = DataFolder::open(data).unwrap();
    let (writer, _) = Store::open(&folder, Env::Live, &options).unwrap();
    let entry = NewEntry {
        drill: String::new(),
        kind: "note.added".into(),
        actor: "maya@evergreen.example".into(),
        public: std::collections::BTreeMap::new(),
        sealed: Vec::new(),
    };
    let at = format!("2026-11-21T09:{minute:02}:00Z").parse().unwrap();
    writer
        .append(&Expected::Any, Batch::new(at, vec![entry]))
        .unwrap();
}

/// Copies every file of the live journal.
fn copied(from: &str, to: &str) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            std::fs::copy(&path, Path::new(to).join(path.file_name().unwrap())).unwrap();
        }
    }
}

#[test]
fn an_older_copy_of_the_whole_folder_is_noticed_by_the_keyring() {
    if !keyring() {
        return;
    }
    let desk = Desk::new();
    let own = ["--data", &desk.data];
    let verify = [&["journal", "verify"][..], &own].concat();
    let live = format!("{}/live", desk.data);
    good(&[&["journal", "seal"][..], &own].concat());
    append(&desk, 1);
    good(&verify);
    copied(&live, &desk.path("older"));
    append(&desk, 2);
    assert!(good(&verify).contains(": 2 entries"));
    copied(&live, &desk.path("newest"));

    // Everything is put back as it was, the mark beside the journal too.
    copied(&desk.path("older"), &live);
    assert_eq!(code(&drillbook(&verify)), "journal.rolled_back");
    // Another entry in the place of the one that was taken out does not hide it.
    append(&desk, 3);
    assert_eq!(code(&drillbook(&verify)), "journal.broken");
    append(&desk, 4);
    assert_eq!(code(&drillbook(&verify)), "journal.broken");
    copied(&desk.path("newest"), &live);
    assert!(good(&verify).contains(": 2 entries"));
}

#[test]
fn a_journal_under_a_passphrase_says_what_is_not_noticed() {
    let desk = Desk::new();
    let own = ["--data", &desk.data, "--passphrase-file", &desk.passphrase];
    good(&[&["journal", "seal"][..], &own].concat());
    let verified = drillbook(&[&["journal", "verify"][..], &own].concat());
    assert!(verified.status.success(), "{verified:?}");
    let said = String::from_utf8(verified.stderr).unwrap();
    assert!(
        said.starts_with("note: the key of this journal is not in the keyring; "),
        "{said}"
    );
    assert!(said.contains("would not be noticed"), "{said}");
}

/// Runs openssl in the desk's folder.
fn openssl(desk: &Desk, arguments: &str) -> Output {
    let mut command = Command::new("openssl");
    command
        .args(arguments.split(' '))
        .current_dir(desk.folder.path());
    command.output().unwrap()
}

/// An authority for time stamps: its own root, and a certificate that may stamp and nothing else.
fn authority(desk: &Desk) {
    desk.put(
        "tsa.cnf",
        "[tsa]\ndefault_tsa = own\n[own]\nserial = serial\nsigner_cert = tsa.pem\nsigner_key = tsa.key\n\
         signer_digest = sha256\ndefault_policy = 1.2.3.4\ndigests = sha256\naccuracy = secs:1\n\
         [stamps]\nextendedKeyUsage = critical,timeStamping\nkeyUsage = critical,digitalSignature\n",
    );
    desk.put("serial", "01\n");
    for arguments in [
        "req -x509 -newkey ed25519 -nodes -keyout root.key -out root.pem -subj /CN=root -days 2",
        "req -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.csr -subj /CN=tsa",
        "x509 -req -in tsa.csr -CA root.pem -CAkey root.key -CAcreateserial -out tsa.pem -days 2 \
         -extfile tsa.cnf -extensions stamps",
    ] {
        let arguments: Vec<&str> = arguments.split_whitespace().collect();
        let made = openssl(desk, &arguments.join(" "));
        assert!(made.status.success(), "{made:?}");
    }
}

#[test]
fn a_time_stamp_over_a_checkpoint_travels_in_the_bundle_and_openssl_verifies_it_there() {
    let desk = Desk::new();
    let first = desk.path("first.zip");
    let rehearse = ["rehearse", "vm-disks-cross-region", "--auto", "--seed", "8"];
    let own = ["--data", &desk.data];
    let more = ["--speed", "1000000", "--bundle", &first];
    good(&[&rehearse[..], &own, &more].concat());
    let journal = ["--data", &desk.data, "--rehearsal"];
    let stamp = |way: &str, file: &str| {
        [&["journal", "timestamp", way, file][..], &journal]
            .concat()
            .join("\n")
    };
    let run = |arguments: &str| drillbook(&arguments.split('\n').collect::<Vec<_>>());
    let checkpoint = desk.path("checkpoint.txt");
    assert!(run(&stamp("--write", &checkpoint)).status.success());
    authority(&desk);
    for arguments in [
        "ts -query -data checkpoint.txt -sha256 -cert -out query.tsq",
        "ts -reply -config tsa.cnf -queryfile query.tsq -out answer.tsr",
    ] {
        let made = openssl(&desk, arguments);
        assert!(made.status.success(), "{made:?}");
    }
    assert_eq!(
        code(&run(&stamp("--token", &checkpoint))),
        "engine.not_stamped"
    );
    let taken = run(&stamp("--token", &desk.path("answer.tsr")));
    let said = String::from_utf8(taken.stdout).unwrap();
    assert!(
        said.contains(" entries existed at 20") && !said.contains("known"),
        "{said}"
    );
    let again = run(&stamp("--token", &desk.path("answer.tsr")));
    assert!(String::from_utf8_lossy(&again.stdout).contains("known already"));

    let bundle = desk.path("stamped.zip");
    let export = ["export", "--drill", "D-2026-0001", "--bundle", &bundle];
    good(&[&export[..], &own].concat());
    good(&["verify", &bundle]);
    let (holds, output) = script(&bundle, &desk.folder.path().join("inside"));
    assert!(holds, "{output}");
    let report = std::fs::read_to_string(desk.path("inside/report.html")).unwrap();
    assert!(report.contains("<dt>Time stamp</dt>"));
    // As README.txt says: the token is the file that the entry names, over the checkpoint of that size.
    let size: usize = said.split(' ').nth(2).unwrap().parse().unwrap();
    let token = std::fs::read(desk.path("answer.tsr")).unwrap();
    let token = drillbook_trust::digest::Digest::of(&token).hex();
    let by_hand = |size: usize| {
        openssl(
            &desk,
            &format!(
                "ts -verify -data inside/checkpoints/{size:08}.txt -in inside/evidence/{token} -CAfile root.pem"
            ),
        )
    };
    let verified = by_hand(size);
    assert!(verified.status.success(), "{verified:?}");
    let other = std::fs::read_dir(desk.path("inside/checkpoints")).unwrap();
    let other = other.filter_map(|entry| {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        name.strip_suffix(".txt")?.parse().ok()
    });
    let other = other.filter(|other: &usize| *other != size).min().unwrap();
    assert!(!by_hand(other).status.success());
}

/// Runs the script that lies in a bundle over the unpacked bundle.
fn script(bundle: &str, folder: &Path) -> (bool, String) {
    let unzip = "import sys,zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])";
    let unzipped = Command::new("python3")
        .args(["-c", unzip, bundle])
        .arg(folder)
        .status();
    assert!(unzipped.unwrap().success());
    let output = Command::new("python3")
        .arg(folder.join("verify.py"))
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&text).into_owned(),
    )
}

#[test]
fn a_played_drill_is_exported_for_each_audience_and_again_after_a_restore() {
    let desk = Desk::new();
    let bundle = desk.path("first.zip");
    good(&[
        "rehearse",
        "vm-disks-cross-region",
        "--auto",
        "--bundle",
        &bundle,
        "--data",
        &desk.data,
        "--seed",
        "7",
        "--speed",
        "1000000",
    ]);
    let export = |audience: &str, file: &str| {
        let bundle = desk.path(&format!("{file}.zip"));
        good(&[
            "export",
            "--data",
            &desk.data,
            "--drill",
            "D-2026-0001",
            "--audience",
            audience,
            "--bundle",
            &bundle,
        ]);
        let verdict = good(&["verify", &bundle]);
        assert!(
            verdict.contains(&format!("withheld ({audience})")),
            "{verdict}"
        );
        let (holds, said) = script(&bundle, &desk.folder.path().join(file));
        assert!(holds, "{audience}: {said}");
        bundle
    };
    for audience in ["internal", "auditor", "public"] {
        export(audience, audience);
    }

    // One value that the public does not get is shown to somebody who asks.
    let public = desk.path("public.zip");
    let withheld =
        std::fs::read_to_string(desk.folder.path().join("public/disclosures.txt")).unwrap();
    let line = withheld.lines().find(|line| line.ends_with(" path"));
    let entry = line.unwrap().split(' ').next().unwrap().to_owned();
    let file = desk.path("path.reveal");
    let show = ["reveal", "--data", &desk.data, "--entry", &entry];
    good(&[&show[..], &["--field", "path", "--out", &file]].concat());
    let said = good(&["verify", &public, "--reveal", &file]);
    assert!(
        said.contains(&format!("revealed: entry {entry}: path = /")),
        "{said}"
    );
    let never = drillbook(&[&show[..], &["--field", "master", "--out", &desk.path("no")]].concat());
    assert_eq!(code(&never), "engine.never_revealed");

    // The journal is lost and restored: it names its predecessor, and its bundles still hold.
    let backup = desk.path("backup.db");
    let own = ["--data", &desk.data, "--rehearsal"];
    good(&[&["journal", "backup", &backup][..], &own].concat());
    let restore = [&["journal", "restore", &backup][..], &own].concat();
    assert_eq!(code(&drillbook(&restore)), "journal.occupied");
    let journal = format!("{}/rehearsal/journal.db", desk.data);
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{journal}{end}"));
    }
    let verify = [&["journal", "verify"][..], &own].concat();
    assert_eq!(code(&drillbook(&verify)), "journal.missing");
    assert!(good(&restore).contains(" goes on after "));
    assert!(good(&verify).contains(" hold"));
    let restored = export("internal", "restored");
    let kept = desk.folder.path().join("internal/checkpoints");
    let last = std::fs::read_dir(kept)
        .unwrap()
        .map(|one| one.unwrap().path());
    let last = last
        .filter(|path| path.extension().is_some_and(|end| end == "txt"))
        .max();
    let last = text_of(&last.unwrap());
    good(&["verify", &restored, "--earlier", &last]);
}
