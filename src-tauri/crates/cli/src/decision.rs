//! `drillbook decision`: what was signed elsewhere, put to the gate; decisions listed and taken back.

use crate::args::{DecisionCommand, Journal};
use crate::glass::revoke;
use crate::output::{Failure, line};
use crate::requests::{list_signable, read};
use drillbook_core::RequestState;
use drillbook_engine::{
    Imported, PaperKind, PaperTaken, ReadingTaken, TakenIn, standing_decisions,
};
use drillbook_trust::exchange::signatures;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Lists, takes back or records decisions.
pub(crate) async fn run(command: DecisionCommand) -> Result<ExitCode, Failure> {
    match command {
        DecisionCommand::List(args) => list_signable(&args, standing_decisions),
        DecisionCommand::Revoke(args) => revoke(&args),
        DecisionCommand::Import { file, journal } => import(&file, &journal).await,
    }
}

/// Checks and records what was signed elsewhere.
async fn import(file: &Path, journal: &Journal) -> Result<ExitCode, Failure> {
    let (text, beside) = contents(file)?;
    let place = journal.open().await?;
    let (said, request) = match place.engine().import(&text, &beside)? {
        TakenIn::Decision(taken) => (decided(&taken), taken.state),
        TakenIn::Paper(taken) => (signed(&taken), taken.state),
        TakenIn::Reading(taken) => {
            line(&compared(&taken));
            return Ok(ExitCode::SUCCESS);
        }
    };
    line(&said);
    line(&format!("request {}", state(request)));
    Ok(ExitCode::SUCCESS)
}

fn decided(taken: &Imported) -> String {
    let verdict = if taken.approves {
        "approves"
    } else {
        "refuses"
    };
    let Imported {
        reviewer,
        request,
        decision,
        ..
    } = taken;
    let known = known(taken.known);
    format!("{reviewer} {verdict} {request}{known}\ndecision {decision}")
}

fn signed(taken: &PaperTaken) -> String {
    let (does, what) = match taken.kind {
        PaperKind::Revocation => ("takes back a decision on", "revocation"),
        PaperKind::BreakGlass => ("goes on without a quorum at", "break-glass"),
        PaperKind::Review => ("reviews the break-glass at", "review"),
    };
    let (person, request, document) = (&taken.person, &taken.request, &taken.document);
    let known = known(taken.known);
    format!("{person} {does} {request}{known}\n{what} {document}")
}

fn compared(taken: &ReadingTaken) -> String {
    let said = taken.reading.value();
    let known = known(taken.known);
    format!(
        "{} read again what {} had read{known}: {}\nsecond reading {}",
        said.person,
        said.drill,
        crate::second_read::counts(said),
        taken.reading.digest()
    )
}

fn known(known: bool) -> &'static str {
    if known {
        " (known already, nothing changed)"
    } else {
        ""
    }
}

fn state(state: RequestState) -> &'static str {
    match state {
        RequestState::Open => "open: more people have to decide",
        RequestState::Approved => "approved",
        RequestState::Refused => "refused",
        RequestState::Expired => "expired",
        RequestState::Withdrawn => "withdrawn",
        RequestState::Overtaken => "overtaken",
    }
}

/// Reads a file with the `.sig` file beside it; of a `.sig` file, the document it was made over.
fn contents(file: &Path) -> Result<(String, Vec<String>), Failure> {
    let text = read(file)?;
    if file.extension().is_some_and(|ending| ending == "sig")
        && let Ok(document) = read(&file.with_extension(""))
        && document.starts_with('{')
    {
        return Ok((document, signatures(&text)?));
    }
    let mut beside = file.as_os_str().to_owned();
    beside.push(".sig");
    let beside = match read(&PathBuf::from(beside)) {
        Ok(text) => signatures(&text)?,
        Err(_) => Vec::new(),
    };
    Ok((text, beside))
}
