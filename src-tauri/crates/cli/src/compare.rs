//! `drillbook compare`: exit 0 same in what matters, 1 differ, 2 unusable.

use crate::args::{CompareArgs, Output};
use crate::output::{Failure, line, rows};
use drillbook_audit::{Comparison, Input, Options, Row, Side, compare};
use std::path::Path;
use std::process::ExitCode;

/// Exit code of bundles that cannot be compared.
const UNUSABLE: u8 = 2;

pub(crate) fn run(args: &CompareArgs) -> Result<ExitCode, Failure> {
    let options = Options {
        allowed_signers: args.allowed_signers.clone(),
        earlier: Vec::new(),
    };
    let compared = compare(Input::Path(&args.a), Input::Path(&args.b), &options)
        .map_err(|error| Failure::from(error).exits(UNUSABLE))?;
    match args.output {
        Output::Json => line(&serde_json::to_string_pretty(&compared).unwrap_or_default()),
        output => report(args, output, &compared)?,
    }
    for (file, side) in [(&args.a, &compared.a), (&args.b, &compared.b)] {
        if !side.verdict.holds() {
            return Err(unusable(file, side));
        }
    }
    Ok(ExitCode::from(compared.exit_code()))
}

fn report(args: &CompareArgs, output: Output, compared: &Comparison) -> Result<(), Failure> {
    let told = |name: &str, file: &Path, side: &Side| {
        let (verdict, file) = (&side.verdict, file.display());
        let (environment, words) = (&side.environment, verdict.outcome.words());
        line(&format!(
            "{name}: {file}: {} ({environment}): {words}",
            verdict.drill
        ));
    };
    if output == Output::Table {
        told("A", &args.a, &compared.a);
        told("B", &args.b, &compared.b);
    }
    if !compared.usable() {
        return Ok(());
    }
    let cells = |row: &Row| {
        let mark = if row.differs { "differs" } else { "" };
        let (what, a, b) = (row.what.clone(), row.a.clone(), row.b.clone());
        vec![mark.to_owned(), row.part.to_owned(), what, a, b]
    };
    let all: Vec<Vec<String>> = compared.rows.iter().map(cells).collect();
    rows(output, &["", "part", "what", "A", "B"], &all)?;
    if output == Output::Table {
        let count = compared.rows.iter().filter(|row| row.differs).count();
        line(&match count {
            0 => "the same in what matters".to_owned(),
            count => format!("they differ in {count} lines"),
        });
    }
    Ok(())
}

fn unusable(file: &Path, side: &Side) -> Failure {
    let first = side.verdict.findings.first();
    let why = first.map_or("it could not be read", |finding| finding.sentence.as_str());
    Failure::new(
        "compare.does_not_hold",
        &format!("{} does not hold: {why}", file.display()),
        "Get the bundle again from whoever exported it; drillbook verify shows everything.",
    )
    .exits(UNUSABLE)
}
