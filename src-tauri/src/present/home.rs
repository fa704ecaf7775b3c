//! Home: what needs me now?

use super::words::{self, time, until};
use super::{Sight, cleanup, clock, coverage, drill as drills, request};
use crate::ipc::views::{
    CoverageView, CoveredView, HomeMarkView, HomeRowView, HomeView, RequestStateView, RoleView,
    StepStateView, TargetView,
};
use chrono::TimeDelta;
use drillbook_core::{Drill, current_step};
use drillbook_engine::EngineError;
use std::sync::Arc;

/// How long before its deadline a debt asks for attention.
const SOON: TimeDelta = TimeDelta::hours(24);

/// Returns the three lists, and what ended lately.
pub fn view(sight: &Sight) -> Result<HomeView, EngineError> {
    let all = sight.engine.drills()?;
    let open: Vec<&Arc<Drill>> = all.iter().filter(|drill| drill.end.is_none()).collect();
    let (mut waiting, mut running) = (policy(sight)?, Vec::new());
    for row in request::rows(sight)?
        .into_iter()
        .filter(|row| row.mine && row.state == RequestStateView::Open)
    {
        waiting.push(asked(&row));
    }
    for drill in &open {
        let row = playing(sight, drill);
        let busy = matches!(
            row.mark,
            HomeMarkView::Step(StepStateView::Running | StepStateView::WaitingForSignOff)
        );
        if sight.plays(drill) && !busy {
            waiting.push(row)
        } else {
            running.push(row)
        }
    }
    for drill in &all {
        waiting.extend(due(sight, drill));
        waiting.extend(
            drill
                .findings
                .iter()
                .filter_map(|one| finding(sight, drill, one)),
        );
    }
    let recent: Vec<HomeRowView> = all
        .iter()
        .filter(|drill| drill.end.is_some())
        .take(5)
        .map(|drill| ended(sight, drill))
        .collect();
    let coverage = coverage::view(sight)?;
    let next = if sight.role() == RoleView::Operator {
        let mut next = uncovered(&coverage);
        next.extend(offers(sight, &all));
        next
    } else {
        Vec::new()
    };
    Ok(HomeView {
        title: title(waiting.len()),
        lead: lead(sight, &open),
        waiting,
        running,
        next,
        recent,
        coverage,
    })
}

/// What the policy wants: to be written, signed, taken into force, or looked at again.
fn policy(sight: &Sight) -> Result<Vec<HomeRowView>, EngineError> {
    let row = |state: &str, title: String, detail: String, action: &str| HomeRowView {
        mark: HomeMarkView::Request,
        state: state.to_owned(),
        title,
        detail,
        at: None,
        due_in: None,
        figure: None,
        action: action.to_owned(),
        target: TargetView::Policy,
    };
    let roster = sight.engine.roster()?;
    let draft = sight.engine.policy_draft().ok().flatten();
    let mut rows = Vec::new();
    if let Some(draft) = &draft {
        let version = format!("Version {} of the policy", draft.policy.value().version);
        let detail = format!(
            "{} of {} owners have signed.",
            draft.signed_by.len(),
            draft.judge().threshold
        );
        match (draft.is_signed(), &draft.may_sign) {
            (true, _) => rows.push(row("Signed", version, detail, "Take it into force")),
            (false, Some(_)) => rows.push(row("Your signature", version, detail, "Read it")),
            (false, None) => {}
        }
    } else if roster.is_none() && sight.engine.is_own() {
        let title = "Write the first policy".to_owned();
        let detail =
            "Who may ask, approve and read. No live drill begins before its owners have signed it.";
        rows.push(row("Set up", title, detail.to_owned(), "Write it"));
    }
    let due = roster
        .as_ref()
        .and_then(|one| Some((one, one.review_due()?)));
    if let Some((roster, due)) = due.filter(|(_, due)| *due < sight.now) {
        let version = roster.policy.value().version;
        let detail = "A review ends with a new version, or with the same one signed again.";
        rows.push(HomeRowView {
            mark: HomeMarkView::Late,
            at: Some(time(due)),
            due_in: Some(until(due, sight.now)),
            ..row(
                "Review overdue",
                format!("Review version {version} of the policy"),
                detail.to_owned(),
                "Review it",
            )
        });
    }
    Ok(rows)
}

fn title(count: usize) -> String {
    match count {
        0 => "Nothing needs you".to_owned(),
        1 => "One thing needs you".to_owned(),
        _ => format!("{} things need you", words::counted(count)),
    }
}

fn lead(sight: &Sight, open: &[&Arc<Drill>]) -> String {
    let ticking = open
        .iter()
        .any(|drill| clock::view(sight, drill).running.is_some() && drill.t0.is_some());
    match (open.is_empty(), ticking) {
        (true, _) if sight.engine.is_live() => {
            "No drill is open. A live drill reads and restores in Azure itself.".to_owned()
        }
        (true, _) => {
            "No drill is open. A rehearsal changes nothing outside this computer.".to_owned()
        }
        (false, true) => {
            "The drill clock is running. Nothing is sent without a sign-off.".to_owned()
        }
        (false, false) => {
            "No drill clock is running. Nothing is sent without a sign-off.".to_owned()
        }
    }
}

fn asked(row: &crate::ipc::views::RequestRowView) -> HomeRowView {
    HomeRowView {
        mark: HomeMarkView::Request,
        state: "Your signature".to_owned(),
        title: row.sentence.clone(),
        detail: format!("{}. {} asks.", row.drill, row.operator),
        at: row.requested_at.clone(),
        due_in: None,
        figure: None,
        action: "Read it".to_owned(),
        target: TargetView::Request {
            request: row.id.clone(),
        },
    }
}

fn playing(sight: &Sight, drill: &Drill) -> HomeRowView {
    let steps = &drill.runbook.steps;
    let index = current_step(drill);
    let state = index.map_or(StepStateView::Ready, |index| {
        drills::live_state(sight, drill, index)
    });
    let step = index.map(|index| &steps[index]);
    let reading = clock::view(sight, drill);
    let figure = reading.t0.as_ref().map(|_| {
        let of = reading
            .objective
            .map(|bound| format!(" of {}", words::span(u64::from(bound))))
            .unwrap_or_default();
        format!("{}{of}", digits(reading.elapsed))
    });
    HomeRowView {
        mark: HomeMarkView::Step(state),
        state: words::sentence_case(state.word()),
        title: step.map_or_else(|| "Close the drill".to_owned(), |step| step.title.clone()),
        detail: format!(
            "{}, step {} of {}. {}.",
            drill.id,
            index.map_or(steps.len(), |index| index + 1),
            steps.len(),
            request::title(drill)
        ),
        at: Some(reading.t0.unwrap_or_else(|| time(drill.opened))),
        due_in: None,
        figure,
        action: if sight.plays(drill) { "Go on" } else { "Open" }.to_owned(),
        target: TargetView::Step {
            drill: drill.id.clone(),
            step: step
                .or(steps.last())
                .map(|step| step.id.clone())
                .unwrap_or_default(),
        },
    }
}

fn digits(seconds: u32) -> String {
    format!(
        "{:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

fn due(sight: &Sight, drill: &Drill) -> Option<HomeRowView> {
    let deadline = drill.deadline.filter(|at| *at - SOON < sight.now)?;
    let owed = drills::owed(drill);
    let late = deadline < sight.now;
    (owed > 0 && sight.plays(drill)).then(|| HomeRowView {
        mark: if late {
            HomeMarkView::Late
        } else {
            HomeMarkView::Due
        },
        state: if late {
            "Cleanup is late"
        } else {
            "Cleanup is due"
        }
        .to_owned(),
        title: format!(
            "{} of {} still owed",
            words::plural(owed, "thing"),
            drill.id
        ),
        detail: drill.runbook.title.clone(),
        at: Some(time(deadline)),
        due_in: Some(until(deadline, sight.now)),
        figure: None,
        action: "Open the debt".to_owned(),
        target: TargetView::Cleanup {
            drill: drill.id.clone(),
        },
    })
}

fn finding(sight: &Sight, drill: &Drill, one: &drillbook_core::Finding) -> Option<HomeRowView> {
    let view = cleanup::finding(sight, drill, one);
    let due = view.due.parse().ok()?;
    let mine = one.owner == sight.seat.id || one.owner == sight.seat.name;
    (view.resolved.is_none() && mine).then(|| HomeRowView {
        mark: if view.overdue {
            HomeMarkView::Late
        } else {
            HomeMarkView::Due
        },
        state: if view.overdue {
            "Finding is late"
        } else {
            "Finding is due"
        }
        .to_owned(),
        title: format!("Finding {}: {}", view.id, view.text),
        detail: format!("From the review of {}.", drill.id),
        at: Some(view.due.clone()),
        due_in: Some(until(due, sight.now)),
        figure: None,
        action: "Open the finding".to_owned(),
        target: TargetView::Cleanup {
            drill: drill.id.clone(),
        },
    })
}

fn ended(sight: &Sight, drill: &Drill) -> HomeRowView {
    let (at, end) = drill
        .end
        .unwrap_or((drill.last_at, drillbook_core::EndOfDrill::Closed));
    let rto = drillbook_core::clock(drill, sight.now).rto_seconds;
    HomeRowView {
        mark: HomeMarkView::Step(match end {
            drillbook_core::EndOfDrill::Closed => StepStateView::Passed,
            drillbook_core::EndOfDrill::Abandoned => StepStateView::Skipped,
            drillbook_core::EndOfDrill::Stopped => StepStateView::Failed,
        }),
        state: words::sentence_case(end.word()),
        title: request::title(drill),
        detail: match drill.deviations.len() {
            0 => format!("{}, nothing deviated.", drill.id),
            count => format!("{}, {}.", drill.id, words::plural(count, "deviation")),
        },
        at: Some(time(at)),
        due_in: None,
        figure: rto.map(|seconds| format!("RTO {}", words::span(seconds))),
        action: "Open".to_owned(),
        target: TargetView::Audit {
            drill: drill.id.clone(),
        },
    }
}

/// The most items that home names; the others stand under coverage.
const NAMED: usize = 3;

/// Items that no drill covers as it should, the least covered first.
fn uncovered(coverage: &CoverageView) -> Vec<HomeRowView> {
    let open = coverage
        .items
        .iter()
        .filter(|item| item.state != CoveredView::Drilled);
    open.take(NAMED)
        .map(|item| {
            let last = item.drill.as_deref().unwrap_or_default();
            let (state, title, detail) = match item.state {
                CoveredView::Never => (
                    "Never drilled",
                    format!("{} was never drilled", item.name),
                    "Protected, and no drill that closed ever restored it.".to_owned(),
                ),
                CoveredView::LongAgo => (
                    "Too long ago",
                    format!("{} was drilled too long ago", item.name),
                    format!("{last}. A drill counts for 90 days."),
                ),
                CoveredView::OlderRunbook | CoveredView::Drilled => (
                    "Older runbook",
                    format!("{} was last drilled on an older runbook", item.name),
                    format!(
                        "{last}, version {}.",
                        item.version.as_deref().unwrap_or_default()
                    ),
                ),
            };
            HomeRowView {
                mark: HomeMarkView::Offer,
                state: state.to_owned(),
                title,
                detail,
                at: item.at.clone(),
                due_in: None,
                figure: None,
                action: "Plan a drill".to_owned(),
                target: TargetView::Start {
                    runbook: Some(item.runbook.clone()),
                },
            }
        })
        .collect()
}

fn offers(sight: &Sight, all: &[Arc<Drill>]) -> Vec<HomeRowView> {
    let live = sight.engine.is_live();
    let row = |runbook: &Arc<drillbook_runbook::Runbook>| {
        let last = all.iter().find(|drill| drill.runbook.id == runbook.id);
        HomeRowView {
            mark: HomeMarkView::Offer,
            state: match (live, last.is_some()) {
                (true, true) => "Ready",
                (true, false) => "Never drilled",
                (false, true) => "Ready to rehearse",
                (false, false) => "Never rehearsed",
            }
            .to_owned(),
            title: runbook.title.clone(),
            detail: format!(
                "Version {}, {}, {}.",
                runbook.version,
                words::plural(runbook.steps.len(), "step"),
                if live {
                    "in Azure itself".to_owned()
                } else {
                    format!("at {} (simulated)", sight.company)
                }
            ),
            at: last.map(|drill| time(drill.opened)),
            due_in: None,
            figure: None,
            action: if live { "Drill it" } else { "Rehearse it" }.to_owned(),
            target: TargetView::Start {
                runbook: Some(runbook.id.clone()),
            },
        }
    };
    sight.engine.runbooks().iter().map(row).collect()
}
