//! `drillbook preflight`: exit 0 ready, 1 not ready, 2 could not tell.
//!
//! The drill it opens lives in a temporary data folder and has no client for changes.

use crate::args::{Output, PreflightArgs};
use crate::output::{Failure, Stream, line};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use drillbook_arm::Welcome;
use drillbook_core::Event;
use drillbook_engine::{
    Checked, Clock, Engine, Environment, Finding, Found, Options, Preflight, Readiness, Seal,
};
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;
use zeroize::Zeroizing;

/// Exit code of what could not be told.
const NOT_KNOWN: u8 = 2;

pub(crate) async fn run(args: PreflightArgs) -> Result<ExitCode, Failure> {
    check(args)
        .await
        .map_err(|failure| failure.exits(NOT_KNOWN))
}

async fn check(args: PreflightArgs) -> Result<ExitCode, Failure> {
    let folder = tempfile::tempdir().map_err(|error| {
        let sentence = format!("no temporary folder could be made: {error}");
        Failure::new(
            "cli.temporary_folder",
            &sentence,
            "Make room for temporary files.",
        )
    })?;
    let data = drillbook_engine::data_folder(Some(&folder.path().join("data")))?;
    let options = options(&args, data.path()).await?;
    let engine = Engine::open_reading(&data, options)?;
    let asked = Preflight {
        runbook: args.runbook.clone(),
        choices: args.choose.clone(),
        fields: args.set.iter().cloned().collect(),
    };
    let mut stream = Stream::new(args.output, HEADINGS);
    let checked = engine
        .preflight(&asked, |finding| stream.row(&cells(finding)))
        .await?;
    if let Some(bundle) = &args.bundle {
        engine.export(&checked.drill.id, bundle)?;
    }
    report(&args, &checked, &commands(&engine, &checked)?);
    Ok(match checked.readiness {
        Readiness::Ready => ExitCode::SUCCESS,
        Readiness::NotReady => ExitCode::FAILURE,
        Readiness::NotKnown => ExitCode::from(NOT_KNOWN),
    })
}

/// Where the checks are made: the connection, or the simulator that runs at the address.
async fn options(args: &PreflightArgs, data: &Path) -> Result<Options, Failure> {
    if let Some(name) = &args.connection {
        let connection = crate::connection::named(name, args.data.as_deref())?;
        let (clock, environment) = connection.surroundings(1.0).await?;
        return Ok(Options {
            data: data.to_owned(),
            cloud: connection.cloud()?,
            clock,
            seed: None,
            environment,
            runbooks: Vec::new(),
            reviewers: Vec::new(),
            // What it reads of a live subscription lies sealed even for as long as it takes.
            seal: Seal::Passphrase(Zeroizing::new(STANDARD.encode(rand::random::<[u8; 32]>()))),
        });
    }
    let ca = args.ca.as_deref().map(read).transpose()?;
    let address = args.simulator.as_deref().unwrap_or_default();
    let welcome = Welcome::ask(address, ca).await?;
    Ok(Options {
        data: data.to_owned(),
        cloud: welcome.cloud,
        clock: Clock::rehearsal(welcome.now, 1.0),
        seed: None,
        environment: Environment {
            tenant: welcome.tenant,
            tenant_name: welcome.company.clone(),
            subscription: welcome.subscription,
            subscription_name: welcome.subscription_name,
            scenario: Some(welcome.company),
        },
        runbooks: Vec::new(),
        reviewers: Vec::new(),
        // Its journal is thrown away with its folder, and nothing is asked for or sent.
        seal: Seal::Off,
    })
}

fn read(file: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(file).map_err(|error| {
        let sentence = format!("{} cannot be read: {error}", file.display());
        Failure::new(
            "preflight.ca",
            &sentence,
            "Name the file that simulator serve --ca-out wrote.",
        )
    })
}

const HEADINGS: &[(&str, usize)] = &[
    ("result", 11),
    ("step", 12),
    ("element", 14),
    ("check", 0),
    ("value", 0),
];

fn cells(finding: &Finding) -> [String; 5] {
    [
        finding.result.word().to_owned(),
        finding.step.clone(),
        finding.element.clone().unwrap_or_default(),
        finding.check.clone(),
        told(finding),
    ]
}

/// What was read; beside it what was expected, where it differs.
fn told(finding: &Finding) -> String {
    match (finding.result, finding.expected.as_str()) {
        (Found::Failed | Found::Warned, expected) if !expected.is_empty() => {
            format!("{}, expected {expected}", finding.value)
        }
        _ => finding.value.clone(),
    }
}

/// The `az` lines that read the same, each once.
fn commands(engine: &Engine, checked: &Checked) -> Result<Vec<String>, Failure> {
    let mut all: Vec<String> = Vec::new();
    for entry in engine.entries(&checked.drill.id)? {
        if let Event::ExchangeRecorded { az: Some(az), .. } = entry.event
            && !all.contains(&az)
        {
            all.push(az);
        }
    }
    Ok(all)
}

fn report(args: &PreflightArgs, checked: &Checked, commands: &[String]) {
    let count = |result: Found| {
        let all = checked.findings.iter();
        all.filter(|finding| finding.result == result).count()
    };
    if args.output == Output::Json {
        let outcome = json!({
            "runbook": args.runbook, "readiness": checked.readiness, "findings": checked.findings,
            "entries": checked.drill.last_seq + 1, "commands": commands,
            "bundle": args.bundle.as_ref().map(|file| file.display().to_string()),
        });
        line(&serde_json::to_string_pretty(&outcome).unwrap_or_default());
    } else if args.output == Output::Table {
        line(&format!(
            "{}: {} passed, {} warned, {} failed, {} not known",
            word(checked.readiness),
            count(Found::Passed),
            count(Found::Warned),
            count(Found::Failed),
            checked.findings.iter().filter(|one| one.open).count(),
        ));
    }
    let decisive = match checked.readiness {
        Readiness::Ready => None,
        Readiness::NotReady => first(checked, |one| one.result == Found::Failed),
        Readiness::NotKnown => first(checked, |one| one.open && one.code.is_some())
            .or_else(|| first(checked, |one| one.open)),
    };
    if let Some(finding) = decisive {
        let code = finding.code.as_deref().unwrap_or("preflight.not_checked");
        crate::output::fail(code, &sentence(finding), finding.next.as_deref());
    }
}

/// The first in the runbook's order, whatever arrived first.
fn first(checked: &Checked, wanted: impl Fn(&Finding) -> bool) -> Option<&Finding> {
    let all = checked.findings.iter().filter(|finding| wanted(finding));
    all.min_by_key(|finding| checked.drill.runbook.index(&finding.step))
}

fn sentence(finding: &Finding) -> String {
    let place = match &finding.element {
        Some(element) => format!("{} ({element})", finding.step),
        None => finding.step.clone(),
    };
    match told(finding) {
        told if told.is_empty() => format!("{place}: {}", finding.check),
        told => format!("{place}: {}: {told}", finding.check),
    }
}

fn word(readiness: Readiness) -> &'static str {
    match readiness {
        Readiness::Ready => "ready",
        Readiness::NotReady => "not ready",
        Readiness::NotKnown => "could not tell",
    }
}
