//! From exchanges with Azure to facts and evidence.
//!
//! What is stored is what the client left after redaction. Deliberately absent: anything secret.

use drillbook_arm::{ArmError, Exchange};
use drillbook_core::ExchangeFact;
use drillbook_trust::digest::Digest;
use serde::{Deserialize, Serialize};

/// The exchanges of one declared request, as the evidence store keeps them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExchangeRecord {
    /// The request's name in the step.
    pub request: String,
    /// The equivalent `az` line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub az: Option<String>,
    /// One for each page or element.
    pub exchanges: Vec<Exchange>,
}

/// A fact with the blob it names.
#[derive(Debug, Clone)]
pub(crate) struct Evidenced {
    pub(crate) fact: ExchangeFact,
    pub(crate) blob: Vec<u8>,
}

/// Makes the fact and the evidence of a request's exchanges.
pub(crate) fn evidenced(
    request: &str,
    purpose: &str,
    az: Option<String>,
    exchanges: &[Exchange],
) -> Evidenced {
    let record = ExchangeRecord {
        request: request.to_owned(),
        az: az.clone(),
        exchanges: exchanges.to_vec(),
    };
    let blob = serde_json::to_vec(&record).unwrap_or_default();
    let mut fact = ExchangeFact {
        request: request.to_owned(),
        purpose: purpose.to_owned(),
        evidence: Digest::of(&blob).to_string(),
        az,
        ..ExchangeFact::default()
    };
    if let Some(last) = exchanges.last() {
        fact.method = last.method.as_str().to_owned();
        fact.status = u64::from(last.status.unwrap_or_default());
        fact.attempts = exchanges.iter().map(|one| u64::from(one.attempts)).sum();
        fact.azure_date = last.date().map(drillbook_trust::time::to_text);
        let skews = exchanges.iter().filter_map(Exchange::skew);
        fact.skew = skews.max_by_key(|skew| skew.abs());
        fact.path = with_query(last);
        fact.request_id = last.request_id().map(str::to_owned);
        fact.correlation_id = last.correlation_id().map(str::to_owned);
        fact.client_request_id = Some(last.client_request_id.clone());
    }
    Evidenced { fact, blob }
}

fn with_query(exchange: &Exchange) -> String {
    if exchange.query.is_empty() {
        exchange.path.clone()
    } else {
        format!("{}?{}", exchange.path, exchange.query)
    }
}

/// Splits evidence into facts and blobs.
pub(crate) fn split(all: Vec<Evidenced>) -> (Vec<ExchangeFact>, Vec<Vec<u8>>) {
    all.into_iter().map(|one| (one.fact, one.blob)).unzip()
}

/// Returns whether the error means that nobody answered, rather than that Azure said no.
pub(crate) fn nobody_answered(error: &ArmError) -> bool {
    match error.exchange().and_then(|exchange| exchange.status) {
        None => !error.never_sent(),
        Some(status) => status >= 500,
    }
}
