//! What is owed: artefacts in the order of deletion, and findings.

use super::words::{self, number, time, until};
use super::{Sight, drill as drills};
use crate::ipc::views::{
    ArtefactStateView, CleanupItemView, CleanupView, DebtGroupView, FindingView,
};
use drillbook_core::{Artefact, DebtState, Drill, current_step, elements};
use drillbook_engine::EngineError;
use drillbook_runbook::StepKind;
use drillbook_runbook::reference::same_id;

/// Returns everything that is owed, the most urgent drill first.
pub fn view(sight: &Sight) -> Result<CleanupView, EngineError> {
    let all = sight.engine.drills()?;
    let mut groups: Vec<DebtGroupView> = all
        .iter()
        .filter(|drill| drill.open_debts().next().is_some())
        .map(|drill| group(sight, drill))
        .collect();
    groups.sort_by_key(|group| group.due_in);
    let gone = all
        .iter()
        .flat_map(|drill| items(sight, drill))
        .filter(|item| item.state == ArtefactStateView::Gone);
    let findings = all
        .iter()
        .flat_map(|drill| drill.findings.iter().map(|one| finding(sight, drill, one)));
    let owed: usize = all.iter().map(|drill| drills::owed(drill)).sum();
    let late = groups.iter().filter(|group| group.overdue).count();
    let prices: f64 = all
        .iter()
        .filter_map(|drill| {
            drills::cost_per_day(drill)?
                .trim_start_matches('$')
                .parse::<f64>()
                .ok()
        })
        .sum();
    let price = (prices > 0.0).then(|| format!("${prices:.2}"));
    Ok(CleanupView {
        title: title(owed, late),
        lead: match (&price, owed) {
            (_, 0) => "Everything that drills made was read back as gone.".to_owned(),
            (Some(price), _) => format!(
                "{price} a day while they stay. A drill cannot close before each is read back as gone."
            ),
            (None, _) => {
                "A drill cannot close before each of its things is read back as gone.".to_owned()
            }
        },
        cost_per_day: price,
        drills: groups,
        gone: gone.take(50).collect(),
        findings: findings.filter(|one| one.resolved.is_none()).collect(),
    })
}

fn title(owed: usize, late: usize) -> String {
    let is = if owed == 1 { "thing is" } else { "things are" };
    match (owed, late) {
        (0, _) => "Nothing is owed".to_owned(),
        (_, 0) => format!("{} {is} still owed", words::counted(owed)),
        (_, 1) => format!(
            "{} {is} still owed; one drill is late",
            words::counted(owed)
        ),
        _ => format!(
            "{} {is} still owed; {late} drills are late",
            words::counted(owed)
        ),
    }
}

fn group(sight: &Sight, drill: &Drill) -> DebtGroupView {
    let deadline = drill.deadline.unwrap_or(drill.last_at);
    let place = match (drill.end, current_step(drill)) {
        (Some((_, end)), _) => end.word().to_owned(),
        (None, Some(index)) => format!("step {} of {}", index + 1, drill.runbook.steps.len()),
        (None, None) => "every step done".to_owned(),
    };
    let pays = drill
        .runbook
        .steps
        .iter()
        .find(|step| step.kind == StepKind::Cleanup);
    DebtGroupView {
        drill: drill.id.clone(),
        title: format!("{}, {place}", drill.runbook.title),
        owner: drill
            .open_debts()
            .next()
            .map_or_else(String::new, |debt| sight.name(&debt.owner).to_owned()),
        deadline: time(deadline),
        due_in: until(deadline, sight.now),
        overdue: deadline < sight.now,
        cost_per_day: drills::cost_per_day(drill),
        items: items(sight, drill)
            .into_iter()
            .filter(|item| item.state != ArtefactStateView::Gone)
            .collect(),
        step: pays.map(|step| step.id.clone()),
        may_move: sight.plays(drill) && drill.end.is_none(),
    }
}

/// Returns what a drill owes or owed, in the order of deletion.
pub fn items(sight: &Sight, drill: &Drill) -> Vec<CleanupItemView> {
    let mut all = Vec::new();
    let cleanup = drill
        .runbook
        .steps
        .iter()
        .find(|step| step.kind == StepKind::Cleanup);
    for element in cleanup
        .map(|step| elements(drill, step))
        .unwrap_or_default()
    {
        let found = drill.debts.iter().find_map(|debt| {
            let one = debt
                .artefacts
                .iter()
                .find(|one| same_id(&one.id, &element.key))?;
            Some((debt, one))
        });
        if let Some((debt, one)) = found {
            all.push(artefact(sight, drill, debt, one));
        }
    }
    for debt in drill
        .debts
        .iter()
        .filter(|debt| debt.paid.is_none() && debt.artefacts.is_empty())
    {
        all.push(expected(debt));
    }
    for (place, item) in all.iter_mut().enumerate() {
        item.order = number(place + 1);
    }
    all
}

fn expected(debt: &DebtState) -> CleanupItemView {
    CleanupItemView {
        order: 0,
        debt: debt.debt.clone(),
        name: debt.what.clone(),
        id: None,
        kind: "not found yet".to_owned(),
        state: ArtefactStateView::Expected,
        state_label: "Booked".to_owned(),
        note: None,
        cost_per_day: debt.cost_per_day.as_ref().map(|cost| format!("${cost}")),
        after_deletion: String::new(),
        recoverable_until: None,
        proof: None,
        entry: Some(number(debt.booked.0)),
    }
}

fn artefact(sight: &Sight, drill: &Drill, debt: &DebtState, one: &Artefact) -> CleanupItemView {
    let deleting = one.cleared.is_none()
        && drill.intents.iter().any(|intent| {
            intent.request_name == "delete"
                && intent
                    .element
                    .as_deref()
                    .is_some_and(|key| same_id(key, &one.id))
        });
    let (state, label) = match (&one.cleared, &one.kept) {
        (Some(_), _) => (ArtefactStateView::Gone, "Gone"),
        (None, Some(_)) => (ArtefactStateView::Kept, "Still there"),
        _ if debt.handed_over => (ArtefactStateView::HandedOver, "Handed over"),
        _ if deleting => (ArtefactStateView::Deleting, "Being deleted"),
        _ if !one.expected => (ArtefactStateView::Unexpected, "Unexpected"),
        _ => (ArtefactStateView::Owed, "Owed"),
    };
    let recoverable = one.cleared.as_ref().and_then(|(_, _, until)| until.clone());
    let soft = one
        .type_name
        .to_ascii_lowercase()
        .contains("storageaccounts");
    let kept = one
        .kept
        .as_ref()
        .map(|(code, message)| format!("{message} ({code})"));
    let unexpected = (state == ArtefactStateView::Unexpected)
        .then(|| format!("Nobody expected it; found at entry {}.", one.found));
    let _ = sight;
    CleanupItemView {
        order: 0,
        debt: debt.debt.clone(),
        name: words::short_id(&one.id),
        id: Some(one.id.clone()),
        kind: words::type_label(&one.type_name),
        state,
        state_label: label.to_owned(),
        note: kept.or(unexpected),
        cost_per_day: None,
        after_deletion: match (&recoverable, soft) {
            (Some(_), _) => "recoverable until".to_owned(),
            (None, true) => "may be recoverable".to_owned(),
            (None, false) => "not recoverable".to_owned(),
        },
        recoverable_until: recoverable.and_then(|text| words::as_time(&text)),
        proof: one
            .cleared
            .as_ref()
            .map(|(_, at, _)| format!("404 at {}", time(*at))),
        entry: Some(number(
            one.cleared.as_ref().map_or(one.found, |(entry, ..)| *entry),
        )),
    }
}

/// Returns a follow-up finding.
pub fn finding(sight: &Sight, drill: &Drill, one: &drillbook_core::Finding) -> FindingView {
    let due =
        words::as_time(&one.due).or_else(|| words::as_time(&format!("{}T23:59:59Z", one.due)));
    let overdue = due
        .as_deref()
        .and_then(|due| due.parse::<drillbook_core::Timestamp>().ok())
        .is_some_and(|due| due < sight.now);
    FindingView {
        id: one.finding.clone(),
        drill: drill.id.clone(),
        text: one.text.clone(),
        owner: sight.name(&one.owner).to_owned(),
        due: due.unwrap_or_else(|| one.due.clone()),
        overdue: overdue && one.resolved.is_none(),
        resolved: one.resolved.as_ref().map(|(_, how)| how.clone()),
        entry: number(one.seq),
    }
}
