//! What was refused, failed or left out; the evidence; and the list of entries that is cited.

use super::Story;
use super::html::{Table, cite, list, text, time};
use crate::bundle;
use crate::fact::Fact;
use drillbook_trust::digest::Digest;
use drillbook_trust::time::parse;

/// A gate that never refuses proves nothing: what did not go through is evidence too.
pub(super) fn negative(story: &Story<'_>) -> String {
    let items: Vec<String> = story.own().filter_map(|fact| said(story, fact)).collect();
    format!(
        "<section aria-labelledby=\"negative\"><h2 id=\"negative\">Refused, failed, expired and skipped</h2>\n{}</section>\n",
        list(
            &items,
            "Nothing was refused, failed, ran out or was skipped."
        )
    )
}

fn said(story: &Story<'_>, fact: &Fact) -> Option<String> {
    let word = |name: &str| text(fact.text(name).unwrap_or_default());
    let step = || story.title(fact.text("step").unwrap_or_default());
    let sentence = match fact.entry.kind.as_str() {
        "command.refused" => format!(
            "The rules refused {}: <code>{}</code>",
            word("command"),
            word("code")
        ),
        "decision.recorded" if fact.text("verdict") == Some("refuse") => {
            format!(
                "{} refused a sign-off: {}",
                word("reviewer"),
                word("reason")
            )
        }
        "request.closed" => format!(
            "A request for sign-off was closed ({}): {}",
            word("how"),
            word("reason")
        ),
        "step.failed" => format!(
            "{} failed: {} <span class=\"soft\">({})</span>",
            step(),
            word("detail"),
            word("code")
        ),
        "step.skipped" => format!("{} was skipped: {}", step(), word("reason")),
        "step.not_applicable" => format!("{} did not apply", step()),
        kind if kind.starts_with("action.") => unsent(story, fact)?,
        "debt.kept" => format!("A deletion did not succeed: {}", word("message")),
        "expectation.judged" if !matches!(fact.text("result"), Some("passed")) => {
            format!(
                "{}: an expectation {} ({})",
                step(),
                word("result"),
                word("value")
            )
        }
        _ => return None,
    };
    Some(format!("{sentence}{}", cite(&[fact.entry.seq])))
}

/// A request that was not accepted, or of which nobody knows.
fn unsent(story: &Story<'_>, fact: &Fact) -> Option<String> {
    let word = |name: &str| text(fact.text(name).unwrap_or_default());
    let (what, why) = match fact.entry.kind.as_str() {
        "action.rejected" => ("was not accepted", word("message")),
        "action.unanswered" => ("had no usable answer", word("reason")),
        "action.given_up" => ("was given up", word("reason")),
        _ => return None,
    };
    let step = story.titled(fact.text("step").unwrap_or_default(), fact.text("element"));
    Some(format!("{step}: {} {what}: {why}", word("request_name")))
}

pub(super) fn evidence(story: &Story<'_>) -> String {
    let mut table = Table::new("Evidence, by entry", &["Step", "What", "File"]);
    for one in &story.drill.evidence {
        let file = one.evidence.as_deref().and_then(|text| text.parse().ok());
        let file = file.map(|digest| link(&bundle::evidence_name(&digest), &digest, ""));
        let file = file.or_else(|| blackened(story, one.seq));
        table.row(&[
            story.title(&one.step),
            format!(
                "{} <span class=\"soft\">({} {})</span>{}",
                text(&one.title),
                text(&one.kind),
                text(&one.detail),
                cite(&[one.seq])
            ),
            file.unwrap_or_default(),
        ]);
    }
    format!(
        "<section aria-labelledby=\"evidence\"><h2 id=\"evidence\">Evidence</h2>\n{}</section>\n",
        table.or("None was recorded.")
    )
}

/// A picture of which parts are blackened is filed under the root of its tiles.
fn blackened(story: &Story<'_>, seq: u64) -> Option<String> {
    let fact = story.own().find(|fact| fact.entry.seq == seq)?;
    let root = fact.digest("tile_root")?;
    Some(link(
        &bundle::redacted_name(&root),
        &root,
        " (parts blackened)",
    ))
}

fn link(name: &str, digest: &Digest, more: &str) -> String {
    let short = &digest.hex()[..16];
    format!("<a href=\"{name}\"><code>{short}</code></a>{more}")
}

pub(super) fn journal(facts: &[Fact]) -> String {
    let mut rows = String::new();
    for fact in facts {
        let entry = &fact.entry;
        let at = parse(&entry.at).map(time).unwrap_or_default();
        let about = fact
            .text("step")
            .or(fact.text("request_name"))
            .unwrap_or_default();
        rows += &format!(
            "<tr id=\"e{0}\"><td>{0}</td><td>{at}</td><td><code>{1}</code></td><td>{2}</td><td>{3}</td></tr>\n",
            entry.seq,
            text(&entry.kind),
            text(about),
            text(&entry.actor)
        );
    }
    format!(
        "<section aria-labelledby=\"journal\"><h2 id=\"journal\">Journal entries</h2>\n\
         <table><caption>The drill’s entries and the installation’s; their exact bytes are in journal.jsonl</caption>\
         <thead><tr><th scope=\"col\">Entry</th><th scope=\"col\">Time</th><th scope=\"col\">Kind</th><th scope=\"col\">About</th><th scope=\"col\">Who</th></tr></thead><tbody>\n\
         {rows}</tbody></table></section>\n"
    )
}
