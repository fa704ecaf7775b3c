//! Unpacking, packing, signing anew, and asking both verifiers.

use crate::world::World;
use drillbook_audit::{AuditError, Input, Options, Verdict, verify};
use drillbook_trust::digest::Digest;
use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

pub type Files = BTreeMap<String, Vec<u8>>;

pub fn unpacked(zip: &[u8]) -> Files {
    let mut zip = zip::ZipArchive::new(Cursor::new(zip)).unwrap();
    let mut files = Files::new();
    for number in 0..zip.len() {
        let mut file = zip.by_index(number).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        files.insert(file.name().unwrap().into_owned(), bytes);
    }
    files
}

pub fn packed(files: &Files) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(name, zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Writes the manifest anew and signs it with the installation's key.
pub fn resign(files: &mut Files, world: &World) {
    let mut manifest = String::new();
    for (name, bytes) in files
        .iter()
        .filter(|(name, _)| !name.starts_with("manifest."))
    {
        manifest.push_str(&format!("{}  {name}\n", Digest::of(bytes).hex()));
    }
    files.insert(
        "manifest.sha256.sig".into(),
        world.sign_manifest(manifest.as_bytes()),
    );
    files.insert("manifest.sha256".into(), manifest.into_bytes());
}

/// What an auditor brings along, as texts.
#[derive(Debug, Clone, Default)]
pub struct Brought {
    pub signers: Option<Vec<u8>>,
    pub earlier: Option<Vec<u8>>,
    /// Asks ours about the unpacked folder as well.
    pub folder: bool,
}

/// The answers of both verifiers: exit code and first code that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answers {
    pub ours: (i32, String),
    pub script: (i32, String),
    pub script_output: String,
    pub ours_output: String,
}

pub fn ask(files: &Files, brought: &Brought) -> Answers {
    let folder = TempDir::new().unwrap();
    let inside = folder.path().join("bundle");
    for (name, bytes) in files {
        let path = inside.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let mut options = Options::default();
    if let Some(signers) = &brought.signers {
        options.allowed_signers = Some(put(folder.path(), "signers", signers));
    }
    if let Some(earlier) = &brought.earlier {
        options.earlier = vec![put(folder.path(), "earlier.txt", earlier)];
    }
    let verdict = verify(Input::Bytes(&packed(files)), &options);
    if brought.folder {
        let unpacked = verify(Input::Path(&inside), &options);
        assert_eq!(
            code(&verdict),
            code(&unpacked),
            "a zip and its folder have one verdict"
        );
    }
    let (script, script_output) = script(&inside, &options);
    let line = if script == 0 {
        script_output.lines().last()
    } else {
        script_output.lines().next()
    };
    let first = line
        .and_then(|line| line.split(':').next())
        .unwrap_or_default()
        .to_owned();
    Answers {
        ours: (code(&verdict), ours_first(&verdict)),
        ours_output: format!("{verdict:#?}"),
        script: (script, first),
        script_output,
    }
}

fn put(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

fn code(verdict: &Result<Verdict, AuditError>) -> i32 {
    verdict
        .as_ref()
        .map_or(2, |verdict| i32::from(verdict.exit_code()))
}

fn ours_first(verdict: &Result<Verdict, AuditError>) -> String {
    use drillbook_diagnostic::Diagnostic;
    match verdict {
        Ok(verdict) => match verdict.findings.first() {
            Some(finding) => finding.code.to_owned(),
            None => verdict.outcome.words().to_owned(),
        },
        Err(error) => error.code().to_owned(),
    }
}

/// Runs the script of this repository, as an auditor would who took it from there.
fn script(folder: &Path, options: &Options) -> (i32, String) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/src/bundle/verify.py");
    let mut command = Command::new("python3");
    // Another time zone than UTC: keys are judged in UTC all the same.
    command
        .arg(script)
        .arg(folder)
        .env("TZ", "America/New_York");
    if let Some(signers) = &options.allowed_signers {
        command.arg("--allowed-signers").arg(signers);
    }
    for earlier in &options.earlier {
        command.arg("--earlier").arg(earlier);
    }
    let output = command.output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.code().unwrap(),
        String::from_utf8_lossy(&text).into_owned(),
    )
}
