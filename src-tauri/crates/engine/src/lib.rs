//! Use cases of a drill: decide, append, perform.
//!
//! The engine translates between the pure domain, the journal and Azure's client. Deliberately absent:
//! rules (they are in `drillbook-core` and `drillbook-trust`), windows and command lines.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, reason = "a test that unwraps fails as it should")
)]

mod act;
mod activity_log;
mod adopt;
mod azure;
mod cast;
mod chance;
mod choices;
mod cleanup;
mod clock;
mod connection;
mod desk;
mod draft;
mod error;
mod evidence;
mod exchange;
mod export;
mod identity;
mod journal_at;
pub mod library;
mod log;
mod mark;
mod outside;
mod player;
mod preflight;
mod reads;
mod reconcile;
pub mod reviewing;
mod roster;
pub mod safekeeping;
mod seal;
mod second_read;
mod steps;
mod surveys;
mod wait;

pub use cast::Participant;
pub use clock::Clock;
pub use connection::{
    CloudName, Connection, ConnectionError, Connections, Credential, Reached, SimulatorAt,
};
pub use desk::{ConditionInput, Shown, SignOffView, Verdict};
pub use draft::{Draft, DraftError, NewKey, Proposal, ProposedGate, ProposedPerson};
pub use drillbook_keys::{CertificateFile, KeyError, certificate};
pub use error::EngineError;
pub use evidence::{EvidenceRecord, PictureInput, exchange_in};
pub use exchange::{
    Exchange, Imported, Looked, OpenRequest, PaperKind, PaperTaken, Signable, TakenIn, Visit,
    decision_text, open_requests, owed_reviews, request_file_name, signable_file_name,
    standing_decisions,
};
pub use export::{Audience, Exported, Redaction};
pub use journal_at::JournalAt;
pub use log::Notice;
pub use outside::OutsideLine;
pub use player::{Auto, Played, Step as PlayerStep};
pub use preflight::{Checked, Finding, Found, Preflight, Readiness};
pub use roster::Roster;
pub use seal::{LiveState, Seal, live_state, try_seal};
pub use second_read::{
    ReadAgain, ReadingError, ReadingTaken, SecondLogin, read_again, second_reading_of,
};

use crate::cast::{Cast, KeyRing};
use crate::chance::Chance;
use drillbook_arm::{Ambient, ChangeClient, Cloud, Limits, ReadClient};
use drillbook_core::Drill;
use drillbook_journal::{DataFolder, Env, Options as JournalOptions, Reader, Store, Writer};
use drillbook_runbook::Runbook;
use drillbook_trust::document::{Policy, Signed};
use drillbook_trust::sshsig::PublicKey;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::broadcast;

/// Where a drill takes place, as the band says it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Environment {
    /// Tenant id.
    pub tenant: String,
    /// The tenant's display name.
    pub tenant_name: String,
    /// Subscription id.
    pub subscription: String,
    /// The subscription's display name.
    pub subscription_name: String,
    /// The simulator's scenario.
    pub scenario: Option<String>,
}

/// How an engine is opened.
#[derive(Debug)]
pub struct Options {
    /// The data folder.
    pub data: PathBuf,
    /// Where requests go.
    pub cloud: Cloud,
    /// The clock that engine and simulator share.
    pub clock: Clock,
    /// Seeds salts, nonces and ids of a rehearsal.
    pub seed: Option<u64>,
    /// What the band shows.
    pub environment: Environment,
    /// Runbooks beside the built-in ones.
    pub runbooks: Vec<Arc<Runbook>>,
    /// People who review on other machines, with their public keys.
    pub reviewers: Vec<(String, PublicKey)>,
    /// What seals a live journal; a rehearsal's is never sealed.
    pub seal: Seal,
}

/// The use cases. Cheap to clone.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    writer: Writer,
    reader: Reader,
    clock: Clock,
    chance: Chance,
    cast: Cast,
    runbooks: Vec<Arc<Runbook>>,
    arm: ReadClient,
    /// None when this engine only reads.
    changes: Option<ChangeClient>,
    environment: Environment,
    env: Env,
    /// The folder of the journal.
    home: PathBuf,
    /// The keys of an installation of its own; the built-in cast has files.
    ring: Option<KeyRing>,
    /// The keyring's mark of a sealed live log.
    mark: Option<mark::Mark>,
    policy: Mutex<Option<Signed<Policy>>>,
    seat: Mutex<String>,
    drills: Mutex<BTreeMap<String, Arc<Drill>>>,
    answers: Mutex<BTreeMap<(String, String, String), choices::Kept>>,
    running: Mutex<BTreeSet<(String, String)>>,
    deciding: Mutex<()>,
    notices: broadcast::Sender<Notice>,
    listeners: Mutex<Vec<Listener>>,
}

/// The folder of keys beside a journal.
const KEYS: &str = "keys";

type Listener = Arc<dyn Fn(&Notice) + Send + Sync>;

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("environment", &self.0.environment)
            .finish_non_exhaustive()
    }
}

/// Opens the data folder; it stays locked as long as the returned value lives.
///
/// # Errors
/// `journal.in_use` when another window or command has it.
pub fn data_folder(path: Option<&Path>) -> Result<DataFolder, EngineError> {
    Ok(DataFolder::open(&DataFolder::locate(path)?)?)
}

/// Returns where the data folder is: `path`, else `DRILLBOOK_HOME`, else by XDG.
///
/// # Errors
/// `journal.no_home` when none of them is known.
pub fn data_path(path: Option<&Path>) -> Result<PathBuf, EngineError> {
    Ok(DataFolder::locate(path)?)
}

/// Returns the time of a rehearsal log's last entry, so that a resumed clock never goes back.
///
/// # Errors
/// [`EngineError::Journal`] when there is a journal that cannot be read.
pub fn last_entry_time(data: &Path) -> Result<Option<chrono::DateTime<chrono::Utc>>, EngineError> {
    let options = JournalOptions::default();
    let reader = match Store::open_read_only(data, Env::Rehearsal, &options) {
        Ok(reader) => reader,
        Err(drillbook_journal::JournalError::Missing { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let size = reader.head()?.size;
    let Some(last) = size.checked_sub(1) else {
        return Ok(None);
    };
    let entry = reader.entry(last)?;
    Ok(entry.and_then(|entry| drillbook_trust::time::parse(&entry.entry.at)))
}

impl Engine {
    /// Opens the journal of the rehearsal environment and prepares the client. Appends nothing.
    ///
    /// # Errors
    /// Any [`EngineError`] of journal, keys or client.
    pub fn open(folder: &DataFolder, options: Options) -> Result<Engine, EngineError> {
        Engine::open_with(folder, options, None, |arm| Some(ChangeClient::beside(arm)))
    }

    /// Opens the live journal of this installation with its own people: those of its policy.
    ///
    /// `stand_in` lets a simulator stand in for Azure, which only tests ask for: a live journal is otherwise about
    /// one of Azure's own clouds.
    ///
    /// # Errors
    /// [`EngineError::NotAzure`], and any [`EngineError`] of journal, keys or client.
    pub fn open_own(
        folder: &DataFolder,
        options: Options,
        stand_in: bool,
    ) -> Result<Engine, EngineError> {
        if !options.cloud.live() && !stand_in {
            return Err(EngineError::NotAzure);
        }
        let home = folder.of(Env::Live)?;
        let keep = options.seal.keep();
        // The key comes first: without it nothing of this folder is touched.
        options.seal.key(&home, Env::Live)?;
        let ring = KeyRing::open(&home.join(KEYS), keep)?;
        Engine::open_with(folder, options, Some(ring), |arm| {
            Some(ChangeClient::beside(arm))
        })
    }

    /// Opens an engine that has no client for changes, so that nothing it is asked can change Azure.
    ///
    /// # Errors
    /// Any [`EngineError`] of journal, keys or client.
    pub fn open_reading(folder: &DataFolder, options: Options) -> Result<Engine, EngineError> {
        Engine::open_with(folder, options, None, |_| None)
    }

    fn open_with(
        folder: &DataFolder,
        options: Options,
        ring: Option<KeyRing>,
        changes: impl FnOnce(&ReadClient) -> Option<ChangeClient>,
    ) -> Result<Engine, EngineError> {
        let env = if options.cloud.live() || ring.is_some() {
            Env::Live
        } else {
            Env::Rehearsal
        };
        let new_log = options
            .seed
            .map(|seed| Chance::new(Some(seed), u64::MAX).bytes::<8>());
        let journal = JournalOptions {
            ended_kind: Some("drill.ended".to_owned()),
            new_log,
            key: options.seal.key(&folder.of(env)?, env)?,
            ..JournalOptions::default()
        };
        let (writer, reader) = Store::open(folder, env, &journal)?;
        let mark = watched(&folder.of(env)?, env, &reader)?;
        let chance = Chance::new(options.seed, reader.head()?.size);
        let home = folder.of(env)?;
        let policy = log::policy(&reader)?;
        let cast = match &ring {
            Some(ring) => Cast::own(ring, policy.as_ref().map(Signed::value))?,
            None => {
                let keys = home.join(KEYS);
                exchange::enrol(&reader, &keys, &options.reviewers)?;
                Cast::open(&keys, &chance)?
            }
        };
        let ambient = ambient(&options.clock);
        let arm = ReadClient::new(options.cloud, ambient, Limits::default())?;
        let changes = changes(&arm);
        let people = cast.people();
        let here = people.iter().find(|person| cast.is_here(&person.id));
        let seat = here.map(|person| person.id.clone()).unwrap_or_default();
        let engine = Engine(Arc::new(Inner {
            policy: Mutex::new(policy),
            seat: Mutex::new(log::seat(&reader)?.unwrap_or(seat)),
            writer,
            reader,
            clock: options.clock,
            chance,
            cast,
            runbooks: library::built_in()?
                .into_iter()
                .chain(options.runbooks)
                .collect(),
            arm,
            changes,
            environment: options.environment,
            env,
            home,
            ring,
            mark,
            drills: Mutex::default(),
            answers: Mutex::default(),
            running: Mutex::default(),
            deciding: Mutex::default(),
            notices: broadcast::channel(256).0,
            listeners: Mutex::default(),
        }));
        Ok(engine)
    }

    /// Returns the built-in runbooks.
    pub fn runbooks(&self) -> &[Arc<Runbook>] {
        &self.0.runbooks
    }

    /// Returns the clock.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Returns where drills take place.
    pub fn environment(&self) -> &Environment {
        &self.0.environment
    }

    /// Returns whether this is the live journal.
    pub fn is_live(&self) -> bool {
        self.0.env == Env::Live
    }

    /// Returns whether the people are this installation's own and not the built-in cast.
    pub fn is_own(&self) -> bool {
        self.0.ring.is_some()
    }

    /// Returns whether somebody's private key is on this computer.
    pub fn is_here(&self, person: &str) -> bool {
        self.0.cast.is_here(person)
    }

    /// Returns the folder of the journal.
    pub fn home(&self) -> &Path {
        &self.0.home
    }

    /// Returns the policy in force with the public keys that this folder knows; `None` before the first.
    ///
    /// # Errors
    /// [`EngineError`] when journal or keys cannot be read, or the versions do not follow each other.
    pub fn roster(&self) -> Result<Option<Roster>, EngineError> {
        Roster::of(&self.0.reader, &self.0.home.join(KEYS))
    }

    /// Returns the client for changes.
    pub(crate) fn changes(&self) -> Result<&ChangeClient, EngineError> {
        self.0.changes.as_ref().ok_or(EngineError::OnlyReads)
    }

    /// Refuses to go beyond the checks of a live drill whose journal lies in the clear.
    pub(crate) fn require_seal(&self) -> Result<(), EngineError> {
        if self.is_live() && !self.0.reader.is_sealed() {
            return Err(EngineError::NotSealed);
        }
        Ok(())
    }

    /// Returns the journal's reading side.
    pub fn journal(&self) -> &Reader {
        &self.0.reader
    }

    /// Subscribes to what happens.
    pub fn subscribe(&self) -> broadcast::Receiver<Notice> {
        self.0.notices.subscribe()
    }

    /// Calls `listener` for everything that happens, on the thread that appended.
    pub fn on_notice(&self, listener: impl Fn(&Notice) + Send + Sync + 'static) {
        let mut listeners = self
            .0
            .listeners
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        listeners.push(Arc::new(listener));
    }

    /// Tells everybody who listens.
    pub(crate) fn tell(&self, notice: Notice) {
        let listeners = self
            .0
            .listeners
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        for listener in listeners {
            listener(&notice);
        }
        // Nobody subscribed is no fault.
        let _ = self.0.notices.send(notice);
    }

    /// Returns the people who take part.
    pub fn people(&self) -> Vec<Participant> {
        self.0.cast.people()
    }
}

/// Compares a sealed live log with its mark in the keyring; without a keyring that is said.
fn watched(home: &Path, env: Env, reader: &Reader) -> Result<Option<mark::Mark>, EngineError> {
    let mark = match env {
        Env::Live => mark::Mark::of(home)?,
        Env::Rehearsal => None,
    };
    if let Some(why) = mark
        .as_ref()
        .map(|mark| mark.check(reader))
        .transpose()?
        .flatten()
    {
        tracing::warn!(%why, "an older copy of the whole data folder would not be noticed");
    }
    Ok(mark)
}

/// Gives the client our clock and waiter.
fn ambient(clock: &Clock) -> Ambient {
    let (now, wait) = (clock.clone(), clock.clone());
    Ambient::new(
        move || now.now(),
        move |duration| {
            let clock = wait.clone();
            Box::pin(async move { clock.wait(duration).await })
        },
    )
}
