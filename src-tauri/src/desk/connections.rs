//! Connections of the data folder: listed, made, unlocked, tried, forgotten.
//!
//! Deliberately absent: private keys and secrets on their way through the web view. A certificate's file is chosen in a
//! dialog of the desktop and read here; a client secret is asked for by the command, in a terminal.

#![expect(
    missing_docs,
    reason = "each is documented where it becomes a command, in `ipc`"
)]

use super::{Ask, Desk, locked};
use crate::ipc::views::{
    AddConnection, CertificateView, ConnectionView, IpcError, ReachedView, UnlockConnection,
};
use crate::present::{connections, words};
use drillbook_engine::{
    CertificateFile, CloudName, Connection, ConnectionError, Connections, Credential, KeyError,
    certificate,
};
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use zeroize::Zeroizing;

/// The most bytes of a certificate's file that are read.
const LONGEST_FILE: u64 = 1_048_577;

/// Connections whose passphrase was given since Drillbook was started, by name.
#[derive(Default)]
pub(super) struct Unlocked(Mutex<BTreeMap<String, Connection>>);

impl Unlocked {
    /// Returns a connection, with its secret if its passphrase was given for this very file.
    pub(super) fn get(&self, data: &Path, name: &str) -> Result<Connection, ConnectionError> {
        let kept = Connections::of(data).get(name)?;
        let known = locked(&self.0).get(name).cloned();
        Ok(known.filter(|known| *known == kept).unwrap_or(kept))
    }

    fn keep(&self, open: Connection) {
        locked(&self.0).insert(open.name.clone(), open);
    }

    fn forget(&self, name: &str) {
        locked(&self.0).remove(name);
    }
}

impl Desk {
    pub async fn connections(&self) -> Result<Vec<ConnectionView>, IpcError> {
        let data = self.data_path()?;
        let all = Connections::of(&data).list()?;
        let row = |one: &Connection| {
            let open = self.shared.unlocked.get(&data, &one.name);
            let locked = open.map_or(true, |open| open.needs_passphrase());
            connections::row(one, locked)
        };
        Ok(all.iter().map(row).collect())
    }

    pub async fn choose_certificate(&self) -> Result<Option<CertificateView>, IpcError> {
        *locked(&self.shared.certificate) = None;
        let Some(file) = self.place(Ask::Open)? else {
            return Ok(None);
        };
        let told = CertificateFile::read(&read(&file)?)?;
        let view = connections::certificate(&file, told);
        *locked(&self.shared.certificate) = Some(file);
        Ok(Some(view))
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
        let all = Connections::of(&self.data_path()?);
        match connection.credential {
            Credential::ClientCertificate { .. } => {
                let words = request.certificate_passphrase.map(Zeroizing::new);
                let secret = self.chosen_certificate(words.as_deref().map(String::as_str))?;
                match request.passphrase.map(Zeroizing::new) {
                    Some(passphrase) => {
                        all.add_under(&connection, &secret, &passphrase)?;
                        let kept = all.get(&connection.name)?;
                        self.shared.unlocked.keep(kept.open(&passphrase)?);
                    }
                    None => all.add(&connection, Some(&secret))?,
                }
                *locked(&self.shared.certificate) = None;
            }
            _ => all.add(&connection, None)?,
        }
        self.connections().await
    }

    pub async fn unlock_connection(
        &self,
        request: UnlockConnection,
    ) -> Result<Vec<ConnectionView>, IpcError> {
        let kept = Connections::of(&self.data_path()?).get(&request.name)?;
        let passphrase = Zeroizing::new(request.passphrase);
        if kept.needs_passphrase() {
            self.shared.unlocked.keep(kept.open(&passphrase)?);
        }
        self.connections().await
    }

    pub async fn test_connection(&self, name: &str) -> Result<ReachedView, IpcError> {
        let connection = self.shared.unlocked.get(&self.data_path()?, name)?;
        let reached = connection.check().await?;
        Ok(ReachedView {
            who: reached.who,
            subscription: reached.subscription,
            at: words::time(chrono::Utc::now()),
        })
    }

    pub async fn remove_connection(&self, name: &str) -> Result<Vec<ConnectionView>, IpcError> {
        Connections::of(&self.data_path()?).remove(name)?;
        self.shared.unlocked.forget(name);
        self.connections().await
    }

    /// Reads certificate and private key of the file that was chosen.
    fn chosen_certificate(&self, passphrase: Option<&str>) -> Result<Zeroizing<String>, IpcError> {
        let Some(file) = locked(&self.shared.certificate).clone() else {
            return Err(IpcError::refused(
                "connection.no_certificate",
                "No certificate was chosen.",
                "Choose the file with the certificate and its private key.",
            ));
        };
        Ok(certificate(&read(&file)?, passphrase)?)
    }

    fn data_path(&self) -> Result<PathBuf, IpcError> {
        Ok(self.workspace()?.folder().path().to_owned())
    }
}

fn read(file: &Path) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let mut bytes = Zeroizing::new(Vec::new());
    let opened = std::fs::File::open(file).and_then(|opened| {
        opened.take(LONGEST_FILE).read_to_end(&mut bytes)?;
        Ok(())
    });
    opened.map_err(|source| KeyError::File {
        path: file.to_owned(),
        source,
    })?;
    Ok(bytes)
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
    let client_id = client_id
        .map(|id| id.trim().to_owned())
        .filter(|id| !id.is_empty());
    match (word, client_id) {
        ("azure-cli", _) => Ok(Credential::AzureCli),
        ("azure-developer-cli", _) => Ok(Credential::AzureDeveloperCli),
        ("workload-identity", client_id) => Ok(Credential::WorkloadIdentity { client_id }),
        ("managed-identity", client_id) => Ok(Credential::ManagedIdentity { client_id }),
        ("client-certificate", Some(client_id)) => Ok(Credential::ClientCertificate { client_id }),
        ("client-certificate", None) => Err(IpcError::refused(
            "connection.no_client",
            "An application signs in with its id, and none was given.",
            "Copy the application (client) id from the portal.",
        )),
        ("client-secret", _) => Err(IpcError::refused(
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
