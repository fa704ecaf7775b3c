//! `report.html`: a pure function of what the bundle shows, so that a verifier renders it again.
//!
//! Self-contained, without scripts; outcome and deviations first; each statement cites its entry.
//! Deliberately absent: any fact that is not in the bundle, the time of the export among them.

mod aftermath;
mod evidence;
mod html;
mod outcome;
mod outline;
mod owed;
mod second;
mod sign_offs;
mod steps;
mod timeline;

use crate::audience::Audience;
use crate::bundle;
use crate::fact::Fact;
use drillbook_core::{ClockReading, Drill, clock, elements, replay};
use drillbook_trust::digest::Digest;
use html::{list, text};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the sections are written from.
struct Story<'a> {
    facts: &'a [Fact],
    drill: Drill,
    clock: ClockReading,
    size: u64,
}

impl<'a> Story<'a> {
    /// Returns the drill's entries.
    fn own(&self) -> impl Iterator<Item = &'a Fact> + use<'a> {
        self.facts
            .iter()
            .filter(|fact| !fact.entry.drill.is_empty())
    }

    /// Returns the drill's entries of a kind.
    fn of(&self, kind: &'static str) -> impl Iterator<Item = &'a Fact> + use<'a> {
        self.own().filter(move |fact| fact.entry.kind == kind)
    }

    /// Returns the positions of the drill's entries of a kind.
    fn entries(&self, kind: &'static str) -> Vec<u64> {
        self.of(kind).map(|fact| fact.entry.seq).collect()
    }

    fn rehearsal(&self) -> bool {
        self.facts
            .first()
            .is_some_and(|fact| fact.entry.env == "rehearsal")
    }

    /// Returns the title of a step with the element it was done for.
    fn titled(&self, step: &str, element: Option<&str>) -> String {
        let declared = self.drill.runbook.step(step);
        let all = declared
            .map(|step| elements(&self.drill, step))
            .unwrap_or_default();
        let label = element.map(|key| {
            all.iter()
                .find(|one| one.key == key)
                .map_or(key, |one| one.label.as_str())
        });
        match label {
            Some(label) => format!("{}: {}", self.title(step), text(label)),
            None => self.title(step),
        }
    }

    /// Returns the title of a step, or its id when the runbook has none.
    fn title(&self, step: &str) -> String {
        let title = self
            .drill
            .runbook
            .step(step)
            .map(|step| step.title.as_str());
        text(title.filter(|title| !title.is_empty()).unwrap_or(step))
    }
}

/// Renders the report of the drill in these entries.
pub(crate) fn render(
    facts: &[Fact],
    documents: &BTreeMap<Digest, Vec<u8>>,
    size: u64,
    audience: Audience,
) -> Result<String, String> {
    if audience == Audience::Public {
        return outline::render(facts, documents, size);
    }
    let drill = folded(facts, documents)?;
    let clock = clock(&drill, drill.last_at);
    let story = Story {
        facts,
        drill,
        clock,
        size,
    };
    let title = story
        .of("drill.opened")
        .find_map(|fact| fact.text("title"))
        .unwrap_or_default();
    let id = &story.drill.id;
    let body: String = [
        outcome::header(&story, title),
        outcome::outcome(&story),
        outcome::objectives(&story),
        timeline::timeline(&story),
        steps::steps(&story),
        sign_offs::sign_offs(&story),
        sign_offs::sent(&story),
        owed::debt(&story),
        owed::findings(&story),
        evidence::negative(&story),
        evidence::evidence(&story),
        second::readings(story.own(), documents),
        limits(),
        evidence::journal(story.facts),
    ]
    .concat();
    Ok(page(id, title, &body))
}

/// Puts the sections into a page of its own.
fn page(id: &str, title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{} {}</title>\n<style>\n{}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n",
        text(id),
        text(title),
        include_str!("report/style.css"),
    )
}

/// Folds the drill from its entries, with the runbook it was opened with.
pub(crate) fn folded(
    facts: &[Fact],
    documents: &BTreeMap<Digest, Vec<u8>>,
) -> Result<Drill, String> {
    let own: Vec<&Fact> = facts
        .iter()
        .filter(|fact| !fact.entry.drill.is_empty())
        .collect();
    let first = own.first().ok_or("there is no drill")?;
    let digest = first
        .digest("runbook")
        .ok_or("the drill names no runbook")?;
    let bytes = documents.get(&digest).ok_or("the runbook is not here")?;
    let mut runbook: serde_json::Value =
        serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if let Some(members) = runbook.as_object_mut() {
        members.remove("type");
    }
    let runbook = Arc::new(serde_json::from_value(runbook).map_err(|error| error.to_string())?);
    let recorded: Result<Vec<_>, _> = own.iter().map(|fact| fact.recorded()).collect();
    let recorded = recorded.map_err(|error| error.to_string())?;
    replay(&first.entry.drill, &runbook, recorded).ok_or_else(|| "no drill was opened".to_owned())
}

fn limits() -> String {
    let sentences = |all: &[String]| list(&all.iter().map(|one| text(one)).collect::<Vec<_>>(), "");
    let undetectable: Vec<String> = bundle::UNDETECTABLE
        .iter()
        .map(|one| (*one).to_owned())
        .collect();
    format!(
        "<section aria-labelledby=\"limits\"><h2 id=\"limits\">What this does not prove</h2>\n{}\
         <h3>What somebody with the installation’s key, but no person’s, can change unseen</h3>\n{}</section>\n",
        sentences(&bundle::not_proven()),
        sentences(&undetectable),
    )
}
