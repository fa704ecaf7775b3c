//! `drillbook simulator`: serve, and capture a scenario from a real subscription.

use crate::args::SimulatorCommand;
use crate::output::{Failure, line};
use drillbook_arm::{Ambient, Limits, ReadClient};
use drillbook_armsim::{Fault, Options, Scripted, Simulator, scaled_clock};
use drillbook_rehearsal::capture;
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;

pub(crate) async fn run(command: SimulatorCommand) -> Result<ExitCode, Failure> {
    match command {
        SimulatorCommand::Capture {
            connection,
            out,
            data,
        } => write(&connection, &out, data.as_deref()).await,
        serve @ SimulatorCommand::Serve { .. } => self::serve(serve).await,
    }
}

/// Reads the subscription of a connection and writes it as a scenario file.
async fn write(name: &str, out: &Path, data: Option<&Path>) -> Result<ExitCode, Failure> {
    let connection = crate::connection::named(name, data)?;
    let unwritten = |error: std::io::Error| {
        let sentence = format!("{} cannot be written: {error}", out.display());
        let next = "Name a new file in a folder that can be written.";
        Failure::new("simulator.capture", &sentence, next)
    };
    // Before the minutes that reading takes; a file that is there is somebody's.
    let file = tempfile::NamedTempFile::new_in(folder_of(out)).map_err(unwritten)?;
    if out.exists() {
        return Err(unwritten(std::io::ErrorKind::AlreadyExists.into()));
    }
    let (clock, _) = connection.surroundings(1.0).await?;
    let reader = ReadClient::new(connection.cloud()?, Ambient::real(), Limits::default())?;
    let captured = capture(&reader, &connection.subscription, clock.now()).await?;
    std::fs::write(file.path(), &captured.text).map_err(unwritten)?;
    let kept = file
        .persist_noclobber(out)
        .map_err(|error| unwritten(error.error))?;
    kept.sync_all().map_err(unwritten)?;
    line(&format!(
        "{}: {} resources, {} protected machines, {} recovery points",
        out.display(),
        captured.resources,
        captured.items,
        captured.points
    ));
    for one in &captured.left_out {
        line(&format!("left out: {one}"));
    }
    Ok(ExitCode::SUCCESS)
}

fn folder_of(file: &Path) -> &Path {
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

async fn serve(command: SimulatorCommand) -> Result<ExitCode, Failure> {
    let SimulatorCommand::Serve {
        port,
        https,
        ca_out,
        scenario,
        fault,
        speed,
        latency,
        data,
    } = command
    else {
        return Ok(ExitCode::SUCCESS);
    };
    let mut options = Options::new(scaled_clock(speed));
    options.port = port;
    options.pace = speed;
    options.http = !https;
    options.latency = std::time::Duration::from_millis(latency);
    options.scenario = scenario.as_deref().map(read).transpose()?;
    options.faults = fault
        .iter()
        .map(|name| parse(name))
        .collect::<Result<_, _>>()?;
    options.state_file = data.map(|data| data.join("simulator.jsonl"));
    let simulator = Simulator::start(options).await.map_err(|error| {
        let cause = std::error::Error::source(&error)
            .map(|cause| format!(": {cause}"))
            .unwrap_or_default();
        Failure::new(
            "simulator.start",
            &format!("{error}{cause}"),
            "Choose another port, or correct the scenario.",
        )
    })?;
    if let Some(file) = ca_out {
        std::fs::write(&file, simulator.ca_pem()).map_err(|error| {
            let sentence = format!("{} cannot be written: {error}", file.display());
            Failure::new(
                "simulator.ca_out",
                &sentence,
                "Name a file in a folder that can be written.",
            )
        })?;
    }
    let credentials = simulator.credentials();
    line(
        &json!({
            "https": simulator.https(), "http": simulator.http(), "tenant": credentials.tenant,
            "subscription": credentials.subscription, "client_id": credentials.client_id,
            "client_secret": credentials.client_secret,
        })
        .to_string(),
    );
    // Ctrl+C, or the end of the process that started us.
    let _ = tokio::signal::ctrl_c().await;
    simulator.shutdown().await;
    Ok(ExitCode::SUCCESS)
}

fn parse(name: &str) -> Result<Scripted, Failure> {
    name.parse::<Scripted>().map_err(|error| {
        let names: Vec<&str> = Fault::ALL.iter().map(|fault| fault.name()).collect();
        Failure::new(
            "rehearsal.unknown_fault",
            &error.to_string(),
            &format!("Choose one of: {}.", names.join(", ")),
        )
    })
}

pub(crate) fn read(file: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(file).map_err(|error| {
        let sentence = format!("{} cannot be read: {error}", file.display());
        Failure::new("simulator.scenario", &sentence, "Name a scenario file.")
    })
}
