//! Which journal of a data folder is meant, and what opens it, for what is done beside the window.
//!
//! Deliberately absent: beginning a journal. What is not there is not made here.

use crate::cast::KeyRing;
use crate::{Clock, Engine, EngineError, Environment, KEYS, Options, Seal};
use drillbook_arm::Cloud;
use drillbook_journal::{DataFolder, Env, JournalError, Options as JournalOptions, Reader, Store};
use drillbook_keys::Keeper;
use std::path::{Path, PathBuf};

/// A journal of a data folder.
#[derive(Debug, Clone)]
pub struct JournalAt {
    data: PathBuf,
    env: Env,
    seal: Seal,
}

impl JournalAt {
    /// The journal of a folder's rehearsals, which is never sealed.
    pub fn rehearsal(data: &Path) -> JournalAt {
        JournalAt::of(data, Env::Rehearsal, &Seal::Off)
    }

    /// The live journal of a folder, with what opens it.
    pub fn live(data: &Path, seal: &Seal) -> JournalAt {
        JournalAt::of(data, Env::Live, seal)
    }

    pub(crate) fn of(data: &Path, env: Env, seal: &Seal) -> JournalAt {
        JournalAt {
            data: data.to_owned(),
            env,
            seal: seal.clone(),
        }
    }

    /// Returns the data folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Returns the folder of the journal.
    pub fn home(&self) -> PathBuf {
        self.data.join(self.env.as_str())
    }

    /// Opens the reading side, beside whoever holds the folder.
    pub(crate) fn reader(&self) -> Result<Reader, EngineError> {
        let key = match self.env {
            Env::Rehearsal => None,
            Env::Live => Keeper::of(&self.home()).key(self.seal.passphrase())?,
        };
        let options = JournalOptions {
            key: key.as_ref().map(crate::seal::sealing),
            ..JournalOptions::default()
        };
        Ok(Store::open_read_only(&self.data, self.env, &options)?)
    }

    /// Opens the reading side; `None` where there is no journal yet.
    pub(crate) fn reader_if_any(&self) -> Result<Option<Reader>, EngineError> {
        match self.reader() {
            Ok(reader) => Ok(Some(reader)),
            Err(EngineError::Journal(JournalError::Missing { .. })) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Engine {
    /// Opens the live journal of this installation to record what people signed: without a connection, and without a
    /// client for changes.
    ///
    /// # Errors
    /// `journal.missing` where there is none, and any [`EngineError`] of journal and keys.
    pub fn open_to_record(folder: &DataFolder, seal: Seal) -> Result<Engine, EngineError> {
        let home = folder.of(Env::Live)?;
        if !home.join(drillbook_journal::FILE).exists() {
            return Err(JournalError::Missing { path: home }.into());
        }
        // The key comes first: without it nothing of this folder is touched.
        seal.key(&home, Env::Live)?;
        let ring = KeyRing::open(&home.join(KEYS), seal.keep())?;
        let options = Options {
            data: folder.path().to_owned(),
            cloud: Cloud::public(),
            clock: Clock::real(),
            seed: None,
            environment: Environment::default(),
            runbooks: Vec::new(),
            reviewers: Vec::new(),
            seal,
        };
        Engine::open_with(folder, options, Some(ring), |_| None)
    }
}
