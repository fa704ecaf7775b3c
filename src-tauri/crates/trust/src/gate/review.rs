//! The review that a break-glass owes: without it the drill cannot close.

use super::GateRefusal;
use super::bench::{after, latest, signed_by};
use crate::document::{BreakGlass, Policy, Request, Review, Signed};
use chrono::{DateTime, Utc};

/// A review that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reviewed {
    /// Who.
    pub reviewer: String,
    /// When.
    pub reviewed_at: DateTime<Utc>,
    /// Whether it came after the time the policy grants: a deviation, not a refusal.
    pub late: bool,
}

/// Returns until when a break-glass has to be reviewed.
#[must_use]
pub fn review_due(policy: &Policy, break_glass: &BreakGlass) -> DateTime<Utc> {
    after(break_glass.declared_at, policy.break_glass.review_within_s)
}

/// Decides whether a review settles a break-glass.
///
/// Its author is neither the person who broke the glass nor the operator who asked, and has a
/// role of the gate. Whatever the verdict, the drill may close; an objection is a deviation.
pub fn reviewed(
    policy: &Signed<Policy>,
    request: &Signed<Request>,
    break_glass: &Signed<BreakGlass>,
    review: &Signed<Review>,
) -> Result<Reviewed, GateRefusal> {
    let (policy, asked, glass) = (policy.value(), request.value(), break_glass.value());
    let value = review.value();
    if value.break_glass != break_glass.digest() || glass.request != request.digest() {
        return Err(GateRefusal::OtherRequest);
    }
    let own = |person: &str| value.reviewer.eq_ignore_ascii_case(person);
    if own(&glass.person) || own(&asked.operator) {
        return Err(GateRefusal::OwnRequest);
    }
    let rule = policy.gates.get(&asked.gate);
    let rule = rule.ok_or_else(|| GateRefusal::GateUnknown {
        gate: asked.gate.clone(),
    })?;
    signed_by(policy, review, &value.reviewer)?;
    if !policy.has_role(&value.reviewer, &rule.roles) {
        return Err(GateRefusal::Role {
            person: value.reviewer.clone(),
        });
    }
    if latest(value.reviewed_at) < glass.declared_at {
        return Err(GateRefusal::NotYet { what: "review" });
    }
    Ok(Reviewed {
        reviewer: value.reviewer.clone(),
        reviewed_at: value.reviewed_at,
        late: value.reviewed_at > review_due(policy, glass),
    })
}

#[cfg(test)]
mod tests {
    use super::reviewed;
    use crate::cast::{self, ALMA, OMAR, RITA, SAM, at, scene};
    use crate::document::{Review, Verdict};
    use chrono::TimeDelta;
    use drillbook_diagnostic::Diagnostic;

    fn code(change: impl FnOnce(&mut Review), signer: &str) -> &'static str {
        let mut scene = scene();
        scene.break_glass = Some((cast::break_glass(OMAR), OMAR.into()));
        let signed = scene.signed();
        let glass = signed.break_glass.as_ref().unwrap();
        let mut review = cast::review(glass, RITA);
        change(&mut review);
        let review = cast::sign(&review, signer);
        match reviewed(&signed.policy, &signed.request, glass, &review) {
            Ok(reviewed) if reviewed.late => "late",
            Ok(_) => "reviewed",
            Err(refusal) => refusal.code(),
        }
    }

    #[test]
    fn another_person_reviews_a_break_glass() {
        assert_eq!(code(|_| {}, RITA), "reviewed");
        assert_eq!(code(|r| r.verdict = Verdict::Refuse, RITA), "reviewed");
        assert_eq!(code(|r| r.reviewed_at += TimeDelta::days(3), RITA), "late");
        assert_eq!(
            code(|r| r.reviewed_at = at("09:57"), RITA),
            "approval.not_yet"
        );
        assert_eq!(
            code(|r| r.reviewer = OMAR.into(), OMAR),
            "approval.own_request"
        );
        assert_eq!(code(|r| r.reviewer = ALMA.into(), ALMA), "approval.role");
        assert_eq!(code(|_| {}, SAM), "approval.signature");
        let other = |r: &mut Review| r.break_glass = crate::digest::Digest::of(b"");
        assert_eq!(code(other, RITA), "approval.other_request");
    }
}
