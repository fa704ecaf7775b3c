//! `drillbook rehearse`: a whole drill by the built-in cast, and its bundle.

use crate::args::RehearseArgs;
use crate::output::{Failure, line, unreadable};
use crate::place::Place;
use drillbook_core::EndOfDrill;
use drillbook_diagnostic::Diagnostic;
use drillbook_engine::{Auto, Engine, EngineError, Exchange, Options, Played, Seal};
use drillbook_rehearsal::{Options as RehearsalOptions, Rehearsal};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tempfile::TempDir;

/// Plays the drill; exit 0 when it closed, 1 when it was abandoned or stopped.
pub(crate) async fn run(args: RehearseArgs) -> Result<ExitCode, Failure> {
    let temporary = match &args.data {
        Some(_) => None,
        None => Some(folder()?),
    };
    let data = args
        .data
        .clone()
        .or_else(|| temporary.as_ref().map(|dir| dir.path().to_owned()));
    let place = Place::of(&args, data).await?;
    let engine = place.engine();
    let bar = progress(args.json);
    let auto = Auto {
        runbook: args.id.clone(),
        resume: args.resume,
        exchange: args.exchange.clone().map(|folder| Exchange {
            folder,
            wait: args.wait,
            declined: said,
        }),
    };
    let played = engine
        .play(&auto, |step| {
            bar.set_length(step.total as u64);
            bar.set_position(step.number as u64);
            bar.set_message(step.title.clone());
        })
        .await;
    bar.finish_and_clear();
    let played = match played {
        // The bundle of a drill that waits is worth having too.
        Err(error @ EngineError::NoDecision { .. }) => {
            if let Some(waiting) = engine.drills()?.first() {
                engine.export(&waiting.id, &args.bundle)?;
            }
            return Err(error.into());
        }
        played => played?,
    };
    engine.export(&played.drill.id, &args.bundle)?;
    report(&args, &played);
    Ok(if played.end == EndOfDrill::Closed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

impl Place {
    /// Opens where a drill is played.
    async fn of(args: &RehearseArgs, data: Option<PathBuf>) -> Result<Place, Failure> {
        let Some(name) = &args.connection else {
            return Ok(Place::Within(Box::new(open(args, data).await?)));
        };
        let connection = crate::connection::named(name, data.as_deref())?;
        let cloud = connection.cloud()?;
        if cloud.live() {
            let sentence = format!("{name} leads to Azure, where nothing is rehearsed");
            let next = "Name a connection to a simulator: drillbook connection list.";
            return Err(Failure::new("rehearsal.live", &sentence, next));
        }
        let (clock, environment) = connection.surroundings(args.speed).await?;
        let folder = drillbook_engine::data_folder(data.as_deref())?;
        let options = Options {
            data: folder.path().to_owned(),
            cloud,
            clock,
            seed: args.seed,
            environment,
            runbooks: Vec::new(),
            reviewers: drillbook_rehearsal::reviewers(&reviewers(&args.reviewer)?)?,
            seal: Seal::Off,
        };
        Ok(Place::Elsewhere(Engine::open(&folder, options)?, folder))
    }
}

fn folder() -> Result<TempDir, Failure> {
    tempfile::tempdir().map_err(|error| {
        let sentence = format!("no temporary folder could be made: {error}");
        Failure::new(
            "cli.temporary_folder",
            &sentence,
            "Name a folder with --data.",
        )
    })
}

/// Opens the rehearsal that the arguments describe.
pub(crate) async fn open(args: &RehearseArgs, data: Option<PathBuf>) -> Result<Rehearsal, Failure> {
    let options = RehearsalOptions {
        data,
        speed: args.speed,
        seed: args.seed,
        scenario: args
            .scenario
            .as_deref()
            .map(crate::simulator::read)
            .transpose()?,
        faults: args.fault.clone(),
        reviewers: reviewers(&args.reviewer)?,
        ..RehearsalOptions::default()
    };
    Ok(Rehearsal::open(options).await?)
}

/// Reads the public keys of those who decide elsewhere.
fn reviewers(named: &[(String, PathBuf)]) -> Result<Vec<(String, String)>, Failure> {
    let read = |(person, file): &(String, PathBuf)| {
        let line = std::fs::read_to_string(file).map_err(|error| unreadable(file, &error))?;
        Ok((person.clone(), line.trim().to_owned()))
    };
    named.iter().map(read).collect()
}

/// Tells of a decision in the exchange folder that the gate does not take.
fn said(file: &Path, error: &EngineError) {
    let sentence = format!("{}: {error}", file.display());
    crate::output::fail(error.code(), &sentence, error.remediation().as_deref());
}

fn progress(quiet: bool) -> ProgressBar {
    if quiet {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{pos:>2}/{len} {wide_bar} {msg:40!} {elapsed}")
    {
        bar.set_style(style);
    }
    bar
}

fn report(args: &RehearseArgs, played: &Played) {
    let drill = &played.drill;
    let owed = drill.open_debts().count();
    let restored: u64 = drill
        .runs
        .values()
        .flat_map(|run| run.elements.values())
        .filter(|run| run.failure.is_none())
        .count() as u64;
    if args.json {
        let outcome = json!({
            "drill": drill.id, "end": played.end.word(), "code": played.code, "sentence": played.sentence,
            "entries": drill.last_seq + 1, "debts_open": owed, "deviations": drill.deviations.len(),
            "bundle": args.bundle.display().to_string(), "elements": restored,
        });
        line(&outcome.to_string());
        return;
    }
    line(&format!(
        "{}  {}  {} debts open, {} deviations",
        drill.id,
        played.end.word(),
        owed,
        drill.deviations.len()
    ));
    line(&format!("bundle: {}", args.bundle.display()));
    if let (Some(code), Some(sentence)) = (&played.code, &played.sentence) {
        crate::output::fail(
            code,
            sentence,
            Some("Read the bundle's report; the journal says what was done."),
        );
    }
}
