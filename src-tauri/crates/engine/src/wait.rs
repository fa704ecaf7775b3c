//! Waiting: polls as often as the runbook says, journaled only when something changed.

use crate::azure::split;
use crate::evidence::PictureInput;
use crate::log::Beside;
use crate::steps::{place_of, std_duration};
use crate::{Engine, EngineError};
use drillbook_core::{Command, Element, RunState, elements};
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
        loop {
            let known = self.drill(drill)?;
            let all = elements(&known, step);
            let open: Vec<&Element> = all
                .iter()
                .filter(|one| {
                    known
                        .run(&step.id, &one.key)
                        .is_none_or(|run| run.state == RunState::Open)
                })
                .collect();
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
                "asked Azure",
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
        let (mut exchanges, blobs) = split(reading.evidence);
        let command = match reading.failed {
            Some((code, detail)) => Command::RecordFailure {
                place,
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
                    place,
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
            for (title, bytes) in pictures {
                let origin = "Azure".to_owned();
                let input = PictureInput {
                    step: step.id.clone(),
                    element: place_of(step, element).element,
                    title,
                    bytes,
                    origin,
                };
                self.attach_fetched(drill, input)?;
            }
        }
        Ok(())
    }
}
