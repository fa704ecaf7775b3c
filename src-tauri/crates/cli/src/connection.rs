//! `drillbook connection`: add, list, test, remove.

use crate::args::{CloudWord, ConnectionArgs, ConnectionCommand, CredentialWord, Output};
use crate::output::{Failure, line, rows};
use drillbook_engine::{
    CloudName, Connection, Connections, Credential, SimulatorAt, data_folder, data_path,
};
use std::io::{IsTerminal, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use zeroize::Zeroizing;

pub(crate) async fn run(command: ConnectionCommand) -> Result<ExitCode, Failure> {
    match command {
        ConnectionCommand::Add(args) => add(&args)?,
        ConnectionCommand::List { output, data } => list(output, data.as_deref())?,
        ConnectionCommand::Test { name, data } => test(&named(&name, data.as_deref())?).await?,
        ConnectionCommand::Remove { name, data } => {
            Connections::of(&data_path(data.as_deref())?).remove(&name)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Finds a connection of the data folder; the folder need not be free.
pub(crate) fn named(name: &str, data: Option<&Path>) -> Result<Connection, Failure> {
    let data: PathBuf = data_path(data)?;
    let found = Connections::of(&data).get(name)?;
    if !found.needs_passphrase() {
        return Ok(found);
    }
    let words = match std::env::var_os(PASSPHRASE_FILE) {
        Some(file) => passphrase(Path::new(&file))?,
        None if std::io::stdin().is_terminal() => {
            unseen(&format!("Passphrase of the connection {name}: "))?
        }
        None => {
            return Err(Failure::new(
                "key.passphrase_needed",
                "the connection's secret is kept under a passphrase",
                "Name a file with it in DRILLBOOK_PASSPHRASE_FILE.",
            ));
        }
    };
    Ok(found.open(&words)?)
}

/// Names the file with the passphrase of a connection, where nobody is asked at a terminal.
const PASSPHRASE_FILE: &str = "DRILLBOOK_PASSPHRASE_FILE";

/// Reads a passphrase: the first line of a file.
fn passphrase(file: &Path) -> Result<Zeroizing<String>, Failure> {
    let text = std::fs::read_to_string(file).map(Zeroizing::new);
    let text = text.map_err(|error| crate::output::unreadable(file, &error))?;
    let line = text.lines().next().unwrap_or_default();
    Ok(Zeroizing::new(line.to_owned()))
}

fn add(args: &ConnectionArgs) -> Result<(), Failure> {
    let cloud = match args.cloud {
        CloudWord::Public => CloudName::Public,
        CloudWord::Usgov => CloudName::UsGov,
        CloudWord::China => CloudName::China,
        CloudWord::Simulator => CloudName::Simulator,
    };
    let client_id = args.client_id.clone();
    let credential = match args.credential {
        CredentialWord::AzureCli => Credential::AzureCli,
        CredentialWord::AzureDeveloperCli => Credential::AzureDeveloperCli,
        CredentialWord::WorkloadIdentity => Credential::WorkloadIdentity { client_id },
        CredentialWord::ManagedIdentity => Credential::ManagedIdentity { client_id },
        CredentialWord::ClientSecret => Credential::ClientSecret {
            client_id: client_id.unwrap_or_default(),
        },
        CredentialWord::ClientCertificate => Credential::ClientCertificate {
            client_id: client_id.unwrap_or_default(),
        },
    };
    let (tenant, subscription) = (&args.tenant, &args.subscription);
    let mut connection = Connection::new(&args.name, cloud, tenant, subscription, credential)?;
    if let Some(address) = &args.simulator {
        connection = connection.to_simulator(SimulatorAt {
            address: address.clone(),
            ca: args.ca.as_deref().map(absolute).transpose()?,
        });
    }
    let secret = match (&connection.credential, &args.certificate) {
        (Credential::ClientCertificate { .. }, file) => Some(certificate(file.as_deref())?),
        _ => connection.has_secret().then(secret).transpose()?,
    };
    // Opened for a moment, so that a new data folder is made as one.
    let data = data_folder(args.data.as_deref())?;
    let given = secret.as_ref().map(|text| text.as_str());
    let all = Connections::of(data.path());
    match (given, &args.passphrase_file) {
        (Some(given), Some(file)) => Ok(all.add_under(&connection, given, &passphrase(file)?)?),
        _ => Ok(all.add(&connection, given)?),
    }
}

/// The file as it is found from everywhere.
fn absolute(file: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(file).map_err(|error| crate::output::unreadable(file, &error))
}

/// Reads the secret: typed unseen at a terminal, or one line of standard input. Never an argument, which others on
/// this computer could see.
fn secret() -> Result<Zeroizing<String>, Failure> {
    let failed = |error: std::io::Error| {
        let sentence = format!("the secret cannot be read: {error}");
        Failure::new("cli.secret", &sentence, "Give it on standard input.")
    };
    if std::io::stdin().is_terminal() {
        return unseen("Secret: ");
    }
    let mut line = Zeroizing::new(String::new());
    std::io::stdin().read_line(&mut line).map_err(failed)?;
    Ok(Zeroizing::new(
        line.trim_end_matches(['\r', '\n']).to_owned(),
    ))
}

/// Asks for a text that is typed unseen.
fn unseen(question: &str) -> Result<Zeroizing<String>, Failure> {
    let terminal = console::Term::stderr();
    let typed = terminal
        .write_str(question)
        .and_then(|()| terminal.read_secure_line());
    typed.map(Zeroizing::new).map_err(|error| {
        let sentence = format!("nothing could be typed: {error}");
        Failure::new("cli.secret", &sentence, "Give it in a file.")
    })
}

/// Reads a certificate and its key, from a file or from standard input to its end.
fn certificate(file: Option<&Path>) -> Result<Zeroizing<String>, Failure> {
    let Some(file) = file else {
        let mut text = Zeroizing::new(String::new());
        std::io::stdin()
            .read_to_string(&mut text)
            .map_err(|error| {
                let sentence = format!("the certificate cannot be read: {error}");
                Failure::new("cli.secret", &sentence, "Name its file with --certificate.")
            })?;
        return Ok(text);
    };
    let text = std::fs::read_to_string(file);
    text.map(Zeroizing::new)
        .map_err(|error| crate::output::unreadable(file, &error))
}

fn list(output: Output, data: Option<&Path>) -> Result<(), Failure> {
    let known = Connections::of(&data_path(data)?).list()?;
    let cells = |one: &Connection| {
        let cloud = serde_json::to_value(one.cloud).unwrap_or_default();
        vec![
            one.name.clone(),
            cloud.as_str().unwrap_or_default().to_owned(),
            one.tenant.clone(),
            one.subscription.clone(),
            one.credential.word().to_owned(),
        ]
    };
    let all: Vec<Vec<String>> = known.iter().map(cells).collect();
    let headings = ["name", "cloud", "tenant", "subscription", "credential"];
    rows(output, &headings, &all)
}

/// Signs in and reads the subscription, and says who and where.
async fn test(connection: &Connection) -> Result<(), Failure> {
    let reached = connection.check().await?;
    line(&format!(
        "{}: {} in {}",
        connection.name, reached.who, reached.subscription
    ));
    Ok(())
}
