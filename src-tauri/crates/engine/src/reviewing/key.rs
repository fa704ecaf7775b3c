//! A reviewer's own SSH key: a file with or without passphrase, an agent, a security key, or a seed kept here.
//!
//! Ed25519 files are read here; everything else is left to `ssh-keygen -Y sign`, which speaks to agents and drives
//! security keys. Deliberately absent: keeping any key.

use drillbook_diagnostic::{Diagnostic, Severity};
use drillbook_trust::document::Presence;
use drillbook_trust::sshsig::{PublicKey, SignatureError, SigningKey};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The most bytes of a key file that are read.
const LONGEST: u64 = 65_536;

/// A key that can sign.
#[derive(Debug)]
pub struct ReviewerKey {
    file: PathBuf,
    here: Option<SigningKey>,
    public: PublicKey,
    presence: Presence,
}

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ReviewerKeyError {
    /// A file cannot be read.
    #[error("the key file {} cannot be read", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The private key is under a passphrase, and none was given.
    #[error("the key is under a passphrase")]
    Locked,
    /// OpenSSH did not sign.
    #[error("ssh-keygen could not sign: {said}")]
    SshKeygen {
        /// What it said.
        said: String,
    },
    /// No key, or a passphrase that does not open it.
    #[error(transparent)]
    Signature(#[from] SignatureError),
}

impl Diagnostic for ReviewerKeyError {
    fn code(&self) -> &'static str {
        match self {
            Self::File { .. } => "reviewer.key_file",
            Self::Locked => "reviewer.key_locked",
            Self::SshKeygen { .. } => "reviewer.ssh_keygen",
            Self::Signature(error) => error.code(),
        }
    }

    fn severity(&self) -> Severity {
        match self {
            Self::File { .. } | Self::SshKeygen { .. } => Severity::Unavailable,
            _ => Severity::Refused,
        }
    }

    fn remediation(&self) -> Option<String> {
        match self {
            Self::File { .. } => {
                Some("Choose a private key file, or a public one with its private half in an agent.".into())
            }
            Self::Locked => Some("Give the passphrase of the key file.".into()),
            Self::SshKeygen { .. } => Some(
                "Load the key into the agent with ssh-add, touch the security key when it asks, or choose an Ed25519 \
                 file."
                    .into(),
            ),
            Self::Signature(error) => error.remediation(),
        }
    }
}

impl ReviewerKey {
    /// Uses a key that is kept here.
    #[must_use]
    pub fn kept(key: SigningKey, presence: Presence) -> ReviewerKey {
        ReviewerKey {
            file: PathBuf::new(),
            public: key.public(),
            here: Some(key),
            presence,
        }
    }

    /// Reads a private key file, or a public one whose private half an agent or a security key holds; a private one
    /// under a passphrase is opened with [`ReviewerKey::opened`].
    ///
    /// # Errors
    /// [`ReviewerKeyError::File`], [`ReviewerKeyError::Signature`] when it holds no key that is accepted.
    pub fn open(file: &Path) -> Result<ReviewerKey, ReviewerKeyError> {
        let text = read(file)?;
        let private = text.trim_start().starts_with("-----BEGIN");
        let public = if private {
            public_of(file, &text)?
        } else {
            PublicKey::parse(&text)?
        };
        let presence = match (public.is_security_key(), private) {
            (true, _) => Presence::Sk,
            (false, true) => Presence::File,
            (false, false) => Presence::Agent,
        };
        Ok(ReviewerKey {
            file: file.to_owned(),
            here: SigningKey::from_openssh_file(&text).ok(),
            public,
            presence,
        })
    }

    /// Opens a private key file with its passphrase.
    ///
    /// # Errors
    /// [`ReviewerKeyError::Signature`] when the passphrase is another.
    pub fn opened(mut self, passphrase: &str) -> Result<ReviewerKey, ReviewerKeyError> {
        if self.is_locked() {
            let text = read(&self.file)?;
            self.here = Some(SigningKey::from_protected_file(&text, passphrase)?);
        }
        Ok(self)
    }

    /// Whether it is a private key file whose passphrase was not given yet.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.presence == Presence::File && self.here.is_none()
    }

    /// Returns the public half.
    #[must_use]
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Returns where the private half is.
    #[must_use]
    pub fn presence(&self) -> Presence {
        self.presence
    }

    /// Signs a document for one purpose.
    ///
    /// # Errors
    /// [`ReviewerKeyError::Locked`], [`ReviewerKeyError::SshKeygen`].
    pub fn sign(&self, namespace: &str, bytes: &[u8]) -> Result<String, ReviewerKeyError> {
        match &self.here {
            Some(key) => Ok(key.sign(namespace, bytes)?),
            None if self.is_locked() => Err(ReviewerKeyError::Locked),
            None => self.by_ssh_keygen(namespace, bytes),
        }
    }

    /// Asks nobody: an agent answers, or a security key is touched.
    fn by_ssh_keygen(&self, namespace: &str, bytes: &[u8]) -> Result<String, ReviewerKeyError> {
        let failed = |error: std::io::Error| ReviewerKeyError::SshKeygen {
            said: error.to_string(),
        };
        let folder = tempfile::tempdir().map_err(failed)?;
        let document = folder.path().join("document.json");
        std::fs::write(&document, bytes).map_err(failed)?;
        let mut command = Command::new("ssh-keygen");
        command.args(["-Y", "sign", "-n", namespace, "-f"]);
        command
            .arg(&self.file)
            .arg(&document)
            .stdin(Stdio::null())
            .env("SSH_ASKPASS_REQUIRE", "never");
        let ended = command.output().map_err(failed)?;
        if !ended.status.success() {
            let said = String::from_utf8_lossy(&ended.stderr).trim().to_owned();
            return Err(ReviewerKeyError::SshKeygen { said });
        }
        std::fs::read_to_string(document.with_extension("json.sig")).map_err(failed)
    }
}

fn read(file: &Path) -> Result<String, ReviewerKeyError> {
    let mut text = String::new();
    let opened = std::fs::File::open(file).and_then(|opened| {
        opened.take(LONGEST).read_to_string(&mut text)?;
        Ok(())
    });
    opened.map_err(|source| ReviewerKeyError::File {
        file: file.to_owned(),
        source,
    })?;
    Ok(text)
}

/// Returns the public half of a private key file: what stands in it, or in the `.pub` file beside it.
fn public_of(file: &Path, text: &str) -> Result<PublicKey, ReviewerKeyError> {
    if let Ok(public) = PublicKey::of_private_file(text) {
        return Ok(public);
    }
    let mut beside = file.as_os_str().to_owned();
    beside.push(".pub");
    Ok(PublicKey::parse(&read(Path::new(&beside))?)?)
}
