//! Commands that send what was signed, and that tell what came of it.

use drillbook_core::*;
use drillbook_trust::action::Action;
use serde_json::json;

use super::{World, exchange, target};

impl World {
    pub fn dispatch(&self, target: &Target) -> Command {
        Command::Dispatch {
            target: target.clone(),
            case: self.case(&target.place.step),
            before: Vec::new(),
            exchanges: Vec::new(),
        }
    }

    /// The first request of machine a in an action step.
    pub fn dispatch_of(&self, step: &str) -> Command {
        let declared = self.drill.runbook.step(step).unwrap();
        self.dispatch(&target(step, Some("a"), &declared.requests[0].name))
    }

    pub fn again(&self, target: &Target) -> Command {
        Command::ContinueIntent {
            target: target.clone(),
            case: self.case(&target.place.step),
        }
    }

    pub fn outcome(target: &Target, outcome: Outcome) -> Command {
        Command::RecordOutcome {
            target: target.clone(),
            exchange: Some(ExchangeFact {
                correlation_id: Some(format!("{target:?}")),
                ..exchange("action", 200)
            }),
            inside: Vec::new(),
            outcome,
        }
    }

    pub fn accepted(target: &Target) -> Command {
        World::outcome(
            target,
            Outcome::Accepted {
                poll_url: None,
                response: json!({}),
            },
        )
    }

    pub fn rejected(target: &Target, code: &str, again: bool) -> Command {
        let (code, message) = (code.to_owned(), "no".to_owned());
        World::outcome(
            target,
            Outcome::Rejected {
                code,
                message,
                again,
            },
        )
    }

    /// Sends a request and has it accepted.
    #[track_caller]
    pub fn send(&mut self, target: &Target) {
        self.does(self.dispatch(target));
        self.does(World::accepted(target));
    }

    pub fn action(&self, step: &str, element: Option<&str>) -> Option<Action> {
        let covers = self
            .drill
            .requests
            .iter()
            .flat_map(|request| &request.covers);
        let found = covers
            .rev()
            .find(|one| one.step == step && one.element.as_deref() == element);
        found.and_then(|one| one.action.clone())
    }
}
