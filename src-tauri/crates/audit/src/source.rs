//! What an export is made of. The engine fills it from the journal; nothing here knows a database.

use crate::error::SourceError;
use drillbook_trust::digest::Digest;
use drillbook_trust::disclosure::Disclosure;
use std::io::Write;

/// One entry of the log, byte for byte, with every sealed value.
#[derive(Debug, Clone)]
pub struct LoggedEntry {
    /// The exact bytes of the leaf.
    pub bytes: Vec<u8>,
    /// Its sealed values.
    pub disclosures: Vec<Disclosure>,
}

/// A checkpoint as it was signed.
#[derive(Debug, Clone)]
pub struct SignedCheckpoint {
    /// The exact text.
    pub text: String,
    /// The installation's armored signature.
    pub signature: String,
}

/// A document as it was signed; a runbook has no signature.
#[derive(Debug, Clone)]
pub struct SignedDocument {
    /// The exact bytes.
    pub bytes: Vec<u8>,
    /// Armored signatures, in the order they came.
    pub signatures: Vec<String>,
}

/// Looks a document up by its digest.
pub type Documents<'a> = dyn Fn(&Digest) -> Result<Option<SignedDocument>, SourceError> + 'a;

/// Copies a piece of evidence in small portions; false when there is none with that digest.
pub type Blobs<'a> = dyn Fn(&Digest, &mut dyn Write) -> Result<bool, SourceError> + 'a;

/// Signs bytes with the installation's key in a namespace.
pub type Signer<'a> = dyn Fn(&str, &[u8]) -> Result<String, SourceError> + 'a;

/// Everything an export reads.
pub struct Source<'a> {
    /// Origin of the log.
    pub origin: String,
    /// The drill that is exported.
    pub drill: String,
    /// Every entry of the log up to the last checkpoint, in order, of all drills; read once.
    pub entries: &'a mut dyn Iterator<Item = Result<LoggedEntry, SourceError>>,
    /// Every checkpoint up to and including the one that closes `entries`.
    pub checkpoints: Vec<SignedCheckpoint>,
    /// Documents by digest.
    pub documents: &'a Documents<'a>,
    /// Evidence by digest.
    pub blobs: &'a Blobs<'a>,
    /// Principals with their public keys as OpenSSH lines, the installation among them.
    pub principals: Vec<(String, String)>,
    /// The installation's key.
    pub sign: &'a Signer<'a>,
}
