//! Work that outlives a command: reading, sending, following, cleaning up.

use super::workspace::Workspace;
use super::{Desk, Shared, locked};
use crate::ipc::views::{IpcError, ProblemView, StepRef};
use drillbook_core::{Drill, RunState, current_step};
use drillbook_engine::{Engine, EngineError, Notice};
use drillbook_runbook::StepKind;
use std::sync::Arc;
use std::time::Duration;

/// How long a command waits for its own work, so that what is quick comes back done.
const PATIENCE: Duration = Duration::from_millis(250);

/// What is to be done.
#[derive(Debug, Clone, Copy)]
pub(super) enum Work {
    /// `Engine::run_step`.
    Step,
    /// `Engine::ask_sign_off`.
    SignOff,
}

impl Shared {
    /// Marks a step as being worked on; `false` when it is already.
    fn begin(&self, at: &StepRef) -> bool {
        locked(&self.working).insert((at.drill.clone(), at.step.clone()))
    }
}

impl Desk {
    /// Starts the work of a step; what goes wrong later is shown at the step.
    ///
    /// # Errors
    /// What goes wrong at once.
    pub(super) async fn work(&self, at: StepRef, work: Work) -> Result<(), IpcError> {
        let open = self.workspace()?;
        if open.engine().is_running(&at.drill, &at.step) || !self.shared.begin(&at) {
            return Err(EngineError::Busy.into());
        }
        locked(&self.shared.troubles).remove(&(at.drill.clone(), at.step.clone()));
        let shared = Arc::clone(&self.shared);
        let mut task = tokio::spawn(perform(open, shared, at, work));
        match tokio::time::timeout(PATIENCE, &mut task).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(panic)) => Err(IpcError::internal(
                "shell.background",
                "Drillbook made a mistake in this step.",
            )
            .because(&panic)),
            Err(_still_at_it) => Ok(()),
        }
    }

    /// Goes on with a wait that was being followed when the app was closed.
    pub(super) fn resume(&self) {
        let Ok(open) = self.workspace() else {
            return;
        };
        let engine = open.engine();
        let seat = engine.seat().id;
        for drill in engine.drills().unwrap_or_default() {
            let Some(step) = followed(&drill).filter(|_| drill.operator == seat) else {
                continue;
            };
            let at = StepRef {
                drill: drill.id.clone(),
                step,
                element: None,
            };
            if self.shared.begin(&at) {
                tracing::info!(drill_id = drill.id, "following again");
                tokio::spawn(perform(
                    Arc::clone(&open),
                    Arc::clone(&self.shared),
                    at,
                    Work::Step,
                ));
            }
        }
    }
}

/// Returns the wait that a drill is at, if it has begun.
fn followed(drill: &Drill) -> Option<String> {
    let step = &drill.runbook.steps[current_step(drill)?];
    let runs = drill.runs.get(&step.id)?;
    let open = runs
        .elements
        .values()
        .any(|run| run.wait.is_some() && run.state == RunState::Open);
    (step.kind == StepKind::Wait && open).then(|| step.id.clone())
}

/// Does the work, and keeps what went wrong for the step's screen.
async fn perform(
    open: Arc<Workspace>,
    shared: Arc<Shared>,
    at: StepRef,
    work: Work,
) -> Result<(), IpcError> {
    let engine = open.engine();
    let outcome = match work {
        Work::Step => step_and_waits(engine, &at).await,
        Work::SignOff => engine.ask_sign_off(&at.drill, &at.step).await.map(|_| ()),
    };
    let key = (at.drill.clone(), at.step.clone());
    locked(&shared.progress).remove(&key);
    locked(&shared.working).remove(&key);
    let outcome = outcome.map_err(IpcError::from);
    if let Err(error) = &outcome {
        tracing::warn!(
            drill_id = at.drill,
            step = at.step,
            code = error.code,
            "step not done"
        );
        locked(&shared.troubles).insert(key, ProblemView::from(error.clone()));
    }
    let ended = Notice::Progress {
        drill: at.drill,
        step: at.step,
        done: 0,
        total: 0,
        what: String::new(),
    };
    // Nobody listening is no fault.
    let _ = shared.notices.send(ended);
    outcome
}

/// A wait that follows what was just sent is followed at once: there is nothing to decide in between.
async fn step_and_waits(engine: &Engine, at: &StepRef) -> Result<(), EngineError> {
    let mut drill = engine.run_step(&at.drill, &at.step).await?;
    while let Some(index) = current_step(&drill) {
        let step = drill.runbook.steps[index].clone();
        let failed = drill.runs.get(&step.id).is_some_and(|run| {
            run.elements
                .values()
                .any(|one| one.state == RunState::Failed)
        });
        if step.kind != StepKind::Wait || failed || step.id == at.step {
            break;
        }
        drill = engine.run_step(&at.drill, &step.id).await?;
    }
    Ok(())
}
