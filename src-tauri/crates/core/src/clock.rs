//! The honest clock: RTO from T0 to the charter's criterion, split into machine, waiting for sign-off
//! and operator time, and RPO of the oldest item (product.md, "Ends, purposes and the clock").

use crate::Timestamp;
use crate::drill::{Drill, IntentOutcome, RequestState};
use drillbook_runbook::model::Mark;
use serde_json::Value;

/// Whose turn it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// From an intent or a wait to its outcome.
    Machine,
    /// From a request for sign-off to its decision.
    Waiting,
    /// The rest.
    Operator,
}

/// A stretch of time that belonged to one of the three.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// Whose turn it was.
    pub part: Part,
    /// From.
    pub from: Timestamp,
    /// Until.
    pub until: Timestamp,
}

/// The clock as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClockReading {
    /// The declared disaster.
    pub t0: Option<Timestamp>,
    /// When the criterion was met.
    pub stopped: Option<Timestamp>,
    /// Seconds from T0 until the criterion was met, or until now.
    pub elapsed_seconds: u64,
    /// Seconds of it that a machine worked.
    pub machine_seconds: u64,
    /// Seconds of it that a sign-off was awaited.
    pub waiting_seconds: u64,
    /// Seconds of it that were the operator's.
    pub operator_seconds: u64,
    /// Seconds from opening to T0.
    pub preparation_seconds: u64,
    /// The objective.
    pub objective_seconds: Option<u64>,
    /// Recovery time, once the criterion was met.
    pub rto_seconds: Option<u64>,
    /// T0 minus the time of the oldest point used.
    pub rpo_seconds: Option<u64>,
    /// Stretches since T0.
    pub segments: Vec<Segment>,
}

type Span = (Timestamp, Timestamp);

/// Reads the clock of a drill at `now`.
pub fn clock(drill: &Drill, now: Timestamp) -> ClockReading {
    let stopped = criterion(drill).and_then(|mark| drill.marks.get(&mark).copied());
    let ended = drill.end.map(|(at, _)| at);
    let until = stopped.or(ended).unwrap_or(now);
    let mut reading = ClockReading {
        t0: drill.t0,
        stopped,
        elapsed_seconds: 0,
        machine_seconds: 0,
        waiting_seconds: 0,
        operator_seconds: 0,
        preparation_seconds: seconds(drill.opened, drill.t0.or(ended).unwrap_or(now)),
        objective_seconds: drill
            .objective("rto")
            .and_then(|text| duration_seconds(&text)),
        rto_seconds: None,
        rpo_seconds: rpo(drill),
        segments: Vec::new(),
    };
    let Some(t0) = drill.t0 else { return reading };
    reading.segments = segments(&machine(drill, until), &waiting(drill, until), t0, until);
    reading.elapsed_seconds = seconds(t0, until);
    reading.machine_seconds = seconds_of(&reading.segments, Part::Machine);
    reading.waiting_seconds = seconds_of(&reading.segments, Part::Waiting);
    // The three are the whole: what is cut off the others is the operator's.
    let others = reading.machine_seconds + reading.waiting_seconds;
    reading.operator_seconds = reading.elapsed_seconds.saturating_sub(others);
    reading.rto_seconds = stopped.map(|at| seconds(t0, at));
    reading
}

/// Returns where RTO stops, as the charter says.
fn criterion(drill: &Drill) -> Option<Mark> {
    match drill.names.one("rto_stops").and_then(Value::as_str) {
        Some("service validated" | "service-validated") => Some(Mark::ServiceValidated),
        _ => Some(Mark::DisksRestored),
    }
}

fn seconds(from: Timestamp, until: Timestamp) -> u64 {
    u64::try_from((until - from).num_seconds()).unwrap_or(0)
}

/// Adds up whose turn it was; fractions of a second are cut off the sum and not of each stretch.
fn seconds_of(segments: &[Segment], part: Part) -> u64 {
    let own = segments.iter().filter(|segment| segment.part == part);
    let whole: chrono::TimeDelta = own.map(|segment| segment.until - segment.from).sum();
    u64::try_from(whole.num_seconds()).unwrap_or(0)
}

fn duration_seconds(text: &str) -> Option<u64> {
    let duration = drillbook_runbook::duration::parse(text).ok()?;
    u64::try_from(duration.num_seconds()).ok()
}

fn machine(drill: &Drill, until: Timestamp) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    // What a person sends from a terminal of their own is the operator's time; a job of it has its wait.
    for intent in drill.intents.iter().filter(|intent| !intent.outside) {
        let open = matches!(
            intent.outcome,
            IntentOutcome::Open | IntentOutcome::Unanswered
        );
        let following = intent.poll_url.is_some() && intent.finished.is_none();
        let end = if open || following {
            until
        } else {
            intent.outcome_at.unwrap_or(intent.at)
        };
        spans.push((intent.at, end));
    }
    for run in drill.runs.values() {
        for element in run.elements.values() {
            if let Some(wait) = &element.wait {
                spans.push((wait.started, element.at.unwrap_or(until)));
            }
        }
    }
    spans
}

fn waiting(drill: &Drill, until: Timestamp) -> Vec<Span> {
    let end = |request: &crate::SignOff| match request.state {
        RequestState::Open => until,
        _ => request.decided.unwrap_or(until),
    };
    drill
        .requests
        .iter()
        .map(|request| (request.opened, end(request)))
        .collect()
}

/// Cuts the time between T0 and `until` at every change; where spans overlap it is machine.
fn segments(machine: &[Span], waiting: &[Span], t0: Timestamp, until: Timestamp) -> Vec<Segment> {
    let mut cuts: Vec<Timestamp> = machine
        .iter()
        .chain(waiting)
        .flat_map(|span| [span.0, span.1])
        .filter(|at| *at > t0 && *at < until)
        .chain([t0, until.max(t0)])
        .collect();
    cuts.sort();
    cuts.dedup();
    let covers =
        |spans: &[Span], from: Timestamp| spans.iter().any(|span| span.0 <= from && from < span.1);
    let mut all: Vec<Segment> = Vec::new();
    for pair in cuts.windows(2) {
        let part = if covers(machine, pair[0]) {
            Part::Machine
        } else if covers(waiting, pair[0]) {
            Part::Waiting
        } else {
            Part::Operator
        };
        match all.last_mut() {
            Some(last) if last.part == part => last.until = pair[1],
            _ => all.push(Segment {
                part,
                from: pair[0],
                until: pair[1],
            }),
        }
    }
    all
}

/// T0 minus the time of the recovery point, of the oldest item: the times that a choice's
/// `age_at_most` measured on the rows that were chosen.
fn rpo(drill: &Drill) -> Option<u64> {
    let t0 = drill.t0?;
    let mut oldest: Option<Timestamp> = None;
    for step in &drill.runbook.steps {
        let Some(run) = drill.runs.get(&step.id) else {
            continue;
        };
        for usable in step
            .usable
            .iter()
            .filter(|usable| usable.test.age_at_most.is_some())
        {
            for (value, ..) in run
                .elements
                .values()
                .filter_map(|element| element.choice.as_ref())
            {
                let rows = value
                    .as_array()
                    .map_or(std::slice::from_ref(value), Vec::as_slice);
                let times = rows.iter().filter_map(|row| time_of(&usable.query, row));
                oldest = times.chain(oldest).min();
            }
        }
    }
    oldest.map(|oldest| seconds(oldest, t0))
}

fn time_of(text: &str, row: &Value) -> Option<Timestamp> {
    let value = drillbook_runbook::query::on_row(text, row, &Value::Null).ok()?;
    value.as_str()?.parse::<Timestamp>().ok()
}
