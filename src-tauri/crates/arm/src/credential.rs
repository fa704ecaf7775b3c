//! Tokens: fetched through azure_identity, kept in memory until five minutes before they expire.
//!
//! Deliberately absent: tokens on disk or on a command line, and validation of a token's content
//! (claims are shown, never trusted).

use crate::certificate::{Assertion, Certificate};
use crate::cloud::Cloud;
use crate::error::ArmError;
use crate::secret::Secret;
use crate::transport::{AuthorityTransport, SIMULATED_AUTHORITY};
use azure_core::cloud::{CloudConfiguration, CustomConfiguration};
use azure_core::credentials::TokenCredential;
use azure_core::error::ErrorKind;
use azure_core::http::{ClientOptions, RetryOptions, Transport};
use azure_core::time::{Duration, OffsetDateTime};
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, AzureDeveloperCliCredential,
    AzureDeveloperCliCredentialOptions, ClientAssertionCredential,
    ClientAssertionCredentialOptions, ClientSecretCredential, ClientSecretCredentialOptions,
    ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId,
    WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::sync::Arc;
use tokio::sync::Mutex;

/// How to sign in (contract h.2, h.4).
#[derive(Debug, Clone)]
pub enum SignIn {
    /// Through `az account get-access-token`: no secret in the program.
    AzureCli {
        /// Tenant to sign in to; the CLI's own default if none.
        tenant: Option<String>,
    },
    /// Through `azd auth token`.
    AzureDeveloperCli {
        /// Tenant to sign in to.
        tenant: String,
    },
    /// As a workload of Kubernetes, with the token that is projected into it.
    WorkloadIdentity {
        /// Tenant.
        tenant: String,
        /// Application id; that of the environment if none.
        client_id: Option<String>,
    },
    /// As a machine of Azure.
    ManagedIdentity {
        /// Client id of a user-assigned identity; the machine's own if none.
        client_id: Option<String>,
    },
    /// As an application with a certificate: it signs who it is, and its key stays here.
    ClientCertificate {
        /// Tenant.
        tenant: String,
        /// Application id.
        client_id: String,
        /// PEM text of the certificate and its private key.
        certificate: Secret,
    },
    /// As an application with a client secret.
    ClientSecret {
        /// Tenant.
        tenant: String,
        /// Application id.
        client_id: String,
        /// Its secret.
        secret: Secret,
    },
}

/// Who the token says we are; unverified, for display and for finding our own changes in logs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Claims {
    /// `tid`.
    pub tenant: Option<String>,
    /// `oid`.
    pub object_id: Option<String>,
    /// `appid`.
    pub application: Option<String>,
    /// `upn`, or `unique_name`.
    pub name: Option<String>,
}

/// A token and the generation of the credential that gave it.
#[derive(Debug)]
pub(crate) struct Token {
    pub(crate) secret: Secret,
    pub(crate) generation: u64,
}

/// The credential of one cloud.
#[derive(Debug)]
pub(crate) struct Credential {
    cloud: Cloud,
    transport: reqwest::Client,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    generation: u64,
    source: Option<Arc<dyn TokenCredential>>,
    held: Option<(Secret, OffsetDateTime)>,
}

impl Credential {
    /// Asks for tokens through the connections of the reads.
    pub(crate) fn new(cloud: &Cloud, transport: reqwest::Client) -> Self {
        Self {
            cloud: cloud.clone(),
            transport,
            state: Mutex::default(),
        }
    }

    /// Returns a token that lives for at least five more minutes of real time. Callers that ask at
    /// the same time share one request.
    pub(crate) async fn token(&self) -> Result<Token, ArmError> {
        let mut state = self.state.lock().await;
        let generation = state.generation;
        if let Some((secret, expires)) = &state.held
            && *expires > OffsetDateTime::now_utc() + Duration::seconds(300)
        {
            return Ok(Token {
                secret: secret.clone(),
                generation,
            });
        }
        let failed = |source: azure_core::Error| ArmError::SignIn {
            cloud: self.cloud.name(),
            source: source.into(),
        };
        if state.source.is_none() {
            state.source = Some(self.build().map_err(failed)?);
        }
        let source = state.source.clone().expect("the source was just built");
        let token = source
            .get_token(&[self.cloud.scope()], None)
            .await
            .map_err(failed)?;
        let secret = Secret::new(token.token.secret());
        if !self.cloud.live() && !fits(self.cloud.sign_in(), self.cloud.scope(), &secret) {
            return Err(ArmError::SimulatedSignIn);
        }
        state.held = Some((secret.clone(), token.expires_on));
        tracing::debug!(cloud = self.cloud.name(), generation, "token fetched");
        Ok(Token { secret, generation })
    }

    /// Builds the credential anew after a 401: azure_identity has no forced refresh. Does nothing
    /// when another request has done it already.
    pub(crate) async fn renew(&self, generation: u64) {
        let mut state = self.state.lock().await;
        if state.generation == generation {
            state.generation += 1;
            state.source = None;
            state.held = None;
            tracing::info!(cloud = self.cloud.name(), "credential built anew");
        }
    }

    fn build(&self) -> azure_core::Result<Arc<dyn TokenCredential>> {
        match self.cloud.sign_in() {
            SignIn::AzureCli { tenant } => {
                let options = AzureCliCredentialOptions {
                    tenant_id: tenant.clone(),
                    ..Default::default()
                };
                Ok(AzureCliCredential::new(Some(options))?)
            }
            SignIn::AzureDeveloperCli { tenant } => {
                let options = AzureDeveloperCliCredentialOptions {
                    tenant_id: Some(tenant.clone()),
                    ..Default::default()
                };
                Ok(AzureDeveloperCliCredential::new(Some(options))?)
            }
            SignIn::WorkloadIdentity { tenant, client_id } => {
                let mut options = WorkloadIdentityCredentialOptions {
                    tenant_id: Some(tenant.clone()),
                    client_id: client_id.clone(),
                    ..Default::default()
                };
                options.credential_options.client_options = self.client_options();
                Ok(WorkloadIdentityCredential::new(Some(options))?)
            }
            SignIn::ManagedIdentity { client_id } => {
                // Its tokens come from the machine itself, not from the authority.
                let options = ManagedIdentityCredentialOptions {
                    user_assigned_id: client_id.clone().map(UserAssignedId::ClientId),
                    ..Default::default()
                };
                Ok(ManagedIdentityCredential::new(Some(options))?)
            }
            SignIn::ClientCertificate {
                tenant,
                client_id,
                certificate,
            } => self.by_certificate(tenant, client_id, certificate),
            SignIn::ClientSecret {
                tenant,
                client_id,
                secret,
            } => {
                let client_options = self.client_options();
                Ok(ClientSecretCredential::new(
                    tenant,
                    client_id.clone(),
                    secret.reveal().to_owned().into(),
                    Some(ClientSecretCredentialOptions { client_options }),
                )?)
            }
        }
    }

    fn by_certificate(
        &self,
        tenant: &str,
        client_id: &str,
        certificate: &Secret,
    ) -> azure_core::Result<Arc<dyn TokenCredential>> {
        let certificate = Certificate::read(certificate)
            .map_err(|problem| azure_core::Error::new(ErrorKind::Credential, problem))?;
        let authority = self.cloud.authority().as_str().trim_end_matches('/');
        let assertion = Assertion {
            certificate,
            client_id: client_id.to_owned(),
            audience: format!("{authority}/{tenant}/oauth2/v2.0/token"),
        };
        let client_options = self.client_options();
        Ok(ClientAssertionCredential::new(
            tenant.to_owned(),
            client_id.to_owned(),
            assertion,
            Some(ClientAssertionCredentialOptions { client_options }),
        )?)
    }

    fn client_options(&self) -> ClientOptions {
        let transport = AuthorityTransport::new(&self.cloud, self.transport.clone());
        ClientOptions {
            transport: Some(Transport::new(Arc::new(transport))),
            // Retries here would wait in real time, behind the back of the given waiter.
            retry: RetryOptions::none(),
            cloud: Some(Arc::new(self.authority())),
            ..Default::default()
        }
    }

    fn authority(&self) -> CloudConfiguration {
        let mut custom = CustomConfiguration::default();
        custom.authority_host = if self.cloud.live() {
            self.cloud
                .authority()
                .as_str()
                .trim_end_matches('/')
                .to_owned()
        } else {
            format!("https://{SIMULATED_AUTHORITY}")
        };
        custom.into()
    }
}

/// Whether a simulator may see the token: its own always, one of `az` only when it was issued for this simulator.
/// `az` may be logged in to Azure, and a real token stays out of a simulator's reach.
fn fits(sign_in: &SignIn, scope: &str, token: &Secret) -> bool {
    let audience = || Some(payload(token)?.get("aud")?.as_str()?.to_owned());
    match sign_in {
        // Theirs come from the simulator's own authority.
        SignIn::ClientSecret { .. } | SignIn::ClientCertificate { .. } => true,
        _ => audience().is_some_and(|audience| scope.strip_suffix("/.default") == Some(&audience)),
    }
}

/// The middle part of a JSON web token.
fn payload(token: &Secret) -> Option<serde_json::Value> {
    let payload = token.reveal().split('.').nth(1)?;
    let bytes = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&bytes).ok()
}

impl Claims {
    /// Reads the middle part of a JSON web token; everything is absent when it is none.
    pub(crate) fn of(token: &Secret) -> Self {
        let Some(payload) = payload(token) else {
            return Self::default();
        };
        let text = |name: &str| payload.get(name)?.as_str().map(str::to_owned);
        Self {
            tenant: text("tid"),
            object_id: text("oid"),
            application: text("appid").or_else(|| text("azp")),
            name: text("upn")
                .or_else(|| text("unique_name"))
                .or_else(|| text("preferred_username")),
        }
    }
}

#[cfg(test)]
mod claims_tests {
    use super::{Claims, SignIn, fits};
    use crate::secret::Secret;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    #[test]
    fn reads_who_we_are_without_trusting_it() {
        let payload = URL_SAFE_NO_PAD.encode(r#"{"tid":"t","oid":"o","appid":"a"}"#);
        let claims = Claims::of(&Secret::new(format!("h.{payload}.s")));
        assert_eq!(claims.tenant.as_deref(), Some("t"));
        assert_eq!(claims.object_id.as_deref(), Some("o"));
        assert_eq!(claims.name, None);
        assert_eq!(Claims::of(&Secret::new("opaque")), Claims::default());
    }

    #[test]
    fn a_token_of_az_reaches_a_simulator_only_when_it_was_issued_for_it() {
        let of = |audience: &str| {
            let payload = URL_SAFE_NO_PAD.encode(format!(r#"{{"aud":"{audience}"}}"#));
            Secret::new(format!("h.{payload}.s"))
        };
        let az = SignIn::AzureCli { tenant: None };
        let scope = "https://127.0.0.1:7/.default";
        assert!(fits(&az, scope, &of("https://127.0.0.1:7")));
        for other in [
            "https://management.azure.com",
            "https://management.core.windows.net/",
            "https://127.0.0.1:70",
            "",
        ] {
            assert!(!fits(&az, scope, &of(other)), "{other}");
        }
        assert!(!fits(&az, scope, &Secret::new("opaque")));
    }
}

#[cfg(test)]
mod tests;
