//! Opening a rehearsal or the live journal, and opening it again: with another clock, other faults, another connection.

use super::connections::Unlocked;
use super::mailbox::Mailbox;
use super::workspace::{Live, Workspace, keep};
use super::{At, Desk, Shared, locked};
use crate::ipc::views::{IpcError, ProgressView};
use crate::present::{runbook::USUAL_SPEED, words};
use drillbook_engine::{LiveState, Notice, Seal};
use drillbook_rehearsal::{Options, Rehearsal};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;
use tokio::sync::broadcast;

/// What a rehearsal is played with; kept beside its journal, so that a restart goes on the same way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Play {
    /// How many times shorter waits are.
    pub(super) speed: u32,
    /// Names of the simulator's faults.
    pub(super) faults: Vec<String>,
}

impl Default for Play {
    fn default() -> Self {
        Self {
            speed: USUAL_SPEED,
            faults: Vec::new(),
        }
    }
}

/// Name of the file that keeps [`Play`].
const PLAY: &str = "play.json";

/// Name of the file that is there while the window is on the live journal.
const ON_LIVE: &str = "window-is-live";

/// What is to be opened.
#[derive(Debug, Clone)]
pub(super) enum Which {
    /// A rehearsal; as it was played last when nothing is said.
    Rehearsal(Option<Play>),
    /// The live journal, with what opens it.
    Live(Seal),
}

/// How many notices may wait for a window that is busy.
const BACKLOG: usize = 512;

impl Desk {
    /// Opens the data folder (the user's own when `None`). A folder that cannot be opened is a desk
    /// whose every command says why.
    pub async fn open(data: Option<PathBuf>) -> Self {
        Self::on(data, None).await
    }

    /// The same, where a simulator may stand in for Azure in the live journal, so many times as fast: for tests, and in
    /// no build without them.
    #[cfg(feature = "e2e")]
    pub async fn open_with_stand_in(data: Option<PathBuf>, speed: f64) -> Self {
        Self::on(data, Some(speed)).await
    }

    async fn on(data: Option<PathBuf>, stand_in: Option<f64>) -> Self {
        let shared = Arc::new(Shared {
            notices: broadcast::channel(BACKLOG).0,
            troubles: Mutex::default(),
            progress: Mutex::default(),
            working: Mutex::default(),
            unlocked: Unlocked::default(),
            certificate: Mutex::default(),
            foreign: super::foreign::Opened::default(),
            mailbox: Mutex::default(),
            looking: Mutex::default(),
            stand_in,
        });
        let opened = begin(data.as_deref(), last(data.as_deref()), &shared).await;
        let opened = match opened {
            // A key that is not there now keeps nobody from rehearsing.
            Err(error) if error.code.starts_with("key.") => {
                tracing::warn!(code = error.code, "the live journal was not opened");
                begin(data.as_deref(), Which::Rehearsal(None), &shared).await
            }
            opened => opened,
        };
        if let Err(error) = &opened {
            tracing::error!(code = error.code, "the data folder could not be opened");
        }
        let desk = Self {
            open: Mutex::new(opened),
            reopening: tokio::sync::Mutex::default(),
            shared,
            data,
            ask_place: OnceLock::new(),
        };
        desk.resume();
        desk
    }

    /// Opens the rehearsal again when it is to be played differently.
    ///
    /// # Errors
    /// `engine.busy` while a step is being worked on, or why it could not be opened.
    pub(super) async fn play_with(&self, wanted: Play) -> Result<(), IpcError> {
        let open = self.workspace()?;
        if read_play(open.folder().path()) == wanted {
            return Ok(());
        }
        drop(open);
        self.reopen(Which::Rehearsal(Some(wanted))).await
    }

    /// Closes what is open and opens something else; when that fails, what was open is opened again.
    ///
    /// # Errors
    /// `engine.busy` while a step is being worked on, or why the other could not be opened.
    pub(super) async fn reopen(&self, wanted: Which) -> Result<(), IpcError> {
        let _one_at_a_time = self.reopening.lock().await;
        let open = self.workspace()?;
        let before = match open.live() {
            Some(live) => Which::Live(live.seal.clone()),
            None => Which::Rehearsal(None),
        };
        drop(open);
        let mut closed = self.close().await?;
        loop {
            match Arc::try_unwrap(closed) {
                Ok(open) => {
                    drop(open);
                    break;
                }
                // A command that is just being answered still holds it.
                Err(held) => closed = held,
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let mut opened = self.begin_anew(&wanted).await;
        let outcome = opened.as_ref().map(|_| ()).map_err(Clone::clone);
        if outcome.is_err() {
            opened = self.begin_anew(&before).await;
        }
        *locked(&self.open) = opened;
        self.forget_work();
        self.resume();
        outcome
    }

    /// What was going on belongs to what was open.
    fn forget_work(&self) {
        locked(&self.shared.troubles).clear();
        locked(&self.shared.progress).clear();
        *locked(&self.shared.mailbox) = Mailbox::default();
    }

    /// Opens what was just closed. An answer still being made may hold the journal a moment longer.
    async fn begin_anew(&self, wanted: &Which) -> Result<Arc<Workspace>, IpcError> {
        let mut turns = 0;
        loop {
            let opened = begin(self.data.as_deref(), wanted.clone(), &self.shared).await;
            turns += 1;
            match opened {
                Err(error) if error.code == "journal.in_use" && turns < 80 => {}
                opened => return opened,
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }

    /// Takes what is open away from commands that come now.
    async fn close(&self) -> Result<Arc<Workspace>, IpcError> {
        let busy = || {
            IpcError::refused(
                "engine.busy",
                "A step is being worked on; nothing else can be opened now.",
                "Wait until it is done.",
            )
        };
        // Background work holds it as well: give quick commands a moment, then say no.
        for _ in 0..40 {
            {
                let mut open = locked(&self.open);
                let alone = open.as_ref().is_ok_and(|open| Arc::strong_count(open) == 1);
                if alone {
                    return std::mem::replace(&mut *open, Err(busy()));
                }
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        Err(busy())
    }
}

/// Returns what the window was on when it was closed, as far as it opens without being asked for anything.
fn last(data: Option<&Path>) -> Which {
    let located = drillbook_journal::DataFolder::locate(data);
    let live = located.is_ok_and(|data| {
        let keyring = matches!(drillbook_engine::live_state(&data), Ok(LiveState::Keyring));
        keyring && data.join(ON_LIVE).exists()
    });
    if live {
        Which::Live(Seal::Keyring)
    } else {
        Which::Rehearsal(None)
    }
}

async fn begin(
    data: Option<&Path>,
    which: Which,
    shared: &Arc<Shared>,
) -> Result<Arc<Workspace>, IpcError> {
    let located = drillbook_journal::DataFolder::locate(data)?;
    let note = located.join(ON_LIVE);
    let play = match which {
        Which::Live(seal) => {
            let live = Workspace::Live(Live::open(&located, seal, shared).await?);
            listen(&live, shared);
            // It only says what to open next time.
            let _ = std::fs::write(note, "");
            tracing::info!("live journal opened");
            return Ok(Arc::new(live));
        }
        Which::Rehearsal(play) => play.unwrap_or_else(|| read_play(&located)),
    };
    let options = Options {
        data: Some(located.clone()),
        speed: f64::from(play.speed),
        faults: play.faults.clone(),
        ..Options::default()
    };
    let rehearsal = Workspace::Rehearsal(Rehearsal::open(options).await?);
    keep(&play_file(&located), &play)?;
    let _ = std::fs::remove_file(note);
    listen(&rehearsal, shared);
    tracing::info!(speed = play.speed, "rehearsal opened");
    Ok(Arc::new(rehearsal))
}

/// Passes notices on to the window, and keeps how far each step is.
fn listen(open: &Workspace, shared: &Arc<Shared>) {
    let (shared, clock) = (Arc::clone(shared), open.engine().clock().clone());
    open.engine().on_notice(move |notice| {
        if let Notice::Progress {
            drill,
            step,
            done,
            total,
            what,
        } = notice
        {
            let at: At = (drill.clone(), step.clone());
            let mut all: std::sync::MutexGuard<'_, BTreeMap<At, ProgressView>> =
                locked(&shared.progress);
            let since = all
                .get(&at)
                .map_or_else(|| words::time(clock.now()), |known| known.since.clone());
            let (done, total) = (words::number(*done), words::number(*total));
            all.insert(
                at,
                ProgressView {
                    sentence: what.clone(),
                    since,
                    done,
                    total,
                },
            );
        }
        // Nobody listening is no fault: the window may be closed.
        let _ = shared.notices.send(notice.clone());
    });
}

fn play_file(data: &Path) -> PathBuf {
    data.join("rehearsal").join(PLAY)
}

fn read_play(data: &Path) -> Play {
    let text = std::fs::read(play_file(data)).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}
