//! The policy to be read, requests on their way out, decisions on their way in.
//!
//! A place comes from a dialog of the desktop: the window can state none.

#![expect(
    missing_docs,
    reason = "each is documented where it becomes a command, in `ipc`"
)]

use super::policy::none;
use super::{Ask, Desk};
use crate::ipc::views::{
    ImportedView, IpcError, PolicyPageView, RequestTextView, SavedView, SignersFileView,
};
use crate::present::{exchange, policy};
use drillbook_engine::{Roster, decision_text};
use drillbook_trust::exchange::text_of;
use std::path::{Path, PathBuf};

/// The name that is proposed for the signers' file.
const SIGNERS: &str = "allowed_signers";

impl Desk {
    pub async fn policy(&self) -> Result<PolicyPageView, IpcError> {
        Ok(policy::page(&self.sight()?, self.roster()?.as_ref())?)
    }

    pub async fn save_signers(&self) -> Result<SignersFileView, IpcError> {
        let Some(roster) = self.roster()? else {
            return Err(none());
        };
        let (text, signers, missing) = roster.signers_file();
        let place = self.save(SIGNERS, &text)?;
        Ok(policy::saved(place.as_deref(), signers, missing))
    }

    pub async fn request_text(&self, id: String) -> Result<RequestTextView, IpcError> {
        Ok(exchange::text(&self.sight()?, &id)?)
    }

    pub async fn save_request(&self, id: String) -> Result<SavedView, IpcError> {
        let request = self.request_text(id).await?;
        let place = self.save(&request.name, &request.text)?;
        Ok(SavedView {
            path: place.map(|place| place.display().to_string()),
        })
    }

    pub async fn import_decision(&self, text: String) -> Result<ImportedView, IpcError> {
        self.take_in(&text_of(text.as_bytes())?, &[])
    }

    pub async fn open_decision(&self) -> Result<Option<ImportedView>, IpcError> {
        let Some(place) = self.place(Ask::Open)? else {
            return Ok(None);
        };
        let Some((text, beside)) = decision_text(&place) else {
            let next = "Choose the file that the reviewer sent back, or paste its text.";
            return Err(IpcError::refused(
                "exchange.file",
                "The file cannot be read.",
                next,
            ));
        };
        self.take_in(&text, &beside).map(Some)
    }

    fn take_in(&self, text: &str, beside: &[String]) -> Result<ImportedView, IpcError> {
        let taken = self.engine()?.import(text, beside)?;
        Ok(exchange::imported(&self.sight()?, &taken)?)
    }

    pub(super) fn roster(&self) -> Result<Option<Roster>, IpcError> {
        Ok(self.engine()?.roster()?)
    }

    /// Writes a text where the person says; `None` when they close the dialog.
    pub(super) fn save(&self, name: &str, text: &str) -> Result<Option<PathBuf>, IpcError> {
        let place = self.place(Ask::Save(name))?;
        if let Some(place) = &place {
            write(place, text)?;
        }
        Ok(place)
    }

    /// Asks for a place in a dialog of the desktop.
    pub(super) fn place(&self, ask: Ask<'_>) -> Result<Option<PathBuf>, IpcError> {
        let Some(dialog) = self.ask_place.get() else {
            let next = "Start Drillbook on a desktop, or use the command.";
            return Err(IpcError::unavailable(
                "shell.no_dialog",
                "There is no desktop that could ask for a place.",
                next,
            ));
        };
        Ok(tokio::task::block_in_place(|| dialog(ask)))
    }
}

pub(super) fn write(place: &Path, text: &str) -> Result<(), IpcError> {
    std::fs::write(place, text).map_err(|error| {
        let next = "Check that the disk is not full, or choose another place.";
        IpcError::unavailable("shell.not_saved", "The file could not be written.", next)
            .because(&error)
    })
}
