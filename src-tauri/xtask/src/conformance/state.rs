//! What the Azure CLI leaves in the simulator beside what a rehearsal of Drillbook leaves by the same operations.
//!
//! The simulator's file holds each accepted change as it came: groups, accounts, restores with the disks they make.
//! Names, ids and times are each side's own; everything else must agree.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value as Json, json};

use super::claim::Row;

/// The changes that both sides make: what they are called, where their documents are, and why they may differ.
const PAIRS: [(&str, Kind, Option<Differs>); 4] = [
    (
        "a group",
        Kind::Wrote("microsoft.resources/resourcegroups", "rg-drill-"),
        None,
    ),
    (
        "a staging account",
        Kind::Wrote("microsoft.storage/storageaccounts", "st"),
        None,
    ),
    (
        "the restored disks of vm-policy-02",
        Kind::Restored("vm-policy-02"),
        Some(KEY),
    ),
    (
        "a sealed disk",
        Kind::Wrote("microsoft.compute/disks", "vm-policy-02-osdisk-"),
        Some(KEY),
    ),
];

/// Where the two may differ, and why: a fault of the CLI itself.
#[derive(Clone, Copy)]
struct Differs {
    members: &'static str,
    because: &'static str,
}

/// `disk_encryption_set_id can't be specified`, says az, unless the vault itself is under a customer's key.
const KEY: Differs = Differs {
    members: "/properties/encryption/",
    because: "takes no customer's key for the disks of a vault without one",
};

/// Members whose values are names, ids, times or tags of one side.
const OWN: [&str; 22] = [
    "id",
    "name",
    "operation",
    "job",
    "point",
    "point_time",
    "target_group",
    "staging",
    "started",
    "accepted_at",
    "container_at",
    "disks_at",
    "ends_at",
    "container",
    "blobs",
    "timeCreated",
    "uniqueId",
    "sourceUri",
    "creationTime",
    "keyCreationTime",
    "primaryEndpoints",
    "lastEnabledTime",
];

#[derive(Clone, Copy)]
enum Kind {
    /// A resource of this type whose name begins so.
    Wrote(&'static str, &'static str),
    /// A restore of this item.
    Restored(&'static str),
}

/// Plays one rehearsal of Drillbook and returns the lines of its simulator's file.
pub fn of_drillbook(drillbook: &Path, folder: &Path) -> Result<Vec<Json>> {
    if folder.exists() {
        fs::remove_dir_all(folder).context("cannot empty the folder of the rehearsal")?;
    }
    fs::create_dir_all(folder).context("cannot make the folder of the rehearsal")?;
    let output = Command::new(drillbook)
        .args([
            "rehearse",
            "vm-disks-cross-region",
            "--auto",
            "--speed",
            "1000000",
            "--json",
            "--bundle",
        ])
        .arg(folder.join("bundle.zip"))
        .arg("--data")
        .arg(folder.join("data"))
        .stdin(Stdio::null())
        .output()
        .context("cannot start a rehearsal")?;
    if !output.status.success() {
        bail!(
            "the rehearsal did not close\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let text = fs::read_to_string(folder.join("data/rehearsal/simulator.jsonl"))
        .context("cannot read what the rehearsal left")?;
    let lines = text.lines().map(serde_json::from_str);
    lines
        .collect::<Result<_, _>>()
        .context("a line of the simulator's file is not JSON")
}

/// One row for each operation that both sides made.
pub fn compare(az: &[Json], ours: &[Json]) -> Vec<Row> {
    let rows = PAIRS.iter().map(|(what, kind, differs)| {
        let mut fault = None;
        let wrong = match (find(az, *kind), find(ours, *kind)) {
            (Some(theirs), Some(own)) => {
                let mut found = differences(&bare(&theirs), &bare(&own));
                if let Some(known) = differs {
                    let all = found.len();
                    found.retain(|text| !text.contains(known.members));
                    fault = (found.len() < all).then(|| known.because.to_owned());
                }
                (!found.is_empty()).then(|| found.join(", "))
            }
            (theirs, own) => {
                let (theirs, own) = (theirs.is_some(), own.is_some());
                Some(format!("az left it: {theirs}, drillbook left it: {own}"))
            }
        };
        Row {
            does: format!("state left behind: {what}, as Drillbook leaves it"),
            line: String::new(),
            exit: 0,
            took: Duration::ZERO,
            fault,
            wrong,
        }
    });
    rows.collect()
}

/// The last document of a kind that was accepted.
fn find(lines: &[Json], kind: Kind) -> Option<Json> {
    let mut changes = lines.iter().rev().map(|line| &line["change"]);
    let folded = |value: &Json| value.as_str().unwrap_or_default().to_ascii_lowercase();
    match kind {
        Kind::Wrote(of, begins) => {
            let wanted = |change: &&Json| {
                let doc = &change["doc"];
                change["kind"] == "wrote"
                    && folded(&doc["type"]) == of
                    && folded(&doc["name"]).starts_with(begins)
            };
            changes.find(wanted).map(|change| change["doc"].clone())
        }
        Kind::Restored(item) => {
            let wanted =
                |change: &&Json| change["kind"] == "restored" && change["restore"]["item"] == item;
            changes.find(wanted).map(|change| change["restore"].clone())
        }
    }
}

/// Leaves out what is one side's own; of tags the names stay.
fn bare(value: &Json) -> Json {
    match value {
        Json::Object(members) => {
            let kept = members.iter().map(|(name, member)| match name.as_str() {
                "tags" => (name.clone(), json!(member.get("drillbook-drill").is_some())),
                own if OWN.contains(&own) => (name.clone(), Json::Null),
                _ => (name.clone(), bare(member)),
            });
            Json::Object(kept.collect::<Map<_, _>>())
        }
        Json::Array(rows) => rows.iter().map(bare).collect(),
        other => other.clone(),
    }
}

/// Says where two documents differ.
fn differences(theirs: &Json, ours: &Json) -> Vec<String> {
    let mut found = Vec::new();
    walk(theirs, ours, "", &mut found);
    found
}

fn walk(theirs: &Json, ours: &Json, path: &str, found: &mut Vec<String>) {
    match (theirs, ours) {
        (Json::Object(a), Json::Object(b)) => {
            let mut names: Vec<&String> = a.keys().chain(b.keys()).collect();
            names.sort();
            names.dedup();
            for name in names {
                walk(&theirs[name], &ours[name], &format!("{path}/{name}"), found);
            }
        }
        (Json::Array(a), Json::Array(b)) if a.len() == b.len() => {
            for (n, (a, b)) in a.iter().zip(b).enumerate() {
                walk(a, b, &format!("{path}/{n}"), found);
            }
        }
        _ if theirs == ours => {}
        _ => found.push(format!("{path} is {theirs} by az and {ours} by drillbook")),
    }
}

#[cfg(test)]
mod tests {
    use super::compare;
    use serde_json::{Value, json};

    fn lines(size: u64, day: &str) -> Vec<Value> {
        let group = json!({"type": "Microsoft.Resources/resourceGroups", "name": format!("rg-drill-{day}"), "location": "westus"});
        let account = json!({"type": "Microsoft.Storage/storageAccounts", "name": format!("st{day}"), "sku": {"name": "Standard_LRS"}});
        let disk = json!({"type": "Microsoft.Compute/disks", "name": format!("vm-policy-02-osdisk-{day}"), "tags": {"drillbook-drill": day}});
        let restore = json!({"item": "vm-policy-02", "started": day, "gigabytes": size});
        let wrote =
            [group, account, disk].map(|doc| json!({"change": {"kind": "wrote", "doc": doc}}));
        let restored = json!({"change": {"kind": "restored", "restore": restore}});
        wrote.into_iter().chain([restored]).collect()
    }

    #[test]
    fn names_and_times_are_each_sides_own_and_nothing_else_is() {
        let wrong = |rows: Vec<super::Row>| {
            rows.into_iter()
                .filter_map(|row| row.wrong)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            wrong(compare(&lines(64, "1"), &lines(64, "2"))),
            Vec::<String>::new()
        );
        let differs = wrong(compare(&lines(64, "1"), &lines(32, "2")));
        assert_eq!(differs, ["/gigabytes is 64 by az and 32 by drillbook"]);
        assert_eq!(wrong(compare(&[], &lines(64, "2"))).len(), 4);
    }
}
