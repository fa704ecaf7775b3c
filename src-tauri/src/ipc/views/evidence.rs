//! Evidence: exchanges, pictures, notes, references.

use super::DetailView;
use serde::{Deserialize, Serialize};
use specta::Type;

/// What a piece of evidence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum EvidenceKindView {
    /// A request to Azure and its answer.
    Exchange,
    /// A picture.
    Picture,
    /// A file.
    File,
    /// A note.
    Note,
    /// A reference outside Azure.
    Reference,
    /// A signed document.
    Document,
}

/// A piece of evidence in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct EvidenceRowView {
    /// Journal entry.
    pub entry: u32,
    /// What it is.
    pub kind: EvidenceKindView,
    /// The step.
    pub step: String,
    /// The element's name.
    pub element: Option<String>,
    /// What it is called.
    pub title: String,
    /// "GET 200, 1.2 s".
    pub detail: String,
    /// When.
    pub at: String,
}

/// A piece of evidence at full size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct EvidenceView {
    /// What the list shows.
    pub row: EvidenceRowView,
    /// The drill.
    pub drill: String,
    /// Digest under which it is stored.
    pub digest: Option<String>,
    /// Size in bytes.
    pub size: u32,
    /// The exchange.
    pub exchange: Option<ExchangeView>,
    /// The picture.
    pub picture: Option<PictureView>,
    /// The note or the reference, as text.
    pub text: Option<String>,
    /// Rows: who, where from.
    pub facts: Vec<DetailView>,
    /// Entries before and after it in the same drill, for the arrows.
    pub previous: Option<u32>,
    /// The next one.
    pub next: Option<u32>,
}

/// A request to Azure and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ExchangeView {
    /// HTTP method.
    pub method: String,
    /// Path and query.
    pub url: String,
    /// Body that was sent, pretty-printed, secrets removed.
    pub body: Option<String>,
    /// Status.
    pub status: Option<u32>,
    /// Status in words.
    pub reason: String,
    /// Headers kept.
    pub headers: Vec<DetailView>,
    /// Answer, pretty-printed, secrets removed as `removed: …`.
    pub answer: Option<String>,
    /// How many secrets were removed before storing.
    pub removed: u32,
    /// The equivalent `az` line.
    pub az: Option<String>,
    /// When it left.
    pub started: String,
    /// Milliseconds until the answer.
    pub milliseconds: u32,
    /// How often it was sent.
    pub attempts: u32,
    /// Azure's request id.
    pub request_id: Option<String>,
    /// Azure's correlation id.
    pub correlation_id: Option<String>,
    /// Our own request id.
    pub client_request_id: Option<String>,
}

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PictureView {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Number of 64-pixel tiles.
    pub tiles: u32,
    /// Tile root, committed at capture.
    pub root: String,
    /// Where it came from, in words.
    pub origin: String,
}

/// Bytes of a picture for the window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PictureBytes {
    /// `data:image/png;base64,…`.
    pub url: String,
}

/// A screen or window that can be captured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CaptureSourceView {
    /// Id, valid until the list is asked again.
    pub id: String,
    /// It is a whole screen.
    pub screen: bool,
    /// Title.
    pub title: String,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

/// Captures a screen or window as evidence of a step.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CapturePicture {
    /// Where it belongs.
    pub at: super::StepRef,
    /// The source.
    pub source: String,
    /// What it shows.
    pub title: String,
}

/// Attaches a pasted or dropped picture.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AttachPicture {
    /// Where it belongs.
    pub at: super::StepRef,
    /// PNG or JPEG, base64.
    pub base64: String,
    /// What it shows.
    pub title: String,
    /// `pasted` or `dropped`.
    pub origin: String,
}

/// Writes a note.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AddNote {
    /// Where it belongs.
    pub at: super::StepRef,
    /// The text.
    pub text: String,
    /// It is a deviation.
    pub deviation: bool,
}

/// Adds a reference outside Azure.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AddReference {
    /// Where it belongs.
    pub at: super::StepRef,
    /// The system.
    pub system: String,
    /// The id there.
    pub id: String,
    /// A link, or empty.
    pub url: String,
}
