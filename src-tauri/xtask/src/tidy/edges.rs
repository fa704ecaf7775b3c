//! Who may depend on whom: architecture as data, compared with what cargo sees.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Finding;

/// The direct edges of the picture in ARCHITECTURE.md. What an arrow reaches further down may be named as well:
/// dependencies point down, siblings never meet.
const MAY_USE: &[(&str, &[&str])] = &[
    (
        "drillbook-desktop",
        &["drillbook-rehearsal", "drillbook-capture"],
    ),
    ("drillbook-cli", &["drillbook-rehearsal"]),
    (
        "drillbook-rehearsal",
        &["drillbook-engine", "drillbook-armsim"],
    ),
    (
        "drillbook-engine",
        &[
            "drillbook-journal",
            "drillbook-keys",
            "drillbook-audit",
            "drillbook-arm",
        ],
    ),
    ("drillbook-journal", &["drillbook-core"]),
    ("drillbook-keys", &["drillbook-diagnostic"]),
    ("drillbook-audit", &["drillbook-core"]),
    ("drillbook-core", &["drillbook-runbook", "drillbook-trust"]),
    ("drillbook-arm", &["drillbook-trust"]),
    ("drillbook-runbook", &["drillbook-diagnostic"]),
    ("drillbook-trust", &["drillbook-diagnostic"]),
    ("drillbook-diagnostic", &[]),
    ("drillbook-armsim", &[]),
    ("drillbook-capture", &[]),
    // Behind the feature `codegen`, for the generated pages.
    ("xtask", &["drillbook-core"]),
];

/// What tests may use beyond that.
const TESTS_MAY_USE: &[(&str, &[&str])] = &[
    ("drillbook-arm", &["drillbook-armsim"]),
    ("drillbook-engine", &["drillbook-armsim"]),
];

/// The crates without IO, async, clock or randomness.
const PURE: &[&str] = &[
    "drillbook-diagnostic",
    "drillbook-runbook",
    "drillbook-trust",
    "drillbook-core",
];

/// Outside crates, by the first words of their names, and the only ones of ours that may know them.
const RESERVED: &[(&str, &[&str])] = &[
    ("tauri", &["drillbook-desktop"]),
    ("specta", &["drillbook-desktop"]),
    ("xcap", &["drillbook-capture"]),
    ("rusqlite", &["drillbook-journal"]),
    ("azure_", &["drillbook-arm"]),
    ("reqwest", &["drillbook-arm"]),
    ("axum", &["drillbook-armsim"]),
    ("anyhow", &["xtask"]),
    ("miette", &["drillbook-cli"]),
    ("keyring", &["drillbook-keys"]),
    ("age", &["drillbook-keys"]),
    ("openssl", &["drillbook-keys"]),
    (
        "tracing-subscriber",
        &["drillbook-desktop", "drillbook-cli"],
    ),
];

/// Outside crates that no pure crate names.
const IMPURE: &[&str] = &[
    "tokio",
    "futures",
    "async-trait",
    "reqwest",
    "axum",
    "rusqlite",
    "rand",
    "rand_chacha",
    "tempfile",
    "fs4",
    "directories",
    "tracing",
    "getrandom",
];

/// One line of a manifest: who names whom, for its tests only or not.
#[derive(Debug, PartialEq)]
struct Edge<'a> {
    from: &'a str,
    to: &'a str,
    test: bool,
    manifest: &'a str,
}

/// Compares `cargo metadata --no-deps` with the lists above.
pub fn check(metadata: &Value) -> Vec<Finding> {
    let ours: BTreeSet<&str> = packages(metadata)
        .filter_map(|package| package["name"].as_str())
        .collect();
    let reach = reach();
    let mut findings = Vec::new();
    for edge in edges(metadata) {
        if let Some(sentence) = objection(&edge, &ours, &reach) {
            findings.push(Finding::new(edge.manifest, 0, "edges", sentence));
        }
    }
    for name in ours {
        if !reach.contains_key(name) {
            findings.push(Finding::new(
                "Cargo.toml",
                0,
                "edges",
                format!("{name} has no place in the picture"),
            ));
        }
    }
    findings
}

fn objection(
    edge: &Edge<'_>,
    ours: &BTreeSet<&str>,
    reach: &BTreeMap<&str, BTreeSet<&str>>,
) -> Option<String> {
    let Edge { from, to, test, .. } = *edge;
    if ours.contains(to) {
        let down = reach.get(from).is_some_and(|below| below.contains(to));
        let for_tests = test && listed(TESTS_MAY_USE, from).contains(&to);
        return (!down && !for_tests && from != to)
            .then(|| format!("{from} may not depend on {to}"));
    }
    if test {
        return None;
    }
    if PURE.contains(&from) && IMPURE.contains(&to) {
        return Some(format!("{from} is pure and may not depend on {to}"));
    }
    let (_, owners) = RESERVED.iter().find(|(prefix, _)| to.starts_with(prefix))?;
    (!owners.contains(&from)).then(|| {
        format!(
            "only {} may depend on {to}, not {from}",
            owners.join(" and ")
        )
    })
}

/// Everything each crate may name: its arrows, followed to the end.
fn reach() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    fn follow(name: &str, into: &mut BTreeSet<&'static str>) {
        for below in listed(MAY_USE, name) {
            if into.insert(below) {
                follow(below, into);
            }
        }
    }
    let mut reach = BTreeMap::new();
    for (name, _) in MAY_USE {
        let mut below = BTreeSet::new();
        follow(name, &mut below);
        reach.insert(*name, below);
    }
    reach
}

fn listed(list: &[(&str, &'static [&'static str])], name: &str) -> &'static [&'static str] {
    list.iter()
        .find(|(from, _)| *from == name)
        .map_or(&[], |(_, to)| to)
}

fn packages(metadata: &Value) -> impl Iterator<Item = &Value> {
    metadata["packages"].as_array().into_iter().flatten()
}

fn edges(metadata: &Value) -> Vec<Edge<'_>> {
    let root = metadata["workspace_root"].as_str().unwrap_or_default();
    let mut edges = Vec::new();
    for package in packages(metadata) {
        let manifest = package["manifest_path"].as_str().unwrap_or_default();
        let manifest = manifest
            .strip_prefix(root)
            .unwrap_or(manifest)
            .trim_start_matches('/');
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            edges.push(Edge {
                from: package["name"].as_str().unwrap_or_default(),
                to: dependency["name"].as_str().unwrap_or_default(),
                test: dependency["kind"].as_str() == Some("dev"),
                manifest,
            });
        }
    }
    edges
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The sentences about a workspace where `from` depends on `to`; both are members unless `to` is outside.
    fn sentences(from: &str, to: &str, kind: Option<&str>) -> Vec<String> {
        let mut packages = vec![json!({
            "name": from, "manifest_path": "/w/a/Cargo.toml", "dependencies": [{"name": to, "kind": kind}]
        })];
        if to.starts_with("drillbook-") {
            packages
                .push(json!({"name": to, "manifest_path": "/w/b/Cargo.toml", "dependencies": []}));
        }
        let metadata = json!({"workspace_root": "/w", "packages": packages});
        check(&metadata)
            .into_iter()
            .map(|finding| finding.sentence)
            .collect()
    }

    #[test]
    fn an_arrow_may_be_followed_further_down() {
        assert!(sentences("drillbook-journal", "drillbook-core", None).is_empty());
        assert!(sentences("drillbook-journal", "drillbook-trust", None).is_empty());
        assert!(sentences("drillbook-engine", "drillbook-diagnostic", None).is_empty());
    }

    #[test]
    fn siblings_never_meet_and_nothing_points_up() {
        for (from, to) in [
            ("drillbook-runbook", "drillbook-trust"),
            ("drillbook-arm", "drillbook-core"),
            ("drillbook-journal", "drillbook-audit"),
            ("drillbook-core", "drillbook-engine"),
            ("drillbook-armsim", "drillbook-diagnostic"),
            ("drillbook-cli", "drillbook-capture"),
            ("drillbook-arm", "drillbook-armsim"),
        ] {
            assert_eq!(
                sentences(from, to, None),
                [format!("{from} may not depend on {to}")]
            );
        }
    }

    #[test]
    fn tests_of_the_client_may_talk_to_the_simulator() {
        assert!(sentences("drillbook-arm", "drillbook-armsim", Some("dev")).is_empty());
        assert_eq!(
            sentences("drillbook-trust", "drillbook-armsim", Some("dev")).len(),
            1
        );
    }

    #[test]
    fn only_the_shell_knows_tauri() {
        assert!(sentences("drillbook-desktop", "tauri", None).is_empty());
        assert_eq!(
            sentences("drillbook-engine", "tauri-plugin-dialog", None).len(),
            1
        );
    }

    #[test]
    fn a_pure_crate_has_no_runtime_and_no_dice() {
        assert_eq!(sentences("drillbook-core", "tokio", None).len(), 1);
        assert_eq!(sentences("drillbook-trust", "rand", None).len(), 1);
        assert!(sentences("drillbook-trust", "rand", Some("dev")).is_empty());
    }

    #[test]
    fn a_crate_that_the_picture_does_not_show_is_found() {
        let metadata = json!({"workspace_root": "/w", "packages": [
            {"name": "drillbook-extra", "manifest_path": "/w/x/Cargo.toml", "dependencies": []}
        ]});
        assert_eq!(
            check(&metadata)[0].sentence,
            "drillbook-extra has no place in the picture"
        );
    }
}
