//! Running a step: read, fill in, acknowledge, leave out; and what goes before it.

use crate::azure::split;
use crate::log::Beside;
use crate::{Engine, EngineError, Notice};
use drillbook_core::{Command, Drill, Element, Place, Refusal, RunState, current_step, elements};
use drillbook_runbook::{Step, StepKind, duration};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

/// Marks a step as being worked on, until dropped.
pub(crate) struct Running<'a>(&'a Engine, (String, String));

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0
            .0
            .running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.1);
    }
}

/// Returns whether an answer is older than its check allows.
fn is_stale(step: &Step, run: &drillbook_core::ElementRun, now: drillbook_core::Timestamp) -> bool {
    let max_age = step
        .max_age
        .as_deref()
        .and_then(|text| duration::parse(text).ok());
    max_age.is_some_and(|max_age| run.at.is_none_or(|at| at + max_age < now))
}

/// Returns the place of an element.
pub(crate) fn place_of(step: &Step, element: &Element) -> Place {
    Place {
        step: step.id.clone(),
        element: element.value.as_ref().map(|_| element.key.clone()),
    }
}

/// Returns an ISO 8601 duration of a runbook as a waiter takes it.
pub(crate) fn std_duration(text: Option<&str>, otherwise: u64) -> Duration {
    let parsed = text
        .and_then(|text| duration::parse(text).ok())
        .and_then(|time| time.to_std().ok());
    parsed.unwrap_or(Duration::from_secs(otherwise))
}

impl Engine {
    /// Returns whether a step is being worked on.
    pub fn is_running(&self, drill: &str, step: &str) -> bool {
        let running = self
            .0
            .running
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        running.contains(&(drill.to_owned(), step.to_owned()))
    }

    pub(crate) fn begin(&self, drill: &str, step: &str) -> Result<Running<'_>, EngineError> {
        let key = (drill.to_owned(), step.to_owned());
        let mut running = self
            .0
            .running
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if running.insert(key.clone()) {
            Ok(Running(self, key))
        } else {
            Err(EngineError::Busy)
        }
    }

    pub(crate) fn progress(&self, drill: &str, step: &str, done: usize, total: usize, what: &str) {
        let (drill, step, what) = (drill.to_owned(), step.to_owned(), what.to_owned());
        self.tell(Notice::Progress {
            drill,
            step,
            done,
            total,
            what,
        });
    }

    /// Does the work of the step that the drill is on: reads a check or a list, sends an action,
    /// follows a wait, cleans up. Returns when it is done, fails, or needs a person.
    ///
    /// # Errors
    /// [`EngineError`]; what was read or sent before stays recorded.
    pub async fn run_step(&self, drill: &str, step: &str) -> Result<Arc<Drill>, EngineError> {
        self.operator_of(drill)?;
        let _running = self.begin(drill, step)?;
        // What needs nobody's answer is refused before anybody is asked.
        self.same_place(drill)?;
        let declared = self.runnable(drill, step)?;
        self.same_identity(drill).await?;
        self.survey_due(drill).await?;
        match declared.kind {
            StepKind::Check | StepKind::Validate => self.run_check(drill, &declared).await?,
            StepKind::Choose => self.read_choices(drill, &declared).await?,
            StepKind::Action => self.run_action(drill, &declared).await?,
            StepKind::Wait => self.run_wait(drill, &declared).await?,
            StepKind::Cleanup => self.run_cleanup(drill, &declared).await?,
            StepKind::Read | StepKind::Manual | StepKind::Approval | StepKind::Review => {}
        }
        self.survey_due(drill).await?;
        self.drill(drill)
    }

    /// Returns the step that the drill is at, if it is this one and the app does it.
    fn runnable(&self, drill: &str, step: &str) -> Result<Step, EngineError> {
        let named = || step.to_owned();
        let known = self.drill(drill)?;
        let declared = known.runbook.step(step).cloned();
        let declared = declared.ok_or_else(|| Refusal::UnknownStep { step: named() })?;
        if current_step(&known).map(|index| known.runbook.steps[index].id.as_str()) != Some(step) {
            return Err(Refusal::NotCurrent { step: named() }.into());
        }
        match declared.kind {
            StepKind::Read | StepKind::Manual | StepKind::Approval | StepKind::Review => {
                Err(Refusal::WrongKind { step: named() }.into())
            }
            _ => Ok(declared),
        }
    }

    /// Only the operator of a drill works on it.
    pub(crate) fn operator_of(&self, drill: &str) -> Result<String, EngineError> {
        let operator = self.drill(drill)?.operator.clone();
        let seat = self.seat();
        if seat.id == operator {
            Ok(operator)
        } else {
            Err(EngineError::WrongRole {
                person: seat.name,
                role: seat.role,
            })
        }
    }

    /// Reads a check for each of its elements that is not settled, and judges it.
    pub(crate) async fn run_check(&self, drill: &str, step: &Step) -> Result<(), EngineError> {
        let known = self.drill(drill)?;
        let all = elements(&known, step);
        for (done, element) in all.iter().enumerate() {
            let settled = known.run(&step.id, &element.key);
            let again =
                current_step(&known).is_some_and(|index| known.runbook.steps[index].id != step.id);
            let open =
                settled.is_none_or(|run| matches!(run.state, RunState::Open | RunState::Failed));
            // Asked again by a gate: an element that was read again just now is not read a third time.
            let stale = again && settled.is_some_and(|run| is_stale(step, run, self.0.clock.now()));
            if open || stale {
                self.progress(drill, &step.id, done, all.len(), &element.label);
                self.check_element(drill, step, element).await?;
            }
        }
        Ok(())
    }

    async fn check_element(
        &self,
        drill: &str,
        step: &Step,
        element: &Element,
    ) -> Result<(), EngineError> {
        let operator = self.drill(drill)?.operator.clone();
        let place = place_of(step, element);
        let begun = self.0.clock.now();
        let limit = step
            .give_up
            .as_ref()
            .map(|give_up| std_duration(Some(&give_up.after), 0));
        loop {
            let known = self.drill(drill)?;
            let reading = self.read_step(&known, step, element, "check").await?;
            let (exchanges, blobs) = split(reading.evidence);
            let waited = (self.0.clock.now() - begun).to_std().unwrap_or_default();
            let last_try = match (&step.every, limit) {
                (Some(_), Some(limit)) => waited >= limit,
                _ => true,
            };
            let command = match reading.failed {
                Some((code, detail)) => Command::RecordFailure {
                    place: place.clone(),
                    exchanges,
                    code,
                    detail,
                },
                None => Command::RecordCheck {
                    place: place.clone(),
                    answers: reading.answers,
                    exchanges,
                    last_try,
                },
            };
            let before = known.last_seq;
            let (after, _) = self.transact(drill, &operator, command, Beside::blobs(blobs))?;
            if after.last_seq != before || last_try {
                return Ok(());
            }
            self.0
                .clock
                .wait(std_duration(step.every.as_deref(), 60))
                .await;
        }
    }

    /// Acknowledges a text.
    ///
    /// # Errors
    /// [`EngineError::Refused`] when the drill is elsewhere.
    pub fn acknowledge(&self, drill: &str, step: &str) -> Result<Arc<Drill>, EngineError> {
        self.command(
            drill,
            Command::Acknowledge {
                step: step.to_owned(),
            },
        )
    }

    /// Acknowledges a warning by name.
    ///
    /// # Errors
    /// [`EngineError::Refused`] when there is no such warning, or no reason.
    pub fn acknowledge_warning(
        &self,
        drill: &str,
        place: Place,
        number: usize,
        reason: String,
    ) -> Result<Arc<Drill>, EngineError> {
        self.command(
            drill,
            Command::AcknowledgeWarning {
                place,
                number,
                reason,
            },
        )
    }

    /// Fills in the fields of a manual or review step.
    ///
    /// # Errors
    /// [`EngineError::Refused`] naming the field that is wrong.
    pub fn enter_fields(
        &self,
        drill: &str,
        step: &str,
        values: BTreeMap<String, Value>,
    ) -> Result<Arc<Drill>, EngineError> {
        self.command(
            drill,
            Command::EnterFields {
                step: step.to_owned(),
                values,
            },
        )
    }

    /// Leaves a step out.
    ///
    /// # Errors
    /// [`EngineError::Refused`] when the runbook does not allow it.
    pub fn skip(&self, drill: &str, step: &str, reason: String) -> Result<Arc<Drill>, EngineError> {
        self.command(
            drill,
            Command::Skip {
                step: step.to_owned(),
                reason,
            },
        )
    }

    /// Breaks the drill off; cleanup, the untouched check and the review still run.
    ///
    /// # Errors
    /// [`EngineError::Refused`].
    pub fn abort(&self, drill: &str, reason: String) -> Result<Arc<Drill>, EngineError> {
        self.command(drill, Command::Abort { reason })
    }

    /// Ends the drill and signs a checkpoint.
    ///
    /// # Errors
    /// [`EngineError::Refused`] when steps are left to do.
    pub fn end(&self, drill: &str) -> Result<Arc<Drill>, EngineError> {
        let ended = self.command(drill, Command::End)?;
        self.checkpoint()?;
        Ok(ended)
    }

    /// Adds a finding.
    ///
    /// # Errors
    /// [`EngineError::Refused`] naming the field that is wrong.
    pub fn add_finding(
        &self,
        drill: &str,
        owner: String,
        due: String,
        text: String,
    ) -> Result<Arc<Drill>, EngineError> {
        self.command(drill, Command::AddFinding { owner, due, text })
    }

    /// Says how a finding was dealt with.
    ///
    /// # Errors
    /// [`EngineError::Refused`] when it is not open.
    pub fn resolve_finding(
        &self,
        drill: &str,
        finding: String,
        how: String,
    ) -> Result<Arc<Drill>, EngineError> {
        self.command(drill, Command::ResolveFinding { finding, how })
    }

    /// Sets the deadline of the drill's debts.
    ///
    /// # Errors
    /// [`EngineError::Refused`] when it lies in the past.
    pub fn set_deadline(
        &self,
        drill: &str,
        deadline: drillbook_core::Timestamp,
        reason: String,
    ) -> Result<Arc<Drill>, EngineError> {
        self.command(drill, Command::SetDeadline { deadline, reason })
    }

    /// In a recovery: hands what was restored over instead of deleting it.
    ///
    /// # Errors
    /// [`EngineError::Refused`] in a drill.
    pub fn hand_over(&self, drill: &str, to: String) -> Result<Arc<Drill>, EngineError> {
        self.command(drill, Command::HandOver { to })
    }

    /// A command of the operator that needs nothing from Azure.
    pub(crate) fn command(&self, drill: &str, command: Command) -> Result<Arc<Drill>, EngineError> {
        let operator = self.operator_of(drill)?;
        Ok(self
            .transact(drill, &operator, command, Beside::default())?
            .0)
    }
}
