//! What each document accepts, and that only signed bytes are read.

use super::{
    BreakGlassRule, Decision, Document, DocumentError, Enrolment, Policy, Presence, Request,
    Signed, Verdict, parse_signed, to_bytes, type_of,
};
use crate::cast::{self, ALMA, OMAR, RITA, SAM, at, key, scene};
use crate::digest::Digest;
use crate::disclosure::encode_salt;
use drillbook_diagnostic::Diagnostic;

fn code<T: Document + std::fmt::Debug>(result: Result<Signed<T>, DocumentError>) -> String {
    match result {
        Ok(_) => "accepted".into(),
        Err(DocumentError::Field(field)) => field.into(),
        Err(error) => error.code().into(),
    }
}

#[test]
fn a_document_is_its_canonical_bytes_with_its_type() {
    let signed = cast::sign(&cast::decision(RITA), RITA);
    let text = std::str::from_utf8(signed.bytes()).unwrap();
    assert!(text.starts_with("{\"conditions\":[],\"decided_at\":\"2026-11-21T10:00:00.000Z\""));
    assert!(text.contains("\"type\":\"drill.decision/1\"") && text.contains("\"sha256:"));
    assert_eq!(type_of(signed.bytes()).as_deref(), Some("drill.decision/1"));
    assert_eq!(signed.digest(), Digest::of(signed.bytes()));
    let read: Signed<Decision> =
        parse_signed(signed.bytes(), signed.signatures().to_vec()).unwrap();
    assert_eq!(read, signed);
    assert_eq!(read.signers().unwrap(), vec![key(RITA).public()]);
}

#[test]
fn refuses_another_type_shape_or_spelling() {
    let signed = cast::sign(&cast::decision(RITA), RITA);
    let text = std::str::from_utf8(signed.bytes()).unwrap();
    let read = |text: &str| code(parse_signed::<Decision>(text.as_bytes(), Vec::new()));
    assert_eq!(read(text), "accepted");
    assert_eq!(
        code(parse_signed::<Request>(signed.bytes(), Vec::new())),
        "document.type"
    );
    for (from, to, expected) in [
        ("drill.decision/1", "drill.decision/2", "document.type"),
        (
            "{\"conditions\"",
            "{\"added\":1,\"conditions\"",
            "document.canonical",
        ),
        ("\"conditions\":[],", "", "document.canonical"),
        ("{\"conditions\"", "{ \"conditions\"", "document.canonical"),
        ("10:00:00.000Z", "10:00:00Z", "document.canonical"),
        (
            "\"verdict\":\"approve\"",
            "\"verdict\":\"maybe\"",
            "document.canonical",
        ),
        (
            "\"verdict\":\"approve\"",
            "\"verdict\":\"refuse\"",
            "reason",
        ),
        ("rita@example.com", "Rita@example.com", "reviewer"),
        ("SHA256:", "MD5:", "device"),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from}");
        assert_eq!(read(&changed), expected, "{from} -> {to}");
    }
    let many = vec![String::new(); 65];
    assert_eq!(
        code(parse_signed::<Decision>(signed.bytes(), many)),
        "document.signatures"
    );
}

#[test]
fn absent_members_have_one_spelling() {
    let bytes = to_bytes(&cast::policy()).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let null = text.replacen("\"readers\":[]", "\"prev\":null,\"readers\":[]", 1);
    assert_ne!(null, text);
    let read = |text: &str| code(parse_signed::<Policy>(text.as_bytes(), Vec::new()));
    assert_eq!(read(&text), "accepted");
    assert_eq!(read(&null), "document.canonical");
}

#[test]
fn a_bad_signature_among_good_ones_is_refused() {
    let signed = Signed::sign(&cast::policy(), &[&key(RITA), &key(SAM)]).unwrap();
    assert_eq!(signed.signers().unwrap().len(), 2);
    let other = key(SAM)
        .sign("drill-approval@drillbook", signed.bytes())
        .unwrap();
    assert!(signed.clone().with_signature(other.clone()).is_err());
    let good = key(ALMA).sign(Policy::NAMESPACE, signed.bytes()).unwrap();
    assert_eq!(
        signed
            .clone()
            .with_signature(good)
            .unwrap()
            .signers()
            .unwrap()
            .len(),
        3
    );
    let mixed = vec![signed.signatures()[0].clone(), other];
    let mixed: Signed<Policy> = parse_signed(signed.bytes(), mixed).unwrap();
    assert!(mixed.signers().is_err());
}

#[test]
fn a_policy_that_could_be_misread_is_refused() {
    let check = |change: fn(&mut Policy), expected: &str| {
        let mut policy = cast::policy();
        change(&mut policy);
        assert_eq!(code(Signed::sign(&policy, &[])), expected);
    };
    check(|_| {}, "accepted");
    check(|p| p.version = 0, "version");
    check(|p| p.version = 2, "version");
    check(|p| p.prev = Some(Digest::of(b"")), "version");
    check(|p| p.owners.push("eve@x".into()), "owners");
    check(|p| p.owners.push(RITA.into()), "owners");
    check(|p| p.people.get_mut(RITA).unwrap().keys.clear(), "owners");
    check(|p| p.threshold = 0, "threshold");
    check(|p| p.threshold = 3, "threshold");
    check(
        |p| drop(p.people.insert("Eve@x".into(), p.people[OMAR].clone())),
        "people",
    );
    // A key of two people would let one of them approve as the other.
    check(
        |p| drop(p.people.insert("eve@x".into(), p.people[OMAR].clone())),
        "keys",
    );
    check(
        |p| p.people.get_mut(OMAR).unwrap().keys.push("SHA256:x".into()),
        "keys",
    );
    check(|p| p.gates.get_mut("restore").unwrap().quorum = 0, "gates");
    check(
        |p| p.gates.get_mut("restore").unwrap().roles.clear(),
        "gates",
    );
    check(
        |p| p.gates.get_mut("restore").unwrap().approval_valid_s = 0,
        "gates",
    );
    check(
        |p| p.gates.get_mut("restore").unwrap().approval_valid_s = u64::MAX >> 11,
        "gates",
    );
    check(|p| p.break_glass.who.push("eve@x".into()), "break_glass");
    check(
        |p| {
            p.break_glass = BreakGlassRule {
                who: vec![],
                review_within_s: 0,
            }
        },
        "break_glass",
    );
    check(|p| p.not_after = p.not_before, "not_after");
    check(|p| p.nonce = "x".into(), "nonce");
}

#[test]
fn a_request_covers_something_once() {
    let check = |change: fn(&mut Request), expected: &str| {
        let mut request = scene().request;
        change(&mut request);
        assert_eq!(code(Signed::sign(&request, &[])), expected);
    };
    check(|_| {}, "accepted");
    check(|r| r.covers.clear(), "covers");
    check(|r| r.covers.push(r.covers[0]), "covers");
    check(|r| r.log = "live".into(), "log");
    check(|r| r.drill.clear(), "drill");
    check(|r| r.scope = "rg-drill-0007".into(), "scope");
    check(|r| r.not_after = r.requested_at, "not_after");
    check(|r| r.nonce = encode_salt([0; 16]) + "A", "nonce");
}

#[test]
fn an_enrolment_names_the_key_that_it_shows() {
    let public = key(RITA).public();
    let mut enrolment = Enrolment {
        person: RITA.into(),
        key: public.to_bare_line(),
        fingerprint: public.fingerprint(),
        presence: Presence::Keyring,
        nonce: encode_salt([1; 16]),
        enrolled_at: at("09:00"),
    };
    assert_eq!(code(Signed::sign(&enrolment, &[&key(RITA)])), "accepted");
    enrolment.fingerprint = key(SAM).public().fingerprint();
    assert_eq!(code(Signed::sign(&enrolment, &[&key(RITA)])), "key");
}

#[test]
fn whoever_refuses_says_why() {
    let mut decision = cast::decision(RITA);
    decision.verdict = Verdict::Refuse;
    assert_eq!(code(Signed::sign(&decision, &[&key(RITA)])), "reason");
    decision.reason = " ".into();
    assert_eq!(code(Signed::sign(&decision, &[&key(RITA)])), "reason");
    decision.reason = "the subnet is peered with production".into();
    assert_eq!(code(Signed::sign(&decision, &[&key(RITA)])), "accepted");
}
