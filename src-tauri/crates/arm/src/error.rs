//! Everything that can go wrong between this computer and Azure, each with its own code.

use crate::azure_error::AzureError;
use crate::certificate::CertificateProblem;
use crate::exchange::Exchange;
use crate::link::LinkRefused;
use crate::path::PathRefused;
use crate::request::Method;
use drillbook_diagnostic::{Diagnostic, Severity};
use std::time::Duration;

/// Why a request was not sent, or what came back instead of an answer.
#[derive(Debug, thiserror::Error)]
pub enum ArmError {
    /// A path breaks a rule; nothing was sent.
    #[error("the path of the request is not allowed")]
    Path(#[from] PathRefused),
    /// A link from an answer breaks a rule; it was not followed.
    #[error("a link that Azure sent is not allowed")]
    Link(#[from] LinkRefused),
    /// The API version is no plain word; nothing was sent.
    #[error("the API version {api_version:?} is not a plain word")]
    ApiVersion {
        /// What was given.
        api_version: String,
    },
    /// The request changes something, or is not known to read; nothing was sent.
    #[error("{method} {path} is not known to read only")]
    NotReading {
        /// Its method.
        method: Method,
        /// Its path.
        path: String,
    },
    /// A simulator must be on this computer, and https needs its certificate authority.
    #[error("{address} is not an address of this computer that a simulator may have")]
    NotLoopback {
        /// What was given.
        address: String,
    },
    /// Nobody answers where a simulator should.
    #[error("no simulator answers at {address}")]
    NoSimulator {
        /// The address.
        address: String,
        /// What the HTTP client says, without the address.
        #[source]
        source: reqwest::Error,
    },
    /// Somebody else answers where a simulator should.
    #[error("what answers at {address} is no simulator of this version")]
    NotASimulator {
        /// The address.
        address: String,
    },
    /// A text is no certificate that an application can sign in with.
    #[error("the certificate cannot be used")]
    Certificate(#[from] CertificateProblem),
    /// A simulator keeps its own invented credential.
    #[error("a simulator takes no other credential than its own")]
    SimulatedSignIn,
    /// The HTTP client could not be made.
    #[error("the HTTP client could not be prepared")]
    Prepare(#[source] reqwest::Error),
    /// No token; nothing was sent.
    #[error("signing in to {cloud} failed")]
    SignIn {
        /// Name of the cloud.
        cloud: &'static str,
        /// What the identity library says.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Azure answered with an error.
    #[error("{}", answered(error))]
    Answered {
        /// Azure's own words and ids.
        error: Box<AzureError>,
        /// The record of the last attempt.
        exchange: Box<Exchange>,
    },
    /// Azure asked to wait longer than the budget of a step allows.
    #[error("Azure kept asking to wait, {waited:?} so far and {asked:?} more")]
    Throttled {
        /// How long the client has waited.
        waited: Duration,
        /// How long Azure wants it to wait now.
        asked: Duration,
        /// Azure's own words and ids.
        error: Box<AzureError>,
        /// The record of the last attempt.
        exchange: Box<Exchange>,
    },
    /// No answer, or only a part of one.
    #[error("no whole answer came from {host}")]
    NoAnswer {
        /// Host and port.
        host: String,
        /// The record of the last attempt.
        exchange: Box<Exchange>,
        /// What the HTTP client says, without the address.
        #[source]
        source: reqwest::Error,
    },
    /// An answer, or a listing, is larger than the limit.
    #[error("an answer is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// A listing has more pages than the limit.
    #[error("a listing has more than {limit} pages")]
    TooManyPages {
        /// The limit.
        limit: usize,
    },
    /// An answer that should be JSON is not.
    #[error("an answer is not the JSON that was expected")]
    NotJson {
        /// The record of the exchange.
        exchange: Box<Exchange>,
        /// What the parser says.
        #[source]
        source: serde_json::Error,
    },
    /// The cloud has no retail prices.
    #[error("{cloud} publishes no retail prices")]
    NoPrices {
        /// Name of the cloud.
        cloud: &'static str,
    },
    /// Permit and action do not belong together; nothing was sent.
    #[error("the permit does not cover the request {request}")]
    PermitDiffers {
        /// Name of the request.
        request: String,
    },
    /// The permit is over; nothing was sent.
    #[error("the permit for {request} has expired")]
    PermitExpired {
        /// Name of the request.
        request: String,
    },
    /// The action's digest could not be computed; nothing was sent.
    #[error("the action has no canonical form")]
    ActionUnreadable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The action has no such request; nothing was sent.
    #[error("the action holds no request {request}")]
    UnknownRequest {
        /// Its name.
        request: String,
    },
    /// What was found does not lie where the approval says; nothing was sent.
    #[error("what {request} is to be sent to does not lie within the approved group")]
    FoundOutside {
        /// Name of the request.
        request: String,
    },
    /// The action was approved for another cloud; nothing was sent.
    #[error("the request {request} is meant for the cloud {wanted}")]
    CloudDiffers {
        /// Name of the request.
        request: String,
        /// The cloud it was approved for.
        wanted: String,
    },
    /// A value that is born inside the action is not there yet; nothing was sent.
    #[error("the request needs the answer of {name}, which this run does not have")]
    BindingMissing {
        /// Name of the request whose answer is missing.
        name: String,
    },
    /// A query found nothing, or failed; nothing was sent.
    #[error("the answer of {name} does not hold {query}")]
    BindingQuery {
        /// Name of the request.
        name: String,
        /// The query.
        query: String,
    },
    /// The token is for another item, container or time than the approved one; nothing was sent.
    #[error("the token is not the approved one: {reason}")]
    TokenNotApproved {
        /// Which member differs, without its value.
        reason: String,
    },
}

impl ArmError {
    /// Returns Azure's own error, if one came.
    pub fn azure(&self) -> Option<&AzureError> {
        match self {
            Self::Answered { error, .. } | Self::Throttled { error, .. } => Some(error),
            _ => None,
        }
    }

    /// Returns the record of the last attempt, if one was made.
    pub fn exchange(&self) -> Option<&Exchange> {
        match self {
            Self::Answered { exchange, .. }
            | Self::Throttled { exchange, .. }
            | Self::NoAnswer { exchange, .. }
            | Self::NotJson { exchange, .. } => Some(exchange),
            _ => None,
        }
    }

    /// Whether nothing can have reached Azure's resource manager.
    pub fn never_sent(&self) -> bool {
        self.exchange().is_none()
    }
}

impl Diagnostic for ArmError {
    fn code(&self) -> &'static str {
        match self {
            Self::Path(_) => "arm.path_refused",
            Self::Link(_) => "arm.link_refused",
            Self::ApiVersion { .. } => "arm.api_version_refused",
            Self::NotReading { .. } => "arm.not_reading",
            Self::NotLoopback { .. } => "arm.simulator_not_local",
            Self::NoSimulator { .. } => "arm.simulator_silent",
            Self::NotASimulator { .. } => "arm.simulator_unknown",
            Self::Certificate(_) => "arm.certificate",
            Self::SimulatedSignIn => "arm.simulator_credential",
            Self::Prepare(_) => "arm.client_failed",
            Self::SignIn { .. } => "arm.sign_in_failed",
            Self::Answered { error, .. } => error
                .known()
                .map_or("arm.answered_error", |known| known.code),
            Self::Throttled { .. } => "arm.throttled",
            Self::NoAnswer { .. } => "arm.no_answer",
            Self::TooLarge { .. } => "arm.too_large",
            Self::TooManyPages { .. } => "arm.too_many_pages",
            Self::NotJson { .. } => "arm.not_json",
            Self::NoPrices { .. } => "arm.no_prices",
            Self::PermitDiffers { .. } => "arm.permit_differs",
            Self::PermitExpired { .. } => "arm.permit_expired",
            Self::ActionUnreadable(_) => "arm.action_unreadable",
            Self::UnknownRequest { .. } => "arm.unknown_request",
            Self::FoundOutside { .. } => "arm.found_outside",
            Self::CloudDiffers { .. } => "arm.cloud_differs",
            Self::BindingMissing { .. } => "arm.binding_missing",
            Self::BindingQuery { .. } => "arm.binding_query",
            Self::TokenNotApproved { .. } => "arm.token_not_approved",
        }
    }

    fn severity(&self) -> Severity {
        match self {
            Self::SignIn { .. }
            | Self::NoSimulator { .. }
            | Self::NotASimulator { .. }
            | Self::Throttled { .. }
            | Self::NoAnswer { .. }
            | Self::NoPrices { .. } => Severity::Unavailable,
            Self::Answered { error, .. } if error.status >= 500 => Severity::Unavailable,
            Self::Prepare(_) | Self::ActionUnreadable(_) | Self::UnknownRequest { .. } => {
                Severity::Internal
            }
            _ => Severity::Refused,
        }
    }

    fn remediation(&self) -> Option<String> {
        let text = match self {
            Self::Answered { error, .. } | Self::Throttled { error, .. } => return error.remedy(),
            Self::Path(_) | Self::ApiVersion { .. } | Self::NotReading { .. } => {
                "Correct the request in the runbook."
            }
            Self::Link(_) => {
                "Report the address to your network team: an answer pointed outside Azure."
            }
            Self::NotLoopback { .. } => {
                "Start the simulator on this computer and use its own address."
            }
            Self::NoSimulator { .. } | Self::NotASimulator { .. } => {
                "Start `drillbook simulator serve` and name the address and the authority that it gives."
            }
            Self::Certificate(_) => {
                "Give one file with the certificate and its unencrypted RSA key in PEM form; from a .pfx: openssl pkcs12 \
                 -in application.pfx -nodes."
            }
            Self::SimulatedSignIn => "Choose a live environment to sign in with a real credential.",
            Self::SignIn { cloud, source } => return Some(sign_in_remedy(cloud, source.as_ref())),
            Self::NoAnswer { .. } => "Check the network, then try again.",
            Self::TooLarge { .. } | Self::TooManyPages { .. } => {
                "Narrow the listing with a filter."
            }
            Self::NoPrices { .. } => "Enter the expected cost by hand.",
            Self::PermitDiffers { .. }
            | Self::FoundOutside { .. }
            | Self::TokenNotApproved { .. } => "Ask for a new approval of what is to be sent now.",
            Self::PermitExpired { .. } => "Ask for a new approval.",
            Self::CloudDiffers { .. } => "Open the drill in the environment it was approved for.",
            Self::BindingMissing { .. } | Self::BindingQuery { .. } => {
                "Run the action from its first request."
            }
            Self::NotJson { .. } => "Try again; a proxy may have answered in Azure's place.",
            Self::Prepare(_) | Self::ActionUnreadable(_) | Self::UnknownRequest { .. } => {
                return None;
            }
        };
        Some(text.to_owned())
    }
}

/// Says what an error of Azure means, if it is one that people meet, and what Azure said.
fn answered(error: &AzureError) -> String {
    match error.known() {
        Some(known) => format!("{}: Azure answered {}", known.means, error.told()),
        None => format!("Azure answered {}", error.told()),
    }
}

/// Says what to do about a failed sign-in, by Entra's own codes (contract h.2).
fn sign_in_remedy(cloud: &str, source: &(dyn std::error::Error + 'static)) -> String {
    let text = drillbook_diagnostic::chain(source);
    let known = [
        (
            "AADSTS700016",
            "Check the application id: it is not registered in this tenant.",
        ),
        (
            "AADSTS7000215",
            "Enter the application's secret again: it is wrong.",
        ),
        (
            "AADSTS7000222",
            "Make a new secret for the application: this one has expired.",
        ),
        (
            "AADSTS700027",
            "Upload the certificate to the application: this one is not registered there, or has expired.",
        ),
        ("AADSTS90002", "Check the tenant: it is not known."),
        (
            "AADSTS53003",
            "Ask the tenant's administrator: conditional access forbids this sign-in.",
        ),
        (
            "AADSTS65001",
            "Ask the tenant's administrator to consent to the application.",
        ),
    ];
    let remedy = match known.iter().find(|(code, _)| text.contains(code)) {
        Some((_, remedy)) => remedy,
        None if cloud == "simulator" => "Start the simulator again.",
        None => "Run `az login`, then try again.",
    };
    remedy.to_owned()
}
