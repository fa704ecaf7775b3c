//! Bearer tokens of the simulator, and the opaque access token of a recovery point.
//!
//! Bearer tokens live in real time, because credential libraries cache them by the real clock.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::names;

/// How long a bearer token lives, in seconds.
pub(crate) const LIFETIME: i64 = 3_599;

fn sign(seed: u64, head: &Value, claims: &Value) -> String {
    let text = format!("{}.{}", encode(head), encode(claims));
    let mac = names::bytes(seed, &["token", &text]);
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(mac))
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// Returns the claims, if this simulator signed the token.
fn claims(seed: u64, token: &str) -> Option<Value> {
    let (text, mac) = token.rsplit_once('.')?;
    let wanted = URL_SAFE_NO_PAD.encode(names::bytes(seed, &["token", text]));
    if wanted != mac {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(text.split_once('.')?.1).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Makes a bearer token for the client of a tenant.
pub(crate) fn bearer(
    seed: u64,
    tenant: &str,
    client: &str,
    object: &str,
    audience: &str,
) -> String {
    let now = Utc::now().timestamp();
    let head = json!({"typ": "JWT", "alg": "RS256", "kid": "simulated"});
    let claims = json!({
        "aud": audience, "iss": format!("https://sts.windows.net/{tenant}/"),
        "iat": now, "nbf": now, "exp": now + LIFETIME,
        "appid": client, "oid": object, "sub": object, "tid": tenant, "idtyp": "app",
        "uti": uuid::Uuid::new_v4().to_string(), "ver": "1.0",
    });
    sign(seed, &head, &claims)
}

/// Why a bearer token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    Invalid,
    Expired,
    Audience,
    Tenant,
}

/// Checks a bearer token against the tenants that are let in; returns the object id of who carries it.
pub(crate) fn check(seed: u64, token: &str, tenants: &[String]) -> Result<String, Refused> {
    let claims = claims(seed, token).ok_or(Refused::Invalid)?;
    let now = Utc::now().timestamp();
    if claims["exp"].as_i64().is_none_or(|exp| exp <= now) {
        return Err(Refused::Expired);
    }
    if claims["aud"]
        .as_str()
        .is_none_or(|aud| aud.contains("storage") || aud.contains("vault"))
    {
        return Err(Refused::Audience);
    }
    let tenant = claims["tid"].as_str().unwrap_or_default();
    if !tenants.iter().any(|known| known == tenant) {
        return Err(Refused::Tenant);
    }
    Ok(claims["oid"].as_str().unwrap_or_default().to_owned())
}

/// Returns the digest by which a token is remembered without keeping it.
pub(crate) fn digest(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

/// Adds `accessTokenString` to the properties of a recovery point's access token: it binds every other member.
pub(crate) fn seal(
    seed: u64,
    mut properties: Map<String, Value>,
    now: DateTime<Utc>,
) -> Map<String, Value> {
    // The service dates its tokens five minutes ahead and tolerates their use before that.
    let (from, until) = (now + TimeDelta::minutes(5), now + TimeDelta::hours(24));
    let claims = json!({
        "iat": now.timestamp(), "nbf": from.timestamp(), "exp": until.timestamp(),
        "members": fingerprint(&properties), "described": fingerprint(&described(&properties)),
    });
    let head = json!({"typ": "JWT", "alg": "RS256"});
    properties.insert(
        "accessTokenString".to_owned(),
        json!(sign(seed, &head, &claims)),
    );
    properties
}

/// Members of an access token that the service's description does not have.
pub(crate) const BEYOND: [&str; 2] = ["recoveryPointName", "podAffinity"];

/// Tells why the properties are not those that were issued, whole and unexpired.
///
/// A client that is `typed` has no room for members beyond the description: the service takes its requests without
/// them, or the Azure CLI could not restore.
pub(crate) fn unseal(
    seed: u64,
    properties: &Map<String, Value>,
    now: DateTime<Utc>,
    typed: bool,
) -> Result<(), &'static str> {
    let text = properties
        .get("accessTokenString")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let claims = claims(seed, text).ok_or("The access token was not issued by this service.")?;
    if claims["exp"]
        .as_i64()
        .is_none_or(|exp| exp <= now.timestamp())
    {
        return Err("The access token is expired.");
    }
    let bare = BEYOND.iter().all(|name| !properties.contains_key(*name));
    let sealed = if typed && bare {
        "described"
    } else {
        "members"
    };
    if claims[sealed].as_str() != Some(fingerprint(properties).as_str()) {
        return Err(
            "The access details differ from those that were issued: every member must be sent back.",
        );
    }
    Ok(())
}

fn described(properties: &Map<String, Value>) -> Map<String, Value> {
    let mut known = properties.clone();
    known.retain(|name, _| !BEYOND.contains(&name.as_str()));
    known
}

fn fingerprint(properties: &Map<String, Value>) -> String {
    let mut rest = properties.clone();
    rest.remove("accessTokenString");
    rest.remove("objectType");
    let mut text = String::new();
    canonical(&Value::Object(rest), &mut text);
    digest(&text)
}

/// Writes a value with its members in the order of their names.
fn canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut names: Vec<&String> = map.keys().collect();
            names.sort();
            out.push('{');
            for name in names {
                out.push_str(&json!(name).to_string());
                canonical(&map[name], out);
            }
            out.push('}');
        }
        Value::Array(rows) => {
            out.push('[');
            for row in rows {
                canonical(row, out);
                out.push(',');
            }
            out.push(']');
        }
        other => out.push_str(&other.to_string()),
    }
}
