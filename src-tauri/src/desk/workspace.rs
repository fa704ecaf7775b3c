//! What is open at the window: a rehearsal, or the live journal of this installation.

use super::Shared;
use crate::ipc::views::IpcError;
use drillbook_arm::Cloud;
use drillbook_engine::{Clock, Connection, Engine, Environment, Options, Seal};
use drillbook_journal::{DataFolder, replace_file};
use drillbook_rehearsal::Rehearsal;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Keeps a setting in the data folder: whole or not at all.
pub(super) fn keep(file: &Path, setting: &impl Serialize) -> Result<(), IpcError> {
    let text = serde_json::to_vec(setting).unwrap_or_default();
    replace_file(file, &text).map_err(|error| {
        let next = "Check that the disk is not full and that the data folder is yours.";
        IpcError::unavailable(
            "shell.not_saved",
            "The data folder cannot be written.",
            next,
        )
        .because(&error)
    })
}

/// Name of the file that says which connection the live journal is opened over.
const CONNECTION: &str = "connection.json";

/// The connection in use, with what signing in by it said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct InUse {
    /// Its name.
    pub(super) name: String,
    /// Who signed in.
    pub(super) account: String,
    /// Display name of the subscription.
    pub(super) subscription: String,
}

impl InUse {
    /// Reads which connection is in use; a file that is none is as good as none.
    pub(super) fn read(data: &Path) -> Option<InUse> {
        let text = std::fs::read(file(data)).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// Keeps it beside the journal.
    pub(super) fn write(&self, data: &Path) -> Result<(), IpcError> {
        keep(&file(data), self)
    }
}

fn file(data: &Path) -> PathBuf {
    data.join("live").join(CONNECTION)
}

/// The live journal, open.
#[derive(Debug)]
pub(super) struct Live {
    engine: Engine,
    folder: DataFolder,
    /// What opened it; a reopening asks for no passphrase again.
    pub(super) seal: Seal,
    /// The connection in use.
    pub(super) connection: Option<InUse>,
}

impl Live {
    /// Opens the live journal over the connection in use; it begins where there is none.
    pub(super) async fn open(data: &Path, seal: Seal, shared: &Shared) -> Result<Live, IpcError> {
        let folder = drillbook_engine::data_folder(Some(data))?;
        let speed = shared.stand_in.unwrap_or(1.0);
        let kept = InUse::read(data);
        let known = kept.as_ref().and_then(|one| {
            let connection = shared.unlocked.get(data, &one.name).ok()?;
            Some((connection, one.clone()))
        });
        let reached = match known {
            Some((connection, used)) => match reached(&connection, &used, speed).await {
                Ok(place) => Some((used, place)),
                // A secret that is gone keeps nobody from reading the journal: it is open without a connection.
                Err(error) => {
                    tracing::warn!(code = error.code, "the connection in use cannot be used");
                    None
                }
            },
            None => None,
        };
        let (used, (cloud, clock, environment)) = match reached {
            Some((used, place)) => (Some(used), place),
            None => (
                None,
                (Cloud::public(), Clock::real(), Environment::default()),
            ),
        };
        let options = Options {
            data: data.to_owned(),
            cloud,
            clock,
            seed: None,
            environment,
            runbooks: Vec::new(),
            reviewers: Vec::new(),
            seal: seal.clone(),
        };
        let engine = Engine::open_own(&folder, options, shared.stand_in.is_some())?;
        Ok(Live {
            engine,
            folder,
            seal,
            connection: used,
        })
    }
}

/// Returns where a connection leads, and by whose clock.
async fn reached(
    connection: &Connection,
    used: &InUse,
    speed: f64,
) -> Result<(Cloud, Clock, Environment), IpcError> {
    let (clock, environment) = connection.surroundings(speed).await?;
    let named = Environment {
        subscription_name: used.subscription.clone(),
        ..environment
    };
    Ok((connection.cloud()?, clock, named))
}

/// What is open.
#[derive(Debug)]
pub(super) enum Workspace {
    /// A rehearsal with the built-in cast.
    Rehearsal(Rehearsal),
    /// The live journal.
    Live(Live),
}

impl Workspace {
    pub(super) fn engine(&self) -> &Engine {
        match self {
            Self::Rehearsal(open) => open.engine(),
            Self::Live(open) => &open.engine,
        }
    }

    pub(super) fn folder(&self) -> &DataFolder {
        match self {
            Self::Rehearsal(open) => open.folder(),
            Self::Live(open) => &open.folder,
        }
    }

    /// Name of the simulated company; nothing in live.
    pub(super) fn company(&self) -> String {
        match self {
            Self::Rehearsal(open) => open.simulator().company().to_owned(),
            Self::Live(_) => String::new(),
        }
    }

    pub(super) fn live(&self) -> Option<&Live> {
        match self {
            Self::Rehearsal(_) => None,
            Self::Live(open) => Some(open),
        }
    }
}

/// Refuses what only the live journal can do.
pub(super) fn not_live() -> IpcError {
    IpcError::refused(
        "live.not_open",
        "The live journal is not open.",
        "Switch to live at the top of the window first.",
    )
}
