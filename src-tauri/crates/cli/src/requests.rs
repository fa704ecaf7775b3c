//! `drillbook requests` and `drillbook request`: what waits for a sign-off, and signing it elsewhere.
//!
//! Everything a reviewer reads here was recomputed from the file first. Deliberately absent: rules; the
//! gate of the operator's machine decides whether a decision counts.

use crate::args::{RequestCommand, RequestsArgs, SignArgs};
use crate::key::Key;
use crate::output::{Failure, line, rows, unreadable};
use drillbook_engine::reviewing::{Answer, condition, facts_of, finish, prepare};
use drillbook_engine::{
    EngineError, JournalAt, Signable, open_requests, request_file_name, signable_file_name,
};
use drillbook_trust::document::{APPROVAL_NAMESPACE, to_bytes};
use drillbook_trust::exchange::{describe, open, text_of};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Lists the open requests of a data folder, beside whoever is working with it.
pub(crate) fn list(args: &RequestsArgs) -> Result<ExitCode, Failure> {
    let mut table = Vec::new();
    for one in open_requests(&args.journal.at()?)? {
        let name = request_file_name(&one.drill, &one.sign_off);
        table.push(vec![
            one.drill.clone(),
            one.sign_off.step.clone(),
            one.sign_off.gate.clone(),
            drillbook_trust::time::to_text(one.sign_off.opened),
            one.sign_off.not_after.clone(),
            one.can_sign.join(","),
            one.sign_off.request.clone(),
            args.written(&name, &one.text)?,
        ]);
    }
    let headings = [
        "drill",
        "step",
        "gate",
        "asked",
        "decide_until",
        "can_sign",
        "request",
        "file",
    ];
    rows(args.output, &headings, &table)?;
    Ok(ExitCode::SUCCESS)
}

/// Lists what somebody elsewhere may sign about, and writes the file of each.
pub(crate) fn list_signable(
    args: &RequestsArgs,
    found: impl Fn(&JournalAt) -> Result<Vec<Signable>, EngineError>,
) -> Result<ExitCode, Failure> {
    let mut table = Vec::new();
    for one in found(&args.journal.at()?)? {
        let file = args.written(&signable_file_name(&one), &one.text)?;
        let columns = [
            one.drill,
            one.step,
            one.person,
            one.what,
            one.due,
            one.document,
            file,
        ];
        table.push(columns.to_vec());
    }
    let headings = ["drill", "step", "person", "what", "due", "document", "file"];
    rows(args.output, &headings, &table)?;
    Ok(ExitCode::SUCCESS)
}

impl RequestsArgs {
    /// Writes a file for somebody elsewhere; returns where, or nothing when it lies nowhere.
    fn written(&self, name: &str, text: &str) -> Result<String, Failure> {
        let folder = match &self.out {
            Some(folder) => folder.clone(),
            // Nothing lies in the clear beside a sealed journal.
            None if self.journal.live => return Ok(String::new()),
            None => self.journal.at()?.home().join("requests"),
        };
        let file = folder.join(name);
        let done = std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&file, text));
        match done {
            Ok(()) => Ok(file.display().to_string()),
            Err(_) if self.out.is_none() => Ok(String::new()),
            Err(error) => {
                let sentence = format!("{} cannot be written: {error}", file.display());
                let next = "Name a folder that can be written with --out.";
                Err(Failure::new("cli.file", &sentence, next))
            }
        }
    }
}

/// Shows or signs a request file.
pub(crate) fn run(command: RequestCommand) -> Result<ExitCode, Failure> {
    match command {
        RequestCommand::Show { file, data: _ } => show(&file),
        RequestCommand::Sign(args) => sign(&args),
    }
}

fn show(file: &Path) -> Result<ExitCode, Failure> {
    let opened = open(&read(file)?)?;
    line(describe(&opened).trim_end());
    let facts = facts_of(&opened);
    if !facts.is_empty() {
        line(&format!("Conditions may bound: {}.", facts.join(", ")));
    }
    line("Every digest, commitment and signature in the file was recomputed and holds.");
    Ok(ExitCode::SUCCESS)
}

/// Reads a file, or standard input for `-`.
pub(crate) fn read(file: &Path) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let limit = drillbook_trust::exchange::MAX_TEXT as u64 + 1;
    if file == Path::new("-") {
        let read = std::io::stdin().lock().take(limit).read_to_end(&mut bytes);
        read.map_err(|error| unreadable(file, &error))?;
    } else {
        let opened = std::fs::File::open(file).map_err(|error| unreadable(file, &error))?;
        let read = opened.take(limit).read_to_end(&mut bytes);
        read.map_err(|error| unreadable(file, &error))?;
    }
    Ok(text_of(&bytes)?)
}

fn sign(args: &SignArgs) -> Result<ExitCode, Failure> {
    let opened = open(&read(&args.file)?)?;
    let key = Key::open(&args.key)?;
    let bounds = args.condition.iter();
    let answer = Answer {
        approve: args.approve,
        reason: args.reason.clone(),
        conditions: bounds.map(|(fact, value)| condition(fact, value)).collect(),
        opened: opened.must_open(),
    };
    let data = args.data.as_deref();
    let decision = prepare(&opened, answer, &key.public, key.presence, data)?;
    let signature = key.sign(APPROVAL_NAMESPACE, &to_bytes(&decision)?)?;
    let text = finish(&opened, &decision, signature)?;
    hand_over(&text, &args.file, &decision.reviewer, "decision");
    Ok(ExitCode::SUCCESS)
}

/// Prints what was signed, and writes it beside the file that it is about.
pub(crate) fn hand_over(text: &str, about: &Path, person: &str, what: &str) {
    line(text.trim_end());
    if about == Path::new("-") {
        return;
    }
    let beside = signed_file(about, person, what);
    match std::fs::write(&beside, text) {
        Ok(()) => note(&format!("written to {}", beside.display())),
        Err(error) => note(&format!("{} was not written: {error}", beside.display())),
    }
}

pub(crate) fn note(text: &str) {
    use std::io::Write as _;
    // A closed standard error is nobody's loss.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Returns where a signed document is written: beside what it is about, one file a person.
fn signed_file(about: &Path, person: &str, what: &str) -> PathBuf {
    let name = about.file_name().unwrap_or_default().to_string_lossy();
    let mut stem = name.strip_suffix(".txt").unwrap_or(&name);
    for kind in [".request", ".decision", ".glass"] {
        stem = stem.strip_suffix(kind).unwrap_or(stem);
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '@');
    let person: String = person.chars().filter(|c| plain(*c)).collect();
    about.with_file_name(format!("{stem}.{person}.{what}.txt"))
}
