//! A request for a sign-off, as the reviewer reads it.

use super::words::{self, number, plain, time};
use super::{Sight, compare, conditions, drill as drills, glass, sends};
use crate::ipc::views::{
    CoverView, DecisionView, DetailView, OpenFirstView, RequestRowView, RequestStateView,
    RequestView, RoleView, SignerView, WitnessView,
};
use drillbook_core::{
    CoverState, DecisionState, Drill, Element, Event, IntentOutcome, RequestState, SignOff,
    Timestamp, draft_request,
};
use drillbook_engine::EngineError;
use drillbook_runbook::Step;
use serde_json::Value;
use std::collections::BTreeMap;

/// Returns every request for the list of the desk.
pub fn rows(sight: &Sight) -> Result<Vec<RequestRowView>, EngineError> {
    let all = sight.engine.requests()?;
    Ok(all
        .iter()
        .map(|(drill, sign_off)| row(sight, drill, sign_off))
        .collect())
}

/// Returns a request for the list.
pub fn row(sight: &Sight, drill: &Drill, sign_off: &SignOff) -> RequestRowView {
    let state = state(drill, sign_off, sight.now);
    RequestRowView {
        id: sign_off.request.clone(),
        drill: drill.id.clone(),
        step: sign_off.step.clone(),
        gate: sign_off.gate.clone(),
        state,
        sentence: sign_off.statement.scope.clone(),
        operator: sight.name(&drill.operator).to_owned(),
        requested_at: Some(time(sign_off.opened)),
        not_after: words::as_time(&sign_off.not_after),
        mine: state == RequestStateView::Open
            && sight.role() == RoleView::Reviewer
            && !sight.plays(drill),
    }
}

/// Returns how a request is, in the six words.
pub fn state(drill: &Drill, sign_off: &SignOff, now: Timestamp) -> RequestStateView {
    let ran_out = sign_off
        .not_after
        .parse::<Timestamp>()
        .is_ok_and(|end| end < now);
    match sign_off.state {
        RequestState::Open if ran_out => RequestStateView::Expired,
        RequestState::Open => RequestStateView::Open,
        RequestState::Refused => RequestStateView::Refused,
        RequestState::Expired => RequestStateView::Expired,
        RequestState::Withdrawn | RequestState::Overtaken => RequestStateView::Revoked,
        RequestState::Approved if used(drill, sign_off) => RequestStateView::Used,
        RequestState::Approved => RequestStateView::Approved,
    }
}

fn used(drill: &Drill, sign_off: &SignOff) -> bool {
    let mut actions = sign_off
        .covers
        .iter()
        .filter(|cover| cover.action.is_some())
        .peekable();
    actions.peek().is_some() && actions.all(|cover| cover_used(drill, sign_off, cover))
}

fn cover_used(drill: &Drill, sign_off: &SignOff, cover: &CoverState) -> bool {
    drill.intents.iter().any(|intent| {
        intent.request == sign_off.request
            && intent.action == cover.digest
            && !matches!(intent.outcome, IntentOutcome::Rejected { again: true, .. })
    })
}

/// Returns a signed request.
pub fn view(sight: &Sight, request: &str) -> Result<RequestView, EngineError> {
    let seen = sight.engine.request(request)?;
    let (drill, sign_off) = (&*seen.drill, &seen.sign_off);
    parts(sight, drill, sign_off)
}

/// Returns the request of an approval step: the newest that was signed, or what would be asked now.
pub fn of_step(sight: &Sight, drill: &Drill, step: &Step) -> Option<RequestView> {
    if let Some(sign_off) = drill.sign_off(&step.id) {
        let alive = matches!(
            sign_off.state,
            RequestState::Open | RequestState::Approved | RequestState::Refused
        );
        if alive {
            return view(sight, &sign_off.request).ok();
        }
    }
    preview(sight, drill, step)
}

fn preview(sight: &Sight, drill: &Drill, step: &Step) -> Option<RequestView> {
    let mut salt = || "AAAAAAAAAAAAAAAAAAAAAA".to_owned();
    let draft = draft_request(drill, step, &mut salt, sight.now).ok()?;
    let covers = draft.covers.into_iter().map(|cover| CoverState {
        step: cover.step,
        element: cover.element,
        what: cover.what,
        digest: cover.digest,
        action: cover.action,
    });
    let sign_off = SignOff {
        request: String::new(),
        step: step.id.clone(),
        gate: step.gate.clone().unwrap_or_default(),
        opened: sight.now,
        not_after: String::new(),
        state: RequestState::Open,
        decided: None,
        covers: covers.collect(),
        decisions: Vec::new(),
        evidence_opened: Vec::new(),
        cost: draft.cost,
        statement: draft.statement,
        seq: 0,
    };
    let mut view = parts(sight, drill, &sign_off).ok()?;
    view.row.requested_at = None;
    view.row.mine = false;
    view.may_decide = false;
    view.why_not = Some("It is not asked for yet.".to_owned());
    for cover in &mut view.covers {
        if cover.kind == "action" {
            cover.digest.clear();
        }
    }
    Some(view)
}

fn parts(sight: &Sight, drill: &Drill, sign_off: &SignOff) -> Result<RequestView, EngineError> {
    let step = drill.runbook.step(&sign_off.step);
    let (digest, policy) = policy(sight, &sign_off.request);
    let gate = policy["gates"][&sign_off.gate].clone();
    let row = row(sight, drill, sign_off);
    let open_first = step
        .map(|step| open_first(sight, drill, step, sign_off))
        .unwrap_or_default();
    let (may_decide, why_not) = may_decide(sight, drill, &row);
    let compared = compare::with_earlier(sight, drill, sign_off)?;
    let (cost, ceiling) = sign_off.cost.clone();
    let amount = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<f64>().ok());
    Ok(RequestView {
        consequence: step.map(|step| step.why.clone()).unwrap_or_default(),
        differs: compared
            .as_ref()
            .map(|all| all.differs.clone())
            .unwrap_or_default(),
        same: number(compared.as_ref().map_or(0, |all| all.same)),
        compared_with: compared.map(|all| all.with),
        covers: sign_off
            .covers
            .iter()
            .map(|cover| covered(sight, drill, sign_off, cover))
            .collect(),
        open_first,
        facts: step
            .map(|step| conditions::facts_of(sight, drill, step))
            .unwrap_or_default(),
        over_ceiling: amount(&cost)
            .zip(amount(&ceiling))
            .is_some_and(|(cost, ceiling)| cost > ceiling),
        cost: cost.map(|cost| format!("${cost}")),
        ceiling: ceiling.map(|ceiling| format!("${ceiling}")),
        journal: witness(sight, drill)?,
        policy: format!("version {}, {digest:.23}…", plain(&policy["version"])),
        quorum: number(gate["quorum"].as_u64().unwrap_or(1)),
        signers: signers(sight, drill, &policy, &sign_off.gate),
        decisions: sign_off
            .decisions
            .iter()
            .map(|one| decision(sight, drill, one))
            .collect(),
        may_decide,
        why_not,
        approval_valid: number(gate["approval_valid_s"].as_u64().unwrap_or_default()),
        same_device: !sight.engine.is_live(),
        may_break_glass: glass::may_break(sight, row.state) && !row.id.is_empty(),
        glass: glass::view(sight, drill, sign_off),
        row,
    })
}

/// Whether the person may decide at all; what must be opened before approving stands by itself.
fn may_decide(sight: &Sight, drill: &Drill, row: &RequestRowView) -> (bool, Option<String>) {
    let why = if row.state != RequestStateView::Open {
        "It is no longer open.".to_owned()
    } else if sight.plays(drill) {
        "You asked for it, so somebody else decides.".to_owned()
    } else if sight.role() != RoleView::Reviewer {
        "Reviewers decide.".to_owned()
    } else {
        return (true, None);
    };
    (false, Some(why))
}

fn covered(sight: &Sight, drill: &Drill, sign_off: &SignOff, cover: &CoverState) -> CoverView {
    let step = drill.runbook.step(&cover.step);
    let element = step.and_then(|step| sends::element_of(drill, step, cover.element.as_deref()));
    let requests = match (step, &cover.action) {
        (Some(step), Some(action)) => {
            sends::of_action(sight, drill, step, element.as_ref(), action)
        }
        _ => Vec::new(),
    };
    CoverView {
        kind: cover.what.clone(),
        step: cover.step.clone(),
        title: step.map_or_else(|| cover.step.clone(), |step| step.title.clone()),
        target: element.as_ref().and_then(Element::id),
        element: element.map(named).filter(|label| !label.is_empty()),
        digest: cover.digest.clone(),
        requests,
        rows: step
            .filter(|_| cover.what == "charter")
            .map(|step| stated(drill, step))
            .unwrap_or_default(),
        used: cover_used(drill, sign_off, cover),
    }
}

/// A thing that is owed is told by its type as well.
fn named(element: Element) -> String {
    let value = element.value.unwrap_or_default();
    match (value["debt"].as_str(), value["type"].as_str()) {
        (Some(_), Some(of_type)) => format!("{} {}", words::type_label(of_type), element.label),
        _ => element.label,
    }
}

fn stated(drill: &Drill, step: &Step) -> Vec<DetailView> {
    let rows = step.fields.iter().filter_map(|field| {
        let value = drill.names.one(&field.name)?;
        let option = field
            .options
            .iter()
            .find(|option| value.as_str() == Some(&option.value));
        let value = option.map_or_else(|| words::told(value), |option| option.label.clone());
        Some(DetailView {
            name: field.label.clone(),
            value,
            mono: false,
        })
    });
    rows.filter(|row| !row.value.is_empty()).collect()
}

fn open_first(sight: &Sight, drill: &Drill, gate: &Step, sign_off: &SignOff) -> Vec<OpenFirstView> {
    let times = opened(sight, drill, sign_off);
    let of_step = |id: &String| {
        let step = drill.runbook.step(id)?;
        let index = drill.runbook.index(id)?;
        let newest = drill
            .evidence
            .iter()
            .rev()
            .find(|one| &one.step == id && one.evidence.is_some())?;
        Some(OpenFirstView {
            step: id.clone(),
            title: step.title.clone(),
            state: Some(drillbook_core::step_state(drill, index).into()),
            summary: super::step::found(drill, step),
            entry: number(newest.seq),
            opened: times.get(id).copied().map(time),
        })
    };
    gate.open_first.iter().filter_map(of_step).collect()
}

/// Returns when the evidence of each step was opened for a request: the newest time of each.
fn opened(sight: &Sight, drill: &Drill, sign_off: &SignOff) -> BTreeMap<String, Timestamp> {
    if sign_off.evidence_opened.is_empty() {
        return BTreeMap::new();
    }
    let told = super::journal::events(sight, &drill.id, "evidence.opened", "");
    told.into_iter()
        .filter_map(|recorded| match recorded.event {
            Event::EvidenceOpened { request, step, .. } if request == sign_off.request => {
                Some((step, recorded.at))
            }
            _ => None,
        })
        .collect()
}

fn witness(sight: &Sight, drill: &Drill) -> Result<WitnessView, EngineError> {
    let head = sight.engine.head()?;
    let mine = |one: &&DecisionState| one.reviewer == sight.seat.id;
    let before = drill
        .requests
        .iter()
        .flat_map(|one| &one.decisions)
        .filter(mine)
        .max_by_key(|one| one.seq);
    Ok(WitnessView {
        size: number(head.size),
        head: head.root.hex(),
        seen_size: before.map(|one| number(one.seq)),
        seen_at: before.map(|one| time(one.at)),
    })
}

/// Returns digest and JSON of the policy that a request was made under; of the one in force when none is named.
pub fn policy(sight: &Sight, request: &str) -> (String, Value) {
    let document = |digest: &str| -> Option<Value> {
        let stored = sight.engine.journal().document(&digest.parse().ok()?);
        serde_json::from_slice(&stored.ok().flatten()?.bytes).ok()
    };
    let asked_under = document(request).map(|asked| plain(&asked["policy"]));
    let in_force = || {
        let roster = sight.engine.roster().ok().flatten();
        roster.map(|one| one.policy.digest().to_string())
    };
    let digest = asked_under.or_else(in_force).unwrap_or_default();
    let policy = document(&digest).unwrap_or_default();
    (digest, policy)
}

fn signers(sight: &Sight, drill: &Drill, policy: &Value, gate: &str) -> Vec<SignerView> {
    let wanted: Vec<String> = policy["gates"][gate]["roles"]
        .as_array()
        .into_iter()
        .flatten()
        .map(plain)
        .collect();
    let fits = |role: &str| wanted.is_empty() || wanted.iter().any(|one| one == role);
    let shown = sight
        .people
        .iter()
        .filter(|person| fits(&person.role) || person.id == drill.operator);
    shown
        .map(|person| {
            let asked = person.id == drill.operator;
            SignerView {
                person: person.id.clone(),
                name: person.name.clone(),
                role: words::role_label(&person.role),
                can: !asked && fits(&person.role),
                why_not: asked.then(|| "asked, cannot sign".to_owned()),
                key: policy["people"][&person.id]["keys"][0]
                    .as_str()
                    .map(str::to_owned),
            }
        })
        .collect()
}

/// Returns the names of those who can sign at a gate.
pub fn signer_names(sight: &Sight, drill: &Drill, gate: &str) -> Vec<String> {
    let all = signers(sight, drill, &policy(sight, "").1, gate);
    all.into_iter()
        .filter(|one| one.can)
        .map(|one| one.name)
        .collect()
}

/// Returns a decision.
pub fn decision(sight: &Sight, drill: &Drill, one: &DecisionState) -> DecisionView {
    DecisionView {
        id: one.decision.clone(),
        reviewer: sight.name(&one.reviewer).to_owned(),
        approves: one.verdict == "approve",
        reason: one.reason.clone(),
        conditions: conditions::in_words(drill, one),
        at: time(one.at),
        not_after: words::as_time(&one.not_after).unwrap_or_else(|| one.not_after.clone()),
        same_device: one.same_device,
        entry: number(one.seq),
        taken_back: one.revoked.is_some(),
        may_take_back: glass::may_take_back(sight, drill, one),
    }
}

/// Returns the title of a drill's runbook with its items, for lists.
pub fn title(drill: &Drill) -> String {
    let items = drills::items(drill);
    if items.is_empty() {
        drill.runbook.title.clone()
    } else {
        format!("{} ({})", drill.runbook.title, items.join(", "))
    }
}
