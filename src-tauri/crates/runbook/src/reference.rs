//! ARM ids: what they say, and when two of them mean the same resource.
//!
//! Deliberately absent: asking Azure. An id alone never tells a location.

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// An Azure resource, as far as its id tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// The whole id, as the server spelled it.
    pub id: String,
    /// The last segment, decoded.
    pub name: String,
    /// The resource group, when the id lies in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The subscription, when the id lies in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription: Option<String>,
    /// The resource type, such as `Microsoft.Compute/disks`.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Inside a vault: the protection container.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    /// Inside a vault: the protected item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// The region; only a row tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
}

/// Reads an ARM id; `None` when `id` is none.
pub fn of_id(id: &str) -> Option<Reference> {
    let segments = segments(id)?;
    let name = segments.last()?.clone();
    Some(Reference {
        id: id.to_owned(),
        name,
        group: after(&segments, "resourceGroups"),
        subscription: after(&segments, "subscriptions"),
        kind: kind(&segments),
        container: after(&segments, "protectionContainers"),
        item: after(&segments, "protectedItems"),
        location: None,
    })
}

/// Adds to a row with an ARM `id` the members that its id tells and that it lacks; a list row by row.
pub fn enrich(row: &Value) -> Value {
    match row {
        Value::Array(rows) => Value::Array(rows.iter().map(enrich).collect()),
        Value::Object(members) => Value::Object(enrich_members(members)),
        other => other.clone(),
    }
}

/// Returns whether two ids mean the same resource: ASCII case folded, `%3B` = `;`.
pub fn same_id(a: &str, b: &str) -> bool {
    canonical_id(a) == canonical_id(b)
}

/// Returns the form in which ids are compared: decoded, lower case, without a slash at the end.
pub fn canonical_id(id: &str) -> String {
    let decoded = percent_decode_str(id.trim())
        .decode_utf8_lossy()
        .to_ascii_lowercase();
    decoded.trim_end_matches('/').to_owned()
}

/// Returns the value that follows the segment `name` in an id, decoded.
pub fn segment(id: &str, name: &str) -> Option<String> {
    after(&segments(id)?, name)
}

/// Returns the id of the resource, group or subscription that holds this one.
pub fn parent(id: &str) -> Option<String> {
    let trimmed = id.trim_end_matches('/');
    segments(trimmed)?;
    let raw: Vec<&str> = trimmed.split('/').skip(1).collect();
    let mut keep = raw.len().checked_sub(2)?;
    // `…/providers/Namespace` alone is no resource.
    if keep >= 2 && raw[keep - 2].eq_ignore_ascii_case("providers") {
        keep -= 2;
    }
    (keep >= 2).then(|| format!("/{}", raw[..keep].join("/")))
}

/// Returns whether `id` is `inner` or lies inside `outer`, segment by segment.
pub fn lies_within(inner: &str, outer: &str) -> bool {
    let (inner, outer) = (canonical_id(inner), canonical_id(outer));
    inner
        .strip_prefix(&outer)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        && !outer.is_empty()
}

fn segments(id: &str) -> Option<Vec<String>> {
    let rest = id.strip_prefix('/')?;
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let decoded: Option<Vec<String>> = rest
        .split('/')
        .map(|raw| {
            percent_decode_str(raw)
                .decode_utf8()
                .ok()
                .map(|text| text.into_owned())
        })
        .collect();
    let decoded = decoded?;
    let first = decoded.first()?;
    let rooted = ["subscriptions", "providers", "tenants"]
        .iter()
        .any(|root| first.eq_ignore_ascii_case(root));
    let whole = decoded
        .iter()
        .all(|s| !s.is_empty() && s != "." && s != "..");
    (rooted && whole && decoded.len() >= 2).then_some(decoded)
}

fn after(segments: &[String], name: &str) -> Option<String> {
    let at = segments
        .iter()
        .position(|segment| segment.eq_ignore_ascii_case(name))?;
    segments.get(at + 1).cloned()
}

fn kind(segments: &[String]) -> Option<String> {
    let Some(at) = segments
        .iter()
        .rposition(|s| s.eq_ignore_ascii_case("providers"))
    else {
        return match segments.len() {
            2 => Some("Microsoft.Resources/subscriptions".to_owned()),
            4 => Some("Microsoft.Resources/resourceGroups".to_owned()),
            _ => None,
        };
    };
    let inside = &segments[at + 1..];
    let mut kind = inside.first()?.clone();
    for name in inside[1..].iter().step_by(2) {
        kind.push('/');
        kind.push_str(name);
    }
    (inside.len() > 1).then_some(kind)
}

fn enrich_members(members: &Map<String, Value>) -> Map<String, Value> {
    let mut whole = members.clone();
    let Some(known) = members.get("id").and_then(Value::as_str).and_then(of_id) else {
        return whole;
    };
    let told = [
        ("name", Some(known.name)),
        ("group", known.group),
        ("subscription", known.subscription),
        ("type", known.kind),
        ("container", known.container),
        ("item", known.item),
    ];
    for (member, value) in told {
        let missing = whole.get(member).is_none_or(Value::is_null);
        if let (true, Some(value)) = (missing, value) {
            whole.insert(member.to_owned(), Value::String(value));
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const POINT: &str = "/subscriptions/S/resourceGroups/rg/providers/Microsoft.RecoveryServices/vaults/v/backupFabrics/Azure/protectionContainers/IaasVMContainer%3Bx/protectedItems/VM;x/recoveryPoints/7";

    #[test]
    fn reads_a_recovery_point() {
        let point = of_id(POINT).unwrap();
        assert_eq!(point.name, "7");
        assert_eq!(point.group.as_deref(), Some("rg"));
        assert_eq!(point.subscription.as_deref(), Some("S"));
        assert_eq!(point.container.as_deref(), Some("IaasVMContainer;x"));
        assert_eq!(point.item.as_deref(), Some("VM;x"));
        assert_eq!(
            point.kind.as_deref(),
            Some(
                "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints"
            )
        );
    }

    #[test]
    fn knows_groups_and_subscriptions() {
        let kind = |id: &str| of_id(id).and_then(|r| r.kind);
        assert_eq!(
            kind("/subscriptions/s").as_deref(),
            Some("Microsoft.Resources/subscriptions")
        );
        assert_eq!(
            kind("/Subscriptions/s/resourcegroups/g").as_deref(),
            Some("Microsoft.Resources/resourceGroups")
        );
    }

    #[test]
    fn refuses_what_is_no_id() {
        for text in [
            "",
            "/",
            "x",
            "//",
            "/subscriptions",
            "/subscriptions//x",
            "/foo/bar",
        ] {
            assert_eq!(of_id(text), None, "{text}");
        }
        assert_eq!(of_id("/subscriptions/s/resourceGroups/%2e%2e"), None);
    }

    #[test]
    fn same_id_ignores_case_and_the_spelling_of_semicolons() {
        assert!(same_id(POINT, &POINT.to_uppercase().replace(';', "%3b")));
        assert!(!same_id(POINT, "/subscriptions/s"));
    }

    #[test]
    fn a_parent_holds_its_child() {
        let vm = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/v";
        assert_eq!(
            parent(vm).as_deref(),
            Some("/subscriptions/s/resourceGroups/g")
        );
        assert_eq!(
            parent("/subscriptions/s/resourceGroups/g").as_deref(),
            Some("/subscriptions/s")
        );
        assert_eq!(parent("/subscriptions/s"), None);
        assert!(lies_within(vm, "/subscriptions/S/resourcegroups/G/"));
        assert!(!lies_within(
            "/subscriptions/s/resourceGroups/g2",
            "/subscriptions/s/resourceGroups/g"
        ));
    }

    #[test]
    fn enriches_without_overwriting() {
        let row = enrich(&json!({"id": POINT, "name": "kept", "group": null}));
        assert_eq!(row["name"], "kept");
        assert_eq!(row["group"], "rg");
        assert_eq!(row["item"], "VM;x");
        assert_eq!(enrich(&json!([{"id": "/subscriptions/s"}]))[0]["name"], "s");
    }
}
