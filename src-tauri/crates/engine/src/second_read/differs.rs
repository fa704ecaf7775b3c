//! What differs between a recorded answer and a new one, and what of it moves with time by itself.
//!
//! Deliberately absent: values in the document; a field is named by its path, in which nothing names a resource.

use super::Answered;
use chrono::DateTime;
use drillbook_core::Drill;
use drillbook_trust::document::Compared;
use serde_json::Value;

/// Members that differ whenever they are read.
const RESTLESS: [&str; 12] = [
    "etag",
    "nextlink",
    "$skiptoken",
    "percentcomplete",
    "progress",
    "progresspercentage",
    "duration",
    "currentvalue",
    "instanceview",
    "extendedinfo",
    "systemdata",
    "changedtime",
];

/// What is a list of moments, or about the caller: its rows come, go and move.
const PASSING: [&str; 12] = [
    "backupjobs",
    "backupcrrjobs",
    "backupcrrjob",
    "fetchcrossregionrestorejobs",
    "fetchcrossregionrestorejob",
    "recoverypoints",
    "fetchsecondaryrecoverypoints",
    "eventtypes",
    "alerts",
    "usages",
    "backupusagesummaries",
    "permissions",
];

/// The longest text of a value that a person is shown.
const SHOWN: usize = 60;

/// What the drill itself removed since.
#[derive(Debug)]
pub(super) struct Gone(Vec<String>);

impl Gone {
    /// Takes the ids of everything that the drill read back as gone.
    pub(super) fn of(drill: &Drill) -> Gone {
        let artefacts = drill.debts.iter().flat_map(|debt| &debt.artefacts);
        let cleared = artefacts.filter(|one| one.cleared.is_some());
        Gone(cleared.map(|one| one.id.to_ascii_lowercase()).collect())
    }

    /// Whether a resource is one of them, or within one.
    fn has(&self, id: &str) -> bool {
        let id = id.to_ascii_lowercase();
        let within = |gone: &String| {
            id.strip_prefix(gone.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.0.iter().any(within)
    }
}

/// The fields that differ.
#[derive(Debug, Default)]
pub(super) struct Differences {
    /// By themselves.
    pub(super) moved: Vec<String>,
    /// Otherwise, with both values, short.
    pub(super) changed: Vec<(String, String, String)>,
    passing: bool,
}

impl Differences {
    pub(super) fn verdict(&self) -> Compared {
        match (self.changed.is_empty(), self.moved.is_empty()) {
            (false, _) => Compared::Changed,
            (true, false) => Compared::Moved,
            (true, true) => Compared::Same,
        }
    }

    fn differ(&mut self, field: &str, was: &Value, is: &Value, moved: bool) {
        if moved || self.passing {
            self.moved.push(field.to_owned());
        } else {
            self.changed.push((field.to_owned(), short(was), short(is)));
        }
    }
}

/// Compares the answers to one request.
pub(super) fn compare(path: &str, was: &Answered, is: &Answered, gone: &Gone) -> Differences {
    let mut all = Differences {
        passing: is_passing(path),
        ..Differences::default()
    };
    let good = |status: Option<u16>| status.is_some_and(|status| (200..300).contains(&status));
    if was.status != is.status && !(good(was.status) && good(is.status)) {
        let missing = |status| matches!(status, Some(404 | 410));
        let cleaned = missing(is.status) && gone.has(path);
        let status = |answer: &Answered| Value::from(answer.status.unwrap_or_default());
        all.differ("status", &status(was), &status(is), cleaned);
        return all;
    }
    if good(is.status) {
        walk("", &was.body, &is.body, gone, &mut all);
    }
    all
}

fn is_passing(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let mut segments = lower.split('/');
    segments.any(|segment| PASSING.contains(&segment))
}

fn walk(at: &str, was: &Value, is: &Value, gone: &Gone, all: &mut Differences) {
    match (was, is) {
        _ if was == is => {}
        (Value::Object(old), Value::Object(new)) => {
            let mut names: Vec<&String> = old.keys().chain(new.keys()).collect();
            names.sort();
            names.dedup();
            for name in names {
                let field = within(at, name);
                let member = |of: &serde_json::Map<String, Value>| of.get(name).cloned();
                let (a, b) = (member(old), member(new));
                let (a, b) = (a.unwrap_or(Value::Null), b.unwrap_or(Value::Null));
                if RESTLESS.contains(&name.to_ascii_lowercase().as_str()) && a != b {
                    all.differ(&field, &a, &b, true);
                } else {
                    walk(&field, &a, &b, gone, all);
                }
            }
        }
        (Value::Array(old), Value::Array(new)) => rows(at, old, new, gone, all),
        _ => all.differ(at_or(at), was, is, is_time(was) && is_time(is)),
    }
}

/// Rows with an id are found again by it; others by their place.
fn rows(at: &str, old: &[Value], new: &[Value], gone: &Gone, all: &mut Differences) {
    let id = |row: &Value| -> Option<String> {
        let named = row["id"].as_str().or(row["name"].as_str())?;
        Some(named.to_ascii_lowercase())
    };
    if old.iter().chain(new).any(|row| id(row).is_none()) {
        for index in 0..old.len().max(new.len()) {
            let row = |of: &[Value]| of.get(index).cloned().unwrap_or(Value::Null);
            walk(&format!("{at}[{index}]"), &row(old), &row(new), gone, all);
        }
        return;
    }
    let again = |row: &Value, of: &[Value]| of.iter().find(|other| id(other) == id(row)).cloned();
    for (index, row) in old.iter().enumerate() {
        let field = format!("{at}[{index}]");
        match again(row, new) {
            Some(found) => walk(&field, row, &found, gone, all),
            None => {
                let cleaned = id(row).is_some_and(|id| gone.has(&id));
                all.differ(
                    &field,
                    &Value::from("a row"),
                    &Value::from("no such row"),
                    cleaned,
                );
            }
        }
    }
    if new.iter().any(|row| again(row, old).is_none()) {
        let field = format!("{at}[+]");
        all.differ(
            &field,
            &Value::from("no such row"),
            &Value::from("a row"),
            false,
        );
    }
}

/// The path of a member. A name that could be that of a resource is left out.
fn within(at: &str, name: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$' | b'.' | b'@');
    let own = at.ends_with("tags") || at.ends_with("userAssignedIdentities");
    let fits = !own && name.len() <= 64 && name.bytes().all(plain);
    let name = if fits { name } else { "*" };
    match at {
        "" => name.to_owned(),
        at => format!("{at}.{name}"),
    }
}

fn at_or(at: &str) -> &str {
    if at.is_empty() { "body" } else { at }
}

fn is_time(value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    DateTime::parse_from_rfc3339(text).is_ok()
}

fn short(value: &Value) -> String {
    let text = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    match text.chars().count() > SHOWN {
        true => text.chars().take(SHOWN).chain(['…']).collect(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::{Answered, Gone, compare};
    use drillbook_trust::document::Compared;
    use serde_json::{Value, json};

    const GROUP: &str = "/subscriptions/0/resourcegroups/rg-drill";
    const VAULT: &str =
        "/subscriptions/0/resourceGroups/rg/providers/Microsoft.RecoveryServices/vaults/v";

    fn found(path: &str, was: (u16, Value), is: (u16, Value)) -> (Compared, Vec<String>) {
        let answer = |(status, body): (u16, Value)| Answered {
            status: Some(status),
            body,
        };
        let gone = Gone(vec![GROUP.to_owned()]);
        let all = compare(path, &answer(was), &answer(is), &gone);
        let changed = all.changed.iter().map(|(field, ..)| field.clone());
        let fields = if all.changed.is_empty() {
            all.moved.clone()
        } else {
            changed.collect()
        };
        (all.verdict(), fields)
    }

    fn check(path: &str, was: Value, is: Value, verdict: Compared, fields: &[&str]) {
        let fields: Vec<String> = fields.iter().map(|one| (*one).to_owned()).collect();
        let found = found(path, (200, was), (200, is));
        assert_eq!(found, (verdict, fields));
    }

    #[test]
    fn a_protected_setting_that_changed_is_named_and_times_only_move() {
        let vault = |state: &str, at: &str| json!({"properties": {"softDelete": {"state": state}, "lastUpdated": at}, "etag": at});
        let (early, late) = ("2026-11-20T08:00:00Z", "2026-11-21T08:00:00Z");
        let same = vault("Enabled", early);
        check(VAULT, same.clone(), same.clone(), Compared::Same, &[]);
        let moved = ["etag", "properties.lastUpdated"];
        check(
            VAULT,
            same.clone(),
            vault("Enabled", late),
            Compared::Moved,
            &moved,
        );
        let changed = ["properties.softDelete.state"];
        check(
            VAULT,
            same,
            vault("Disabled", late),
            Compared::Changed,
            &changed,
        );
    }

    #[test]
    fn what_the_drill_cleaned_up_is_gone_and_anything_else_is_missing() {
        let rows = |ids: &[&str]| json!({"value": ids.iter().map(|id| json!({"id": id})).collect::<Vec<_>>()});
        let own = format!("{GROUP}/providers/x/y");
        let list = "/subscriptions/0/resources";
        check(
            list,
            rows(&["/a", &own]),
            rows(&["/a"]),
            Compared::Moved,
            &["value[1]"],
        );
        check(
            list,
            rows(&["/a", "/b"]),
            rows(&["/b"]),
            Compared::Changed,
            &["value[0]"],
        );
        check(
            list,
            rows(&["/a"]),
            rows(&["/b", "/a"]),
            Compared::Changed,
            &["value[+]"],
        );
        let points = format!("{VAULT}/backupFabrics/Azure/recoveryPoints");
        check(
            &points,
            rows(&["/a"]),
            rows(&["/b"]),
            Compared::Moved,
            &["value[0]", "value[+]"],
        );
        let missing = |path: &str| found(path, (200, json!({})), (404, json!({})));
        assert_eq!(missing(&own).0, Compared::Moved);
        assert_eq!(
            missing(VAULT),
            (Compared::Changed, vec!["status".to_owned()])
        );
        let still = found(&own, (404, json!({})), (404, json!({"error": 1})));
        assert_eq!(still.0, Compared::Same);
    }

    #[test]
    fn a_field_is_named_without_the_names_of_resources() {
        let tags = |value: &str| json!({"tags": {"cost-of-host-17": value}, "identity": {"/subscriptions/0": value}});
        let fields = ["identity.*", "tags.*"];
        check(VAULT, tags("a"), tags("b"), Compared::Changed, &fields);
    }
}
