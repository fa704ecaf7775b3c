//! Retail prices: anonymous, the public cloud's list prices only (contract g).
//!
//! Deliberately absent: a token (it must never go there) and any arithmetic; the engine estimates.

use crate::error::ArmError;
use crate::exchange::Exchange;
use crate::http::Sending;
use crate::link::{LinkRefused, check_prices_link};
use crate::read::{ReadClient, json};
use crate::request::Method;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use std::collections::HashSet;

/// Most pages of 100 rows that are read for one question.
const PAGES: usize = 20;

/// Rows of the price list.
#[derive(Debug, Clone, PartialEq)]
pub struct PriceRows {
    /// `Items` of all pages.
    pub items: Vec<Value>,
    /// The records, one for each page.
    pub exchanges: Vec<Exchange>,
}

impl ReadClient {
    /// Reads the rows of the price list that match an OData filter, in a currency such as `USD`.
    ///
    /// # Errors
    /// [`ArmError::NoPrices`] in a sovereign cloud, else as [`ReadClient::read`].
    pub async fn prices(&self, filter: &str, currency: &str) -> Result<PriceRows, ArmError> {
        let cloud = &self.http.cloud;
        let Some(host) = cloud.prices() else {
            return Err(ArmError::NoPrices {
                cloud: cloud.name(),
            });
        };
        let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let mut link = format!(
            "{}/api/retail/prices?api-version=2023-01-01-preview&currencyCode=%27{}%27&$filter={}",
            host.as_str().trim_end_matches('/'),
            encode(currency),
            encode(filter),
        );
        let mut rows = PriceRows {
            items: Vec::new(),
            exchanges: Vec::new(),
        };
        let mut seen = HashSet::new();
        loop {
            if !seen.insert(link.clone()) {
                return Err(LinkRefused::Loop.into());
            }
            if seen.len() > PAGES {
                return Err(ArmError::TooManyPages { limit: PAGES });
            }
            let sending = Sending {
                method: Method::Get,
                url: check_prices_link(host, &link)?,
                shown: None,
                bytes: None,
                signed_in: false,
                withhold: false,
                hurried: false,
            };
            let received = self
                .http
                .persist(&sending, &|s| (200..300).contains(&s))
                .await?;
            let (_, mut body, exchange) = json(received)?;
            rows.exchanges.push(exchange);
            if let Some(Value::Array(items)) = body.get_mut("Items").map(Value::take) {
                rows.items.extend(items);
            }
            match body.get("NextPageLink").and_then(Value::as_str) {
                Some(next) if !next.is_empty() => link = next.to_owned(),
                _ => return Ok(rows),
            }
        }
    }
}
