//! The journal against the bare things it is made of, as ratios in one run: durable appends against SQLite with the
//! same settings, verification against `sha256sum` of the same bytes, opening and paging at two sizes.
//!
//! `cargo xtask bench journal [ENTRIES]`; a million entries when nothing is said. Not a test: it asserts nothing.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement stops where it cannot be made, and prints what it measured"
)]

use chrono::{DateTime, TimeDelta, Utc};
use drillbook_journal::{
    Batch, DataFolder, Env, Expected, Filter, NewEntry, Options, Order, Page, Reader, Store,
    Verification, Writer,
};
use drillbook_trust::disclosure::{Disclosure, Value};
use rusqlite::Connection;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The sizes that opening and paging are compared at.
const FEW: u64 = 1000;
const MANY: u64 = 1_000_000;
/// Appends that each wait for the disk.
const DURABLE: u64 = 300;
/// Entries of one append while a journal is only being filled.
const AT_ONCE: u64 = 1000;

fn main() {
    let many = std::env::var("DRILLBOOK_BENCH_ENTRIES").ok();
    let many = many.and_then(|text| text.parse().ok()).unwrap_or(MANY);
    let folder = tempfile::tempdir().unwrap();
    appends(folder.path());
    let few = size(&folder.path().join("few"), FEW);
    let large = size(&folder.path().join("many"), many);
    println!(
        "from {FEW} to {many} entries, ×{}: opening ×{:.1}, first page ×{:.1}, page in the middle ×{:.1}",
        many / FEW,
        ratio(large.open, few.open),
        ratio(large.first, few.first),
        ratio(large.middle, few.middle)
    );
}

fn ratio(ours: Duration, other: Duration) -> f64 {
    ours.as_secs_f64() / other.as_secs_f64()
}

fn open(folder: &Path) -> (Writer, Reader) {
    let locked = DataFolder::open(folder).unwrap();
    let options = Options {
        ended_kind: Some("drill.ended".to_owned()),
        ..Options::default()
    };
    Store::open(&locked, Env::Rehearsal, &options).unwrap()
}

fn at(number: u64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::milliseconds(number as i64)
}

/// An entry as a check leaves it; every thousandth one ends its drill.
fn entry(number: u64) -> NewEntry {
    let kind = match number % AT_ONCE {
        999 => "drill.ended",
        _ => "check.answered",
    };
    let sealed = ["path", "value"].map(|name| Disclosure {
        salt: [number as u8; 16],
        name: name.to_owned(),
        value: Value::Text(format!("/subscriptions/s/vaults/Evergreen-{number}")),
    });
    NewEntry {
        drill: format!("D-2026-{:04}", number / AT_ONCE),
        kind: kind.to_owned(),
        actor: "operator@example.com".to_owned(),
        public: [("step".to_owned(), Value::Text("vault".to_owned()))].into(),
        sealed: sealed.into(),
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begun = Instant::now();
    let done = work();
    (done, begun.elapsed())
}

fn appends(folder: &Path) {
    let (writer, _reader) = open(&folder.join("appends"));
    let ((), ours) = timed(|| {
        for number in 0..DURABLE {
            let batch = Batch::new(at(number), vec![entry(number)]);
            writer.append(&Expected::Any, batch).unwrap();
        }
    });
    let bare = Connection::open(folder.join("bare.db")).unwrap();
    for (name, value) in [("journal_mode", "wal"), ("synchronous", "full")] {
        bare.pragma_update(None, name, value).unwrap();
    }
    bare.pragma_update(None, "fullfsync", true).unwrap();
    bare.execute_batch("CREATE TABLE entry (seq INTEGER PRIMARY KEY, bytes BLOB) STRICT")
        .unwrap();
    let bytes = vec![b'x'; 900];
    let ((), theirs) = timed(|| {
        for number in 0..DURABLE {
            bare.execute("INSERT INTO entry VALUES (?1, ?2)", (number, &bytes))
                .unwrap();
        }
    });
    println!(
        "durable appends: {:.2} ms each, bare SQLite {:.2} ms, ×{:.2} (two more flushes are the high-water mark's)",
        ours.as_secs_f64() * 1e3 / DURABLE as f64,
        theirs.as_secs_f64() * 1e3 / DURABLE as f64,
        ratio(ours, theirs)
    );
}

struct Size {
    open: Duration,
    first: Duration,
    middle: Duration,
}

/// Fills a journal and measures what grows with it.
fn size(folder: &Path, entries: u64) -> Size {
    let (writer, _) = open(folder);
    let ((), filling) = timed(|| {
        for from in (0..entries).step_by(AT_ONCE as usize) {
            let numbers = from..(from + AT_ONCE).min(entries);
            let batch = Batch::new(at(from), numbers.map(entry).collect());
            writer.append(&Expected::Any, batch).unwrap();
        }
    });
    drop(writer);
    let ((writer, reader), opening) = timed(|| open(folder));
    let page = |offset| {
        let page = Page {
            offset,
            limit: 100,
            order: Order::NewestFirst,
        };
        timed(|| reader.search(&Filter::default(), page).unwrap()).1
    };
    let (first, middle) = (page(0), page(entries / 2));
    let (verified, verifying) = timed(|| {
        let verification = Verification {
            names: &|_| Vec::new(),
            progress: &mut |_, _| {},
        };
        reader.verify_all(verification).unwrap()
    });
    assert_eq!(verified.head.size, entries);
    let (bytes, hashing) = sha256sum(&reader, folder);
    drop(writer);
    println!(
        "{entries} entries ({bytes} bytes): filled in {:.1} s, opened in {:.1} ms, first page {:.2} ms, middle {:.2} ms, \
         verified in {:.2} s, sha256sum {:.3} s, ×{:.0}",
        filling.as_secs_f64(),
        opening.as_secs_f64() * 1e3,
        first.as_secs_f64() * 1e3,
        middle.as_secs_f64() * 1e3,
        verifying.as_secs_f64(),
        hashing.as_secs_f64(),
        ratio(verifying, hashing)
    );
    Size {
        open: opening,
        first,
        middle,
    }
}

/// Writes every byte that verification looks at to a file, and lets the stock tool hash it.
fn sha256sum(reader: &Reader, folder: &Path) -> (u64, Duration) {
    let path = folder.join("bytes");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
    for stored in reader.entries(0..u64::MAX).unwrap() {
        let stored = stored.unwrap();
        file.write_all(&stored.bytes).unwrap();
        for disclosure in &stored.disclosures {
            file.write_all(disclosure.encode().as_bytes()).unwrap();
        }
    }
    file.flush().unwrap();
    drop(file);
    let mut command = Command::new("sha256sum");
    command.arg(&path).stdout(Stdio::null());
    let (status, took) = timed(|| command.status().unwrap());
    assert!(status.success());
    (std::fs::metadata(path).unwrap().len(), took)
}
