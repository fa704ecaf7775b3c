//! Keeping a journal safe: its key, its recovery files, backup and restore.
//!
//! Nothing here opens an engine: a journal whose key is lost must still be helped.
//! Deliberately absent: the screen, and where passphrases come from.

use crate::EngineError;
use crate::cast::{Cast, KeyRing};
use crate::chance::Chance;
use crate::export::named_evidence;
use crate::journal_at::JournalAt;
use crate::log::new_entry;
use crate::mark::Mark;
use crate::seal::Seal;
use chrono::Utc;
use drillbook_core::Event;
use drillbook_journal::{
    Batch, DataFolder, Env, Expected, NewEntry, Options as JournalOptions, Predecessor, Reader,
    Restore, Store, Verification, Verified,
};
use drillbook_keys::{Keeper, KeyError, Opener};
use drillbook_trust::digest::Digest;
use drillbook_trust::sshsig::PublicKey;
use drillbook_trust::timestamp::time_of;
use std::io::Write;
use std::path::Path;

pub use drillbook_journal::Env as Environment;
pub use drillbook_keys::Opener as RecoveryOpener;

/// For whom a recovery file is made.
#[derive(Debug, Clone)]
pub enum Holder {
    /// Whoever knows this passphrase.
    Passphrase(zeroize::Zeroizing<String>),
    /// Whoever has the identity of this age recipient.
    Recipient(String),
}

/// Makes the key of a live journal that has none, and the journal, sealed with it; returns its id.
///
/// # Errors
/// [`KeyError::Exists`] when there is a key already, or why it cannot be kept.
pub fn seal(data: &Path, seal: &Seal) -> Result<String, EngineError> {
    let folder = DataFolder::open(data)?;
    let home = folder.of(Env::Live)?;
    let keeper = Keeper::of(&home);
    if let Some(id) = keeper.id()? {
        return Err(KeyError::Exists { id }.into());
    }
    let key = seal.key(&home, Env::Live)?;
    if key.is_none() {
        return Err(EngineError::NotSealed);
    }
    let options = JournalOptions {
        key,
        ..JournalOptions::default()
    };
    let (_, reader) = Store::open(&folder, Env::Live, &options)?;
    if let Some(mark) = Mark::of(&home)? {
        mark.raise(&reader)?;
    }
    Ok(keeper.id()?.unwrap_or_default())
}

/// Writes a recovery file for the key of a live journal.
///
/// # Errors
/// [`EngineError::Key`] when there is no key, or the file cannot be written; it is never replaced.
pub fn write_recovery(
    data: &Path,
    seal: &Seal,
    holder: &Holder,
    file: &Path,
) -> Result<String, EngineError> {
    let keeper = Keeper::of(&data.join(Env::Live.as_str()));
    let key = keeper
        .key(seal.passphrase())?
        .ok_or(EngineError::NotSealed)?;
    let text = match holder {
        Holder::Passphrase(text) => drillbook_keys::to_passphrase(&key, text)?,
        Holder::Recipient(name) => drillbook_keys::to_recipient(&key, name)?,
    };
    let failed = |source| KeyError::File {
        path: file.to_owned(),
        source,
    };
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    let mut out = options.open(file).map_err(failed)?;
    out.write_all(text.as_bytes())
        .and_then(|()| out.sync_all())
        .map_err(failed)?;
    Ok(key.id())
}

/// Puts the key of a live journal back from a recovery file, also on a new computer; returns its id.
///
/// # Errors
/// [`EngineError::Key`] when the file does not open or holds another folder's key.
pub fn recover(
    data: &Path,
    file: &Path,
    opener: &Opener,
    seal: &Seal,
) -> Result<String, EngineError> {
    let text = std::fs::read_to_string(file).map_err(|source| KeyError::File {
        path: file.to_owned(),
        source,
    })?;
    let key = drillbook_keys::recover(&text, opener)?;
    let folder = DataFolder::open(data)?;
    let keeper = Keeper::of(&folder.of(Env::Live)?);
    keeper.keep(&key, &seal.keep())?;
    Ok(key.id())
}

/// Writes a consistent copy of a journal to a new file, sealed as the journal is; returns its size.
///
/// # Errors
/// Why the journal cannot be opened, or the file not be written.
pub fn backup(data: &Path, env: Env, seal: &Seal, file: &Path) -> Result<u64, EngineError> {
    Ok(reader(data, env, seal)?.backup(file)?.size)
}

/// A time stamp that was taken in.
#[derive(Debug)]
pub struct Stamped {
    /// How many entries had been written when it was made.
    pub size: u64,
    /// The authority's time.
    pub stamped: String,
    /// Whether the journal had it already.
    pub known: bool,
}

/// Returns the text of the newest checkpoint, to be stamped by an authority outside.
///
/// # Errors
/// [`EngineError::NoCheckpoint`], or why the journal cannot be read.
pub fn newest_checkpoint(data: &Path, env: Env, seal: &Seal) -> Result<String, EngineError> {
    let newest = reader(data, env, seal)?.checkpoints()?.pop();
    Ok(newest.ok_or(EngineError::NoCheckpoint)?.text)
}

/// Takes in a time stamp (RFC 3161) over one of the checkpoints; it travels with every later bundle.
///
/// # Errors
/// [`EngineError::NotStamped`] when it is none, or over something else.
pub fn take_timestamp(
    data: &Path,
    env: Env,
    seal: &Seal,
    token: Vec<u8>,
) -> Result<Stamped, EngineError> {
    let folder = DataFolder::open(data)?;
    let key = match env {
        Env::Rehearsal => None,
        Env::Live => Keeper::of(&folder.of(env)?).key(seal.passphrase())?,
    };
    let options = JournalOptions {
        ended_kind: Some("drill.ended".to_owned()),
        key: key.as_ref().map(crate::seal::sealing),
        ..JournalOptions::default()
    };
    let (writer, reader) = Store::open(&folder, env, &options)?;
    let checkpoints = reader.checkpoints()?;
    let mut own = checkpoints.iter().rev();
    let found = own.find_map(|one| {
        let own = one.checkpoint.origin == reader.origin();
        let time = own.then(|| time_of(&token, &Digest::of(one.text.as_bytes())));
        time.flatten().map(|time| (&one.checkpoint, time))
    });
    let (checkpoint, time) = found.ok_or(EngineError::NotStamped)?;
    let stamped = Stamped {
        size: checkpoint.size,
        stamped: drillbook_trust::time::to_text(drillbook_trust::time::truncate(time)),
        known: reader.blob_size(&Digest::of(&token))?.is_some(),
    };
    if stamped.known {
        return Ok(stamped);
    }
    let event = Event::CheckpointTimestamped {
        size: checkpoint.size,
        root: checkpoint.root.to_string(),
        stamped: stamped.stamped.clone(),
        evidence: Digest::of(&token).to_string(),
    };
    let actor = format!("installation@{}", reader.origin());
    let chance = Chance::new(None, reader.head()?.size);
    let entry = new_entry("", &actor, &event, &chance, &[]);
    // A rehearsal's clock runs ahead of ours by the waits it took.
    let last = reader.head()?.size.checked_sub(1);
    let last = last.map(|last| reader.entry(last)).transpose()?.flatten();
    let last = last.and_then(|one| drillbook_trust::time::parse(&one.entry.at));
    let now = match env {
        Env::Rehearsal => last.map_or_else(Utc::now, |last| last.max(Utc::now())),
        Env::Live => Utc::now(),
    };
    let mut batch = Batch::new(now, vec![entry]);
    batch.blobs = vec![token];
    writer.append(&Expected::Any, batch)?;
    Ok(stamped)
}

/// What the verification of a journal found.
#[derive(Debug)]
pub struct Sound {
    /// The log's origin.
    pub origin: String,
    /// How much was verified.
    pub verified: Verified,
    /// Why an older copy of the whole folder would not have been noticed.
    pub unwatched: Option<String>,
}

/// Verifies every entry, document and piece of evidence of a journal, and of a live one that it begins
/// with what the keyring knows of it.
///
/// # Errors
/// [`EngineError::Journal`] with what is broken and where.
pub fn verify(data: &Path, env: Env, seal: &Seal) -> Result<Sound, EngineError> {
    let reader = reader(data, env, seal)?;
    let mark = match env {
        Env::Live => Mark::of(&data.join(env.as_str()))?,
        Env::Rehearsal => None,
    };
    let unwatched = match (env, mark) {
        (Env::Rehearsal, _) => None,
        (Env::Live, Some(mark)) => mark.check(&reader)?.map(|why| why.to_string()),
        (Env::Live, None) => Some("the key of this journal is not in the keyring".to_owned()),
    };
    let verified = reader.verify_all(Verification {
        names: &named_evidence,
        progress: &mut |_, _| {},
    })?;
    Ok(Sound {
        origin: reader.origin().to_owned(),
        verified,
        unwatched,
    })
}

/// Restores a backup into a folder that has no journal. The log goes on under a new origin; its next
/// entry names the predecessor and the key of this installation.
///
/// # Errors
/// Why the backup cannot be opened or does not hold, or that there is a journal already.
pub fn restore(
    file: &Path,
    data: &Path,
    env: Env,
    seal: &Seal,
) -> Result<Predecessor, EngineError> {
    let folder = DataFolder::open(data)?;
    let home = folder.of(env)?;
    let key = match env {
        Env::Rehearsal => None,
        Env::Live => Keeper::of(&home).key(seal.passphrase())?,
    };
    let options = JournalOptions {
        key: key.as_ref().map(crate::seal::sealing),
        ..JournalOptions::default()
    };
    let chance = Chance::new(None, 0);
    let keys = home.join("keys");
    let installation = match env {
        Env::Rehearsal => Cast::open(&keys, &chance)?.installation().public(),
        Env::Live => KeyRing::open(&keys, seal.keep())?.installation()?.public(),
    };
    let restore = Restore {
        backup: file,
        at: Utc::now(),
        verification: Verification {
            names: &named_evidence,
            progress: &mut |_, _| {},
        },
        first: &|predecessor, origin| continued(predecessor, origin, &installation, &chance),
    };
    let restored = Store::restore(&folder, env, &options, restore)?;
    if let (Env::Live, Some(mark)) = (env, Mark::of(&home)?) {
        mark.raise(&reader(data, env, seal)?)?;
    }
    Ok(restored)
}

fn continued(
    predecessor: &Predecessor,
    origin: &str,
    installation: &PublicKey,
    chance: &Chance,
) -> NewEntry {
    let event = Event::LogContinued {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        installation: installation.to_line(),
        predecessor: predecessor.origin.clone(),
        size: predecessor.head.size,
        root: predecessor.head.root.to_string(),
    };
    new_entry("", &format!("installation@{origin}"), &event, chance, &[])
}

fn reader(data: &Path, env: Env, seal: &Seal) -> Result<Reader, EngineError> {
    JournalAt::of(data, env, seal).reader()
}
