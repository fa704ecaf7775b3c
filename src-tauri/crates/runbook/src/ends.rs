//! What Azure's own words say of how far something is: they stand above the queries of a runbook.
//!
//! A runbook says when a wait is over; it cannot make a success of what Azure calls something else. Deliberately
//! absent: which words are a success. That is the runbook's to say, and every other word is left to it.

use serde_json::Value;

/// Words for an end that is not the one that was wished for: of Backup's jobs, Data Protection's, Site Recovery's.
const NOT_AS_WISHED: [&str; 10] = [
    "failed",
    "canceled",
    "cancelled",
    "completedwithwarnings",
    // What was left out stands in the tasks and the errors.
    "completedwithinformation",
    "completedwitherrors",
    "partiallysucceeded",
    "partiallycompleted",
    "timedout",
    "aborted",
];

/// Words of jobs and operations for what is not over; of a resource they may be what was wished for. A suspended job of
/// Site Recovery waits for a person.
const NOT_OVER: [&str; 10] = [
    "inprogress",
    "notstarted",
    "started",
    "running",
    "accepted",
    "queued",
    "pending",
    "cancelling",
    "canceling",
    "suspended",
];

/// What contradicts a success, in Azure's own spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contradiction {
    /// It is over, and not as wished.
    NotAsWished(String),
    /// It is not over, or not whole.
    NotOver(String),
}

/// Returns what in an answer contradicts that it ended well; nothing when Azure's words do not.
pub fn contradiction(answer: &Value) -> Option<Contradiction> {
    let words = [
        "/status",
        "/properties/status",
        "/properties/state",
        "/properties/provisioningState",
        "/properties/replicationState",
    ];
    let works = is_work(answer);
    let words = words.iter().filter_map(|at| answer.pointer(at)?.as_str());
    let mut found: Vec<Contradiction> = words.filter_map(of_word).collect();
    found.retain(|one| works || matches!(one, Contradiction::NotAsWished(_)));
    found.extend(replication(&answer["properties"]));
    let worst = found
        .iter()
        .position(|one| matches!(one, Contradiction::NotAsWished(_)));
    (!found.is_empty()).then(|| found.swap_remove(worst.unwrap_or(0)))
}

/// Whether an answer is a job, or the state of an operation, which says its status on top.
fn is_work(answer: &Value) -> bool {
    let of_jobs = |kind: &str| kind.to_ascii_lowercase().ends_with("jobs");
    let kind = answer["type"].as_str().unwrap_or_default();
    // Site Recovery's jobs come without a type.
    let id = answer["id"].as_str().unwrap_or_default();
    let listed_in = id.rsplit('/').nth(1).unwrap_or_default();
    of_jobs(kind) || of_jobs(listed_in) || answer["status"].is_string()
}

/// Whether a word means that Azure goes on once a person acted: a suspended job of Site Recovery.
pub fn waits_for_a_person(word: &str) -> bool {
    word.eq_ignore_ascii_case("suspended")
}

fn of_word(text: &str) -> Option<Contradiction> {
    // Replication says `ReplicationState/succeeded` (contract d.4).
    let word = text.rsplit('/').next().unwrap_or_default();
    let is = |known: &&str| word.eq_ignore_ascii_case(known);
    if NOT_AS_WISHED.iter().any(is) {
        Some(Contradiction::NotAsWished(text.to_owned()))
    } else if NOT_OVER.iter().any(is) {
        Some(Contradiction::NotOver(text.to_owned()))
    } else {
        None
    }
}

/// A copy is whole when each of its disks is: "Succeeded" of the copy only says that it was begun.
fn replication(properties: &Value) -> Vec<Contradiction> {
    let view = &properties["instanceView"];
    let disks = view["diskRestorePoints"].as_array();
    let mut found = Vec::new();
    let copied = !properties["sourceRestorePoint"].is_null();
    if copied && disks.is_none_or(Vec::is_empty) {
        found.push(Contradiction::NotOver(
            "nothing of the copy's disks".to_owned(),
        ));
    }
    let own = view["statuses"].as_array().into_iter().flatten();
    let codes = own.filter_map(|status| status["code"].as_str());
    found.extend(codes.filter_map(of_word));
    for disk in disks.into_iter().flatten() {
        let status = &disk["replicationStatus"];
        found.extend(status["status"]["code"].as_str().and_then(of_word));
        found.extend(percent(&status["completionPercent"], true));
    }
    found.extend(percent(&properties["completionPercent"], false));
    found
}

/// An amount below a hundred is not whole. Where one is due, none is nought.
fn percent(value: &Value, due: bool) -> Option<Contradiction> {
    let amount = value.as_f64().or(due.then_some(0.0))?;
    (amount < 100.0).then(|| Contradiction::NotOver(format!("{amount} percent")))
}

#[cfg(test)]
mod tests {
    use super::{Contradiction, contradiction};
    use serde_json::{Value, json};

    fn check(answer: &Value, expected: Option<Contradiction>) {
        assert_eq!(contradiction(answer), expected, "{answer}");
    }

    fn bad(word: &str) -> Option<Contradiction> {
        Some(Contradiction::NotAsWished(word.to_owned()))
    }

    fn open(word: &str) -> Option<Contradiction> {
        Some(Contradiction::NotOver(word.to_owned()))
    }

    #[test]
    fn a_job_that_did_not_end_well_is_never_a_success() {
        for word in [
            "Failed",
            "Cancelled",
            "Canceled",
            "CompletedWithWarnings",
            "CompletedWithInformation",
            "PartiallySucceeded",
        ] {
            // Backup and Data Protection say `status`, Site Recovery `state`, operations `status` on top.
            check(&json!({"properties": {"status": word}}), bad(word));
            check(&json!({"properties": {"state": word}}), bad(word));
            check(&json!({"status": word}), bad(word));
        }
        for word in ["Completed", "Succeeded", "Protected", "SomethingNew"] {
            check(&json!({"properties": {"status": word}}), None);
        }
    }

    #[test]
    fn a_job_that_waits_or_works_is_not_over() {
        for word in [
            "InProgress",
            "Inprogress",
            "Started",
            "Suspended",
            "Cancelling",
        ] {
            let kind = "Microsoft.RecoveryServices/vaults/replicationJobs";
            check(
                &json!({"type": kind, "properties": {"state": word}}),
                open(word),
            );
            check(&json!({"status": word}), open(word));
        }
        let job = "/subscriptions/s/vaults/v/replicationJobs/j";
        check(
            &json!({"id": job, "properties": {"state": "Suspended"}}),
            open("Suspended"),
        );
        let site = json!({"type": "Microsoft.Web/sites", "properties": {"state": "Running"}});
        check(&site, None);
    }

    fn copy(percents: &[Value], codes: &[&str]) -> Value {
        let disks = percents.iter().zip(codes).map(|(percent, code)| {
            json!({"id": "d", "replicationStatus": {"status": {"code": code}, "completionPercent": percent}})
        });
        json!({"properties": {
            "provisioningState": "Succeeded",
            "sourceRestorePoint": {"id": "p"},
            "instanceView": {
                "statuses": [{"code": "ReplicationState/succeeded"}],
                "diskRestorePoints": disks.collect::<Vec<_>>(),
            },
        }})
    }

    #[test]
    fn a_copy_is_whole_when_each_of_its_disks_is() {
        let (done, moves) = ("ReplicationState/succeeded", "ReplicationState/inprogress");
        check(&copy(&[json!(100), json!(100)], &[done, done]), None);
        check(
            &copy(&[json!(100), json!(99)], &[done, done]),
            open("99 percent"),
        );
        check(
            &copy(&[json!(100), Value::Null], &[done, done]),
            open("0 percent"),
        );
        check(
            &copy(&[json!(100), json!(100)], &[done, moves]),
            open(moves),
        );
        let failed = "ReplicationState/failed";
        check(
            &copy(&[json!(40), json!(100)], &[failed, done]),
            bad(failed),
        );
        check(&copy(&[], &[]), open("nothing of the copy's disks"));
        let blind = json!({"properties": {"provisioningState": "Succeeded", "sourceRestorePoint": {"id": "p"}}});
        check(&blind, open("nothing of the copy's disks"));
        let local = json!({"properties": {"provisioningState": "Succeeded"}});
        check(&local, None);
    }

    #[test]
    fn a_disk_of_a_copy_is_whole_at_a_hundred() {
        let disk = |percent: u8, state: &str| json!({"properties": {"completionPercent": percent, "replicationState": state}});
        check(&disk(100, "Succeeded"), None);
        check(&disk(55, "Succeeded"), open("55 percent"));
        check(&disk(55, "Failed"), bad("Failed"));
    }
}
