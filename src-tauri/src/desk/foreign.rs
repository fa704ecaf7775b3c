//! Requests from other machines: opened, read, decided on with a key of one's own, and sent back.
//!
//! The one reading of such a file is in `trust`; the gate weighs a decision before it leaves. Deliberately absent: any
//! journal. What this installation witnessed and approved before is remembered beside the data.

#![expect(
    missing_docs,
    reason = "each is documented where it becomes a command, in `ipc`"
)]

mod memory;

use super::{Ask, Desk, folder, locked, mailbox};
use crate::ipc::views::{
    EvidenceView, ForeignListView, ForeignView, FoundView, IpcError, OpenForeign,
    OpenForeignEvidence, SavedView, SignForeign,
};
use crate::present::foreign::{self, Foreign, Signed};
use crate::present::words;
use drillbook_engine::decision_text;
use drillbook_engine::reviewing::{Answer, ReviewerKey, decide, requests_in, step_of};
use drillbook_trust::exchange::{open, text_of};
use memory::Memory;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;
use zeroize::Zeroizing;

/// The most requests that are kept open.
const MOST: usize = 40;

/// How long a look into the exchange folder may take.
const LONGEST_LOOK: Duration = Duration::from_secs(5);

/// The requests that were opened since Drillbook was started, and the key file that was chosen.
#[derive(Default)]
pub(super) struct Opened {
    requests: Mutex<BTreeMap<String, Foreign>>,
    key: Mutex<Option<PathBuf>>,
}

impl Desk {
    pub async fn foreign_requests(&self) -> Result<ForeignListView, IpcError> {
        let place = mailbox::kept(&self.engine()?);
        let mut found = Vec::new();
        for (file, text) in lying_in(place.clone()).await {
            // What this journal asked for lies there for others.
            match self.read(&text) {
                Err(error) if error.code == "exchange.own_log" => {}
                Ok(one) => found.push(FoundView {
                    file,
                    row: Some(foreign::row(&one)),
                    problem: None,
                }),
                Err(error) => found.push(FoundView {
                    file,
                    row: None,
                    problem: Some(error.into()),
                }),
            }
        }
        let mut opened: Vec<_> = locked(&self.shared.foreign.requests)
            .values()
            .map(foreign::row)
            .collect();
        opened.sort_by(|a, b| b.requested_at.cmp(&a.requested_at));
        Ok(ForeignListView {
            opened,
            folder: place.map(|place| folder::shown(&place)),
            found,
        })
    }

    pub async fn open_foreign(
        &self,
        request: OpenForeign,
    ) -> Result<Option<ForeignView>, IpcError> {
        let text = match request {
            OpenForeign::Text { text } => text_of(text.as_bytes())?,
            OpenForeign::File => {
                let Some(place) = self.place(Ask::Open)? else {
                    return Ok(None);
                };
                decision_text(&place).ok_or_else(unreadable)?.0
            }
            OpenForeign::Folder { file } => {
                let place = mailbox::kept(&self.engine()?);
                let mut all = lying_in(place).await.into_iter();
                all.find(|(name, _)| *name == file)
                    .map(|(_, text)| text)
                    .ok_or_else(unreadable)?
            }
        };
        let id = self.keep(self.read(&text)?);
        self.foreign_request(&id).await.map(Some)
    }

    pub async fn foreign_request(&self, id: &str) -> Result<ForeignView, IpcError> {
        let place = mailbox::kept(&self.engine()?).map(|place| folder::shown(&place));
        let memory = self.memory()?;
        let keys = self.keys();
        self.with(id, |one| {
            let keys = keys
                .iter()
                .map(|(key, place)| foreign::key(one, key, place));
            let compared = memory.compared(&one.opened);
            let seen = memory.seen(&one.opened);
            foreign::view(one, keys.collect(), compared, seen, place)
        })
    }

    pub async fn foreign_evidence(
        &self,
        request: OpenForeignEvidence,
    ) -> Result<EvidenceView, IpcError> {
        self.with(&request.request, |one| {
            let view = foreign::evidence(one, request.entry);
            if view.is_some() {
                let now = words::time(chrono::Utc::now());
                one.read.entry(u64::from(request.entry)).or_insert(now);
            }
            view
        })?
        .ok_or_else(|| {
            IpcError::refused(
                "exchange.no_evidence",
                "The request names no such evidence.",
                "Open what the request lists.",
            )
        })
    }

    pub async fn choose_signing_key(&self, id: &str) -> Result<ForeignView, IpcError> {
        self.with(id, |_| ())?;
        if let Some(file) = self.place(Ask::Open)? {
            ReviewerKey::open(&file)?;
            *locked(&self.shared.foreign.key) = Some(file);
        }
        self.foreign_request(id).await
    }

    pub async fn sign_foreign(&self, request: SignForeign) -> Result<ForeignView, IpcError> {
        let passphrase = request.passphrase.map(Zeroizing::new);
        let mut keys = self.keys().into_iter().map(|(key, _)| key);
        let key = keys.find(|key| key.public().fingerprint() == request.key);
        let key = self.with(&request.request, |_| key)?.ok_or_else(|| {
            IpcError::refused(
                "exchange.no_key",
                "This key is not at hand.",
                "Choose the key that you gave to the policy's owners.",
            )
        })?;
        let key = match passphrase {
            Some(words) => key.opened(&words)?,
            None => key,
        };
        if !request.approve && request.reason.trim().is_empty() {
            return Err(IpcError::refused(
                "exchange.no_reason",
                "A refusal says why.",
                "Give the operator a reason.",
            ));
        }
        let data = self.workspace()?.folder().path().to_owned();
        let memory = self.memory()?;
        self.with(&request.request, |one| -> Result<(), IpcError> {
            memory.may_follow(&one.opened)?;
            let step = step_of(&one.opened);
            let bounds = request.conditions.iter();
            let answer = Answer {
                approve: request.approve,
                reason: request.reason.trim().to_owned(),
                conditions: bounds
                    .map(|bound| foreign::condition(step.as_ref(), bound))
                    .collect(),
                opened: one.commitments(),
            };
            let (text, decision) = decide(&one.opened, answer, &key, Some(&data))?;
            memory.remember(&one.opened, request.approve)?;
            one.signed = Some(Signed { text, decision });
            Ok(())
        })??;
        self.foreign_request(&request.request).await
    }

    pub async fn save_foreign_decision(&self, id: &str) -> Result<SavedView, IpcError> {
        let signed = self.signed(id)?;
        let place = self.save(&signed.0, &signed.1)?;
        Ok(SavedView {
            path: place.map(|place| place.display().to_string()),
        })
    }

    pub async fn lay_out_foreign_decision(&self, id: &str) -> Result<SavedView, IpcError> {
        let (name, text) = self.signed(id)?;
        let Some(folder) = mailbox::kept(&self.engine()?) else {
            return Err(IpcError::refused(
                "exchange.no_folder",
                "No exchange folder is set.",
                "Choose one first.",
            ));
        };
        let place = folder.join(name);
        super::exchange::write(&place, &text)?;
        Ok(SavedView {
            path: Some(folder::shown(&place)),
        })
    }

    /// Reads a request file of another log; everything in it is recomputed.
    fn read(&self, text: &str) -> Result<Foreign, IpcError> {
        let opened = open(text)?;
        if opened.request.value().log == self.engine()?.journal().origin() {
            return Err(IpcError::refused(
                "exchange.own_log",
                "This request is one of this installation's own.",
                "Decide on it at the desk; somebody elsewhere opens the file.",
            ));
        }
        self.memory()?.may_follow(&opened)?;
        Ok(Foreign::new(opened))
    }

    /// Keeps a request open, as it was if it is already, and returns its id.
    fn keep(&self, one: Foreign) -> String {
        let id = one.id();
        let mut all = locked(&self.shared.foreign.requests);
        if !all.contains_key(&id) && all.len() >= MOST {
            all.clear();
        }
        all.entry(id.clone()).or_insert(one);
        id
    }

    fn with<T>(&self, id: &str, of: impl FnOnce(&mut Foreign) -> T) -> Result<T, IpcError> {
        let mut all = locked(&self.shared.foreign.requests);
        let one = all.get_mut(id).ok_or_else(|| {
            IpcError::refused(
                "exchange.not_opened",
                "This request was not opened here.",
                "Open its file first.",
            )
        })?;
        Ok(of(one))
    }

    fn signed(&self, id: &str) -> Result<(String, String), IpcError> {
        let signed = self.with(id, |one| {
            let signed = one.signed.as_ref()?;
            Some((foreign::file_name(one)?, signed.text.clone()))
        })?;
        signed.ok_or_else(|| {
            IpcError::refused(
                "exchange.not_decided",
                "Nothing was signed about this request here.",
                "Approve or refuse it first.",
            )
        })
    }

    /// The keys that are at hand, each with where it is: that of the person at the window, and the chosen file.
    fn keys(&self) -> Vec<(ReviewerKey, String)> {
        let kept = self.engine().ok().and_then(|engine| engine.reviewer_key());
        let mut all: Vec<_> = kept
            .into_iter()
            .map(|key| (key, "kept by Drillbook".to_owned()))
            .collect();
        let file = locked(&self.shared.foreign.key).clone();
        let chosen = file.and_then(|file| Some((ReviewerKey::open(&file).ok()?, file)));
        if let Some((key, file)) = chosen {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            all.push((key, name.into_owned()));
        }
        all
    }

    fn memory(&self) -> Result<Memory, IpcError> {
        Ok(Memory::of(self.workspace()?.folder().path()))
    }
}

/// Returns the request files of the exchange folder; a share that does not answer is not waited for.
async fn lying_in(folder: Option<PathBuf>) -> Vec<(String, String)> {
    let Some(folder) = folder else {
        return Vec::new();
    };
    let looked = tokio::task::spawn_blocking(move || requests_in(&folder));
    let found = tokio::time::timeout(LONGEST_LOOK, looked).await;
    let mut found = found.ok().and_then(Result::ok).unwrap_or_default();
    found.truncate(MOST);
    found
}

fn unreadable() -> IpcError {
    let next = "Choose the file that the operator sent, or paste its text.";
    IpcError::refused("exchange.file", "The file cannot be read.", next)
}
