//! "I run it myself": the line of a step goes to the operator's own terminal, and what Azure shows afterwards is read.
//!
//! Deliberately absent: running anything. A line is handed out once its gate is passed, and never executed here.

use crate::act::{approved_action, deletion};
use crate::azure::evidenced;
use crate::log::Beside;
use crate::steps::place_of;
use crate::{Engine, EngineError};
use drillbook_arm::{ReadRequest, redact_text};
use drillbook_core::{
    Command, Drill, Element, IntentOutcome, Place, Refusal, Target, bound_of, elements, scope,
};
use drillbook_runbook::{Step, StepKind, template};
use drillbook_trust::action::CanonicalRequest;
use drillbook_trust::digest::Digest;
use std::sync::Arc;

/// The most that is kept of a command's output, in bytes.
const OUTPUT: usize = 256 * 1024;

/// The name under which a cleanup's requests stand in the journal.
const DELETE: &str = "delete";

impl Engine {
    /// Hands out the line of an approved request, to be run in a terminal of the operator's own. The intent and its
    /// debt are durable before the line is known; Drillbook does not send it.
    ///
    /// # Errors
    /// [`EngineError::Refused`] before the gate is passed, for a request that was sent already, or without a line.
    pub async fn take_outside(
        &self,
        drill: &str,
        place: Place,
        request_name: &str,
    ) -> Result<String, EngineError> {
        self.operator_of(drill)?;
        self.same_identity(drill).await?;
        self.require_seal()?;
        let _running = self.begin(drill, &place.step)?;
        let known = self.drill(drill)?;
        let (step, element) = at(&known, &place)?;
        let az = self.line(&known, &step, &element, request_name)?;
        let target = target(&step, &element, request_name);
        let lists = self.lists_before(&known, &step, &element).await?;
        let (before, evidence): (Vec<_>, Vec<_>) = lists.into_iter().unzip();
        let (exchanges, blobs) = crate::azure::split(evidence);
        let command = Command::TakeOutside {
            target,
            case: Box::new(self.case(&known, &step, &element)?),
            before,
            exchanges,
            az: az.clone(),
        };
        self.transact(drill, &known.operator, command, Beside::blobs(blobs))?;
        Ok(az)
    }

    /// Records that the operator ran a line outside, keeps what they pasted, and reads what Azure shows now.
    ///
    /// # Errors
    /// [`EngineError::Refused`] when the line was not taken, or when Azure does not show yet what it does; that the
    /// operator said so stays recorded.
    pub async fn report_outside(
        &self,
        drill: &str,
        place: Place,
        request_name: &str,
        output: &str,
    ) -> Result<Arc<Drill>, EngineError> {
        self.operator_of(drill)?;
        self.same_identity(drill).await?;
        let _running = self.begin(drill, &place.step)?;
        let known = self.drill(drill)?;
        let (step, element) = at(&known, &place)?;
        let az = self.line(&known, &step, &element, request_name)?;
        if output.len() > OUTPUT {
            return Err(Refusal::Field {
                field: "output".to_owned(),
                problem: "is longer than 256 KiB".to_owned(),
            }
            .into());
        }
        // Tokens and signed addresses have no business in the journal, whoever pastes them.
        let text = redact_text(output).0;
        let blob = (!text.trim().is_empty()).then(|| text.into_bytes());
        let command = Command::ReportOutside {
            target: target(&step, &element, request_name),
            az,
            pasted: blob.as_deref().map(|blob| Digest::of(blob).to_string()),
        };
        let beside = Beside::blobs(blob.into_iter().collect());
        self.transact(drill, &known.operator, command, beside)?;
        self.see_what_came(drill, &step, &element, request_name)
            .await?;
        self.drill(drill)
    }

    /// Reads what a line that was run outside did: the resource, the job, or once more what the step reads.
    async fn see_what_came(
        &self,
        drill: &str,
        step: &Step,
        element: &Element,
        request_name: &str,
    ) -> Result<(), EngineError> {
        match step.kind {
            StepKind::Check | StepKind::Validate => return self.run_check(drill, step).await,
            StepKind::Choose => return self.read_choices(drill, step).await,
            StepKind::Action | StepKind::Cleanup => {}
            // A wait is followed anyway.
            _ => return Ok(()),
        }
        let known = self.drill(drill)?;
        let target = target(step, element, request_name);
        let declared = step.requests.iter().find(|one| one.name == request_name);
        if let Some(declared) = declared.filter(|one| one.reconcile.is_some()) {
            self.search(drill, step, element, &target, declared).await?;
            return Ok(());
        }
        let sent = self.request_of(&known, step, element, request_name)?;
        let read = reading(&sent, target.bound.as_deref());
        let answer = self.0.arm.read(&read).await?;
        let evidence = evidenced(request_name, "read-back", None, answer.exchanges());
        let command = Command::RecordOutside {
            target,
            exchange: evidence.fact,
            response: answer.into_body(),
        };
        let blobs = Beside::blobs(vec![evidence.blob]);
        self.transact(drill, &known.operator, command, blobs)?;
        if step.kind == StepKind::Cleanup {
            self.prove_gone(drill, element).await?;
        }
        Ok(())
    }

    /// Returns the line of a request, whole: what is not known yet is no line.
    fn line(
        &self,
        drill: &Drill,
        step: &Step,
        element: &Element,
        request_name: &str,
    ) -> Result<String, EngineError> {
        if step.kind == StepKind::Cleanup {
            let sent = self.request_of(drill, step, element, request_name)?;
            return deletion(&sent).ok_or_else(|| Refusal::NoLine.into());
        }
        let declared = step.requests.iter().find(|one| one.name == request_name);
        let line = declared.and_then(|one| one.az.as_deref());
        let now = self.0.clock.now();
        let seen = scope(drill, step, element.value.as_ref(), None, now);
        line.and_then(|line| template::az(line, &seen).ok())
            .ok_or_else(|| Refusal::NoLine.into())
    }

    /// Returns the request as it was approved.
    fn request_of(
        &self,
        drill: &Drill,
        step: &Step,
        element: &Element,
        request_name: &str,
    ) -> Result<CanonicalRequest, EngineError> {
        let action = approved_action(drill, step, element)?;
        let request = action.request(request_name).cloned();
        request.ok_or_else(|| Refusal::NotCovered.into())
    }
}

/// Returns the step and the element of a place.
fn at(drill: &Drill, place: &Place) -> Result<(Step, Element), EngineError> {
    let unknown = || Refusal::UnknownStep {
        step: place.step.clone(),
    };
    let step = drill.runbook.step(&place.step).ok_or_else(unknown)?;
    let key = place.element.as_deref().unwrap_or_default();
    let element = elements(drill, step).into_iter().find(|one| one.key == key);
    let element = element.ok_or_else(|| Refusal::UnknownElement {
        step: place.step.clone(),
        element: key.to_owned(),
    })?;
    Ok((step.clone(), element))
}

fn target(step: &Step, element: &Element, request_name: &str) -> Target {
    Target {
        place: place_of(step, element),
        request_name: request_name.to_owned(),
        bound: bound_of(step, element),
    }
}

/// Returns the reading of what a request was sent to; that nothing is there is an answer as well.
fn reading(sent: &CanonicalRequest, bound: Option<&str>) -> ReadRequest {
    let path = bound.map_or_else(|| sent.path.clone(), drillbook_core::encode_id);
    ReadRequest::get(path, sent.api_version.clone())
        .accept(&[200, 404])
        .first_page_only()
}

/// A line that the operator could run now, or runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutsideLine {
    /// The element of the step.
    pub element: Option<String>,
    /// What the element is called.
    pub label: String,
    /// The request's name.
    pub request: String,
    /// It changes Azure: it is taken first, behind its gate.
    pub changes: bool,
    /// The line; `None` as long as it was not taken.
    pub line: Option<String>,
}

impl Engine {
    /// Returns the lines of the step that the drill is on: those that read, and of each element the next that changes
    /// Azure and is approved. One that was not taken yet is not shown.
    pub fn outside(&self, drill: &Drill, step: &Step) -> Vec<OutsideLine> {
        let mut all = Vec::new();
        for element in elements(drill, step) {
            let names = match step.kind {
                StepKind::Check | StepKind::Validate | StepKind::Choose | StepKind::Wait => {
                    let reads = step.requests.iter().filter(|one| one.for_each.is_none());
                    reads.map(|one| one.name.clone()).collect()
                }
                StepKind::Action => next_change(drill, step, &element).into_iter().collect(),
                StepKind::Cleanup => vec![DELETE.to_owned()],
                StepKind::Read | StepKind::Manual | StepKind::Approval | StepKind::Review => {
                    Vec::new()
                }
            };
            let lines = names
                .into_iter()
                .filter_map(|name| self.outside_line(drill, step, &element, name));
            all.extend(lines);
        }
        all
    }

    fn outside_line(
        &self,
        drill: &Drill,
        step: &Step,
        element: &Element,
        request: String,
    ) -> Option<OutsideLine> {
        let changes = matches!(step.kind, StepKind::Action | StepKind::Cleanup);
        let line = self.line(drill, step, element, &request).ok()?;
        let place = place_of(step, element);
        let bound = bound_of(step, element);
        let intent = drill.intent(
            &step.id,
            place.element.as_deref(),
            &request,
            bound.as_deref(),
        );
        let open = intent.map(|one| (one.outside, &one.outcome));
        let taken = match open {
            _ if !changes => true,
            Some((true, IntentOutcome::Open | IntentOutcome::Unanswered)) => true,
            None | Some((_, IntentOutcome::GivenUp)) => {
                self.case(drill, step, element).ok()?;
                false
            }
            Some(_) => return None,
        };
        Some(OutsideLine {
            element: place.element,
            label: element.label.clone(),
            request,
            changes,
            line: taken.then_some(line),
        })
    }
}

/// Returns the first changing request of an element that is not done; one inside another's command is done with it.
fn next_change(drill: &Drill, step: &Step, element: &Element) -> Option<String> {
    let key = element.value.as_ref().map(|_| element.key.as_str());
    let bound = bound_of(step, element);
    let done = |name: &str| {
        let intent = drill.intent(&step.id, key, name, bound.as_deref());
        intent.is_some_and(|one| {
            matches!(
                one.outcome,
                IntentOutcome::Accepted | IntentOutcome::Adopted
            )
        })
    };
    let mut changing = step
        .requests
        .iter()
        .filter(|one| one.get.is_none() && !one.secret);
    let next = changing.find(|one| !done(&one.name))?;
    next.az.is_some().then(|| next.name.clone())
}
