//! Decisions that were taken back, gates that were passed without a quorum, and the reviews they owed.

use super::Story;
use super::html::{cite, moment, text, time};
use crate::fact::Fact;
use drillbook_core::{DecisionState, Glass, SignOff};

/// Says of a decision that it was taken back; nothing when it was not.
pub(super) fn taken_back(story: &Story<'_>, made: &DecisionState) -> String {
    let mut all = story.of("decision.revoked");
    let Some(fact) = all.find(|fact| fact.text("decision") == Some(&made.decision)) else {
        return String::new();
    };
    format!(
        "<br><span class=\"bad\">taken back by {}</span>, {}: {}{}",
        word(fact, "person"),
        moment(&fact.entry.at),
        word(fact, "reason"),
        cite(&[fact.entry.seq])
    )
}

/// Returns the gates of a sign-off that were passed without a quorum, each with its review.
pub(super) fn glass(story: &Story<'_>, sign_off: &SignOff) -> String {
    let all = story.drill.glass.iter();
    let own = all.filter(|one| one.request == sign_off.request);
    own.map(|one| broken(story, one)).collect()
}

fn broken(story: &Story<'_>, glass: &Glass) -> String {
    let named = |fact: &&Fact| fact.text("break_glass") == Some(&glass.break_glass);
    let entry: Vec<u64> = story
        .of("glass.broken")
        .filter(named)
        .map(|fact| fact.entry.seq)
        .collect();
    let review = story.of("glass.reviewed").find(named);
    let review = review.map_or_else(
        || "<span class=\"bad\">not reviewed</span>".to_owned(),
        reviewed,
    );
    format!(
        "<p><span class=\"bad\">Passed without a quorum</span> by {}, {}: {}{}. \
         Another person had to review that until {}: {review}</p>\n",
        text(&glass.person),
        time(glass.at),
        text(&glass.reason),
        cite(&entry),
        moment(&glass.review_due),
    )
}

fn reviewed(fact: &Fact) -> String {
    let (class, found) = match fact.text("verdict") {
        Some("approve") => ("good", "justified"),
        _ => ("bad", "not justified"),
    };
    let late = fact
        .entry
        .public
        .get("late")
        .and_then(|late| late.as_flag());
    format!(
        "<span class=\"{class}\">found {found}</span> by {}, {}{}: {}{}",
        word(fact, "reviewer"),
        moment(&fact.entry.at),
        if late == Some(true) { ", late" } else { "" },
        word(fact, "reason"),
        cite(&[fact.entry.seq])
    )
}

/// Returns what is still owed: each review, with its due time.
pub(super) fn owed(story: &Story<'_>) -> Vec<String> {
    let open = story
        .drill
        .glass
        .iter()
        .filter(|one| one.reviewed.is_none());
    let sentence = |one: &Glass| {
        let due = moment(&one.review_due);
        let who = text(&one.person);
        format!("Owed: a review of what {who} did without a quorum, due {due}")
    };
    open.map(sentence).collect()
}

fn word(fact: &Fact, name: &str) -> String {
    text(fact.text(name).unwrap_or_default())
}
