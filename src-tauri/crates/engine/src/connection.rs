//! Connections: who signs in to which subscription, made once, named, and kept in the data folder.
//!
//! Deliberately absent: secrets in the clear. A kind that has one keeps it in the OS keyring, and the file names the
//! entry; where there is no keyring, the file holds it under a passphrase.

mod around;
mod check;
mod error;
mod sealed;

pub use check::Reached;
pub use error::ConnectionError;

use self::sealed::Opened;
use drillbook_arm::{Cloud, Secret, SignIn, Simulated};
use drillbook_journal::create_file;
use drillbook_keys::KeyError;
use serde::{Deserialize, Serialize};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// What stands in each file.
const DOCUMENT: &str = "drill.connection/1";

/// Names of a connection's file are at most this long.
const LONGEST_NAME: usize = 40;

/// One of Azure's clouds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CloudName {
    /// The public cloud.
    Public,
    /// US Government.
    UsGov,
    /// China.
    China,
    /// A simulator on this computer.
    Simulator,
}

/// Where a simulator of this computer answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SimulatorAt {
    /// Its address, such as `https://127.0.0.1:41234`.
    pub address: String,
    /// The file of its certificate authority.
    pub ca: Option<PathBuf>,
}

/// How to sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Credential {
    /// Through `az`.
    AzureCli,
    /// Through `azd`.
    AzureDeveloperCli,
    /// As a workload of Kubernetes, with its projected token.
    WorkloadIdentity {
        /// Application id.
        client_id: Option<String>,
    },
    /// As a machine of Azure.
    ManagedIdentity {
        /// Client id of a user-assigned identity.
        client_id: Option<String>,
    },
    /// As an application, with a secret of the OS keyring.
    ClientSecret {
        /// Application id.
        client_id: String,
    },
    /// As an application, with a certificate; it and its private key are in the OS keyring only.
    ClientCertificate {
        /// Application id.
        client_id: String,
    },
}

impl Credential {
    /// Returns the word on the command line and in the file.
    pub fn word(&self) -> &'static str {
        match self {
            Credential::AzureCli => "azure-cli",
            Credential::AzureDeveloperCli => "azure-developer-cli",
            Credential::WorkloadIdentity { .. } => "workload-identity",
            Credential::ManagedIdentity { .. } => "managed-identity",
            Credential::ClientSecret { .. } => "client-secret",
            Credential::ClientCertificate { .. } => "client-certificate",
        }
    }
}

/// A named way to a subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connection {
    #[serde(rename = "type")]
    document: String,
    /// Its name: small letters, digits and hyphens.
    pub name: String,
    /// The cloud.
    pub cloud: CloudName,
    /// Tenant id.
    pub tenant: String,
    /// Subscription id.
    pub subscription: String,
    /// How to sign in.
    pub credential: Credential,
    /// Where the simulator is; only of [`CloudName::Simulator`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub simulator: Option<SimulatorAt>,
    /// The entry of the OS keyring that keeps the secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    entry: Option<String>,
    /// The secret under a passphrase, where there is no keyring.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sealed: Option<String>,
    /// The secret in memory, once the passphrase was given.
    #[serde(skip)]
    opened: Opened,
}

impl Connection {
    /// Describes a connection.
    ///
    /// # Errors
    /// [`ConnectionError::Name`], [`ConnectionError::Id`].
    pub fn new(
        name: &str,
        cloud: CloudName,
        tenant: &str,
        subscription: &str,
        credential: Credential,
    ) -> Result<Connection, ConnectionError> {
        let connection = Connection {
            document: DOCUMENT.to_owned(),
            name: name.to_owned(),
            cloud,
            tenant: tenant.to_owned(),
            subscription: subscription.to_owned(),
            credential,
            simulator: None,
            entry: None,
            sealed: None,
            opened: Opened::default(),
        };
        check_name(name)?;
        for (field, value) in [("tenant", tenant), ("subscription", subscription)] {
            if uuid::Uuid::try_parse(value).is_err() {
                let value = value.to_owned();
                return Err(ConnectionError::Id { field, value });
            }
        }
        Ok(connection)
    }

    /// Leads the connection to a simulator.
    #[must_use]
    pub fn to_simulator(mut self, at: SimulatorAt) -> Connection {
        self.simulator = Some(at);
        self
    }

    /// Whether the kind has a secret, which is kept in the OS keyring.
    pub fn has_secret(&self) -> bool {
        matches!(
            self.credential,
            Credential::ClientSecret { .. } | Credential::ClientCertificate { .. }
        )
    }

    /// Returns the cloud with this connection's way to sign in; a secret is fetched from the OS keyring.
    ///
    /// # Errors
    /// [`ConnectionError::Simulator`] when address and cloud do not fit, [`ConnectionError::NoKeyring`] and the
    /// keyring's own errors for a kind with a secret.
    pub fn cloud(&self) -> Result<Cloud, ConnectionError> {
        let cloud = match self.cloud {
            CloudName::Public => Cloud::public(),
            CloudName::UsGov => Cloud::us_gov(),
            CloudName::China => Cloud::china(),
            CloudName::Simulator => return self.simulated(),
        };
        if self.simulator.is_some() {
            return Err(ConnectionError::Simulator);
        }
        Ok(cloud.signed_in_by(self.sign_in()?)?)
    }

    /// A connection to a simulator says so itself: no other reaches one, whatever the address.
    fn simulated(&self) -> Result<Cloud, ConnectionError> {
        let Some(at) = &self.simulator else {
            return Err(ConnectionError::Simulator);
        };
        let (client_id, client_secret) = match &self.credential {
            Credential::AzureCli => (String::new(), Secret::new("")),
            Credential::ClientSecret { client_id } => (client_id.clone(), self.secret()?),
            Credential::ClientCertificate { client_id } => (client_id.clone(), Secret::new("")),
            _ => return Err(ConnectionError::Simulator),
        };
        let simulated = Simulated {
            arm: at.address.clone(),
            authority: at.address.clone(),
            prices: Some(at.address.clone()),
            storage: Vec::new(),
            ca_pem: at.ca_pem()?,
            tenant: self.tenant.clone(),
            client_id,
            client_secret,
        };
        Ok(match self.credential {
            Credential::AzureCli => Cloud::simulator_by_cli(simulated)?,
            Credential::ClientCertificate { .. } => {
                Cloud::simulator_by_certificate(simulated, self.secret()?)?
            }
            _ => Cloud::simulator(simulated)?,
        })
    }

    fn sign_in(&self) -> Result<SignIn, ConnectionError> {
        let tenant = self.tenant.clone();
        match &self.credential {
            Credential::AzureCli => Ok(SignIn::AzureCli {
                tenant: Some(tenant),
            }),
            Credential::AzureDeveloperCli => Ok(SignIn::AzureDeveloperCli { tenant }),
            Credential::WorkloadIdentity { client_id } => Ok(SignIn::WorkloadIdentity {
                tenant,
                client_id: client_id.clone(),
            }),
            Credential::ManagedIdentity { client_id } => Ok(SignIn::ManagedIdentity {
                client_id: client_id.clone(),
            }),
            Credential::ClientSecret { client_id } => Ok(SignIn::ClientSecret {
                tenant,
                client_id: client_id.clone(),
                secret: self.secret()?,
            }),
            Credential::ClientCertificate { client_id } => Ok(SignIn::ClientCertificate {
                tenant,
                client_id: client_id.clone(),
                certificate: self.secret()?,
            }),
        }
    }

    fn secret(&self) -> Result<Secret, ConnectionError> {
        let missing = || ConnectionError::Secret {
            kind: self.credential.word(),
        };
        if let Some(secret) = self.opened.secret() {
            return Ok(secret);
        }
        if self.needs_passphrase() {
            return Err(ConnectionError::Key(KeyError::PassphraseNeeded));
        }
        let entry = self.entry.as_deref().ok_or_else(missing)?;
        let kept = drillbook_keys::load_text(entry)?.ok_or_else(missing)?;
        Ok(Secret::new(kept.as_str()))
    }
}

impl SimulatorAt {
    /// Reads the file of the simulator's certificate authority, if it has one.
    ///
    /// # Errors
    /// [`ConnectionError::Authority`].
    pub fn ca_pem(&self) -> Result<Option<String>, ConnectionError> {
        let read = |file: &PathBuf| {
            std::fs::read_to_string(file).map_err(|source| ConnectionError::Authority {
                file: file.clone(),
                source,
            })
        };
        self.ca.as_ref().map(read).transpose()
    }
}

/// The connections of a data folder.
#[derive(Debug, Clone)]
pub struct Connections(PathBuf);

impl Connections {
    /// Returns those of a data folder; it need not exist yet.
    pub fn of(data: &Path) -> Connections {
        Connections(data.join("connections"))
    }

    /// Keeps a new connection, readable by its owner only, and its secret in the OS keyring.
    ///
    /// # Errors
    /// [`ConnectionError::Exists`], [`ConnectionError::Simulator`], [`ConnectionError::Secret`] when the kind has a
    /// secret and none is given, or why it could not be kept; nothing is left then.
    pub fn add(
        &self,
        connection: &Connection,
        secret: Option<&str>,
    ) -> Result<(), ConnectionError> {
        if self.file(&connection.name)?.exists() {
            let name = connection.name.clone();
            return Err(ConnectionError::Exists { name });
        }
        let mut connection = connection.clone();
        let kind = connection.credential.word();
        let given = secret.filter(|text| !text.is_empty());
        match (connection.has_secret(), given) {
            (true, None) => Err(ConnectionError::Secret { kind }),
            (false, _) => {
                // Whatever does not fit is found now, and not in a drill.
                connection.cloud()?;
                self.write(&connection)
            }
            (true, Some(text)) => {
                let entry = format!("connection {}", uuid::Uuid::new_v4());
                drillbook_keys::store_text(&entry, text)?;
                connection.entry = Some(entry.clone());
                let kept = connection.cloud().and_then(|_| self.write(&connection));
                if kept.is_err() {
                    drillbook_keys::forget(&entry)?;
                }
                kept
            }
        }
    }

    /// Keeps a new connection with its secret under a passphrase, for a computer without a keyring.
    ///
    /// # Errors
    /// As [`Connections::add`], and [`KeyError::WeakPassphrase`].
    pub fn add_under(
        &self,
        connection: &Connection,
        secret: &str,
        passphrase: &str,
    ) -> Result<(), ConnectionError> {
        if self.file(&connection.name)?.exists() {
            let name = connection.name.clone();
            return Err(ConnectionError::Exists { name });
        }
        if secret.is_empty() || !connection.has_secret() {
            let kind = connection.credential.word();
            return Err(ConnectionError::Secret { kind });
        }
        let connection = connection.clone().sealed(secret, passphrase)?;
        connection.cloud()?;
        self.write(&connection)
    }

    fn write(&self, connection: &Connection) -> Result<(), ConnectionError> {
        let file = self.file(&connection.name)?;
        let mut folder = std::fs::DirBuilder::new();
        folder.recursive(true).mode(0o700);
        folder.create(&self.0).map_err(ConnectionError::File)?;
        let text = serde_json::to_string_pretty(connection).unwrap_or_default();
        create_file(&file, text.as_bytes()).map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => ConnectionError::Exists {
                name: connection.name.clone(),
            },
            _ => ConnectionError::File(error),
        })
    }

    /// Returns all, by name.
    ///
    /// # Errors
    /// [`ConnectionError::Unreadable`] for a file that is none.
    pub fn list(&self) -> Result<Vec<Connection>, ConnectionError> {
        let files = match std::fs::read_dir(&self.0) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(ConnectionError::File)?,
        };
        let mut names = Vec::new();
        for file in files {
            let path = file.map_err(ConnectionError::File)?.path();
            let json = path.extension().is_some_and(|end| end == "json");
            if let (true, Some(name)) = (json, path.file_stem().and_then(|name| name.to_str())) {
                names.push(name.to_owned());
            }
        }
        names.sort();
        names.iter().map(|name| self.get(name)).collect()
    }

    /// Returns one by its name.
    ///
    /// # Errors
    /// [`ConnectionError::Unknown`], [`ConnectionError::Unreadable`].
    pub fn get(&self, name: &str) -> Result<Connection, ConnectionError> {
        let name_of = || name.to_owned();
        let text = match std::fs::read_to_string(self.file(name)?) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(ConnectionError::Unknown { name: name_of() });
            }
            other => other.map_err(ConnectionError::File)?,
        };
        let read: Option<Connection> = serde_json::from_str(&text).ok();
        read.filter(|one| one.document == DOCUMENT && one.name == name)
            .ok_or_else(|| ConnectionError::Unreadable { name: name_of() })
    }

    /// Forgets one, its secret first.
    ///
    /// # Errors
    /// [`ConnectionError::Unknown`], or why it could not be deleted.
    pub fn remove(&self, name: &str) -> Result<(), ConnectionError> {
        if let Ok(Connection {
            entry: Some(entry), ..
        }) = self.get(name)
        {
            drillbook_keys::forget(&entry)?;
        }
        match std::fs::remove_file(self.file(name)?) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let name = name.to_owned();
                Err(ConnectionError::Unknown { name })
            }
            other => other.map_err(ConnectionError::File),
        }
    }

    fn file(&self, name: &str) -> Result<PathBuf, ConnectionError> {
        check_name(name)?;
        Ok(self.0.join(format!("{name}.json")))
    }
}

/// A name is a file's name as well: nothing that could lead elsewhere.
fn check_name(name: &str) -> Result<(), ConnectionError> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let starts = name.bytes().next().is_some_and(|b| b != b'-');
    if starts && name.len() <= LONGEST_NAME && name.bytes().all(plain) {
        return Ok(());
    }
    let name = name.to_owned();
    Err(ConnectionError::Name { name })
}

#[cfg(test)]
mod tests;
