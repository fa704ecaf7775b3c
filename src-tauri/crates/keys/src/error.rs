//! Why a key could not be kept, fetched or recovered.

use drillbook_diagnostic::{Diagnostic, Severity};
use std::path::PathBuf;

/// Whatever the keyring or the file format failed with.
pub(crate) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The system offers no keyring.
    #[error("there is no keyring on this computer")]
    NoKeyring(#[source] Option<Cause>),
    /// The keyring is locked, or does not let itself be asked.
    #[error("the keyring is locked or does not answer")]
    Locked(#[source] Option<Cause>),
    /// The keyring failed.
    #[error("the keyring failed")]
    Keyring(#[source] Cause),
    /// The folder says that its key is in the keyring, and it is not.
    #[error("the keyring has no key {id}, which this folder is sealed with")]
    Missing {
        /// The key's id.
        id: String,
    },
    /// The key that was found is not the folder's.
    #[error("the key {found} was found, the folder is sealed with the key {wanted}")]
    Other {
        /// The folder's.
        wanted: String,
        /// The one that was found.
        found: String,
    },
    /// The key is kept under a passphrase, and none was given.
    #[error("the key is kept under a passphrase, and none was given")]
    PassphraseNeeded,
    /// The passphrase does not open the file.
    #[error("the passphrase is wrong")]
    WrongPassphrase,
    /// The passphrase is too short to keep anything.
    #[error("the passphrase has fewer than {0} characters")]
    WeakPassphrase(usize),
    /// The identity does not open the file.
    #[error("the identity is not the one that the recovery file was made for")]
    WrongIdentity,
    /// Not the public key of a recipient.
    #[error("{0:?} is no recipient of age, such as age1…")]
    Recipient(String),
    /// Not the secret key of a recipient.
    #[error("the file holds no identity of age, such as AGE-SECRET-KEY-1…")]
    Identity,
    /// Not a recovery file.
    #[error("the file is no recovery file of Drillbook, or it was altered")]
    Recovery(#[source] Option<Cause>),
    /// The file that says where the key is kept cannot be read.
    #[error("the file {} does not say where the key is kept", path.display())]
    Pointer {
        /// The file.
        path: PathBuf,
    },
    /// A key is kept for this folder already.
    #[error("this folder has a key already, {id}")]
    Exists {
        /// The key's id.
        id: String,
    },
    /// A file cannot be read or written.
    #[error("the file {} cannot be used", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// No certificate with its private key.
    #[error("the file holds no certificate with its private key")]
    Certificate(#[source] Option<Cause>),
    /// The private key in the file is under a passphrase, and none was given.
    #[error("the private key in the certificate's file is under a passphrase")]
    CertificateLocked,
    /// The passphrase does not open the private key in the file.
    #[error("the passphrase of the certificate's file is wrong")]
    CertificatePassphrase,
    /// The system has no randomness to give.
    #[error("the system gives no random bytes")]
    Random(#[source] Cause),
}

impl Diagnostic for KeyError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoKeyring(_) => "key.no_keyring",
            Self::Locked(_) => "key.keyring_locked",
            Self::Keyring(_) => "key.keyring_failed",
            Self::Missing { .. } => "key.missing",
            Self::Other { .. } => "key.other",
            Self::PassphraseNeeded => "key.passphrase_needed",
            Self::WrongPassphrase => "key.wrong_passphrase",
            Self::WeakPassphrase(_) => "key.weak_passphrase",
            Self::WrongIdentity => "key.wrong_identity",
            Self::Recipient(_) => "key.recipient",
            Self::Identity => "key.identity",
            Self::Recovery(_) => "key.recovery_file",
            Self::Pointer { .. } => "key.pointer",
            Self::Exists { .. } => "key.exists",
            Self::File { .. } => "key.file",
            Self::Certificate(_) => "key.certificate",
            Self::CertificateLocked => "key.certificate_locked",
            Self::CertificatePassphrase => "key.certificate_passphrase",
            Self::Random(_) => "key.no_randomness",
        }
    }

    fn severity(&self) -> Severity {
        match self {
            Self::NoKeyring(_)
            | Self::Locked(_)
            | Self::Keyring(_)
            | Self::Missing { .. }
            | Self::File { .. }
            | Self::Random(_) => Severity::Unavailable,
            Self::Pointer { .. } => Severity::Internal,
            _ => Severity::Refused,
        }
    }

    fn remediation(&self) -> Option<String> {
        let text = match self {
            Self::NoKeyring(_) => {
                "Start a keyring (GNOME Keyring, KWallet or KeePassXC with the Secret Service) and start Drillbook \
                 again, or keep the key under a passphrase: drillbook journal seal --passphrase-file FILE."
            }
            Self::Locked(_) => "Unlock the keyring, then try again.",
            Self::Keyring(_) => "Check the keyring with its own program, then try again.",
            Self::Missing { .. } => {
                "Unlock the keyring that holds it, or put the key back: drillbook journal recover RECOVERY_FILE."
            }
            Self::Other { .. } => {
                "Use the recovery file of this folder, or name the folder that the key belongs to with --data."
            }
            Self::PassphraseNeeded => "Give the passphrase with --passphrase-file FILE.",
            Self::WrongPassphrase => "Give the passphrase that the file was made with.",
            Self::WeakPassphrase(_) => "Choose a longer one, such as six random words.",
            Self::WrongIdentity => {
                "Give the identity whose recipient was named when the file was made."
            }
            Self::Recipient(_) => "Make one with age-keygen and give its public key.",
            Self::Identity => "Give the file that age-keygen wrote.",
            Self::Recovery(_) => "Give the recovery file exactly as it was written.",
            Self::Pointer { .. } => {
                "Restore the file from a backup of the data folder, or recover the key: drillbook journal recover \
                 RECOVERY_FILE."
            }
            Self::Exists { .. } => "Use it as it is. A journal keeps its key.",
            Self::File { .. } => {
                "Check the file's name, its permissions and the space on the disk."
            }
            Self::Certificate(_) => {
                "Choose the file with certificate and private key, in PEM form or as a .pfx, as it was made."
            }
            Self::CertificateLocked => "Give the passphrase that the file was made with.",
            Self::CertificatePassphrase => {
                "Give the passphrase that the file was made with; it is another than the one that Drillbook keeps a \
                 secret under."
            }
            Self::Random(_) => "Start the computer again.",
        };
        Some(text.to_owned())
    }
}
