//! Takes out of a recording what evidence must not carry (contract 0.7), and says what was taken.
//!
//! Deliberately absent: undoing it. What is removed is not kept anywhere, not even as a digest.

use serde_json::Value;

/// What stands where something was removed.
pub const REMOVED: &str = "(removed)";

/// Members whose whole value is removed, lower case.
const MEMBERS: [&str; 34] = [
    "accesstokenstring",
    "tokenextendedinformation",
    "authorization",
    "access_token",
    "accesstoken",
    "refresh_token",
    "refreshtoken",
    "id_token",
    "client_secret",
    "clientsecret",
    "client_assertion",
    "device_code",
    "devicecode",
    "storageaccounturl",
    "connectionstring",
    "primaryconnectionstring",
    "secondaryconnectionstring",
    "keybackupdata",
    "secretdata",
    "secret",
    "password",
    "adminpassword",
    "administratorloginpassword",
    "primarykey",
    "secondarykey",
    "primaryaccesskey",
    "secondaryaccesskey",
    "storageaccountkey",
    "accountkey",
    "sharedaccesskey",
    "accesssas",
    "sastoken",
    "customdata",
    "protectedsettings",
];

/// Parameters that are secret wherever they stand, lower case.
const SIGNING: [&str; 4] = [
    "sig",
    "accountkey",
    "sharedaccesskey",
    "sharedaccesssignature",
];
/// Parameters of a signed storage address, lower case; removed where a signature is near, so that
/// what is left cannot be completed.
const COMPANIONS: [&str; 19] = [
    "se", "sp", "sv", "st", "sr", "spr", "sip", "srt", "ss", "skoid", "sktid", "skt", "ske", "sks",
    "skv", "ses", "saoid", "suoid", "scid",
];
/// Parameters that sign an address of Azure Resource Manager; too short to be looked for elsewhere.
const ARM_SIGNING: [&str; 4] = ["t", "c", "s", "h"];

/// A value without its secrets, and the paths of what was removed (`value[0].properties.x`, with
/// `?sig` behind it for a parameter inside a text).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Redacted {
    /// The value that may be recorded.
    pub value: Value,
    /// What was removed from it.
    pub removed: Vec<String>,
}

/// Removes secrets from a JSON value. `path` is the request's path: answers of `listKeys` and its
/// kin lose everything.
pub fn redact_value(mut value: Value, path: &str) -> Redacted {
    let mut removed = Vec::new();
    let last = path
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or_default();
    let last = last.to_ascii_lowercase();
    let lists_keys = last.starts_with("listkeys")
        || last.starts_with("list") && (last.ends_with("sas") || last.ends_with("secrets"))
        || last == "regeneratekey"
        || last == "begingetaccess";
    if lists_keys {
        removed.push("$".to_owned());
        return Redacted {
            value: Value::from(REMOVED),
            removed,
        };
    }
    walk(&mut value, &mut String::new(), &mut removed);
    Redacted { value, removed }
}

/// Removes secrets from a text: signing parameters of every address in it, and tokens.
pub fn redact_text(text: &str) -> (String, Vec<String>) {
    let mut names = Vec::new();
    let text = remove_parameters(text, &mut names);
    let text = remove_tokens(&text, &mut names);
    (text, names)
}

fn walk(value: &mut Value, at: &mut String, removed: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                let length = at.len();
                if !at.is_empty() {
                    at.push('.');
                }
                at.push_str(name);
                if MEMBERS.contains(&name.to_ascii_lowercase().as_str()) && carries(member) {
                    *member = Value::from(REMOVED);
                    removed.push(at.clone());
                } else {
                    walk(member, at, removed);
                }
                at.truncate(length);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                let length = at.len();
                at.push_str(&format!("[{index}]"));
                walk(item, at, removed);
                at.truncate(length);
            }
        }
        Value::String(text) => {
            let (clean, names) = redact_text(text);
            if !names.is_empty() {
                *text = clean;
                removed.extend(names.iter().map(|name| format!("{at}?{name}")));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Absent and empty values say nothing, and a reader should see that they were absent. A reference
/// into an action (`{"$from"…}`, `{"$secret"…}`) holds no value either.
fn carries(member: &Value) -> bool {
    match member {
        Value::Null | Value::Bool(_) => false,
        Value::String(text) => !text.is_empty() && text != REMOVED,
        Value::Object(members) => {
            !members.is_empty()
                && !members.contains_key("$from")
                && !members.contains_key("$secret")
        }
        Value::Array(items) => !items.is_empty(),
        Value::Number(_) => true,
    }
}

/// Replaces `name=value` behind `?`, `&`, `;`, a space, a quote or at the start.
fn remove_parameters(text: &str, names: &mut Vec<String>) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    let mut in_address = false;
    let is_signed = text.to_ascii_lowercase().contains("sig=");
    while let Some(at) = rest.find('=') {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        let start = before.rfind(is_separator).map_or(0, |i| i + 1);
        if before.contains("://") {
            in_address = true;
        } else if before.contains(char::is_whitespace) {
            in_address = false;
        }
        let name = plain_name(&before[start..]);
        clean.push_str(before);
        clean.push('=');
        let signs = SIGNING.contains(&name.as_str())
            || (is_signed || in_address) && COMPANIONS.contains(&name.as_str())
            || in_address && ARM_SIGNING.contains(&name.as_str());
        let end = after.find(is_end).unwrap_or(after.len());
        if signs && end > 0 && &after[..end] != REMOVED {
            clean.push_str(REMOVED);
            names.push(name);
            rest = &after[end..];
        } else {
            rest = after;
        }
    }
    clean.push_str(rest);
    clean
}

fn is_separator(c: char) -> bool {
    matches!(c, '?' | '&' | ';' | '"' | '\'' | '<' | '>' | ',' | '(') || c.is_whitespace()
}

fn is_end(c: char) -> bool {
    matches!(c, '&' | ';' | '"' | '\'' | '<' | '>' | ',') || c.is_whitespace()
}

/// The name of a parameter, decoded and in lower case.
fn plain_name(name: &str) -> String {
    percent_encoding::percent_decode_str(name)
        .decode_utf8_lossy()
        .to_ascii_lowercase()
}

/// Replaces what looks like a JSON web token, and whatever follows `Bearer`.
fn remove_tokens(text: &str, names: &mut Vec<String>) -> String {
    if !text.contains("eyJ") && !text.to_ascii_lowercase().contains("bearer ") {
        return text.to_owned();
    }
    let is_token = |c: char| c.is_ascii_alphanumeric() || "-_.=~+/".contains(c);
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    let mut after_bearer = false;
    while !rest.is_empty() {
        let end = rest.find(|c| !is_token(c)).unwrap_or(rest.len());
        let (word, tail) = rest.split_at(end);
        let is_jwt = word.starts_with("eyJ") && word.matches('.').count() >= 2 && word.len() > 40;
        if is_jwt || after_bearer && word.len() >= 16 {
            clean.push_str(REMOVED);
            names.push("token".to_owned());
        } else {
            clean.push_str(word);
        }
        after_bearer = word.eq_ignore_ascii_case("bearer") || after_bearer && word.is_empty();
        let skip = tail.find(is_token).unwrap_or(tail.len());
        clean.push_str(&tail[..skip]);
        rest = &tail[skip..];
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::{REMOVED, redact_text, redact_value};
    use serde_json::json;

    #[test]
    fn removes_the_members_of_the_contract_in_any_case() {
        let before = json!({
            "id": "/subscriptions/0",
            "properties": {
                "accessTokenString": "x", "TokenExtendedInformation": "<xml/>", "tenantId": "t",
                "databases": [{"connectionString": "Server=…"}, {"connectionString": null}],
                "storageAccountUrl": "https://a/b?sv=1", "keyBackupData": "k", "secretData": {"a": 1},
                "repoConfiguration": {"clientSecret": {"x": 1}}
            }
        });
        let after = redact_value(before, "/subscriptions/0/x");
        assert_eq!(
            after.value,
            json!({
                "id": "/subscriptions/0",
                "properties": {
                    "accessTokenString": REMOVED, "TokenExtendedInformation": REMOVED, "tenantId": "t",
                    "databases": [{"connectionString": REMOVED}, {"connectionString": null}],
                    "storageAccountUrl": REMOVED, "keyBackupData": REMOVED, "secretData": REMOVED,
                    "repoConfiguration": {"clientSecret": REMOVED}
                }
            })
        );
        let mut removed = after.removed;
        removed.sort();
        assert_eq!(
            removed,
            [
                "properties.TokenExtendedInformation",
                "properties.accessTokenString",
                "properties.databases[0].connectionString",
                "properties.keyBackupData",
                "properties.repoConfiguration.clientSecret",
                "properties.secretData",
                "properties.storageAccountUrl",
            ]
        );
    }

    #[test]
    fn removes_signing_parameters_of_addresses_inside_texts() {
        let check = |before: &str, after: &str, names: &[&str]| {
            let (text, removed) = redact_text(before);
            assert_eq!(text, after);
            assert_eq!(removed, names, "{before}");
        };
        check(
            "see https://a.blob.core.windows.net/c/b?sv=2020&sr=b&sig=AbC%3D&se=2030-01-01T00:00:00Z&sp=r now",
            "see https://a.blob.core.windows.net/c/b?sv=(removed)&sr=(removed)&sig=(removed)&se=(removed)&sp=(removed) now",
            &["sv", "sr", "sig", "se", "sp"],
        );
        check(
            "https://management.azure.com/x?api-version=1&t=638&c=MII&s=abc&h=xyz",
            "https://management.azure.com/x?api-version=1&t=(removed)&c=(removed)&s=(removed)&h=(removed)",
            &["t", "c", "s", "h"],
        );
        check("?SIG=abc&x=1", "?SIG=(removed)&x=1", &["sig"]);
        check(
            "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=abc==;EndpointSuffix=x",
            "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=(removed);EndpointSuffix=x",
            &["accountkey"],
        );
        check("c=1 and t=2 are plain", "c=1 and t=2 are plain", &[]);
        check("https://a/b?x=1 then t=2", "https://a/b?x=1 then t=2", &[]);
    }

    #[test]
    fn removes_tokens_wherever_they_stand() {
        let token = format!("eyJ{}.{}.sig", "a".repeat(30), "b".repeat(30));
        let (text, _) = redact_text(&format!("token '{token}' is bad"));
        assert_eq!(text, "token '(removed)' is bad");
        let (text, _) = redact_text("Authorization: Bearer abcdefghijklmnopqrstuvwxyz");
        assert_eq!(text, "Authorization: Bearer (removed)");
        let (text, names) = redact_text("a bearer of news");
        assert_eq!((text.as_str(), names.len()), ("a bearer of news", 0));
    }

    #[test]
    fn withholds_lists_of_keys_whole() {
        let after = redact_value(
            json!({"keys": [{"value": "k"}]}),
            "/subscriptions/0/listKeys",
        );
        assert_eq!(after.value, json!(REMOVED));
        assert_eq!(after.removed, ["$"]);
    }

    #[test]
    fn leaves_declared_values_and_references_alone() {
        let body = json!({"crossRegionRestoreAccessDetails": {"$secret": "token"}, "secret": {"$from": "x"}});
        let after = redact_value(body.clone(), "/subscriptions/0/x");
        assert_eq!((after.value, after.removed.len()), (body, 0));
    }

    proptest::proptest! {
        #[test]
        fn no_signature_survives(
            before in "[ -~]{0,30}",
            separator in "[?&; ]",
            signature in "[A-Z0-9%/+]{12,40}",
            after in "(&[a-z]{2}=[a-z0-9]{1,9}){0,3}[ -~]{0,20}",
        ) {
            let text = format!("{before}{separator}sig={signature}{after}");
            let (clean, names) = redact_text(&text);
            proptest::prop_assert!(!clean.contains(&signature), "{} became {}", text, clean);
            proptest::prop_assert!(names.iter().any(|name| name == "sig"));
        }
    }
}
