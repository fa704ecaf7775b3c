//! When an approval lives: expiry, actions that follow, and debt that can always be paid.

use super::{code, code_of};
use crate::cast::{Scene, at, scene};
use crate::digest::Digest;
use crate::gate::authorize;
use chrono::TimeDelta;

#[test]
fn an_approval_expires_as_the_policy_says() {
    let now = |hour: &'static str| move |s: &mut Scene| s.now = at(hour);
    assert_eq!(code(now("14:00")), "permit");
    assert_eq!(
        code(|s| s.now = at("14:00") + TimeDelta::milliseconds(1)),
        "approval.expired"
    );
    // A reviewer can shorten the policy's four hours but not stretch them.
    assert_eq!(
        code(|s| s.decisions[0].0.not_after = at("10:30")),
        "approval.expired"
    );
    let stretched = |s: &mut Scene| {
        s.decisions[0].0.not_after = at("23:00");
        s.now = at("14:01");
    };
    assert_eq!(code(stretched), "approval.expired");
    // Decided before it was asked, after the request ended, or in the future.
    assert_eq!(
        code(|s| s.decisions[0].0.decided_at = at("09:00")),
        "approval.not_yet"
    );
    assert_eq!(
        code(|s| s.decisions[0].0.decided_at = at("11:05")),
        "approval.not_yet"
    );
    assert_eq!(
        code(|s| s.decisions[0].0.decided_at = at("11:02")),
        "permit"
    );
    assert_eq!(
        code(|s| s.request.not_after = at("09:45")),
        "approval.request_expired"
    );
    let slow = |s: &mut Scene| {
        s.policy.gates.get_mut("restore").unwrap().request_valid_s = Some(600);
    };
    assert_eq!(code(slow), "approval.request_expired");
    let nobody = |s: &mut Scene| {
        s.decisions.clear();
        s.now = at("13:31");
    };
    assert_eq!(code(nobody), "approval.request_expired");
    assert_eq!(
        code(|s| s.request.requested_at = at("11:30")),
        "approval.not_yet"
    );
}

#[test]
fn an_action_that_follows_may_start_later_if_the_first_was_intended_in_time() {
    let late = |first: &'static str| {
        code(move |s| {
            s.intend(
                Digest::of(b"restore of another machine"),
                "restore",
                at(first),
            );
            s.now = at("20:00");
        })
    };
    assert_eq!(late("13:59"), "permit");
    assert_eq!(late("14:01"), "approval.expired");
    assert_eq!(late("09:40"), "approval.expired");
    let mut scene = scene();
    scene.intend(
        Digest::of(b"restore of another machine"),
        "restore",
        at("13:59"),
    );
    scene.now = at("20:00");
    assert_eq!(
        authorize(&scene.signed().case()).unwrap().expires_at(),
        at("20:15")
    );
}

#[test]
fn cleanup_can_be_paid_until_the_deadline_or_two_days_after_the_decision() {
    let cleanup = |deadline: Option<i64>, now: i64| {
        let mut scene = scene().at_cleanup();
        scene.decisions[0].0.not_after = at("10:01");
        scene.deadline = deadline.map(|days| at("10:00") + TimeDelta::days(days));
        scene.now = at("10:00") + TimeDelta::days(now);
        code_of(&scene)
    };
    assert_eq!(cleanup(None, 2), "permit");
    assert_eq!(cleanup(None, 3), "approval.expired");
    assert_eq!(cleanup(Some(1), 2), "permit");
    assert_eq!(cleanup(Some(5), 5), "permit");
    assert_eq!(cleanup(Some(5), 6), "approval.expired");
    // A policy that ran out meanwhile does not keep anybody from cleaning up.
    assert_eq!(cleanup(Some(60), 50), "permit");
    let mut restore = scene();
    restore.deadline = Some(at("23:00"));
    restore.now = at("15:00");
    assert_eq!(code_of(&restore), "approval.expired");
}
