//! The report for anybody: only what no audience is denied, from public fields alone.
//!
//! Deliberately absent: the fold of the drill. With its values withheld it would say what is not so.

use super::evidence;
use super::html::{Table, cite, list, moment, span, text};
use super::{limits, page, second};
use crate::fact::Fact;
use drillbook_trust::digest::Digest;
use drillbook_trust::disclosure::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Renders the report of a bundle that withholds every sealed value.
pub(super) fn render(
    facts: &[Fact],
    documents: &BTreeMap<Digest, Vec<u8>>,
    size: u64,
) -> Result<String, String> {
    let own: Vec<&Fact> = facts
        .iter()
        .filter(|fact| !fact.entry.drill.is_empty())
        .collect();
    let opened = own.first().ok_or("there is no drill")?;
    let runbook = opened
        .digest("runbook")
        .and_then(|digest| documents.get(&digest));
    let runbook: serde_json::Value =
        serde_json::from_slice(runbook.ok_or("the runbook is not here")?)
            .map_err(|error| error.to_string())?;
    let title = runbook["title"].as_str().unwrap_or_default();
    let body = [
        header(opened, title, size),
        outcome(&own),
        sign_offs(&own),
        second::readings(own.iter().copied(), documents),
        limits(),
        evidence::journal(facts),
    ]
    .concat();
    Ok(page(&opened.entry.drill, title, &body))
}

fn header(opened: &Fact, title: &str, size: u64) -> String {
    let word = |name: &str| text(opened.text(name).unwrap_or_default());
    let band = if opened.entry.env == "rehearsal" {
        "Rehearsal: the company, its machines and every answer are invented. Nothing was restored."
    } else {
        "Live drill: requests went to Azure."
    };
    let rows = [
        ("Drill", text(&opened.entry.drill)),
        ("Purpose", word("purpose")),
        ("Opened", moment(&opened.entry.at)),
        ("Operator", word("operator")),
        (
            "Runbook",
            format!("{} {}", word("runbook_id"), word("runbook_version")),
        ),
        ("Policy", format!("<code>{}</code>", word("policy"))),
        (
            "Log",
            format!("{}, {size} entries in all", text(&opened.entry.log)),
        ),
    ];
    let rows: String = rows
        .iter()
        .map(|(name, value)| format!("<dt>{name}</dt><dd>{value}</dd>\n"))
        .collect();
    format!(
        "<p class=\"band\">{band} For the public: names, answers and pictures are withheld; README.txt says what \
         that leaves open. All times are UTC. A number in brackets is the journal entry that says so.</p>\n\
         <header><h1>{}{}</h1>\n<dl>{rows}</dl></header>\n",
        text(title),
        cite(&[opened.entry.seq])
    )
}

fn outcome(own: &[&Fact]) -> String {
    let ended = own.iter().rfind(|fact| fact.entry.kind == "drill.ended");
    let end = ended.and_then(|fact| fact.text("end"));
    let (class, verdict) = match end {
        Some("closed") => ("good", "Closed: every step is done and nothing is owed."),
        Some("abandoned") => ("warn", "Abandoned: not finished, and nothing is owed."),
        Some(_) => ("bad", "Stopped: something is still owed."),
        None => ("warn", "Open: the drill has not ended."),
    };
    let seconds = |name: &str| {
        let value = ended.and_then(|fact| fact.entry.public.get(name)?.as_int());
        value
            .and_then(|value| u64::try_from(value).ok())
            .map_or("not known".to_owned(), span)
    };
    let cited = cite(
        &ended
            .map(|fact| fact.entry.seq)
            .into_iter()
            .collect::<Vec<_>>(),
    );
    let deviations: Vec<String> = of(own, "deviation.noted")
        .map(|fact| {
            let (step, code) = (fact.text("step"), fact.text("code"));
            let (step, code) = (
                text(step.unwrap_or_default()),
                text(code.unwrap_or_default()),
            );
            format!(
                "Step <code>{step}</code>: <code>{code}</code>{}",
                cite(&[fact.entry.seq])
            )
        })
        .collect();
    format!(
        "<section aria-labelledby=\"outcome\"><h2 id=\"outcome\">Outcome</h2>\n\
         <p class=\"verdict {class}\">{verdict}{cited}</p>\n\
         <p>Recovery time as recorded: {}. Recovery point as recorded: {}.{cited}</p>\n\
         <p>{}</p>\n<h3>Deviations</h3>\n{}</section>\n",
        seconds("rto_seconds"),
        seconds("rpo_seconds"),
        debts(own),
        list(&deviations, "None was recorded."),
    )
}

fn debts(own: &[&Fact]) -> String {
    let named = |kinds: &[&str]| -> BTreeSet<&str> {
        let facts = own
            .iter()
            .filter(|fact| kinds.contains(&fact.entry.kind.as_str()));
        facts.filter_map(|fact| fact.text("debt")).collect()
    };
    let booked = named(&["debt.booked"]);
    let paid = named(&["debt.paid", "debt.handed_over"]);
    format!(
        "{} debts were booked, {} are paid or handed over.",
        booked.len(),
        booked.intersection(&paid).count()
    )
}

fn sign_offs(own: &[&Fact]) -> String {
    let mut table = Table::new(
        "Requests for sign-off and what was decided",
        &["Gate", "Asked", "Covers", "Decided", "Sent"],
    );
    for asked in of(own, "request.opened") {
        let request = asked.text("request").unwrap_or_default();
        let under = |kind: &'static str| {
            of(own, kind).filter(move |fact| fact.text("request") == Some(request))
        };
        let said = |fact: &Fact, who: &str, what: &str| {
            let (who, seq) = (text(fact.text(who).unwrap_or_default()), fact.entry.seq);
            format!("{who}: {what}, {}{}", moment(&fact.entry.at), cite(&[seq]))
        };
        let decided = under("decision.recorded").map(|fact| {
            let verdict = text(fact.text("verdict").unwrap_or_default());
            said(fact, "reviewer", &verdict)
        });
        let revoked = under("decision.revoked");
        let revoked = revoked.map(|fact| said(fact, "person", "taken back"));
        let broken: Vec<&Fact> = under("glass.broken").collect();
        let reviewed = of(own, "glass.reviewed").filter(|fact| {
            let named = |one: &&Fact| one.text("break_glass") == fact.text("break_glass");
            broken.iter().any(named)
        });
        let reviewed = reviewed.map(|fact| said(fact, "reviewer", "reviewed it"));
        let glass = broken
            .iter()
            .map(|fact| said(fact, "person", "without a quorum"));
        let decided = decided.chain(revoked).chain(glass).chain(reviewed);
        let decided: Vec<String> = decided.collect();
        let covers = asked.entry.public.get("covers").and_then(Value::as_int);
        table.row(&[
            text(asked.text("gate").unwrap_or_default()),
            format!("{}{}", moment(&asked.entry.at), cite(&[asked.entry.seq])),
            covers.unwrap_or_default().to_string(),
            decided.join("<br>"),
            under("action.intended").count().to_string(),
        ]);
    }
    format!(
        "<section aria-labelledby=\"sign-offs\"><h2 id=\"sign-offs\">Sign-offs</h2>\n{}</section>\n",
        table.or("None was asked for.")
    )
}

fn of<'a>(own: &'a [&'a Fact], kind: &'static str) -> impl Iterator<Item = &'a Fact> {
    own.iter()
        .copied()
        .filter(move |fact| fact.entry.kind == kind)
}
