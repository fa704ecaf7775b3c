//! Every runbook of the library can be read, and the linter has nothing to say that is not known and justified.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use drillbook_runbook::query::run;
use drillbook_runbook::{Level, Problem, Runbook, parse};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Warnings that stay, each with its reason.
const JUSTIFIED: [(&str, &str, &str); 3] = [
    // The comparison of production with its baseline is the one thing that only the primary can answer.
    (
        "vm-disks-cross-region",
        "runbook.primary_needed_after_t0",
        "items_now",
    ),
    (
        "vm-disks-cross-region",
        "runbook.primary_needed_after_t0",
        "machines_now",
    ),
    (
        "vm-disks-cross-region",
        "runbook.primary_needed_after_t0",
        "schedules_now",
    ),
];

fn library() -> Vec<(String, PathBuf)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../runbooks");
    let mut found: Vec<(String, PathBuf)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .map(|path| {
            let id = path.file_name().unwrap().to_str().unwrap().to_owned();
            (id, path.join("runbook.toml"))
        })
        .collect();
    found.sort();
    found
}

fn told(problem: &Problem) -> String {
    format!(
        "{}:{}:{} {} {}",
        problem.file, problem.line, problem.column, problem.code, problem.sentence
    )
}

#[test]
fn every_runbook_lints_clean() {
    let library = library();
    assert!(!library.is_empty());
    for (id, path) in library {
        let parsed = parse(&std::fs::read_to_string(&path).unwrap(), &id);
        let justified = |problem: &Problem| {
            problem.severity == Level::Warning
                && JUSTIFIED.iter().any(|(runbook, code, word)| {
                    *runbook == id && *code == problem.code && problem.sentence.contains(word)
                })
        };
        let left: Vec<String> = parsed
            .problems
            .iter()
            .filter(|problem| !justified(problem))
            .map(told)
            .collect();
        assert!(left.is_empty(), "{}", left.join("\n"));
        assert_eq!(
            parsed.runbook.unwrap().id,
            id,
            "the folder is called as the runbook"
        );
    }
}

fn cross_region() -> Runbook {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../runbooks");
    let text = std::fs::read_to_string(folder.join("vm-disks-cross-region/runbook.toml")).unwrap();
    parse(&text, "runbook.toml").runbook.unwrap()
}

/// Returns what a capture yields in a scope.
fn captured(runbook: &Runbook, step: &str, name: &str, scope: &Value) -> Value {
    let step = runbook.step(step).unwrap();
    let capture = step.captures.iter().find(|one| one.name == name).unwrap();
    run(&capture.query, scope).unwrap()
}

/// Returns whether a statement of a step holds in a scope.
fn holds(runbook: &Runbook, step: &str, that: &str, scope: &Value) -> bool {
    let step = runbook.step(step).unwrap();
    let one = step
        .expectations
        .iter()
        .find(|one| one.that == that)
        .unwrap();
    let value = run(&one.query, scope).unwrap();
    let at = "2026-11-21T12:00:00Z".parse().unwrap();
    drillbook_runbook::test::evaluate(&one.test, &value, scope, at)
        .unwrap()
        .passed
}

/// A machine of production and what was restored of it; each disk is LUN (-1 is the system's), size, SKU.
fn restored(baseline: &[(i64, u64, &str)], found: &[(&str, u64, &str)]) -> Value {
    let production: Vec<Value> = baseline
        .iter()
        .map(|(lun, size, sku)| {
            json!({"id": format!("/p/{lun}"), "lun": lun, "size": size, "sku": sku, "caching": "None",
                "match": format!("{size} GB {sku}"), "set": null})
        })
        .collect();
    let group = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks";
    let disks: Vec<Value> = found
        .iter()
        .map(|(name, size, sku)| {
            let os = name.contains("osdisk").then_some("Linux");
            json!({"id": format!("{group}/{name}"), "name": name, "location": "westus", "sku": {"name": sku},
                "properties": {"diskSizeGB": size, "osType": os, "diskState": "Unattached",
                    "provisioningState": "Succeeded", "encryption": {"type": "EncryptionAtRestWithPlatformKey"}}})
        })
        .collect();
    let included: Vec<Value> = baseline
        .iter()
        .map(|(lun, _, _)| json!({"lun": lun}))
        .collect();
    json!({
        "responses": {"after": {"value": disks}, "all": {"value": []}},
        "names": {"before": [], "secondary": "westus"},
        "item": {"baseline_disks": production, "vm_size": "S", "os_type": "Linux", "security_profile": null,
            "encryption_set": null, "points": {"properties": {"recoveryPointDiskConfiguration": {
                "numberOfDisksIncludedInBackup": baseline.len(), "includedDiskList": included}}}},
    })
}

fn luns(profile: &Value) -> Vec<(i64, String)> {
    let rows = profile["storageProfile"]["dataDisks"].as_array().unwrap();
    rows.iter()
        .map(|row| {
            let id = row["managedDisk"]["id"].as_str().unwrap();
            let name = id.rsplit('/').next().unwrap().to_owned();
            (row["lun"].as_i64().unwrap(), name)
        })
        .collect()
}

const ALIKE: &str = "Each data disk can be told apart by size and SKU";
const WHOLE: &str = "Each disk has the size and SKU that it has in production";

#[test]
fn disks_find_their_luns_by_size_and_sku_and_not_by_name() {
    let runbook = cross_region();
    let scope = restored(
        &[(-1, 32, "P"), (0, 128, "P"), (1, 128, "E"), (5, 64, "P")],
        &[
            ("a", 64, "P"),
            ("b", 128, "E"),
            ("c-osdisk", 32, "P"),
            ("d", 128, "P"),
        ],
    );
    let profile = captured(&runbook, "disks", "vm_profile", &scope);
    let mut found = luns(&profile);
    found.sort();
    let wanted = [
        (0, "d".to_owned()),
        (1, "b".to_owned()),
        (5, "a".to_owned()),
    ];
    assert_eq!(found, wanted);
    let system = profile["storageProfile"]["osDisk"]["managedDisk"]["id"].as_str();
    assert!(system.unwrap().ends_with("/c-osdisk"));
    assert!(profile.get("securityProfile").is_none());
    assert!(holds(&runbook, "disks", WHOLE, &scope) && holds(&runbook, "disks", ALIKE, &scope));
}

#[test]
fn disks_that_are_alike_keep_their_order_and_warn() {
    let runbook = cross_region();
    let scope = restored(
        &[(-1, 32, "P"), (3, 128, "P"), (1, 128, "P")],
        &[
            ("x-001", 128, "P"),
            ("x-000", 128, "P"),
            ("x-osdisk", 32, "P"),
        ],
    );
    let profile = captured(&runbook, "disks", "vm_profile", &scope);
    assert_eq!(
        luns(&profile),
        [(1, "x-000".to_owned()), (3, "x-001".to_owned())]
    );
    assert!(!holds(&runbook, "disks", ALIKE, &scope));
}

#[test]
fn a_disk_that_is_missing_or_of_another_sku_is_found() {
    let runbook = cross_region();
    let production = [(-1, 32, "P"), (0, 128, "P")];
    for (found, count, whole) in [
        (vec![("osdisk", 32, "P"), ("d", 128, "P")], true, true),
        (vec![("osdisk", 32, "P")], false, false),
        (vec![("osdisk", 32, "P"), ("d", 128, "E")], true, false),
        (
            vec![("osdisk", 32, "P"), ("d", 128, "P"), ("e", 4, "P")],
            false,
            false,
        ),
    ] {
        let scope = restored(&production, &found);
        let as_many = holds(
            &runbook,
            "disks",
            "As many disks as the point holds",
            &scope,
        );
        assert_eq!(as_many, count, "{found:?}");
        assert_eq!(holds(&runbook, "disks", WHOLE, &scope), whole, "{found:?}");
    }
}

#[test]
fn a_disk_without_the_key_that_was_asked_for_is_found() {
    let runbook = cross_region();
    let that = "Each disk is encrypted with the key that was asked for";
    let mut scope = restored(&[(-1, 32, "P")], &[("osdisk", 32, "P")]);
    assert!(holds(&runbook, "disks", that, &scope));
    scope["item"]["encryption_set"] = json!("/subscriptions/s/resourceGroups/g/providers/X/sets/A");
    assert!(!holds(&runbook, "disks", that, &scope));
    scope["responses"]["after"]["value"][0]["properties"]["encryption"]["diskEncryptionSetId"] =
        json!("/subscriptions/s/resourcegroups/G/providers/X/sets/a");
    assert!(holds(&runbook, "disks", that, &scope));
}

#[test]
fn a_lock_is_found_at_each_scope_and_nowhere_else() {
    let runbook = cross_region();
    let own = "No lock keeps the drill from making or deleting what is its own";
    let network = "The isolated subnet can take an interface: nothing there is read-only";
    let lock = |scope: &str, level: &str| {
        let id = format!("{scope}/providers/Microsoft.Authorization/locks/l");
        json!({"id": id, "properties": {"level": level}})
    };
    let scope = |group: Value, staging: Value, all: Value| {
        json!({
            "responses": {
                "locks_groups": [{"status": 404, "body": {"error": {}}}, {"status": 200, "body": {"value": group}}],
                "locks_staging": {"value": staging}, "locks_subnet": {"value": []}, "locks_subscription": {"value": all},
            },
            "names": {"subnet": {"id": "/subscriptions/S/resourceGroups/net/providers/N/v/x/subnets/y"}},
            "subscription": "S",
        })
    };
    let none = scope(
        json!([]),
        json!([]),
        json!([lock("/subscriptions/s/resourceGroups/ne", "ReadOnly")]),
    );
    assert!(holds(&runbook, "room", own, &none) && holds(&runbook, "room", network, &none));
    for (group, staging, all) in [
        (
            json!([lock("/subscriptions/s/resourceGroups/t", "CanNotDelete")]),
            json!([]),
            json!([]),
        ),
        (
            json!([]),
            json!([lock(
                "/subscriptions/s/resourceGroups/t/providers/a/b/c",
                "CanNotDelete"
            )]),
            json!([]),
        ),
        (
            json!([]),
            json!([]),
            json!([lock("/subscriptions/s", "CanNotDelete")]),
        ),
    ] {
        assert!(!holds(&runbook, "room", own, &scope(group, staging, all)));
    }
    let read_only = json!([lock("/subscriptions/s/resourceGroups/net", "ReadOnly")]);
    assert!(!holds(
        &runbook,
        "room",
        network,
        &scope(json!([]), json!([]), read_only)
    ));
}
