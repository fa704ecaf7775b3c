//! Connections, in words.

use crate::ipc::views::ConnectionView;
use drillbook_engine::{CloudName, Connection, Credential};

/// Returns a connection as the settings list it.
pub fn row(connection: &Connection) -> ConnectionView {
    ConnectionView {
        name: connection.name.clone(),
        cloud: match connection.cloud {
            CloudName::Public => "public cloud",
            CloudName::UsGov => "US Government cloud",
            CloudName::China => "China cloud",
            CloudName::Simulator => "a simulator",
        }
        .to_owned(),
        tenant: connection.tenant.clone(),
        subscription: connection.subscription.clone(),
        sign_in: match connection.credential {
            Credential::AzureCli => "Azure CLI",
            Credential::AzureDeveloperCli => "Azure Developer CLI",
            Credential::WorkloadIdentity { .. } => "workload identity",
            Credential::ManagedIdentity { .. } => "managed identity",
            Credential::ClientSecret { .. } => "client secret, in the keyring",
            Credential::ClientCertificate { .. } => "client certificate",
        }
        .to_owned(),
    }
}
