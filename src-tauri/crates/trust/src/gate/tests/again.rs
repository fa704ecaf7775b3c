//! What may be sent again under an open intent, and what may not.

use crate::cast::{self, RITA, Scene, at, scene};
use crate::gate::{Continuation, Intended, continue_intent, prepare_again};
use drillbook_diagnostic::Diagnostic;

#[test]
fn continues_an_open_intent_and_no_other() {
    let cont = |method: &str, why: Continuation, now: &str| {
        let mut scene = scene().with_action(cast::action("change", method));
        scene.intend(scene.action.digest(), "change", at("13:00"));
        scene.now = at(now);
        let signed = scene.signed();
        let permit = continue_intent(&signed.case(), &scene.intended[0], why);
        let clearance = prepare_again(&signed.case(), &scene.intended[0], why);
        assert_eq!(permit.is_ok(), clearance.is_ok());
        permit.map_or_else(|refusal| refusal.code(), |_| "permit")
    };
    use Continuation::{ReadBack, Rejected};
    for method in ["PUT", "DELETE", "PATCH"] {
        assert_eq!(cont(method, ReadBack, "13:30"), "permit");
        // The approval lived when it was intended; that is enough to finish it.
        assert_eq!(cont(method, ReadBack, "20:00"), "permit");
    }
    assert_eq!(cont("POST", ReadBack, "13:30"), "approval.not_repeatable");
    for status in [401, 429] {
        assert_eq!(cont("POST", Rejected(status), "13:30"), "permit");
        assert_eq!(cont("POST", Rejected(status), "14:01"), "approval.expired");
    }
    for status in [400, 403, 404, 409, 412, 500, 503] {
        assert_eq!(
            cont("PUT", Rejected(status), "13:30"),
            "approval.not_repeatable"
        );
    }
}

#[test]
fn refuses_to_continue_what_was_never_intended() {
    let mut scene = scene().with_action(cast::action("change", "PUT"));
    scene.intend(scene.action.digest(), "change", at("10:30"));
    let intent = scene.intended[0].clone();
    let refusal = |scene: &Scene, intent: &Intended| {
        continue_intent(&scene.signed().case(), intent, Continuation::ReadBack)
            .map_or_else(|refusal| refusal.code(), |_| "permit")
    };
    assert_eq!(refusal(&scene, &intent), "permit");
    let claimed = Intended {
        at: at("10:31"),
        ..intent.clone()
    };
    assert_eq!(refusal(&scene, &claimed), "approval.nothing_intended");
    let mut other = scene.clone();
    other.request_name = "aad".into();
    assert_eq!(refusal(&other, &intent), "approval.nothing_intended");
    let mut none = scene.clone();
    none.intended.clear();
    assert_eq!(refusal(&none, &intent), "approval.nothing_intended");
    let mut revoked = scene.clone();
    revoked
        .revocations
        .push((cast::revocation(RITA), RITA.into(), 0));
    assert_eq!(refusal(&revoked, &intent), "approval.revoked");
    // An approval made after the intent does not heal an intent that had none.
    let mut healed = scene;
    healed.decisions[0].0.decided_at = at("10:40");
    assert_eq!(refusal(&healed, &intent), "approval.not_yet");
}
