//! The policy changed in the window: proposed, signed here or elsewhere, taken into force.
//!
//! Deliberately absent: rules, and any file's place: a dialog of the desktop says it.

#![expect(
    missing_docs,
    reason = "each is documented where it becomes a command, in `ipc`"
)]

use super::opening::Which;
use super::{Ask, Desk};
use crate::ipc::views::{IpcError, PolicyPageView, ProposePolicy, PublicKeyView, SavedView};
use crate::present::draft;
use drillbook_engine::{Draft, DraftError, EngineError};
use drillbook_trust::exchange::text_of;
use drillbook_trust::sshsig::PublicKey;
use std::io::Read;
use std::path::Path;

/// The largest file of a key or a signature, in bytes.
const MAX_FILE: u64 = 64 * 1024;

/// There is no policy to be exported.
pub(super) fn none() -> IpcError {
    IpcError::refused(
        "policy.none",
        "No policy was adopted yet.",
        "Open a rehearsal's first drill, which signs one, or write the first policy of the live journal.",
    )
}

impl Desk {
    pub async fn propose_policy(&self, request: ProposePolicy) -> Result<PolicyPageView, IpcError> {
        self.engine()?.propose(&draft::proposal(request))?;
        self.policy().await
    }

    pub async fn sign_policy(&self) -> Result<PolicyPageView, IpcError> {
        self.engine()?.sign_draft()?;
        self.policy().await
    }

    pub async fn save_policy_draft(&self) -> Result<SavedView, IpcError> {
        let draft = self.prepared()?;
        let text = String::from_utf8_lossy(draft.policy.bytes()).into_owned();
        let place = self.save(&draft::file_name(draft.policy.value()), &text)?;
        Ok(SavedView {
            path: place.map(|place| place.display().to_string()),
        })
    }

    pub async fn take_policy_signature(&self, text: String) -> Result<PolicyPageView, IpcError> {
        let text = text_of(text.as_bytes())?;
        self.engine()?.take_draft_signature(&text)?;
        self.policy().await
    }

    pub async fn open_policy_signature(&self) -> Result<Option<PolicyPageView>, IpcError> {
        self.prepared()?;
        match self.opened()? {
            Some(text) => self.take_policy_signature(text).await.map(Some),
            None => Ok(None),
        }
    }

    pub async fn adopt_policy(&self) -> Result<PolicyPageView, IpcError> {
        let engine = self.engine()?;
        engine.adopt_draft()?;
        let own = engine.is_own();
        drop(engine);
        if own {
            // Who is who is read when the journal is opened.
            let open = self.workspace()?;
            let seal = open.live().map(|live| live.seal.clone());
            drop(open);
            if let Some(seal) = seal {
                self.reopen(Which::Live(seal)).await?;
            }
        }
        self.policy().await
    }

    pub async fn drop_policy_draft(&self) -> Result<PolicyPageView, IpcError> {
        let engine = self.engine()?;
        // One that is outdated cannot be read any more, and has to go all the same.
        if let Err(error @ EngineError::Draft(DraftError::None)) = self.prepared_by(&engine) {
            return Err(error.into());
        }
        engine.drop_draft()?;
        self.policy().await
    }

    pub async fn read_public_key(&self, text: String) -> Result<PublicKeyView, IpcError> {
        let line = text_of(text.as_bytes())?;
        let key = PublicKey::parse(line.trim()).map_err(|_| {
            let person = "this person".to_owned();
            EngineError::from(DraftError::Key { person })
        })?;
        Ok(PublicKeyView {
            line: key.to_line(),
            fingerprint: key.fingerprint(),
            comment: key.comment().to_owned(),
            security_key: key.is_security_key(),
        })
    }

    pub async fn open_public_key(&self) -> Result<Option<PublicKeyView>, IpcError> {
        match self.opened()? {
            Some(text) => self.read_public_key(text).await.map(Some),
            None => Ok(None),
        }
    }

    fn prepared(&self) -> Result<Draft, IpcError> {
        Ok(self.prepared_by(&self.engine()?)?)
    }

    fn prepared_by(&self, engine: &drillbook_engine::Engine) -> Result<Draft, EngineError> {
        engine.policy_draft()?.ok_or(DraftError::None.into())
    }

    /// Asks for a small text file and reads it.
    fn opened(&self) -> Result<Option<String>, IpcError> {
        let Some(place) = self.place(Ask::Open)? else {
            return Ok(None);
        };
        let bytes = read(&place).map_err(|error| {
            IpcError::refused(
                "exchange.file",
                "The file cannot be read.",
                "Choose a .pub file, or the .sig file that ssh-keygen wrote, or paste its text.",
            )
            .because(&error)
        })?;
        Ok(Some(text_of(&bytes)?))
    }
}

fn read(place: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(place)?;
    file.take(MAX_FILE).read_to_end(&mut bytes)?;
    Ok(bytes)
}
