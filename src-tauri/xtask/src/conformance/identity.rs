//! The Azure CLI credential through a really logged-in `az`: a connection to the simulator whose tokens come from
//! `az account get-access-token`, tested, and played with.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use super::az::LoggedIn;
use super::claim::Row;
use super::simulator::Serving;
use super::table;

/// What is played.
const RUNBOOK: &str = "vm-disks-cross-region";

/// The connection's name.
const NAME: &str = "rehearsal";

/// Choices where the built-in scenario leaves several.
const CHOICES: [&str; 6] = [
    "--choose",
    "pick-vault=rsv-evergreen-policy",
    "--choose",
    "target=first",
    "--choose",
    "pick-staging=first",
];

/// What is run, how it ends and what it says.
struct Played<'a> {
    does: &'a str,
    words: Vec<&'a str>,
    exit: i32,
    says: &'a str,
}

/// Something that succeeds.
fn played<'a>(does: &'a str, words: Vec<&'a str>, says: &'a str) -> Played<'a> {
    Played {
        does,
        words,
        exit: 0,
        says,
    }
}

/// Makes the connection, tests it and runs a whole preflight with it; then once more, logged out.
pub fn play(setup: &Path, program: &Path, drillbook: &Path, folder: &Path) -> Result<Vec<Row>> {
    let folder = folder.join("identity");
    std::fs::create_dir_all(&folder).context("cannot make the folder of the connection")?;
    // At the pace of the real clock: the preflight compares Azure's time with its own.
    let simulator = Serving::start(drillbook, &folder, 1)?;
    let az = LoggedIn::new(setup, program, &folder, &simulator)?;
    as_the_principal(&az, &simulator)?;
    let ca = simulator.authority.display().to_string();
    let (tenant, principal) = logged_in(&az)?;
    let who = format!("{NAME}: {principal}");
    let added = vec![
        "connection",
        "add",
        NAME,
        "--cloud",
        "simulator",
        "--simulator",
        &simulator.url,
        "--ca",
        &ca,
        "--tenant",
        &tenant,
        "--subscription",
        &az.subscription,
        "--credential",
        "azure-cli",
    ];
    let mut preflight = vec!["preflight", RUNBOOK, "--connection", NAME];
    preflight.extend(CHOICES);
    let bundle = folder.join("bundle.zip");
    let bundle = bundle.to_string_lossy();
    let mut rehearse = vec!["rehearse", RUNBOOK, "--auto", "--connection", NAME];
    rehearse.extend(["--bundle", &bundle]);
    let test = || vec!["connection", "test", NAME];
    let plays = [
        played("connection add, to the simulator, by az", added, ""),
        played("connection test, by a token of az", test(), &who),
        played("preflight, by tokens of az", preflight, "ready: "),
        played(
            "rehearse, a whole drill by tokens of az",
            rehearse,
            "closed  0 debts open",
        ),
    ];
    let mut rows = Vec::new();
    for played in &plays {
        rows.push(one(played, &az, drillbook, &folder)?);
    }
    az.run(&["account".to_owned(), "clear".to_owned()])?;
    let out = Played {
        exit: 1,
        ..played(
            "connection test, az logged out",
            test(),
            "arm.sign_in_failed",
        )
    };
    rows.push(one(&out, &az, drillbook, &folder)?);
    Ok(rows)
}

/// Logs az in again as the scenario's own principal, who may read what the preflight reads.
fn as_the_principal(az: &LoggedIn, simulator: &Serving) -> Result<()> {
    let text = |name: &str| simulator.ready[name].as_str().unwrap_or_default();
    let (client, secret, tenant) = (text("client_id"), text("client_secret"), text("tenant"));
    let words = [
        "login",
        "--service-principal",
        "-u",
        client,
        "-p",
        secret,
        "--tenant",
        tenant,
        "-o",
        "none",
    ];
    let output = az.run(&words.map(str::to_owned))?;
    if !output.status.success() {
        bail!(
            "az cannot log in\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(())
}

/// The tenant and the principal that az is logged in as.
fn logged_in(az: &LoggedIn) -> Result<(String, String)> {
    let words = [
        "account",
        "show",
        "--query",
        "[tenantId, user.name]",
        "--output",
        "json",
    ];
    let output = az.run(&words.map(str::to_owned))?;
    serde_json::from_slice(&output.stdout).context("az does not say who it is")
}

fn one(played: &Played<'_>, az: &LoggedIn, drillbook: &Path, folder: &Path) -> Result<Row> {
    let began = Instant::now();
    let output = az
        .beside(Command::new(drillbook))
        .args(&played.words)
        .arg("--data")
        .arg(folder.join("data"))
        .stdin(Stdio::null())
        .output()
        .context("cannot start drillbook")?;
    let row = Row {
        does: format!("drillbook {}", played.does),
        line: played.words.join(" "),
        exit: output.status.code().unwrap_or(-1),
        took: began.elapsed(),
        fault: None,
        wrong: differs(played, &output),
    };
    table::say(&row);
    Ok(row)
}

fn differs(played: &Played<'_>, output: &Output) -> Option<String> {
    let said =
        [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    if output.status.code() != Some(played.exit) {
        return Some(format!(
            "exit {:?}, not {}: {}",
            output.status.code(),
            played.exit,
            said[1]
        ));
    }
    let found = said.iter().any(|text| text.contains(played.says));
    (!found).then(|| format!("it does not say {:?}: {said:?}", played.says))
}
