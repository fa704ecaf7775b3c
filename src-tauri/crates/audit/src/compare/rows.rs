//! The lines of a comparison, in the order of the report.

use super::{Row, Told, plain};
use drillbook_core::{Drill, RequestState, elements, step_state};
use drillbook_runbook::duration;
use drillbook_trust::action::{Action, differences};
use drillbook_trust::time;
use std::collections::{BTreeMap, BTreeSet};

/// How the ids of resources begin once they are plain.
const GROUPS: &str = "/subscriptions/SUBSCRIPTION/resourcegroups/";

/// Stands where one of the two has nothing.
const NONE: &str = "-";

pub(super) fn rows(a: &Told, b: &Told) -> Vec<Row> {
    let mut all = drills(a, b);
    all.extend(objectives(a, b));
    all.extend(steps(a, b));
    all.extend(deviations(a, b));
    all.extend(requests(a, b));
    all
}

fn row(part: &'static str, what: &str, a: String, b: String, differs: bool) -> Row {
    let what = what.to_owned();
    Row {
        part,
        what,
        a,
        b,
        differs,
    }
}

/// A line that differs when its texts do.
fn compared(part: &'static str, what: &str, a: String, b: String) -> Row {
    let differs = a != b;
    row(part, what, a, b, differs)
}

/// A line that is shown and never decides.
fn shown(part: &'static str, what: &str, a: String, b: String) -> Row {
    row(part, what, a, b, false)
}

fn drills(a: &Told, b: &Told) -> Vec<Row> {
    let both = |tell: &dyn Fn(&Told) -> String| (tell(a), tell(b));
    let lines: [(&str, bool, (String, String)); 6] = [
        ("drill", false, both(&|told| told.drill.id.clone())),
        (
            "opened",
            false,
            both(&|told| time::to_text(told.drill.opened)),
        ),
        (
            "environment",
            false,
            both(&|told| {
                let first = told.facts.first();
                first.map_or_else(String::new, |fact| fact.entry.env.clone())
            }),
        ),
        (
            "runbook",
            true,
            both(&|told| format!("{} {}", told.drill.runbook.id, told.drill.runbook.version)),
        ),
        (
            "runbook's digest",
            true,
            both(&|told| told.drill.runbook_digest.clone()),
        ),
        (
            "ended",
            true,
            both(&|told| {
                let end = told.drill.end.as_ref();
                end.map_or("open", |(_, end)| end.word()).to_owned()
            }),
        ),
    ];
    let line = |(what, decides, (a, b)): (&str, bool, (String, String))| match decides {
        true => compared("drill", what, a, b),
        false => shown("drill", what, a, b),
    };
    lines.into_iter().map(line).collect()
}

/// A goal, what came of it, and whether it was met.
struct Objective {
    goal: Option<u64>,
    result: Option<u64>,
}

impl Objective {
    fn met(&self) -> Option<bool> {
        Some(self.result? <= self.goal?)
    }

    fn words(&self) -> String {
        let goal = self
            .goal
            .map_or(NONE.to_owned(), |goal| format!("goal {}", span(goal)));
        match (self.result, self.met()) {
            (Some(result), Some(true)) => format!("{}, {goal}, met", span(result)),
            (Some(result), Some(false)) => format!("{}, {goal}, not met", span(result)),
            (Some(result), None) => span(result),
            (None, _) => format!("no result, {goal}"),
        }
    }
}

fn objectives(a: &Told, b: &Told) -> Vec<Row> {
    let mut all = Vec::new();
    for (what, of) in [
        ("recovery time", rto as fn(&Told) -> Objective),
        ("recovery point", rpo),
    ] {
        let (one, other) = (of(a), of(b));
        let differs = (one.met(), one.goal) != (other.met(), other.goal);
        all.push(row("objective", what, one.words(), other.words(), differs));
    }
    let owed = |told: &Told| told.drill.open_debts().count();
    let left = |told: &Told| match owed(told) {
        0 => "nothing owed".to_owned(),
        count => format!("{count} owed"),
    };
    all.push(compared("objective", "cleanup", left(a), left(b)));
    let turns = |told: &Told| {
        let clock = &told.clock;
        format!(
            "machine {}, sign-off {}, operator {}",
            span(clock.machine_seconds),
            span(clock.waiting_seconds),
            span(clock.operator_seconds)
        )
    };
    all.push(shown("objective", "time since T0", turns(a), turns(b)));
    all
}

fn rto(told: &Told) -> Objective {
    Objective {
        goal: told.clock.objective_seconds,
        result: told.clock.rto_seconds,
    }
}

fn rpo(told: &Told) -> Objective {
    let goal = told.drill.objective("rpo");
    let goal = goal.and_then(|text| duration::parse(&text).ok());
    Objective {
        goal: goal.and_then(|goal| u64::try_from(goal.num_seconds()).ok()),
        result: told.clock.rpo_seconds,
    }
}

fn steps(a: &Told, b: &Told) -> Vec<Row> {
    let mut ids: Vec<&str> = a
        .drill
        .runbook
        .steps
        .iter()
        .map(|step| step.id.as_str())
        .collect();
    for step in &b.drill.runbook.steps {
        if !ids.contains(&step.id.as_str()) {
            ids.push(&step.id);
        }
    }
    let line = |id: &str| {
        let (one, other) = (outcome(a, id), outcome(b, id));
        let words = |told: &Told, outcome: &str| match took(told, id) {
            Some(seconds) => format!("{outcome}, {}", span(seconds)),
            None => outcome.to_owned(),
        };
        row("step", id, words(a, &one), words(b, &other), one != other)
    };
    ids.into_iter().map(line).collect()
}

fn outcome(told: &Told, id: &str) -> String {
    match told.drill.runbook.index(id) {
        Some(index) => step_state(&told.drill, index).word().to_owned(),
        None => NONE.to_owned(),
    }
}

/// Returns the seconds from the first to the last entry of a step.
fn took(told: &Told, id: &str) -> Option<u64> {
    let own = told
        .facts
        .iter()
        .filter(|fact| fact.text("step") == Some(id));
    let mut times = own.filter_map(|fact| time::parse(&fact.entry.at));
    let first = times.next()?;
    let last = times.next_back().unwrap_or(first);
    u64::try_from((last - first).num_seconds()).ok()
}

fn deviations(a: &Told, b: &Told) -> Vec<Row> {
    let (one, other) = (deviating(&a.drill), deviating(&b.drill));
    let all: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    let count = |of: &BTreeMap<String, usize>, what: &str| match of.get(what) {
        Some(1) => "once".to_owned(),
        Some(count) => format!("{count} times"),
        None => NONE.to_owned(),
    };
    all.into_iter()
        .map(|what| compared("deviation", what, count(&one, what), count(&other, what)))
        .collect()
}

/// What was not as planned, in words that any drill could say, and how often.
fn deviating(drill: &Drill) -> BTreeMap<String, usize> {
    let mut all = BTreeMap::new();
    let noted = drill.deviations.iter();
    for text in noted.map(|one| format!("{}: {}", one.step, plain::text(drill, &one.text))) {
        *all.entry(text).or_default() += 1;
    }
    for (step, run) in &drill.runs {
        let declared = drill.runbook.step(step);
        for judged in run.elements.values().flat_map(|one| &one.judged) {
            let that = declared.and_then(|step| step.expectations.get(judged.number));
            if let (Some(that), false) = (that, judged.result == "passed") {
                let text = format!("{step}: {}: {}", judged.result, that.that);
                *all.entry(text).or_default() += 1;
            }
        }
    }
    all
}

fn requests(a: &Told, b: &Told) -> Vec<Row> {
    let (one, other) = (actions(&a.drill), actions(&b.drill));
    let all: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    let line = |what: &String| match (one.get(what), other.get(what)) {
        (Some(before), Some(after)) => {
            let changed = differences(before, after);
            match changed.is_empty() {
                true => row("request", what, "asked".into(), "the same".into(), false),
                false => row("request", what, "asked".into(), changed.join(", "), true),
            }
        }
        (Some(_), None) => row("request", what, "asked".into(), NONE.into(), true),
        (None, _) => row("request", what, NONE.into(), "asked".into(), true),
    };
    all.into_iter().map(line).collect()
}

/// What sign-off was asked for last, by step and element, without what differs between any two drills.
fn actions(drill: &Drill) -> BTreeMap<String, Action> {
    let mut all = BTreeMap::new();
    let asked = drill
        .requests
        .iter()
        .filter(|request| request.state != RequestState::Withdrawn);
    for cover in asked.flat_map(|request| &request.covers) {
        let Some(action) = &cover.action else {
            continue;
        };
        let label = cover
            .element
            .as_deref()
            .map(|key| label(drill, &cover.step, key));
        let what = match label {
            Some(label) => format!("{} ({label})", cover.step),
            None => cover.step.clone(),
        };
        all.insert(what, without_ids(drill, action));
    }
    all
}

fn label(drill: &Drill, step: &str, key: &str) -> String {
    let known = drill.runbook.step(step).map(|step| elements(drill, step));
    let known = known.unwrap_or_default();
    let label = known
        .iter()
        .find(|one| one.key == key)
        .map_or(key, |one| one.label.as_str());
    let label = plain::text(drill, label);
    // Within one subscription a resource is known by its group and what follows.
    match label.strip_prefix(GROUPS) {
        Some(short) => short.replace("/providers/", ": "),
        None => label,
    }
}

/// An action that can no longer be read after its ids were taken out is compared as it is.
fn without_ids(drill: &Drill, action: &Action) -> Action {
    let value = serde_json::to_value(action).unwrap_or_default();
    serde_json::from_value(plain::value(drill, &value)).unwrap_or_else(|_| action.clone())
}

fn span(seconds: u64) -> String {
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds} s"),
        (0, _) => format!("{minutes} min {} s", seconds % 60),
        _ => format!("{hours} h {minutes} min"),
    }
}
