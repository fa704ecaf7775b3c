//! Walking through the checks before the first gate, side by side where nothing stands between them.
//!
//! What is found goes into a copy of the drill, so that later steps see the names of earlier ones; the
//! journal gets it afterwards, in order.

use super::record::Readings;
use super::{Finding, Found, Preflight, Stated, choice, order};
use crate::reads::Reading;
use crate::{Engine, EngineError};
use drillbook_core::{
    Drill, Element, Event, Json, Recorded, Timestamp, apply, elements, holds, judge, rows, scope,
};
use drillbook_diagnostic::{Diagnostic, chain};
use drillbook_runbook::{Field, FieldType, Otherwise, Step, StepKind};
use drillbook_trust::digest::Digest;
use futures::future::{BoxFuture, FutureExt, join_all};
use futures::stream::{FuturesUnordered, StreamExt};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// How far a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Waiting,
    Reading,
    /// What it yields is known.
    Settled,
    /// What it yields will not be known.
    Stuck,
}

/// Elements of a step with what was read for each.
type Read = Vec<(Element, Result<Reading, EngineError>)>;

pub(super) struct Walk<'a> {
    engine: &'a Engine,
    asked: &'a Preflight,
    drill: Drill,
    steps: Vec<Step>,
    stages: Vec<Stage>,
    waits: Vec<BTreeSet<usize>>,
    findings: Vec<Finding>,
    readings: Readings,
}

impl<'a> Walk<'a> {
    pub(super) fn new(engine: &'a Engine, drill: &Drill, asked: &'a Preflight) -> Walk<'a> {
        let all = &drill.runbook.steps;
        let gate = all.iter().position(|step| step.kind == StepKind::Approval);
        let steps = all[..gate.unwrap_or(all.len())].to_vec();
        Walk {
            waits: (0..steps.len())
                .map(|index| order::waits_for(&steps, index))
                .collect(),
            stages: vec![Stage::Waiting; steps.len()],
            engine,
            asked,
            drill: drill.clone(),
            steps,
            findings: Vec::new(),
            readings: Readings::default(),
        }
    }

    /// Reads until nothing more can be asked.
    pub(super) async fn run(&mut self, watch: &mut impl FnMut(&Finding)) {
        let mut reading: FuturesUnordered<BoxFuture<'a, (usize, Read)>> = FuturesUnordered::new();
        loop {
            while let Some(index) = self.next_ready() {
                if let Some(read) = self.begin(index) {
                    reading.push(read);
                }
            }
            self.hand_over(watch);
            let Some((index, read)) = reading.next().await else {
                return;
            };
            self.take(index, read);
        }
    }

    pub(super) fn into_parts(self) -> (Vec<Finding>, Readings) {
        (self.findings, self.readings)
    }

    /// Tells of the findings that were not told yet.
    fn hand_over(&mut self, watch: &mut impl FnMut(&Finding)) {
        let told = self.readings.told;
        self.findings[told..].iter().for_each(watch);
        self.readings.told = self.findings.len();
    }

    fn next_ready(&self) -> Option<usize> {
        (0..self.steps.len()).find(|index| {
            let over = |at: &usize| matches!(self.stages[*at], Stage::Settled | Stage::Stuck);
            self.stages[*index] == Stage::Waiting && self.waits[*index].iter().all(over)
        })
    }

    /// Settles a step that needs no reading, or starts its reads.
    fn begin(&mut self, index: usize) -> Option<BoxFuture<'a, (usize, Read)>> {
        let step = self.steps[index].clone();
        let blocking = self.waits[index]
            .iter()
            .find(|at| self.stages[**at] == Stage::Stuck)
            .map(|at| self.steps[*at].id.clone());
        if let Some(blocking) = blocking {
            self.stages[index] = Stage::Stuck;
            self.not_reached(&step, &blocking);
            return None;
        }
        self.stages[index] = match step.kind {
            StepKind::Read => Stage::Settled,
            StepKind::Manual => self.state_fields(&step),
            _ => Stage::Reading,
        };
        if self.stages[index] != Stage::Reading {
            return None;
        }
        let applying = match self.applying(&step) {
            Ok(all) => all,
            Err(error) => {
                self.stages[index] = Stage::Stuck;
                self.not_known(&step, None, &error);
                return None;
            }
        };
        let (engine, drill) = (self.engine, Arc::new(self.drill.clone()));
        let purpose = if step.kind == StepKind::Choose {
            "choose"
        } else {
            "check"
        };
        let read = async move {
            let each = applying.into_iter().map(|element| {
                let (drill, step) = (Arc::clone(&drill), &step);
                async move {
                    let reading = engine.read_step(&drill, step, &element, purpose).await;
                    (element, reading)
                }
            });
            (index, join_all(each).await)
        };
        Some(read.boxed())
    }

    /// Returns the elements that the step's condition does not rule out.
    fn applying(&self, step: &Step) -> Result<Vec<Element>, EngineError> {
        let now = self.engine.clock().now();
        let mut all = Vec::new();
        for element in elements(&self.drill, step) {
            let seen = scope(&self.drill, step, element.value.as_ref(), None, now);
            let applies = match &step.when {
                Some(when) => holds(when, &seen, self.drill.measured_at(now))?,
                None => true,
            };
            if applies {
                all.push(element);
            }
        }
        Ok(all)
    }

    /// Enters what a person would state: what the caller gave, what the runbook proposes, and in a
    /// rehearsal what its cast says.
    fn state_fields(&mut self, step: &Step) -> Stage {
        let mut stated = Stated::new();
        for field in &step.fields {
            match self.stated(field) {
                Some(value) => {
                    stated.insert(field.name.clone(), value);
                }
                None if field.required => {
                    self.findings.push(Finding {
                        code: Some("preflight.field_missing".to_owned()),
                        next: Some(format!("State it: --set {}=VALUE.", field.name)),
                        open: true,
                        ..found(step, None, Found::NotKnown, &field.label)
                    });
                    return Stage::Stuck;
                }
                None => {}
            }
        }
        for (name, value) in &stated {
            self.apply(Event::FieldEntered {
                step: step.id.clone(),
                name: name.clone(),
                value: Json(value.clone()),
            });
        }
        self.readings.stated.insert(step.id.clone(), stated);
        Stage::Settled
    }

    fn stated(&self, field: &Field) -> Option<Value> {
        if let Some(text) = self.asked.fields.get(&field.name) {
            return Some(typed(field, text));
        }
        let rehearsed = match self.engine.is_live() {
            true => None,
            false => field.rehearsal.clone(),
        };
        rehearsed
            .or_else(|| field.default.clone())
            .or_else(|| match field.kind {
                FieldType::Text | FieldType::LongText | FieldType::Reference => {
                    Some(json!("Not stated: preflight"))
                }
                _ => None,
            })
    }

    /// Judges what was read for a step, element by element in their order.
    fn take(&mut self, index: usize, read: Read) {
        let step = self.steps[index].clone();
        let mut settled = true;
        for (element, reading) in read {
            let reading = match reading {
                Ok(reading) => reading,
                Err(error) => {
                    self.not_known(&step, Some(&element), &error);
                    settled = false;
                    continue;
                }
            };
            settled &= match self.judge(&step, &element, &reading) {
                Ok(settled) => settled,
                Err(error) => {
                    self.not_known(&step, Some(&element), &error);
                    false
                }
            };
            let all = self.readings.read.entry(step.id.clone()).or_default();
            all.push((element, reading));
        }
        self.stages[index] = if settled {
            Stage::Settled
        } else {
            Stage::Stuck
        };
    }

    /// Judges one element; true when what it yields is known.
    fn judge(
        &mut self,
        step: &Step,
        element: &Element,
        reading: &Reading,
    ) -> Result<bool, EngineError> {
        if let Some((code, sentence)) = &reading.failed {
            self.answered_with_error(step, element, code, sentence, reading);
            return Ok(false);
        }
        if step.kind == StepKind::Choose && !self.choose(step, element, reading)? {
            return Ok(false);
        }
        let now = self.engine.clock().now();
        // A row that was chosen is part of its element from now on.
        let item = elements(&self.drill, step)
            .into_iter()
            .find(|one| one.key == element.key)
            .and_then(|one| one.value);
        let key = element.value.as_ref().map(|_| element.key.as_str());
        let judged = judge(&self.drill, step, key, item.as_ref(), &reading.answers, now)?;
        for event in judged.events {
            self.judged(step, element, &event);
            self.apply(event);
        }
        Ok(judged.failed.is_empty())
    }

    /// Makes a choice; false when nobody can make it here.
    fn choose(
        &mut self,
        step: &Step,
        element: &Element,
        reading: &Reading,
    ) -> Result<bool, EngineError> {
        let now = self.engine.clock().now();
        let offered = rows(
            &self.drill,
            step,
            element.value.as_ref(),
            &reading.answers,
            now,
        )?;
        let named = choice::named(&self.asked.choices, step, element);
        let keys = match choice::pick(step, &offered, &named) {
            Ok(keys) => keys,
            Err(not) => {
                let result = if not.open {
                    Found::NotKnown
                } else {
                    Found::Failed
                };
                self.findings.push(Finding {
                    value: not.sentence,
                    code: Some(not.code.to_owned()),
                    next: Some(not.next),
                    open: not.open,
                    ..found(step, Some(element), result, &step.title)
                });
                return Ok(false);
            }
        };
        let chosen = offered.iter().filter(|row| keys.contains(&row.key));
        let labels: Vec<&str> = chosen.clone().map(|row| row.label.as_str()).collect();
        self.findings.push(Finding {
            value: labels.join(", "),
            ..found(step, Some(element), Found::Chosen, &step.title)
        });
        let rows: Vec<Value> = chosen.map(|row| row.row.clone()).collect();
        let declared = step.choose.as_ref();
        let value = match declared.is_some_and(|choose| choose.many) {
            true => Value::Array(rows),
            false => rows.into_iter().next().unwrap_or_default(),
        };
        self.apply(Event::ChoiceMade {
            step: step.id.clone(),
            name: declared
                .map(|choose| choose.name.clone())
                .unwrap_or_default(),
            chosen: keys.len() as u64,
            offered: offered.len() as u64,
            element: element.value.as_ref().map(|_| element.key.clone()),
            value: Json(value),
            alternatives: Json(Value::Null),
            reason: String::new(),
        });
        let place = (step.id.clone(), element.key.clone());
        self.readings.chosen.insert(place, keys);
        Ok(true)
    }

    fn judged(&mut self, step: &Step, element: &Element, event: &Event) {
        let Event::ExpectationJudged {
            number,
            result,
            value,
            expected,
            ..
        } = event
        else {
            return;
        };
        let number = usize::try_from(*number).unwrap_or(usize::MAX);
        let Some(expectation) = step.expectations.get(number) else {
            return;
        };
        let result = match result.as_str() {
            "passed" => Found::Passed,
            "warned" => Found::Warned,
            "failed" => Found::Failed,
            _ => Found::NotChecked,
        };
        let look_next = expectation.look_next.clone();
        self.findings.push(Finding {
            value: value.clone(),
            expected: expected.clone(),
            code: (result == Found::Failed).then(|| "check.failed".to_owned()),
            next: look_next.filter(|_| result != Found::Passed),
            open: result == Found::NotChecked && expectation.otherwise == Otherwise::Fail,
            ..found(step, Some(element), result, &expectation.that)
        });
    }

    /// Azure's own refusal: it says no, unless it only says that we come too often or unknown.
    fn answered_with_error(
        &mut self,
        step: &Step,
        element: &Element,
        code: &str,
        sentence: &str,
        reading: &Reading,
    ) {
        let status = reading.evidence.last().map_or(0, |one| one.fact.status);
        let open = matches!(status, 401 | 408 | 429);
        let known = drillbook_arm::known(code);
        let result = if open { Found::NotKnown } else { Found::Failed };
        self.findings.push(Finding {
            value: sentence.to_owned(),
            code: Some(code.to_owned()),
            next: Some(
                known
                    .map_or(step.if_not.as_str(), |known| known.next)
                    .to_owned(),
            ),
            open,
            ..found(step, Some(element), result, &step.title)
        });
    }

    fn not_known(&mut self, step: &Step, element: Option<&Element>, error: &EngineError) {
        self.findings.push(Finding {
            value: chain(error),
            code: Some(error.code().to_owned()),
            next: error.remediation(),
            open: true,
            ..found(step, element, Found::NotKnown, &step.title)
        });
    }

    fn not_reached(&mut self, step: &Step, blocking: &str) {
        self.findings.push(Finding {
            value: format!("it needs what {blocking} yields"),
            open: true,
            ..found(step, None, Found::NotReached, &step.title)
        });
    }

    /// Lets the copy of the drill see a fact; positions are provisional.
    fn apply(&mut self, event: Event) {
        let at: Timestamp = self.engine.clock().now().max(self.drill.last_at);
        let entry = Recorded {
            seq: self.drill.last_seq + 1,
            at,
            actor: String::new(),
            leaf: Digest::of(b"preflight"),
            event,
        };
        self.drill = apply(self.drill.clone(), &entry);
    }
}

fn found(step: &Step, element: Option<&Element>, result: Found, check: &str) -> Finding {
    Finding {
        step: step.id.clone(),
        element: element
            .filter(|one| one.value.is_some())
            .map(|one| one.label.clone()),
        result,
        check: check.to_owned(),
        value: String::new(),
        expected: String::new(),
        code: None,
        next: None,
        open: false,
    }
}

/// Reads a field's value from text, as its type wants it; the rules judge what does not fit.
fn typed(field: &Field, text: &str) -> Value {
    match field.kind {
        FieldType::List => text.split(',').map(|one| json!(one.trim())).collect(),
        FieldType::Flag => match text {
            "true" | "yes" => json!(true),
            "false" | "no" => json!(false),
            other => json!(other),
        },
        FieldType::Number => text
            .parse::<i64>()
            .map_or(json!(text), |number| json!(number)),
        _ => json!(text),
    }
}
