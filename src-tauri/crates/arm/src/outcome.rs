//! What became of a changing request, as far as the answer proves it (trust.md §4).
//!
//! Deliberately absent: optimism. Whatever does not prove acceptance or rejection is unknown.

use crate::azure_error::AzureError;
use crate::exchange::Exchange;
use crate::http::{Http, Received, azure_error};
use crate::operation::Operation;
use crate::request::Method;
use serde_json::Value;
use std::fmt;

/// Answers of these statuses, in ARM's own error shape, prove that a request was not accepted
/// (trust.md §4).
const REJECTING: [u16; 7] = [400, 401, 403, 404, 409, 412, 429];

/// What became of a changing request.
pub enum Outcome {
    /// Azure took it.
    Accepted {
        /// The record.
        exchange: Box<Exchange>,
        /// The operation to follow, if there is one.
        operation: Option<Operation>,
        /// Why the operation's address was refused, if it was; the job is then found by listing.
        refused_link: Option<crate::LinkRefused>,
        /// The body; it may hold secrets, record the exchange.
        body: Value,
    },
    /// Azure proved that it did not take it.
    Rejected {
        /// The record.
        exchange: Box<Exchange>,
        /// Azure's own words and ids.
        error: Box<AzureError>,
        /// Whether it may be sent again under the same intent while the approval lives (401, 429).
        retry_ok: bool,
    },
    /// Nobody can say; it must be reconciled and is never sent again by itself.
    Unknown {
        /// Why.
        reason: UnknownReason,
        /// The record, as far as it goes.
        exchange: Option<Box<Exchange>>,
    },
}

/// Why the outcome of a changing request is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnknownReason {
    /// A 5xx, or another status that proves nothing.
    Status,
    /// A 4xx that Azure Resource Manager did not write.
    ForeignError,
    /// No answer within the time allowed.
    TimedOut,
    /// The connection could not be made, or was cut before the answer was whole.
    ConnectionCut,
}

impl Outcome {
    /// Judges a whole answer to a changing request.
    pub(crate) fn of(http: &Http, method: Method, received: Received) -> Self {
        let status = received.status;
        if (200..300).contains(&status) {
            let path = &received.exchange.path;
            let now = http.ambient.now();
            let link = Operation::of_headers(&http.cloud, method, path, &received.headers, now);
            let (operation, refused_link) = match link {
                Ok(operation) => (operation, None),
                Err(refused) => (None, Some(refused)),
            };
            let body = serde_json::from_slice(&received.body).unwrap_or_default();
            let exchange = Box::new(received.exchange);
            return Outcome::Accepted {
                exchange,
                operation,
                refused_link,
                body,
            };
        }
        let error = Box::new(azure_error(&received));
        let exchange = Box::new(received.exchange);
        if REJECTING.contains(&status) && error.is_arm() {
            let retry_ok = matches!(status, 401 | 429);
            return Outcome::Rejected {
                exchange,
                error,
                retry_ok,
            };
        }
        let client_error = (400..500).contains(&status) && !error.is_arm();
        let reason = if client_error {
            UnknownReason::ForeignError
        } else {
            UnknownReason::Status
        };
        Outcome::Unknown {
            reason,
            exchange: Some(exchange),
        }
    }
}

impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted {
                operation,
                refused_link,
                ..
            } => f
                .debug_struct("Accepted")
                .field("operation", operation)
                .field("refused_link", refused_link)
                .finish_non_exhaustive(),
            Self::Rejected {
                error, retry_ok, ..
            } => f
                .debug_struct("Rejected")
                .field("error", error)
                .field("retry_ok", retry_ok)
                .finish_non_exhaustive(),
            Self::Unknown { reason, .. } => f
                .debug_struct("Unknown")
                .field("reason", reason)
                .finish_non_exhaustive(),
        }
    }
}
