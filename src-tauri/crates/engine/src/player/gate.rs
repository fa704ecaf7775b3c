//! What the cast does at a gate: asks, reads and signs, or waits for people elsewhere; and how it ends a drill.

use super::Move;
use crate::desk::{Shown, Verdict};
use crate::exchange::Exchange;
use crate::{Engine, EngineError};
use drillbook_core::{Drill, Place, RequestState, SignOff, elements, is_done};
use drillbook_runbook::Step as RunbookStep;

impl Engine {
    pub(super) async fn play_gate(
        &self,
        drill: &Drill,
        step: &RunbookStep,
        exchange: Option<&Exchange>,
    ) -> Result<Move, EngineError> {
        if exchange.is_some()
            && let Some(refused) = refused(drill, step)
        {
            return Ok(Move::Abort("approval.refused".to_owned(), refused));
        }
        let open = drill
            .sign_off(&step.id)
            .filter(|request| request.state == RequestState::Open)
            .cloned();
        if let Some(request) = open {
            if self.is_outdated(&request)? {
                self.as_operator(&drill.id)?;
                let reason = "The policy changed after it was asked for.".to_owned();
                self.close_request(&request.request, reason)?;
                return Ok(Move::On);
            }
            return match exchange {
                Some(exchange) => self.await_decision(drill, &request, exchange).await,
                None => self.play_review(drill, step, &request),
            };
        }
        self.as_operator(&drill.id)?;
        if let Some((place, number)) = first_warning(drill, step) {
            let reason = "Seen in the rehearsal; it stays as it is.".to_owned();
            self.acknowledge_warning(&drill.id, place, number, reason)?;
            return Ok(Move::On);
        }
        match self.ask_sign_off(&drill.id, &step.id).await {
            // A check that the gate asked again did not hold: the drill is back on that check.
            Err(EngineError::Refused(drillbook_core::Refusal::StaleCheck { .. })) => Ok(Move::On),
            other => other.map(|_| Move::On),
        }
    }

    /// Ends the drill; what was done without a quorum is laid out for its review first.
    pub(super) async fn play_end(
        &self,
        drill: &Drill,
        exchange: Option<&Exchange>,
    ) -> Result<Move, EngineError> {
        self.as_operator(&drill.id)?;
        if let Some(exchange) = exchange
            && drill.glass.iter().any(|one| one.reviewed.is_none())
            && drill.open_debts().next().is_none()
        {
            self.wait_for_review(drill, exchange).await?;
            return Ok(Move::On);
        }
        self.end(&drill.id).map(|_| Move::On)
    }

    /// Lays the request out for people elsewhere and takes their decision in.
    async fn await_decision(
        &self,
        drill: &Drill,
        request: &SignOff,
        exchange: &Exchange,
    ) -> Result<Move, EngineError> {
        self.as_operator(&drill.id)?;
        self.wait_for_decision(request, exchange).await?;
        Ok(Move::On)
    }

    /// One append at a time, so that a rehearsal can be cut off and resumed anywhere.
    fn play_review(
        &self,
        drill: &Drill,
        step: &RunbookStep,
        request: &SignOff,
    ) -> Result<Move, EngineError> {
        self.take_seat("security-reviewer")?;
        for name in &step.open_first {
            if request
                .evidence_opened
                .iter()
                .any(|(opened, _)| opened == name)
            {
                continue;
            }
            let newest = drill
                .evidence
                .iter()
                .rev()
                .find(|one| &one.step == name && one.evidence.is_some());
            if let Some(newest) = newest {
                self.open_evidence(&request.request, newest.seq)?;
                return Ok(Move::On);
            }
        }
        let reason = "Read and compared with the evidence.".to_owned();
        let head = self.head()?;
        let shown = Shown::of(&request.request, head.size, &head.root.hex())?;
        self.decide_request(&shown, Verdict::Approve, reason, &[])?;
        Ok(Move::On)
    }
}

/// Returns who refused the newest request of a gate, and why.
fn refused(drill: &Drill, gate: &RunbookStep) -> Option<String> {
    let newest = drill.sign_off(&gate.id)?;
    if newest.state != RequestState::Refused || is_done(drill, gate) {
        return None;
    }
    let said = newest.decisions.last()?;
    Some(format!("{} refused: {}", said.reviewer, said.reason))
}

fn first_warning(drill: &Drill, gate: &RunbookStep) -> Option<(Place, usize)> {
    let end = drill.runbook.index(&gate.id)?;
    for step in &drill.runbook.steps[..end] {
        let runs = drill.runs.get(&step.id);
        for (key, run) in runs.into_iter().flat_map(|run| &run.elements) {
            let open = run
                .judged
                .iter()
                .find(|one| one.result == "warned" && one.acknowledged.is_none());
            if let Some(open) = open {
                let element = elements(drill, step)
                    .into_iter()
                    .find(|one| &one.key == key);
                let element = element.filter(|one| one.value.is_some()).map(|one| one.key);
                return Some((
                    Place {
                        step: step.id.clone(),
                        element,
                    },
                    open.number,
                ));
            }
        }
    }
    None
}
