//! Opening a rehearsal, and opening it again with another clock or other faults.

use super::{At, Desk, Shared, locked};
use crate::ipc::views::{IpcError, ProgressView};
use crate::present::{runbook::USUAL_SPEED, words};
use drillbook_engine::Notice;
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

/// How many notices may wait for a window that is busy.
const BACKLOG: usize = 512;

impl Desk {
    /// Opens the data folder (the user's own when `None`). A folder that cannot be opened is a desk
    /// whose every command says why.
    pub async fn open(data: Option<PathBuf>) -> Self {
        let shared = Arc::new(Shared {
            notices: broadcast::channel(BACKLOG).0,
            troubles: Mutex::default(),
            progress: Mutex::default(),
            working: Mutex::default(),
        });
        let opened = begin(data.clone(), None, &shared).await;
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
        let _one_at_a_time = self.reopening.lock().await;
        let rehearsal = self.rehearsal()?;
        if read_play(rehearsal.folder().path()) == wanted {
            return Ok(());
        }
        drop(rehearsal);
        let mut closed = self.close().await?;
        let opened = loop {
            match Arc::try_unwrap(closed) {
                Ok(rehearsal) => {
                    drop(rehearsal);
                    break self.begin_anew(wanted).await;
                }
                // A command that is just being answered still holds it.
                Err(held) => closed = held,
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        let outcome = opened.as_ref().map(|_| ()).map_err(Clone::clone);
        *locked(&self.open) = opened;
        outcome
    }

    /// Opens what was just closed. An answer still being made may hold the journal a moment longer.
    async fn begin_anew(&self, wanted: Play) -> Result<Arc<Rehearsal>, IpcError> {
        let mut turns = 0;
        loop {
            let opened = begin(self.data.clone(), Some(wanted.clone()), &self.shared).await;
            turns += 1;
            match opened {
                Err(error) if error.code == "journal.in_use" && turns < 80 => {}
                opened => return opened,
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }

    /// Takes the rehearsal away from commands that come now.
    async fn close(&self) -> Result<Arc<Rehearsal>, IpcError> {
        let busy = || {
            IpcError::refused(
                "engine.busy",
                "A step is being worked on; the clock cannot be changed now.",
                "Wait until it is done, or start the drill with the clock as it is.",
            )
        };
        // Background work holds the rehearsal as well: give quick commands a moment, then say no.
        for _ in 0..40 {
            {
                let mut open = locked(&self.open);
                let alone = open
                    .as_ref()
                    .is_ok_and(|rehearsal| Arc::strong_count(rehearsal) == 1);
                if alone {
                    return std::mem::replace(&mut *open, Err(busy()));
                }
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        Err(busy())
    }
}

async fn begin(
    data: Option<PathBuf>,
    play: Option<Play>,
    shared: &Arc<Shared>,
) -> Result<Arc<Rehearsal>, IpcError> {
    let located = drillbook_journal::DataFolder::locate(data.as_deref())?;
    let play = play.unwrap_or_else(|| read_play(&located));
    let options = Options {
        data: Some(located.clone()),
        speed: f64::from(play.speed),
        faults: play.faults.clone(),
        ..Options::default()
    };
    let rehearsal = Rehearsal::open(options).await?;
    write_play(&located, &play)?;
    listen(&rehearsal, shared);
    tracing::info!(speed = play.speed, "rehearsal opened");
    Ok(Arc::new(rehearsal))
}

/// Passes notices on to the window, and keeps how far each step is.
fn listen(rehearsal: &Rehearsal, shared: &Arc<Shared>) {
    let (shared, clock) = (Arc::clone(shared), rehearsal.engine().clock().clone());
    rehearsal.engine().on_notice(move |notice| {
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

fn write_play(data: &Path, play: &Play) -> Result<(), IpcError> {
    let text = serde_json::to_vec(play).unwrap_or_default();
    std::fs::write(play_file(data), text).map_err(|error| {
        IpcError::unavailable(
            "shell.play_not_kept",
            "The data folder cannot be written.",
            "Check that the disk is not full and that the folder is yours.",
        )
        .because(&error)
    })
}
