//! Properties: whatever the documents say, no Permit without a live approval by another person,
//! and no changed byte goes unnoticed.

use super::{Authority, authorize, prepare};
use crate::cast::{self, ALMA, OMAR, RITA, SAM, Scene, at, minutes, scene};
use crate::document::{
    Decision, Document, Policy, Request, SameDevice, Signed, Verdict, parse_signed,
};
use proptest::prelude::*;
use proptest::sample::select;
use std::sync::LazyLock;

/// The two reviewers twice, so that a good part of the scenes do end in a Permit.
const PEOPLE: [&str; 7] = [RITA, SAM, RITA, SAM, OMAR, ALMA, "eve@example.com"];

/// A decision somebody might hand in: reviewer, signer, verdict, account, minutes, validity.
fn decisions() -> impl Strategy<Value = Vec<(Decision, String, Option<crate::digest::Digest>)>> {
    let one = (
        select(&PEOPLE[..]),
        prop::option::weighted(0.15, select(&PEOPLE[..])),
        prop::bool::weighted(0.95),
        prop::bool::weighted(0.15),
        -10i64..150,
        30i64..400,
        prop::bool::weighted(0.05),
    );
    let one = one.prop_map(|(reviewer, signer, approve, desk, from, valid, other)| {
        let mut decision = cast::decision(reviewer);
        if !approve {
            decision.verdict = Verdict::Refuse;
            decision.reason = "no".into();
        }
        if desk {
            decision.device = cast::device("desk");
        }
        decision.decided_at = at("09:30") + minutes(from);
        decision.not_after = decision.decided_at + minutes(valid);
        let named = other.then(|| crate::digest::Digest::of(b"another request"));
        (decision, signer.unwrap_or(reviewer).to_owned(), named)
    });
    prop::collection::vec(one, 1..4)
}

prop_compose! {
    fn scenes()(
        decisions in decisions(),
        quorum in select(&[1u64, 1, 2][..]),
        allow: bool,
        operator_is_reviewer: bool,
        revoke in prop::option::weighted(0.2, (select(&PEOPLE[..6]), 0usize..3)),
        heads in prop::bool::weighted(0.95),
        intended in prop::option::weighted(0.3, 0i64..600),
        now in prop_oneof![60i64..240, 0i64..900],
        cleanup in prop::bool::weighted(0.3),
    ) -> Scene {
        let mut scene = scene();
        if cleanup {
            scene = scene.at_cleanup();
        }
        let rule = scene.policy.gates.get_mut(&scene.gate).unwrap();
        rule.quorum = quorum;
        rule.same_device = Some(if allow { SameDevice::Allow } else { SameDevice::Deny });
        if operator_is_reviewer {
            scene.policy.people.get_mut(OMAR).unwrap().roles.push("security-reviewer".into());
        }
        if let Some((person, index)) = revoke.filter(|(_, index)| *index < decisions.len()) {
            scene.revocations.push((cast::revocation(person), person.into(), index));
        }
        if let Some(after) = intended {
            scene.intend(crate::digest::Digest::of(b"other"), "x", at("09:30") + minutes(after));
        }
        scene.decisions = decisions;
        scene.heads_are_prefixes = heads;
        scene.now = at("09:30") + minutes(now);
        scene
    }
}

/// The rule said again, naively: which people stand behind a live approval.
fn live_approvers(scene: &Scene) -> Vec<&str> {
    let skew = minutes(2);
    let rule = &scene.policy.gates[&scene.gate];
    let first = scene.intended.iter().map(|i| i.at).min();
    let live = scene
        .decisions
        .iter()
        .enumerate()
        .filter(|(index, (decision, signer, other))| {
            let person = decision.reviewer.as_str();
            let until = if scene.gate == "cleanup" {
                decision.decided_at + minutes(48 * 60)
            } else {
                decision.not_after.min(decision.decided_at + minutes(240))
            };
            let in_time = first.is_some_and(|f| decision.decided_at <= f + skew && f <= until);
            let revoked = scene.revocations.iter().any(|(revocation, _, of)| {
                of == index && [person, RITA, SAM].contains(&revocation.person.as_str())
            });
            decision.verdict == Verdict::Approve
                && person != OMAR
                && signer == person
                && other.is_none()
                && [RITA, SAM].contains(&person)
                && (decision.device != cast::device("desk") || rule.allows_same_device())
                && decision.decided_at <= scene.now + skew
                && (scene.now <= until || in_time)
                && !revoked
        });
    let mut people: Vec<&str> = live
        .map(|(_, (decision, ..))| decision.reviewer.as_str())
        .collect();
    people.sort_unstable();
    people.dedup();
    people
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_permit_without_a_live_approval_by_another_person(scene in scenes()) {
        let signed = scene.signed();
        let case = signed.case();
        if let Ok(permit) = authorize(&case) {
            let people = live_approvers(&scene);
            let quorum = scene.policy.gates[&scene.gate].quorum;
            prop_assert!(people.len() as u64 >= quorum, "{people:?}");
            prop_assert!(!people.contains(&OMAR));
            prop_assert!(scene.heads_are_prefixes);
            prop_assert_eq!(permit.authority(), Authority::Quorum);
            prop_assert_eq!(permit.action(), scene.action.digest());
            prop_assert!(permit.expires_at() >= scene.now);
            let refused = scene.decisions.iter().any(|(decision, signer, other)| {
                decision.verdict == Verdict::Refuse
                    && [RITA, SAM].contains(&decision.reviewer.as_str())
                    && *signer == decision.reviewer
                    && other.is_none()
            });
            prop_assert!(!refused);
            prop_assert!(prepare(&case).is_ok());
        }
    }

    #[test]
    fn a_permit_is_given_once(scene in scenes()) {
        let mut scene = scene;
        if authorize(&scene.signed().case()).is_ok() {
            scene.intend(scene.action.digest(), &scene.request_name.clone(), scene.now);
            let signed = scene.signed();
            prop_assert!(authorize(&signed.case()).is_err());
            prop_assert!(prepare(&signed.case()).is_err());
        }
    }
}

static SCENE: LazyLock<Scene> = LazyLock::new(scene);
static SIGNED: LazyLock<cast::Signing<'static>> = LazyLock::new(|| SCENE.signed());

proptest! {
    // Most changes are refused before a signature is looked at, so many of them cost little.
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_changed_byte_of_any_document_is_refused(
        which in 0usize..3, at: prop::sample::Index, flip in 1u8..,
    ) {
        let signed = &*SIGNED;
        match which {
            0 => changed(&signed.policy, at, flip, |policy: &Signed<Policy>| {
                let mut case = signed.case();
                case.sign_off.policy = policy;
                authorize(&case).is_err()
            })?,
            1 => changed(&signed.request, at, flip, |request: &Signed<Request>| {
                let mut case = signed.case();
                case.sign_off.request = request;
                authorize(&case).is_err()
            })?,
            _ => changed(&signed.decisions[0], at, flip, |decision: &Signed<Decision>| {
                let mut case = signed.case();
                case.sign_off.decisions = std::slice::from_ref(decision);
                authorize(&case).is_err()
            })?,
        }
    }
}

/// Changes one byte; the document must be unreadable or the gate must refuse it.
fn changed<T: Document>(
    document: &Signed<T>,
    at: prop::sample::Index,
    flip: u8,
    refused: impl Fn(&Signed<T>) -> bool,
) -> Result<(), TestCaseError> {
    let mut bytes = document.bytes().to_vec();
    let at = at.index(bytes.len());
    bytes[at] ^= flip;
    if let Ok(document) = parse_signed::<T>(&bytes, document.signatures().to_vec()) {
        prop_assert!(refused(&document), "byte {at} of {}", T::TYPE);
    }
    Ok(())
}
