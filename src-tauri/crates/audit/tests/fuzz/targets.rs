//! What is fed: a reader, honest files it accepts, and how they are mutated.
//!
//! A reader returns whether it accepted the input, and panics when it accepted something it must not have.

use crate::chance::Chance;
use crate::mutate;
use drillbook_audit::{Input, Options, decode_picture, verify};
use drillbook_trust::checkpoint::Checkpoint;
use drillbook_trust::digest::Digest;
use drillbook_trust::disclosure::Disclosure;
use drillbook_trust::document::{
    BreakGlass, Decision, Document, Policy, Request, Review, Revocation, parse_signed, type_of,
};
use drillbook_trust::entry::Entry;
use drillbook_trust::exchange::{Paper, open, read_decision, read_paper, text_of, write_paper};
use drillbook_trust::picture::{TileProof, TileTree};
use drillbook_trust::sshsig;
use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};
use std::path::Path;
use zip::write::SimpleFileOptions;

const HERE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests");
const GOLDEN: &[u8] = include_bytes!("../golden/bundle-1.zip");
const RUNBOOK: &str = include_str!("../../../../runbooks/vm-disks-cross-region/runbook.toml");

type Mutation = fn(&[Vec<u8>], &mut Chance) -> Vec<u8>;

pub struct Target {
    pub name: &'static str,
    /// How many inputs the ordinary suite gives it.
    pub inputs: u64,
    pub read: fn(&[u8]) -> bool,
    pub mutate: Mutation,
    honest: Vec<Vec<u8>>,
}

impl Target {
    fn new(
        name: &'static str,
        inputs: u64,
        read: fn(&[u8]) -> bool,
        mutate: Mutation,
        honest: Vec<Vec<u8>>,
    ) -> Self {
        Self {
            name,
            inputs,
            read,
            mutate,
            honest,
        }
    }

    /// Returns the honest files and what the corpus holds for this target, in the order of the names.
    pub fn seeds(&self) -> Vec<Vec<u8>> {
        let folder = Path::new(HERE).join("fuzz/corpus").join(self.name);
        let listed = std::fs::read_dir(folder).into_iter().flatten();
        let mut paths: Vec<_> = listed.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        let kept = paths.iter().map(|path| std::fs::read(path).unwrap());
        self.honest.iter().cloned().chain(kept).collect()
    }

    /// Repeats the honest files until they are at least half of the seeds.
    pub fn weighed(&self, mut seeds: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
        let missing = seeds.len().saturating_sub(2 * self.honest.len());
        seeds.extend(self.honest.iter().cycle().take(missing).cloned());
        seeds
    }
}

pub fn runbook() -> Target {
    let read = |input: &[u8]| {
        let text = String::from_utf8_lossy(input);
        let parsed = drillbook_runbook::parse(&text, "runbook.toml");
        assert!(parsed.runbook.is_some() || !parsed.problems.is_empty());
        parsed.runbook.is_some()
    };
    let honest = vec![RUNBOOK.as_bytes().to_vec()];
    Target::new("runbook", 40, read, mutate::bytes, honest)
}

pub fn policy() -> Target {
    Target::new(
        "policy",
        400,
        document::<Policy>,
        mutate::json,
        documents("policy"),
    )
}

pub fn request() -> Target {
    Target::new(
        "request",
        400,
        document::<Request>,
        mutate::json,
        documents("request"),
    )
}

pub fn decision() -> Target {
    Target::new(
        "decision",
        400,
        document::<Decision>,
        mutate::json,
        documents("decision"),
    )
}

/// What people sign beside a decision: a revocation, a break-glass, a review.
pub fn aftermath() -> Target {
    let read = |input: &[u8]| match type_of(input).as_deref() {
        Some(Revocation::TYPE) => document::<Revocation>(input),
        Some(BreakGlass::TYPE) => document::<BreakGlass>(input),
        _ => document::<Review>(input),
    };
    Target::new("aftermath", 400, read, mutate::json, papers())
}

fn papers() -> Vec<Vec<u8>> {
    ["revoke", "breakglass", "review"].map(documents).concat()
}

/// The same as they travel, and whatever else somebody may take for a file of an exchange.
pub fn exchange() -> Target {
    let read = |input: &[u8]| {
        let Ok(text) = text_of(input) else {
            return false;
        };
        let _ = (open(&text).is_ok(), read_decision(&text, &[]).is_ok());
        match read_paper(&text, &[]) {
            Ok(found) => found.is_some(),
            Err(error) => {
                assert!(!error.to_string().is_empty());
                false
            }
        }
    };
    let request = documents("request").pop().unwrap();
    let request = parse_signed::<Request>(&request, Vec::new()).unwrap();
    let signature = String::from_utf8(members(|name| name.ends_with(".json.sig")).remove(0));
    let signature = signature.unwrap();
    let written = papers().into_iter().filter_map(|bytes| {
        let paper = Paper::parse(&bytes, vec![signature.clone()]).unwrap()?;
        let text = write_paper(&paper, &request, None).unwrap();
        read_paper(&text, &[]).is_ok().then(|| text.into_bytes())
    });
    let honest: Vec<Vec<u8>> = written.collect();
    Target::new("exchange", 400, read, mutate::bytes, honest)
}

fn document<T: Document>(input: &[u8]) -> bool {
    match parse_signed::<T>(input, Vec::new()) {
        Ok(signed) => {
            assert_eq!(signed.digest(), Digest::of(input), "read as other bytes");
            true
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            false
        }
    }
}

pub fn entry() -> Target {
    let read = |input: &[u8]| match Entry::from_bytes(input) {
        Ok(entry) => {
            assert_eq!(entry.to_bytes().unwrap(), input, "read as other bytes");
            true
        }
        Err(_) => false,
    };
    let journal = golden().remove("journal.jsonl").unwrap();
    let lines = journal
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty());
    Target::new(
        "entry",
        400,
        read,
        mutate::json,
        lines.map(<[u8]>::to_vec).collect(),
    )
}

pub fn checkpoint() -> Target {
    let read = |input: &[u8]| match std::str::from_utf8(input).map(Checkpoint::parse) {
        Ok(Ok(checkpoint)) => {
            assert_eq!(
                checkpoint.to_text().as_bytes(),
                input,
                "read as other bytes"
            );
            true
        }
        _ => false,
    };
    let named = |name: &str| name.starts_with("checkpoints/") && name.ends_with(".txt");
    Target::new("checkpoint", 1000, read, mutate::bytes, members(named))
}

pub fn signature() -> Target {
    let read = |input: &[u8]| {
        let text = String::from_utf8_lossy(input);
        sshsig::signer_of(&text).is_ok()
    };
    let named = |name: &str| name.ends_with(".sig");
    Target::new("signature", 400, read, mutate::bytes, members(named))
}

pub fn disclosure() -> Target {
    let read = |input: &[u8]| match std::str::from_utf8(input).map(Disclosure::decode) {
        Ok(Ok(disclosure)) => {
            assert_eq!(disclosure.encode().as_bytes(), input, "read as other bytes");
            true
        }
        _ => false,
    };
    let text = String::from_utf8(golden().remove("disclosures.txt").unwrap()).unwrap();
    let words = text.lines().filter_map(|line| line.split(' ').next_back());
    let honest = words.map(|word| word.as_bytes().to_vec()).collect();
    Target::new("disclosure", 400, read, mutate::bytes, honest)
}

/// A picture is decoded and cut into tiles; a proof is held against a small picture.
pub fn picture() -> Target {
    let read = |input: &[u8]| {
        if let Ok(proof) = serde_json::from_slice::<TileProof>(input) {
            let pixels = vec![0; 200 * 100 * 3];
            let tree = TileTree::of(&pixels, 200, 100, &[7; 32]).unwrap();
            return drillbook_trust::picture::verify(&tree.root(), &pixels, &proof).is_ok();
        }
        let Ok(decoded) = decode_picture(input) else {
            return false;
        };
        let (width, height) = decoded.rgb.dimensions();
        TileTree::of(decoded.rgb.as_raw(), width, height, &[7; 32]).is_ok()
    };
    let mut png = Vec::new();
    let drawn = image::RgbImage::from_fn(90, 70, |x, y| image::Rgb([x as u8, y as u8, 9]));
    drawn
        .write_to(&mut Cursor::new(&mut png), image::ImageFormat::Png)
        .unwrap();
    let mut jpeg = Vec::new();
    drawn
        .write_to(&mut Cursor::new(&mut jpeg), image::ImageFormat::Jpeg)
        .unwrap();
    let proof = |name: &str| name.ends_with(".tiles.json");
    let honest = [vec![png, jpeg], members(proof)].concat();
    Target::new("picture", 200, read, mutate::bytes, honest)
}

pub fn bundle() -> Target {
    let read = |input: &[u8]| judged(input);
    Target::new("bundle", 15, read, mutate::bytes, vec![GOLDEN.to_vec()])
}

/// The zip is whole, one of its members is not: the signed manifest covers each of them.
pub fn altered_bundle() -> Target {
    let read = |input: &[u8]| {
        let holds = judged(input);
        let same = input == GOLDEN || files(input) == Some(golden());
        assert!(same || !holds, "an altered bundle holds");
        holds
    };
    let alter: Mutation = |_, chance| {
        let mut files = golden();
        let names: Vec<String> = files.keys().cloned().collect();
        // The signature of the manifest is armour: blanks around it mean nothing.
        let name = match chance.pick(&names).as_str() {
            "manifest.sha256.sig" => "manifest.sha256".to_owned(),
            name => name.to_owned(),
        };
        let before = files[&name].clone();
        let text = mutate::bytes(std::slice::from_ref(&before), chance);
        files.insert(name, text);
        packed(&files)
    };
    Target::new("altered", 20, read, alter, vec![GOLDEN.to_vec()])
}

fn judged(zip: &[u8]) -> bool {
    let verdict = verify(Input::Bytes(zip), &Options::default());
    verdict.is_ok_and(|verdict| verdict.holds())
}

fn golden() -> BTreeMap<String, Vec<u8>> {
    files(GOLDEN).unwrap()
}

fn members(named: impl Fn(&str) -> bool) -> Vec<Vec<u8>> {
    golden()
        .into_iter()
        .filter(|(name, _)| named(name))
        .map(|(_, bytes)| bytes)
        .collect()
}

/// Returns the documents of a type, such as `request`.
fn documents(kind: &str) -> Vec<Vec<u8>> {
    let wanted = format!("drill.{kind}/1");
    let all = members(|name| name.starts_with("docs/") && name.ends_with(".json"));
    let of_type =
        |bytes: &Vec<u8>| drillbook_trust::document::type_of(bytes).as_ref() == Some(&wanted);
    all.into_iter().filter(of_type).collect()
}

fn files(zip: &[u8]) -> Option<BTreeMap<String, Vec<u8>>> {
    let mut zip = zip::ZipArchive::new(Cursor::new(zip)).ok()?;
    let mut files = BTreeMap::new();
    for number in 0..zip.len() {
        let mut file = zip.by_index(number).ok()?;
        let name = file.name().ok()?.into_owned();
        let mut bytes = Vec::new();
        file.by_ref().take(1 << 24).read_to_end(&mut bytes).ok()?;
        files.insert(name, bytes);
    }
    Some(files)
}

fn packed(files: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}
