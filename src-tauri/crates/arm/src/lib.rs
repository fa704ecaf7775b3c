//! The Azure REST client: where to send, as whom, what may be sent, and what came back.
//!
//! [`ReadClient`] reads, [`ChangeClient`] changes and takes a `Permit` by value; they are different
//! types, so that no code path can change Azure by passing another argument. [`Cloud`] carries the
//! endpoint together with the way to sign in to it, so that no real token can reach a simulated
//! endpoint and no simulated one reaches Azure.
//!
//! Deliberately absent: drills, runbooks and queries (the engine translates; JMESPath comes in as a
//! closure), any clock or sleep of its own (see [`Ambient`]), and any way to send a changing request
//! a second time by itself.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        reason = "a failed expectation should stop the test"
    )
)]

mod ambient;
mod azure_error;
mod bindings;
mod certificate;
mod change;
mod cloud;
mod credential;
mod download;
mod error;
#[cfg(test)]
mod examples;
mod exchange;
mod found;
mod http;
mod known;
mod limits;
mod link;
mod operation;
mod outcome;
mod pace;
mod paging;
mod path;
mod poll;
mod prices;
mod raw;
mod read;
mod reading;
mod redact;
mod request;
mod retry;
mod secret;
#[cfg(test)]
mod simulated;
#[cfg(test)]
mod testing;
mod transport;
mod welcome;

pub use ambient::Ambient;
pub use azure_error::{AzureError, Denied, Detail, Shape};
pub use bindings::{Bindings, Resolve, SecretAnswer};
pub use certificate::CertificateProblem;
pub use change::{ChangeClient, TokenCheck};
pub use cloud::{Cloud, Simulated};
pub use credential::{Claims, SignIn};
pub use download::Download;
pub use error::ArmError;
pub use exchange::{Exchange, Retried};
pub use found::FOUND;
pub use known::{KNOWN, Known, known};
pub use limits::Limits;
pub use link::LinkRefused;
pub use operation::{Operation, OperationUrl, Style};
pub use outcome::{Outcome, UnknownReason};
pub use path::{PathRefused, check_path};
pub use poll::{Followed, Polled, Progress};
pub use prices::PriceRows;
pub use read::{Answer, ReadClient};
pub use reading::{is_access_token, is_reading};
pub use redact::{REMOVED, Redacted, redact_text, redact_value};
pub use request::{Method, ReadRequest};
pub use retry::retry_after;
pub use secret::Secret;
pub use welcome::Welcome;
