//! Elements of repeated steps, their states, and which step a drill is on.

mod called;

use crate::drill::*;
use crate::scope;
use drillbook_runbook::model::{ForEach, Step, StepKind};
use drillbook_runbook::reference::{self, canonical_id, same_id};
use drillbook_runbook::template;
use serde_json::{Value, json};

/// One element that a step is repeated for; a step that is not repeated has one with an empty key.
#[derive(Debug, Clone, PartialEq)]
pub struct Element {
    /// What identifies it.
    pub key: String,
    /// What a person calls it.
    pub label: String,
    /// Its value; `None` when the step is not repeated.
    pub value: Option<Value>,
}

/// Hands the states of a step, each with its word on screen (ui.md, principle 5), to another macro. This is the
/// only list of them: the window's enum is made from it as well.
#[macro_export]
macro_rules! step_states {
    ($with:ident) => {
        $with! {
            NotStarted "not started", Ready "ready", Running "running",
            WaitingForSignOff "waiting for sign-off", OutcomeUnknown "outcome unknown",
            NeedsAttention "needs attention", Passed "passed", Failed "failed", Blocked "blocked",
            Skipped "skipped", NotApplicable "not applicable",
        }
    };
}

macro_rules! states {
    ($($state:ident $word:literal),* $(,)?) => {
        /// The state of a step as a person sees it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[expect(missing_docs, reason = "the names are the words on screen")]
        pub enum StepState { $($state),* }

        impl StepState {
            /// Returns the word on screen.
            pub fn word(self) -> &'static str {
                match self { $(StepState::$state => $word),* }
            }
        }
    };
}
step_states!(states);

impl Element {
    /// Returns the id as Azure writes it; `None` when its name is all there is.
    pub fn id(&self) -> Option<String> {
        let value = self.value.as_ref()?;
        let own = value.get("id").and_then(Value::as_str);
        let id = own.or_else(|| value.as_str())?;
        (id != self.label).then(|| id.to_owned())
    }
}

/// Returns what a step is repeated for, as far as it is known now, each under the name that people use.
pub fn elements(drill: &Drill, step: &Step) -> Vec<Element> {
    let mut all = unnamed(drill, step);
    called::name_all(drill, step, &mut all);
    all
}

/// Returns what a step is repeated for, each under the first name that Azure has for it.
fn unnamed(drill: &Drill, step: &Step) -> Vec<Element> {
    match &step.for_each {
        None => vec![Element {
            key: String::new(),
            label: String::new(),
            value: None,
        }],
        Some(ForEach::Name(name)) if name == "debt" => owed(drill),
        Some(ForEach::Name(name)) => drill
            .names
            .list(name)
            .into_iter()
            .map(|(key, value)| element(key, value))
            .collect(),
        Some(ForEach::Found { found, within }) => found_by(drill, found, within),
    }
}

/// Returns the keys of a step's elements, as [`elements`] has them.
fn keys(drill: &Drill, step: &Step) -> Vec<String> {
    match &step.for_each {
        None => vec![String::new()],
        Some(ForEach::Name(name)) if name != "debt" => drill.names.keys(name),
        Some(ForEach::Name(_) | ForEach::Found { .. }) => unnamed(drill, step)
            .into_iter()
            .map(|one| one.key)
            .collect(),
    }
}

fn element(key: String, value: Value) -> Element {
    let label = ["label", "friendlyName", "name"]
        .iter()
        .find_map(|field| value.get(field).and_then(Value::as_str))
        .or_else(|| {
            value
                .pointer("/properties/friendlyName")
                .and_then(Value::as_str)
        })
        .or_else(|| value.as_str())
        .unwrap_or(&key)
        .to_owned();
    let label = value
        .pointer("/properties/friendlyName")
        .and_then(Value::as_str)
        .map_or(label, str::to_owned);
    let label = match value
        .pointer("/of/properties/friendlyName")
        .and_then(Value::as_str)
    {
        Some(parent) => format!("{parent}: {label}"),
        None => label,
    };
    Element {
        key,
        label,
        value: Some(value),
    }
}

/// Every resource that is owed or was owed, in the order of deletion.
fn owed(drill: &Drill) -> Vec<Element> {
    let mut all: Vec<(u32, Element)> = Vec::new();
    for debt in &drill.debts {
        if debt.handed_over {
            continue;
        }
        for artefact in &debt.artefacts {
            let key = canonical_id(&artefact.id);
            if all.iter().any(|(_, known)| known.key == key) {
                continue;
            }
            let value = json!({"id": artefact.id, "type": artefact.type_name, "debt": debt.debt,
                "within": debt.within, "only_if": debt.only_if});
            all.push((rank(&artefact.type_name, debt), element(key, value)));
        }
    }
    all.sort_by_key(|(rank, _)| *rank);
    all.into_iter().map(|(_, element)| element).collect()
}

/// Order of deletion (contract a.3): machine, interface, disk, address, rules, network, containers,
/// account, group.
fn rank(type_name: &str, debt: &DebtState) -> u32 {
    let name = type_name.to_ascii_lowercase();
    let base = match name.as_str() {
        "microsoft.compute/virtualmachines" => 0,
        "microsoft.network/networkinterfaces" => 10,
        "microsoft.compute/disks" | "microsoft.compute/snapshots" => 20,
        "microsoft.network/publicipaddresses" => 30,
        "microsoft.network/networksecuritygroups" => 40,
        "microsoft.network/virtualnetworks" => 50,
        "microsoft.storage/storageaccounts/blobservices/containers" => 60,
        "microsoft.storage/storageaccounts" => 70,
        "microsoft.compute/restorepointcollections/restorepoints" => 75,
        "microsoft.compute/restorepointcollections" => 80,
        "microsoft.resources/resourcegroups" => 100,
        _ => 65,
    };
    base + u32::from(!debt.after.is_empty())
}

fn found_by(drill: &Drill, action: &str, within: &str) -> Vec<Element> {
    let mut all = Vec::new();
    for debt in drill
        .debts
        .iter()
        .filter(|debt| debt.step == action && debt.list.is_some())
    {
        let group = within_of(drill, action, debt.element.as_deref(), within);
        let inside = |id: &str| {
            group
                .as_deref()
                .is_none_or(|group| reference::lies_within(id, group))
        };
        for artefact in debt
            .artefacts
            .iter()
            .filter(|artefact| artefact.expected && inside(&artefact.id))
        {
            let mut row = drillbook_runbook::reference::enrich(&artefact.row);
            if let Value::Object(map) = &mut row {
                map.insert("id".to_owned(), json!(artefact.id));
                map.insert("within".to_owned(), json!(debt.within));
            }
            all.push(element(canonical_id(&artefact.id), row));
        }
    }
    all
}

fn within_of(
    drill: &Drill,
    action: &str,
    element_key: Option<&str>,
    within: &str,
) -> Option<String> {
    let step = drill.runbook.step(action)?;
    let parent = unnamed(drill, step)
        .into_iter()
        .find(|one| Some(one.key.as_str()) == element_key)?;
    let scope = scope(drill, step, parent.value.as_ref(), None, drill.last_at);
    template::path(within, &scope)
        .ok()
        .map(|path| crate::compose::decode_id(&path))
}

/// Returns whether every element of a step is settled so that the next step may begin.
pub fn is_done(drill: &Drill, step: &Step) -> bool {
    if step.kind == StepKind::Cleanup {
        return drill.debts.iter().all(|debt| debt.paid.is_some())
            && (!drill.debts.is_empty() || whole(drill, step).is_some_and(settled));
    }
    if let Some(cleanup) = cleanup_signed_by(drill, step) {
        return cleanup_is_signed(drill, step, cleanup);
    }
    if let Some(run) = whole(drill, step)
        && matches!(run.state, RunState::Skipped | RunState::NotApplicable)
    {
        return true;
    }
    let all = keys(drill, step);
    !all.is_empty()
        && all
            .iter()
            .all(|key| drill.run(&step.id, key).is_some_and(settled))
}

/// Returns the cleanup step that an approval step signs.
fn cleanup_signed_by<'a>(drill: &'a Drill, gate: &Step) -> Option<&'a Step> {
    if gate.kind != StepKind::Approval {
        return None;
    }
    drill.runbook.steps.iter().find(|step| {
        step.kind == StepKind::Cleanup && step.signed_by.as_deref() == Some(gate.id.as_str())
    })
}

/// A cleanup gate is passed as long as everything that is still there is covered by an approval: what
/// turns up later needs another one.
fn cleanup_is_signed(drill: &Drill, gate: &Step, cleanup: &Step) -> bool {
    let covered = |key: &str| {
        drill.requests.iter().any(|request| {
            request.step == gate.id
                && request.state == RequestState::Approved
                && request
                    .covers
                    .iter()
                    .any(|cover| cover.step == cleanup.id && cover.element.as_deref() == Some(key))
        })
    };
    let open: Vec<String> = drill
        .open_debts()
        .flat_map(|debt| &debt.artefacts)
        .filter(|one| one.cleared.is_none())
        .map(|one| canonical_id(&one.id))
        .collect();
    let settled_once = whole(drill, gate).is_some_and(settled);
    settled_once && open.iter().all(|key| covered(key))
}

fn whole<'a>(drill: &'a Drill, step: &Step) -> Option<&'a ElementRun> {
    drill.run(&step.id, "")
}

fn settled(run: &ElementRun) -> bool {
    matches!(
        run.state,
        RunState::Passed | RunState::Skipped | RunState::NotApplicable
    )
}

/// Returns the position of the step that the drill is on; `None` when every step is done or it ended.
pub fn current_step(drill: &Drill) -> Option<usize> {
    if drill.end.is_some() {
        return None;
    }
    let steps = &drill.runbook.steps;
    let first = match drill.aborted {
        None => 0,
        Some(_) => {
            if let Some(pending) = pending_after_abort(drill) {
                return Some(pending);
            }
            drill.runbook.index(&drill.runbook.abort).unwrap_or(0)
        }
    };
    (first..steps.len()).find(|index| !is_done(drill, &steps[*index]))
}

/// After an abort: an unknown outcome is cleared up, an operation that was accepted is followed to its
/// end, and a job that may still make something is waited for, before cleanup. Deletions are the cleanup.
fn pending_after_abort(drill: &Drill) -> Option<usize> {
    let deletes = |intent: &&Intent| {
        let step = drill.runbook.step(&intent.step);
        step.is_some_and(|step| step.kind == StepKind::Cleanup)
    };
    let unknown = drill.intents.iter().find(|intent| is_unknown(intent));
    let runs = |intent: &&Intent| is_pending(intent) && !deletes(intent);
    if let Some(intent) = unknown.or_else(|| drill.intents.iter().find(runs)) {
        return drill.runbook.index(&intent.step);
    }
    let running = drill.open_debts().find(|debt| {
        let started = sent_for(drill, debt).any(is_accepted);
        started && !job_is_over(drill, debt)
    });
    drill.runbook.index(running?.settled_by.as_deref()?)
}

/// Returns what was sent for the element that a debt belongs to.
fn sent_for<'a>(drill: &'a Drill, debt: &'a DebtState) -> impl Iterator<Item = &'a Intent> {
    let own = |intent: &&Intent| intent.step == debt.step && intent.element == debt.element;
    drill.intents.iter().filter(own)
}

fn is_accepted(intent: &Intent) -> bool {
    matches!(
        intent.outcome,
        IntentOutcome::Accepted | IntentOutcome::Adopted
    )
}

/// Returns whether the wait that settles a debt is over for its own element: of another one nothing may
/// have been sent, and its wait never ends.
fn job_is_over(drill: &Drill, debt: &DebtState) -> bool {
    let wait = debt.settled_by.as_deref();
    let Some(wait) = wait.and_then(|wait| drill.runbook.step(wait)) else {
        return true;
    };
    let over = |key: &str| drill.run(&wait.id, key).is_some_and(is_over);
    let all = keys(drill, wait);
    match debt.element.as_ref().filter(|own| all.contains(own)) {
        Some(own) => over(own),
        None => all.iter().all(|key| over(key)),
    }
}

/// Codes of a wait's failure that say that Azure has stopped working, and not that it could not be asked.
const FINAL: [&str; 2] = ["wait.failed", "check.failed"];

/// Returns whether a wait has come to its end. One that could not be read is not over: Azure still works.
pub fn is_over(run: &ElementRun) -> bool {
    let code = run.failure.as_ref().map(|(code, _)| code.as_str());
    match run.state {
        RunState::Open => false,
        RunState::Failed => code.is_some_and(|code| FINAL.contains(&code)),
        RunState::Passed | RunState::Skipped | RunState::NotApplicable => true,
    }
}

/// Returns whether Azure may still work on what an intent asked for: nobody knows what became of it, or its
/// operation has not ended.
pub fn is_pending(intent: &Intent) -> bool {
    let runs = intent.outcome == IntentOutcome::Accepted
        && intent.poll_url.is_some()
        && intent.finished.is_none();
    is_unknown(intent) || runs
}

/// Returns whether it is not known what became of an intent.
pub(crate) fn is_unknown(intent: &Intent) -> bool {
    matches!(
        intent.outcome,
        IntentOutcome::Open | IntentOutcome::Unanswered
    )
}

/// Returns whether nothing that a debt is owed for can be made any more: no outcome is unknown, no operation
/// runs, and the job that settles it, if one was started, is over.
pub fn wait_is_over(drill: &Drill, debt: &DebtState) -> bool {
    if sent_for(drill, debt).any(is_pending) {
        return false;
    }
    !sent_for(drill, debt).any(is_accepted) || job_is_over(drill, debt)
}

/// Returns the state of a step as a person sees it.
pub fn step_state(drill: &Drill, index: usize) -> StepState {
    let step = &drill.runbook.steps[index];
    if let Some(state) = finished_state(drill, step) {
        return state;
    }
    let current = current_step(drill);
    if current != Some(index) {
        let passed_over = drill.aborted.is_some() && current.is_none_or(|current| index < current);
        let blocked = passed_over || drill.end.is_some();
        return if blocked {
            StepState::Blocked
        } else {
            StepState::NotStarted
        };
    }
    open_state(drill, step)
}

fn finished_state(drill: &Drill, step: &Step) -> Option<StepState> {
    if !is_done(drill, step) {
        return None;
    }
    if step.kind == StepKind::Cleanup && !drill.debts.is_empty() {
        return Some(StepState::Passed);
    }
    let runs = drill.runs.get(&step.id);
    let states: Vec<RunState> = runs
        .map(|run| run.elements.values().map(|one| one.state).collect())
        .unwrap_or_default();
    if states.iter().all(|state| *state == RunState::NotApplicable) {
        return Some(StepState::NotApplicable);
    }
    Some(if states.contains(&RunState::Skipped) {
        StepState::Skipped
    } else {
        StepState::Passed
    })
}

fn open_state(drill: &Drill, step: &Step) -> StepState {
    if drill
        .intents
        .iter()
        .any(|intent| intent.step == step.id && intent.outcome == IntentOutcome::Unanswered)
    {
        return StepState::OutcomeUnknown;
    }
    if step.kind == StepKind::Approval {
        return match drill.sign_off(&step.id).map(|request| request.state) {
            Some(RequestState::Open) => StepState::WaitingForSignOff,
            Some(RequestState::Refused) => StepState::NeedsAttention,
            _ => StepState::Ready,
        };
    }
    let runs = drill.runs.get(&step.id);
    let states = |state: RunState| {
        runs.is_some_and(|run| run.elements.values().any(|one| one.state == state))
    };
    if states(RunState::Failed) {
        return StepState::Failed;
    }
    if step.kind == StepKind::Cleanup
        && drill
            .debts
            .iter()
            .flat_map(|debt| &debt.artefacts)
            .any(|one| one.kept.is_some())
    {
        return StepState::NeedsAttention;
    }
    if runs.is_some_and(|run| {
        run.elements
            .values()
            .any(|one| one.wait.is_some() && one.state == RunState::Open)
    }) {
        return StepState::Running;
    }
    StepState::Ready
}

/// Returns the debt and artefact that an id belongs to.
pub(crate) fn artefact<'a>(drill: &'a Drill, id: &str) -> Option<(&'a DebtState, &'a Artefact)> {
    drill.debts.iter().find_map(|debt| {
        debt.artefacts
            .iter()
            .find(|one| same_id(&one.id, id))
            .map(|one| (debt, one))
    })
}

/// Returns what `{item}` is bound to at dispatch, for a step whose elements an action turned up.
pub fn bound_of(step: &Step, element: &Element) -> Option<String> {
    if !matches!(step.for_each, Some(ForEach::Found { .. })) {
        return None;
    }
    element
        .value
        .as_ref()
        .and_then(|value| value.get("id"))
        .and_then(Value::as_str)
        .map(str::to_owned)
}
