//! Every request that was sent: the gate is asked again, with what the bundle shows.

use super::{Asked, Checker, at, word};
use crate::fact::Fact;
use crate::verify::Stop;
use drillbook_diagnostic::Diagnostic;
use drillbook_trust::action::Action;
use drillbook_trust::digest::Digest;
use drillbook_trust::document::{Policy, Signed};
use drillbook_trust::gate::{GateCase, Intended, Operator, SignOff, prepare, standing};
use std::collections::BTreeMap;

/// Stands in an approved path for each resource that the action turns up.
const FOUND: &str = "/providers/drillbook.found/each";

/// A recorded intent, with the resource it was bound to.
pub(super) struct Sent {
    bound: Option<String>,
    intended: Intended,
}

impl Sent {
    /// Whether another intent was the same request.
    fn is(&self, other: &Intended) -> bool {
        (self.intended.action, &self.intended.request_name) == (other.action, &other.request_name)
    }
}

impl Checker<'_, '_, '_> {
    pub(super) fn intended(&mut self, fact: &Fact) -> Result<(), Stop> {
        let seq = fact.entry.seq;
        let request = fact
            .digest("request")
            .filter(|one| self.state.asked.contains_key(one));
        let request = request.ok_or_else(|| Stop::entry(seq, "was sent without any request"))?;
        let sent = Sent {
            bound: fact.text("bound").map(str::to_owned),
            intended: Intended {
                action: fact
                    .digest("action")
                    .ok_or_else(|| Stop::entry(seq, "names no action"))?,
                request_name: word(fact, "request_name")?,
                at: at(fact),
            },
        };
        let verdict = self.judge(fact, &request, &sent);
        if let Err((code, why)) = verdict {
            self.findings.entry(false, code, seq, &why);
        }
        self.state.intents.push((request, sent));
        Ok(())
    }

    fn judge(
        &self,
        fact: &Fact,
        request: &Digest,
        sent: &Sent,
    ) -> Result<(), (&'static str, String)> {
        let asked = &self.state.asked[request];
        let action = match asked.withheld.get(&sent.intended.action) {
            Some(step) if fact.text("step") == Some(step) => None,
            Some(_) => return Err(not_covered()),
            None => Some(covered(asked, fact, sent).ok_or_else(not_covered)?),
        };
        let policies: Vec<Signed<Policy>> = asked.policies_before.clone();
        let ask = asked.document.value();
        let policy = self
            .state
            .policies
            .iter()
            .find(|one| one.digest() == ask.policy);
        let policy = policy.ok_or_else(not_covered)?;
        let (operator, runbook) = self.state.opened.clone().ok_or_else(not_covered)?;
        let already: Vec<Intended> = self.already(request, sent);
        let mut sign_off = SignOff {
            log: &fact.entry.log,
            drill: &self.log.drill,
            step: &ask.step,
            gate: &ask.gate,
            runbook,
            policies_before: &policies,
            policy,
            request: &asked.document,
            decisions: &asked.decisions,
            revocations: &asked.revocations,
            break_glass: asked.break_glass.as_ref(),
            operator: Operator {
                person: &operator,
                device: &ask.device,
            },
            must_open: &[],
            heads_are_prefixes: asked.heads_are_prefixes,
            deadline: self.state.deadline,
            now: sent.intended.at,
        };
        let refused = |refusal: drillbook_trust::gate::GateRefusal| {
            (
                refusal.code(),
                format!("should not have been sent: {refusal}"),
            )
        };
        let Some(action) = action else {
            // What follows the first request of an approval may be sent after it ran out.
            let first = already.iter().map(|one| one.at).min();
            sign_off.now = first.unwrap_or(sign_off.now);
            let granted = standing(&sign_off).and_then(|standing| standing.granted());
            let bound = fact.withheld.contains("bound");
            return match granted {
                Ok(_) if bound || !already.iter().any(|one| sent.is(one)) => Ok(()),
                Ok(_) => Err(("approval.used", "was sent twice on one approval".to_owned())),
                Err(refusal) => Err(refused(refusal)),
            };
        };
        let case = GateCase {
            sign_off,
            action,
            action_shown: None,
            request_name: &sent.intended.request_name,
            already_intended: &already,
            facts: &BTreeMap::new(),
        };
        prepare(&case).map(drop).map_err(refused)
    }

    /// A late-bound request is used once for each resource, as the rules of the drill have it.
    fn already(&self, request: &Digest, sent: &Sent) -> Vec<Intended> {
        let earlier = self
            .state
            .intents
            .iter()
            .filter(|(under, _)| under == request);
        earlier
            .map(|(_, other)| {
                let mut intended = other.intended.clone();
                if other.bound != sent.bound {
                    intended.request_name.push_str(" of another resource");
                }
                intended
            })
            .collect()
    }
}

/// Returns the approved action that holds exactly the request that was sent.
fn covered<'a>(asked: &'a Asked, fact: &Fact, sent: &Sent) -> Option<&'a Action> {
    let (step, action) = asked.actions.get(&sent.intended.action)?;
    let canonical = action.request(&sent.intended.request_name)?;
    let same = fact.text("step") == Some(step)
        && fact.text("method") == Some(&canonical.method)
        && fact.text("path") == Some(&canonical.path)
        && inside(&canonical.path, sent.bound.as_deref());
    same.then_some(action)
}

fn not_covered() -> (&'static str, String) {
    let why = "was sent without an approval that covers it";
    ("approval.not_covered", why.to_owned())
}

/// A resource that an action turned up must lie within the group that was approved.
fn inside(path: &str, bound: Option<&str>) -> bool {
    let path = percent_decoded(path).to_lowercase();
    match (path.split_once(FOUND), bound) {
        (Some((group, _)), Some(bound)) => bound.to_lowercase().starts_with(&format!("{group}/")),
        (None, None) => true,
        _ => false,
    }
}

fn percent_decoded(path: &str) -> String {
    drillbook_core::decode_id(path)
}
