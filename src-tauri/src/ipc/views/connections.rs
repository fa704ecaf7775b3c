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
    /// Its secret is under a passphrase that was not given since Drillbook was started.
    pub locked: bool,
}

/// The file of a certificate that was chosen. Its private key stays on the Rust side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CertificateView {
    /// Name of the file.
    pub file: String,
    /// Its private key is under a passphrase.
    pub locked: bool,
    /// Who the certificate names, if it can be told.
    pub subject: Option<String>,
    /// Until when it is valid.
    pub until: Option<String>,
    /// It is not valid any more.
    pub expired: bool,
}

/// A new connection. A certificate is the one that was chosen last; a client secret is typed in a terminal, never here.
#[derive(Clone, PartialEq, Eq, Deserialize, Type)]
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
    /// How to sign in: `azure-cli`, `azure-developer-cli`, `workload-identity`, `managed-identity` or
    /// `client-certificate`.
    pub credential: String,
    /// Client id, for the kinds that may have one.
    pub client_id: Option<String>,
    /// The passphrase that opens the certificate's file, if it has one.
    pub certificate_passphrase: Option<String>,
    /// The passphrase to keep the certificate under, where there is no keyring.
    pub passphrase: Option<String>,
}

/// A passphrase is not printed.
impl std::fmt::Debug for AddConnection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AddConnection")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// The passphrase of a connection, asked for once in a run.
#[derive(Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UnlockConnection {
    /// Its name.
    pub name: String,
    /// What its secret is kept under.
    pub passphrase: String,
}

/// A passphrase is not printed.
impl std::fmt::Debug for UnlockConnection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UnlockConnection")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
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
