//! A reviewer's own SSH key: a file, an agent or a security key.
//!
//! Plain Ed25519 files are read here; everything else is left to `ssh-keygen -Y sign`, which asks for
//! passphrases, speaks to agents and drives security keys. Deliberately absent: keeping any key.

use crate::output::{Failure, unreadable};
use drillbook_trust::document::Presence;
use drillbook_trust::sshsig::{PublicKey, SigningKey};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A key that can sign.
#[derive(Debug)]
pub(crate) struct Key {
    file: PathBuf,
    here: Option<SigningKey>,
    /// The public half.
    pub(crate) public: PublicKey,
    /// Where the private half is.
    pub(crate) presence: Presence,
}

impl Key {
    /// Reads a private key file, or a public one whose private half an agent or a security key holds.
    pub(crate) fn open(file: &Path) -> Result<Key, Failure> {
        let text = std::fs::read_to_string(file).map_err(|error| unreadable(file, &error))?;
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
        Ok(Key {
            file: file.to_owned(),
            here: SigningKey::from_openssh_file(&text).ok(),
            public,
            presence,
        })
    }

    /// Signs a document for one purpose.
    pub(crate) fn sign(&self, namespace: &str, bytes: &[u8]) -> Result<String, Failure> {
        match &self.here {
            Some(key) => Ok(key.sign(namespace, bytes)?),
            None => self.by_ssh_keygen(namespace, bytes),
        }
    }

    fn by_ssh_keygen(&self, namespace: &str, bytes: &[u8]) -> Result<String, Failure> {
        let failed = |error: &std::io::Error| {
            let sentence = format!("ssh-keygen could not sign: {error}");
            let next = "Install OpenSSH 8.2 or newer, or sign with an unprotected Ed25519 file.";
            Failure::new("cli.ssh_keygen", &sentence, next)
        };
        let folder = tempfile::tempdir().map_err(|error| failed(&error))?;
        let document = folder.path().join("document.json");
        std::fs::write(&document, bytes).map_err(|error| failed(&error))?;
        // It asks for passphrases at the terminal and says on standard error when to touch a key.
        let mut command = Command::new("ssh-keygen");
        command.args(["-Y", "sign", "-n", namespace, "-f"]);
        command.arg(&self.file).arg(&document).stdout(Stdio::null());
        let ended = command.status().map_err(|error| failed(&error))?;
        if !ended.success() {
            return Err(failed(&std::io::Error::other(ended.to_string())));
        }
        let signature = document.with_extension("json.sig");
        std::fs::read_to_string(signature).map_err(|error| failed(&error))
    }
}

/// Returns the public half of a private key file: what stands in it, or in the `.pub` file beside it.
fn public_of(file: &Path, text: &str) -> Result<PublicKey, Failure> {
    if let Ok(public) = PublicKey::of_private_file(text) {
        return Ok(public);
    }
    let mut beside = file.as_os_str().to_owned();
    beside.push(".pub");
    let beside = PathBuf::from(beside);
    let line = std::fs::read_to_string(&beside).map_err(|error| unreadable(&beside, &error))?;
    Ok(PublicKey::parse(&line)?)
}
