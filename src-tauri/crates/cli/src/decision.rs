//! `drillbook decision import`: a decision that was signed elsewhere, put to the gate.

use crate::args::DecisionCommand;
use crate::output::{Failure, line};
use crate::requests::read;
use drillbook_core::RequestState;
use drillbook_rehearsal::{Options, Rehearsal};
use drillbook_trust::exchange::signatures;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Checks and records a decision.
pub(crate) async fn run(command: DecisionCommand) -> Result<ExitCode, Failure> {
    let DecisionCommand::Import { file, data } = command;
    let (text, beside) = contents(&file)?;
    let options = Options {
        data,
        speed: 1.0,
        ..Options::default()
    };
    let rehearsal = Rehearsal::open(options).await?;
    let taken = rehearsal.engine().import_decision(&text, &beside)?;
    let verdict = if taken.approves {
        "approves"
    } else {
        "refuses"
    };
    let known = if taken.known {
        " (known already, nothing changed)"
    } else {
        ""
    };
    line(&format!(
        "{} {verdict} {}{known}",
        taken.reviewer, taken.request
    ));
    line(&format!("decision {}", taken.decision));
    line(&format!("request {}", state(taken.state)));
    Ok(ExitCode::SUCCESS)
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
