//! What an engine needs beside a connection's cloud: a clock, and how the place is called.

use super::{Connection, ConnectionError};
use crate::{Clock, Environment};
use drillbook_arm::Welcome;

impl Connection {
    /// Returns the clock and the environment; the clock of a simulator is its own.
    ///
    /// # Errors
    /// [`ConnectionError::Arm`] when a simulator does not answer, [`ConnectionError::Authority`].
    pub async fn surroundings(&self) -> Result<(Clock, Environment), ConnectionError> {
        let environment = Environment {
            tenant: self.tenant.clone(),
            subscription: self.subscription.clone(),
            ..Environment::default()
        };
        let Some(at) = &self.simulator else {
            return Ok((Clock::real(), environment));
        };
        let welcome = Welcome::ask(&at.address, at.ca_pem()?).await?;
        let environment = Environment {
            tenant_name: welcome.company.clone(),
            subscription_name: welcome.subscription_name,
            scenario: Some(welcome.company),
            ..environment
        };
        Ok((Clock::rehearsal(welcome.now, 1.0), environment))
    }
}
