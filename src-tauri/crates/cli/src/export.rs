//! `drillbook export` and `drillbook reveal`: a bundle for an audience, and one withheld value of it.

use crate::args::{ExportArgs, RevealArgs};
use crate::output::{Failure, line};
use drillbook_engine::Redaction;
use drillbook_rehearsal::{Options, Rehearsal};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

pub(crate) async fn run(args: ExportArgs) -> Result<ExitCode, Failure> {
    let rehearsal = open(args.data).await?;
    let mut areas: BTreeMap<u64, Vec<_>> = BTreeMap::new();
    for (entry, area) in args.blacken {
        areas.entry(entry).or_default().push(area);
    }
    let redaction = Redaction {
        audience: args.audience,
        areas,
    };
    let written = rehearsal
        .engine()
        .export_for(&args.drill, &args.bundle, &redaction)?;
    line(&format!(
        "{}: {} entries of a log of {}, for the audience {}",
        args.bundle.display(),
        written.entries,
        written.size,
        args.audience
    ));
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn reveal(args: &RevealArgs) -> Result<ExitCode, Failure> {
    let rehearsal = open(args.data.clone()).await?;
    let bytes = rehearsal.engine().reveal(args.entry, &args.field)?;
    let created = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&args.out);
    created
        .and_then(|mut file| file.write_all(&bytes))
        .map_err(|error| {
            let sentence = format!("{} cannot be written: {error}", args.out.display());
            Failure::new(
                "cli.output",
                &sentence,
                "Name a new file in a folder that can be written.",
            )
        })?;
    line(&format!(
        "{} shows {} of entry {}",
        args.out.display(),
        args.field,
        args.entry
    ));
    Ok(ExitCode::SUCCESS)
}

async fn open(data: Option<PathBuf>) -> Result<Rehearsal, Failure> {
    let options = Options {
        data,
        speed: 1.0,
        ..Options::default()
    };
    Ok(Rehearsal::open(options).await?)
}
