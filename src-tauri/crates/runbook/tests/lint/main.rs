//! Every rule, by breaking a whole runbook in one place.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop where it is"
)]

use drillbook_runbook::{Parsed, parse};

mod changes;
mod hostile;

const WHOLE: &str = include_str!("../fixtures/whole.toml");

fn codes(parsed: &Parsed) -> Vec<&str> {
    parsed
        .problems
        .iter()
        .map(|p| p.code.strip_prefix("runbook.").unwrap())
        .collect()
}

/// Replaces `from`, which must be there, and expects exactly these codes.
fn check(from: &str, to: &str, expected: &[&str]) {
    assert!(WHOLE.contains(from), "{from}");
    let parsed = parse(&WHOLE.replacen(from, to, 1), "runbook.toml");
    assert_eq!(
        codes(&parsed),
        expected,
        "{from:?} -> {to:?}: {:#?}",
        parsed.problems
    );
}

#[test]
fn a_whole_runbook_has_no_problem() {
    let parsed = parse(WHOLE, "runbook.toml");
    assert_eq!(parsed.problems, []);
    assert!(parsed.is_usable());
}

#[test]
fn finds_names_that_are_not_there_or_not_yet() {
    check(
        "get = \"{vault}/points/\"",
        "get = \"{vaults}/points/\"",
        &["unknown_name"],
    );
    check(
        "locations/{secondary}/usages",
        "locations/{jobs}/usages",
        &["name_not_yet_known"],
    );
    check(
        "that = \"Some quota",
        "unknown = { query = \"names.jobs\", test = { absent = true } }\nthat = \"Some quota",
        &["name_not_yet_known"],
    );
    check(
        "query = \"responses.usage.value\"",
        "query = \"responses.usages.value\"",
        &["unknown_name"],
    );
    check(
        "query = \"responses.usage.value\"",
        "query = \"vault.usage\"",
        &["unknown_name"],
    );
    check(
        "query = \"responses.usage.value\"",
        "query = \"item.x\"",
        &["unknown_name"],
    );
    check(
        "query = \"responses.usage.value\"",
        "query = \"drill.nonsense\"",
        &["unknown_name"],
    );
    check(
        "query = \"responses.usage.value\"",
        "query = \"objectives.nonsense\"",
        &["unknown_name"],
    );
    check(
        "--location {secondary}",
        "--location {drill.t0}",
        &["name_not_yet_known"],
    );
    check(
        "name = \"usage\"\n",
        "name = \"usage\"\nknown = \"nonsense\"\n",
        &["unknown_name"],
    );
    check(
        "for_each = \"points\"",
        "for_each = \"scenario\"",
        &["secondary_list_missing", "for_each_not_list"],
    );
    check(
        "name = \"scenario\"",
        "name = \"item\"",
        &["name_not_allowed"],
    );
    check(
        "name = \"scenario\"",
        "name = \"jobs\"",
        &["duplicate_id", "for_each_not_list"],
    );
}

#[test]
fn a_request_may_name_what_it_waits_for() {
    check(
        "name = \"usage\"\n",
        "name = \"usage\"\nknown = \"jobs\"\nfilter = \"x eq '{jobs}'\"\n",
        &[],
    );
}

#[test]
fn finds_queries_and_tests_that_cannot_work() {
    check(
        "query = \"responses.usage.value\"",
        "query = \"responses.usage.value[\"",
        &["query_invalid"],
    );
    check(
        "query = \"responses.usage.value\"",
        "query = \"nonsense(responses.usage)\"",
        &["query_invalid"],
    );
    check("key = \"id\"", "key = \"id ==\"", &["query_invalid"]);
    check(
        "key = \"id\"",
        "key = \"!properties.id\"",
        &["query_suspicious"],
    );
    check("key = \"id\"", "key = \"!id | to_string(@)\"", &[]);
    check(
        "test = { at_least = 1 }",
        "test = { at_least = 1, count = 1 }",
        &["test_type"],
    );
    check("test = { at_least = 1 }", "test = {}", &["test_type"]);
    check(
        "test = { at_least = 1 }",
        "test = { at_least = \"1\" }",
        &["test_type"],
    );
    check(
        "test = { at_least = 1 }",
        "test = { one_of = 1 }",
        &["test_type"],
    );
    check(
        "test = { at_least = 1 }",
        "test = { age_at_most = \"1 day\" }",
        &["test_type"],
    );
    check(
        "test = { at_least = 1 }",
        "test = { grants = [\"*\"] }",
        &["test_type"],
    );
    check(
        "test = { at_least = 1 }",
        "test = { absent = false }",
        &["test_type"],
    );
    check(
        "test = { at_least = 1 }",
        "test = { equals = { query = \"names.nonsense\" } }",
        &["unknown_name"],
    );
    check(
        "query = \"responses.usage.value\"",
        "query = \"names.scenario\"",
        &["test_type"],
    );
    check("rto = \"PT2H\"", "rto = \"2 hours\"", &["duration_invalid"]);
}

#[test]
fn finds_requests_that_are_not_safe_or_not_told() {
    check(
        "get = \"{vault}/points/\"",
        "get = \"https://evil.example/\"",
        &["path_not_arm"],
    );
    check(
        "get = \"{vault}/points/\"",
        "get = \"/evil/{vault}\"",
        &["path_not_arm"],
    );
    check(
        "get = \"{vault}/points/\"",
        "get = \"{vault}/../points\"",
        &["unsafe_segment"],
    );
    check(
        "get = \"{vault}/points/\"",
        "get = \"{vault}/points?x=y\"",
        &["unsafe_segment"],
    );
    check(
        "get = \"{vault}/points/\"",
        "get = \"{vault}{scenario}\"",
        &[],
    );
    check(
        "get = \"{vault}/points/\"",
        "get = \"{vault}/points/\"\npost = \"{vault}\"",
        &["method_count"],
    );
    check(
        "az = \"az rest --method get --url {vault.id}/points\"",
        "",
        &["az_missing"],
    );
    check("az = \"az rest", "az = \"rm -rf", &["az_missing"]);
    check(
        "az = \"az rest --method get",
        "az = \"az 'rest --method get",
        &["az_unsafe"],
    );
    check(
        "inside = \"restore\"",
        "inside = \"token\"",
        &["az_missing"],
    );
    check(
        "needs = \"secondary\"\nget = \"{vault}/points/\"\napi_version = \"2021-11-15\"",
        "needs = \"secondary\"\nget = \"{vault}/points/\"",
        &["version_missing"],
    );
    check(
        "query = \"responses.restore.properties.jobId || adopted.restore\"",
        "query = \"responses.token.properties\"",
        &["secret_captured"],
    );
    check(
        "\"$secret\" = \"token\", query",
        "\"$from\" = \"token\", query",
        &["secret_captured"],
    );
    check(
        "\"$secret\" = \"token\", query",
        "\"$secret\" = \"restore\", query",
        &["unknown_name"],
    );
    check(
        "\"$value\" = \"item.id\"",
        "\"$values\" = \"item.id\"",
        &["body_invalid"],
    );
}

#[test]
fn finds_waits_ways_out_and_texts_that_are_missing() {
    check(
        "final = { passes = \"responses.job.status == 'Completed'\", running = \"responses.job.status == 'InProgress'\" }",
        "",
        &["wait_without_final"],
    );
    check("every = \"PT60S\"", "every = \"PT5S\"", &["wait_too_often"]);
    check(
        "abort = \"approve-cleanup\"",
        "abort = \"nonsense\"",
        &["no_abort_path"],
    );
    check(
        "abort = \"approve-cleanup\"",
        "abort = \"review\"",
        &["no_abort_path"],
    );
    check(
        "kind = \"review\"",
        "kind = \"read\"\ntext = \"Done.\"",
        &["no_review"],
    );
    check("why = \"To learn.\"", "", &["text_missing"]);
    check("undo = \"None.\"", "", &["text_missing"]);
    check(
        "look_next = \"Quotas of the subscription.\"",
        "",
        &["text_missing"],
    );
    check(
        "id = \"room\"\nkind",
        "id = \"vault\"\nkind",
        &[
            "duplicate_id",
            "stale_after",
            "gate_covers_nothing",
            "unknown_step",
            "unknown_step",
        ],
    );
    check(
        "id = \"whole\"",
        "id = \"Whole thing\"",
        &["id_not_allowed"],
    );
    check("format = 1", "format = 2", &["format_unknown"]);
    check(
        "gate = \"cleanup\"\n",
        "gate = \"cleanup\"\nevery = \"PT60S\"\n",
        &["member_of_other_kind"],
    );
}

#[test]
fn a_restore_needs_points_that_the_secondary_listed() {
    check(
        "needs = \"secondary\"\nget = \"{vault}/points/\"",
        "needs = \"global\"\nget = \"{vault}/points/\"",
        &["secondary_list_missing"],
    );
}

#[test]
fn warns_of_what_may_fail_when_the_primary_is_gone() {
    check(
        "needs = \"secondary\"\npost = \"/subscriptions/{subscription}/providers/Microsoft.RecoveryServices/locations/{secondary}/backupCrrJob\"",
        "needs = \"primary\"\npost = \"/subscriptions/{subscription}/providers/Microsoft.RecoveryServices/locations/{secondary}/backupCrrJob\"",
        &["primary_needed_after_t0"],
    );
    check("max_age = \"PT1H\"\n", "", &["stale_after"]);
    check("asks_again = [\"room\"]", "", &["stale_after"]);
    check(
        "why = \"To learn.\"",
        &format!("why = \"{}.\"", "word ".repeat(50)),
        &["reading_level"],
    );
}

#[test]
fn says_where_and_how_a_shape_is_wrong() {
    check(
        "owner = \"The team\"",
        "owner = \"The team\"\ncolour = \"red\"",
        &["unknown_key"],
    );
    check("owner = \"The team\"", "", &["missing_key"]);
    check("kind = \"review\"", "kind = \"revue\"", &["unknown_word"]);
    check("format = 1", "format = \"1\"", &["wrong_type"]);
    check("at_least = 1", "at_least = 1.5", &["float"]);
    check("at_least = 1", "at_least = 2024-01-01", &["date"]);
    check(
        "at_least = 1",
        "at_least = 9007199254740993",
        &["number_too_large"],
    );
    check(
        "owner = \"The team\"",
        "owner = \"The team\"\nowner = \"Us\"",
        &["duplicate_key"],
    );
    check("owner = \"The team\"", "owner = The team", &["not_toml"]);
    let parsed = parse(
        &WHOLE.replacen(
            "owner = \"The team\"",
            "owner = \"The team\"\ncolour = 1",
            1,
        ),
        "f.toml",
    );
    let problem = &parsed.problems[0];
    assert_eq!(
        (problem.file.as_str(), problem.line, problem.column),
        ("f.toml", 8, 1)
    );
    assert!(!problem.remedy.is_empty());
}

#[test]
fn every_code_is_in_the_list() {
    let listed: Vec<&str> = drillbook_runbook::codes::CODES
        .iter()
        .map(|(code, _)| *code)
        .collect();
    let mut found = std::collections::BTreeSet::new();
    let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("codes.rs") {
                let text = std::fs::read_to_string(path).unwrap();
                let quoted = text
                    .split('"')
                    .filter(|t| t.starts_with("runbook.") && !t.contains([' ', '/']));
                found.extend(quoted.map(str::to_owned));
            }
        }
    }
    assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), listed);
}
