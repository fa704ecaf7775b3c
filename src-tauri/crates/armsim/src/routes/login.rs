//! Sign-in with a client secret or a certificate, and the documents that clients read before they trust an authority.

mod assertion;

use chrono::Utc;
use http::Method;
use serde_json::{Value, json};

use crate::answer::{Answer, Reply};
use crate::call::Call;
use crate::desk::Desk;
use crate::fault::Fault;
use crate::token;

/// `GET /metadata/endpoints`: this cloud, as `az cloud register` reads it.
pub(crate) fn endpoints(desk: &Desk, call: &Call) -> Reply {
    let base = &call.base;
    let host = base
        .split_once("://")
        .map_or(base.as_str(), |(_, host)| host);
    Ok(Answer::ok(json!({
        "name": "DrillbookSimulator",
        "portal": base, "graph": base, "gallery": base, "batch": base, "media": base,
        "graphAudience": base, "sqlManagement": base,
        "authentication": {
            "loginEndpoint": base,
            "audiences": [base, "https://management.core.windows.net/", "https://management.azure.com/"],
            "tenant": desk.scenario.company.tenant,
            "identityProvider": "AAD",
        },
        "resourceManager": base,
        "microsoftGraphResourceId": base,
        "suffixes": {
            "storage": host, "keyVaultDns": "vault.azure.net", "sqlServerHostname": "database.windows.net",
        },
    })))
}

/// The OpenID configuration of the tenant.
pub(crate) fn configuration(desk: &Desk, call: &Call) -> Reply {
    let tenant = tenant(desk, call)?;
    let root = format!("{}/{tenant}", call.base);
    Ok(Answer::ok(json!({
        "token_endpoint": format!("{root}/oauth2/v2.0/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "jwks_uri": format!("{root}/discovery/v2.0/keys"),
        "response_types_supported": ["code", "id_token"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid"],
        "issuer": format!("{root}/v2.0"),
        "authorization_endpoint": format!("{root}/oauth2/v2.0/authorize"),
        "device_authorization_endpoint": format!("{root}/oauth2/v2.0/devicecode"),
        "tenant_region_scope": "NA",
        "cloud_instance_name": "drillbook-simulator",
    })))
}

/// Instance discovery: this authority knows itself.
pub(crate) fn discovery(call: &Call) -> Reply {
    let host = call.base.split_once("://").map_or("", |(_, host)| host);
    let asked = call
        .query
        .get("authorization_endpoint")
        .cloned()
        .unwrap_or_default();
    let tenant = asked
        .trim_start_matches(&call.base)
        .split('/')
        .nth(1)
        .unwrap_or("common")
        .to_owned();
    Ok(Answer::ok(json!({
        "tenant_discovery_endpoint":
            format!("{}/{tenant}/v2.0/.well-known/openid-configuration", call.base),
        "api-version": "1.1",
        "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
    })))
}

/// `POST /{tenant}/oauth2/v2.0/token` with client credentials.
pub(crate) fn token(desk: &mut Desk, call: &Call) -> Reply {
    if call.method != Method::POST {
        return Err(Answer::empty(405));
    }
    let mut tenant = tenant(desk, call)?;
    let field = |name: &str| call.form.get(name).map_or("", String::as_str);
    if field("grant_type") != "client_credentials" {
        return Err(refused(
            "unsupported_grant_type",
            70_003,
            "The grant type is not supported.",
        ));
    }
    let mut applications = desk.scenario.applications().into_iter();
    let Some(application) = applications.find(|application| {
        application.tenant == tenant && application.client_id == field("client_id")
    }) else {
        let message = format!(
            "Application with identifier '{}' was not found in the directory.",
            field("client_id")
        );
        return Err(refused("unauthorized_client", 700_016, &message));
    };
    if !field("client_assertion").is_empty() {
        let audience = format!("{}{}", call.base, call.path);
        assertion::check(field("client_assertion"), &application, &audience)
            .map_err(|said| refused("invalid_client", 700_027, said))?;
    } else if field("client_secret") != application.client_secret {
        return Err(refused(
            "invalid_client",
            7_000_215,
            "Invalid client secret provided.",
        ));
    }
    let Some(audience) = field("scope")
        .split(' ')
        .find_map(|scope| scope.strip_suffix("/.default"))
    else {
        return Err(refused(
            "invalid_scope",
            70_011,
            "The provided value for scope is not valid.",
        ));
    };
    if desk.fire(Fault::TokenOfOtherTenant, "sign-in")? {
        tenant = crate::names::guid(desk.world.seed, &["other-tenant"]);
    }
    let bearer = token::bearer(
        desk.world.seed,
        &tenant,
        &application.client_id,
        &application.object_id,
        audience,
    );
    Ok(Answer::ok(json!({
        "token_type": "Bearer",
        "expires_in": token::LIFETIME,
        "ext_expires_in": token::LIFETIME,
        "access_token": bearer,
    })))
}

fn tenant(desk: &Desk, call: &Call) -> Result<String, Answer> {
    let asked = call.folded.first().map_or("", String::as_str);
    let company = &desk.scenario.company;
    let known = [
        company.tenant.as_str(),
        company.domain.as_str(),
        "organizations",
        "common",
    ];
    if known.contains(&asked) {
        return Ok(company.tenant.clone());
    }
    if desk
        .scenario
        .guests
        .iter()
        .any(|guest| guest.tenant == asked)
    {
        return Ok(asked.to_owned());
    }
    Err(refused(
        "invalid_request",
        90_002,
        &format!("Tenant '{asked}' not found."),
    ))
}

fn refused(error: &str, code: u32, message: &str) -> Answer {
    let body: Value = json!({
        "error": error,
        "error_description": format!("AADSTS{code}: {message}"),
        "error_codes": [code],
        "timestamp": Utc::now().format("%Y-%m-%d %H:%M:%SZ").to_string(),
        "trace_id": uuid::Uuid::new_v4().to_string(),
        "correlation_id": uuid::Uuid::new_v4().to_string(),
    });
    let wrong = [7_000_215, 700_027].contains(&code);
    Answer::json(if wrong { 401 } else { 400 }, body)
}
