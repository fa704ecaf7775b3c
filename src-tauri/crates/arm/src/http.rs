//! The pipeline under both clients: identity, request id, one exchange, and for reads the retries.
//!
//! Deliberately absent: a retry of anything that changes. [`Http::once`] is all that the changing
//! client is given.

use crate::ambient::Ambient;
use crate::azure_error::{AzureError, Shape};
use crate::cloud::{Cloud, host_and_port};
use crate::credential::{Credential, Token};
use crate::error::ArmError;
use crate::exchange::{Exchange, Retried};
use crate::limits::Limits;
use crate::link::may_carry_token;
use crate::pace::Pace;
use crate::request::Method;
use crate::retry::{pause, worth_asking_again};
use crate::transport::{Purpose, client};
use drillbook_trust::digest::Digest;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::Value;
use std::time::Duration;
use url::Url;
use zeroize::Zeroizing;

/// What is sent.
#[derive(Debug)]
pub(crate) struct Sending<'a> {
    pub(crate) method: Method,
    pub(crate) url: Url,
    /// What is recorded of the body, without secrets.
    pub(crate) shown: Option<&'a Value>,
    /// What goes over the wire, when it is not just `shown`.
    pub(crate) bytes: Option<Zeroizing<Vec<u8>>>,
    /// Whether the token goes along.
    pub(crate) signed_in: bool,
    /// Whether the body of a successful answer is kept out of the record.
    pub(crate) withhold: bool,
    /// Whether it is asked once, and soon given up: nobody may wait for an answer that need not come.
    pub(crate) hurried: bool,
}

/// A whole answer.
pub(crate) struct Received {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Zeroizing<Vec<u8>>,
    pub(crate) exchange: Exchange,
}

/// Why there is no whole answer.
pub(crate) enum Unanswered {
    /// Nothing was sent.
    NotSent(ArmError),
    /// It was sent, or may have been.
    Cut {
        exchange: Box<Exchange>,
        source: reqwest::Error,
    },
    /// The answer is too large to be read.
    TooLarge {
        exchange: Box<Exchange>,
        limit: usize,
    },
}

/// How long a hurried read may take in real time, connecting included.
const HURRIED: Duration = Duration::from_secs(10);

/// What the retries of one read have used up.
#[derive(Default)]
struct Spent {
    retried: Vec<Retried>,
    waited: Duration,
    renewed: bool,
}

fn no_answer(exchange: Box<Exchange>, source: reqwest::Error) -> ArmError {
    ArmError::NoAnswer {
        host: exchange.host.clone(),
        exchange,
        source,
    }
}

/// One cloud's connections, credential and clock.
pub(crate) struct Http {
    pub(crate) cloud: Cloud,
    pub(crate) ambient: Ambient,
    pub(crate) limits: Limits,
    pub(crate) credential: Credential,
    reads: reqwest::Client,
    changes: reqwest::Client,
    pace: Pace,
}

impl Http {
    pub(crate) fn new(cloud: Cloud, ambient: Ambient, limits: Limits) -> Result<Self, ArmError> {
        let reads = client(&cloud, &limits, Purpose::Reads)?;
        Ok(Self {
            credential: Credential::new(&cloud, reads.clone()),
            reads,
            changes: client(&cloud, &limits, Purpose::Changes)?,
            pace: Pace::new(limits.side_by_side),
            cloud,
            ambient,
            limits,
        })
    }

    /// Sends once and reads the whole answer. A 401 makes the next token a new one.
    pub(crate) async fn once(
        &self,
        sending: &Sending<'_>,
        purpose: Purpose,
        id: &str,
    ) -> Result<Received, Unanswered> {
        let token = if sending.signed_in {
            may_carry_token(&self.cloud, &sending.url)
                .map_err(|refused| Unanswered::NotSent(refused.into()))?;
            Some(self.credential.token().await.map_err(Unanswered::NotSent)?)
        } else {
            None
        };
        let mut exchange = Exchange::begun(
            sending.method,
            self.cloud.name(),
            &sending.url,
            sending.shown,
            id.to_owned(),
            self.ambient.now(),
        );
        exchange.attempts = 1;
        let request = self
            .build(sending, purpose, id, token.as_ref())
            .map_err(|source| Unanswered::NotSent(ArmError::Prepare(source.without_url())))?;
        let client = match purpose {
            Purpose::Reads => &self.reads,
            Purpose::Changes => &self.changes,
        };
        let sent = client.execute(request).await;
        let received = self.receive(sent, exchange, sending.withhold).await?;
        tracing::debug!(
            method = sending.method.as_str(),
            host = received.exchange.host,
            status = received.status,
            client_request_id = id,
            request_id = received.exchange.request_id(),
            "answer received"
        );
        if let (401, Some(token)) = (received.status, &token) {
            self.credential.renew(token.generation).await;
        }
        Ok(received)
    }

    /// Sends until there is an answer, or the budget is spent. For reads only.
    pub(crate) async fn persist(
        &self,
        sending: &Sending<'_>,
        accepts: &(dyn Fn(u16) -> bool + Sync),
    ) -> Result<Received, ArmError> {
        let id = self.ambient.request_id().to_string();
        let mut spent = Spent::default();
        loop {
            let turn = self.pace.turn().await;
            let result = self.once(sending, Purpose::Reads, &id).await;
            drop(turn);
            let attempt = spent.retried.len() as u32 + 1;
            let again = match result {
                Ok(mut received) => {
                    self.pace.note(&received.headers);
                    received.exchange.attempts = attempt;
                    received.exchange.retried.clone_from(&spent.retried);
                    if accepts(received.status) {
                        return Ok(received);
                    }
                    let may_renew = sending.signed_in && !spent.renewed;
                    let given_up = sending.hurried && received.status >= 500;
                    let attempt = if given_up { u32::MAX } else { attempt };
                    self.after_error(received, attempt, may_renew, spent.waited)?
                }
                Err(Unanswered::NotSent(error)) => return Err(error),
                Err(Unanswered::TooLarge { limit, .. }) => {
                    return Err(ArmError::TooLarge { limit });
                }
                Err(Unanswered::Cut {
                    mut exchange,
                    source,
                }) => {
                    exchange.attempts = attempt;
                    exchange.retried.clone_from(&spent.retried);
                    if sending.hurried {
                        return Err(no_answer(exchange, source));
                    }
                    self.after_cut(exchange, source, spent.waited)?
                }
            };
            spent.renewed |= again.status == Some(401);
            let pause = Duration::from_millis(again.waited_ms);
            spent.retried.push(again);
            if !pause.is_zero() {
                spent.waited += pause;
                self.ambient.wait(pause).await;
            }
        }
    }

    /// Says whether and when a read is sent again after Azure answered with an error.
    fn after_error(
        &self,
        received: Received,
        attempt: u32,
        may_renew: bool,
        waited: Duration,
    ) -> Result<Retried, ArmError> {
        let status = received.status;
        let error = Box::new(azure_error(&received));
        if status == 401 && may_renew {
            return Ok(Retried {
                status: Some(401),
                code: error.code,
                waited_ms: 0,
            });
        }
        let header = header(&received.headers, "retry-after");
        // A date is meant by Azure's clock, which its answer shows; ours may be off.
        let now = received.exchange.date().unwrap_or(self.ambient.now());
        let asked = pause(attempt, header, &error.message, now, self.ambient.jitter());
        let exchange = Box::new(received.exchange);
        if !worth_asking_again(status, &error) || attempt >= self.limits.attempts {
            Err(ArmError::Answered { error, exchange })
        } else if waited + asked > self.limits.waiting {
            Err(ArmError::Throttled {
                waited,
                asked,
                error,
                exchange,
            })
        } else {
            Ok(self.note(Some(status), error.code, asked))
        }
    }

    /// Says whether and when a read is sent again after no whole answer came.
    fn after_cut(
        &self,
        exchange: Box<Exchange>,
        source: reqwest::Error,
        waited: Duration,
    ) -> Result<Retried, ArmError> {
        let attempt = exchange.attempts;
        let asked = pause(attempt, None, "", self.ambient.now(), self.ambient.jitter());
        if attempt >= self.limits.attempts_unanswered || waited + asked > self.limits.waiting {
            return Err(no_answer(exchange, source));
        }
        Ok(self.note(None, why(&source).to_owned(), asked))
    }

    fn note(&self, status: Option<u16>, code: String, asked: Duration) -> Retried {
        let waited_ms = u64::try_from(asked.as_millis()).unwrap_or(u64::MAX);
        tracing::info!(
            cloud = self.cloud.name(),
            status,
            code,
            waited_ms,
            "read again later"
        );
        Retried {
            status,
            code,
            waited_ms,
        }
    }

    fn build(
        &self,
        sending: &Sending<'_>,
        purpose: Purpose,
        id: &str,
        token: Option<&Token>,
    ) -> Result<reqwest::Request, reqwest::Error> {
        let client = if purpose == Purpose::Changes {
            &self.changes
        } else {
            &self.reads
        };
        let mut request = client
            .request(sending.method.wire(), sending.url.clone())
            .header(ACCEPT, "application/json")
            .header("x-ms-client-request-id", id);
        if let Some(token) = token {
            let mut bearer = Zeroizing::new(String::from("Bearer "));
            bearer.push_str(token.secret.reveal());
            if let Ok(mut value) = HeaderValue::from_str(&bearer) {
                value.set_sensitive(true);
                request = request.header(AUTHORIZATION, value);
            }
        }
        let bytes = match (&sending.bytes, sending.shown) {
            (Some(bytes), _) => Some(bytes.to_vec()),
            (None, Some(shown)) => Some(shown.to_string().into_bytes()),
            (None, None) => None,
        };
        if let Some(bytes) = bytes {
            request = request.header(CONTENT_TYPE, "application/json").body(bytes);
        }
        if sending.hurried {
            request = request.timeout(HURRIED);
        }
        request.build()
    }

    async fn receive(
        &self,
        sent: Result<reqwest::Response, reqwest::Error>,
        mut exchange: Exchange,
        withhold: bool,
    ) -> Result<Received, Unanswered> {
        let cut = |mut exchange: Exchange, source: reqwest::Error| {
            exchange.finished_at = self.ambient.now();
            Unanswered::Cut {
                exchange: Box::new(exchange),
                source: source.without_url(),
            }
        };
        let mut answer = match sent {
            Ok(answer) => answer,
            Err(source) => return Err(cut(exchange, source)),
        };
        let status = answer.status().as_u16();
        let headers = answer.headers().clone();
        exchange.certificate = fingerprint(&answer);
        let limit = self.limits.answer_bytes;
        let mut body = Zeroizing::new(Vec::new());
        loop {
            match answer.chunk().await {
                Ok(None) => break,
                Ok(Some(chunk)) if body.len() + chunk.len() > limit => {
                    exchange.status = Some(status);
                    exchange.finished_at = self.ambient.now();
                    let exchange = Box::new(exchange);
                    return Err(Unanswered::TooLarge { exchange, limit });
                }
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Err(source) => {
                    // The status did arrive; whether the body says the same is not known.
                    exchange.answered(status, &headers, &[], false);
                    return Err(cut(exchange, source));
                }
            }
        }
        exchange.finished_at = self.ambient.now();
        exchange.answered(status, &headers, &body, withhold);
        Ok(Received {
            status,
            headers,
            body,
            exchange,
        })
    }
}

/// SHA-256 of the certificate of the host that answered.
fn fingerprint(answer: &reqwest::Response) -> Option<String> {
    let info = answer.extensions().get::<reqwest::tls::TlsInfo>()?;
    Some(Digest::of(info.peer_certificate()?).to_string())
}

/// Reads the error of an answer, with the ids of its headers.
pub(crate) fn azure_error(received: &Received) -> AzureError {
    let mut error = AzureError::read(received.status, &received.body);
    if error.shape == Shape::Foreign && received.body.is_empty() {
        error.shape = Shape::Empty;
    }
    let id = |name: &str| header(&received.headers, name).map(str::to_owned);
    error.request_id = id("x-ms-request-id");
    error.correlation_id = id("x-ms-correlation-request-id");
    error.tenant = header(&received.headers, "www-authenticate").and_then(tenant_of);
    let (message, _) = crate::redact::redact_text(&error.message);
    error.message = message;
    error
}

pub(crate) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Names the kind of a transport error, without its address.
pub(crate) fn why(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "timed out"
    } else if error.is_connect() {
        "not connected"
    } else {
        "connection cut"
    }
}

/// Finds the tenant in `Bearer authorization_uri="https://login…/{tenant}", …`.
fn tenant_of(challenge: &str) -> Option<String> {
    let start = challenge.find("authorization_uri=\"")? + "authorization_uri=\"".len();
    let uri = &challenge[start..start + challenge[start..].find('"')?];
    let tenant = Url::parse(uri).ok()?.path_segments()?.next()?.to_owned();
    let plain = tenant
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
    (plain && !tenant.is_empty()).then_some(tenant)
}

impl std::fmt::Debug for Http {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Http")
            .field("arm", &host_and_port(self.cloud.arm()))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::tenant_of;

    #[test]
    fn finds_the_right_tenant_in_the_challenge() {
        let challenge = r#"Bearer authorization_uri="https://login.microsoftonline.com/1b2c", error="invalid_token""#;
        assert_eq!(tenant_of(challenge).as_deref(), Some("1b2c"));
        assert_eq!(tenant_of("Bearer"), None);
    }
}
