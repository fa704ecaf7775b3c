//! The exchange folder: chosen in a dialog of the desktop, looked at in the background.

#![expect(
    missing_docs,
    reason = "each is documented where it becomes a command, in `ipc`"
)]

use super::workspace::keep;
use super::{Ask, Desk, folder, locked};
use crate::ipc::views::{DeclinedView, ExchangeFolderView, IpcError, ProblemView};
use crate::present::words::{number, time};
use drillbook_engine::{Engine, Looked, Visit};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Name of the file that says which folder it is, beside the journal.
const FILE: &str = "exchange.json";

/// The most declined files that are shown.
const SHOWN: usize = 20;

/// What the looks found.
#[derive(Debug, Default)]
pub(super) struct Mailbox {
    /// The journal's folder and the exchange folder that this is about.
    of: Option<(PathBuf, PathBuf)>,
    looked: Looked,
    at: Option<String>,
    laid_out: usize,
    taken: usize,
    declined: Vec<DeclinedView>,
    problem: Option<ProblemView>,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    folder: PathBuf,
}

pub(super) fn kept(engine: &Engine) -> Option<PathBuf> {
    let text = std::fs::read(engine.home().join(FILE)).ok()?;
    let kept: Kept = serde_json::from_slice(&text).ok()?;
    Some(kept.folder)
}

impl Desk {
    pub async fn exchange_folder(&self) -> Result<ExchangeFolderView, IpcError> {
        let engine = self.engine()?;
        let mailbox = locked(&self.shared.mailbox);
        Ok(ExchangeFolderView {
            path: kept(&engine).map(|path| folder::shown(&path)),
            looked: mailbox.at.clone(),
            laid_out: number(mailbox.laid_out),
            taken: number(mailbox.taken),
            declined: mailbox.declined.clone(),
            problem: mailbox.problem.clone(),
        })
    }

    pub async fn choose_exchange_folder(&self) -> Result<ExchangeFolderView, IpcError> {
        let engine = self.engine()?;
        if let Some(folder) = self.place(Ask::Folder)? {
            if folder.starts_with(self.workspace()?.folder().path()) {
                return Err(IpcError::refused(
                    "exchange.own_folder",
                    "This is the data folder: others must not write there.",
                    "Choose a share, a synced folder or a stick.",
                ));
            }
            keep(&engine.home().join(FILE), &Kept { folder })?;
            *locked(&self.shared.mailbox) = Mailbox::default();
            drop(engine);
            self.look_into_the_folder();
        }
        self.exchange_folder().await
    }

    pub async fn forget_exchange_folder(&self) -> Result<ExchangeFolderView, IpcError> {
        let engine = self.engine()?;
        if kept(&engine).is_none() {
            return Err(IpcError::refused(
                "exchange.no_folder",
                "No exchange folder is set.",
                "Choose one first.",
            ));
        }
        // What lies there stays there: it is others' as much as ours.
        let _ = std::fs::remove_file(engine.home().join(FILE));
        *locked(&self.shared.mailbox) = Mailbox::default();
        self.exchange_folder().await
    }

    /// Lays out and picks up, once; what goes wrong is shown in the settings.
    pub fn look_into_the_folder(&self) {
        let Ok(engine) = self.engine() else {
            return;
        };
        let Some(folder) = kept(&engine) else {
            return;
        };
        // A share that is gone may keep a look for minutes: whoever reads the settings does not wait for it.
        let Ok(_looking) = self.shared.looking.try_lock() else {
            return;
        };
        let of = Some((engine.home().to_owned(), folder.clone()));
        let mut looked = {
            let mut mailbox = locked(&self.shared.mailbox);
            mailbox.of.clone_from(&of);
            std::mem::take(&mut mailbox.looked)
        };
        let visited = if folder.is_dir() {
            engine.visit(&folder, &mut looked).map_err(IpcError::from)
        } else {
            Err(IpcError::unavailable(
                "exchange.folder_gone",
                "The exchange folder is not there.",
                "Plug the stick in, connect the share, or choose another folder.",
            ))
        };
        let mut mailbox = locked(&self.shared.mailbox);
        if mailbox.of == of {
            mailbox.looked = looked;
            mailbox.found(visited);
        }
    }
}

impl Mailbox {
    fn found(&mut self, visited: Result<Visit, IpcError>) {
        self.at = Some(time(chrono::Utc::now()));
        let visit = match visited {
            Ok(visit) => visit,
            Err(error) => {
                self.problem = Some(error.into());
                return;
            }
        };
        self.problem = None;
        self.laid_out = visit.laid_out;
        self.taken += visit.taken;
        for (file, why) in visit.declined {
            let why = IpcError::from(why);
            tracing::info!(
                code = why.code,
                "a paper of the exchange folder was declined"
            );
            self.declined.push(DeclinedView {
                file,
                code: why.code,
                sentence: why.sentence,
            });
        }
        let surplus = self.declined.len().saturating_sub(SHOWN);
        self.declined.drain(..surplus);
    }
}
