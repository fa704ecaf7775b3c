//! The desk: the rehearsal or the live journal that is open, and what goes on in it in the background.
//!
//! It composes and translates; every rule is further in. One method for each command, called by the
//! three lines of `ipc`.

mod background;
mod commands;
mod connections;
mod exchange;
mod export;
mod folder;
mod foreign;
mod live;
mod mailbox;
mod opening;
mod outside;
mod papers;
mod policy;
mod workspace;

use crate::ipc::views::{IpcError, ProblemView, ProgressView, RoleView};
use crate::present::{Sight, words};
use drillbook_engine::{Engine, Notice};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use tokio::sync::broadcast;
use workspace::Workspace;

/// What a dialog of the desktop asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask<'a> {
    /// Where to save a file that is proposed to be called so.
    Save(&'a str),
    /// Which file to read.
    Open,
    /// Which folder to use.
    Folder,
}

/// Asks the person for a place; `None` when they close the dialog.
pub type AskPlace = Box<dyn Fn(Ask<'_>) -> Option<PathBuf> + Send + Sync>;

/// A step of a drill, by ids.
type At = (String, String);

/// The state behind every command.
pub struct Desk {
    open: Mutex<Result<Arc<Workspace>, IpcError>>,
    reopening: tokio::sync::Mutex<()>,
    shared: Arc<Shared>,
    data: Option<PathBuf>,
    ask_place: OnceLock<AskPlace>,
}

/// What the background writes and the commands read.
struct Shared {
    notices: broadcast::Sender<Notice>,
    troubles: Mutex<BTreeMap<At, ProblemView>>,
    progress: Mutex<BTreeMap<At, ProgressView>>,
    working: Mutex<BTreeSet<At>>,
    /// Connections whose passphrase was given since Drillbook was started.
    unlocked: connections::Unlocked,
    /// Where the certificate lies that was chosen for the next connection; its key is read when that is kept.
    certificate: Mutex<Option<PathBuf>>,
    /// Requests of other machines that were opened.
    foreign: foreign::Opened,
    /// What the last looks at the exchange folder found.
    mailbox: Mutex<mailbox::Mailbox>,
    /// Held while somebody looks into the exchange folder.
    looking: Mutex<()>,
    /// A simulator may stand in for Azure in the live journal, so many times as fast; only tests ask for it.
    stand_in: Option<f64>,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk")
            .field("data", &self.data)
            .finish_non_exhaustive()
    }
}

/// A lock that a panic elsewhere does not take away.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Desk {
    /// Returns what is open.
    fn workspace(&self) -> Result<Arc<Workspace>, IpcError> {
        locked(&self.open).clone()
    }

    fn engine(&self) -> Result<Engine, IpcError> {
        Ok(self.workspace()?.engine().clone())
    }

    /// Returns the role of the person at the window; an operator while nothing is open.
    pub fn role(&self) -> RoleView {
        let role = self.engine().map(|engine| engine.seat().role);
        // Before there is a policy nobody has a role, and somebody has to write it.
        role.ok()
            .filter(|role| !role.is_empty())
            .map_or(RoleView::Operator, |role| words::role(&role))
    }

    /// Subscribes to what happens.
    pub fn subscribe(&self) -> broadcast::Receiver<Notice> {
        self.shared.notices.subscribe()
    }

    /// Sets how a person is asked for the place of a file; done once, by the composition.
    pub fn ask_place_with(&self, ask: AskPlace) {
        // A second one would change nothing: the first stays.
        let _ = self.ask_place.set(ask);
    }

    /// Returns what a view is made from, now.
    fn sight(&self) -> Result<Sight, IpcError> {
        let open = self.workspace()?;
        let engine = open.engine().clone();
        let troubles = locked(&self.shared.troubles);
        let troubles = troubles
            .iter()
            .map(|((drill, step), problem)| (drill.clone(), step.clone(), problem.clone()));
        Ok(Sight {
            now: engine.clock().now(),
            seat: engine.seat(),
            people: engine.people(),
            data_folder: folder::shown(open.folder().path()),
            company: open.company(),
            connection: open.live().and_then(|live| {
                let used = live.connection.as_ref()?;
                Some((used.name.clone(), used.account.clone()))
            }),
            working: locked(&self.shared.working).clone(),
            troubles: troubles.collect(),
            engine,
        })
    }

    /// Returns how many entries the log has.
    pub fn size(&self) -> u32 {
        let head = self.engine().ok().and_then(|engine| engine.head().ok());
        head.map_or(0, |head| words::number(head.size))
    }

    /// Gives the reminders that are due: pairs of drill and moment.
    pub fn remind(&self) -> Vec<(String, String)> {
        let given = self
            .engine()
            .map_err(|error| error.code)
            .and_then(|engine| {
                engine
                    .remind()
                    .map_err(|error| drillbook_diagnostic::Diagnostic::code(&error).to_owned())
            });
        given.unwrap_or_else(|code| {
            tracing::warn!(code, "reminders not given");
            Vec::new()
        })
    }
}
