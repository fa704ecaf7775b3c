//! HTTP clients, and the transport under azure_identity.
//!
//! Deliberately absent: redirects (a token must not follow one), proxies for a simulator, and a
//! resolver that could lead a simulated request off this computer.

use crate::cloud::Cloud;
use crate::error::ArmError;
use crate::limits::Limits;
use async_trait::async_trait;
use azure_core::error::{Error, ErrorKind};
use azure_core::http::headers::Headers;
use azure_core::http::{AsyncRawResponse, Body, HttpClient, Request};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{Ipv4Addr, SocketAddr};
use url::Url;

/// Host that azure_identity is told to use for a simulator. `.invalid` never resolves (RFC 6761), so
/// a token request that slipped past the transport would reach nobody.
pub(crate) const SIMULATED_AUTHORITY: &str = "login.drillbook.invalid";

/// Largest token answer that is read, in bytes.
const LARGEST_TOKEN: usize = 256 * 1024;

/// What a client is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// May reuse connections and repeat what a server refused unprocessed.
    Reads,
    /// One connection, one request: nothing below this crate may send twice.
    Changes,
}

pub(crate) fn client(
    cloud: &Cloud,
    limits: &Limits,
    purpose: Purpose,
) -> Result<reqwest::Client, ArmError> {
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("drillbook/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(limits.connecting)
        .timeout(limits.answering)
        .referer(false)
        .tls_info(true);
    if purpose == Purpose::Changes {
        builder = builder
            .retry(reqwest::retry::never())
            .http1_only()
            .pool_max_idle_per_host(0);
    }
    if cloud.live() {
        builder = builder.https_only(true);
    } else {
        builder = builder.no_proxy().dns_resolver(LoopbackOnly);
        let bundle = cloud.ca_pem().map_or(Ok(Vec::new()), |pem| {
            reqwest::Certificate::from_pem_bundle(pem.as_bytes()).map_err(ArmError::Prepare)
        })?;
        builder = builder.tls_certs_only(bundle);
    }
    builder.build().map_err(ArmError::Prepare)
}

/// Resolves every name to this computer.
struct LoopbackOnly;

impl Resolve for LoopbackOnly {
    fn resolve(&self, _: Name) -> Resolving {
        let here: Addrs = Box::new(std::iter::once(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))));
        Box::pin(async move { Ok(here) })
    }
}

/// Sends token requests to one authority and to nobody else.
///
/// azure_identity insists on https and a plain host; for a simulator the request is addressed to
/// [`SIMULATED_AUTHORITY`] and rewritten here.
#[derive(Debug)]
pub(crate) struct AuthorityTransport {
    client: reqwest::Client,
    expected: String,
    rewrite_to: Option<Url>,
}

impl AuthorityTransport {
    pub(crate) fn new(cloud: &Cloud, client: reqwest::Client) -> Self {
        if cloud.live() {
            let expected = cloud.authority().host_str().unwrap_or_default().to_owned();
            Self {
                client,
                expected,
                rewrite_to: None,
            }
        } else {
            let expected = SIMULATED_AUTHORITY.to_owned();
            Self {
                client,
                expected,
                rewrite_to: Some(cloud.authority().clone()),
            }
        }
    }

    /// Returns where a token request goes, or refuses it.
    fn destination(&self, asked: &Url) -> Result<Url, Error> {
        let ours = asked.scheme() == "https"
            && asked.host_str() == Some(self.expected.as_str())
            && asked.port().is_none();
        if !ours {
            let host = asked.host_str().unwrap_or_default();
            return Err(Error::with_message(
                ErrorKind::Credential,
                format!(
                    "a token request was addressed to {host}, not to {}",
                    self.expected
                ),
            ));
        }
        let Some(authority) = &self.rewrite_to else {
            return Ok(asked.clone());
        };
        let mut url = authority.clone();
        url.set_path(asked.path());
        url.set_query(asked.query());
        Ok(url)
    }
}

#[async_trait]
impl HttpClient for AuthorityTransport {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let url = self.destination(request.url())?;
        let method = reqwest::Method::from_bytes(request.method().as_str().as_bytes())
            .map_err(|error| Error::new(ErrorKind::Other, error))?;
        let mut out = self.client.request(method, url);
        for (name, value) in request.headers().iter() {
            out = out.header(name.as_str(), value.as_str());
        }
        if let Body::Bytes(bytes) = request.body() {
            out = out.body(bytes.clone());
        }
        let io = |error: reqwest::Error| Error::new(ErrorKind::Io, error.without_url());
        let mut answer = out.send().await.map_err(io)?;
        let status = answer.status().as_u16();
        let mut headers = Headers::new();
        for (name, value) in answer.headers() {
            if let Ok(value) = value.to_str() {
                headers.insert(name.as_str().to_owned(), value.to_owned());
            }
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(io)? {
            if body.len() + chunk.len() > LARGEST_TOKEN {
                return Err(Error::with_message(
                    ErrorKind::Io,
                    "the token answer is too large",
                ));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(AsyncRawResponse::from_bytes(status.into(), headers, body))
    }
}

#[cfg(test)]
mod negotiation;

#[cfg(test)]
mod tests {
    use super::AuthorityTransport;
    use crate::cloud::Cloud;
    use crate::limits::Limits;
    use crate::transport::{Purpose, client};
    use url::Url;

    #[test]
    fn token_requests_go_to_the_authority_and_nowhere_else() {
        let cloud = Cloud::public();
        let http = client(&cloud, &Limits::default(), Purpose::Reads).unwrap();
        let live = AuthorityTransport::new(&cloud, http.clone());
        let own = Url::parse("https://login.microsoftonline.com/t/oauth2/v2.0/token").unwrap();
        assert_eq!(live.destination(&own).unwrap(), own);
        for foreign in [
            "https://evil.example/t/oauth2/v2.0/token",
            "http://login.microsoftonline.com/t",
            "https://login.microsoftonline.com:8443/t",
            "https://login.drillbook.invalid/t",
        ] {
            assert!(
                live.destination(&Url::parse(foreign).unwrap()).is_err(),
                "{foreign}"
            );
        }
        let simulated = AuthorityTransport {
            client: http,
            expected: super::SIMULATED_AUTHORITY.into(),
            rewrite_to: Some(Url::parse("https://127.0.0.1:7/").unwrap()),
        };
        assert!(simulated.destination(&own).is_err());
        let asked = Url::parse("https://login.drillbook.invalid/t/oauth2/v2.0/token").unwrap();
        assert_eq!(
            simulated.destination(&asked).unwrap().as_str(),
            "https://127.0.0.1:7/t/oauth2/v2.0/token"
        );
    }
}
