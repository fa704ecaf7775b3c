//! Recording what a preflight read, in the runbook's order and through the drill's own rules.
//!
//! The rules stop at the first step that does not hold, and so does the record of steps; what was read
//! beyond it stands in the list of findings, which is attached as evidence.

use super::{Finding, Stated};
use crate::azure::split;
use crate::log::Beside;
use crate::reads::Reading;
use crate::steps::place_of;
use crate::{Engine, EngineError};
use drillbook_core::{Command, Drill, Element, current_step, is_done};
use drillbook_runbook::{Step, StepKind};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What was read or stated for a step, by its id.
#[derive(Debug, Default)]
pub(super) struct Readings {
    pub(super) read: BTreeMap<String, Vec<(Element, Reading)>>,
    pub(super) chosen: BTreeMap<(String, String), Vec<String>>,
    pub(super) stated: BTreeMap<String, Stated>,
    /// How many findings were told already.
    pub(super) told: usize,
}

/// Why a choice was made, as the journal says it.
const REASON: &str = "Named on the command line, or the only row that can be used.";

impl Engine {
    /// Records the steps up to the first that does not hold, and the findings as evidence.
    pub(super) fn record_preflight(
        &self,
        drill: &str,
        mut readings: Readings,
        findings: &[Finding],
    ) -> Result<Arc<Drill>, EngineError> {
        let runbook = self.drill(drill)?.runbook.clone();
        let mut last = runbook.steps.first().map(|step| step.id.clone());
        for (index, step) in runbook.steps.iter().enumerate() {
            let known = self.drill(drill)?;
            if current_step(&known) != Some(index) {
                if is_done(&known, step) {
                    continue;
                }
                break;
            }
            if !self.record_step(drill, step, &mut readings)? {
                break;
            }
            last = Some(step.id.clone());
            let after = self.drill(drill)?;
            if !is_done(&after, step) {
                break;
            }
        }
        let text = serde_json::to_string_pretty(findings).unwrap_or_default();
        let title = "Findings of the preflight".to_owned();
        self.attach_text(drill, &last.unwrap_or_default(), title, text)
    }

    /// Records one step; false when nothing is known of it.
    fn record_step(
        &self,
        drill: &str,
        step: &Step,
        readings: &mut Readings,
    ) -> Result<bool, EngineError> {
        match step.kind {
            StepKind::Read => {
                self.acknowledge(drill, &step.id)?;
                Ok(true)
            }
            StepKind::Manual => match readings.stated.remove(&step.id) {
                Some(values) => {
                    self.enter_fields(drill, &step.id, values)?;
                    Ok(true)
                }
                None => Ok(false),
            },
            StepKind::Check | StepKind::Validate | StepKind::Choose => {
                let Some(read) = readings.read.remove(&step.id) else {
                    return Ok(false);
                };
                for (element, reading) in read {
                    let key = (step.id.clone(), element.key.clone());
                    let chosen = readings.chosen.remove(&key);
                    self.record_reading(drill, step, &element, reading, chosen)?;
                }
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    fn record_reading(
        &self,
        drill: &str,
        step: &Step,
        element: &Element,
        reading: Reading,
        chosen: Option<Vec<String>>,
    ) -> Result<(), EngineError> {
        let place = place_of(step, element);
        let (exchanges, blobs) = split(reading.evidence);
        let command = match (reading.failed, step.kind, chosen) {
            (Some((code, detail)), ..) => Command::RecordFailure {
                place,
                exchanges,
                code,
                detail,
            },
            (None, StepKind::Choose, Some(keys)) => Command::Choose {
                place,
                answers: reading.answers,
                exchanges,
                keys,
                reason: REASON.to_owned(),
            },
            (None, StepKind::Choose, None) => Command::RecordReads { place, exchanges },
            (None, ..) => Command::RecordCheck {
                place,
                answers: reading.answers,
                exchanges,
                last_try: true,
            },
        };
        let operator = self.drill(drill)?.operator.clone();
        self.transact(drill, &operator, command, Beside::blobs(blobs))?;
        Ok(())
    }
}
