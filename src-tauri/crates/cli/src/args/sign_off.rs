//! The words of sign-offs across machines.

use super::{Output, Sealed};
use clap::{ArgGroup, Args, Subcommand};
use std::path::PathBuf;
use std::time::Duration;

/// Which journal of which data folder: the rehearsals', or the live one.
#[derive(Debug, Args)]
pub(crate) struct Journal {
    /// The live journal, which is sealed, instead of the one of rehearsals.
    #[arg(long)]
    pub(crate) live: bool,
    #[command(flatten)]
    pub(crate) sealed: Sealed,
}

/// `drillbook requests`, `decision list`, `glass list`.
#[derive(Debug, Args)]
pub(crate) struct RequestsArgs {
    #[command(flatten)]
    pub(crate) journal: Journal,
    /// Where the files are written; beside the rehearsals' journal when absent, and for a live one nowhere.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Output::Table)]
    pub(crate) output: Output,
}

/// `drillbook request …`.
#[derive(Debug, Subcommand)]
pub(crate) enum RequestCommand {
    /// Recompute everything a request file says and show it; what does not match is not shown.
    Show {
        /// The request file or the text of the message it came in; `-` for standard input.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Not needed: a request file is self-contained.
        #[arg(long, value_name = "DIR", hide = true)]
        data: Option<PathBuf>,
    },
    /// Sign a decision on a request; it is printed, and written beside the request file.
    Sign(SignArgs),
}

/// `drillbook request sign`.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("verdict").required(true).args(["approve", "refuse"])))]
pub(crate) struct SignArgs {
    /// The request file or the text of the message it came in; `-` for standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Your SSH key: the private file, or the public one when an agent or a security key holds the rest.
    #[arg(long, value_name = "KEY")]
    pub(crate) key: PathBuf,
    /// Approve exactly what the request says.
    #[arg(long)]
    pub(crate) approve: bool,
    /// Refuse it.
    #[arg(long, requires = "reason")]
    pub(crate) refuse: bool,
    /// Why; needed to refuse.
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) reason: String,
    /// What must hold when it is sent: a number is the most allowed, a duration (PT24H) the oldest, a
    /// time of day (18:00, UTC) or a moment the end; may be given several times.
    #[arg(long, value_name = "FACT=VALUE", value_parser = fact, conflicts_with = "refuse")]
    pub(crate) condition: Vec<(String, String)>,
    /// Your own data folder: its key stands for your account.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
}

/// `drillbook decision …`.
#[derive(Debug, Subcommand)]
pub(crate) enum DecisionCommand {
    /// List the decisions that can be taken back, and write the file of each.
    List(RequestsArgs),
    /// Take a decision back, as the person who made it or an owner of the policy; what was sent stays sent.
    Revoke(RevokeArgs),
    /// Check what was signed elsewhere and record it; taking it in again changes nothing.
    Import {
        /// The file of a decision, a revocation, a break-glass, a review or a second reading, such a document with
        /// its `.sig` file beside it, or the `.sig` file of a decision alone; `-` for standard input.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        journal: Journal,
    },
}

/// `drillbook decision revoke`.
#[derive(Debug, Args)]
pub(crate) struct RevokeArgs {
    /// The decision file or the text of the message it came in; `-` for standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) by: Signing,
    /// Who you are in the policy; the decision's own reviewer when absent.
    #[arg(long, value_name = "PERSON")]
    pub(crate) person: Option<String>,
}

/// Who signs, and why.
#[derive(Debug, Args)]
pub(crate) struct Signing {
    /// Your SSH key: the private file, or the public one when an agent or a security key holds the rest.
    #[arg(long, value_name = "KEY")]
    pub(crate) key: PathBuf,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    /// Your own data folder: its key stands for your account.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
}

/// `drillbook glass …`.
#[derive(Debug, Subcommand)]
pub(crate) enum GlassCommand {
    /// Go on without a quorum, as a person whom the policy names for emergencies; a review is owed.
    Break {
        /// The request file or the text of the message it came in; `-` for standard input.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        by: Signing,
    },
    /// List the broken glass that owes a review, and write the file of each for its reviewer.
    List(RequestsArgs),
    /// Review broken glass after the fact, as another person with a role of the gate.
    Review(ReviewArgs),
}

/// `drillbook glass review`.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("finding").required(true).args(["justified", "unjustified"])))]
pub(crate) struct ReviewArgs {
    /// The break-glass file or the text of the message it came in; `-` for standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) by: Signing,
    /// It was right to go on.
    #[arg(long)]
    pub(crate) justified: bool,
    /// It was not: the drill may close, and the objection stays in its record.
    #[arg(long)]
    pub(crate) unjustified: bool,
}

/// `drillbook policy …`.
#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Show the policy in force as a page, with its fingerprint and how to compare it.
    Show {
        #[command(flatten)]
        journal: Journal,
        /// How to print.
        #[arg(long, value_enum, default_value_t = Output::Table)]
        output: Output,
    },
    /// Write the people and keys of the policy for `ssh-keygen -Y verify`.
    Export {
        /// The file that is written.
        #[arg(long, value_name = "FILE")]
        allowed_signers: PathBuf,
        #[command(flatten)]
        journal: Journal,
    },
    /// Change the policy.
    #[command(flatten)]
    Change(PolicyChange),
}

/// `drillbook policy …`, the part that changes it.
#[derive(Debug, Subcommand)]
pub(crate) enum PolicyChange {
    /// Write the next version as a file to be edited; its owners sign it with `policy sign`.
    Propose {
        /// The file that is written.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        journal: Journal,
    },
    /// Sign a proposed version as one of the owners; the signature is added to FILE.sig.
    Sign {
        /// The proposed version.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Your SSH key.
        #[arg(long, value_name = "KEY")]
        key: PathBuf,
    },
    /// Take a version into force that enough owners of the version before have signed.
    Adopt {
        /// The proposed version, with FILE.sig beside it.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        journal: Journal,
    },
}

/// `drillbook second-read`.
#[derive(Debug, Args)]
pub(crate) struct SecondReadArgs {
    /// The bundle of the drill, for internal readers or an auditor.
    #[arg(value_name = "FILE.zip")]
    pub(crate) bundle: PathBuf,
    /// Your own connection to the drill's subscription, by its name.
    #[arg(
        long,
        value_name = "NAME",
        required_unless_present = "simulator",
        conflicts_with = "simulator"
    )]
    pub(crate) connection: Option<String>,
    /// Your own data folder, which holds the connection.
    #[arg(long, value_name = "DIR", requires = "connection")]
    pub(crate) data: Option<PathBuf>,
    /// Address of a running simulator.
    #[arg(long, value_name = "URL")]
    pub(crate) simulator: Option<String>,
    /// The simulator's certificate authority, as `simulator serve --ca-out` writes it.
    #[arg(long, value_name = "FILE", requires = "simulator")]
    pub(crate) ca: Option<PathBuf>,
    /// Your SSH key: the private file, or the public one when an agent or a security key holds the rest.
    #[arg(long, value_name = "KEY")]
    pub(crate) key: PathBuf,
    /// Who you are in the policy.
    #[arg(long, value_name = "PERSON")]
    pub(crate) person: String,
    /// Your own file of signers, to check the bundle by.
    #[arg(long, value_name = "FILE")]
    pub(crate) allowed_signers: Option<PathBuf>,
    /// The signed comparison, to be sent to the operator.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

/// Reads `PERSON=PUBKEYFILE`.
pub(crate) fn reviewer(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((person, file)) if !person.is_empty() && !file.is_empty() => {
            Ok((person.to_owned(), PathBuf::from(file)))
        }
        _ => Err("a person and a public key file, such as rita@example.com=rita.pub".to_owned()),
    }
}

/// Reads `FACT=VALUE`.
fn fact(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((fact, value)) if !fact.is_empty() && !value.is_empty() => {
            Ok((fact.to_owned(), value.to_owned()))
        }
        _ => Err("a fact and a value, such as disks=2".to_owned()),
    }
}

/// Reads `90s`, `15m`, `2h`, `1d`, a number of seconds, or an ISO 8601 duration.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "a duration such as 90s, 15m, 2h or PT15M".to_owned();
    if text.starts_with('P') {
        let parsed = drillbook_runbook::duration::parse(text).map_err(|_| wrong())?;
        return parsed.to_std().map_err(|_| wrong());
    }
    let (number, unit) = match text.find(|c: char| !c.is_ascii_digit()) {
        Some(at) => text.split_at(at),
        None => (text, "s"),
    };
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let seconds = match unit {
        "ms" => return Ok(Duration::from_millis(number)),
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return Err(wrong()),
    };
    let seconds = number.checked_mul(seconds).ok_or_else(wrong)?;
    // Longer than anybody waits, and short enough to be added to any clock.
    Ok(Duration::from_secs(seconds.min(315_576_000)))
}
