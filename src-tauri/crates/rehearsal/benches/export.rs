//! Export of much evidence: how long, against `sha256sum` of the same bytes, and how much memory at the worst.
//!
//! `cargo xtask bench journal` runs it after the journal's own measurements; 2 GiB when nothing is said.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement stops where it cannot be made, and prints what it measured"
)]

use drillbook_rehearsal::{Options, Rehearsal};
use drillbook_runbook::Purpose;
use std::process::{Command, Stdio};
use std::time::Instant;

/// One piece of evidence.
const PIECE: usize = 16 << 20;

fn main() {
    let megabytes = std::env::var("DRILLBOOK_BENCH_MEGABYTES").ok();
    let megabytes = megabytes.and_then(|text| text.parse().ok());
    let pieces = megabytes.unwrap_or(2048_usize) * (1 << 20) / PIECE;
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(measure(pieces));
}

async fn measure(pieces: usize) {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        data: Some(folder.path().to_owned()),
        speed: 1_000_000.0,
        seed: Some(7),
        runbooks: vec![include_str!("../tests/fixtures/smoke.toml").to_owned()],
        ..Options::default()
    };
    let rehearsal = Rehearsal::open(options).await.unwrap();
    let engine = rehearsal.engine();
    engine.switch_person("maya@evergreen.example").unwrap();
    let drill = engine.open_drill("smoke", Purpose::Drill).await.unwrap();
    for number in 0..pieces {
        let text = piece(number as u64);
        engine
            .attach_text(&drill.id, "brief", format!("Output {number}"), text)
            .unwrap();
    }
    let before = peak_kilobytes();
    let bundle = folder.path().join("bundle.zip");
    let begun = Instant::now();
    engine.export(&drill.id, &bundle).unwrap();
    let took = begun.elapsed();
    let peak = peak_kilobytes();
    let mut stock = Command::new("sha256sum");
    stock
        .arg(folder.path().join("rehearsal/journal.db"))
        .stdout(Stdio::null());
    let begun = Instant::now();
    assert!(stock.status().unwrap().success());
    let hashing = begun.elapsed();
    println!(
        "export of {} MiB of evidence: {:.1} s, sha256sum of the journal's file {:.1} s, ×{:.1}; peak memory {} MiB, {} MiB before",
        (pieces * PIECE) >> 20,
        took.as_secs_f64(),
        hashing.as_secs_f64(),
        took.as_secs_f64() / hashing.as_secs_f64(),
        peak / 1024,
        before / 1024
    );
}

/// Text that no two numbers share and that does not compress to nothing.
fn piece(number: u64) -> String {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut text = String::with_capacity(PIECE);
    while text.len() < PIECE {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        text.push_str(&format!("{state:016x}"));
    }
    text
}

/// Returns the most memory this process ever had; 0 where the system does not say.
fn peak_kilobytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.and_then(|text| text.parse().ok()).unwrap_or(0)
}
