//! Taking a decision back: by the person who made it, or by an owner of the policy.

use super::GateRefusal;
use super::bench::{latest, signed_by};
use crate::document::{Decision, Policy, Revocation, Signed};
use chrono::{DateTime, Utc};

/// Decides whether a revocation takes a decision back.
///
/// # Errors
/// [`GateRefusal`] when it names another decision, its author may not, or its dates cannot be.
pub fn revokes(
    policy: &Policy,
    decision: &Signed<Decision>,
    revocation: &Signed<Revocation>,
    now: DateTime<Utc>,
) -> Result<(), GateRefusal> {
    let value = revocation.value();
    if value.decision != decision.digest() {
        return Err(GateRefusal::OtherRequest);
    }
    author(policy, &decision.value().reviewer, revocation)?;
    let made = decision.value().decided_at;
    if value.revoked_at > latest(now) || latest(value.revoked_at) < made {
        return Err(GateRefusal::NotYet { what: "revocation" });
    }
    Ok(())
}

/// Whether a person may take back what `reviewer` decided, and signed it.
pub(super) fn author(
    policy: &Policy,
    reviewer: &str,
    revocation: &Signed<Revocation>,
) -> Result<(), GateRefusal> {
    let person = &revocation.value().person;
    if person != reviewer && !policy.owners.contains(person) {
        return Err(GateRefusal::Role {
            person: person.clone(),
        });
    }
    signed_by(policy, revocation, person).map(drop)
}

#[cfg(test)]
mod tests {
    use super::revokes;
    use crate::cast::{self, ALMA, RITA, SAM, at, scene};
    use crate::document::Revocation;
    use drillbook_diagnostic::Diagnostic;

    fn code(change: impl FnOnce(&mut Revocation), signer: &str) -> &'static str {
        let scene = scene();
        let signed = scene.signed();
        let decision = &signed.decisions[0];
        let mut revocation = cast::revocation(RITA);
        revocation.decision = decision.digest();
        change(&mut revocation);
        let revocation = cast::sign(&revocation, signer);
        match revokes(signed.policy.value(), decision, &revocation, at("11:00")) {
            Ok(()) => "revoked",
            Err(refusal) => refusal.code(),
        }
    }

    #[test]
    fn the_reviewer_or_an_owner_takes_a_decision_back_and_nobody_else() {
        assert_eq!(code(|_| {}, RITA), "revoked");
        assert_eq!(code(|r| r.person = SAM.into(), SAM), "revoked", "an owner");
        assert_eq!(code(|r| r.person = ALMA.into(), ALMA), "approval.role");
        assert_eq!(code(|_| {}, SAM), "approval.signature");
        let other = |r: &mut Revocation| r.decision = crate::digest::Digest::of(b"");
        assert_eq!(code(other, RITA), "approval.other_request");
        assert_eq!(
            code(|r| r.revoked_at = at("12:00"), RITA),
            "approval.not_yet"
        );
        assert_eq!(
            code(|r| r.revoked_at = at("09:00"), RITA),
            "approval.not_yet"
        );
    }
}
