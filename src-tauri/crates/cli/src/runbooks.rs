//! `drillbook runbook`: list, show, lint, schema, commands.

use crate::args::{Listing, Output, RehearseArgs, RunbookCommand};
use crate::output::{Failure, line, rows};
use drillbook_core::Event;
use drillbook_engine::{Auto, EngineError, library};
use drillbook_runbook::{Runbook, parse, schema};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

pub(crate) async fn run(command: RunbookCommand) -> Result<ExitCode, Failure> {
    match command {
        RunbookCommand::List(listing) => list(&listing),
        RunbookCommand::Show { id, listing } => show(&id, &listing),
        RunbookCommand::Lint { files, listing } => lint(&files, &listing),
        RunbookCommand::Schema => {
            line(&serde_json::to_string_pretty(&schema::json_schema()).unwrap_or_default());
            Ok(ExitCode::SUCCESS)
        }
        RunbookCommand::Commands { id } => commands(&id).await,
    }
}

fn list(listing: &Listing) -> Result<ExitCode, Failure> {
    let all: Vec<Vec<String>> = library::built_in()?
        .iter()
        .map(|one| {
            vec![
                one.id.clone(),
                one.version.clone(),
                one.steps.len().to_string(),
                one.title.clone(),
                one.digest(),
            ]
        })
        .collect();
    rows(
        listing.output,
        &["id", "version", "steps", "title", "digest"],
        &all,
    )?;
    Ok(ExitCode::SUCCESS)
}

fn find(id: &str) -> Result<Arc<Runbook>, Failure> {
    let found = library::built_in()?.into_iter().find(|one| one.id == id);
    found.ok_or_else(|| {
        EngineError::UnknownRunbook {
            runbook: id.to_owned(),
        }
        .into()
    })
}

fn show(id: &str, listing: &Listing) -> Result<ExitCode, Failure> {
    let runbook = find(id)?;
    if listing.output == Output::Json {
        line(&serde_json::to_string_pretty(&*runbook).unwrap_or_default());
        return Ok(ExitCode::SUCCESS);
    }
    let steps: Vec<Vec<String>> = runbook
        .steps
        .iter()
        .enumerate()
        .map(|(index, step)| {
            let kind = serde_json::to_value(step.kind).unwrap_or_default();
            vec![
                (index + 1).to_string(),
                step.id.clone(),
                kind.as_str().unwrap_or_default().to_owned(),
                step.requests.len().to_string(),
                step.title.clone(),
            ]
        })
        .collect();
    if listing.output == Output::Table {
        line(&format!(
            "{} {} ({})",
            runbook.title,
            runbook.version,
            runbook.digest()
        ));
    }
    rows(
        listing.output,
        &["step", "id", "kind", "requests", "title"],
        &steps,
    )?;
    Ok(ExitCode::SUCCESS)
}

fn lint(files: &[PathBuf], listing: &Listing) -> Result<ExitCode, Failure> {
    let mut all = Vec::new();
    let mut broken = false;
    for file in files {
        let parsed = parse(&read(file)?, &file.display().to_string());
        for problem in &parsed.problems {
            broken |= problem.is_error();
            all.push(vec![
                format!("{}:{}:{}", problem.file, problem.line, problem.column),
                if problem.is_error() {
                    "error"
                } else {
                    "warning"
                }
                .to_owned(),
                problem.code.clone(),
                problem.sentence.clone(),
                problem.remedy.clone(),
            ]);
        }
    }
    if all.is_empty() && listing.output == Output::Table {
        line("no problems");
    } else {
        rows(
            listing.output,
            &["place", "level", "code", "problem", "next"],
            &all,
        )?;
    }
    Ok(if broken {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// The largest file that is read; the parser has its own, lower bound.
const LARGEST_FILE: u64 = 1024 * 1024;

fn read(file: &Path) -> Result<String, Failure> {
    let failure = |problem: String| {
        let sentence = format!("{} cannot be read: {problem}", file.display());
        Failure::new(
            "runbook.unreadable",
            &sentence,
            "Name a TOML file in UTF-8.",
        )
    };
    let size = std::fs::metadata(file)
        .map_err(|error| failure(error.to_string()))?
        .len();
    if size > LARGEST_FILE {
        return Err(failure(format!("it has {size} bytes")));
    }
    std::fs::read_to_string(file).map_err(|error| failure(error.to_string()))
}

/// Plays a rehearsal in a temporary folder and prints each `az` line once.
async fn commands(id: &str) -> Result<ExitCode, Failure> {
    find(id)?;
    let folder = tempfile::tempdir().map_err(|error| {
        Failure::new(
            "cli.temporary_folder",
            &error.to_string(),
            "Make room for temporary files.",
        )
    })?;
    let args = RehearseArgs {
        id: id.to_owned(),
        auto: true,
        bundle: PathBuf::new(),
        scenario: None,
        fault: Vec::new(),
        speed: 1_000_000.0,
        seed: Some(1),
        data: None,
        connection: None,
        resume: false,
        exchange: None,
        reviewer: Vec::new(),
        wait: std::time::Duration::ZERO,
        json: true,
    };
    let rehearsal = crate::rehearse::open(&args, Some(folder.path().to_owned())).await?;
    let engine = rehearsal.engine();
    let played = engine
        .play(
            &Auto {
                runbook: id.to_owned(),
                resume: false,
                exchange: None,
            },
            |_| {},
        )
        .await?;
    let mut seen = std::collections::BTreeSet::new();
    for entry in engine.entries(&played.drill.id)? {
        if let Event::ExchangeRecorded { az: Some(az), .. } = entry.event
            && seen.insert(az.clone())
        {
            line(&az);
        }
    }
    Ok(ExitCode::SUCCESS)
}
