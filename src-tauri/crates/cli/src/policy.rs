//! `drillbook policy`: the policy in force as a page, and as `allowed_signers`.
//!
//! Deliberately absent: judging who is who. The fingerprint is compared by people.

mod change;

use crate::args::{Journal, Output, PolicyCommand};
use crate::output::{Failure, line, rows};
use chrono::Utc;
use drillbook_engine::Roster;
use drillbook_trust::document::{GateRule, Policy};
use drillbook_trust::exchange::plain;
use drillbook_trust::time::to_text;
use std::path::Path;
use std::process::ExitCode;

/// Shows or exports the policy.
pub(crate) async fn run(command: PolicyCommand) -> Result<ExitCode, Failure> {
    match command {
        PolicyCommand::Change(change) => change::run(change).await?,
        PolicyCommand::Show { journal, output } => show(&roster(&journal)?, output)?,
        PolicyCommand::Export {
            allowed_signers,
            journal,
        } => export(&roster(&journal)?, &allowed_signers)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn roster(journal: &Journal) -> Result<Roster, Failure> {
    let at = journal.at()?;
    Roster::read(&at)?.ok_or_else(|| {
        let sentence = format!("no policy was adopted in {}", at.home().display());
        let next = "Name the data folder with --data, and the live journal in it with --live.";
        Failure::new("policy.none", &sentence, next)
    })
}

fn show(roster: &Roster, output: Output) -> Result<(), Failure> {
    match output {
        Output::Table => {
            line(plain(&page(roster)).trim_end());
            Ok(())
        }
        Output::Json => {
            line(&String::from_utf8_lossy(roster.policy.bytes()));
            Ok(())
        }
        Output::Tsv => {
            let people = roster.policy.value().people.iter();
            let table: Vec<Vec<String>> = people
                .map(|(id, person)| vec![id.clone(), person.roles.join(","), person.keys.join(",")])
                .collect();
            rows(output, &["person", "roles", "keys"], &table)
        }
    }
}

fn page(roster: &Roster) -> String {
    let policy = roster.policy.value();
    let mut page = vec![
        format!("Policy version {} of {}", policy.version, roster.origin),
        format!("  this version  {}", roster.policy.digest()),
        format!("  fingerprint   {} (version 1)", roster.fingerprint()),
        format!(
            "  in force      {} to {}",
            to_text(policy.not_before),
            to_text(policy.not_after)
        ),
        format!(
            "  review every  {}{}; journals are kept {}",
            policy.review_every,
            due(roster),
            policy.retention
        ),
        String::new(),
        "To compare it out of band: an owner reads the fingerprint of version 1 to you by voice or"
            .to_owned(),
        "shows it on paper; every later version is signed by the owners of the version before it."
            .to_owned(),
        String::new(),
        format!(
            "Owners, {} of whom must sign the next version",
            policy.threshold
        ),
    ];
    page.extend(policy.owners.iter().map(|id| format!("  {id}")));
    page.extend([String::new(), "People".to_owned()]);
    for (id, person) in &policy.people {
        page.push(format!("  {id}: {}", person.roles.join(", ")));
        for key in &person.keys {
            page.push(format!("    {key}{}", key_note(roster, key)));
        }
    }
    page.extend([String::new(), "Gates".to_owned()]);
    page.extend(policy.gates.iter().map(|(name, rule)| gate(name, rule)));
    page.extend([String::new(), breaking_glass(policy)]);
    if !policy.readers.is_empty() {
        page.push(format!(
            "Evidence may be read by {}, too.",
            policy.readers.join(", ")
        ));
    }
    page.join("\n")
}

fn due(roster: &Roster) -> String {
    match roster.review_due() {
        Some(due) if due < Utc::now() => format!(", overdue since {}", to_text(due)),
        Some(due) => format!(", next by {}", to_text(due)),
        None => String::new(),
    }
}

fn key_note(roster: &Roster, key: &str) -> String {
    if roster.policy.value().is_revoked(key) {
        return " (taken out of use)".to_owned();
    }
    match roster.keys.get(key) {
        Some(key) if key.is_security_key() => " (security key)".to_owned(),
        Some(_) => String::new(),
        None => " (the key itself is not known here)".to_owned(),
    }
}

fn gate(name: &str, rule: &GateRule) -> String {
    let waits = match rule.request_valid_s {
        Some(seconds) => format!("a request waits {}", span(seconds)),
        None => "a request waits as long as it says".to_owned(),
    };
    let account = if rule.allows_same_device() {
        "; one account may ask and approve"
    } else {
        "; not on the account that asked"
    };
    format!(
        "  {name}: {} of {}; {waits}; an approval lives {}{account}",
        rule.quorum,
        rule.roles.join(" or "),
        span(rule.approval_valid_s)
    )
}

fn breaking_glass(policy: &Policy) -> String {
    if policy.break_glass.who.is_empty() {
        return "Nobody may go on without a quorum.".to_owned();
    }
    format!(
        "Without a quorum may go on: {}; another person reviews it within {}.",
        policy.break_glass.who.join(", "),
        span(policy.break_glass.review_within_s)
    )
}

fn span(seconds: u64) -> String {
    match seconds {
        s if s % 86_400 == 0 => format!("{} d", s / 86_400),
        s if s % 3_600 == 0 => format!("{} h", s / 3_600),
        s if s % 60 == 0 => format!("{} min", s / 60),
        s => format!("{s} s"),
    }
}

fn export(roster: &Roster, file: &Path) -> Result<(), Failure> {
    let (text, signers, missing) = roster.signers_file();
    std::fs::write(file, text).map_err(|error| {
        let sentence = format!("{} cannot be written: {error}", file.display());
        Failure::new("cli.file", &sentence, "Choose another file.")
    })?;
    line(&format!("{signers} signers written to {}", file.display()));
    for key in missing {
        line(&format!(
            "not written: {key}, whose key is not in this data folder"
        ));
    }
    Ok(())
}
