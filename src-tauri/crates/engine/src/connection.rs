//! Connections: who signs in to which subscription, made once, named, and kept in the data folder.
//!
//! Deliberately absent: secrets. A kind that needs one is refused until the OS keyring keeps it.

use drillbook_arm::{ArmError, Cloud, SignIn};
use drillbook_diagnostic::{Diagnostic, Severity};
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
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
    /// As an application, with a certificate of the OS keyring.
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
}

/// Why a connection cannot be made or used.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// The name is no plain word.
    #[error("{name:?} is no name for a connection")]
    Name {
        /// What was given.
        name: String,
    },
    /// Tenant or subscription is no id.
    #[error("the {field} is no id: {value:?}")]
    Id {
        /// `tenant` or `subscription`.
        field: &'static str,
        /// What was given.
        value: String,
    },
    /// There is one of that name.
    #[error("there is a connection {name} already")]
    Exists {
        /// Its name.
        name: String,
    },
    /// There is none of that name.
    #[error("there is no connection {name}")]
    Unknown {
        /// The name.
        name: String,
    },
    /// A file that is no connection, or of a newer version.
    #[error("the connection {name} cannot be read")]
    Unreadable {
        /// Its name.
        name: String,
    },
    /// The folder of connections.
    #[error("the connections cannot be read or written")]
    File(#[source] std::io::Error),
    /// The kind needs a secret, which only the OS keyring may keep.
    #[error("a connection of the kind {kind} needs a secret, and no keyring keeps it yet")]
    NoKeyring {
        /// The kind.
        kind: &'static str,
    },
    /// The cloud refuses the way to sign in.
    #[error(transparent)]
    Arm(#[from] ArmError),
}

impl Diagnostic for ConnectionError {
    fn code(&self) -> &'static str {
        match self {
            ConnectionError::Name { .. } => "connection.name",
            ConnectionError::Id { .. } => "connection.id",
            ConnectionError::Exists { .. } => "connection.exists",
            ConnectionError::Unknown { .. } => "connection.unknown",
            ConnectionError::Unreadable { .. } => "connection.unreadable",
            ConnectionError::File(_) => "connection.file",
            ConnectionError::NoKeyring { .. } => "connection.no_keyring",
            ConnectionError::Arm(error) => error.code(),
        }
    }

    fn severity(&self) -> Severity {
        match self {
            ConnectionError::File(_) | ConnectionError::NoKeyring { .. } => Severity::Unavailable,
            ConnectionError::Arm(error) => error.severity(),
            _ => Severity::Refused,
        }
    }

    fn remediation(&self) -> Option<String> {
        let text = match self {
            ConnectionError::Name { .. } => {
                "Use small letters, digits and hyphens, at most 40 of them."
            }
            ConnectionError::Id { .. } => "Copy the id from the portal: 36 characters.",
            ConnectionError::Exists { .. } => "Choose another name, or remove that one first.",
            ConnectionError::Unknown { .. } => {
                "Choose one from the list: drillbook connection list."
            }
            ConnectionError::Unreadable { .. } => "Remove it and make it anew.",
            ConnectionError::File(_) => {
                "Check that the data folder can be read and written, and that the disk is not full."
            }
            ConnectionError::NoKeyring { .. } => {
                "Use azure-cli, azure-developer-cli, workload-identity or managed-identity."
            }
            ConnectionError::Arm(error) => return error.remediation(),
        };
        Some(text.to_owned())
    }
}

impl Connection {
    /// Describes a connection.
    ///
    /// # Errors
    /// [`ConnectionError::Name`], [`ConnectionError::Id`], and [`ConnectionError::NoKeyring`] for a kind
    /// that needs a secret.
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
        };
        check_name(name)?;
        for (field, value) in [("tenant", tenant), ("subscription", subscription)] {
            if uuid::Uuid::try_parse(value).is_err() {
                let value = value.to_owned();
                return Err(ConnectionError::Id { field, value });
            }
        }
        connection.sign_in()?;
        Ok(connection)
    }

    /// Returns the cloud with this connection's way to sign in.
    ///
    /// # Errors
    /// [`ConnectionError::NoKeyring`] for a kind that needs a secret.
    pub fn cloud(&self) -> Result<Cloud, ConnectionError> {
        let cloud = match self.cloud {
            CloudName::Public => Cloud::public(),
            CloudName::UsGov => Cloud::us_gov(),
            CloudName::China => Cloud::china(),
        };
        Ok(cloud.signed_in_by(self.sign_in()?)?)
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
            Credential::ClientSecret { .. } | Credential::ClientCertificate { .. } => {
                Err(ConnectionError::NoKeyring {
                    kind: self.credential.word(),
                })
            }
        }
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

    /// Keeps a new connection, readable by its owner only.
    ///
    /// # Errors
    /// [`ConnectionError::Exists`], or why it could not be written.
    pub fn add(&self, connection: &Connection) -> Result<(), ConnectionError> {
        let file = self.file(&connection.name)?;
        let mut folder = std::fs::DirBuilder::new();
        folder.recursive(true).mode(0o700);
        folder.create(&self.0).map_err(ConnectionError::File)?;
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        let mut written = match options.open(&file) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                let name = connection.name.clone();
                return Err(ConnectionError::Exists { name });
            }
            other => other.map_err(ConnectionError::File)?,
        };
        let text = serde_json::to_string_pretty(connection).unwrap_or_default();
        written
            .write_all(text.as_bytes())
            .and_then(|()| written.sync_all())
            .map_err(ConnectionError::File)
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

    /// Forgets one.
    ///
    /// # Errors
    /// [`ConnectionError::Unknown`], or why it could not be deleted.
    pub fn remove(&self, name: &str) -> Result<(), ConnectionError> {
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
mod tests {
    use super::{CloudName, Connection, Connections, Credential};
    use drillbook_diagnostic::Diagnostic;

    const TENANT: &str = "7d3c1b52-64f0-4d0e-9a3b-0f6e2c8a1d47";
    const SUBSCRIPTION: &str = "3f0a9c1e-5b7d-4e26-8c41-b2d60f7e9a15";

    fn connection(name: &str, credential: Credential) -> Result<Connection, String> {
        let made = Connection::new(name, CloudName::UsGov, TENANT, SUBSCRIPTION, credential);
        made.map_err(|error| error.code().to_owned())
    }

    #[test]
    fn a_connection_is_kept_listed_and_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let all = Connections::of(folder.path());
        assert!(all.list().unwrap().is_empty());
        let machine = Credential::ManagedIdentity {
            client_id: Some("c".into()),
        };
        let one = connection("prod", machine).unwrap();
        let other = connection("ops-2", Credential::AzureCli).unwrap();
        all.add(&one).unwrap();
        all.add(&other).unwrap();
        assert_eq!(all.add(&one).unwrap_err().code(), "connection.exists");
        assert_eq!(all.list().unwrap(), [other, one.clone()]);
        assert_eq!(one.cloud().unwrap().name(), "AzureUSGovernment");
        all.remove("prod").unwrap();
        assert_eq!(all.get("prod").unwrap_err().code(), "connection.unknown");
        assert_eq!(all.remove("prod").unwrap_err().code(), "connection.unknown");
    }

    #[test]
    fn a_kind_with_a_secret_waits_for_a_keyring() {
        let client_id = || "c".to_owned();
        for credential in [
            Credential::ClientSecret {
                client_id: client_id(),
            },
            Credential::ClientCertificate {
                client_id: client_id(),
            },
        ] {
            let refused = connection("prod", credential).unwrap_err();
            assert_eq!(refused, "connection.no_keyring");
        }
    }

    #[test]
    fn names_lead_nowhere_else_and_ids_are_ids() {
        for name in ["", "../x", "A", "a/b", "-a", &"a".repeat(41)] {
            let refused = connection(name, Credential::AzureCli).unwrap_err();
            assert_eq!(refused, "connection.name", "{name}");
        }
        let made = Connection::new(
            "a",
            CloudName::Public,
            "t",
            SUBSCRIPTION,
            Credential::AzureCli,
        );
        assert_eq!(made.unwrap_err().code(), "connection.id");
    }

    #[test]
    fn a_file_of_another_version_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let all = Connections::of(folder.path());
        all.add(&connection("prod", Credential::AzureCli).unwrap())
            .unwrap();
        let file = folder.path().join("connections/prod.json");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, text.replace("connection/1", "connection/2")).unwrap();
        assert_eq!(all.get("prod").unwrap_err().code(), "connection.unreadable");
    }
}
