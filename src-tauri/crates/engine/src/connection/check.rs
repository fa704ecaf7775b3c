//! Trying a connection: signing in, and reading the subscription it names.

use super::{Connection, ConnectionError};
use drillbook_arm::{Ambient, Limits, ReadClient, ReadRequest};

/// Who a connection signs in as, and where it leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// Name of the person or application, as the token says it; empty when it says none.
    pub who: String,
    /// Display name of the subscription.
    pub subscription: String,
}

impl Connection {
    /// Signs in and reads the subscription (contract a.1). Changes nothing.
    ///
    /// # Errors
    /// [`ConnectionError::OtherTenant`] when the token is of another tenant, [`ConnectionError::Arm`] when signing in
    /// or reading fails, and those of [`Connection::cloud`].
    pub async fn check(&self) -> Result<Reached, ConnectionError> {
        let client = ReadClient::new(self.cloud()?, Ambient::real(), Limits::default())?;
        let token = client.who().await?;
        if let Some(found) = token.tenant.filter(|found| *found != self.tenant) {
            let wanted = self.tenant.clone();
            return Err(ConnectionError::OtherTenant { found, wanted });
        }
        let path = format!("/subscriptions/{}", self.subscription);
        let answer = client.read(&ReadRequest::get(path, "2022-12-01")).await?;
        let name = answer.body()["displayName"].as_str().unwrap_or_default();
        Ok(Reached {
            who: token.name.or(token.application).unwrap_or_default(),
            subscription: name.to_owned(),
        })
    }
}
