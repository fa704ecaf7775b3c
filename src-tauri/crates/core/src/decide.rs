//! Every rule of a drill: from a command to the facts it adds, or the reason why it may not.
//!
//! Deliberately absent: reading clocks, sending anything. `Effect::Dispatch` exists only in what
//! `decide` returns; the engine releases it after the append has committed.

mod action;
mod break_glass;
mod case;
mod cleanup;
mod debts;
mod ends;
mod evidence;
mod fields;
mod gate;
mod outcome;
mod outside;
mod reading;
mod reconcile;
mod revocation;
mod steps;
mod waits;

use crate::apply::{Recorded, apply};
use crate::command::{Command, Decision, Effect, ExchangeFact, Place};
use crate::compose::{NO_SALT, covers};
use crate::drill::{Drill, RunState};
use crate::elements::{Element, current_step, elements};
use crate::judge::{holds, run};
use crate::{Event, Json, Refusal, Timestamp, scope, witness};
pub use cleanup::STILL_THERE;
use drillbook_runbook::model::{Condition, Step, StepKind};
use drillbook_trust::digest::Digest;
pub use gate::stale_checks;
pub use reconcile::{has_job, may_give_up};
use serde_json::{Value, json};
pub use steps::may_skip;

/// Returns the facts that `command` adds to `drill` and what may be done once they are durable, or
/// why the rules forbid it.
///
/// # Errors
/// [`Refusal`] with its code and the next action.
pub fn decide(drill: &Drill, command: Command, now: Timestamp) -> Result<Decision, Refusal> {
    if drill.end.is_some()
        && !matches!(
            command,
            Command::Attach { .. }
                | Command::ResolveFinding { .. }
                | Command::GiveReminder { .. }
                | Command::ReviewGlass { .. }
                | Command::RecordReading { .. }
        )
    {
        return Err(Refusal::Ended);
    }
    let apart = witness::clocks_apart(drill, &command);
    let mut decision = decide_one(drill, command, now)?;
    let noted = apart.and_then(|apart| witness::of_clocks(apart, &decision.events));
    decision.events.extend(noted);
    follow_up(drill, &mut decision.events, now)?;
    Ok(decision)
}

fn decide_one(drill: &Drill, command: Command, now: Timestamp) -> Result<Decision, Refusal> {
    use Command::*;
    match command {
        Acknowledge { step } => steps::acknowledge(drill, &step),
        RecordReads { place, exchanges } => steps::reads(drill, &place, exchanges),
        RecordCheck {
            place,
            answers,
            exchanges,
            last_try,
        } => steps::check(drill, &place, &answers, exchanges, last_try, now),
        RecordFailure {
            place,
            exchanges,
            code,
            detail,
        } => steps::failure(drill, &place, exchanges, &code, detail),
        AcknowledgeWarning {
            place,
            number,
            reason,
        } => steps::warning(drill, &place, number, reason),
        Choose {
            place,
            answers,
            exchanges,
            keys,
            reason,
        } => {
            let chosen = steps::choose(drill, &place, &answers, &keys, reason, now)?;
            Ok(read_before(&place, exchanges, chosen))
        }
        EnterFields { step, values } => fields::fields(drill, &step, values),
        Skip { step, reason } => steps::skip(drill, &step, reason),
        OpenRequest { draft, policy } => gate::open(drill, *draft, &policy, now),
        CloseRequest { request, reason } => gate::close(drill, &request, reason, now),
        OpenEvidence { request, entry } => gate::open_evidence(drill, &request, entry),
        RecordDecision { decision, case } => gate::decision(drill, &decision, &case, now),
        RevokeDecision { revocation, case } => revocation::revoke(drill, &revocation, &case, now),
        Command::BreakGlass { glass, case } => break_glass::declare(drill, &glass, &case, now),
        ReviewGlass { review, case } => break_glass::review(drill, &review, &case),
        RecordReading { reading, case } => reading::record(drill, &reading, &case, now),
        Prepare { target, case } => action::prepare(drill, target, &case, now),
        Dispatch {
            target,
            case,
            before,
            exchanges,
        } => {
            let place = target.place.clone();
            let intended = action::dispatch(drill, target, &case, before, now)?;
            Ok(read_before(&place, exchanges, intended))
        }
        TakeOutside {
            target,
            case,
            before,
            exchanges,
            az,
        } => {
            let place = target.place.clone();
            let taken = outside::take(drill, target, &case, before, az, now)?;
            Ok(read_before(&place, exchanges, taken))
        }
        ReportOutside { target, az, pasted } => outside::ran(drill, target, az, pasted),
        RecordOutside {
            target,
            exchange,
            response,
        } => outside::state(drill, target, exchange, response, now),
        ContinueIntent { target, case } => action::continue_intent(drill, target, &case, now),
        RecordOutcome {
            target,
            inside,
            exchange,
            outcome,
        } => {
            let recorded = outcome::outcome(drill, &target, exchange, outcome)?;
            Ok(read_before(&target.place, inside, recorded))
        }
        RecordOperation {
            target,
            exchange,
            status,
            response,
            error,
        } => outcome::operation(drill, &target, exchange, status, response, error),
        RecordSearch {
            target,
            exchange,
            rows,
        } => reconcile::search(drill, &target, exchange, &rows, now),
        Adopt { target, key } => reconcile::adopt(drill, &target, &key),
        GiveUpIntent { target, reason } => reconcile::give_up(drill, &target, reason, now),
        StartWait { place } => waits::start_wait(drill, &place),
        RecordPoll {
            place,
            answers,
            exchange,
            polls,
        } => waits::poll(drill, &place, &answers, exchange, polls, now),
        RecordSurvey {
            debt,
            rows,
            exchange,
        } => cleanup::survey(drill, &debt, &rows, exchange),
        RecordGone {
            id,
            exchange,
            recoverable_until,
        } => cleanup::gone(drill, &id, exchange, recoverable_until),
        RecordKept { id, code, message } => cleanup::kept(drill, &id, code, message),
        HandOver { to } => cleanup::hand_over(drill, &to),
        SetDeadline { deadline, reason } => cleanup::deadline(deadline, reason, now),
        GiveReminder { moment, due } => cleanup::reminder(drill, moment, due),
        Attach { event } => ends::attach(drill, *event),
        AddFinding { owner, due, text } => ends::finding(drill, owner, due, text),
        ResolveFinding { finding, how } => ends::resolve(drill, finding, how),
        Abort { reason } => ends::abort(drill, reason),
        End => ends::end(drill, now),
    }
}

/// Returns a decision without effects.
fn facts(events: Vec<Event>) -> Decision {
    Decision {
        events,
        then: Vec::<Effect>::new(),
    }
}

/// Puts exchanges before what they led to, in the same append: a crash between the two would read again
/// and never get further.
fn read_before(place: &Place, exchanges: Vec<ExchangeFact>, decision: Decision) -> Decision {
    let element = place.element.as_deref();
    let read = exchanges
        .into_iter()
        .map(|exchange| exchange.into_event(&place.step, element));
    Decision {
        events: read.chain(decision.events).collect(),
        then: decision.then,
    }
}

fn step_of<'a>(drill: &'a Drill, step: &str) -> Result<&'a Step, Refusal> {
    drill
        .runbook
        .step(step)
        .ok_or_else(|| Refusal::UnknownStep {
            step: step.to_owned(),
        })
}

/// Returns the step if the drill is on it.
fn current<'a>(drill: &'a Drill, step: &str) -> Result<&'a Step, Refusal> {
    let found = step_of(drill, step)?;
    let on = current_step(drill).map(|index| drill.runbook.steps[index].id.as_str());
    if on == Some(step) {
        Ok(found)
    } else {
        Err(Refusal::NotCurrent {
            step: step.to_owned(),
        })
    }
}

fn of_kind<'a>(step: &'a Step, kinds: &[StepKind]) -> Result<&'a Step, Refusal> {
    if kinds.contains(&step.kind) {
        Ok(step)
    } else {
        Err(Refusal::WrongKind {
            step: step.id.clone(),
        })
    }
}

fn element_of(drill: &Drill, step: &Step, key: Option<&str>) -> Result<Element, Refusal> {
    // An empty key is not the same as none: intents and debts are told apart by it.
    let own = |element: &Element| element.value.as_ref().map(|_| element.key.clone());
    elements(drill, step)
        .into_iter()
        .find(|element| own(element).as_deref() == key)
        .ok_or_else(|| Refusal::UnknownElement {
            step: step.id.clone(),
            element: key.unwrap_or_default().to_owned(),
        })
}

/// Returns the drill as it will be once `events` are appended; positions and times are provisional.
fn foresee(drill: &Drill, events: &[Event], now: Timestamp) -> Drill {
    let mut next = drill.clone();
    for event in events {
        let entry = Recorded {
            seq: next.last_seq + 1,
            at: now.max(next.last_at),
            actor: String::new(),
            leaf: Digest::of(b"foreseen"),
            event: event.clone(),
        };
        next = apply(next, &entry);
    }
    next
}

/// Adds what follows from the facts by itself: actions that are complete, steps that do not apply.
fn follow_up(drill: &Drill, events: &mut Vec<Event>, now: Timestamp) -> Result<(), Refusal> {
    if events.is_empty() {
        return Ok(());
    }
    let mut foreseen = foresee(drill, events, now);
    loop {
        let mut more = action::completed(&foreseen, now)?;
        if more.is_empty() {
            more = not_applicable(&foreseen, now)?;
        }
        if more.is_empty() {
            return Ok(());
        }
        foreseen = foresee(&foreseen, &more, now);
        events.extend(more);
    }
}

/// Says of the step the drill is on, or of its elements, that they do not apply.
fn not_applicable(drill: &Drill, now: Timestamp) -> Result<Vec<Event>, Refusal> {
    let Some(step) = current_step(drill).map(|index| &drill.runbook.steps[index]) else {
        return Ok(Vec::new());
    };
    let not = |element: Option<&str>, value: Value| Event::StepNotApplicable {
        step: step.id.clone(),
        element: element.map(str::to_owned),
        value: Json(value),
    };
    if step.kind == StepKind::Cleanup {
        return Ok(if drill.debts.is_empty() {
            vec![not(None, json!([]))]
        } else {
            Vec::new()
        });
    }
    let all = elements(drill, step);
    if all.is_empty() {
        return Ok(vec![not(None, json!([]))]);
    }
    if let Some(when) = &step.when {
        let outside = ruled_out(drill, step, when, &all, now)?;
        if !outside.is_empty() {
            return Ok(outside
                .into_iter()
                .map(|(key, value)| not(key.as_deref(), value))
                .collect());
        }
    }
    Ok(if signs_nothing(drill, step, now) {
        vec![not(None, json!([]))]
    } else {
        Vec::new()
    })
}

/// Returns whether an approval step that is not settled has nothing to be signed.
fn signs_nothing(drill: &Drill, step: &Step, now: Timestamp) -> bool {
    step.kind == StepKind::Approval
        && is_open(drill, step, "")
        && covers(drill, step, &mut || NO_SALT.to_owned(), now).is_ok_and(|all| all.is_empty())
}

fn is_open(drill: &Drill, step: &Step, key: &str) -> bool {
    drill
        .run(&step.id, key)
        .is_none_or(|run| run.state == RunState::Open)
}

/// Returns the open elements that a step's condition rules out, each with the value that says so.
fn ruled_out(
    drill: &Drill,
    step: &Step,
    when: &Condition,
    all: &[Element],
    now: Timestamp,
) -> Result<Vec<(Option<String>, Value)>, Refusal> {
    let mut outside = Vec::new();
    for element in all.iter().filter(|one| is_open(drill, step, &one.key)) {
        let scope = scope(drill, step, element.value.as_ref(), None, now);
        if !holds(when, &scope, drill.measured_at(now))? {
            let key = element.value.as_ref().map(|_| element.key.clone());
            outside.push((key, run(&when.query, &scope)?));
        }
    }
    Ok(outside)
}
