//! The words of the command line. Scripts depend on them.

mod connection;
mod sign_off;

pub(crate) use connection::{CloudWord, ConnectionArgs, ConnectionCommand, CredentialWord};
pub(crate) use sign_off::{
    DecisionCommand, GlassCommand, Journal, PolicyChange, PolicyCommand, RequestCommand,
    RequestsArgs, ReviewArgs, RevokeArgs, SecondReadArgs, SignArgs, Signing, duration, reviewer,
};

use clap::{Args, Parser, Subcommand, ValueEnum};
use drillbook_engine::Audience;
use drillbook_trust::picture::Area;
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
    /// Write the audit bundle of a drill for an audience.
    Export(ExportArgs),
    /// Show one value that a bundle withholds, by a file that fits that bundle.
    Reveal(RevealArgs),
    /// Keep a journal safe: seal, verify, back up, restore, recover its key.
    #[command(subcommand)]
    Journal(JournalCommand),
    /// Who signs in to which subscription: add, list, test, remove.
    #[command(subcommand)]
    Connection(ConnectionCommand),
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
    /// Take in what was signed elsewhere; take a decision back.
    #[command(subcommand)]
    Decision(DecisionCommand),
    /// Go on without a quorum in an emergency, and review that afterwards.
    #[command(subcommand)]
    Glass(GlassCommand),
    /// Ask again, under a login of your own, what a drill had asked, and sign the comparison.
    SecondRead(SecondReadArgs),
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
    /// A scenario file, such as `simulator capture` writes; the built-in one when absent.
    #[arg(long, value_name = "FILE", conflicts_with = "connection")]
    pub(crate) scenario: Option<PathBuf>,
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
    /// A connection of the data folder to a running simulator, to play there by its sign-in.
    #[arg(long, value_name = "NAME", requires = "data", conflicts_with = "fault")]
    pub(crate) connection: Option<String>,
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
    /// A connection to Azure, by its name.
    #[arg(long, value_name = "NAME", required_unless_present = "simulator", conflicts_with_all = ["simulator", "bundle"])]
    pub(crate) connection: Option<String>,
    /// The data folder that holds the connection.
    #[arg(long, value_name = "DIR", requires = "connection")]
    pub(crate) data: Option<PathBuf>,
    /// Address of a running simulator.
    #[arg(long, value_name = "URL")]
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
    /// A file that shows one withheld value; may be given several times.
    #[arg(long, value_name = "FILE")]
    pub(crate) reveal: Vec<PathBuf>,
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

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    pub(crate) journal: Journal,
    /// The drill, such as D-2026-0001.
    #[arg(long, value_name = "ID")]
    pub(crate) drill: String,
    /// Who may read it.
    #[arg(long, value_parser = audience, default_value = "internal")]
    pub(crate) audience: Audience,
    /// Blacken a part of a picture: the entry that attached it and a rectangle in pixels; may be given several times.
    #[arg(long, value_name = "ENTRY:X,Y,WIDTH,HEIGHT", value_parser = area)]
    pub(crate) blacken: Vec<(u64, Area)>,
    /// Where the bundle is written.
    #[arg(long, value_name = "FILE.zip")]
    pub(crate) bundle: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct RevealArgs {
    #[command(flatten)]
    pub(crate) journal: Journal,
    /// The entry, as the bundle counts.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) entry: u64,
    /// The field, as disclosures.txt names it.
    #[arg(long, value_name = "NAME")]
    pub(crate) field: String,
    /// The new file.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum JournalCommand {
    /// Begin a sealed live journal; its key goes into the keyring, or under a passphrase.
    Seal(Sealed),
    /// Verify every entry, document and piece of evidence.
    Verify {
        #[command(flatten)]
        sealed: Sealed,
        #[command(flatten)]
        of: Of,
    },
    /// Have the time of a checkpoint stamped by an authority outside (RFC 3161).
    #[command(group(clap::ArgGroup::new("way").required(true).args(["write", "token"])))]
    Timestamp {
        /// Write the newest checkpoint to this file; `openssl ts -query` makes a request of it.
        #[arg(long, value_name = "FILE")]
        write: Option<PathBuf>,
        /// Take in the authority's answer, or the token in it.
        #[arg(long, value_name = "FILE")]
        token: Option<PathBuf>,
        #[command(flatten)]
        sealed: Sealed,
        #[command(flatten)]
        of: Of,
    },
    /// Write a consistent copy to a new file, sealed with the journal's key.
    Backup {
        /// The new file.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        sealed: Sealed,
        #[command(flatten)]
        of: Of,
    },
    /// Restore a backup into a folder without a journal; the log goes on under a new origin.
    Restore {
        /// The backup.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        sealed: Sealed,
        #[command(flatten)]
        of: Of,
    },
    /// Write a recovery file for the key, in the format of age.
    RecoveryFile {
        /// The new file.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// A file with the passphrase that opens it.
        #[arg(
            long,
            value_name = "FILE",
            required_unless_present = "recipient",
            conflicts_with = "recipient"
        )]
        recovery_passphrase_file: Option<PathBuf>,
        /// The age recipient (age1…) whose identity opens it.
        #[arg(long, value_name = "RECIPIENT")]
        recipient: Option<String>,
        #[command(flatten)]
        sealed: Sealed,
    },
    /// Put the key back from a recovery file, also on a new computer.
    Recover {
        /// The recovery file.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// A file with the passphrase that opens it.
        #[arg(
            long,
            value_name = "FILE",
            required_unless_present = "identity",
            conflicts_with = "identity"
        )]
        recovery_passphrase_file: Option<PathBuf>,
        /// The age identity file that opens it.
        #[arg(long, value_name = "FILE")]
        identity: Option<PathBuf>,
        #[command(flatten)]
        sealed: Sealed,
    },
}

/// Which folder, and what opens it.
#[derive(Debug, Args)]
pub(crate) struct Sealed {
    /// The data folder.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// A file with the passphrase the key is kept under, instead of the keyring.
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
}

/// Which journal of the folder.
#[derive(Debug, Args)]
pub(crate) struct Of {
    /// The journal of rehearsals, which is never sealed, instead of the live one.
    #[arg(long)]
    pub(crate) rehearsal: bool,
    /// Print the outcome as one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
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
        /// How long each answer takes on its way, in milliseconds.
        #[arg(long, value_name = "MS", default_value_t = 0)]
        latency: u64,
        /// Where accepted changes are kept.
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
    },
    /// Write a scenario from a real subscription: read only, every name replaced.
    Capture {
        /// A connection, by its name.
        #[arg(long, value_name = "NAME")]
        connection: String,
        /// The scenario file that is written; must not exist.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// The data folder that holds the connection.
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
    },
}

fn audience(text: &str) -> Result<Audience, String> {
    Audience::named(text).ok_or_else(|| "one of internal, auditor, public".to_owned())
}

fn area(text: &str) -> Result<(u64, Area), String> {
    let wrong = || "an entry and a rectangle, such as 24:0,0,640,64".to_owned();
    let (entry, rectangle) = text.split_once(':').ok_or_else(wrong)?;
    let numbers: Result<Vec<u32>, _> = rectangle.split(',').map(str::parse).collect();
    match numbers.as_deref() {
        Ok([x, y, width, height]) => {
            let (x, y, width, height) = (*x, *y, *width, *height);
            let area = Area {
                x,
                y,
                width,
                height,
            };
            Ok((entry.parse().map_err(|_| wrong())?, area))
        }
        _ => Err(wrong()),
    }
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
