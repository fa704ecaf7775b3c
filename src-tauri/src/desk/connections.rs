//! Connections of the data folder: listed, made, tried, forgotten.
//!
//! Deliberately absent: secrets. The web view never holds one; the command asks for it in a terminal.

#![expect(
    missing_docs,
    reason = "each is documented where it becomes a command, in `ipc`"
)]

use super::Desk;
use crate::ipc::views::{AddConnection, ConnectionView, IpcError, ReachedView};
use crate::present::{connections, words};
use drillbook_engine::{CloudName, Connection, Connections, Credential};

impl Desk {
    pub async fn connections(&self) -> Result<Vec<ConnectionView>, IpcError> {
        let all = self.kept()?.list()?;
        Ok(all.iter().map(connections::row).collect())
    }

    pub async fn add_connection(
        &self,
        request: AddConnection,
    ) -> Result<Vec<ConnectionView>, IpcError> {
        let connection = Connection::new(
            request.name.trim(),
            cloud(&request.cloud)?,
            request.tenant.trim(),
            request.subscription.trim(),
            credential(&request.credential, request.client_id)?,
        )?;
        self.kept()?.add(&connection, None)?;
        self.connections().await
    }

    pub async fn test_connection(&self, name: &str) -> Result<ReachedView, IpcError> {
        let reached = self.kept()?.get(name)?.check().await?;
        Ok(ReachedView {
            who: reached.who,
            subscription: reached.subscription,
            at: words::time(chrono::Utc::now()),
        })
    }

    pub async fn remove_connection(&self, name: &str) -> Result<Vec<ConnectionView>, IpcError> {
        self.kept()?.remove(name)?;
        self.connections().await
    }

    fn kept(&self) -> Result<Connections, IpcError> {
        Ok(Connections::of(self.workspace()?.folder().path()))
    }
}

fn cloud(word: &str) -> Result<CloudName, IpcError> {
    match word {
        "public" => Ok(CloudName::Public),
        "usgov" => Ok(CloudName::UsGov),
        "china" => Ok(CloudName::China),
        _ => Err(unknown("cloud")),
    }
}

fn credential(word: &str, client_id: Option<String>) -> Result<Credential, IpcError> {
    let client_id = client_id.filter(|id| !id.trim().is_empty());
    match word {
        "azure-cli" => Ok(Credential::AzureCli),
        "azure-developer-cli" => Ok(Credential::AzureDeveloperCli),
        "workload-identity" => Ok(Credential::WorkloadIdentity { client_id }),
        "managed-identity" => Ok(Credential::ManagedIdentity { client_id }),
        "client-secret" | "client-certificate" => Err(IpcError::refused(
            "connection.secret_in_window",
            "The window takes no secret.",
            "Make this connection with drillbook connection add in a terminal, which asks for the secret unseen.",
        )),
        _ => Err(unknown("way to sign in")),
    }
}

fn unknown(what: &str) -> IpcError {
    IpcError::refused(
        "connection.word",
        &format!("The window named a {what} that is not known."),
        "Choose one of those on offer.",
    )
}
