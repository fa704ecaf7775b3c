//! The operating system's keyring: Secret Service, macOS keychain, Windows credentials.
//!
//! Each call runs on a thread of its own: the client brings a small runtime, which must not start
//! inside the caller's. Deliberately absent: the kernel's keyutils, which forget at a restart.

use crate::error::KeyError;
use crate::key::Key;
use keyring::{Entry, Error};
use zeroize::Zeroizing;

const SERVICE: &str = "drillbook";

/// Fetches a key by its name, or nothing when the keyring has none of that name.
///
/// # Errors
/// [`KeyError`] when there is no keyring, or it is locked or fails.
pub fn load(name: &str) -> Result<Option<Key>, KeyError> {
    let Some(text) = load_text(name)? else {
        return Ok(None);
    };
    match Key::from_hex(&text) {
        Some(key) => Ok(Some(key)),
        None => Err(KeyError::Keyring("the entry holds no key".into())),
    }
}

/// Puts a key into the keyring and reads it back.
///
/// # Errors
/// [`KeyError`] as [`load`]; and when another key comes back.
pub fn store(name: &str, key: &Key) -> Result<(), KeyError> {
    store_text(name, &key.to_hex())
}

/// Fetches a text by its name, such as the secret of a connection.
///
/// # Errors
/// [`KeyError`] as [`load`].
pub fn load_text(name: &str) -> Result<Option<Zeroizing<String>>, KeyError> {
    on_its_thread(name, |entry| match entry.get_password() {
        Ok(text) => Ok(Some(Zeroizing::new(text))),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(error),
    })
}

/// Puts a text into the keyring and reads it back.
///
/// # Errors
/// [`KeyError`] as [`load`]; and when another text comes back.
pub fn store_text(name: &str, text: &str) -> Result<(), KeyError> {
    let put = Zeroizing::new(text.to_owned());
    on_its_thread(name, move |entry| entry.set_password(&put))?;
    if load_text(name)?.as_deref().map(String::as_str) == Some(text) {
        Ok(())
    } else {
        Err(KeyError::Keyring("the entry was not kept".into()))
    }
}

/// Removes a key or a text from the keyring; nothing is said when there was none.
///
/// # Errors
/// [`KeyError`] as [`load`].
pub fn forget(name: &str) -> Result<(), KeyError> {
    on_its_thread(name, |entry| match entry.delete_credential() {
        Err(Error::NoEntry) => Ok(()),
        other => other,
    })
}

fn on_its_thread<T: Send + 'static>(
    name: &str,
    ask: impl FnOnce(&Entry) -> Result<T, Error> + Send + 'static,
) -> Result<T, KeyError> {
    let name = name.to_owned();
    let asked = std::thread::spawn(move || {
        if Entry::store_status().is_err() {
            let cause = Entry::store_status().as_ref().err();
            return Err(KeyError::NoKeyring(
                cause.map(|error| error.to_string().into()),
            ));
        }
        let entry = Entry::new(SERVICE, &name).map_err(read)?;
        ask(&entry).map_err(read)
    });
    asked
        .join()
        .unwrap_or_else(|_| Err(KeyError::Keyring("its client broke off".into())))
}

fn read(error: Error) -> KeyError {
    match error {
        Error::NoDefaultStore => KeyError::NoKeyring(None),
        Error::NoStorageAccess(cause) => KeyError::Locked(Some(cause)),
        other => KeyError::Keyring(other.into()),
    }
}
