//! Connections, in words.

use super::words;
use crate::ipc::views::{CertificateView, ConnectionView};
use drillbook_engine::{CertificateFile, CloudName, Connection, Credential};
use std::path::Path;

/// Returns a connection as the settings list it.
pub fn row(connection: &Connection, locked: bool) -> ConnectionView {
    let kept = if connection.needs_passphrase() {
        "under a passphrase"
    } else {
        "in the keyring"
    };
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
            Credential::AzureCli => "Azure CLI".to_owned(),
            Credential::AzureDeveloperCli => "Azure Developer CLI".to_owned(),
            Credential::WorkloadIdentity { .. } => "workload identity".to_owned(),
            Credential::ManagedIdentity { .. } => "managed identity".to_owned(),
            Credential::ClientSecret { .. } => format!("client secret, {kept}"),
            Credential::ClientCertificate { .. } => format!("client certificate, {kept}"),
        },
        locked,
    }
}

/// Returns the file of a certificate, by what it tells without its private key.
pub fn certificate(file: &Path, told: CertificateFile) -> CertificateView {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    CertificateView {
        file: name.into_owned(),
        locked: told.locked,
        subject: told.subject,
        until: told.until.map(words::time),
        expired: told.until.is_some_and(|until| until < chrono::Utc::now()),
    }
}
