//! `drillbook verify`.

use crate::args::VerifyArgs;
use crate::output::Failure;
use std::process::ExitCode;

pub(crate) fn run(args: &VerifyArgs) -> Result<ExitCode, Failure> {
    let sentence = format!("{} cannot be verified by this build", args.bundle.display());
    Err(Failure::new(
        "verify.unavailable",
        &sentence,
        "Use verify.py from the bundle.",
    )
    .exits(2))
}
