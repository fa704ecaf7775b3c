//! Templates: a value never becomes more than it stands for.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop where it is"
)]

use drillbook_diagnostic::Diagnostic;
use drillbook_runbook::template::{az, body, filter, path, text};
use proptest::prelude::*;
use serde_json::{Value, json};

fn scope() -> Value {
    json!({
        "names": {
            "vault": {"id": "/subscriptions/s/resourceGroups/G r/providers/Microsoft.RecoveryServices/vaults/v", "name": "v", "group": "G r"},
            "item": "hidden",
            "odd": "VM;x y/z", "plain": "VM;x y", "dots": "..", "empty": "", "none": null, "n": 3, "flag": true, "list": [1],
            "option": "--yes", "file": "@/etc/passwd", "quote": "it's", "sneaky": "%2e%2e", "slash": "a%2Fb",
            "encoded": {"id": "/subscriptions/s/resourceGroups/g/x/VM%3Bx;y/"},
            "evil": {"id": "/subscriptions/s/../t"}, "foreign": {"id": "https://evil.example/x"},
        },
        "item": {"id": "/subscriptions/s/resourceGroups/g", "of": {"target": {"name": "t"}}},
        "subscription": "s",
    })
}

#[test]
fn fills_paths() {
    for (template, expected) in [
        (
            "{vault}",
            "/subscriptions/s/resourceGroups/G%20r/providers/Microsoft.RecoveryServices/vaults/v",
        ),
        (
            "{vault.id}/x",
            "/subscriptions/s/resourceGroups/G%20r/providers/Microsoft.RecoveryServices/vaults/v/x",
        ),
        (
            "{item}/recoveryPoints/",
            "/subscriptions/s/resourceGroups/g/recoveryPoints/",
        ),
        (
            "{encoded}/y",
            "/subscriptions/s/resourceGroups/g/x/VM%3Bx%3By/y",
        ),
        (
            "/subscriptions/{subscription}/x/{plain}",
            "/subscriptions/s/x/VM%3Bx%20y",
        ),
        (
            "/subscriptions/{subscription}/x/dbk-{n}-{item.of.target.name}",
            "/subscriptions/s/x/dbk-3-t",
        ),
    ] {
        assert_eq!(
            path(template, &scope()).as_deref(),
            Ok(expected),
            "{template}"
        );
    }
}

#[test]
fn refuses_paths_that_could_leave_their_place() {
    for (template, code) in [
        ("/subscriptions/{odd}", "runbook.unsafe_segment"),
        ("/subscriptions/{dots}/x", "runbook.unsafe_segment"),
        ("/subscriptions/{empty}/x", "runbook.unsafe_segment"),
        ("/subscriptions/{sneaky}/x", "runbook.unsafe_segment"),
        ("/subscriptions/{slash}/x", "runbook.unsafe_segment"),
        ("/subscriptions/./x", "runbook.unsafe_segment"),
        ("/subscriptions//x", "runbook.unsafe_segment"),
        ("/subscriptions/x?y", "runbook.unsafe_segment"),
        ("/subscriptions/x#y", "runbook.unsafe_segment"),
        ("/subscriptions/%2e%2e", "runbook.unsafe_segment"),
        ("/subscriptions/x\\y", "runbook.unsafe_segment"),
        ("{evil}/x", "runbook.unsafe_segment"),
        ("{vault}x", "runbook.unsafe_segment"),
        ("{vault}{item}", "runbook.unsafe_segment"),
        ("{foreign}", "runbook.value_type"),
        ("{plain}/x", "runbook.value_type"),
        ("/subscriptions/{none}", "runbook.value_missing"),
        ("/subscriptions/{nobody}", "runbook.name_without_value"),
        ("/subscriptions/{list}", "runbook.value_type"),
        ("subscriptions", "runbook.path_not_arm"),
        ("", "runbook.path_not_arm"),
        ("/subscriptions/{", "runbook.template_invalid"),
        ("/subscriptions/}", "runbook.template_invalid"),
        ("/subscriptions/{}", "runbook.template_invalid"),
    ] {
        let error = path(template, &scope()).unwrap_err();
        assert_eq!(error.code(), code, "{template}: {error}");
    }
}

#[test]
fn fills_texts_and_filters() {
    assert_eq!(
        text("{{x}} {n} {flag} {vault}", &scope())
            .unwrap()
            .split(' ')
            .next(),
        Some("{x}")
    );
    assert_eq!(
        text("made in {item.of.target.name}", &scope()).unwrap(),
        "made in t"
    );
    assert_eq!(filter("a eq '{quote}'", &scope()).unwrap(), "a eq 'it''s'");
    assert!(text("{vault.nothing}", &scope()).is_err());
}

#[test]
fn fills_bodies() {
    let template = json!({
        "a": "{vault}", "n": {"$value": "names.n"}, "gone": {"$value": "names.none"}, "list": ["{n}", {"$value": "names.none"}],
        "kept": {"$from": "aad", "query": "{x}"}, "secret": {"$secret": "t", "query": "p", "set": {"k": "v"}},
        "deep": {"$value": "{list}[].{lun: @}"}, "plain": 1,
    });
    assert_eq!(
        body(&template, &scope()).unwrap(),
        json!({
            "a": scope()["names"]["vault"]["id"], "n": 3, "list": ["3"],
            "kept": {"$from": "aad", "query": "{x}"}, "secret": {"$secret": "t", "query": "p", "set": {"k": "v"}},
            "deep": [{"lun": 1}], "plain": 1,
        })
    );
}

#[test]
fn fills_az_lines() {
    for (line, expected) in [
        (
            "az group show --name {vault.group}",
            "az group show --name 'G r'",
        ),
        (
            "az vm create --nsg '' --x \"a {n}\"",
            "az vm create --nsg '' --x 'a 3'",
        ),
        (
            "az x --query [0] --tag t={quote}",
            "az x --query '[0]' --tag \"t=it's\"",
        ),
        (
            "az x --ids {vault}",
            "az x --ids '/subscriptions/s/resourceGroups/G r/providers/Microsoft.RecoveryServices/vaults/v'",
        ),
    ] {
        assert_eq!(az(line, &scope()).as_deref(), Ok(expected), "{line}");
    }
    for line in ["az x {option}", "az x {file}", "az 'x", "az {nobody}"] {
        assert!(az(line, &scope()).is_err(), "{line}");
    }
}

proptest! {
    #[test]
    fn a_value_is_always_one_segment(value in ".*") {
        if let Ok(filled) = path("/subscriptions/{x}/end", &json!({"names": {"x": value}})) {
            let segments: Vec<&str> = filled.split('/').collect();
            prop_assert_eq!(segments.len(), 4);
            prop_assert!(!matches!(segments[2], "" | "." | ".."));
            prop_assert!(segments[2].bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~%".contains(&b)));
        }
    }

    #[test]
    fn a_reference_never_leaves_its_path(id in "(/[a-zA-Z0-9%.;~/ ?#\\\\-]{0,12}){0,6}") {
        if let Ok(filled) = path("{x}/end", &json!({"names": {"x": {"id": id}}})) {
            prop_assert!(filled.starts_with('/') && !filled.contains("//"));
            prop_assert!(filled.split('/').all(|s| !matches!(s, "." | "..")));
            prop_assert!(!filled.contains(['?', '#', '\\', ' ', ';']));
        }
    }

    #[test]
    fn a_value_is_always_one_word(value in ".*") {
        if let Ok(line) = az("az x --name {x} end", &json!({"names": {"x": value}})) {
            let words = shlex::split(&line).unwrap();
            prop_assert_eq!(words, ["az", "x", "--name", value.as_str(), "end"]);
        }
    }

    #[test]
    fn any_template_fills_or_fails(template in ".{0,60}") {
        let _ = path(&template, &scope());
        let _ = text(&template, &scope());
        let _ = az(&template, &scope());
        let _ = body(&json!({"x": template}), &scope());
    }
}
