//! HTTP: one service for http and https that can also refuse to answer at all.

use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body as HttpBody, to_bytes};
use chrono::TimeDelta;
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use tower_service::Service;

use crate::answer::{Answer, Body};
use crate::call::Call;
use crate::clock::NowFn;
use crate::desk::Desk;
use crate::fault::Fault;
use crate::{quirks, routes};

const LARGEST: usize = 4 * 1024 * 1024;

/// The connection is to be closed without a response.
#[derive(Debug, thiserror::Error)]
#[error("the connection was cut on purpose")]
pub(crate) struct Cut;

/// What every connection shares.
pub(crate) struct Shared {
    pub(crate) desk: Mutex<Desk>,
    pub(crate) now: NowFn,
    /// How many times faster the clock runs than that of the clients.
    pub(crate) pace: u32,
    pub(crate) latency: Duration,
}

impl Shared {
    /// Takes the desk and begins at the present moment.
    pub(crate) fn begin(&self) -> MutexGuard<'_, Desk> {
        let mut desk = self.desk.lock().unwrap_or_else(PoisonError::into_inner);
        desk.begin((self.now)());
        desk
    }
}

/// The service behind one listener.
#[derive(Clone)]
pub(crate) struct Front {
    shared: Arc<Shared>,
    base: Arc<str>,
}

impl Front {
    /// Serves at `base`, such as `https://127.0.0.1:8443`.
    pub(crate) fn new(shared: Arc<Shared>, base: &str) -> Front {
        Front {
            shared,
            base: Arc::from(base),
        }
    }

    async fn respond(self, request: Request<HttpBody>) -> Result<Response<HttpBody>, Cut> {
        let (parts, body) = request.into_parts();
        let bytes = to_bytes(body, LARGEST).await.map_err(|_| Cut)?;
        if !self.shared.latency.is_zero() {
            tokio::time::sleep(self.shared.latency).await;
        }
        let uri = parts.uri.path_and_query().map_or("/", |uri| uri.as_str());
        let base = parts
            .headers
            .get("host")
            .and_then(|host| host.to_str().ok())
            .and_then(|host| {
                self.base
                    .split_once("://")
                    .map(|(scheme, _)| format!("{scheme}://{host}"))
            })
            .unwrap_or_else(|| self.base.to_string());
        let call = Call::new(parts.method, uri, &parts.headers, &bytes, base);
        let mut desk = self.shared.begin();
        desk.introduce(&call);
        let answer = routes::answer(&mut desk, &call);
        tracing::debug!(method = %call.method, path = %call.path, status = answer.status, "simulated request");
        if answer.cut {
            return Err(Cut);
        }
        Ok(render(&desk, &call, paced(answer, self.shared.pace)))
    }
}

/// Shortens the wait that is asked for: clients wait by their own clock.
fn paced(mut answer: Answer, pace: u32) -> Answer {
    for (name, value) in &mut answer.headers {
        let seconds = value.parse::<u32>();
        if let (true, Ok(seconds)) = (name.eq_ignore_ascii_case("retry-after"), seconds) {
            *value = seconds.div_ceil(pace).to_string();
        }
    }
    answer
}

fn render(desk: &Desk, call: &Call, answer: Answer) -> Response<HttpBody> {
    let mut response = Response::new(HttpBody::empty());
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let (kind, bytes) = match answer.body {
        Body::Empty => (None, Vec::new()),
        Body::Json(value) => (
            Some("application/json; charset=utf-8"),
            value.to_string().into_bytes(),
        ),
        Body::Bytes(kind, bytes) => (Some(kind), bytes),
    };
    let mut headers = common_headers(desk, call);
    headers.extend(answer.headers);
    headers.extend(kind.map(|kind| ("content-type", kind.to_owned())));
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.to_ascii_lowercase().as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(&value)) {
            response.headers_mut().insert(name, value);
        }
    }
    if call.method != Method::HEAD {
        *response.body_mut() = HttpBody::from(bytes);
    }
    response
}

/// The time that the answer says it is.
fn dated(desk: &Desk) -> String {
    let ahead = if desk.has(Fault::ClockSkew) {
        TimeDelta::minutes(quirks::SKEW)
    } else {
        TimeDelta::zero()
    };
    let at = desk.now + ahead;
    at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// What ARM's front door adds to every answer.
fn common_headers(desk: &Desk, call: &Call) -> Vec<(&'static str, String)> {
    let request_id = uuid::Uuid::new_v4().to_string();
    let correlation = desk
        .correlation
        .clone()
        .or_else(|| call.correlation.clone())
        .unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
    let stamp = desk.now.format("%Y%m%dT%H%M%SZ");
    let region = desk.scenario.company.secondary.to_ascii_uppercase();
    let left = 11_999_u64.saturating_sub(desk.ledger.requests.values().sum());
    let quota = match call.method {
        Method::GET | Method::HEAD => "x-ms-ratelimit-remaining-subscription-reads",
        Method::DELETE => "x-ms-ratelimit-remaining-subscription-deletes",
        _ => "x-ms-ratelimit-remaining-subscription-writes",
    };
    let mut headers = vec![
        ("date", dated(desk)),
        ("cache-control", "no-cache".to_owned()),
        (
            "x-ms-routing-request-id",
            format!("{region}:{stamp}:{request_id}"),
        ),
        (quota, left.to_string()),
        ("x-ms-request-id", request_id),
        ("x-ms-correlation-request-id", correlation),
    ];
    headers.extend(
        call.client_request_id
            .clone()
            .map(|id| ("x-ms-client-request-id", id)),
    );
    headers
}

impl<B> Service<Request<B>> for Front
where
    B: axum::body::HttpBody<Data = axum::body::Bytes> + Send + 'static,
    B::Error: Into<axum::BoxError>,
{
    type Response = Response<HttpBody>;
    type Error = Cut;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Cut>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Cut>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        Box::pin(self.clone().respond(request.map(HttpBody::new)))
    }
}

/// Gives every connection its service.
#[derive(Clone)]
pub(crate) struct Door(pub(crate) Front);

impl Service<SocketAddr> for Door {
    type Response = Front;
    type Error = Infallible;
    type Future = Ready<Result<Front, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: SocketAddr) -> Self::Future {
        ready(Ok(self.0.clone()))
    }
}
