//! Recovery files: a key in the format of age, armored, for a passphrase or for a recipient.
//!
//! Any implementation of age opens them. Inside is one JSON object of two texts.

use crate::error::KeyError;
use crate::key::Key;
use age::secrecy::SecretString;
use age::{DecryptError, Decryptor, Encryptor, Recipient, armor, scrypt, x25519};
use serde::{Deserialize, Serialize};
use std::io::{Read, Write};
use zeroize::{Zeroize, Zeroizing};

/// The fewest characters of a passphrase.
const SHORTEST: usize = 12;

/// The most work that opening a file may cost: 2^20 rounds take seconds, not hours.
const MOST_WORK: u8 = 20;

/// The most bytes that a recovery file holds inside.
const MOST_BYTES: u64 = 4096;

const TYPE: &str = "drillbook.recovery/1";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Inside {
    #[serde(rename = "type")]
    kind: String,
    key: String,
}

impl Drop for Inside {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

/// What opens a recovery file.
#[derive(Clone)]
pub enum Opener {
    /// The passphrase it was made with.
    Passphrase(SecretText),
    /// The text of an age identity file.
    Identity(SecretText),
}

/// A text that leaves memory when dropped.
pub type SecretText = Zeroizing<String>;

impl std::fmt::Debug for Opener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Passphrase(_) => "Passphrase",
            Self::Identity(_) => "Identity",
        })
    }
}

/// Seals a key under a passphrase (scrypt).
///
/// # Errors
/// [`KeyError::WeakPassphrase`].
pub fn to_passphrase(key: &Key, passphrase: &str) -> Result<String, KeyError> {
    seal(key, &recipient_of(passphrase)?)
}

/// Returns what seals under a passphrase.
pub(crate) fn recipient_of(passphrase: &str) -> Result<scrypt::Recipient, KeyError> {
    if passphrase.chars().count() < SHORTEST {
        return Err(KeyError::WeakPassphrase(SHORTEST));
    }
    let mut recipient = scrypt::Recipient::new(SecretString::from(passphrase.to_owned()));
    if cfg!(debug_assertions) {
        // An unoptimised build takes a minute for what a release takes a second; tests need none of it.
        recipient.set_work_factor(8);
    }
    Ok(recipient)
}

/// Returns what opens what was sealed under a passphrase.
pub(crate) fn identity_of(passphrase: &str) -> scrypt::Identity {
    let mut identity = scrypt::Identity::new(SecretString::from(passphrase.to_owned()));
    identity.set_max_work_factor(MOST_WORK);
    identity
}

/// Seals a key for the holder of an age identity, named by its recipient `age1…`.
///
/// # Errors
/// [`KeyError::Recipient`].
pub fn to_recipient(key: &Key, recipient: &str) -> Result<String, KeyError> {
    let read: Result<x25519::Recipient, _> = recipient.trim().parse();
    let recipient = read.map_err(|_| KeyError::Recipient(recipient.to_owned()))?;
    seal(key, &recipient)
}

/// Opens a recovery file.
///
/// # Errors
/// [`KeyError::WrongPassphrase`], [`KeyError::WrongIdentity`], or [`KeyError::Recovery`] when it is
/// none.
pub fn recover(file: &str, opener: &Opener) -> Result<Key, KeyError> {
    let (identity, wrong): (Box<dyn age::Identity>, KeyError) = match opener {
        Opener::Passphrase(text) => (Box::new(identity_of(text)), KeyError::WrongPassphrase),
        Opener::Identity(text) => (Box::new(identity(text)?), KeyError::WrongIdentity),
    };
    let inside = opened(file, &*identity, wrong, MOST_BYTES)?;
    let inside: Inside = serde_json::from_str(&inside).map_err(|_| KeyError::Recovery(None))?;
    match Key::from_hex(&inside.key) {
        Some(key) if inside.kind == TYPE => Ok(key),
        _ => Err(KeyError::Recovery(None)),
    }
}

/// Opens an armored text of at most that many bytes.
pub(crate) fn opened(
    file: &str,
    identity: &dyn age::Identity,
    wrong: KeyError,
    most: u64,
) -> Result<SecretText, KeyError> {
    let broken = |cause: Option<age::DecryptError>| KeyError::Recovery(cause.map(Into::into));
    let decryptor = Decryptor::new(armor::ArmoredReader::new(file.as_bytes()))
        .map_err(|error| broken(Some(error)))?;
    let mut inside = Zeroizing::new(String::new());
    match decryptor.decrypt(std::iter::once(identity)) {
        Ok(reader) => {
            let read = reader.take(most).read_to_string(&mut inside);
            read.map_err(|error| KeyError::Recovery(Some(error.into())))?;
        }
        Err(
            DecryptError::DecryptionFailed
            | DecryptError::NoMatchingKeys
            | DecryptError::KeyDecryptionFailed,
        ) => return Err(wrong),
        Err(error) => return Err(broken(Some(error))),
    }
    Ok(inside)
}

/// Reads the first identity of a file as age-keygen writes it.
fn identity(text: &str) -> Result<x25519::Identity, KeyError> {
    let line = text
        .lines()
        .map(str::trim)
        .find(|line| line.starts_with("AGE-SECRET-KEY-1"));
    line.and_then(|line| line.parse().ok())
        .ok_or(KeyError::Identity)
}

fn seal(key: &Key, recipient: &dyn Recipient) -> Result<String, KeyError> {
    let inside = Inside {
        kind: TYPE.to_owned(),
        key: key.to_hex().to_string(),
    };
    let text = Zeroizing::new(serde_json::to_string(&inside).unwrap_or_default());
    sealed(&text, recipient)
}

/// Seals a text, armored.
pub(crate) fn sealed(text: &str, recipient: &dyn Recipient) -> Result<String, KeyError> {
    let failed = |error: std::io::Error| KeyError::Recovery(Some(error.into()));
    let encryptor = Encryptor::with_recipients(std::iter::once(recipient))
        .map_err(|error| KeyError::Recovery(Some(error.into())))?;
    let armored =
        armor::ArmoredWriter::wrap_output(Vec::new(), armor::Format::AsciiArmor).map_err(failed)?;
    let mut writer = encryptor.wrap_output(armored).map_err(failed)?;
    writer.write_all(text.as_bytes()).map_err(failed)?;
    let bytes = writer
        .finish()
        .and_then(armor::ArmoredWriter::finish)
        .map_err(failed)?;
    String::from_utf8(bytes).map_err(|error| KeyError::Recovery(Some(error.into())))
}

#[cfg(test)]
mod tests {
    use super::{Opener, recover, to_passphrase, to_recipient};
    use crate::key::Key;
    use age::secrecy::ExposeSecret;
    use drillbook_diagnostic::Diagnostic;
    use zeroize::Zeroizing;

    const PASSPHRASE: &str = "correct horse battery staple";

    fn passphrase(text: &str) -> Opener {
        Opener::Passphrase(Zeroizing::new(text.to_owned()))
    }

    #[test]
    fn a_passphrase_brings_the_key_back_and_another_does_not() {
        let key = Key::draw().unwrap();
        let file = to_passphrase(&key, PASSPHRASE).unwrap();
        assert!(file.starts_with("-----BEGIN AGE ENCRYPTED FILE-----"));
        assert_eq!(recover(&file, &passphrase(PASSPHRASE)).unwrap(), key);
        let wrong = recover(&file, &passphrase("correct horse battery stapler"));
        assert_eq!(wrong.unwrap_err().code(), "key.wrong_passphrase");
        let short = to_passphrase(&key, "short");
        assert_eq!(short.unwrap_err().code(), "key.weak_passphrase");
    }

    #[test]
    fn the_recipients_identity_brings_the_key_back_and_another_does_not() {
        let (key, holder) = (Key::draw().unwrap(), age::x25519::Identity::generate());
        let file = to_recipient(&key, &holder.to_public().to_string()).unwrap();
        let identity = |one: &age::x25519::Identity| {
            let text = format!("# created: today\n{}\n", one.to_string().expose_secret());
            Opener::Identity(Zeroizing::new(text))
        };
        assert_eq!(recover(&file, &identity(&holder)).unwrap(), key);
        let wrong = recover(&file, &identity(&age::x25519::Identity::generate()));
        assert_eq!(wrong.unwrap_err().code(), "key.wrong_identity");
        let kind = recover(&file, &passphrase(PASSPHRASE));
        assert_eq!(kind.unwrap_err().code(), "key.wrong_passphrase");
        assert_eq!(
            to_recipient(&key, "age1nobody").unwrap_err().code(),
            "key.recipient"
        );
    }

    #[test]
    fn an_altered_recovery_file_is_refused() {
        let file = to_passphrase(&Key::draw().unwrap(), PASSPHRASE).unwrap();
        for at in [60, file.len() / 2, file.len() - 60] {
            let mut bytes = file.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(bytes).unwrap();
            assert!(
                recover(&altered, &passphrase(PASSPHRASE)).is_err(),
                "byte {at}"
            );
        }
        let code = recover("nothing", &passphrase(PASSPHRASE))
            .unwrap_err()
            .code();
        assert_eq!(code, "key.recovery_file");
    }
}
