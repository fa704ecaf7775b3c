//! How a sign-off stands: which decisions count, which do not and why.
//!
//! A decision that does not count hinders nothing, so that nobody can block a drill with noise;
//! a well-signed refusal by somebody who could have approved blocks it.

use super::bench::{Bench, latest, signed_by};
use super::{Authority, CLEANUP_GATE, GateRefusal, SignOff};
use crate::digest::Digest;
use crate::disclosure::Value;
use crate::document::verify_chain;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

/// An approval that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// The decision document.
    pub decision: Digest,
    /// Who.
    pub reviewer: String,
    /// When.
    pub decided_at: DateTime<Utc>,
    /// Until when it lives.
    pub expires_at: DateTime<Utc>,
    /// Whether it was made on the account that asked: marked wherever it is shown.
    pub same_device: bool,
}

/// A decision that does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotCounted {
    /// The decision document.
    pub decision: Digest,
    /// Why.
    pub why: GateRefusal,
}

/// How a sign-off stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Approvals that count, at most one a person.
    pub approvals: Vec<Approval>,
    /// Decisions that do not.
    pub not_counted: Vec<NotCounted>,
    /// How many approvals the policy demands.
    pub needed: u64,
    /// Who refused, and why.
    pub refused: Option<(String, String)>,
    /// Until when a break-glass lives, if there is a valid one.
    pub break_glass_until: Option<DateTime<Utc>>,
    /// Why the break-glass that was handed in does not count.
    pub break_glass_refused: Option<GateRefusal>,
    /// Whether the request waits no longer for decisions.
    pub request_over: bool,
}

impl Standing {
    /// Returns until when the sign-off lives and on whose authority, or why it is not given.
    pub fn granted(&self) -> Result<(DateTime<Utc>, Authority), GateRefusal> {
        if let Some((person, reason)) = &self.refused {
            return Err(GateRefusal::Refused {
                person: person.clone(),
                reason: reason.clone(),
            });
        }
        let mut ends: Vec<DateTime<Utc>> = self.approvals.iter().map(|a| a.expires_at).collect();
        ends.sort_unstable_by(|a, b| b.cmp(a));
        // The sign-off lives as long as enough of its approvals do.
        let last = usize::try_from(self.needed)
            .ok()
            .and_then(|n| n.checked_sub(1));
        if let Some(until) = last.and_then(|last| ends.get(last)) {
            return Ok((*until, Authority::Quorum));
        }
        if let Some(until) = self.break_glass_until {
            return Ok((until, Authority::BreakGlass));
        }
        if let Some(why) = &self.break_glass_refused {
            return Err(why.clone());
        }
        if let Some(not_counted) = self.not_counted.first() {
            return Err(not_counted.why.clone());
        }
        if self.request_over {
            return Err(GateRefusal::RequestExpired);
        }
        let have = self.approvals.len() as u64;
        Err(GateRefusal::Quorum {
            have,
            needed: self.needed,
        })
    }
}

/// Judges a sign-off now; conditions are not evaluated, because they speak of the dispatch.
///
/// `Err` means that the request itself is worth nothing; how its decisions stand is in `Ok`.
pub fn standing(sign_off: &SignOff<'_>) -> Result<Standing, GateRefusal> {
    judge(sign_off, sign_off.now, None, None)
}

pub(super) fn judge(
    sign_off: &SignOff<'_>,
    at: DateTime<Utc>,
    first_intended: Option<DateTime<Utc>>,
    facts: Option<&BTreeMap<String, Value>>,
) -> Result<Standing, GateRefusal> {
    let policy = sign_off.policy.value();
    let request = sign_off.request.value();
    verify_chain(sign_off.policies_before, sign_off.policy)
        .map_err(GateRefusal::PolicyUntrusted)?;
    fits(sign_off)?;
    let rule = policy
        .gates
        .get(&request.gate)
        .ok_or_else(|| GateRefusal::GateUnknown {
            gate: request.gate.clone(),
        })?;
    let request_keys = signed_by(policy, sign_off.request, &request.operator)?;
    if !sign_off.heads_are_prefixes {
        return Err(GateRefusal::HeadNotPrefix);
    }
    let cleanup = request.gate == CLEANUP_GATE;
    // Debt can be paid, and what has begun be finished, under a policy that ran out meanwhile.
    if !policy.is_valid_at(request.requested_at)
        || !(cleanup || first_intended.is_some() || policy.is_valid_at(at))
    {
        return Err(GateRefusal::PolicyExpired);
    }
    if request.requested_at > latest(sign_off.now) {
        return Err(GateRefusal::NotYet { what: "request" });
    }
    let bench = Bench {
        sign_off,
        policy,
        request,
        rule,
        at,
        first_intended,
        facts,
        request_keys,
    };
    let mut standing = Standing {
        approvals: Vec::new(),
        not_counted: Vec::new(),
        needed: rule.quorum,
        refused: None,
        break_glass_until: None,
        break_glass_refused: None,
        request_over: bench.request_end() < sign_off.now,
    };
    for decision in sign_off.decisions {
        bench.weigh(decision, &mut standing);
    }
    match sign_off
        .break_glass
        .map(|document| bench.break_glass(document))
    {
        Some(Ok(until)) => standing.break_glass_until = Some(until),
        Some(Err(why)) => standing.break_glass_refused = Some(why),
        None => {}
    }
    Ok(standing)
}

/// The request must be about this drill, this step, this runbook, this operator and this policy.
fn fits(sign_off: &SignOff<'_>) -> Result<(), GateRefusal> {
    let request = sign_off.request.value();
    if request.log != sign_off.log || request.drill != sign_off.drill {
        return Err(GateRefusal::OtherDrill {
            drill: request.drill.clone(),
        });
    }
    if request.step != sign_off.step || request.gate != sign_off.gate {
        return Err(GateRefusal::OtherGate {
            step: request.step.clone(),
        });
    }
    if request.runbook.digest != sign_off.runbook {
        return Err(GateRefusal::RunbookDiffers);
    }
    if request.policy != sign_off.policy.digest() {
        return Err(GateRefusal::PolicyDiffers);
    }
    if request.operator != sign_off.operator.person {
        return Err(GateRefusal::OperatorDiffers {
            operator: request.operator.clone(),
        });
    }
    Ok(())
}
