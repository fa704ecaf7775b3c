//! What a rehearsal by the built-in cast comes to under each fault of the simulator, measured through the
//! real command: exit code, code, debt, one restore for each item, and a bundle that both verifiers accept.
//!
//! `cargo test -p drillbook-cli --test faults -- --nocapture` prints the table.
#![allow(clippy::unwrap_used, reason = "a test that unwraps fails as it should")]
#![allow(
    clippy::print_stdout,
    reason = "the table is what the test is read for"
)]

use drillbook_armsim::Ledger;
use serde_json::Value;
use std::collections::BTreeSet;
use std::ffi::OsStr;
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
    sites: BTreeSet<String>,
    exit: i32,
    outcome: Value,
    ledger: Ledger,
    verified: (i32, i32),
    noted: Vec<String>,
    report: String,
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
    let verified = (ours(&bundle), script(&bundle, &folder.join("unpacked")));
    Seen {
        sites: sites(&data.join("rehearsal/simulator.jsonl")),
        exit: output.status.code().unwrap_or(-1),
        outcome,
        ledger,
        verified,
        noted: noted(&folder.join("unpacked/journal.jsonl")),
        report: std::fs::read_to_string(folder.join("unpacked/report.html")).unwrap_or_default(),
        stderr,
    }
}

/// Where the faults struck: the operations, or the moments of each fault's own.
fn sites(file: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(file).unwrap();
    let changes = text.lines().filter_map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        let change = &line["change"];
        let site = change["site"].as_str()?;
        // Of a resource, its type is enough.
        (change["kind"] == "fault")
            .then(|| site.rsplit("/providers/").next().unwrap_or(site).to_owned())
    });
    changes.collect()
}

/// The codes of the deviations that the journal holds, in order.
fn noted(journal: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(journal).unwrap();
    let entries = text.lines().map(|line| serde_json::from_str(line).unwrap());
    let noted = entries.filter(|entry: &Value| entry["kind"] == "deviation.noted");
    let code = |entry: Value| entry["pub"]["code"].as_str().unwrap().to_owned();
    noted.map(code).collect()
}

fn ours(bundle: &Path) -> i32 {
    let mut command = drillbook();
    let output = command.arg("verify").arg(bundle).output().unwrap();
    output.status.code().unwrap_or(-1)
}

/// The bundle's own script, as an auditor without Drillbook runs it.
fn script(bundle: &Path, folder: &Path) -> i32 {
    let python = |arguments: &[&OsStr]| {
        let output = Command::new("python3").args(arguments).output().unwrap();
        output.status.code().unwrap_or(-1)
    };
    let (bundle, script) = (bundle.as_os_str(), folder.join("verify.py"));
    let unpack = ["-m", "zipfile", "-e"].map(OsStr::new);
    assert_eq!(
        python(&[unpack[0], unpack[1], unpack[2], bundle, folder.as_os_str()]),
        0
    );
    python(&[script.as_os_str(), folder.as_os_str()])
}

/// The deviations that the engine notes by itself.
const NOTED: &[(Option<&str>, &[&str])] = &[
    (None, &[]),
    (Some("throttle"), &[]),
    (Some("server-error"), &[]),
    (Some("lost-response"), &[]),
    (Some("alert-noise"), &[]),
    (Some("primary-dark"), &["check.not_checked"; 3]),
    (Some("not-assessed"), &["check.not_checked"]),
    (Some("clock-skew"), &["clock.disagrees"]),
    (Some("completed-but-wrong"), &["witness.contradicted"]),
    (Some("somebody-else"), &["log.unexplained"; 3]),
    (Some("log-gap"), &["log.missing"]),
    (
        Some("left-behind"),
        &["cleanup.unexpected", "log.unexplained", "log.unexplained"],
    ),
];

/// What `somebody-else` does.
const MEDDLED: [&str; 3] = [
    "Microsoft.Compute/virtualMachines/start/action",
    "Microsoft.Authorization/locks/delete",
    "Microsoft.Authorization/roleAssignments/write",
];

fn check(fault: Option<&str>, wanted: Outcome, code: Option<&str>) {
    let folder = tempfile::tempdir().unwrap();
    let seen = rehearse(folder.path(), fault);
    let name = fault.unwrap_or("(none)");
    println!(
        "{name:22} exit {} {:10} {:32} debt {} restores {:?} fired {:?} at {:?} verify {:?} noted {:?} | {}",
        seen.exit,
        seen.outcome["end"].as_str().unwrap_or("?"),
        seen.outcome["code"].as_str().unwrap_or("-"),
        seen.outcome["debts_open"],
        seen.ledger.restores,
        seen.ledger.faults,
        seen.sites,
        seen.verified,
        seen.noted,
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
    assert_eq!(
        seen.outcome["code"].as_str(),
        code,
        "{name}: {}",
        seen.outcome["sentence"]
    );
    assert_eq!(seen.verified, (0, 0), "{name}: the bundle holds");
    if let Some((_, codes)) = NOTED.iter().find(|(of, _)| *of == fault) {
        assert_eq!(seen.noted, *codes, "{name}: deviations");
    }
    if fault == Some("somebody-else") {
        for operation in MEDDLED {
            let told = format!("this journal does not explain: {operation}");
            assert!(seen.report.contains(&told), "the report tells {operation}");
        }
    }
}

macro_rules! faults {
    ($($test:ident: $fault:expr => $outcome:ident $code:expr;)*) => {
        $( #[test] fn $test() { check($fault, Outcome::$outcome, $code); } )*
    };
}

faults! {
    a_rehearsal_without_faults_closes: None => Closed None;
    throttling_delays_and_closes: Some("throttle") => Closed None;
    a_server_error_on_the_restore_needs_a_new_approval_and_closes: Some("server-error") => Closed None;
    an_expired_token_is_renewed: Some("token-expired") => Closed None;
    a_lost_response_is_found_and_adopted: Some("lost-response") => Closed None;
    a_dark_primary_leaves_checks_not_checked: Some("primary-dark") => Closed None;
    what_was_left_behind_is_found_and_removed: Some("left-behind") => Closed None;
    a_vault_without_cross_region_restore_abandons: Some("crr-disabled") => NothingSent Some("check.failed");
    points_that_never_arrived_abandon: Some("rp-not-replicated") => NothingSent Some("check.failed");
    points_older_than_the_objective_abandon: Some("secondary-stale") => NothingSent Some("check.failed");
    a_full_quota_abandons: Some("quota-exceeded") => NothingSent Some("check.failed");
    no_usable_staging_account_abandons: Some("staging-wrong-region") => NothingSent Some("choice.nothing_usable");
    a_failed_job_is_cleaned_up_and_abandoned: Some("job-fails") => Abandoned Some("wait.failed");
    a_stuck_job_is_waited_for_cleaned_up_and_abandoned: Some("job-stuck") => Abandoned Some("wait.failed");
    a_disk_without_its_key_is_cleaned_up_and_abandoned: Some("completed-but-wrong") => Abandoned Some("check.failed");
    a_locked_leftover_stops_with_debt: Some("leftover-locked") => Stopped Some("ScopeLocked");
    two_jobs_that_match_stop_with_debt: Some("twin-job") => Stopped Some("action.outcome_unknown");
    a_list_that_lags_behind_abandons: Some("stale-list") => Abandoned Some("check.failed");
    tags_that_are_lost_lose_no_resource: Some("missing-tags") => Closed None;
    what_a_filter_lets_through_is_looked_through: Some("bad-filter") => Closed None;
    alerts_of_others_are_nobodys_business: Some("alert-noise") => Closed None;
    a_slow_region_is_waited_for: Some("slow-region") => Closed None;
    a_clock_that_is_ahead_closes: Some("clock-skew") => Closed None;
    a_policy_that_nobody_listed_abandons: Some("policy-denies") => Abandoned Some("action.rejected");
    a_lock_on_the_target_stops_with_debt: Some("lock-appears") => Stopped Some("action.rejected");
    a_token_of_another_tenant_is_renewed: Some("token-of-other-tenant") => Closed None;
    pages_that_end_in_nothing_lose_nothing: Some("pages") => Closed None;
    what_was_not_assessed_is_not_called_healthy: Some("not-assessed") => Closed None;
    what_somebody_else_changed_is_told: Some("somebody-else") => Closed None;
    a_restore_that_azures_log_leaves_out_is_told: Some("log-gap") => Closed None;
}
