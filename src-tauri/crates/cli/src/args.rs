//! The words of the command line. Scripts depend on them.

mod sign_off;

pub(crate) use sign_off::{
    DecisionCommand, PolicyChange, PolicyCommand, RequestCommand, RequestsArgs, SignArgs, duration,
    reviewer,
};

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Guided restore drills on Azure, rehearsed and verified from a terminal.
#[derive(Debug, Parser)]
#[command(name = "drillbook", version, about)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Play a whole drill with the built-in cast against the embedded simulator.
    Rehearse(RehearseArgs),
    /// Run every check that needs no sign-off: exit 0 ready, 1 not ready, 2 could not tell.
    Preflight(PreflightArgs),
    /// Verify an audit bundle: exit 0 holds, 1 does not hold, 2 unusable.
    Verify(VerifyArgs),
    /// Put two audit bundles side by side: exit 0 same in what matters, 1 differ, 2 unusable.
    Compare(CompareArgs),
    /// Read, lint and print runbooks.
    #[command(subcommand)]
    Runbook(RunbookCommand),
    /// The embedded ARM simulator.
    #[command(subcommand)]
    Simulator(SimulatorCommand),
    /// List the open requests for sign-off, and write the file of each for its reviewers.
    Requests(RequestsArgs),
    /// Read and sign a request file; no data folder is needed.
    #[command(subcommand)]
    Request(RequestCommand),
    /// Take in a decision that was signed elsewhere.
    #[command(subcommand)]
    Decision(DecisionCommand),
    /// Read the policy in force.
    #[command(subcommand)]
    Policy(PolicyCommand),
}

#[derive(Debug, Args)]
pub(crate) struct RehearseArgs {
    /// Id of the runbook.
    pub(crate) id: String,
    /// Let the built-in cast do and decide everything.
    #[arg(long, required = true)]
    pub(crate) auto: bool,
    /// Where the audit bundle is written, also when the drill stops.
    #[arg(long, value_name = "FILE.zip")]
    pub(crate) bundle: PathBuf,
    /// A fault of the simulator; may be given several times.
    #[arg(long, value_name = "NAME")]
    pub(crate) fault: Vec<String>,
    /// How many times shorter waits are, from 1 to 1000000.
    #[arg(long, default_value_t = 100_000.0, value_parser = speed)]
    pub(crate) speed: f64,
    /// Drives ids, delays and salts of this rehearsal.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// The data folder; a temporary one when absent.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Go on with the drill that was cut off.
    #[arg(long, requires = "data")]
    pub(crate) resume: bool,
    /// Print the outcome as one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
    /// Lay each request out in this folder and wait there for its decision.
    #[arg(long, value_name = "DIR")]
    pub(crate) exchange: Option<PathBuf>,
    /// Somebody who decides on another machine, with their public key; may be given several times.
    #[arg(long, value_name = "PERSON=PUBKEYFILE", value_parser = reviewer, requires = "exchange")]
    pub(crate) reviewer: Vec<(String, PathBuf)>,
    /// How long to wait for each decision, such as 90s, 15m, 2h or PT15M.
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "15m", requires = "exchange")]
    pub(crate) wait: std::time::Duration,
}

#[derive(Debug, Args)]
pub(crate) struct PreflightArgs {
    /// Id of the runbook.
    pub(crate) runbook: String,
    /// Address of a running simulator.
    #[arg(long, value_name = "URL", required = true)]
    pub(crate) simulator: Option<String>,
    /// The simulator's certificate authority, as `simulator serve --ca-out` writes it.
    #[arg(long, value_name = "FILE", requires = "simulator")]
    pub(crate) ca: Option<PathBuf>,
    /// Where an audit bundle of the checks is written.
    #[arg(long, value_name = "FILE.zip")]
    pub(crate) bundle: Option<PathBuf>,
    /// What a step chooses: an id, a name or `first`; STEP@ELEMENT for one element. May be repeated.
    #[arg(long, value_name = "STEP=ID", value_parser = pair)]
    pub(crate) choose: Vec<(String, String)>,
    /// What a person would state in a field of the charter. May be repeated.
    #[arg(long, value_name = "FIELD=VALUE", value_parser = pair)]
    pub(crate) set: Vec<(String, String)>,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Output::Table)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// The bundle.
    #[arg(value_name = "FILE.zip")]
    pub(crate) bundle: PathBuf,
    /// The auditor's own file of signers.
    #[arg(long, value_name = "FILE")]
    pub(crate) allowed_signers: Option<PathBuf>,
    /// A checkpoint that was seen earlier; may be given several times.
    #[arg(long, value_name = "CHECKPOINT")]
    pub(crate) earlier: Vec<PathBuf>,
    /// Print the verdict as one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
    /// Not used: a bundle is self-contained.
    #[arg(long, value_name = "DIR", hide = true)]
    pub(crate) data: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// The first bundle, such as the last quarter's.
    #[arg(value_name = "A.zip")]
    pub(crate) a: PathBuf,
    /// The second bundle.
    #[arg(value_name = "B.zip")]
    pub(crate) b: PathBuf,
    /// The auditor's own file of signers, for both.
    #[arg(long, value_name = "FILE")]
    pub(crate) allowed_signers: Option<PathBuf>,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Output::Table)]
    pub(crate) output: Output,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RunbookCommand {
    /// List the built-in runbooks.
    List(Listing),
    /// Print one runbook, step by step.
    Show {
        /// Its id.
        id: String,
        #[command(flatten)]
        listing: Listing,
    },
    /// Lint runbook files; exit 1 when one has errors.
    Lint {
        /// Files.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        #[command(flatten)]
        listing: Listing,
    },
    /// Print the JSON Schema of the runbook format.
    Schema,
    /// Print the `az` lines of one played rehearsal, one a line, quoted for a POSIX shell.
    Commands {
        /// Id of the runbook.
        id: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Listing {
    /// How to print.
    #[arg(long, value_enum, default_value_t = Output::Table)]
    pub(crate) output: Output,
    /// The data folder; runbooks need none.
    #[arg(long, value_name = "DIR", hide = true)]
    pub(crate) data: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// Columns for people.
    Table,
    /// JSON.
    Json,
    /// Tab-separated values.
    Tsv,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SimulatorCommand {
    /// Serve until interrupted; one line of JSON with the endpoints when ready.
    Serve {
        /// Port; a free one when 0.
        #[arg(long, default_value_t = 0)]
        port: u16,
        /// Serve https only.
        #[arg(long)]
        https: bool,
        /// Where the simulator's certificate authority is written.
        #[arg(long, value_name = "FILE")]
        ca_out: Option<PathBuf>,
        /// A scenario file.
        #[arg(long, value_name = "FILE")]
        scenario: Option<PathBuf>,
        /// A fault; may be given several times.
        #[arg(long, value_name = "NAME")]
        fault: Vec<String>,
        /// How many times faster its clock runs.
        #[arg(long, default_value_t = 1)]
        speed: u32,
        /// Where accepted changes are kept.
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
    },
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if (1.0..=1_000_000.0).contains(&number) => Ok(number),
        _ => Err("a number from 1 to 1000000".to_owned()),
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() && !value.is_empty() => {
            Ok((name.to_owned(), value.to_owned()))
        }
        _ => Err("a name, =, and a value".to_owned()),
    }
}
