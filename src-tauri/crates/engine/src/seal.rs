//! Where the key of a live journal comes from.
//!
//! Deliberately absent: keys of rehearsals. Their journals hold invented data.

use crate::EngineError;
use drillbook_journal::{Env, SealKey};
use drillbook_keys::{Keep, Keeper, Key, KeyError};
use std::path::Path;
use zeroize::Zeroizing;

/// What seals a live journal.
#[derive(Clone, Default)]
pub enum Seal {
    /// A key in the operating system's keyring.
    #[default]
    Keyring,
    /// A key in a file beside the data, under this passphrase.
    Passphrase(Zeroizing<String>),
    /// Nothing: a live drill stops before its first sign-off.
    Off,
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Keyring => "Keyring",
            Self::Passphrase(_) => "Passphrase",
            Self::Off => "Off",
        })
    }
}

impl Seal {
    pub(crate) fn passphrase(&self) -> Option<&str> {
        match self {
            Self::Passphrase(text) => Some(text),
            Self::Keyring | Self::Off => None,
        }
    }

    /// Returns how a new key is kept; by the keyring where nothing else was said.
    pub(crate) fn keep(&self) -> Keep {
        match self {
            Self::Passphrase(text) => Keep::Passphrase(text.clone()),
            Self::Keyring | Self::Off => Keep::Keyring,
        }
    }

    /// Fetches the key of the journal in `home`, and makes one where a journal is about to begin.
    pub(crate) fn key(&self, home: &Path, env: Env) -> Result<Option<SealKey>, EngineError> {
        if env == Env::Rehearsal || matches!(self, Self::Off) {
            return Ok(None);
        }
        let keeper = Keeper::of(home);
        let key = match keeper.key(self.passphrase())? {
            Some(key) => key,
            // What is there already was never sealed by us, or its key is lost: the journal says which.
            None if home.join(drillbook_journal::FILE).exists() => return Ok(None),
            None => keeper.create(&self.keep())?,
        };
        Ok(Some(sealing(&key)))
    }
}

/// How the live journal of a data folder is, before anybody opens it.
#[derive(Debug)]
pub enum LiveState {
    /// There is none yet; the error says why the keyring could not keep its key.
    None(Option<KeyError>),
    /// Its key is in the keyring.
    Keyring,
    /// Its key is kept under a passphrase.
    Passphrase,
}

/// Looks how the live journal of a data folder is kept. Opens nothing.
///
/// # Errors
/// [`EngineError::Key`] when the file that says so cannot be read.
pub fn live_state(data: &Path) -> Result<LiveState, EngineError> {
    let keeper = Keeper::of(&data.join(Env::Live.as_str()));
    if keeper.id()?.is_none() {
        // Asked for an entry that nobody has: what counts is whether anything answers.
        return Ok(LiveState::None(drillbook_keys::load_text("probe").err()));
    }
    Ok(if keeper.needs_passphrase()? {
        LiveState::Passphrase
    } else {
        LiveState::Keyring
    })
}

/// Tries what would open or begin the live journal of a data folder, before anything is closed for it.
///
/// # Errors
/// [`EngineError::Key`]: no keyring, a wrong or missing key, or a passphrase that is too short.
pub fn try_seal(data: &Path, seal: &Seal) -> Result<(), EngineError> {
    let keeper = Keeper::of(&data.join(Env::Live.as_str()));
    if keeper.key(seal.passphrase())?.is_none() {
        match seal.passphrase() {
            Some(text) => drop(drillbook_keys::to_passphrase(&Key::draw()?, text)?),
            None => drop(drillbook_keys::load_text("probe")?),
        }
    }
    Ok(())
}

/// Hands a key to the journal.
pub(crate) fn sealing(key: &Key) -> SealKey {
    SealKey::new(*key.bytes())
}

#[cfg(test)]
mod tests {
    use super::Seal;
    use crate::{Clock, Engine, EngineError, Environment, Options};
    use drillbook_arm::Cloud;
    use drillbook_diagnostic::Diagnostic;
    use drillbook_journal::DataFolder;
    use std::path::Path;
    use zeroize::Zeroizing;

    fn live(data: &Path, seal: Seal) -> Result<Engine, EngineError> {
        let options = Options {
            data: data.to_owned(),
            cloud: Cloud::public(),
            clock: Clock::rehearsal(chrono::Utc::now(), 1.0),
            seed: None,
            environment: Environment::default(),
            runbooks: Vec::new(),
            reviewers: Vec::new(),
            seal,
        };
        Engine::open(&DataFolder::open(data)?, options)
    }

    fn passphrase(text: &str) -> Seal {
        Seal::Passphrase(Zeroizing::new(text.to_owned()))
    }

    #[tokio::test]
    async fn a_live_drill_goes_on_only_when_the_journal_is_sealed() {
        let folder = tempfile::tempdir().unwrap();
        let engine = live(folder.path(), Seal::Off).unwrap();
        let refused = engine.ask_sign_off("D-2026-0001", "approve").await;
        assert_eq!(refused.unwrap_err().code(), "live.journal_not_sealed");

        let folder = tempfile::tempdir().unwrap();
        let engine = live(folder.path(), passphrase("a passphrase of six words")).unwrap();
        assert!(engine.journal().is_sealed());
        let refused = engine.ask_sign_off("D-2026-0001", "approve").await;
        assert_eq!(refused.unwrap_err().code(), "engine.unknown_drill");
    }

    #[test]
    fn a_sealed_journal_opens_with_its_passphrase_only() {
        let folder = tempfile::tempdir().unwrap();
        drop(live(folder.path(), passphrase("a passphrase of six words")).unwrap());
        let code = |seal| live(folder.path(), seal).unwrap_err().code();
        assert_eq!(
            code(passphrase("another of six words")),
            "key.wrong_passphrase"
        );
        assert_eq!(code(Seal::Keyring), "key.passphrase_needed");
        assert_eq!(code(Seal::Off), "journal.sealed");
        std::fs::remove_file(folder.path().join("live/journal.key.json")).unwrap();
        assert_eq!(
            code(passphrase("a passphrase of six words")),
            "journal.sealed"
        );
    }
}
