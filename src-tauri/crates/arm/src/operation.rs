//! The address of a long-running operation, as Azure gave it (contract 0.5).
//!
//! Deliberately absent: building such an address from its parts; only the header's own is used,
//! verbatim, because it carries signed parameters.

use crate::cloud::Cloud;
use crate::http::header;
use crate::link::{LinkRefused, check_arm_link, strip_prefix};
use crate::request::Method;
use crate::retry::retry_after;
use chrono::{DateTime, Utc};
use reqwest::header::HeaderMap;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;
use url::Url;

/// An operation's address. It holds signed parameters: it is sealed in the journal and never shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OperationUrl(String);

/// How an operation tells its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Style {
    /// `Azure-AsyncOperation`: the body has a `status`.
    AsyncOperation,
    /// `Location` only: 202 while running.
    Location,
}

/// A long-running operation that can be followed, also after the program was restarted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// How it tells its state.
    pub style: Style,
    /// Where its state is read.
    pub url: OperationUrl,
    /// Where its result is read, if that is another address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<OperationUrl>,
    /// Whether a 404 means that it has succeeded: a vault's own operations vanish with it
    /// (contract 0.5 (7)).
    #[serde(default)]
    pub gone_is_done: bool,
    /// What the start asked to wait before the first poll; forgotten in storage.
    #[serde(skip)]
    pub first_wait: Option<Duration>,
}

impl OperationUrl {
    /// Takes an address back from storage; it is checked again before a token is attached.
    pub fn stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the address verbatim, for sealing it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    pub(crate) fn check(&self, cloud: &Cloud) -> Result<Url, LinkRefused> {
        check_arm_link(cloud, &self.0)
    }
}

impl fmt::Debug for OperationUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = self.0.find('?').unwrap_or(self.0.len());
        write!(f, "OperationUrl({}?…)", &self.0[..end])
    }
}

impl Operation {
    /// Resumes from a stored address of either style.
    pub fn resume(style: Style, url: impl Into<String>) -> Self {
        Self {
            style,
            url: OperationUrl::stored(url),
            result: None,
            gone_is_done: false,
            first_wait: None,
        }
    }

    /// Returns whether the job is named at `Location`, once the operation has succeeded: Data Protection answers a
    /// restore in two steps (contract 0.5, c.4).
    pub fn has_its_job_elsewhere(&self) -> bool {
        let provider = "/providers/microsoft.dataprotection/";
        let url = self.url.0.to_ascii_lowercase();
        self.result.is_some() && url.contains(provider)
    }

    /// Reads the headers of a start.
    ///
    /// # Errors
    /// [`LinkRefused`] when they lead outside the cloud. The request itself may well have been
    /// accepted: the operation is then found by listing.
    pub(crate) fn of_headers(
        cloud: &Cloud,
        method: Method,
        path: &str,
        headers: &HeaderMap,
        now: DateTime<Utc>,
    ) -> Result<Option<Self>, LinkRefused> {
        let link = |name| -> Result<Option<OperationUrl>, LinkRefused> {
            let Some(text) = header(headers, name)
                .map(strip_prefix)
                .filter(|t| !t.is_empty())
            else {
                return Ok(None);
            };
            check_arm_link(cloud, text)?;
            Ok(Some(OperationUrl(text.to_owned())))
        };
        let (style, url, result) = match (link("azure-asyncoperation")?, link("location")) {
            (Some(url), location) => (Style::AsyncOperation, url, location.ok().flatten()),
            (None, location) => match location? {
                Some(url) => (Style::Location, url, None),
                None => return Ok(None),
            },
        };
        Ok(Some(Self {
            style,
            url,
            result,
            gone_is_done: method == Method::Delete && is_vault(path),
            first_wait: header(headers, "retry-after").and_then(|text| retry_after(text, now)),
        }))
    }
}

/// `…/providers/Microsoft.RecoveryServices/vaults/{v}`, and the same of Data Protection.
fn is_vault(path: &str) -> bool {
    let path = path.trim_end_matches('/').to_ascii_lowercase();
    let mut last = path.rsplit('/').skip(1);
    matches!(
        (last.next(), last.next()),
        (Some("vaults"), Some("microsoft.recoveryservices"))
            | (Some("backupvaults"), Some("microsoft.dataprotection"))
    )
}

#[cfg(test)]
mod tests {
    use super::{Operation, Style};
    use crate::cloud::Cloud;
    use crate::request::Method;
    use chrono::Utc;
    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
    use std::time::Duration;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|&(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect()
    }

    fn of(
        method: Method,
        path: &str,
        pairs: &[(&'static str, &'static str)],
    ) -> Result<Option<Operation>, crate::LinkRefused> {
        Operation::of_headers(&Cloud::public(), method, path, &headers(pairs), Utc::now())
    }

    const STATUS: &str = "https://westus.management.azure.com/subscriptions/0/status/bQ==?api-version=1&t=1&c=M&s=s&h=h";

    #[test]
    fn prefers_azure_asyncoperation_and_keeps_it_verbatim() {
        let operation = of(
            Method::Post,
            "/subscriptions/0",
            &[
                ("azure-asyncoperation", STATUS),
                ("location", STATUS),
                ("retry-after", "60"),
            ],
        );
        let operation = operation.unwrap().unwrap();
        assert_eq!(operation.style, Style::AsyncOperation);
        assert_eq!(operation.url.reveal(), STATUS);
        assert_eq!(operation.first_wait, Some(Duration::from_secs(60)));
        assert!(!format!("{operation:?}").contains("h=h"));
        let stored = serde_json::to_string(&operation).unwrap();
        let back: Operation = serde_json::from_str(&stored).unwrap();
        assert_eq!((back.url, back.first_wait), (operation.url, None));
    }

    #[test]
    fn strips_the_malformed_prefix_and_knows_when_there_is_nothing_to_follow() {
        let prefixed = "location: https://management.azure.com/subscriptions/0/x";
        let operation = of(Method::Put, "/subscriptions/0", &[("location", prefixed)]);
        let operation = operation.unwrap().unwrap();
        assert_eq!(operation.style, Style::Location);
        assert_eq!(
            operation.url.reveal(),
            "https://management.azure.com/subscriptions/0/x"
        );
        assert_eq!(of(Method::Put, "/subscriptions/0", &[]), Ok(None));
    }

    #[test]
    fn refuses_an_operation_outside_the_cloud() {
        let evil = [(
            "azure-asyncoperation",
            "https://evil.example/subscriptions/0",
        )];
        assert!(of(Method::Post, "/subscriptions/0", &evil).is_err());
    }

    #[test]
    fn only_a_vaults_own_deletion_ends_in_404() {
        let vault =
            "/subscriptions/0/resourceGroups/rg/providers/Microsoft.RecoveryServices/vaults/v";
        let location = [("azure-asyncoperation", STATUS)];
        let gone = |method, path: &str| of(method, path, &location).unwrap().unwrap().gone_is_done;
        assert!(gone(Method::Delete, vault));
        assert!(!gone(Method::Put, vault));
        assert!(!gone(Method::Delete, "/subscriptions/0/resourceGroups/rg"));
        assert!(!gone(Method::Delete, &format!("{vault}/backupJobs/j")));
    }
}
