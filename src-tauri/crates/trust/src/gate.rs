//! The gate: whether this request may be sent now, and the Permit that says so.
//!
//! [`authorize`] is pure and the only way to a [`Permit`]; the mutating client takes one by value.
//! Everything a rule needs is an argument: times, facts and whether the heads are prefixes.
//! Deliberately absent: the journal, Azure, and a way to make, copy or store a Permit.
//!
//! ```compile_fail,E0451
//! use drillbook_trust::{digest::Digest, gate::{Authority, Permit}};
//! let permit = Permit {
//!     action: Digest::of(b""),
//!     request_name: String::new(),
//!     request_document: Digest::of(b""),
//!     expires_at: chrono::DateTime::UNIX_EPOCH,
//!     authority: Authority::Quorum, // every field is private
//! };
//! ```
//! ```compile_fail,E0599
//! fn twice(permit: drillbook_trust::gate::Permit) {
//!     let _again = permit.clone();
//! }
//! ```

mod bench;
mod condition;
mod refusal;
mod review;
mod revoked;
mod standing;

pub use bench::signed_by;
pub use condition::holds;
pub use refusal::GateRefusal;
pub use review::{Reviewed, review_due, reviewed};
pub use revoked::revokes;
pub use standing::{Approval, NotCounted, Standing, standing};

use crate::action::{Action, differences};
use crate::digest::Digest;
use crate::disclosure::Value;
use crate::document::{BreakGlass, CoverKind, Decision, Policy, Request, Revocation, Signed};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;

/// The gate whose approvals live until the drill's deadline at least: debt can always be paid.
pub const CLEANUP_GATE: &str = "cleanup";

/// How long a Permit lives that was given after its approval ran out, because an action of the
/// same gate had begun in time.
const FOLLOWING_MINUTES: i64 = 15;

/// The documents of one sign-off and the circumstances in which they are judged.
#[derive(Debug, Clone, Copy)]
pub struct SignOff<'a> {
    /// Origin of the log.
    pub log: &'a str,
    /// The drill.
    pub drill: &'a str,
    /// The approval step of the runbook.
    pub step: &'a str,
    /// The gate which the runbook names for that step.
    pub gate: &'a str,
    /// Digest of the drill's runbook.
    pub runbook: Digest,
    /// Earlier versions of the policy, oldest first; empty when version 1 is in force.
    pub policies_before: &'a [Signed<Policy>],
    /// The policy in force.
    pub policy: &'a Signed<Policy>,
    /// The operator's request.
    pub request: &'a Signed<Request>,
    /// Every decision that names it.
    pub decisions: &'a [Signed<Decision>],
    /// Every revocation of one of them.
    pub revocations: &'a [Signed<Revocation>],
    /// A break-glass for the request.
    pub break_glass: Option<&'a Signed<BreakGlass>>,
    /// Who is at the desk.
    pub operator: Operator<'a>,
    /// Commitments of the evidence that a reviewer has to open first.
    pub must_open: &'a [String],
    /// Whether every witnessed head (request, decisions) is a prefix of the log.
    pub heads_are_prefixes: bool,
    /// The drill's cleanup deadline.
    pub deadline: Option<DateTime<Utc>>,
    /// The time.
    pub now: DateTime<Utc>,
}

/// Who is at the desk, and on which account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operator<'a> {
    /// The person's id.
    pub person: &'a str,
    /// Fingerprint that stands for the OS account.
    pub device: &'a str,
}

/// One request that is about to be sent.
#[derive(Debug, Clone, Copy)]
pub struct GateCase<'a> {
    /// The sign-off that should cover it.
    pub sign_off: SignOff<'a>,
    /// The action, computed anew from the drill as it is now.
    pub action: &'a Action,
    /// The action that was shown, if the journal still has it: to name what moved.
    pub action_shown: Option<&'a Action>,
    /// Which of the action's requests.
    pub request_name: &'a str,
    /// Everything intended so far under this request document.
    pub already_intended: &'a [Intended],
    /// Facts that conditions may bound, read just now. `now` is always known.
    pub facts: &'a BTreeMap<String, Value>,
}

/// A recorded `action.intended`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intended {
    /// The action's digest.
    pub action: Digest,
    /// Which of its requests.
    pub request_name: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// Why an open intent may be sent again (trust.md §4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Continuation {
    /// Azure answered that it did not accept the request, with this HTTP status.
    Rejected(u16),
    /// The outcome was unknown and a read-back shows that the request did not take effect.
    ReadBack,
}

/// On whose authority a Permit was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authority {
    /// The policy's quorum.
    Quorum,
    /// A policy-named person without a quorum: the drill is marked and owes a review.
    BreakGlass,
}

/// Proof that exactly this request may be sent now.
///
/// Its fields are private and only this module makes one. It is neither `Clone` nor `Default`:
/// sending consumes it.
#[derive(Debug, PartialEq, Eq)]
pub struct Permit {
    action: Digest,
    request_name: String,
    request_document: Digest,
    expires_at: DateTime<Utc>,
    authority: Authority,
}

/// Proof that the same checks hold, good for fetching a secret before the intent and nothing else.
#[derive(Debug, PartialEq, Eq)]
pub struct Clearance {
    action: Digest,
    request_name: String,
    expires_at: DateTime<Utc>,
}

impl Permit {
    /// Returns the digest of the action.
    #[must_use]
    pub fn action(&self) -> Digest {
        self.action
    }

    /// Returns the name of the one request of the action that may be sent.
    #[must_use]
    pub fn request_name(&self) -> &str {
        &self.request_name
    }

    /// Returns the request document that covers it.
    #[must_use]
    pub fn request_document(&self) -> Digest {
        self.request_document
    }

    /// Returns until when it may be sent.
    #[must_use]
    pub fn expires_at(&self) -> DateTime<Utc> {
        self.expires_at
    }

    /// Returns on whose authority.
    #[must_use]
    pub fn authority(&self) -> Authority {
        self.authority
    }
}

impl Clearance {
    /// Returns the digest of the action.
    #[must_use]
    pub fn action(&self) -> Digest {
        self.action
    }

    /// Returns the name of the request that the secret is for.
    #[must_use]
    pub fn request_name(&self) -> &str {
        &self.request_name
    }

    /// Returns until when the secret may be fetched.
    #[must_use]
    pub fn expires_at(&self) -> DateTime<Utc> {
        self.expires_at
    }
}

/// Decides whether this request may be sent, for the first time, now.
pub fn authorize(case: &GateCase<'_>) -> Result<Permit, GateRefusal> {
    unused(case)?;
    grant(case, case.already_intended, Moment::Now)
}

/// Makes the same checks as [`authorize`] before the intent, conditions on facts excepted: they
/// are read after the secret was fetched.
pub fn prepare(case: &GateCase<'_>) -> Result<Clearance, GateRefusal> {
    unused(case)?;
    clear(grant(case, case.already_intended, Moment::BeforeFacts)?)
}

/// Decides whether a request whose intent is recorded may be sent again under that intent.
///
/// After 401 or 429 it may while the approval lives; PUT, DELETE and PATCH may after a read-back,
/// for which the approval must have lived at the time of the intent. Every other rule holds as
/// in [`authorize`].
pub fn continue_intent(
    case: &GateCase<'_>,
    intent: &Intended,
    why: Continuation,
) -> Result<Permit, GateRefusal> {
    let (others, moment) = open_intent(case, intent, why)?;
    grant(case, &others, moment)
}

/// Makes the same checks as [`continue_intent`], to fetch a secret anew.
pub fn prepare_again(
    case: &GateCase<'_>,
    intent: &Intended,
    why: Continuation,
) -> Result<Clearance, GateRefusal> {
    let (others, moment) = open_intent(case, intent, why)?;
    let moment = if moment == Moment::Now {
        Moment::BeforeFacts
    } else {
        moment
    };
    clear(grant(case, &others, moment)?)
}

/// At which moment approval and facts are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// Now, conditions included.
    Now,
    /// Now, conditions not yet.
    BeforeFacts,
    /// When the intent was recorded; its conditions were judged then.
    AtIntent(DateTime<Utc>),
}

fn unused(case: &GateCase<'_>) -> Result<(), GateRefusal> {
    let digest = case.action.digest();
    let same = |i: &&Intended| i.action == digest && i.request_name == case.request_name;
    match case.already_intended.iter().find(same) {
        Some(intent) => Err(GateRefusal::Used { at: intent.at }),
        None => Ok(()),
    }
}

fn open_intent(
    case: &GateCase<'_>,
    intent: &Intended,
    why: Continuation,
) -> Result<(Vec<Intended>, Moment), GateRefusal> {
    let fits = intent.action == case.action.digest()
        && intent.request_name == case.request_name
        && intent.at <= case.sign_off.now
        && case.already_intended.contains(intent);
    if !fits {
        return Err(GateRefusal::NothingIntended);
    }
    let method = case
        .action
        .request(case.request_name)
        .map_or("", |r| r.method.as_str());
    let moment = match why {
        Continuation::Rejected(401 | 429) => Moment::Now,
        Continuation::ReadBack if matches!(method, "PUT" | "DELETE" | "PATCH") => {
            Moment::AtIntent(intent.at)
        }
        Continuation::Rejected(_) | Continuation::ReadBack => {
            return Err(GateRefusal::NotRepeatable {
                method: method.into(),
            });
        }
    };
    // An intent cannot keep its own approval alive: only what was intended before it counts.
    let before = case
        .already_intended
        .iter()
        .filter(|other| other.at < intent.at);
    Ok((before.cloned().collect(), moment))
}

/// Everything that [`authorize`], [`prepare`] and their continuations have in common.
fn grant(
    case: &GateCase<'_>,
    intended: &[Intended],
    moment: Moment,
) -> Result<Permit, GateRefusal> {
    covered(case)?;
    let sign_off = &case.sign_off;
    let judged = match moment {
        Moment::Now | Moment::BeforeFacts => sign_off.now,
        Moment::AtIntent(at) => at,
    };
    let facts = (moment == Moment::Now).then_some(case.facts);
    let first_intended = intended.iter().map(|i| i.at).min();
    let standing = standing::judge(sign_off, judged, first_intended, facts)?;
    let (lives_until, authority) = standing.granted()?;
    let expires_at = if lives_until < sign_off.now {
        sign_off.now + TimeDelta::minutes(FOLLOWING_MINUTES)
    } else {
        lives_until
    };
    Ok(Permit {
        action: case.action.digest(),
        request_name: case.request_name.into(),
        request_document: sign_off.request.digest(),
        expires_at,
        authority,
    })
}

fn clear(permit: Permit) -> Result<Clearance, GateRefusal> {
    let Permit {
        action,
        request_name,
        expires_at,
        ..
    } = permit;
    Ok(Clearance {
        action,
        request_name,
        expires_at,
    })
}

/// The request document must cover the action as it is now, and the action hold the request.
fn covered(case: &GateCase<'_>) -> Result<(), GateRefusal> {
    let covers = |digest: Digest| {
        let mut covers = case.sign_off.request.value().covers.iter();
        covers.any(|cover| cover.kind == CoverKind::Action && cover.digest == digest)
    };
    let digest = case.action.digest();
    if !covers(digest) {
        return Err(match case.action_shown {
            Some(shown) if covers(shown.digest()) => GateRefusal::DigestDiffers {
                fields: differences(shown, case.action),
            },
            _ => GateRefusal::NotCovered {
                what: digest.to_string(),
            },
        });
    }
    let sends = |method: &str| !matches!(method, "GET" | "HEAD");
    match case.action.request(case.request_name) {
        Some(request) if sends(&request.method) => Ok(()),
        _ => Err(GateRefusal::NotCovered {
            what: case.request_name.into(),
        }),
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
