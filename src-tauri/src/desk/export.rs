//! Bundles: exported for an audience, read back, copied to where a person says.

#![expect(
    missing_docs,
    reason = "each is documented where it becomes a command, in `ipc`"
)]

use super::commands::{blocking, field};
use super::{Ask, Desk};
use crate::ipc::views::{ExportBundle, ExportResult, IpcError};
use crate::present::audit;
use drillbook_engine::Audience;
use std::path::PathBuf;

impl Desk {
    pub async fn export_bundle(&self, request: ExportBundle) -> Result<ExportResult, IpcError> {
        let open = self.workspace()?;
        let folder = self.bundles()?;
        let drill = open.engine().drill(&request.drill)?.id.clone();
        std::fs::create_dir_all(&folder).map_err(|error| not_written(&error))?;
        let (audience, name) = bundle_for(&drill, &request.audience)?;
        let (file, redaction) = (folder.join(name), audience.into());
        let written = file.clone();
        let exported =
            blocking(move || open.engine().export_for(&drill, &written, &redaction)).await??;
        let sight = self.sight()?;
        blocking(move || audit::exported(&sight, &file, &exported)).await
    }

    pub async fn save_bundle(&self, request: ExportBundle) -> Result<ExportResult, IpcError> {
        let drill = self.engine()?.drill(&request.drill)?.id.clone();
        let (_, name) = bundle_for(&drill, &request.audience)?;
        let ours = self.bundles()?.join(&name);
        if !ours.is_file() {
            return Err(field("drill", "was not exported yet"));
        }
        let place = self.place(Ask::Save(&name))?;
        if let Some(place) = &place {
            std::fs::copy(&ours, place).map_err(|error| not_written(&error))?;
        }
        Ok(audit::saved(place.as_deref()))
    }

    /// Where exported bundles are kept.
    fn bundles(&self) -> Result<PathBuf, IpcError> {
        let open = self.workspace()?;
        let data = open.folder().path();
        // A rehearsal's drill and a live one may have the same id.
        Ok(match open.live() {
            Some(_) => data.join("live").join("bundles"),
            None => data.join("bundles"),
        })
    }
}

/// Returns the audience of that name, and the name of a bundle for it: one audience's does not replace another's.
fn bundle_for(drill: &str, audience: &str) -> Result<(Audience, String), IpcError> {
    let Some(audience) = Audience::named(audience) else {
        return Err(field("audience", "is internal, auditor or public"));
    };
    let name = match audience {
        Audience::Internal => format!("{drill}.zip"),
        other => format!("{drill}-{}.zip", other.name()),
    };
    Ok((audience, name))
}

fn not_written(error: &std::io::Error) -> IpcError {
    let next = "Check that the disk is not full, or choose another folder.";
    IpcError::unavailable(
        "bundle.not_written",
        "The bundle could not be written.",
        next,
    )
    .because(error)
}
