//! Choosing from lists that Azure was asked for: read, kept in memory, and read anew when that was long ago.

use crate::azure::split;
use crate::log::Beside;
use crate::steps::place_of;
use crate::{Engine, EngineError};
use chrono::TimeDelta;
use drillbook_core::{
    Answers, Command, Drill, Element, Place, Refusal, RowVerdict, RunState, Timestamp, elements,
    rows,
};
use drillbook_runbook::Step;
use std::sync::{Arc, PoisonError};

/// Answers to a choice, with evidence that is not recorded yet.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kept {
    pub(crate) answers: Answers,
    pub(crate) evidence: Vec<crate::azure::Evidenced>,
    /// When they were read.
    pub(crate) at: Timestamp,
}

/// How long an offer stands: who chooses later chooses from a list that is read anew.
const OFFER_STANDS: TimeDelta = TimeDelta::minutes(15);

/// A list to choose from: the element it is for, and its rows.
pub type Offer = (Element, Vec<RowVerdict>);

impl Engine {
    /// Reads the lists of a choice, records that, and keeps them in memory until it is made.
    pub(crate) async fn read_choices(&self, drill: &str, step: &Step) -> Result<(), EngineError> {
        let known = self.drill(drill)?;
        for element in elements(&known, step) {
            if known
                .run(&step.id, &element.key)
                .is_some_and(|run| run.state == RunState::Passed)
            {
                continue;
            }
            let Some(kept) = self.read_choice(drill, step, &element).await? else {
                return Ok(());
            };
            let (exchanges, blobs) = split(kept.evidence);
            let command = Command::RecordReads {
                place: place_of(step, &element),
                exchanges,
            };
            self.transact(drill, &known.operator, command, Beside::blobs(blobs))?;
            self.keep_answers(
                drill,
                &step.id,
                &element.key,
                Kept {
                    answers: kept.answers,
                    evidence: Vec::new(),
                    at: kept.at,
                },
            );
        }
        Ok(())
    }

    /// Reads the lists of a choice without recording that yet; the choice itself will.
    ///
    /// # Errors
    /// [`EngineError::Arm`] when nobody answered.
    pub(crate) async fn look_at_choices(
        &self,
        drill: &str,
        step: &Step,
    ) -> Result<(), EngineError> {
        let known = self.drill(drill)?;
        for element in elements(&known, step) {
            if known
                .run(&step.id, &element.key)
                .is_none_or(|run| run.state != RunState::Passed)
                && let Some(kept) = self.read_choice(drill, step, &element).await?
            {
                self.keep_answers(drill, &step.id, &element.key, kept);
            }
        }
        Ok(())
    }

    /// Reads the list of one element; `None` when Azure answered with an error, which is recorded.
    async fn read_choice(
        &self,
        drill: &str,
        step: &Step,
        element: &Element,
    ) -> Result<Option<Kept>, EngineError> {
        let known = self.drill(drill)?;
        let reading = self.read_step(&known, step, element, "choose").await?;
        let Some((code, detail)) = reading.failed else {
            return Ok(Some(Kept {
                answers: reading.answers,
                evidence: reading.evidence,
                at: self.0.clock.now(),
            }));
        };
        let (exchanges, blobs) = split(reading.evidence);
        let command = Command::RecordFailure {
            place: place_of(step, element),
            exchanges,
            code,
            detail,
        };
        self.transact(drill, &known.operator, command, Beside::blobs(blobs))?;
        Ok(None)
    }

    fn keep_answers(&self, drill: &str, step: &str, element: &str, kept: Kept) {
        let key = (drill.to_owned(), step.to_owned(), element.to_owned());
        self.0
            .answers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key, kept);
    }

    fn kept_answers(&self, drill: &str, step: &str, element: &str) -> Option<Kept> {
        let key = (drill.to_owned(), step.to_owned(), element.to_owned());
        self.0
            .answers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
            .cloned()
    }

    /// Returns the lists of a choice as they were read last; nothing when they were not read yet.
    ///
    /// # Errors
    /// [`EngineError::Refused`] when a query of the runbook fails.
    pub fn offers(&self, drill: &str, step: &str) -> Result<Vec<Offer>, EngineError> {
        let known = self.drill(drill)?;
        let Some(declared) = known.runbook.step(step) else {
            return Ok(Vec::new());
        };
        let now = self.0.clock.now();
        let mut all = Vec::new();
        for element in elements(&known, declared) {
            if let Some(kept) = self.kept_answers(drill, step, &element.key) {
                let listed = rows(&known, declared, element.value.as_ref(), &kept.answers, now)?;
                all.push((element, listed));
            }
        }
        Ok(all)
    }

    /// Chooses rows for one element, reading its list first if it is not in memory or was read long ago.
    ///
    /// # Errors
    /// [`EngineError::Refused`] when a row cannot be used.
    pub async fn choose(
        &self,
        drill: &str,
        place: Place,
        keys: Vec<String>,
        reason: String,
    ) -> Result<Arc<Drill>, EngineError> {
        let operator = self.operator_of(drill)?;
        let known = self.drill(drill)?;
        let step = known.runbook.step(&place.step).cloned();
        let step = step.ok_or_else(|| Refusal::UnknownStep {
            step: place.step.clone(),
        })?;
        let key = place.element.clone().unwrap_or_default();
        let stands = |kept: &Kept| self.0.clock.now() <= kept.at + OFFER_STANDS;
        let kept = match self.kept_answers(drill, &step.id, &key).filter(stands) {
            Some(kept) => kept,
            None => {
                let element = elements(&known, &step)
                    .into_iter()
                    .find(|one| one.key == key);
                let unknown = || Refusal::UnknownElement {
                    step: step.id.clone(),
                    element: key.clone(),
                };
                let read = self
                    .read_choice(drill, &step, &element.ok_or_else(unknown)?)
                    .await?;
                if let Some(read) = &read {
                    let mut offer = read.clone();
                    offer.evidence.clear();
                    self.keep_answers(drill, &step.id, &key, offer);
                }
                read.unwrap_or_default()
            }
        };
        let (exchanges, blobs) = split(kept.evidence);
        let command = Command::Choose {
            place,
            answers: kept.answers,
            exchanges,
            keys,
            reason,
        };
        Ok(self
            .transact(drill, &operator, command, Beside::blobs(blobs))?
            .0)
    }
}
