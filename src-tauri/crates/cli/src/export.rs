//! `drillbook export` and `drillbook reveal`: a bundle for an audience, and one withheld value of it.

use crate::args::{ExportArgs, RevealArgs};
use crate::output::{Failure, line};
use drillbook_engine::Redaction;
use std::collections::BTreeMap;
use std::io::Write;
use std::process::ExitCode;

pub(crate) async fn run(args: ExportArgs) -> Result<ExitCode, Failure> {
    let place = args.journal.open().await?;
    let mut areas: BTreeMap<u64, Vec<_>> = BTreeMap::new();
    for (entry, area) in args.blacken {
        areas.entry(entry).or_default().push(area);
    }
    let redaction = Redaction {
        audience: args.audience,
        areas,
    };
    let written = place
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
    let place = args.journal.open().await?;
    let bytes = place.engine().reveal(args.entry, &args.field)?;
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
