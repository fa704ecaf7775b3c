//! `drillbook verify`: exit 0 holds, 1 does not hold, 2 unusable.

use crate::args::VerifyArgs;
use crate::output::{Failure, line};
use drillbook_audit::{AuditError, Input, Options, Verdict, open_reveal, verify};
use std::process::ExitCode;

pub(crate) fn run(args: &VerifyArgs) -> Result<ExitCode, Failure> {
    let options = Options {
        allowed_signers: args.allowed_signers.clone(),
        earlier: args.earlier.clone(),
    };
    let verdict = verify(Input::Path(&args.bundle), &options)
        .map_err(|error| Failure::from(error).exits(2))?;
    let mut revealed = Vec::new();
    for file in &args.reveal {
        let bytes = std::fs::read(file).map_err(AuditError::File);
        let bytes = bytes.map_err(|error| Failure::from(error).exits(2))?;
        let one = open_reveal(Input::Path(&args.bundle), &bytes);
        revealed.push(one.map_err(|error| Failure::from(error).exits(1))?);
    }
    if args.json {
        line(&serde_json::to_string(&verdict).unwrap_or_default());
    } else {
        report(&verdict);
        for one in &revealed {
            line(&format!(
                "revealed: entry {}: {} = {}",
                one.entry, one.field, one.value
            ));
        }
    }
    Ok(ExitCode::from(verdict.exit_code()))
}

fn report(verdict: &Verdict) {
    line(&format!("{}: {}", verdict.drill, verdict.outcome.words()));
    line(&format!(
        "{} entries of a log of {}, {} pieces of evidence, {} values withheld ({}), ended: {}",
        verdict.entries,
        verdict.size,
        verdict.evidence,
        verdict.withheld,
        verdict.audience,
        verdict.end
    ));
    for signature in &verdict.signatures {
        line(&format!(
            "signed by {} ({}): {}",
            signature.principal, signature.key, signature.file
        ));
    }
    for finding in &verdict.findings {
        let place = match (&finding.entry, &finding.file) {
            (Some(entry), _) => format!("entry {entry}"),
            (None, Some(file)) => file.clone(),
            (None, None) => "bundle".to_owned(),
        };
        line(&format!("{place}: {}: {}", finding.code, finding.sentence));
    }
    for limit in &verdict.not_proven {
        line(&format!("not proven: {limit}"));
    }
}
