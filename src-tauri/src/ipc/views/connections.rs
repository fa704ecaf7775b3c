//! Connections, and what is asked to make one.

use serde::{Deserialize, Serialize};
use specta::Type;

/// A connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionView {
    /// Its name.
    pub name: String,
    /// The cloud, in words.
    pub cloud: String,
    /// Tenant id.
    pub tenant: String,
    /// Subscription id.
    pub subscription: String,
    /// How it signs in, in words.
    pub sign_in: String,
}

/// A new connection. No field of it is a secret: a kind that needs one is made in a terminal.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AddConnection {
    /// Its name: small letters, digits and hyphens.
    pub name: String,
    /// The cloud: `public`, `usgov` or `china`.
    pub cloud: String,
    /// Tenant id.
    pub tenant: String,
    /// Subscription id.
    pub subscription: String,
    /// How to sign in: `azure-cli`, `azure-developer-cli`, `workload-identity` or `managed-identity`.
    pub credential: String,
    /// Client id, for the kinds that may have one.
    pub client_id: Option<String>,
}

/// Who a connection signed in as, and where it led.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ReachedView {
    /// The person or application, as the token says it.
    pub who: String,
    /// Name of the subscription.
    pub subscription: String,
    /// When it answered.
    pub at: String,
}
