//! Whether a permissions answer allows actions, and what it allows too much (contract a.6).
//!
//! An action is allowed when **some** element has an `actions` pattern that matches it and none of that
//! same element's `notActions` does. `*` matches any text, `/` included; case does not count.
//!
//! Deliberately absent: deny assignments, locks, policies, conditions and eligible roles. The answer does
//! not tell them; an element with a condition is named in the verdict's reasons.

use crate::query::QueryError;
use crate::test::Verdict;
use serde_json::Value;

/// Judges a permissions answer, or its `value` list.
///
/// # Errors
/// The value is no list of permissions.
pub fn judge(value: &Value, wanted: &[String]) -> Result<Verdict, QueryError> {
    let expected = match wanted.len() {
        1 => "the action allowed".to_owned(),
        count => format!("all {count} actions allowed"),
    };
    let elements = value.get("value").unwrap_or(value);
    if elements.is_null() {
        return Ok(Verdict {
            shown: "nothing".to_owned(),
            expected,
            ..Verdict::default()
        });
    }
    let Some(elements) = elements.as_array() else {
        let reason = "it takes a permissions answer".to_owned();
        return Err(QueryError::WrongType {
            test: "grants",
            reason,
        });
    };
    let missing: Vec<&String> = wanted
        .iter()
        .filter(|action| !elements.iter().any(|e| allows(e, action)))
        .collect();
    let shown = match missing.len() {
        0 if wanted.len() == 1 => "allowed".to_owned(),
        0 => format!("all {} allowed", wanted.len()),
        _ => format!(
            "{} of {} allowed",
            wanted.len() - missing.len(),
            wanted.len()
        ),
    };
    let mut reasons: Vec<String> = missing
        .iter()
        .map(|action| format!("{action} is not allowed"))
        .collect();
    if elements
        .iter()
        .any(|e| e.get("condition").is_some_and(|c| !c.is_null()))
    {
        reasons.push("a role assignment has a condition, which was not judged".to_owned());
    }
    Ok(Verdict {
        passed: missing.is_empty(),
        shown,
        expected,
        excess: excess(elements),
        reasons,
    })
}

/// Returns whether `pattern` matches `text`; `*` stands for any text, case does not count.
pub fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_ascii_lowercase(), text.to_ascii_lowercase());
    let parts: Vec<&str> = pattern.split('*').collect();
    let [first, middle @ .., last] = parts.as_slice() else {
        return pattern == text;
    };
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.len() >= last.len() && rest.ends_with(last)
}

fn allows(element: &Value, action: &str) -> bool {
    let any = |member: &str| patterns(element, member).any(|pattern| matches(pattern, action));
    any("actions") && !any("notActions")
}

/// Lists the patterns that let their holder do everything of a kind, or give rights to others.
fn excess(elements: &[Value]) -> Vec<String> {
    const GIVES_RIGHTS: &str = "Microsoft.Authorization/roleAssignments/write";
    let mut found: Vec<String> = Vec::new();
    for element in elements {
        for pattern in patterns(element, "actions") {
            let broad = [
                "*",
                "*/write",
                "*/delete",
                "*/action",
                "Microsoft.Authorization/*",
            ]
            .iter()
            .any(|whole| whole.eq_ignore_ascii_case(pattern));
            let gives = matches(pattern, GIVES_RIGHTS) && allows(element, GIVES_RIGHTS);
            if (broad || gives)
                && !found
                    .iter()
                    .any(|known| known.eq_ignore_ascii_case(pattern))
            {
                found.push(pattern.to_owned());
            }
        }
    }
    found
}

fn patterns<'a>(element: &'a Value, member: &str) -> impl Iterator<Item = &'a str> {
    element
        .get(member)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}
