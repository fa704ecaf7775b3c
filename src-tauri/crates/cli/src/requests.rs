//! `drillbook requests` and `drillbook request`: what waits for a sign-off, and signing it elsewhere.
//!
//! Everything a reviewer reads here was recomputed from the file first. Deliberately absent: rules; the
//! gate of the operator's machine decides whether a decision counts.

use crate::args::{RequestCommand, RequestsArgs, SignArgs};
use crate::key::Key;
use crate::output::{Failure, line, rows, unreadable};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use drillbook_engine::{
    EngineError, JournalAt, Signable, library, open_requests, request_file_name, signable_file_name,
};
use drillbook_journal::{DataFolder, Env};
use drillbook_trust::document::{
    APPROVAL_NAMESPACE, Condition, Decision, Operation, Policy, Signed, Verdict, parse_signed,
    to_bytes,
};
use drillbook_trust::exchange::{Opened, describe, open, plain, text_of, write_decision};
use drillbook_trust::sshsig::{PublicKey, SigningKey};
use drillbook_trust::time::truncate;
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
    let facts = facts(&opened);
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

/// Returns the facts that the gate's runbook knows; none when this library has another version.
fn facts(opened: &Opened) -> Vec<String> {
    let asked = opened.request.value();
    let known = library::built_in().unwrap_or_default();
    let digest = asked.runbook.digest.to_string();
    let runbook = known.iter().find(|runbook| runbook.digest() == digest);
    let step = runbook.and_then(|runbook| runbook.step(&asked.step));
    let Some(step) = step else {
        return Vec::new();
    };
    let mut all: Vec<String> = step.facts.iter().map(|fact| fact.name.clone()).collect();
    all.push("now".to_owned());
    all
}

fn sign(args: &SignArgs) -> Result<ExitCode, Failure> {
    let opened = open(&read(&args.file)?)?;
    let key = Key::open(&args.key)?;
    let decision = decision(&opened, args, &key)?;
    let bytes = to_bytes(&decision)?;
    let signed: Signed<Decision> =
        parse_signed(&bytes, vec![key.sign(APPROVAL_NAMESPACE, &bytes)?])?;
    opened.weigh(&signed)?;
    let text = write_decision(&signed, &opened.request)?;
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

fn decision(opened: &Opened, args: &SignArgs, key: &Key) -> Result<Decision, Failure> {
    let (asked, policy) = (opened.request.value(), opened.policy.value());
    let fingerprint = key.public.fingerprint();
    let reviewer = person_of(policy, key)?;
    let decided_at = now_after(&asked.log, asked.requested_at);
    let rule = policy.gates.get(&asked.gate);
    let valid = rule.and_then(|rule| i64::try_from(rule.approval_valid_s).ok());
    let known = facts(opened);
    let mut conditions = Vec::new();
    for (fact, value) in &args.condition {
        if !known.is_empty() && !known.contains(fact) {
            let sentence = format!("nothing is known of {} at this gate", plain(fact));
            let next = format!("Bound one of: {}.", known.join(", "));
            return Err(Failure::new("exchange.fact_unknown", &sentence, &next));
        }
        conditions.push(condition(fact, value));
    }
    Ok(Decision {
        request: opened.request.digest(),
        verdict: if args.approve {
            Verdict::Approve
        } else {
            Verdict::Refuse
        },
        reviewer: reviewer.to_owned(),
        device: device(&asked.log, args.data.as_deref()).unwrap_or(fingerprint),
        presence: key.presence,
        journal_seen: asked.journal,
        opened: opened.must_open(),
        conditions,
        reason: args.reason.clone(),
        nonce: nonce(),
        decided_at,
        not_after: decided_at + TimeDelta::seconds(valid.unwrap_or_default()),
    })
}

/// Returns the time; a rehearsal's clock runs ahead of ours by the waits it took, so there it is not
/// before what is signed about.
pub(crate) fn now_after(log: &str, earlier: DateTime<Utc>) -> DateTime<Utc> {
    let now = truncate(Utc::now());
    if is_rehearsal(log) {
        now.max(earlier)
    } else {
        now
    }
}

/// Returns whose key it is by the policy of a file.
pub(crate) fn person_of<'a>(policy: &'a Policy, key: &Key) -> Result<&'a str, Failure> {
    let fingerprint = key.public.fingerprint();
    policy.person_of_key(&fingerprint).ok_or_else(|| {
        let sentence =
            format!("the policy of this request names nobody with the key {fingerprint}");
        let next = "Sign with the key that you gave to the policy's owners.";
        Failure::new("exchange.key_unknown", &sentence, next)
    })
}

/// Returns 16 random bytes.
pub(crate) fn nonce() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 16]>())
}

/// Reads a condition: how a value is compared follows from what it is.
fn condition(fact: &str, value: &str) -> Condition {
    let time_of_day = value.len() == 5 && value.as_bytes()[2] == b':';
    let moment = chrono::DateTime::parse_from_rfc3339(value).is_ok();
    let (op, value) = match value.parse::<i64>() {
        Ok(number) => (Operation::AtMost, number.into()),
        Err(_) if value.starts_with('P') => (Operation::AtMost, value.into()),
        Err(_) if time_of_day || moment => (Operation::Before, value.into()),
        Err(_) => (Operation::Equals, value.into()),
    };
    let fact = fact.to_owned();
    Condition { fact, op, value }
}

/// Returns the fingerprint that stands for this account where a log of that environment is kept: the key of its own
/// data folder, if it has one. Without one, the reviewer's own key stands for it.
pub(crate) fn device(log: &str, data: Option<&Path>) -> Option<String> {
    let data = DataFolder::locate(data).ok()?;
    if !is_rehearsal(log) {
        let file = data.join(Env::Live.as_str()).join("keys/installation.pub");
        let line = std::fs::read_to_string(file).ok()?;
        return Some(PublicKey::parse(&line).ok()?.fingerprint());
    }
    let file = data.join(Env::Rehearsal.as_str()).join("keys/installation");
    let text = std::fs::read_to_string(file).ok()?;
    let key = SigningKey::from_openssh_file(&text).ok()?;
    Some(PublicKey::fingerprint(&key.public()))
}

fn is_rehearsal(log: &str) -> bool {
    log.starts_with("drillbook/rehearsal/")
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
