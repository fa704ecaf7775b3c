//! The sample of the design parses; what its shortening left out is named, exactly.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop where it is"
)]

use drillbook_runbook::parse;

const SAMPLE: &str = include_str!("fixtures/runbook-sample.toml");

/// Line, column, code and what is named: everything that the shortened sample uses and does not have,
/// and one negation that says something else than it means.
const LEFT_OUT: &str = "\
12:9 no_abort_path: No step is called approve-cleanup, where an aborted drill goes on.
20:1 mark_missing: No step marks charter; objectives cannot be scored.
20:1 mark_missing: No step marks t0; objectives cannot be scored.
20:1 no_review: No step reviews the drill.
27:11 stale_after: The answer of vault grows stale, and no gate asks it again.
33:7 unknown_name: No step yields the name vault.
35:6 unknown_name: No step yields the name vault.
40:7 unknown_name: No step yields the name vault.
42:6 unknown_name: No step yields the name vault.
65:1 stale_after: A gate asks permissions again, and nothing says when its answer is stale.
83:9 unknown_name: No step yields the name group.
85:7 unknown_name: No step yields the name group.
87:6 unknown_name: No step yields the name group.
102:12 unknown_name: No step yields the name items.
109:41 query_suspicious: `!` takes only the next word: `!a.b` is `(!a).b`, which is never there.
118:6 unknown_name: No step yields the name vault.
128:15 unknown_step: No earlier step is called network.
129:30 unknown_step: No earlier step is called room.
171:6 unknown_name: No step yields the name vault.
171:6 unknown_name: No step yields the name staging.
180:20 unknown_name: No step yields the name staging.
189:23 unknown_name: No step yields the name vault.
224:23 unknown_name: No step yields the name vault.
225:6 unknown_name: No step yields the name vault.
231:12 unknown_name: No step yields the name items.
247:29 unknown_name: No step yields the name baseline_disks.
277:13 action_without_gate: No earlier approval is called approve-start.
278:18 unknown_name: No step yields the name depth.
279:12 unknown_name: No step yields the name items.
292:6 unknown_name: No step yields the name subnet.
309:13 action_without_gate: No earlier approval is called approve-cleanup.
";

#[test]
fn the_sample_lacks_only_what_its_shortening_left_out() {
    let parsed = parse(SAMPLE, "runbook.toml");
    let found: String = parsed
        .problems
        .iter()
        .map(|p| {
            let code = p.code.strip_prefix("runbook.").unwrap();
            format!("{}:{} {code}: {}\n", p.line, p.column, p.sentence)
        })
        .collect();
    assert_eq!(found, LEFT_OUT);
    assert_eq!(parsed.runbook.unwrap().steps.len(), 11);
}

#[test]
fn comments_and_layout_do_not_change_the_digest() {
    let digest = |text: &str| parse(text, "x").runbook.unwrap().digest();
    let plain = digest(SAMPLE);
    assert!(plain.starts_with("sha256:") && plain.len() == 71);
    assert_eq!(
        plain,
        digest(&format!("# another comment\n\n{SAMPLE}\n\n# end\n"))
    );
    assert_ne!(plain, digest(&SAMPLE.replace("PT2H", "PT3H")));
}

#[test]
fn what_was_parsed_reads_back_from_its_canonical_form() {
    let runbook = parse(SAMPLE, "x").runbook.unwrap();
    let mut value: serde_json::Value = serde_json::from_slice(&runbook.canonical()).unwrap();
    assert_eq!(value["type"], "drill.runbook/1");
    value.as_object_mut().unwrap().remove("type");
    let again: drillbook_runbook::Runbook = serde_json::from_value(value).unwrap();
    assert_eq!(again, runbook);
    assert_eq!(again.digest(), runbook.digest());
}

#[test]
fn the_schema_is_the_one_that_was_agreed() {
    // The page that `cargo xtask codegen` writes; compared as JSON, because the order of members is not agreed.
    let agreed = include_str!("../../../docs/runbook.schema.json");
    let agreed: serde_json::Value = serde_json::from_str(agreed).unwrap();
    assert_eq!(drillbook_runbook::schema::json_schema(), agreed);
}
