//! Writing a bundle: the same log size and audience give the same bytes.
//!
//! Evidence is streamed; what is held in memory is one drill's entries, its documents and 32 bytes
//! for each entry of the log.

mod gather;
mod pack;

use crate::audience::{Audience, PICTURE, Redaction};
use crate::bundle::{self, MANIFEST, MANIFEST_SIGNATURE};
use crate::error::AuditError;
use crate::fact::{Fact, named_documents};
use crate::report;
use crate::source::{SignedDocument, Source};
use drillbook_trust::canonical;
use drillbook_trust::digest::Digest;
use drillbook_trust::document::{BUNDLE_NAMESPACE, CHECKPOINT_NAMESPACE};
use drillbook_trust::picture::{TileProof, TileTree, tiles, tiles_in};
use drillbook_trust::sshsig::{AllowedSigner, AllowedSigners, PublicKey};
use gather::{Gathered, gather};
use pack::Pack;
use sha2::Digest as _;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{Seek, Write};
use std::path::Path;

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Entries in the bundle: the drill's and the installation's.
    pub entries: u64,
    /// Size of the log it proves.
    pub size: u64,
    /// Digest of its manifest, which a finding names.
    pub manifest: Digest,
    /// Length of the file; 0 when it went to a writer.
    pub bytes: u64,
    /// SHA-256 of the file; of nothing when it went to a writer.
    pub digest: Digest,
}

/// Writes the bundle of one drill to a file: whole or not at all.
///
/// # Errors
/// [`AuditError`] when the source fails or contradicts itself, or the file cannot be written.
pub fn write_bundle_file(
    source: &mut Source<'_>,
    redaction: &Redaction,
    path: &Path,
) -> Result<Written, AuditError> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let partial = Path::new(&partial);
    let written = write_partial(source, redaction, partial);
    let moved = written.and_then(|written| {
        std::fs::rename(partial, path)
            .map_err(AuditError::File)
            .map(|()| written)
    });
    if moved.is_err() {
        // Nothing half-written is left behind; that it cannot be removed changes no outcome.
        let _ = std::fs::remove_file(partial);
    }
    moved
}

fn write_partial(
    source: &mut Source<'_>,
    redaction: &Redaction,
    partial: &Path,
) -> Result<Written, AuditError> {
    let file = std::fs::File::create(partial).map_err(AuditError::File)?;
    let written = write_bundle(source, redaction, &file)?;
    file.sync_all().map_err(AuditError::File)?;
    let mut hasher = sha2::Sha256::new();
    let mut file = std::fs::File::open(partial).map_err(AuditError::File)?;
    let bytes = std::io::copy(&mut file, &mut hasher).map_err(AuditError::File)?;
    Ok(Written {
        bytes,
        digest: Digest::from_bytes(hasher.finalize().into()),
        ..written
    })
}

/// Writes the bundle of one drill.
///
/// # Errors
/// [`AuditError`] when the source fails or contradicts itself, or `out` cannot be written.
pub fn write_bundle<W: Write + Seek>(
    source: &mut Source<'_>,
    redaction: &Redaction,
    out: W,
) -> Result<Written, AuditError> {
    let gathered = gather(source)?;
    let audience = redaction.audience;
    let hidden = hidden(&gathered, redaction)?;
    let facts = gathered.facts(audience, &hidden);
    let documents = documents(source, &facts)?;
    let mut pack = Pack::new(out);
    let size = gathered.leaves.len() as u64;
    let readme = bundle::readme(&source.origin, &source.drill, size, audience);
    pack.add("README.txt", readme.as_bytes())?;
    pack.add("verify.py", bundle::VERIFIER.as_bytes())?;
    pack.add("journal.jsonl", &gathered.journal())?;
    pack.add("leaves.txt", gathered.leaves_text().as_bytes())?;
    for (size, checkpoint) in &gathered.checkpoints {
        let name = bundle::checkpoint_name(*size);
        pack.add(&name, checkpoint.text.as_bytes())?;
        pack.add(&format!("{name}.sig"), checkpoint.signature.as_bytes())?;
    }
    for (digest, document) in &documents {
        let name = bundle::document_name(digest);
        pack.add(&name, &document.bytes)?;
        let count = document.signatures.len();
        for (number, armored) in (1..).zip(&document.signatures) {
            pack.add(
                &bundle::signature_name(&name, number, count),
                armored.as_bytes(),
            )?;
        }
    }
    evidence(source, &facts, &mut pack)?;
    pictures(source, &gathered, &hidden, &mut pack)?;
    pack.add(
        "disclosures.txt",
        gathered.disclosures_text(audience, &hidden).as_bytes(),
    )?;
    pack.add(
        "allowed_signers",
        allowed_signers(source)?.render().as_bytes(),
    )?;
    pack.add("drills.txt", gathered.drills_text().as_bytes())?;
    let rendered = report::render(&facts, &documents_bytes(&documents), size, audience)
        .map_err(AuditError::Inconsistent)?;
    pack.add("report.html", rendered.as_bytes())?;
    let manifest = pack.manifest();
    let signature =
        (source.sign)(BUNDLE_NAMESPACE, manifest.as_bytes()).map_err(AuditError::Source)?;
    pack.add(MANIFEST, manifest.as_bytes())?;
    pack.add(MANIFEST_SIGNATURE, signature.as_bytes())?;
    pack.finish()?;
    Ok(Written {
        entries: facts.len() as u64,
        size,
        manifest: Digest::of(manifest.as_bytes()),
        bytes: 0,
        digest: Digest::of(b""),
    })
}

fn documents_bytes(documents: &BTreeMap<Digest, SignedDocument>) -> BTreeMap<Digest, Vec<u8>> {
    documents
        .iter()
        .map(|(digest, document)| (*digest, document.bytes.clone()))
        .collect()
}

fn documents(
    source: &Source<'_>,
    facts: &[Fact],
) -> Result<BTreeMap<Digest, SignedDocument>, AuditError> {
    let mut all = BTreeMap::new();
    for digest in named_documents(facts) {
        let document = (source.documents)(&digest).map_err(AuditError::Source)?;
        let document = document.ok_or_else(|| AuditError::Missing(digest.to_string()))?;
        if Digest::of(&document.bytes) != digest {
            return Err(AuditError::Inconsistent(format!(
                "the document {digest} was altered"
            )));
        }
        all.insert(digest, document);
    }
    Ok(all)
}

/// The tiles that are blackened, by the entry that attached the picture; only those with any.
type Hidden = BTreeMap<u64, BTreeSet<u32>>;

/// Says which tiles of which pictures are blackened. A picture that was attached twice is blackened
/// in both places, or the one would show what the other hides.
fn hidden(gathered: &Gathered, redaction: &Redaction) -> Result<Hidden, AuditError> {
    let mut pictures: BTreeMap<&str, (Vec<u64>, BTreeSet<u32>)> = BTreeMap::new();
    for kept in gathered.kept.iter().filter(|kept| kept.is_picture()) {
        let (width, height) = kept.edges();
        let one = pictures
            .entry(kept.sealed(PICTURE.1).unwrap_or_default())
            .or_default();
        one.0.push(kept.entry.seq);
        if redaction.audience == Audience::Public {
            one.1.extend(0..tiles(width, height));
        }
        let areas = redaction.areas.get(&kept.entry.seq).into_iter().flatten();
        one.1
            .extend(areas.flat_map(|area| tiles_in(width, height, *area)));
    }
    let known: BTreeSet<u64> = pictures
        .values()
        .flat_map(|(seqs, _)| seqs)
        .copied()
        .collect();
    if let Some(seq) = redaction.areas.keys().find(|seq| !known.contains(seq)) {
        return Err(AuditError::NoPicture(*seq));
    }
    let all = pictures
        .into_values()
        .filter(|(_, tiles)| !tiles.is_empty());
    Ok(all
        .flat_map(|(seqs, tiles)| seqs.into_iter().map(move |seq| (seq, tiles.clone())))
        .collect())
}

fn evidence<W: Write + Seek>(
    source: &Source<'_>,
    facts: &[Fact],
    pack: &mut Pack<W>,
) -> Result<(), AuditError> {
    let all: BTreeSet<Digest> = facts
        .iter()
        .filter_map(|fact| fact.digest("evidence"))
        .collect();
    for digest in all {
        pack.stream(&bundle::evidence_name(&digest), &digest, source.blobs)?;
    }
    Ok(())
}

/// Adds the proof of every picture, and those that are blackened.
fn pictures<W: Write + Seek>(
    source: &Source<'_>,
    gathered: &Gathered,
    hidden: &Hidden,
    pack: &mut Pack<W>,
) -> Result<(), AuditError> {
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for kept in gathered.kept.iter().filter(|kept| kept.is_picture()) {
        let missing = || AuditError::Missing(format!("the picture of entry {}", kept.entry.seq));
        let digest = |text: Option<&str>| text.and_then(|text| text.parse::<Digest>().ok());
        let root = digest(kept.public("tile_root")).ok_or_else(missing)?;
        let original = digest(kept.sealed(PICTURE.1)).ok_or_else(missing)?;
        let mut key = [0; 32];
        hex::decode_to_slice(kept.sealed("master").unwrap_or_default(), &mut key)
            .map_err(|_| missing())?;
        let mut bytes = Vec::new();
        (source.blobs)(&original, &mut bytes).map_err(AuditError::Source)?;
        let mut rgb = bundle::picture(&bytes).ok_or_else(missing)?;
        let none = BTreeSet::new();
        let black = hidden.get(&kept.entry.seq).unwrap_or(&none);
        let proof = blacken(&mut rgb, &key, &root, black).ok_or_else(missing)?;
        let proof = canonical::to_bytes(&proof).map_err(|_| missing())?;
        files.insert(bundle::tiles_name(&root), proof);
        if !black.is_empty() {
            let mut png = std::io::Cursor::new(Vec::new());
            rgb.write_to(&mut png, image::ImageFormat::Png)
                .map_err(|_| missing())?;
            files.insert(bundle::redacted_name(&root), png.into_inner());
        }
    }
    for (name, bytes) in files {
        pack.add(&name, &bytes)?;
    }
    Ok(())
}

/// Blackens tiles and returns the proof of the others.
fn blacken(
    rgb: &mut image::RgbImage,
    master: &[u8; 32],
    root: &Digest,
    black: &BTreeSet<u32>,
) -> Option<TileProof> {
    let tree = TileTree::of(rgb.as_raw(), rgb.width(), rgb.height(), master).ok()?;
    (tree.root() == *root).then_some(())?;
    tree.redact(rgb, black).ok()
}

fn allowed_signers(source: &Source<'_>) -> Result<AllowedSigners, AuditError> {
    let mut signers = Vec::new();
    for (principal, line) in &source.principals {
        let key = PublicKey::parse(line).map_err(|error| AuditError::Source(error.into()))?;
        let namespaces = if principal.starts_with("installation@") {
            vec![CHECKPOINT_NAMESPACE.to_owned(), BUNDLE_NAMESPACE.to_owned()]
        } else {
            let words = [
                "policy", "enrol", "request", "approval", "finding", "reading",
            ];
            words
                .iter()
                .map(|word| format!("drill-{word}@drillbook"))
                .collect()
        };
        let (valid_after, valid_before) = (None, None);
        let principals = vec![principal.clone()];
        signers.push(AllowedSigner {
            principals,
            namespaces,
            valid_after,
            valid_before,
            key,
        });
    }
    Ok(AllowedSigners { signers })
}

impl Gathered {
    fn journal(&self) -> Vec<u8> {
        let lines = self
            .kept
            .iter()
            .flat_map(|kept| kept.bytes.iter().chain(b"\n"));
        lines.copied().collect()
    }

    fn leaves_text(&self) -> String {
        self.leaves
            .iter()
            .fold(String::new(), |text, leaf| text + &leaf.hex() + "\n")
    }

    /// One line a sealed value, in the order of the commitments: the value, or that it is withheld.
    fn disclosures_text(&self, audience: Audience, hidden: &Hidden) -> String {
        let mut text = String::new();
        for kept in &self.kept {
            for one in &kept.disclosures {
                let seq = kept.entry.seq;
                let line = if kept.withholds(&one.name, audience, hidden) {
                    format!("{seq} withheld {} {}\n", one.commitment(), one.name)
                } else {
                    format!("{seq} shown {}\n", one.encode())
                };
                text.push_str(&line);
            }
        }
        text
    }

    /// One line a drill: id, opened, state, first and last entry, and which entries are its own.
    fn drills_text(&self) -> String {
        let mut text = String::new();
        for drill in &self.drills {
            let spans: Vec<String> = drill.spans.iter().map(gather::Span::text).collect();
            let _ = writeln!(
                text,
                "{}\t{}\t{}\t{}\t{}\t{}",
                drill.name,
                drill.opened,
                drill.state,
                drill.first(),
                drill.last(),
                spans.join(",")
            );
        }
        text
    }
}
