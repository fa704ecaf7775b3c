//! What a rehearsal by the built-in cast comes to under each fault of the simulator, measured through the
//! real command: exit code, code, debt, one restore for each item, and a bundle that verifies.
//!
//! `cargo test -p drillbook-cli --test faults -- --nocapture` prints the table.
#![allow(clippy::unwrap_used, reason = "a test that unwraps fails as it should")]
#![allow(
    clippy::print_stdout,
    reason = "the table is what the test is read for"
)]

use drillbook_armsim::Ledger;
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// How a rehearsal must end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// Closed, exit 0.
    Closed,
    /// Abandoned before anything was restored, exit 1.
    NothingSent,
    /// Abandoned after cleanup, exit 1.
    Abandoned,
    /// Stopped with debt, exit 1.
    Stopped,
}

struct Seen {
    exit: i32,
    outcome: Value,
    ledger: Ledger,
    verified: i32,
    stderr: String,
}

fn drillbook() -> Command {
    Command::new(env!("CARGO_BIN_EXE_drillbook"))
}

fn rehearse(folder: &Path, fault: Option<&str>) -> Seen {
    let bundle = folder.join("bundle.zip");
    let data = folder.join("data");
    let mut command = drillbook();
    command.args([
        "rehearse",
        "vm-disks-cross-region",
        "--auto",
        "--json",
        "--seed",
        "11",
    ]);
    command
        .args(["--speed", "1000000", "--bundle"])
        .arg(&bundle)
        .arg("--data")
        .arg(&data);
    command.args(fault.iter().flat_map(|fault| ["--fault", fault]));
    let output = command.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    let outcome = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    let ledger = Ledger::read(&data.join("rehearsal/simulator.jsonl")).unwrap();
    let verified = drillbook()
        .arg("verify")
        .arg(&bundle)
        .output()
        .unwrap()
        .status
        .code();
    let verified = verified.unwrap_or(-1);
    Seen {
        exit: output.status.code().unwrap_or(-1),
        outcome,
        ledger,
        verified,
        stderr,
    }
}

fn check(fault: Option<&str>, wanted: Outcome) {
    let folder = tempfile::tempdir().unwrap();
    let seen = rehearse(folder.path(), fault);
    let name = fault.unwrap_or("(none)");
    println!(
        "{name:22} exit {} {:10} {:32} debt {} restores {:?} fired {:?} verify {} | {}",
        seen.exit,
        seen.outcome["end"].as_str().unwrap_or("?"),
        seen.outcome["code"].as_str().unwrap_or("-"),
        seen.outcome["debts_open"],
        seen.ledger.restores,
        seen.ledger.faults,
        seen.verified,
        seen.outcome["sentence"].as_str().unwrap_or("-"),
    );
    let end = seen.outcome["end"].as_str().unwrap_or_default();
    let (exit, word) = match wanted {
        Outcome::Closed => (0, "closed"),
        Outcome::NothingSent | Outcome::Abandoned => (1, "abandoned"),
        Outcome::Stopped => (1, "stopped"),
    };
    assert_eq!(
        (seen.exit, end),
        (exit, word),
        "{name}: {} {}",
        seen.outcome,
        seen.stderr
    );
    if let Some(fault) = fault {
        assert!(
            seen.ledger.faults.get(fault).copied().unwrap_or_default() > 0,
            "{fault} fired"
        );
    }
    let debts = seen.outcome["debts_open"].as_u64().unwrap();
    assert_eq!(debts > 0, wanted == Outcome::Stopped, "{name}: debt");
    match wanted {
        Outcome::NothingSent => {
            assert_eq!(seen.ledger.restores_total(), 0, "{name}: nothing restored")
        }
        _ => {
            let most = if fault == Some("twin-job") { 2 } else { 1 };
            let twice = seen.ledger.restores.values().any(|count| *count > most);
            assert!(!twice, "{name}: restored twice: {:?}", seen.ledger.restores);
        }
    }
    assert_eq!(seen.verified, 0, "{name}: the bundle holds");
}

macro_rules! faults {
    ($($test:ident: $fault:expr => $outcome:ident;)*) => {
        $( #[test] fn $test() { check($fault, Outcome::$outcome); } )*
    };
}

faults! {
    a_rehearsal_without_faults_closes: None => Closed;
    throttling_delays_and_closes: Some("throttle") => Closed;
    a_server_error_on_the_restore_needs_a_new_approval_and_closes: Some("server-error") => Closed;
    an_expired_token_is_renewed: Some("token-expired") => Closed;
    a_lost_response_is_found_and_adopted: Some("lost-response") => Closed;
    a_dark_primary_leaves_checks_not_checked: Some("primary-dark") => Closed;
    what_was_left_behind_is_found_and_removed: Some("left-behind") => Closed;
    a_vault_without_cross_region_restore_abandons: Some("crr-disabled") => NothingSent;
    points_that_never_arrived_abandon: Some("rp-not-replicated") => NothingSent;
    points_older_than_the_objective_abandon: Some("secondary-stale") => NothingSent;
    a_full_quota_abandons: Some("quota-exceeded") => NothingSent;
    no_usable_staging_account_abandons: Some("staging-wrong-region") => NothingSent;
    a_failed_job_is_cleaned_up_and_abandoned: Some("job-fails") => Abandoned;
    a_stuck_job_is_waited_for_cleaned_up_and_abandoned: Some("job-stuck") => Abandoned;
    a_disk_without_its_key_is_cleaned_up_and_abandoned: Some("completed-but-wrong") => Abandoned;
    a_locked_leftover_stops_with_debt: Some("leftover-locked") => Stopped;
    two_jobs_that_match_stop_with_debt: Some("twin-job") => Stopped;
}
