//! Bytes of a signed storage address, such as a boot screenshot (contract f.7).
//!
//! Deliberately absent: a token; the address itself is the secret, and only its host and path are
//! recorded.

use crate::error::ArmError;
use crate::exchange::Exchange;
use crate::http::Sending;
use crate::link::check_storage_link;
use crate::read::ReadClient;
use crate::request::Method;

/// What was downloaded.
#[derive(Debug, Clone, PartialEq)]
pub struct Download {
    /// The bytes as they came.
    pub bytes: Vec<u8>,
    /// `Content-Type`, as the storage says.
    pub content_type: Option<String>,
    /// The record; signing parameters are removed, the body is not in it.
    pub exchange: Exchange,
}

impl ReadClient {
    /// Downloads at most `limit` bytes from a signed address of the cloud's storage.
    ///
    /// # Errors
    /// [`ArmError::Link`] when the address is not of the cloud's storage, [`ArmError::TooLarge`],
    /// else as [`ReadClient::read`].
    pub async fn download(&self, address: &str, limit: usize) -> Result<Download, ArmError> {
        let sending = Sending {
            method: Method::Get,
            url: check_storage_link(&self.http.cloud, address)?,
            shown: None,
            bytes: None,
            signed_in: false,
            withhold: true,
            hurried: false,
        };
        let received = self.http.persist(&sending, &|status| status == 200).await?;
        if received.body.len() > limit {
            return Err(ArmError::TooLarge { limit });
        }
        let content_type =
            crate::http::header(&received.headers, "content-type").map(str::to_owned);
        Ok(Download {
            bytes: received.body.to_vec(),
            content_type,
            exchange: received.exchange,
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::error::ArmError;
    use crate::testing::{Reply, Server, json};
    use serde_json::json;

    #[tokio::test]
    async fn prices_and_downloads_carry_no_token() {
        let server = Server::start(|number, seen| match number {
            0 => json(200, json!({"Items": [{"a": 1}], "NextPageLink": format!("http://{}/api/retail/prices?$skip=100", seen.headers["host"])})),
            1 => json(200, json!({"Items": [{"a": 2}], "NextPageLink": null})),
            _ => Reply::Whole(200, vec![], "PNG".into()),
        })
        .await;
        let reader = server.reader();
        let rows = reader
            .prices("serviceName eq 'Storage'", "USD")
            .await
            .unwrap();
        assert_eq!(rows.items, [json!({"a": 1}), json!({"a": 2})]);
        let address = format!(
            "{}/c/screen.bmp?sv=1&sig=not-hexadecimal&se=2",
            server.origin()
        );
        let download = reader.download(&address, 10).await.unwrap();
        assert_eq!(download.bytes, b"PNG");
        assert!(
            !serde_json::to_string(&download.exchange)
                .unwrap()
                .contains("not-hexadecimal")
        );
        assert!(matches!(
            reader.download(&address, 2).await,
            Err(ArmError::TooLarge { limit: 2 })
        ));
        assert!(reader.download("http://evil.example/x", 10).await.is_err());
        assert_eq!(server.tokens(), 0);
        assert!(
            server
                .seen()
                .iter()
                .all(|seen| !seen.headers.contains_key("authorization"))
        );
        assert!(server.seen()[0].target.contains("currencyCode=%27USD%27"));
    }
}
