//! The client that reads.
//!
//! Deliberately absent: any method that takes a `Permit`, and any request off the closed list.

use crate::ambient::Ambient;
use crate::cloud::Cloud;
use crate::credential::Claims;
use crate::error::ArmError;
use crate::exchange::Exchange;
use crate::http::{Http, Received, Sending};
use crate::limits::Limits;
use crate::operation::Operation;
use crate::request::{Method, ReadRequest, address};
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use serde_json::Value;
use std::fmt;
use std::sync::Arc;

/// Reads Azure; cheap to clone, and safe to drop at any await: a read that is dropped is just not
/// read.
#[derive(Debug, Clone)]
pub struct ReadClient {
    pub(crate) http: Arc<Http>,
}

/// The whole answer of a read, pages joined. It may hold secrets; only its exchanges are recorded.
#[derive(Clone)]
pub struct Answer {
    status: u16,
    body: Value,
    exchanges: Vec<Exchange>,
    operation: Option<Operation>,
}

impl ReadClient {
    /// Prepares a client for one cloud.
    ///
    /// # Errors
    /// [`ArmError::Prepare`] when the cloud's certificate authority cannot be read.
    pub fn new(cloud: Cloud, ambient: Ambient, limits: Limits) -> Result<Self, ArmError> {
        Ok(Self {
            http: Arc::new(Http::new(cloud, ambient, limits)?),
        })
    }

    /// The cloud it reads.
    pub fn cloud(&self) -> &Cloud {
        &self.http.cloud
    }

    /// Signs in and returns who the token says we are; unverified, for display.
    ///
    /// # Errors
    /// [`ArmError::SignIn`].
    pub async fn who(&self) -> Result<Claims, ArmError> {
        Ok(Claims::of(&self.http.credential.token().await?.secret))
    }

    /// Reads once, with retries as contract 0.3 asks, following `nextLink` (contract 0.4).
    ///
    /// # Errors
    /// [`ArmError::Path`] and [`ArmError::NotReading`] before anything is sent;
    /// [`ArmError::Link`] for a page outside the cloud; [`ArmError::Answered`],
    /// [`ArmError::Throttled`], [`ArmError::NoAnswer`] as Azure has it.
    pub async fn read(&self, request: &ReadRequest) -> Result<Answer, ArmError> {
        request.check()?;
        let received = self.send(request).await?;
        let operation = operation_of(&self.http, request.method, &received)?;
        let (status, body, exchange) = json(received)?;
        let first = Answer {
            status,
            body,
            exchanges: vec![exchange],
            operation,
        };
        if request.paged {
            crate::paging::rest(&self.http, request, first).await
        } else {
            Ok(first)
        }
    }

    /// Reads all requests side by side, at most [`Limits::side_by_side`] at once, and hands over
    /// each result, with its index, as it arrives.
    pub async fn read_all(
        &self,
        requests: &[ReadRequest],
        mut each: impl FnMut(usize, Result<Answer, ArmError>),
    ) {
        let mut pending: FuturesUnordered<_> = requests
            .iter()
            .enumerate()
            .map(|(index, request)| async move { (index, self.read(request).await) })
            .collect();
        while let Some((index, result)) = pending.next().await {
            each(index, result);
        }
    }

    async fn send(&self, request: &ReadRequest) -> Result<Received, ArmError> {
        let url = address(
            self.http.cloud.arm(),
            &request.path,
            &request.api_version,
            &request.query,
        )?;
        let sending = Sending {
            method: request.method,
            url,
            shown: request.body.as_ref(),
            bytes: None,
            signed_in: true,
            withhold: false,
            hurried: request.hurried,
        };
        self.http
            .persist(&sending, &|status| request.accepts(status))
            .await
    }
}

impl Answer {
    pub(crate) fn new(status: u16, body: Value, exchanges: Vec<Exchange>) -> Self {
        Self {
            status,
            body,
            exchanges,
            operation: None,
        }
    }

    /// HTTP status of the first page.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The body, all pages joined; null when empty. It may hold secrets: record the exchanges.
    pub fn body(&self) -> &Value {
        &self.body
    }

    /// Takes the body out.
    pub fn into_body(self) -> Value {
        self.body
    }

    /// The records, one for each page.
    pub fn exchanges(&self) -> &[Exchange] {
        &self.exchanges
    }

    /// The operation to follow when a reading POST was answered 202.
    pub fn operation(&self) -> Option<&Operation> {
        self.operation.as_ref()
    }

    pub(crate) fn parts(self) -> (u16, Value, Vec<Exchange>) {
        (self.status, self.body, self.exchanges)
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("exchanges", &self.exchanges.len())
            .finish_non_exhaustive()
    }
}

fn operation_of(
    http: &Http,
    method: Method,
    received: &Received,
) -> Result<Option<Operation>, ArmError> {
    if received.status != 202 {
        return Ok(None);
    }
    let path = &received.exchange.path;
    Ok(Operation::of_headers(
        &http.cloud,
        method,
        path,
        &received.headers,
        http.ambient.now(),
    )?)
}

/// Splits an answer into status, parsed body and record.
pub(crate) fn json(received: Received) -> Result<(u16, Value, Exchange), ArmError> {
    let Received {
        status,
        body,
        exchange,
        ..
    } = received;
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok((status, Value::Null, exchange));
    }
    match serde_json::from_slice(&body) {
        Ok(value) => Ok((status, value, exchange)),
        Err(source) => Err(ArmError::NotJson {
            exchange: Box::new(exchange),
            source,
        }),
    }
}

#[cfg(test)]
pub(crate) mod tests;
