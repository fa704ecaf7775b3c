//! The drill clock.

use super::Sight;
use super::words::{number, time};
use crate::ipc::views::{ClockView, SegmentKindView, SegmentView};
use drillbook_core::{Drill, Part, StepState, clock, current_step, step_state};
use drillbook_runbook::Mark;

/// Returns the clock of a drill.
pub fn view(sight: &Sight, drill: &Drill) -> ClockView {
    let reading = clock(drill, sight.now.max(drill.last_at));
    let ended = drill.end.is_some() || reading.stopped.is_some();
    let segments: Vec<SegmentView> = reading.segments.iter().map(segment).collect();
    let running = segments.last().filter(|_| !ended).map(|last| last.kind);
    let earlier: Vec<u64> = sight
        .earlier(drill)
        .into_iter()
        .map(|(_, seconds)| seconds)
        .collect();
    ClockView {
        t0: reading.t0.map(time),
        t0_step: declares(drill),
        objective: reading.objective_seconds.map(number),
        elapsed: number(reading.elapsed_seconds),
        as_of: time(sight.now),
        rate: rate(sight, drill),
        machine: number(reading.machine_seconds),
        waiting: number(reading.waiting_seconds),
        operator: number(reading.operator_seconds),
        preparation: number(reading.preparation_seconds),
        stopped: reading.stopped.map(time),
        met: reading
            .rto_seconds
            .zip(reading.objective_seconds)
            .map(|(took, bound)| took <= bound),
        running: running
            .or_else(|| (!ended && reading.t0.is_none()).then_some(SegmentKindView::Preparation)),
        likely: (!earlier.is_empty())
            .then(|| number(earlier.iter().sum::<u64>() / earlier.len() as u64)),
        segments,
    }
}

/// Returns how many virtual seconds pass in a real one: more than one only while a wait is shortened.
pub fn rate(sight: &Sight, drill: &Drill) -> u32 {
    let waits =
        current_step(drill).is_some_and(|index| step_state(drill, index) == StepState::Running);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "speeds are small and positive"
    )]
    if waits {
        sight.engine.clock().speed() as u32
    } else {
        1
    }
}

fn declares(drill: &Drill) -> u32 {
    let step = drill
        .runbook
        .steps
        .iter()
        .position(|step| step.marks == Some(Mark::T0));
    number(step.map_or(0, |index| index + 1))
}

/// Returns one stretch of the bar.
pub fn segment(segment: &drillbook_core::Segment) -> SegmentView {
    SegmentView {
        kind: match segment.part {
            Part::Machine => SegmentKindView::Machine,
            Part::Waiting => SegmentKindView::Waiting,
            Part::Operator => SegmentKindView::Operator,
        },
        from: time(segment.from),
        to: Some(time(segment.until)),
        seconds: number((segment.until - segment.from).num_seconds()),
    }
}
