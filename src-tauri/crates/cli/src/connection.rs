//! `drillbook connection`: add, list, test, remove.

use crate::args::{CloudWord, ConnectionArgs, ConnectionCommand, CredentialWord, Output};
use crate::output::{Failure, line, rows};
use drillbook_arm::{Ambient, Limits, ReadClient, ReadRequest};
use drillbook_engine::{CloudName, Connection, Connections, Credential, data_folder, data_path};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

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
    Ok(Connections::of(&data).get(name)?)
}

fn add(args: &ConnectionArgs) -> Result<(), Failure> {
    let cloud = match args.cloud {
        CloudWord::Public => CloudName::Public,
        CloudWord::Usgov => CloudName::UsGov,
        CloudWord::China => CloudName::China,
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
    let connection = Connection::new(&args.name, cloud, tenant, subscription, credential)?;
    // Opened for a moment, so that a new data folder is made as one.
    let data = data_folder(args.data.as_deref())?;
    Ok(Connections::of(data.path()).add(&connection)?)
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
    let client = ReadClient::new(connection.cloud()?, Ambient::real(), Limits::default())?;
    let who = client.who().await?;
    if let Some(tenant) = who
        .tenant
        .as_deref()
        .filter(|own| *own != connection.tenant)
    {
        let sentence = format!("you are signed in to the tenant {tenant}");
        let next = format!("Sign in to the tenant {}.", connection.tenant);
        return Err(Failure::new("azure.other_tenant", &sentence, &next));
    }
    let path = format!("/subscriptions/{}", connection.subscription);
    let answer = client.read(&ReadRequest::get(path, "2022-12-01")).await?;
    let name = answer.body()["displayName"].as_str().unwrap_or_default();
    let person = who.name.or(who.application).unwrap_or_default();
    line(&format!("{}: {person} in {name}", connection.name));
    Ok(())
}
