//! Two witnesses of one thing: Azure's own log against the journal, Azure's clock against ours, and statements of
//! the runbook that compare two answers. Where they contradict each other, a deviation is noted.
//!
//! Deliberately absent: refusing. A witness is heard after the fact; what it says stops nobody.

mod log;
mod reach;

pub use log::{ActivityLog, LoggedChange};

use crate::command::{Command, ExchangeFact};
use crate::drill::Drill;
use crate::{Event, Timestamp};
use chrono::TimeDelta;
use drillbook_runbook::model::Step;
use drillbook_trust::time::CLOCK_SKEW_S;

/// Azure's clock and ours are further apart than the format allows for.
pub const CLOCK: &str = "clock.disagrees";

/// The code of a statement that compares two witnesses and does not hold.
pub const CONTRADICTION: &str = "witness.contradicted";

fn deviation(step: &str, code: &str, text: String) -> Event {
    Event::DeviationNoted {
        step: step.to_owned(),
        source: "engine".to_owned(),
        code: code.to_owned(),
        text,
    }
}

/// Returns what has to be noted of one reading of Azure's log, as far as it was not noted before.
pub(crate) fn of_log(drill: &Drill, step: &str, log: &ActivityLog, now: Timestamp) -> Vec<Event> {
    let mut all = log::unexplained(drill, log);
    all.extend(log::missing(drill, log, now));
    let known = |code: &str, text: &str| {
        let mut noted = drill.deviations.iter();
        noted.any(|one| one.code == code && one.text == text)
    };
    all.into_iter()
        .filter(|(code, text)| !known(code, text))
        .map(|(code, text)| deviation(step, code, text))
        .collect()
}

/// Returns what has to be noted of statements that compare two witnesses.
pub(crate) fn of_statements(step: &Step, judged: &[Event]) -> Vec<Event> {
    let against = |event: &Event| match event {
        Event::ExpectationJudged {
            number,
            result,
            value,
            expected,
            ..
        } if matches!(result.as_str(), "failed" | "warned") => {
            let index = usize::try_from(*number).ok()?;
            let declared = step.expectations.get(index).filter(|one| one.witnesses)?;
            let text = format!(
                "Two witnesses contradict each other. {}: read {value}, expected {expected}",
                declared.that
            );
            Some(deviation(&step.id, CONTRADICTION, text))
        }
        _ => None,
    };
    judged.iter().filter_map(against).collect()
}

/// Returns how far Azure's clock is ahead of ours, when that is too far and nothing of it was noted yet.
pub(crate) fn clocks_apart(drill: &Drill, command: &Command) -> Option<TimeDelta> {
    if drill.deviations.iter().any(|one| one.code == CLOCK) {
        return None;
    }
    let mut ahead = exchanges(command).into_iter().filter_map(|one| one.skew);
    ahead.find(|skew| skew.num_seconds().abs() > CLOCK_SKEW_S)
}

/// Notes clocks that disagree beside the exchange that shows it; an exchange that is not kept shows nothing.
pub(crate) fn of_clocks(apart: TimeDelta, events: &[Event]) -> Option<Event> {
    let step = events.iter().find_map(|event| match event {
        Event::ExchangeRecorded { step, .. } => Some(step.clone()),
        _ => None,
    })?;
    let seconds = apart.num_seconds();
    let way = if seconds > 0 { "ahead of" } else { "behind" };
    let text = format!(
        "Azure's clock is {} seconds {way} the clock of this computer",
        seconds.abs()
    );
    Some(deviation(&step, CLOCK, text))
}

fn exchanges(command: &Command) -> Vec<&ExchangeFact> {
    match command {
        Command::RecordReads { exchanges, .. }
        | Command::RecordCheck { exchanges, .. }
        | Command::RecordFailure { exchanges, .. }
        | Command::Choose { exchanges, .. }
        | Command::Dispatch { exchanges, .. }
        | Command::TakeOutside { exchanges, .. } => exchanges.iter().collect(),
        Command::RecordOutcome {
            inside, exchange, ..
        } => inside.iter().chain(exchange).collect(),
        Command::RecordOperation { exchange, .. }
        | Command::RecordOutside { exchange, .. }
        | Command::RecordSearch { exchange, .. }
        | Command::RecordPoll { exchange, .. }
        | Command::RecordSurvey { exchange, .. }
        | Command::RecordGone { exchange, .. } => vec![exchange],
        _ => Vec::new(),
    }
}
