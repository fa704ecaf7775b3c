//! A request that reads, before it is sent.
//!
//! Deliberately absent: a changing request; that is an `Action` of the trust crate.

use crate::error::ArmError;
use crate::exchange::Exchange;
use crate::path::check_path;
use crate::reading::is_reading;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use url::Url;

/// Everything outside RFC 3986 `unreserved`, for query values (contract 0.1).
const QUERY_VALUE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// Query names keep the literal `$` of OData.
const QUERY_NAME: &AsciiSet = &QUERY_VALUE.remove(b'$');

/// HTTP methods that occur in the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Reads.
    Get,
    /// Reads whether something exists.
    Head,
    /// Reads only when on the closed list.
    Post,
    /// Creates or replaces.
    Put,
    /// Changes in part.
    Patch,
    /// Removes.
    Delete,
}

impl Method {
    /// Returns the method of that name, in any case.
    pub fn named(name: &str) -> Option<Self> {
        [
            Self::Get,
            Self::Head,
            Self::Post,
            Self::Put,
            Self::Patch,
            Self::Delete,
        ]
        .into_iter()
        .find(|method| method.as_str().eq_ignore_ascii_case(name))
    }

    /// Returns the name as it stands on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    pub(crate) fn wire(self) -> reqwest::Method {
        match self {
            Self::Get => reqwest::Method::GET,
            Self::Head => reqwest::Method::HEAD,
            Self::Post => reqwest::Method::POST,
            Self::Put => reqwest::Method::PUT,
            Self::Patch => reqwest::Method::PATCH,
            Self::Delete => reqwest::Method::DELETE,
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A request that reads.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadRequest {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) api_version: String,
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) body: Option<Value>,
    pub(crate) accept: Vec<u16>,
    pub(crate) paged: bool,
    pub(crate) hurried: bool,
}

impl ReadRequest {
    /// A GET of a percent-encoded path.
    pub fn get(path: impl Into<String>, api_version: impl Into<String>) -> Self {
        Self {
            method: Method::Get,
            path: path.into(),
            api_version: api_version.into(),
            query: BTreeMap::new(),
            body: None,
            accept: Vec::new(),
            paged: true,
            hurried: false,
        }
    }

    /// A HEAD of a percent-encoded path.
    pub fn head(path: impl Into<String>, api_version: impl Into<String>) -> Self {
        Self {
            method: Method::Head,
            ..Self::get(path, api_version)
        }
    }

    /// A POST that reads; it is refused when sent unless it is on the closed list.
    pub fn post(path: impl Into<String>, api_version: impl Into<String>, body: Value) -> Self {
        Self {
            method: Method::Post,
            body: Some(body),
            ..Self::get(path, api_version)
        }
    }

    /// The request of a recorded exchange, to be sent once more; `None` when it does not read, or something of it was
    /// removed from the record. Whatever Azure answers is an answer.
    pub fn again(exchange: &Exchange) -> Option<Self> {
        let parts = ["request:", "query:"];
        let removed = |what: &String| parts.iter().any(|part| what.starts_with(part));
        if !is_reading(exchange.method, &exchange.path) || exchange.removed.iter().any(removed) {
            return None;
        }
        let mut request = Self {
            method: exchange.method,
            body: exchange.request_body.clone(),
            ..Self::get(exchange.path.clone(), String::new())
        };
        for (name, value) in url::form_urlencoded::parse(exchange.query.as_bytes()) {
            match name.as_ref() {
                "api-version" => request.api_version = value.into_owned(),
                _ => request = request.query(name, value),
            }
        }
        Some(request.accept(&[200, 201, 202, 204, 400, 404, 405, 409, 410]))
    }

    /// Adds a query parameter; the value is percent-encoded when sent.
    #[must_use]
    pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.insert(name.into(), value.into());
        self
    }

    /// Adds `$filter`.
    #[must_use]
    pub fn filter(self, filter: impl Into<String>) -> Self {
        self.query("$filter", filter)
    }

    /// Names the statuses that are answers rather than errors; any 2xx when empty.
    #[must_use]
    pub fn accept(mut self, statuses: &[u16]) -> Self {
        self.accept = statuses.to_vec();
        self
    }

    /// Reads the first page only.
    #[must_use]
    pub fn first_page_only(mut self) -> Self {
        self.paged = false;
        self
    }

    /// Asks once, and gives up after ten seconds: for a region that is taken for lost.
    #[must_use]
    pub fn hurried(mut self) -> Self {
        self.hurried = true;
        self
    }

    pub(crate) fn accepts(&self, status: u16) -> bool {
        if self.accept.is_empty() {
            (200..300).contains(&status)
        } else {
            self.accept.contains(&status)
        }
    }

    /// Refuses what does not read.
    pub(crate) fn check(&self) -> Result<(), ArmError> {
        check_path(&self.path)?;
        if is_reading(self.method, &self.path) {
            Ok(())
        } else {
            Err(ArmError::NotReading {
                method: self.method,
                path: self.path.clone(),
            })
        }
    }
}

/// Builds the address of a checked path; nothing in it is repaired on the way.
pub(crate) fn address(
    arm: &Url,
    path: &str,
    api_version: &str,
    query: &BTreeMap<String, String>,
) -> Result<Url, ArmError> {
    check_path(path)?;
    let plain = !api_version.is_empty()
        && api_version
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
    if !plain {
        return Err(ArmError::ApiVersion {
            api_version: api_version.to_owned(),
        });
    }
    let mut text = format!(
        "{}{path}?api-version={api_version}",
        arm.as_str().trim_end_matches('/')
    );
    for (name, value) in query.iter().filter(|(name, _)| *name != "api-version") {
        text.push('&');
        text.extend(utf8_percent_encode(name, QUERY_NAME));
        text.push('=');
        text.extend(utf8_percent_encode(value, QUERY_VALUE));
    }
    let url = Url::parse(&text).map_err(|_| ArmError::Path(crate::PathRefused::Character))?;
    if url.path() == path {
        Ok(url)
    } else {
        Err(ArmError::Path(crate::PathRefused::Character))
    }
}

#[cfg(test)]
mod tests {
    use super::{ReadRequest, address};
    use crate::cloud::Cloud;

    #[test]
    fn encodes_query_values_and_keeps_the_path_as_it_is() {
        let request = ReadRequest::get("/subscriptions/0/x/VM;a%3Bb/", "2021-11-15")
            .filter("backupManagementType eq 'AzureIaasVM' and x eq 'ä&b'");
        let url = address(
            Cloud::public().arm(),
            &request.path,
            &request.api_version,
            &request.query,
        )
        .unwrap();
        assert_eq!(
            url.as_str(),
            "https://management.azure.com/subscriptions/0/x/VM;a%3Bb/?api-version=2021-11-15&$filter=backupManagementType%20eq%20%27AzureIaasVM%27%20and%20x%20eq%20%27%C3%A4%26b%27"
        );
    }

    #[test]
    fn refuses_an_api_version_that_smuggles_parameters() {
        let query = Default::default();
        let arm = Cloud::public();
        assert!(address(arm.arm(), "/subscriptions", "1&x=2", &query).is_err());
        assert!(address(arm.arm(), "/subscriptions", "", &query).is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_path_that_passes_leaves_the_host_or_is_rewritten(
            tail in "[a-z/.%25eEfFcC:@;?#\\\\ -]{0,24}",
        ) {
            let path = format!("/subscriptions/{tail}");
            let cloud = Cloud::public();
            if let Ok(url) = address(cloud.arm(), &path, "1", &Default::default()) {
                proptest::prop_assert_eq!(url.host_str(), cloud.arm().host_str());
                proptest::prop_assert_eq!(url.path(), path.as_str());
                proptest::prop_assert_eq!(url.query(), Some("api-version=1"));
                let lower = path.to_ascii_lowercase();
                proptest::prop_assert!(!lower.contains("/../") && !lower.contains("%2f"));
            }
        }
    }
}
