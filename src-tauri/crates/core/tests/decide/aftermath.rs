//! Taking decisions back, going on without a quorum, and the review that this owes.

use super::bench::*;
use super::play::*;
use chrono::TimeDelta;
use drillbook_core::*;
use drillbook_diagnostic::Diagnostic;
use drillbook_trust::digest::Digest;
use drillbook_trust::disclosure::encode_salt;
use drillbook_trust::document::{BreakGlass, Presence, Review, Revocation, Signed, Verdict};
use drillbook_trust::merkle::{Head, root_of};

fn head(world: &World) -> Head {
    Head {
        size: world.drill.last_seq,
        root: root_of(&[]),
    }
}

impl World {
    /// Takes the last decision on the newest request of a gate back.
    pub fn revokes(&mut self, step: &str, person: &str, signer: &str) -> Result<(), Refusal> {
        let known = self.drill.sign_off(step).ok_or(Refusal::RequestNotOpen)?;
        let made = known.decisions.last().ok_or(Refusal::RequestNotOpen)?;
        let revocation = Revocation {
            decision: made.decision.parse().unwrap(),
            person: person.to_owned(),
            device: device("phone"),
            presence: Presence::File,
            journal_seen: head(self),
            reason: "the point moved".to_owned(),
            nonce: encode_salt([5; 16]),
            revoked_at: self.now,
        };
        let request: Digest = known.request.parse().unwrap();
        let revocation = Signed::sign(&revocation, &[&key(signer)]).unwrap();
        let case = Box::new(self.case_of(request));
        self.attempt(Command::RevokeDecision {
            revocation: Box::new(revocation.clone()),
            case,
        })?;
        self.revocations.push(revocation);
        Ok(())
    }

    /// Goes on without a quorum at the gate whose request is the newest.
    pub fn breaks_glass(&mut self, person: &str, signer: &str) -> Result<(), Refusal> {
        let Some((document, _)) = self.requests.last() else {
            return Err(Refusal::RequestNotOpen);
        };
        let request = document.digest();
        let glass = BreakGlass {
            request,
            person: person.to_owned(),
            device: device("desk"),
            presence: Presence::File,
            journal_seen: head(self),
            reason: "the region is down".to_owned(),
            nonce: encode_salt([6; 16]),
            declared_at: self.now,
            not_after: self.now + TimeDelta::hours(4),
        };
        let glass = Signed::sign(&glass, &[&key(signer)]).unwrap();
        let case = Box::new(self.case_of(request));
        self.attempt(Command::BreakGlass {
            glass: Box::new(glass.clone()),
            case,
        })?;
        self.glass.push(glass);
        Ok(())
    }

    pub fn reviews(&mut self, person: &str, verdict: Verdict) -> Result<(), Refusal> {
        let Some(glass) = self.glass.last() else {
            return Err(Refusal::RequestNotOpen);
        };
        let review = Review {
            break_glass: glass.digest(),
            reviewer: person.to_owned(),
            device: device("laptop"),
            presence: Presence::File,
            journal_seen: head(self),
            verdict,
            reason: "the region was down".to_owned(),
            nonce: encode_salt([7; 16]),
            reviewed_at: self.now,
        };
        let case = Box::new(self.case_of(glass.value().request));
        let review = Signed::sign(&review, &[&key(person)]).unwrap();
        self.attempt(Command::ReviewGlass {
            review: Box::new(review),
            case,
        })
        .map(drop)
    }
}

fn code(done: Result<(), Refusal>) -> &'static str {
    match done {
        Ok(()) => "done",
        Err(refusal) => refusal.code(),
    }
}

#[test]
fn a_decision_that_was_taken_back_sends_nothing_and_opens_the_gate_again() {
    let mut world = up_to("groups");
    let dispatch = world.dispatch_of("groups");
    world.revokes("approve-prepare", RITA, RITA).unwrap();
    assert_eq!(world.kinds(), ["decision.revoked", "request.closed"]);
    assert_eq!(world.on(), Some("approve-prepare"));
    assert!(
        world.attempt(dispatch).is_err(),
        "an old case is worth nothing"
    );
    assert!(world.attempt(world.dispatch_of("groups")).is_err());
    world.sign("approve-prepare");
    world.does(world.dispatch_of("groups"));
}

#[test]
fn what_was_sent_before_a_revocation_stays_sent_and_the_rest_is_not() {
    let mut world = up_to("groups");
    world.send(&target("groups", Some("a"), "group"));
    world.revokes("approve-prepare", SAM, SAM).unwrap();
    let rest = world.dispatch(&target("groups", Some("b"), "group"));
    assert!(world.attempt(rest).is_err());
    world.sign("approve-prepare");
    let covers = &world.drill.sign_off("approve-prepare").unwrap().covers;
    let left: Vec<_> = covers.iter().filter(|one| one.what == "action").collect();
    assert_eq!(left.len(), 1, "only what was not sent is asked for again");
    world.send(&target("groups", Some("b"), "group"));
}

#[test]
fn only_the_reviewer_or_an_owner_takes_a_decision_back() {
    let mut world = up_to("groups");
    assert_eq!(
        code(world.revokes("approve-prepare", OMAR, OMAR)),
        "approval.role"
    );
    assert_eq!(
        code(world.revokes("approve-prepare", ALMA, ALMA)),
        "approval.role"
    );
    assert_eq!(
        code(world.revokes("approve-prepare", RITA, OMAR)),
        "approval.signature"
    );
    assert_eq!(world.on(), Some("groups"));
    world.does(world.dispatch_of("groups"));
}

#[test]
fn a_decision_is_taken_back_once() {
    let mut world = up_to("groups");
    world.revokes("approve-prepare", RITA, RITA).unwrap();
    let entries = world.entries.len();
    assert_eq!(code(world.revokes("approve-prepare", RITA, RITA)), "done");
    assert_eq!(world.entries.len(), entries, "nothing is added");
}

#[test]
fn one_of_two_approvals_taken_back_leaves_the_request_open_for_another() {
    let house = House {
        quorum: 2,
        ..House::default()
    };
    let mut world = play(World::new(house), "approve-prepare", "boot");
    let request = world.ask("approve-prepare");
    world.open_first("approve-prepare", request);
    world.approve(RITA);
    world.revokes("approve-prepare", RITA, RITA).unwrap();
    assert_eq!(world.kinds(), ["decision.revoked"]);
    world.approve(SAM);
    assert_eq!(world.on(), Some("approve-prepare"), "one of two");
    world.approve(RITA);
    assert_eq!(world.on(), Some("groups"));
}

#[test]
fn breaking_glass_marks_the_drill_and_blocks_its_closing_until_somebody_else_reviewed_it() {
    let mut world = up_to("approve-prepare");
    world.ask("approve-prepare");
    world.breaks_glass(OMAR, OMAR).unwrap();
    assert_eq!(
        world.kinds(),
        ["glass.broken", "deviation.noted", "step.passed"]
    );
    let mut world = play(world, "", "boot");
    assert_eq!(world.on(), None);
    world.refuses(Command::End, "approval.review_owed");
    assert_eq!(
        code(world.reviews(OMAR, Verdict::Approve)),
        "approval.own_request"
    );
    assert_eq!(code(world.reviews(ALMA, Verdict::Approve)), "approval.role");
    world.refuses(Command::End, "approval.review_owed");
    world.reviews(RITA, Verdict::Refuse).unwrap();
    assert_eq!(world.kinds(), ["glass.reviewed", "deviation.noted"]);
    world.does(Command::End);
    assert_eq!(
        world.drill.end.map(|(_, end)| end),
        Some(EndOfDrill::Closed)
    );
}

#[test]
fn a_late_review_is_a_deviation_and_an_aborted_drill_owes_it_too() {
    let mut world = up_to("approve-prepare");
    world.ask("approve-prepare");
    world.breaks_glass(OMAR, OMAR).unwrap();
    world.does(Command::Abort {
        reason: "over".to_owned(),
    });
    let mut world = play(world, "", "boot");
    world.refuses(Command::End, "approval.review_owed");
    world.waits(TimeDelta::days(3));
    world.reviews(SAM, Verdict::Approve).unwrap();
    let late = world
        .drill
        .deviations
        .iter()
        .any(|one| one.code == "approval.break_glass_late");
    assert!(late);
    world.does(Command::End);
}

#[test]
fn glass_is_broken_by_those_the_policy_names_and_never_against_a_refusal() {
    let mut world = up_to("approve-prepare");
    let request = world.ask("approve-prepare");
    assert_eq!(code(world.breaks_glass(RITA, RITA)), "approval.break_glass");
    assert_eq!(code(world.breaks_glass(OMAR, SAM)), "approval.signature");
    world.open_first("approve-prepare", request);
    let mut no = world.opinion(SAM);
    no.verdict = Verdict::Refuse;
    world.decides(&no, SAM).unwrap();
    assert_eq!(
        code(world.breaks_glass(OMAR, OMAR)),
        "approval.request_not_open"
    );
    assert_eq!(world.on(), Some("approve-prepare"));
}
