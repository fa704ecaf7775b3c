//! Waiting: polls as often as the runbook says, journaled only when something changed.

use crate::azure::split;
use crate::evidence::PictureInput;
use crate::log::Beside;
use crate::steps::{place_of, std_duration};
use crate::{Engine, EngineError};
use drillbook_core::{Command, Drill, Element, ElementRun, Place, RunState, elements, is_over};
use drillbook_runbook::Step;
use std::collections::BTreeMap;

impl Engine {
    /// Follows every element of a wait until each is over, or the wait gives up.
    pub(crate) async fn run_wait(&self, drill: &str, step: &Step) -> Result<(), EngineError> {
        let begun = self.0.clock.now();
        let limit = step
            .give_up
            .as_ref()
            .map(|give_up| std_duration(Some(&give_up.after), 0));
        let mut polls: BTreeMap<String, u64> = BTreeMap::new();
        let mut first = true;
        self.rest(&*self.drill(drill)?, step).await;
        loop {
            let known = self.drill(drill)?;
            let all = elements(&known, step);
            let open: Vec<&Element> = all
                .iter()
                .filter(|one| {
                    // One that could not be read is asked again when a person runs the step again.
                    let asks =
                        |run: &ElementRun| run.state == RunState::Open || (first && !is_over(run));
                    known.run(&step.id, &one.key).is_none_or(asks)
                })
                .collect();
            first = false;
            if open.is_empty() {
                return Ok(());
            }
            for element in &open {
                self.start_wait(drill, step, element)?;
            }
            for element in &open {
                let count = polls.entry(element.key.clone()).or_default();
                *count += 1;
                self.poll(drill, step, element, *count).await?;
            }
            self.progress(
                drill,
                &step.id,
                all.len() - open.len(),
                all.len(),
                "Asked Azure",
            );
            let known = self.drill(drill)?;
            let over = all.iter().all(|one| {
                known
                    .run(&step.id, &one.key)
                    .is_some_and(|run| run.state != RunState::Open)
            });
            let waited = (self.0.clock.now() - begun).to_std().unwrap_or_default();
            if over || limit.is_some_and(|limit| waited > limit) {
                return Ok(());
            }
            self.0
                .clock
                .wait(std_duration(step.every.as_deref(), 60))
                .await;
        }
    }

    /// Whoever resumes a wait asks no sooner than whoever asked last would have.
    async fn rest(&self, drill: &Drill, step: &Step) {
        let runs = drill.runs.get(&step.id).into_iter();
        let waits = runs.flat_map(|runs| runs.elements.values());
        let asked = waits
            .filter_map(|run| run.wait.as_ref())
            .filter(|wait| wait.polls > 0)
            .map(|wait| wait.at)
            .max();
        let every = std_duration(step.every.as_deref(), 60);
        let passed = asked.map(|at| (self.0.clock.now() - at).to_std().unwrap_or_default());
        if let Some(rest) = passed.and_then(|passed| every.checked_sub(passed)) {
            self.0.clock.wait(rest).await;
        }
    }

    fn start_wait(&self, drill: &str, step: &Step, element: &Element) -> Result<(), EngineError> {
        let known = self.drill(drill)?;
        if known
            .run(&step.id, &element.key)
            .is_some_and(|run| run.wait.is_some())
        {
            return Ok(());
        }
        let command = Command::StartWait {
            place: place_of(step, element),
        };
        self.transact(drill, &known.operator, command, Beside::default())?;
        Ok(())
    }

    async fn poll(
        &self,
        drill: &str,
        step: &Step,
        element: &Element,
        polls: u64,
    ) -> Result<(), EngineError> {
        let known = self.drill(drill)?;
        let reading = self.read_step(&known, step, element, "poll").await?;
        let place = place_of(step, element);
        let pictures = reading.pictures;
        // What the step demands is there before it passes; otherwise a picture comes with the pass.
        let (demanded, others): (Vec<_>, Vec<_>) = pictures
            .into_iter()
            .partition(|_| step.evidence_after.iter().any(|one| one == "picture"));
        self.attach_all(drill, &place, demanded)?;
        let (mut exchanges, blobs) = split(reading.evidence);
        let command = match reading.failed {
            Some((code, detail)) => Command::RecordFailure {
                place: place.clone(),
                exchanges,
                code,
                detail,
            },
            None => {
                let exchange = if exchanges.is_empty() {
                    return Ok(());
                } else {
                    exchanges.remove(0)
                };
                Command::RecordPoll {
                    place: place.clone(),
                    answers: reading.answers,
                    exchange,
                    polls,
                }
            }
        };
        let (after, _) = self.transact(drill, &known.operator, command, Beside::blobs(blobs))?;
        let passed = after
            .run(&step.id, &element.key)
            .is_some_and(|run| run.state == RunState::Passed);
        if passed {
            self.attach_all(drill, &place, others)?;
        }
        Ok(())
    }

    fn attach_all(
        &self,
        drill: &str,
        place: &Place,
        pictures: Vec<(String, Vec<u8>)>,
    ) -> Result<(), EngineError> {
        for (title, bytes) in pictures {
            let input = PictureInput {
                step: place.step.clone(),
                element: place.element.clone(),
                title,
                bytes,
                origin: "Azure".to_owned(),
            };
            self.attach_fetched(drill, input)?;
        }
        Ok(())
    }
}
