//! Every rule of the gate, each broken alone in a sign-off that otherwise holds.

mod again;
mod validity;

use super::{Authority, authorize, prepare, standing};
use crate::cast::{self, ALMA, OMAR, RITA, SAM, Scene, at, minutes, scene};
use crate::digest::Digest;
use crate::document::{
    Condition, Operation, Person, Policy, Presence, SameDevice, Signed, Verdict,
};
use drillbook_diagnostic::Diagnostic;

/// Changes a scene that holds and returns the code with which the gate answers.
fn code(change: impl FnOnce(&mut Scene)) -> &'static str {
    let mut scene = scene();
    change(&mut scene);
    code_of(&scene)
}

fn code_of(scene: &Scene) -> &'static str {
    let signed = scene.signed();
    let case = signed.case();
    let code = match authorize(&case) {
        Ok(_) => "permit",
        Err(refusal) => {
            assert!(refusal.remediation().is_some());
            refusal.code()
        }
    };
    let clearance = prepare(&case).map_or_else(|refusal| refusal.code(), |_| "permit");
    // Conditions are read after the secret was fetched; all else holds for both.
    assert!(clearance == code || (code == "approval.condition" && clearance == "permit"));
    code
}

fn approve(scene: &mut Scene, person: &str) {
    scene
        .decisions
        .push((cast::decision(person), person.into(), None));
}

#[test]
fn permits_what_another_person_approved() {
    let scene = scene();
    let signed = scene.signed();
    let permit = authorize(&signed.case()).unwrap();
    assert_eq!(permit.action(), scene.action.digest());
    assert_eq!(permit.request_name(), "restore");
    assert_eq!(permit.request_document(), signed.request.digest());
    assert_eq!(permit.expires_at(), at("14:00"));
    assert_eq!(permit.authority(), Authority::Quorum);
    let clearance = prepare(&signed.case()).unwrap();
    assert_eq!(
        (clearance.action(), clearance.request_name()),
        (permit.action(), "restore")
    );
    assert_eq!(clearance.expires_at(), at("14:00"));
}

#[test]
fn refuses_the_requesters_own_approval() {
    let own = |signer: &'static str| {
        code(move |s| s.decisions = vec![(cast::decision(OMAR), signer.into(), None)])
    };
    assert_eq!(own(OMAR), "approval.own_request");
    assert_eq!(own(RITA), "approval.own_request");
    // Even when the policy gives the operator the role.
    let with_role = code(|s| {
        let omar = s.policy.people.get_mut(OMAR).unwrap();
        omar.roles.push("security-reviewer".into());
        s.decisions = vec![(cast::decision(OMAR), OMAR.into(), None)];
    });
    assert_eq!(with_role, "approval.own_request");
    // In Rita's name with the operator's key.
    assert_eq!(
        code(|s| s.decisions[0].1 = OMAR.into()),
        "approval.signature"
    );
}

#[test]
fn refuses_the_requesters_account_unless_the_policy_allows_it() {
    let same = |s: &mut Scene| s.decisions[0].0.device = s.request.device.clone();
    assert_eq!(code(same), "approval.same_device");
    let moved = |s: &mut Scene| {
        s.device = cast::device("other desk");
        s.decisions[0].0.device = s.device.clone();
    };
    assert_eq!(code(moved), "approval.same_device");
    let default = |s: &mut Scene| {
        same(s);
        s.policy.gates.get_mut("restore").unwrap().same_device = None;
    };
    assert_eq!(code(default), "approval.same_device");
    let allowed = |s: &mut Scene| {
        same(s);
        s.policy.gates.get_mut("restore").unwrap().same_device = Some(SameDevice::Allow);
    };
    assert_eq!(code(allowed), "permit");
}

#[test]
fn counts_people_and_not_decisions() {
    let two = |s: &mut Scene| s.policy.gates.get_mut("restore").unwrap().quorum = 2;
    assert_eq!(code(two), "approval.quorum");
    let twice = |s: &mut Scene| {
        two(s);
        approve(s, RITA);
        s.decisions[1].0.nonce = crate::disclosure::encode_salt([8; 16]);
    };
    assert_eq!(code(twice), "approval.quorum");
    let both = |s: &mut Scene| {
        two(s);
        approve(s, SAM);
    };
    assert_eq!(code(both), "permit");
    assert_eq!(code(|s| s.decisions.clear()), "approval.quorum");
    // With two of two needed, the shorter approval ends the sign-off; with one of two, the longer.
    let mut scene = scene();
    approve(&mut scene, SAM);
    scene.decisions[1].0.not_after = at("12:00");
    assert_eq!(
        authorize(&scene.signed().case()).unwrap().expires_at(),
        at("14:00")
    );
    two(&mut scene);
    assert_eq!(
        authorize(&scene.signed().case()).unwrap().expires_at(),
        at("12:00")
    );
}

#[test]
fn demands_a_role_a_person_and_a_key_of_the_policy() {
    assert_eq!(
        code(|s| s.decisions = vec![(cast::decision(ALMA), ALMA.into(), None)]),
        "approval.role"
    );
    assert_eq!(
        code(|s| s.decisions = vec![(cast::decision("eve@x"), "eve@x".into(), None)]),
        "approval.unknown_person"
    );
    assert_eq!(
        code(|s| s.decisions[0].1 = SAM.into()),
        "approval.signature"
    );
    assert_eq!(
        code(|s| s.request_signer = RITA.into()),
        "approval.signature"
    );
    let revoke = |person: &'static str| {
        move |s: &mut Scene| {
            // Sam signs the policy, so that the revoked key is not the owner's who signed it.
            s.policy_signers = vec![SAM.into()];
            s.policy.revoked.push(cast::device(person));
        }
    };
    assert_eq!(code(revoke(RITA)), "approval.key_revoked");
    assert_eq!(code(revoke(OMAR)), "approval.key_revoked");
    assert_eq!(
        code(|s| s.decisions[0].0.presence = Presence::Sk),
        "approval.presence"
    );
}

#[test]
fn a_refusal_blocks_whatever_others_say() {
    let refuse = |s: &mut Scene, person: &str, signer: &str| {
        approve(s, person);
        let last = s.decisions.last_mut().unwrap();
        last.0.verdict = Verdict::Refuse;
        last.0.reason = "the subnet is peered".into();
        last.1 = signer.into();
    };
    assert_eq!(code(|s| refuse(s, SAM, SAM)), "approval.refused");
    assert_eq!(code(|s| refuse(s, RITA, RITA)), "approval.refused");
    // A refusal does not run out, and is not taken back.
    let later = |s: &mut Scene| {
        refuse(s, SAM, SAM);
        s.decisions[1].0.not_after = at("10:05");
        s.revocations.push((cast::revocation(SAM), SAM.into(), 1));
    };
    assert_eq!(code(later), "approval.refused");
    // Nor is it overridden by breaking glass.
    let glass = |s: &mut Scene| {
        refuse(s, SAM, SAM);
        s.break_glass = Some((cast::break_glass(OMAR), OMAR.into()));
    };
    assert_eq!(code(glass), "approval.refused");
    // Noise hinders nobody: a forged refusal, one without the role, the operator's own.
    assert_eq!(code(|s| refuse(s, SAM, ALMA)), "permit");
    assert_eq!(code(|s| refuse(s, ALMA, ALMA)), "permit");
    assert_eq!(code(|s| refuse(s, OMAR, OMAR)), "permit");
}

#[test]
fn an_approval_is_used_once_for_each_covered_request() {
    let used = |name: &'static str| {
        code(move |s| {
            let digest = s.action.digest();
            s.intend(digest, name, at("10:30"));
        })
    };
    assert_eq!(used("restore"), "approval.used");
    assert_eq!(used("another"), "permit");
}

#[test]
fn covers_the_action_and_nothing_else() {
    let other = cast::action("restore2", "POST");
    assert_eq!(
        code(|s| {
            s.action = other.clone();
            s.request_name = "restore2".into();
        }),
        "approval.not_covered"
    );
    let moved = {
        let mut requests = scene().action.requests().to_vec();
        requests[1].path.push_str("/x");
        crate::action::Action::new(scene().action.salt().into(), requests).unwrap()
    };
    let mut scene = scene();
    scene.action_shown = Some(scene.action.clone());
    scene.action = moved;
    assert_eq!(code_of(&scene), "approval.digest_differs");
    let refusal = authorize(&scene.signed().case()).unwrap_err();
    assert!(refusal.to_string().ends_with("restore.path"), "{refusal}");
    assert_eq!(
        code(|s| s.request_name = "delete".into()),
        "approval.not_covered"
    );
    assert_eq!(
        code(|s| s.request_name = "aad".into()),
        "approval.not_covered"
    );
    let evidence = |s: &mut Scene| s.request.covers[0].kind = crate::document::CoverKind::Evidence;
    assert_eq!(code(evidence), "approval.not_covered");
}

#[test]
fn belongs_to_one_drill_step_gate_runbook_operator_and_policy() {
    assert_eq!(
        code(|s| s.request.drill = "D-2026-0008".into()),
        "approval.other_drill"
    );
    assert_eq!(
        code(|s| s.request.log = "drillbook/live/0123456789abcdef".into()),
        "approval.other_drill"
    );
    assert_eq!(
        code(|s| s.request.step = "approve-prepare".into()),
        "approval.other_gate"
    );
    assert_eq!(
        code(|s| s.request.gate = "prepare".into()),
        "approval.other_gate"
    );
    assert_eq!(
        code(|s| s.request.runbook.digest = Digest::of(b"")),
        "approval.runbook_differs"
    );
    assert_eq!(
        code(|s| s.operator = SAM.into()),
        "approval.operator_differs"
    );
    assert_eq!(
        code(|s| s.request.policy = Digest::of(b"")),
        "approval.policy_differs"
    );
    assert_eq!(
        code(|s| drop(s.policy.gates.remove("restore"))),
        "approval.gate_unknown"
    );
    assert_eq!(
        code(|s| s.decisions[0].2 = Some(Digest::of(b""))),
        "approval.other_request"
    );
}

#[test]
fn demands_witnessed_heads_and_opened_evidence() {
    assert_eq!(
        code(|s| s.heads_are_prefixes = false),
        "approval.head_not_prefix"
    );
    assert_eq!(
        code(|s| s.decisions[0].0.journal_seen.size = 22),
        "approval.head_not_prefix"
    );
    assert_eq!(
        code(|s| s.decisions[0].0.opened.clear()),
        "approval.not_opened"
    );
}

#[test]
fn a_decision_can_be_taken_back_by_its_reviewer_or_an_owner() {
    let revoke = |person: &'static str, signer: &'static str| {
        code(move |s| {
            s.revocations
                .push((cast::revocation(person), signer.into(), 0))
        })
    };
    assert_eq!(revoke(RITA, RITA), "approval.revoked");
    assert_eq!(revoke(SAM, SAM), "approval.revoked");
    assert_eq!(revoke(ALMA, ALMA), "permit");
    assert_eq!(revoke(OMAR, OMAR), "permit");
    assert_eq!(revoke(RITA, OMAR), "permit");
}

#[test]
fn evaluates_conditions_on_facts_when_it_sends() {
    let with = |disks: Option<i64>| {
        code(move |s| {
            s.decisions[0].0.conditions.push(Condition {
                fact: "disks".into(),
                op: Operation::AtMost,
                value: 2.into(),
            });
            s.facts
                .extend(disks.map(|n| ("disks".to_owned(), n.into())));
        })
    };
    assert_eq!(with(Some(2)), "permit");
    assert_eq!(with(Some(3)), "approval.condition");
    assert_eq!(with(None), "approval.condition");
}

#[test]
fn breaking_glass_is_for_people_the_policy_names() {
    let glass = |person: &'static str, signer: &'static str| {
        let mut scene = scene();
        scene.decisions.clear();
        scene.break_glass = Some((cast::break_glass(person), signer.into()));
        scene
    };
    let scene = glass(OMAR, OMAR);
    let permit = authorize(&scene.signed().case()).unwrap();
    assert_eq!(
        (permit.authority(), permit.expires_at()),
        (Authority::BreakGlass, at("12:00"))
    );
    assert_eq!(code_of(&glass(SAM, SAM)), "approval.break_glass");
    assert_eq!(code_of(&glass(OMAR, SAM)), "approval.signature");
    let mut late = glass(OMAR, OMAR);
    late.now = at("12:01");
    assert_eq!(code_of(&late), "approval.expired");
    let mut early = glass(OMAR, OMAR);
    early.now = at("09:50");
    assert_eq!(code_of(&early), "approval.not_yet");
    // It passes what still waits, under a policy in force, by somebody who saw the request's journal.
    let dated = |change: fn(&mut crate::document::BreakGlass)| {
        let mut scene = glass(OMAR, OMAR);
        scene.now = at("13:45");
        change(&mut scene.break_glass.as_mut().unwrap().0);
        scene
    };
    let outlived = dated(|glass| {
        glass.declared_at = at("13:40");
        glass.not_after = at("15:00");
    });
    assert_eq!(code_of(&outlived), "approval.request_expired");
    let unseen = dated(|glass| glass.journal_seen.size = 22);
    assert_eq!(code_of(&unseen), "approval.head_not_prefix");
    // With a quorum there is no need for it, and the drill is not marked.
    let mut both = glass(OMAR, OMAR);
    approve(&mut both, RITA);
    let permit = authorize(&both.signed().case()).unwrap();
    assert_eq!(permit.authority(), Authority::Quorum);
}

#[test]
fn the_policy_must_descend_from_its_owners() {
    assert_eq!(
        code(|s| s.policy_signers.clear()),
        "approval.policy_untrusted"
    );
    assert_eq!(
        code(|s| s.policy_signers = vec![OMAR.into()]),
        "approval.policy_untrusted"
    );
    assert_eq!(
        code(|s| s.policy.threshold = 2),
        "approval.policy_untrusted"
    );
    let next = |signers: &[&str]| {
        let mut scene = scene();
        let first = cast::sign(&scene.policy, RITA);
        scene.policy = Policy::next(&first, at("01:00"), [7; 16]);
        // The new version names new owners: they do not count until it is in force.
        scene.policy.owners = vec![OMAR.into()];
        scene.policies_before = vec![first];
        scene.policy_signers = signers.iter().map(|s| (*s).to_owned()).collect();
        scene
    };
    assert_eq!(code_of(&next(&[SAM])), "permit");
    assert_eq!(code_of(&next(&[OMAR])), "approval.policy_untrusted");
    let mut gap = next(&[SAM]);
    gap.policies_before.clear();
    assert_eq!(code_of(&gap), "approval.policy_untrusted");
    let mut other = next(&[SAM]);
    other.policies_before = vec![cast::sign(&cast::policy(), SAM)];
    other.policies_before[0] = Signed::sign(
        &Policy {
            retention: "P1Y".into(),
            ..cast::policy()
        },
        &[&cast::key(SAM)],
    )
    .unwrap();
    assert_eq!(code_of(&other), "approval.policy_untrusted");
    assert_eq!(
        code(|s| s.policy.not_before = at("09:45")),
        "approval.policy_expired"
    );
    assert_eq!(
        code(|s| s.policy.not_after = at("10:30")),
        "approval.policy_expired"
    );
    assert_eq!(code(|s| s.policy.not_after = at("11:00")), "permit");
    let stranger = |s: &mut Scene| {
        s.policy.people.insert(
            "eve@x".into(),
            Person {
                roles: vec![],
                keys: vec![],
            },
        );
    };
    assert_eq!(code(stranger), "permit");
}

#[test]
fn shows_how_a_sign_off_stands() {
    let mut scene = scene();
    scene.policy.gates.get_mut("restore").unwrap().quorum = 2;
    approve(&mut scene, ALMA);
    let signed = scene.signed();
    let standing = standing(&signed.case().sign_off).unwrap();
    assert_eq!(standing.needed, 2);
    assert_eq!(standing.approvals.len(), 1);
    assert_eq!(standing.approvals[0].reviewer, RITA);
    assert_eq!(standing.approvals[0].expires_at, at("10:00") + minutes(240));
    assert!(!standing.approvals[0].same_device);
    assert_eq!(standing.not_counted[0].why.code(), "approval.role");
    assert_eq!(standing.granted().unwrap_err().code(), "approval.role");
}
