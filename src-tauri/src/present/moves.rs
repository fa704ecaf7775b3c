//! What can be done at a step, by whom, and why not.

use super::{Sight, drill as drills, request, words};
use crate::ipc::views::{ActionKindView, ActionView, RoleView, StepStateView};
use drillbook_core::{Drill, IntentOutcome, RequestState, current_step, may_skip};
use drillbook_runbook::{Step, StepKind};

/// A move that is possible, secondary and harmless; the rest is set where it differs.
fn offer(kind: ActionKindView, label: &str) -> ActionView {
    ActionView {
        kind,
        label: label.to_owned(),
        consequence: None,
        changes_azure: false,
        primary: false,
        enabled: true,
        reason: None,
        person: None,
        step: None,
        needs_reason: false,
    }
}

fn primary(kind: ActionKindView, label: &str) -> ActionView {
    ActionView {
        primary: true,
        ..offer(kind, label)
    }
}

impl ActionView {
    fn so(mut self, consequence: &str) -> Self {
        self.consequence = Some(consequence.to_owned());
        self
    }

    fn unless(mut self, reason: Option<String>) -> Self {
        if let Some(reason) = reason {
            self.enabled = false;
            self.reason = Some(reason);
        }
        self
    }
}

/// Returns the move that breaks a drill off.
pub fn abort(sight: &Sight, drill: &Drill) -> ActionView {
    let why = if drill.end.is_some() {
        Some("The drill has ended.".to_owned())
    } else if drill.aborted.is_some() {
        Some("The drill was broken off already; what is left is cleanup and review.".to_owned())
    } else {
        not_the_operator(sight, drill)
    };
    let label = if drills::owed(drill) > 0 {
        "Stop and clean up…"
    } else {
        "Stop the drill…"
    };
    ActionView { needs_reason: true, ..offer(ActionKindView::Abort, label) }
        .so("A job that cannot be cancelled is waited for; then cleanup, the last check and the review run.")
        .unless(why)
}

fn not_the_operator(sight: &Sight, drill: &Drill) -> Option<String> {
    (!sight.plays(drill)).then(|| format!("{} plays this drill.", sight.name(&drill.operator)))
}

/// Returns what can be done at a step.
pub fn of_step(
    sight: &Sight,
    drill: &Drill,
    index: usize,
    state: StepStateView,
) -> Vec<ActionView> {
    let step = &drill.runbook.steps[index];
    let current = current_step(drill);
    if current.is_none() && drill.end.is_none() && index + 1 == drill.runbook.steps.len() {
        let why = not_the_operator(sight, drill);
        return vec![
            primary(ActionKindView::Close, "Close the drill")
                .so("The drill ends, and a checkpoint of the journal is signed.")
                .unless(why),
        ];
    }
    if current != Some(index) {
        return elsewhere(drill, current);
    }
    if !sight.plays(drill) {
        return others(sight, drill, step, state);
    }
    if sight.is_working(&drill.id, &step.id) {
        return Vec::new();
    }
    let mut all = mine(sight, drill, step, state);
    if may_skip(drill, step) && step.kind != StepKind::Approval {
        all.insert(
            0,
            ActionView {
                needs_reason: true,
                ..offer(ActionKindView::Skip, "Leave this step out…")
            },
        );
    }
    all
}

fn elsewhere(drill: &Drill, current: Option<usize>) -> Vec<ActionView> {
    let Some(index) = current else {
        return Vec::new();
    };
    let step = &drill.runbook.steps[index];
    let label = format!("Go to step {}", index + 1);
    vec![ActionView {
        step: Some(step.id.clone()),
        ..offer(ActionKindView::GoTo, &label)
    }]
}

fn others(sight: &Sight, drill: &Drill, step: &Step, state: StepStateView) -> Vec<ActionView> {
    let reviewing = sight.role() == RoleView::Reviewer && state == StepStateView::WaitingForSignOff;
    let _ = step;
    if reviewing {
        return Vec::new();
    }
    vec![switch(sight, &drill.operator, true)]
}

fn switch(sight: &Sight, person: &str, first: bool) -> ActionView {
    let name = sight.name(person);
    let given = name.split(' ').next().unwrap_or(name);
    let label = format!("Switch to {given}’s desk");
    ActionView { person: Some(person.to_owned()), primary: first, ..offer(ActionKindView::SwitchPerson, &label) }
        .so("Rehearsals only. The journal notes it, and the decision is marked as made on the same computer.")
}

fn mine(sight: &Sight, drill: &Drill, step: &Step, state: StepStateView) -> Vec<ActionView> {
    match step.kind {
        StepKind::Read => vec![primary(ActionKindView::Acknowledge, "I have read this")],
        StepKind::Check | StepKind::Validate => check(state),
        StepKind::Choose => choose(sight, drill, step),
        StepKind::Manual => vec![stated(drill, step)],
        StepKind::Approval => gate(sight, drill, step),
        StepKind::Action => action(drill, step, state),
        StepKind::Wait => wait(state),
        StepKind::Cleanup => cleanup(drill),
        StepKind::Review => vec![primary(ActionKindView::EnterFields, "Keep the review")],
    }
}

fn check(state: StepStateView) -> Vec<ActionView> {
    match state {
        StepStateView::Failed | StepStateView::NeedsAttention => {
            vec![
                primary(ActionKindView::ReadAgain, "Read again")
                    .so("Asks Azure once more; changes nothing."),
            ]
        }
        _ => vec![primary(ActionKindView::Run, "Read").so("Asks Azure; changes nothing.")],
    }
}

fn choose(sight: &Sight, drill: &Drill, step: &Step) -> Vec<ActionView> {
    let offers = sight.engine.offers(&drill.id, &step.id).unwrap_or_default();
    if offers.is_empty() {
        return vec![
            primary(ActionKindView::Run, "Read the list").so("Asks Azure; changes nothing."),
        ];
    }
    let many = step.choose.as_ref().is_some_and(|choose| choose.many);
    let usable = offers
        .iter()
        .any(|(_, rows)| rows.iter().any(|row| row.reasons.is_empty()));
    let why = (!usable).then(|| "No row can be used.".to_owned());
    vec![
        offer(ActionKindView::ReadAgain, "Read again"),
        primary(
            ActionKindView::Choose,
            if many { "Use these" } else { "Use this" },
        )
        .unless(why),
    ]
}

fn stated(drill: &Drill, step: &Step) -> ActionView {
    let pictured = drill
        .evidence
        .iter()
        .any(|one| one.step == step.id && one.kind == "picture");
    let wanted = step.evidence_after.iter().any(|wanted| wanted == "picture");
    let why = (wanted && !pictured).then(|| "A picture is needed first.".to_owned());
    let t0 = step.marks == Some(drillbook_runbook::Mark::T0);
    let (kind, label) = match (t0, step.fields.is_empty()) {
        (true, _) => (ActionKindView::EnterFields, "Declare T0 now"),
        (false, true) => (ActionKindView::Confirm, "Done"),
        (false, false) => (ActionKindView::EnterFields, "Keep this"),
    };
    let stated = primary(kind, label).unless(why);
    if t0 {
        stated.so("The clock starts with the journal’s own time.")
    } else {
        stated
    }
}

fn gate(sight: &Sight, drill: &Drill, step: &Step) -> Vec<ActionView> {
    let waiting = drill
        .sign_off(&step.id)
        .filter(|one| one.state == RequestState::Open);
    let Some(sign_off) = waiting else {
        let open = open_warning(drill);
        let why = open.map(|step| format!("Acknowledge the warning of “{}” first.", step.title));
        let asked = primary(ActionKindView::AskSignOff, "Ask for the sign-off");
        let asked = asked
            .so("Its checks are read again first. Nothing is sent.")
            .unless(why);
        return vec![ActionView {
            step: open.map(|step| step.id.clone()),
            ..asked
        }];
    };
    let mut all = vec![ActionView {
        needs_reason: true,
        ..offer(ActionKindView::Withdraw, "Take the request back…")
    }];
    let (_, policy) = request::policy(sight, &sign_off.request);
    let wanted = policy["gates"][&sign_off.gate]["roles"].clone();
    let fits = |role: &str| {
        wanted
            .as_array()
            .is_some_and(|roles| roles.iter().any(|one| one == role))
    };
    let reviewer = sight
        .people
        .iter()
        .find(|person| person.id != drill.operator && fits(&person.role));
    all.extend(
        reviewer
            .filter(|_| !sight.engine.is_live())
            .map(|person| switch(sight, &person.id, true)),
    );
    all
}

/// Returns the first step with a warning that nobody acknowledged.
fn open_warning(drill: &Drill) -> Option<&Step> {
    drill
        .runbook
        .steps
        .iter()
        .find(|step| drills::is_warned(drill, step))
}

fn action(drill: &Drill, step: &Step, state: StepStateView) -> Vec<ActionView> {
    if state == StepStateView::OutcomeUnknown {
        let looks = offer(ActionKindView::Run, "Keep looking")
            .so("Asks Azure for the job; sends nothing again.");
        return vec![looks, offer(ActionKindView::ResolveUnknown, "Decide…")];
    }
    let begun = drill.intents.iter().any(|intent| intent.step == step.id);
    let label = if begun {
        format!("Go on: {}", step.title)
    } else {
        step.title.clone()
    };
    let gate = step
        .signed_by
        .as_deref()
        .and_then(|gate| drill.sign_off(gate));
    let signed = gate.is_some_and(|one| one.state == RequestState::Approved);
    let why = (!signed).then(|| "No approval covers it.".to_owned());
    let open = drill
        .intents
        .iter()
        .any(|one| one.step == step.id && one.outcome == IntentOutcome::Open);
    let said = if open {
        "The app was stopped while this was sent: it looks for the outcome first."
    } else {
        "Sent once. What it will owe is written down first, then the request leaves."
    };
    let send = ActionView {
        changes_azure: true,
        ..primary(ActionKindView::Send, &label)
    };
    let again = ActionView {
        needs_reason: true,
        ..offer(ActionKindView::Withdraw, "Ask for another sign-off…")
    };
    let given_back = signed.then(|| {
        again.so("The approval is given back, and nothing more is sent under it; then the request is made anew.")
    });
    given_back
        .into_iter()
        .chain([send.so(said).unless(why)])
        .collect()
}

fn wait(state: StepStateView) -> Vec<ActionView> {
    match state {
        StepStateView::Failed => Vec::new(),
        _ => vec![
            primary(ActionKindView::Run, "Follow the job")
                .so("Asks Azure until it is over; changes nothing."),
        ],
    }
}

fn cleanup(drill: &Drill) -> Vec<ActionView> {
    let count = drill
        .open_debts()
        .flat_map(|debt| &debt.artefacts)
        .filter(|one| one.cleared.is_none())
        .map(|one| one.id.to_ascii_lowercase())
        .collect::<std::collections::BTreeSet<_>>()
        .len();
    let label = if count == 0 {
        "Prove that nothing is left".to_owned()
    } else {
        format!("Delete {}", words::plural(count, "thing"))
    };
    let sent = ActionView {
        changes_azure: count > 0,
        ..primary(ActionKindView::Send, &label)
    };
    vec![
        sent.so(
            "In this order, each by its exact id, each read back as gone. It cannot be undone.",
        ),
    ]
}
