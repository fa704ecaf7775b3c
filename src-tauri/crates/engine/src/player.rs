//! A rehearsal that plays itself: the built-in cast does what a careful person would do.
//!
//! It goes through the same use cases as the window. Pictures are never invented.

mod gate;

use crate::exchange::Exchange;
use crate::{Engine, EngineError};
use drillbook_core::{
    Drill, EndOfDrill, IntentOutcome, Place, RunState, current_step, is_done, may_skip,
};
use drillbook_runbook::{Field, FieldType, Purpose, Step as RunbookStep, StepKind};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the player is about to do, for progress on a terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Number of the step, from 1.
    pub number: usize,
    /// How many there are.
    pub total: usize,
    /// Id of the step.
    pub id: String,
    /// Its title.
    pub title: String,
}

/// How a rehearsal is played.
#[derive(Debug, Clone)]
pub struct Auto {
    /// The runbook, when none is resumed.
    pub runbook: String,
    /// Go on with the newest drill.
    pub resume: bool,
    /// Let people on other machines decide; without it, the built-in cast does.
    pub exchange: Option<Exchange>,
}

/// How it ended.
#[derive(Debug, Clone)]
pub struct Played {
    /// The drill.
    pub drill: Arc<Drill>,
    /// How it ended.
    pub end: EndOfDrill,
    /// Code of what stood in the way, when it did not close.
    pub code: Option<String>,
    /// What the operator read.
    pub sentence: Option<String>,
}

/// How often the player tries one step before it breaks the drill off.
const TRIES: u32 = 3;

impl Engine {
    /// Plays a drill to its end with the built-in cast.
    ///
    /// # Errors
    /// [`EngineError`] of journal or client; refusals are part of the play.
    pub async fn play(
        &self,
        auto: &Auto,
        mut watch: impl FnMut(&Step),
    ) -> Result<Played, EngineError> {
        let mut drill = self.begin_play(auto).await?;
        let mut tries: BTreeMap<(String, u64), u32> = BTreeMap::new();
        let mut trouble: Option<(String, String)> = None;
        while drill.end.is_none() {
            let before = drill.last_seq;
            let step = current_step(&drill).map(|index| drill.runbook.steps[index].clone());
            let outcome = match &step {
                Some(step) => {
                    watch(&described(&drill, step));
                    self.play_step(&drill, step, auto.exchange.as_ref()).await
                }
                None => self.play_end(&drill, auto.exchange.as_ref()).await,
            };
            drill = self.drill(&drill.id)?;
            match outcome {
                Ok(Move::On) if drill.last_seq != before => {}
                Ok(Move::Stop(code, sentence)) => {
                    let reason = format!("{code}: {sentence}");
                    trouble.get_or_insert((code, sentence));
                    self.as_operator(&drill.id)?;
                    self.finish(&drill, &reason)?;
                }
                Ok(Move::Abort(code, sentence)) => {
                    trouble.get_or_insert((code.clone(), sentence.clone()));
                    self.give_in(&drill, &format!("{code}: {sentence}"))?;
                }
                Ok(Move::On) => {
                    let stuck = (
                        "engine.stuck".to_owned(),
                        "nothing moves any more".to_owned(),
                    );
                    trouble.get_or_insert(stuck.clone());
                    self.give_in(&drill, &stuck.1)?;
                }
                // Somebody else has to act first: there is nothing to try again.
                Err(
                    error @ (EngineError::NoDecision { .. }
                    | EngineError::Refused(drillbook_core::Refusal::ReviewOwed { .. })),
                ) => return Err(error),
                Err(error) => {
                    let key = (step.map(|step| step.id).unwrap_or_default(), before);
                    let tried = tries.entry(key).or_default();
                    *tried += 1;
                    if !is_refusal(&error) && *tried >= TRIES {
                        return Err(error);
                    }
                    if is_refusal(&error) {
                        let said = said(&error);
                        trouble.get_or_insert(said.clone());
                        self.give_in(&drill, &format!("{}: {}", said.0, said.1))?;
                    }
                }
            }
            drill = self.drill(&drill.id)?;
        }
        let end = drill.end.map_or(EndOfDrill::Stopped, |(_, end)| end);
        let trouble = if end == EndOfDrill::Closed {
            None
        } else {
            trouble
        };
        let (code, sentence) = trouble.unzip();
        Ok(Played {
            drill,
            end,
            code,
            sentence,
        })
    }

    async fn begin_play(&self, auto: &Auto) -> Result<Arc<Drill>, EngineError> {
        // The newest drill, ended or not: one that was cut off right after its end is not begun anew.
        if auto.resume
            && let Some(newest) = self.drills()?.into_iter().next()
        {
            return Ok(newest);
        }
        self.take_seat("operator")?;
        self.open_drill(&auto.runbook, Purpose::Drill).await
    }

    fn take_seat(&self, role: &str) -> Result<(), EngineError> {
        let person = self.people().into_iter().find(|person| person.role == role);
        let person = person.ok_or_else(|| EngineError::UnknownPerson {
            person: role.to_owned(),
        })?;
        self.switch_person(&person.id)?;
        Ok(())
    }

    fn as_operator(&self, drill: &str) -> Result<(), EngineError> {
        let operator = self.drill(drill)?.operator.clone();
        self.switch_person(&operator)?;
        Ok(())
    }

    /// Breaks the drill off, or ends it when it was broken off already.
    fn give_in(&self, drill: &Drill, reason: &str) -> Result<(), EngineError> {
        self.as_operator(&drill.id)?;
        if drill.aborted.is_none() {
            self.abort(&drill.id, reason.to_owned())?;
        } else {
            self.finish(drill, reason)?;
        }
        Ok(())
    }

    /// Ends a drill; one that owes nothing first leaves out the check that would keep it open for ever.
    fn finish(&self, drill: &Drill, reason: &str) -> Result<(), EngineError> {
        let step = current_step(drill).map(|index| &drill.runbook.steps[index]);
        match step.filter(|step| may_skip(drill, step) && drill.open_debts().next().is_none()) {
            Some(step) => self.skip(&drill.id, &step.id, reason.to_owned())?,
            None => self.end(&drill.id)?,
        };
        Ok(())
    }

    async fn play_step(
        &self,
        drill: &Drill,
        step: &RunbookStep,
        exchange: Option<&Exchange>,
    ) -> Result<Move, EngineError> {
        if step.kind == StepKind::Approval {
            return self.play_gate(drill, step, exchange).await;
        }
        self.as_operator(&drill.id)?;
        match step.kind {
            StepKind::Read => self.acknowledge(&drill.id, &step.id).map(|_| Move::On),
            StepKind::Manual | StepKind::Review => {
                let values = step
                    .fields
                    .iter()
                    .filter_map(|field| Some((field.name.clone(), answer(field, drill)?)));
                self.enter_fields(&drill.id, &step.id, values.collect())
                    .map(|_| Move::On)
            }
            StepKind::Choose => self.play_choice(drill, step).await,
            StepKind::Check
            | StepKind::Validate
            | StepKind::Wait
            | StepKind::Action
            | StepKind::Cleanup => self.play_work(drill, step).await,
            StepKind::Approval => Ok(Move::On),
        }
    }

    async fn play_choice(&self, drill: &Drill, step: &RunbookStep) -> Result<Move, EngineError> {
        self.look_at_choices(&drill.id, step).await?;
        for (element, rows) in self.offers(&drill.id, &step.id)? {
            let place = Place {
                step: step.id.clone(),
                element: element.value.as_ref().map(|_| element.key.clone()),
            };
            let now = self.drill(&drill.id)?;
            if now
                .run(&step.id, &element.key)
                .is_some_and(|run| run.state != RunState::Open)
            {
                continue;
            }
            let many = step.choose.as_ref().is_some_and(|choose| choose.many);
            let usable: Vec<String> = rows
                .iter()
                .filter(|row| row.reasons.is_empty())
                .map(|row| row.key.clone())
                .collect();
            let Some(first) = usable.first().cloned() else {
                let reasons: Vec<String> = rows
                    .iter()
                    .filter_map(|row| Some(format!("{}: {}", row.label, row.reasons.first()?)))
                    .collect();
                let sentence = format!(
                    "{}: no row can be used ({})",
                    step.title,
                    reasons.join("; ")
                );
                return Ok(Move::Abort("choice.nothing_usable".to_owned(), sentence));
            };
            let keys = if many { usable } else { vec![first] };
            let reason = "The first that can be used.".to_owned();
            self.choose(&drill.id, place, keys, reason).await?;
        }
        Ok(Move::On)
    }

    async fn play_work(&self, drill: &Drill, step: &RunbookStep) -> Result<Move, EngineError> {
        // A rehearsal that was cut off after a failure gives in as it would have.
        // After an abort a wait that could not be read is asked once more: Azure may still work.
        let again = drill.aborted.is_some() && step.kind == StepKind::Wait;
        let after = match failure(drill, step) {
            Some(_) if !again => self.drill(&drill.id)?,
            _ => self.run_step(&drill.id, &step.id).await?,
        };
        if is_done(&after, step) {
            return Ok(Move::On);
        }
        if step.kind == StepKind::Action
            && let Some(next) = self.play_unknown(&after, step)?
        {
            return Ok(next);
        }
        if let Some((code, detail)) = failure(&after, step) {
            return Ok(match (after.aborted.is_some(), step.kind) {
                (true, _) => Move::Stop(code, detail),
                (false, _) => Move::Abort(code, detail),
            });
        }
        if step.kind == StepKind::Cleanup {
            // A group that is not empty only follows from what could not be deleted inside it.
            let all = after.debts.iter().flat_map(|debt| &debt.artefacts);
            let kept = all
                .filter_map(|one| one.kept.clone())
                .min_by_key(|(code, _)| code == "cleanup.not_empty");
            if let Some((code, message)) = kept {
                return Ok(Move::Stop(code, message));
            }
        }
        Ok(Move::On)
    }

    /// An unknown outcome: several candidates are nobody's to choose here; none is given up.
    fn play_unknown(&self, drill: &Drill, step: &RunbookStep) -> Result<Option<Move>, EngineError> {
        let intent = drill
            .intents
            .iter()
            .find(|intent| intent.step == step.id && intent.outcome == IntentOutcome::Unanswered);
        let Some(intent) = intent else {
            return Ok(None);
        };
        let found = intent
            .candidates
            .as_ref()
            .and_then(|(_, rows)| rows.as_array().map(Vec::len));
        match found {
            Some(0) => {
                let place = Place {
                    step: intent.step.clone(),
                    element: intent.element.clone(),
                };
                let reason = "nothing was found in ten minutes".to_owned();
                self.give_up(&drill.id, place, &intent.request_name, reason)?;
                Ok(Some(Move::On))
            }
            Some(count) if count > 1 => {
                let sentence =
                    format!("{count} jobs could be the one that the unanswered request started");
                Ok(Some(Move::Stop(
                    "action.outcome_unknown".to_owned(),
                    sentence,
                )))
            }
            _ => Ok(None),
        }
    }
}

/// What comes after a step was played.
enum Move {
    On,
    Abort(String, String),
    Stop(String, String),
}

fn described(drill: &Drill, step: &RunbookStep) -> Step {
    Step {
        number: drill.runbook.index(&step.id).unwrap_or(0) + 1,
        total: drill.runbook.steps.len(),
        id: step.id.clone(),
        title: step.title.clone(),
    }
}

fn is_refusal(error: &EngineError) -> bool {
    use drillbook_diagnostic::{Diagnostic, Severity};
    matches!(error.severity(), Severity::Refused)
}

fn said(error: &EngineError) -> (String, String) {
    use drillbook_diagnostic::Diagnostic;
    (error.code().to_owned(), error.to_string())
}

/// Returns what the cast enters: the runbook's rehearsal value, its default, or the first option.
fn answer(field: &Field, drill: &Drill) -> Option<Value> {
    if let Some(value) = field.rehearsal.clone().or_else(|| field.default.clone()) {
        return Some(value);
    }
    if !field.required {
        return None;
    }
    Some(match field.kind {
        FieldType::Choice => json!(field.options.first()?.value),
        FieldType::Flag => json!(true),
        FieldType::Number => json!(1),
        FieldType::Duration => json!("PT2H"),
        FieldType::Money => json!("100.00 USD"),
        FieldType::Person => json!(drill.operator),
        FieldType::Time => json!(drill.opened.to_rfc3339()),
        FieldType::List => json!([]),
        FieldType::Text | FieldType::LongText | FieldType::Reference => json!("Rehearsed"),
    })
}

/// Returns why an element of a step failed: the expectations' words, or Azure's.
fn failure(drill: &Drill, step: &RunbookStep) -> Option<(String, String)> {
    let runs = drill.runs.get(&step.id)?;
    let failed = runs
        .elements
        .values()
        .find(|run| run.state == RunState::Failed)?;
    failed.failure.clone()
}
