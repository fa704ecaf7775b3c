//! Why a connection cannot be made or used.

use drillbook_arm::ArmError;
use drillbook_diagnostic::{Diagnostic, Severity};
use drillbook_keys::KeyError;
use std::path::PathBuf;

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
    /// There is no keyring, and no passphrase was given instead.
    #[error("there is no keyring that could keep the secret of a connection")]
    NoKeyring(#[source] KeyError),
    /// The keyring is there and failed.
    #[error(transparent)]
    Key(KeyError),
    /// The kind has a secret, and there is none.
    #[error("a connection of the kind {kind} needs its secret")]
    Secret {
        /// The kind.
        kind: &'static str,
    },
    /// Cloud, address and credential do not make a connection to a simulator.
    #[error(
        "a connection leads to a simulator only as one, by azure-cli, client-secret or client-certificate"
    )]
    Simulator,
    /// The simulator's certificate authority.
    #[error("the certificate authority {} cannot be read", file.display())]
    Authority {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The token is of another tenant than the connection's.
    #[error("you are signed in to the tenant {found}")]
    OtherTenant {
        /// The token's tenant.
        found: String,
        /// The connection's.
        wanted: String,
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
            ConnectionError::NoKeyring(_) => "connection.no_keyring",
            ConnectionError::Secret { .. } => "connection.secret",
            ConnectionError::Simulator => "connection.simulator",
            ConnectionError::Authority { .. } => "connection.authority",
            ConnectionError::OtherTenant { .. } => "azure.other_tenant",
            ConnectionError::Key(error) => error.code(),
            ConnectionError::Arm(error) => error.code(),
        }
    }

    fn severity(&self) -> Severity {
        match self {
            ConnectionError::File(_)
            | ConnectionError::Authority { .. }
            | ConnectionError::NoKeyring(_) => Severity::Unavailable,
            ConnectionError::Key(error) => error.severity(),
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
            ConnectionError::NoKeyring(_) => {
                "Start a keyring (GNOME Keyring, KWallet or KeePassXC with the Secret Service), keep the secret under a \
                 passphrase with drillbook connection add --passphrase-file FILE, or use azure-cli, \
                 azure-developer-cli, workload-identity or managed-identity."
            }
            ConnectionError::Secret { .. } => {
                "Give the secret on standard input; if it was lost from the keyring, remove the connection and make \
                 it anew."
            }
            ConnectionError::Simulator => {
                "Give --cloud simulator and --simulator URL together, with --ca FILE for https."
            }
            ConnectionError::Authority { .. } => {
                "Name the file that simulator serve --ca-out wrote."
            }
            ConnectionError::OtherTenant { wanted, .. } => {
                return Some(format!("Sign in to the tenant {wanted}."));
            }
            ConnectionError::Key(error) => return error.remediation(),
            ConnectionError::Arm(error) => return error.remediation(),
        };
        Some(text.to_owned())
    }
}

impl From<KeyError> for ConnectionError {
    fn from(error: KeyError) -> ConnectionError {
        match error {
            KeyError::NoKeyring(_) => ConnectionError::NoKeyring(error),
            other => ConnectionError::Key(other),
        }
    }
}
