//! How it ended, what was not as planned, and the objectives against the results.

use super::html::{Table, cite, list, moment, span, text, time};
use super::{Story, aftermath};
use crate::bundle::evidence_name;
use crate::fact::Fact;
use drillbook_core::{EndOfDrill, IntentOutcome, Part, is_done};
use drillbook_trust::disclosure::Value;
use drillbook_trust::time::to_text;

pub(super) fn header(story: &Story<'_>, title: &str) -> String {
    let drill = &story.drill;
    let opened = story.entries("drill.opened");
    let origin = story.facts.first().map_or("", |fact| &fact.entry.log);
    let band = if story.rehearsal() {
        "Rehearsal: the company, its machines and every answer are invented. Nothing was restored."
    } else {
        "Live drill: requests went to Azure."
    };
    let purpose = story
        .of("drill.opened")
        .find_map(|fact| fact.text("purpose"))
        .unwrap_or("drill");
    let rows = [
        ("Drill", text(&drill.id)),
        ("Purpose", text(purpose)),
        ("Opened", format!("{} UTC", time(drill.opened))),
        ("Operator", text(&drill.operator)),
        (
            "Runbook",
            format!(
                "{} {}<br><code>{}</code>",
                text(&drill.runbook.id),
                text(&drill.runbook.version),
                text(&drill.runbook_digest)
            ),
        ),
        ("Policy", format!("<code>{}</code>", text(&drill.policy))),
        (
            "Subscription",
            format!("{} in {}", text(&drill.subscription), text(&drill.cloud)),
        ),
        (
            "Log",
            format!("{}, {} entries in all", text(origin), story.size),
        ),
    ];
    let stamps: String = story.facts.iter().filter_map(stamp).collect();
    let rows: String = rows
        .iter()
        .map(|(name, value)| format!("<dt>{name}</dt><dd>{value}</dd>\n"))
        .collect();
    format!(
        "<p class=\"band\">{band} All times are UTC. A number in brackets is the journal entry that says so.</p>\n\
         <header><h1>{}{}</h1>\n<dl>{rows}{stamps}</dl></header>\n",
        text(title),
        cite(&opened)
    )
}

/// Says what an authority outside stamped.
fn stamp(fact: &Fact) -> Option<String> {
    if fact.entry.kind != "checkpoint.timestamped" {
        return None;
    }
    let size = fact.entry.public.get("size").and_then(Value::as_int)?;
    let when = moment(fact.text("stamped")?);
    let file = fact.digest("evidence").map(|one| evidence_name(&one));
    Some(format!(
        "<dt>Time stamp</dt><dd>the first {size} entries existed at {when}, says the token {}{}; \
         README.txt says how to check it</dd>\n",
        text(&file.unwrap_or_default()),
        cite(&[fact.entry.seq])
    ))
}

/// Outcome and deviations come first: what went wrong must not be looked for.
pub(super) fn outcome(story: &Story<'_>) -> String {
    let drill = &story.drill;
    let ended = story.entries("drill.ended");
    let (class, verdict) = match drill.end.map(|(_, end)| end) {
        Some(EndOfDrill::Closed) => ("good", "Closed: every step is done and nothing is owed."),
        Some(EndOfDrill::Abandoned) => ("warn", "Abandoned: not finished, and nothing is owed."),
        Some(EndOfDrill::Stopped) => ("bad", "Stopped: something is still owed."),
        None => ("warn", "Open: the drill has not ended."),
    };
    let mut out = format!(
        "<section aria-labelledby=\"outcome\"><h2 id=\"outcome\">Outcome</h2>\n\
         <p class=\"verdict {class}\">{verdict}{}</p>\n",
        cite(&ended)
    );
    if let Some((at, reason)) = &drill.aborted {
        let entries = story.entries("drill.aborted");
        out += &format!(
            "<p>The operator broke the drill off at {}: {}{}</p>\n",
            time(*at),
            text(reason),
            cite(&entries)
        );
    }
    let open = unfinished(story);
    if !open.is_empty() {
        out += "<h3>What is not finished</h3>\n";
        out += &list(&open, "");
    }
    out += "<h3>Deviations</h3>\n";
    out += &list(&deviations(story), "None was recorded.");
    out + "</section>\n"
}

/// What stands open: the step it came to, outcomes nobody knows, and what is owed.
fn unfinished(story: &Story<'_>) -> Vec<String> {
    let drill = &story.drill;
    let mut items = Vec::new();
    let closed = matches!(drill.end, Some((_, EndOfDrill::Closed)));
    let done = |index: &usize| is_done(drill, &drill.runbook.steps[*index]);
    let first = (0..drill.runbook.steps.len()).find(|index| !done(index));
    if let (Some(index), false) = (first, closed) {
        let id = &drill.runbook.steps[index].id;
        let failed = story
            .of("step.failed")
            .filter(|fact| fact.text("step") == Some(id));
        let last = failed.last();
        let why = last.map(|fact| {
            let detail = text(fact.text("detail").unwrap_or_default());
            format!(": {detail}{}", cite(&[fact.entry.seq]))
        });
        let why = why.unwrap_or_default();
        items.push(format!(
            "Step {}, “{}”, is the first that is not done{why}",
            index + 1,
            story.title(id)
        ));
    }
    for intent in &drill.intents {
        if matches!(
            intent.outcome,
            IntentOutcome::Open | IntentOutcome::Unanswered
        ) {
            items.push(format!(
                "Outcome unknown: {} of {}{}",
                text(&intent.request_name),
                story.titled(&intent.step, intent.element.as_deref()),
                cite(&[intent.seq])
            ));
        }
    }
    for debt in drill.open_debts() {
        items.push(format!(
            "Owed: {}{}",
            text(&debt.what),
            cite(&[debt.booked.0])
        ));
    }
    items.extend(aftermath::owed(story));
    items
}

fn deviations(story: &Story<'_>) -> Vec<String> {
    let drill = &story.drill;
    let mut items: Vec<(u64, String)> = Vec::new();
    for one in &drill.deviations {
        let (step, source) = (story.title(&one.step), text(&one.source));
        items.push((
            one.seq,
            format!(
                "{step}: {} <span class=\"soft\">({source}, {})</span>{}",
                text(&one.text),
                text(&one.code),
                cite(&[one.seq])
            ),
        ));
    }
    for (step, run) in &drill.runs {
        for judged in run.elements.values().flat_map(|element| &element.judged) {
            if judged.result == "passed" {
                continue;
            }
            let that = drill
                .runbook
                .step(step)
                .and_then(|step| step.expectations.get(judged.number));
            let that = that.map(|one| one.that.as_str()).unwrap_or_default();
            let why = judged
                .acknowledged
                .as_deref()
                .map(|why| format!("; acknowledged: {}", text(why)));
            let sentence = format!(
                "{}: “{}” {} (read {}, expected {}){}{}",
                story.title(step),
                text(that),
                text(&judged.result),
                text(&judged.value),
                text(&judged.expected),
                why.unwrap_or_default(),
                cite(&[judged.seq])
            );
            items.push((judged.seq, sentence));
        }
    }
    for fact in story
        .facts
        .iter()
        .filter(|fact| fact.entry.kind == "clock.stepped_back")
    {
        let seq = fact.entry.seq;
        items.push((
            seq,
            format!("The computer’s clock had stepped back{}", cite(&[seq])),
        ));
    }
    items.sort();
    items.into_iter().map(|(_, sentence)| sentence).collect()
}

pub(super) fn objectives(story: &Story<'_>) -> String {
    let mut table = Table::new(
        "Objectives and results",
        &["Objective", "Goal", "Result", "Met"],
    );
    table.row(&rto(story));
    table.row(&rpo(story));
    table.row(&cleanup(story));
    let clock = &story.clock;
    let mut out = format!(
        "<section aria-labelledby=\"objectives\"><h2 id=\"objectives\">Objectives against results</h2>\n{}",
        table.or("")
    );
    if clock.t0.is_some() {
        let mut split = Table::new("Where the time since T0 went", &["Whose turn", "Time"]);
        for ((class, name), seconds) in TURNS.into_iter().zip(turns(story)) {
            let swatch = format!(
                "<svg style=\"width:.8em;height:.8em;margin:0\" viewBox=\"0 0 8 8\" aria-hidden=\"true\"><rect width=\"8\" height=\"8\" class=\"{class}\"/></svg>"
            );
            split.row(&[format!("{swatch} {name}"), span(seconds)]);
        }
        out += &split.or("");
    }
    let until = if clock.t0.is_some() {
        "T0"
    } else {
        "the last entry"
    };
    out += &format!(
        "<p>Preparation, from opening to {until}: {}.</p>\n",
        span(clock.preparation_seconds)
    );
    if story.rehearsal() {
        out += "<p class=\"warn\">This is rehearsal time: a simulator’s waits, shortened and counted in full. \
                It says nothing about how long Azure takes.</p>\n";
    }
    out + "</section>\n"
}

/// Whose turn it can be, with the class of its colour.
const TURNS: [(&str, &str); 3] = [
    (
        "machine",
        "Machine: from an intent or a wait to its outcome",
    ),
    (
        "waiting",
        "Waiting for sign-off: from a request to its decision",
    ),
    ("operator", "Operator: the rest"),
];

/// Returns the seconds of each turn, rounded so that they add up to the whole.
fn turns(story: &Story<'_>) -> [u64; 3] {
    let sum = |part: Part| {
        let segments = story
            .clock
            .segments
            .iter()
            .filter(|segment| segment.part == part);
        let millis: i64 = segments
            .map(|one| (one.until - one.from).num_milliseconds())
            .sum();
        u64::try_from(millis + 500).unwrap_or(0) / 1000
    };
    let whole = story.clock.elapsed_seconds;
    let machine = sum(Part::Machine).min(whole);
    let waiting = sum(Part::Waiting).min(whole - machine);
    [machine, waiting, whole - machine - waiting]
}

fn met(holds: Option<bool>) -> String {
    match holds {
        Some(true) => "<span class=\"good\">yes</span>".to_owned(),
        Some(false) => "<span class=\"bad\">no</span>".to_owned(),
        None => "<span class=\"soft\">not known</span>".to_owned(),
    }
}

fn goal(story: &Story<'_>, name: &str) -> String {
    let stated = story
        .of("field.entered")
        .filter(|fact| fact.text("name") == Some(name));
    let entries: Vec<u64> = stated.map(|fact| fact.entry.seq).collect();
    match story.drill.objective(name) {
        Some(goal) => format!("<code>{}</code>{}", text(&goal), cite(&entries)),
        None => "none".to_owned(),
    }
}

fn rto(story: &Story<'_>) -> [String; 4] {
    let clock = &story.clock;
    let criterion = story
        .drill
        .names
        .one("rto_stops")
        .and_then(|value| value.as_str());
    let criterion = text(criterion.unwrap_or("disks restored"));
    let mut entries = story.entries("t0.declared");
    entries.extend(clock.stopped.and_then(|at| passed_at(story, at)));
    let result = match (clock.t0, clock.rto_seconds) {
        (None, _) => "T0 was never declared".to_owned(),
        (Some(_), None) => format!(
            "not reached; {} since T0 until the end{}",
            span(clock.elapsed_seconds),
            cite(&entries)
        ),
        (Some(_), Some(seconds)) => format!("{}{}", span(seconds), cite(&entries)),
    };
    let holds = clock
        .rto_seconds
        .zip(clock.objective_seconds)
        .map(|(took, goal)| took <= goal);
    let holds = if clock.t0.is_some() && clock.rto_seconds.is_none() {
        Some(false)
    } else {
        holds
    };
    [
        format!("Recovery time (RTO), from T0 to “{criterion}”"),
        goal(story, "rto"),
        result,
        met(holds),
    ]
}

fn passed_at(story: &Story<'_>, at: drillbook_core::Timestamp) -> Option<u64> {
    let at = to_text(at);
    let mut passed = story.of("step.passed").filter(|fact| fact.entry.at == at);
    passed.next().map(|fact| fact.entry.seq)
}

fn rpo(story: &Story<'_>) -> [String; 4] {
    let aged = |step: &str| {
        let step = story.drill.runbook.step(step);
        step.is_some_and(|step| step.usable.iter().any(|row| row.test.age_at_most.is_some()))
    };
    let chosen = story
        .of("choice.made")
        .filter(|fact| fact.text("step").is_some_and(aged));
    let entries: Vec<u64> = chosen.map(|fact| fact.entry.seq).collect();
    let result = match story.clock.rpo_seconds {
        Some(seconds) => format!("{}{}", span(seconds), cite(&entries)),
        None => "no recovery point was used".to_owned(),
    };
    let goal_seconds = story
        .drill
        .objective("rpo")
        .and_then(|text| seconds_of(&text));
    let holds = story
        .clock
        .rpo_seconds
        .zip(goal_seconds)
        .map(|(age, goal)| age <= goal);
    let name = "Recovery point (RPO), T0 minus the time of the oldest point used";
    [name.to_owned(), goal(story, "rpo"), result, met(holds)]
}

/// Reads an ISO 8601 duration of days, hours, minutes and seconds.
fn seconds_of(text: &str) -> Option<u64> {
    let (mut seconds, mut number) = (0u64, String::new());
    let mut clock = false;
    for c in text.strip_prefix('P')?.chars() {
        let unit = match (c, clock) {
            ('T', _) => {
                clock = true;
                continue;
            }
            (c, _) if c.is_ascii_digit() => {
                number.push(c);
                continue;
            }
            ('W', false) => 604_800,
            ('D', false) => 86_400,
            ('H', true) => 3_600,
            ('M', true) => 60,
            ('S', true) => 1,
            _ => return None,
        };
        seconds = seconds.checked_add(number.parse::<u64>().ok()?.checked_mul(unit)?)?;
        number.clear();
    }
    Some(seconds)
}

fn cleanup(story: &Story<'_>) -> [String; 4] {
    let drill = &story.drill;
    let paid: Option<Vec<_>> = drill.debts.iter().map(|debt| debt.paid).collect();
    let last = paid
        .as_ref()
        .and_then(|all| all.iter().copied().max_by_key(|(_, at)| *at));
    let deadline = drill
        .deadline
        .map_or("none".to_owned(), |at| format!("by {}", time(at)));
    let set: Vec<u64> = story.entries("deadline.set");
    let (result, holds) = match (&paid, last) {
        _ if drill.debts.is_empty() => ("nothing was owed".to_owned(), Some(true)),
        (Some(_), Some((seq, at))) => {
            let holds = drill.deadline.map(|deadline| at <= deadline);
            (
                format!(
                    "everything gone or handed over at {}{}",
                    time(at),
                    cite(&[seq])
                ),
                holds,
            )
        }
        _ => {
            let open: Vec<u64> = drill.open_debts().map(|debt| debt.booked.0).collect();
            (
                format!("{} still owed{}", open.len(), cite(&open)),
                Some(false),
            )
        }
    };
    [
        "Cleanup".to_owned(),
        format!("{deadline}{}", cite(&set)),
        result,
        met(holds),
    ]
}
