//! Everything that Drillbook reads from strangers, fed with mutated files: never a panic, never long, never much
//! memory, and what is accepted is exactly what was read.
//!
//! The ordinary suite gives each target a few hundred inputs from fixed seeds. `cargo xtask fuzz [SECONDS]` goes on
//! for longer, from a new seed that it prints; an input that fails is kept in the temporary folder and belongs into
//! `corpus/` together with the mend. Plain tests on the stable toolchain: no coverage guides them, so the mutations
//! know the formats instead.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops where its setup fails, and one prints its totals"
)]

mod chance;
mod mutate;
mod targets;

use chance::Chance;
use std::panic::catch_unwind;
use std::time::{Duration, Instant};
use targets::Target;

/// How long one input may take, in a debug build on a busy machine.
const LONGEST: Duration = Duration::from_secs(20);
/// How much memory this process may have taken at its worst, pictures included.
const MOST_KILOBYTES: u64 = 1 << 20;

/// Runs a target over its seeds as they are, then over mutations of them.
fn fuzz(target: &Target) {
    let seconds = std::env::var("DRILLBOOK_FUZZ_SECONDS").ok();
    let seconds: Option<u64> = seconds.and_then(|text| text.parse().ok());
    let seed = seconds.map_or(1, |_| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        now.unwrap().as_nanos() as u64
    });
    let begun = Instant::now();
    let mut chance = Chance::new(seed);
    let (mut inputs, mut accepted) = (0u64, 0u64);
    let seeds = target.seeds();
    for seed in &seeds {
        accepted += u64::from(one(target, seed));
        inputs += 1;
    }
    assert!(accepted > 0, "{}: no seed is accepted", target.name);
    // Honest files lead further into a reader than hostile ones, so they are mutated more often.
    let seeds = target.weighed(seeds);
    let goes_on = |inputs: u64| match seconds {
        Some(seconds) => begun.elapsed() < Duration::from_secs(seconds),
        None => inputs < target.inputs,
    };
    while goes_on(inputs) {
        let input = (target.mutate)(&seeds, &mut chance);
        accepted += u64::from(one(target, &input));
        inputs += 1;
    }
    let peak = peak_kilobytes();
    println!(
        "{:12} seed {seed} inputs {inputs} accepted {accepted} in {} ms, peak {} MB",
        target.name,
        begun.elapsed().as_millis(),
        peak / 1024
    );
    assert!(peak < MOST_KILOBYTES, "{}: {peak} kB", target.name);
}

/// Gives one input to a target; returns whether it was accepted.
fn one(target: &Target, input: &[u8]) -> bool {
    let begun = Instant::now();
    let read = target.read;
    let outcome = catch_unwind(|| read(input));
    let took = begun.elapsed();
    match outcome {
        Ok(accepted) if took < LONGEST => accepted,
        _ => {
            let (_, kept) = tempfile::Builder::new()
                .prefix(target.name)
                .tempfile()
                .unwrap()
                .keep()
                .unwrap();
            std::fs::write(&kept, input).unwrap();
            panic!("{}: {took:?}, see {}", target.name, kept.display());
        }
    }
}

/// Returns the most memory this process ever had; 0 where the system does not say.
fn peak_kilobytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.and_then(|text| text.parse().ok()).unwrap_or(0)
}

#[test]
fn any_runbook_is_read_or_refused() {
    fuzz(&targets::runbook());
}

#[test]
fn any_policy_is_read_or_refused() {
    fuzz(&targets::policy());
}

#[test]
fn any_request_is_read_or_refused() {
    fuzz(&targets::request());
}

#[test]
fn any_decision_is_read_or_refused() {
    fuzz(&targets::decision());
}

#[test]
fn any_paper_beside_a_decision_is_read_or_refused() {
    fuzz(&targets::aftermath());
}

#[test]
fn any_file_of_an_exchange_is_read_or_refused() {
    fuzz(&targets::exchange());
}

#[test]
fn any_entry_is_read_or_refused() {
    fuzz(&targets::entry());
}

#[test]
fn any_checkpoint_is_read_or_refused() {
    fuzz(&targets::checkpoint());
}

#[test]
fn any_signature_is_read_or_refused() {
    fuzz(&targets::signature());
}

#[test]
fn any_disclosure_is_read_or_refused() {
    fuzz(&targets::disclosure());
}

#[test]
fn any_picture_is_read_or_refused() {
    fuzz(&targets::picture());
}

#[test]
fn any_file_is_a_bundle_or_refused() {
    fuzz(&targets::bundle());
}

#[test]
fn a_bundle_with_an_altered_member_never_holds() {
    fuzz(&targets::altered_bundle());
}
