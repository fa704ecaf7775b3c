//! Evidence that people attach, and reading any piece of evidence back.

use crate::azure::ExchangeRecord;
use crate::log::{Beside, recorded};
use crate::{Engine, EngineError};
use drillbook_audit::{Decoded, decode_picture};
use drillbook_core::{Command, Drill, Event, Recorded};
use drillbook_trust::digest::Digest;
use drillbook_trust::picture::TileTree;
use std::sync::Arc;

/// A picture before it is attached.
#[derive(Debug, Clone)]
pub struct PictureInput {
    /// The step.
    pub step: String,
    /// Its element.
    pub element: Option<String>,
    /// What it shows.
    pub title: String,
    /// PNG or JPEG.
    pub bytes: Vec<u8>,
    /// `pasted`, `dropped`, `captured: <source>` or `Azure`.
    pub origin: String,
}

/// A piece of evidence, read back.
#[derive(Debug, Clone)]
pub struct EvidenceRecord {
    /// The entry that recorded it.
    pub entry: Recorded,
    /// The exchange, if it is one.
    pub exchange: Option<ExchangeRecord>,
    /// The stored bytes, if it is a picture or file.
    pub bytes: Option<Vec<u8>>,
}

/// Returns the exchange with Azure that stored bytes hold; none when they are something else.
pub fn exchange_in(bytes: &[u8]) -> Option<ExchangeRecord> {
    serde_json::from_slice(bytes).ok()
}

impl Engine {
    /// Attaches a picture to a step; its tile root is committed with it (trust.md §6).
    ///
    /// # Errors
    /// [`EngineError::Picture`] when it cannot be read.
    pub fn attach_picture(
        &self,
        drill: &str,
        input: PictureInput,
    ) -> Result<Arc<Drill>, EngineError> {
        let seat = self.seat().id;
        self.attach(drill, &seat, input)
    }

    /// Attaches a picture that the engine fetched itself.
    pub(crate) fn attach_fetched(
        &self,
        drill: &str,
        input: PictureInput,
    ) -> Result<(), EngineError> {
        let operator = self.drill(drill)?.operator.clone();
        match self.attach(drill, &operator, input) {
            Ok(_) => Ok(()),
            // What Azure called a picture is none: the wait goes on without it.
            Err(EngineError::Picture(error)) => {
                tracing::warn!(drill_id = drill, %error, "a fetched picture cannot be read");
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    fn attach(
        &self,
        drill: &str,
        actor: &str,
        input: PictureInput,
    ) -> Result<Arc<Drill>, EngineError> {
        let Decoded { media, rgb } = decode_picture(&input.bytes).map_err(EngineError::Picture)?;
        let master: [u8; 32] = self.0.chance.bytes();
        let tiles =
            TileTree::of(rgb.as_raw(), rgb.width(), rgb.height(), &master).map_err(|_| {
                EngineError::Unreadable {
                    what: "picture".to_owned(),
                }
            })?;
        let event = Event::EvidenceAttached {
            step: input.step,
            media: media.to_owned(),
            width: u64::from(rgb.width()),
            height: u64::from(rgb.height()),
            tile_root: Some(tiles.root().to_string()),
            element: input.element,
            title: input.title,
            evidence: Digest::of(&input.bytes).to_string(),
            master: Some(hex::encode(master)),
            origin: input.origin,
        };
        let command = Command::Attach {
            event: Box::new(event),
        };
        Ok(self
            .transact(drill, actor, command, Beside::blobs(vec![input.bytes]))?
            .0)
    }

    /// Attaches text, such as the pasted output of a command, as a file.
    ///
    /// # Errors
    /// [`EngineError::Refused`] when the step is unknown.
    pub fn attach_text(
        &self,
        drill: &str,
        step: &str,
        title: String,
        text: String,
    ) -> Result<Arc<Drill>, EngineError> {
        let bytes = text.into_bytes();
        let event = Event::EvidenceAttached {
            step: step.to_owned(),
            media: "text/plain".to_owned(),
            width: 0,
            height: 0,
            tile_root: None,
            element: None,
            title,
            evidence: Digest::of(&bytes).to_string(),
            master: None,
            origin: "pasted".to_owned(),
        };
        let command = Command::Attach {
            event: Box::new(event),
        };
        Ok(self
            .transact(drill, &self.seat().id, command, Beside::blobs(vec![bytes]))?
            .0)
    }

    /// Writes a note, or a deviation when `deviation` is set.
    ///
    /// # Errors
    /// [`EngineError::Refused`] when it is empty.
    pub fn note(
        &self,
        drill: &str,
        step: &str,
        text: String,
        deviation: bool,
    ) -> Result<Arc<Drill>, EngineError> {
        let (step, source) = (step.to_owned(), self.seat().id);
        let event = if deviation {
            Event::DeviationNoted {
                step,
                source: source.clone(),
                code: "noted".to_owned(),
                text,
            }
        } else {
            Event::NoteAdded { step, text }
        };
        let command = Command::Attach {
            event: Box::new(event),
        };
        Ok(self.transact(drill, &source, command, Beside::default())?.0)
    }

    /// Adds a typed reference to something outside Azure.
    ///
    /// # Errors
    /// [`EngineError::Refused`] when it is empty.
    pub fn reference(
        &self,
        drill: &str,
        step: &str,
        system: String,
        id: String,
        url: Option<String>,
    ) -> Result<Arc<Drill>, EngineError> {
        let event = Event::ReferenceAdded {
            step: step.to_owned(),
            system,
            id,
            url,
        };
        let command = Command::Attach {
            event: Box::new(event),
        };
        Ok(self
            .transact(drill, &self.seat().id, command, Beside::default())?
            .0)
    }

    /// Reads a picture back, with its media type.
    ///
    /// # Errors
    /// [`EngineError::UnknownEvidence`] when the entry records no picture of this drill.
    pub fn picture(&self, drill: &str, entry: u64) -> Result<(String, Vec<u8>), EngineError> {
        let record = self.evidence(drill, entry)?;
        match (record.entry.event, record.bytes) {
            (Event::EvidenceAttached { media, .. }, Some(bytes)) if media.starts_with("image/") => {
                Ok((media, bytes))
            }
            _ => Err(EngineError::UnknownEvidence { entry }),
        }
    }

    /// Reads a piece of evidence back; its bytes are checked against their digest on the way.
    ///
    /// # Errors
    /// [`EngineError::UnknownEvidence`] when the entry records none, or none of this drill.
    pub fn evidence(&self, drill: &str, entry: u64) -> Result<EvidenceRecord, EngineError> {
        let unknown = || EngineError::UnknownEvidence { entry };
        let stored = self.0.reader.entry(entry)?;
        let stored = stored.filter(|stored| stored.entry.drill == drill);
        let stored = stored.ok_or_else(unknown)?;
        let entry_of = recorded(&stored)?;
        let digest = match &entry_of.event {
            Event::ExchangeRecorded { evidence, .. } | Event::EvidenceAttached { evidence, .. } => {
                Some(evidence)
            }
            Event::NoteAdded { .. }
            | Event::DeviationNoted { .. }
            | Event::ReferenceAdded { .. } => None,
            _ => return Err(unknown()),
        };
        let bytes = match digest {
            Some(digest) => {
                let digest: Digest = digest.parse().map_err(|_| unknown())?;
                Some(self.0.reader.blob(&digest)?.ok_or_else(unknown)?)
            }
            None => None,
        };
        let exchange = match (&entry_of.event, &bytes) {
            (Event::ExchangeRecorded { .. }, Some(bytes)) => exchange_in(bytes),
            _ => None,
        };
        Ok(EvidenceRecord {
            entry: entry_of,
            exchange,
            bytes,
        })
    }
}
