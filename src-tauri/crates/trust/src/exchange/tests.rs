//! What a request file refuses to show, and what comes back from people who have only OpenSSH.

use super::{
    Content, ExchangeError, Leaf, Letter, Piece, RequestFile, describe, matching, open, plain,
    prepared, read_decision, write, write_decision,
};
use crate::cast::{self, RITA, SAM, Scene, key, scene};
use crate::digest::Digest;
use crate::disclosure::{Disclosure, Value, encode_salt};
use crate::document::{
    APPROVAL_NAMESPACE, Cover, CoverKind, Decision, Document, Signed, Verdict, parse_signed,
};
use crate::entry::Entry;
use crate::gate::{GateRefusal, authorize};
use crate::merkle::{Head, inclusion_proof, leaf_hash};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use drillbook_diagnostic::Diagnostic;
use proptest::prelude::*;
use std::collections::BTreeMap;

const BLOB: &[u8] = b"{\"status\":200}";

fn sealed(name: &str, value: &str) -> Disclosure {
    Disclosure {
        salt: [7; 16],
        name: name.into(),
        value: value.into(),
    }
}

/// An entry that recorded evidence, with its disclosures, in a log of 23 such entries.
fn leaf(seq: u64) -> Leaf {
    let mut leaf = bare(seq);
    let log = log();
    leaf.proof = inclusion_proof(&log, (seq as usize).min(log.len() - 1)).unwrap();
    leaf
}

fn log() -> Vec<Digest> {
    let entries = (0..23).map(|seq| leaf_hash(bare(seq).entry.as_bytes()));
    entries.collect()
}

fn bare(seq: u64) -> Leaf {
    let shown = [
        sealed("evidence", &Digest::of(BLOB).to_string()),
        sealed("path", "/subscriptions/s"),
    ];
    let mut commitments: Vec<String> = shown.iter().map(Disclosure::commitment).collect();
    commitments.sort();
    let entry = Entry {
        v: 1,
        log: cast::LOG.into(),
        seq,
        at: "2026-11-21T09:20:00.000Z".into(),
        drill: "D-2026-0007".into(),
        env: "rehearsal".into(),
        kind: "exchange.recorded".into(),
        actor: cast::OMAR.into(),
        public: BTreeMap::from([("step".to_owned(), Value::from("network"))]),
        sealed: commitments,
    };
    Leaf {
        entry: String::from_utf8(entry.to_bytes().unwrap()).unwrap(),
        shown: shown.iter().map(Disclosure::encode).collect(),
        proof: Vec::new(),
    }
}

/// A scene whose request covers an action and an entry, and seals its sentence.
fn asked() -> Scene {
    let mut scene = scene();
    scene.request.covers.push(Cover {
        kind: CoverKind::Evidence,
        digest: leaf_hash(leaf(4).entry.as_bytes()),
    });
    scene.request.journal = Head::of(&log());
    scene.request.scope = sealed("scope", "Restore 2 disks").commitment();
    scene.request.cli = sealed("cli", "az backup restore").commitment();
    scene
}

fn file(scene: &Scene) -> RequestFile {
    let signed = scene.signed();
    let action = String::from_utf8(scene.action.to_bytes().unwrap()).unwrap();
    let piece = Piece {
        leaf: leaf(5),
        blob: Some(STANDARD.encode(BLOB)),
    };
    let mut file = RequestFile::new(
        Letter::of(&signed.request),
        vec![Letter::of(&signed.policy)],
        vec![Content::Action(action), Content::Entry(leaf(4))],
        vec![piece],
    );
    file.scope = Some(sealed("scope", "Restore 2 disks").encode());
    file.cli = Some(sealed("cli", "az backup restore").encode());
    file
}

#[test]
fn a_request_file_holds_what_a_reviewer_needs() {
    let text = write(&file(&asked())).unwrap();
    let opened = open(&text).unwrap();
    let shown = describe(&opened);
    for part in [
        "REHEARSAL: request for sign-off of D-2026-0007",
        "Restore 2 disks",
        "restore: AzureCloud POST /subscriptions/s/restore?api-version=2021-11-15",
        "az backup restore",
        "entry 5, step network",
        "\"status\": 200",
        "1 of these must approve, as security-reviewer: rita@example.com",
    ] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    assert_eq!(
        opened.must_open(),
        [sealed("evidence", &Digest::of(BLOB).to_string()).commitment()]
    );
    assert!(
        text.lines().all(|line| line.len() < 998),
        "mail breaks longer lines"
    );
}

#[test]
fn a_request_file_survives_mail_and_chat() {
    let text = write(&file(&asked())).unwrap();
    for carried in [
        text.replace('\n', "\r\n"),
        text.replace('\n', "\n> "),
        text.trim_end().to_owned(),
        format!("\u{feff}Hello,\n{text}\n-- \nRegards"),
    ] {
        assert!(open(&carried).is_ok(), "{carried}");
    }
}

fn code(change: impl FnOnce(&mut RequestFile)) -> (&'static str, String) {
    let mut file = file(&asked());
    change(&mut file);
    match super::check(&file) {
        Ok(_) => ("opened", String::new()),
        Err(error) => (error.code(), error.to_string()),
    }
}

fn edit_action(file: &mut RequestFile, from: &str, to: &str) {
    if let Content::Action(text) = &mut file.covers[0] {
        *text = text.replace(from, to);
    }
}

fn other_policy(file: &mut RequestFile) {
    let mut scene = asked();
    scene
        .policy
        .gates
        .get_mut("restore")
        .unwrap()
        .approval_valid_s = 60;
    file.policies = vec![Letter::of(&scene.signed().policy)];
}

#[test]
fn what_does_not_match_is_not_shown_and_named() {
    type Change = fn(&mut RequestFile);
    let cases: &[(&str, &str, Change)] = &[
        ("opened", "", |_| {}),
        ("exchange.differs", "number 1", |f| {
            edit_action(f, "/s/restore", "/s/delete")
        }),
        ("exchange.differs", "number 1", |f| {
            edit_action(f, "BAQEBAQ", "CAQEBAQ")
        }),
        ("exchange.action", "number 1", |f| {
            edit_action(f, "POST", "POKE")
        }),
        ("exchange.differs", "number 2", |f| {
            f.covers[1] = Content::Entry(leaf(6))
        }),
        ("exchange.cover_kind", "number 1", |f| f.covers.reverse()),
        ("exchange.differs", "number of things", |f| {
            drop(f.covers.pop())
        }),
        ("exchange.commitment", "scope", |f| {
            f.scope = Some(sealed("scope", "Nothing").encode())
        }),
        ("exchange.commitment", "cli", |f| f.cli = f.scope.clone()),
        ("exchange.differs", "evidence", |f| {
            f.evidence[0].blob = Some(STANDARD.encode(b"ok"))
        }),
        ("exchange.commitment", "path", |f| {
            f.evidence[0].leaf.shown[1] = sealed("path", "/elsewhere").encode();
        }),
        ("exchange.commitment", "evidence", |f| {
            drop(f.evidence[0].leaf.shown.remove(0))
        }),
        ("exchange.differs", "position", |f| {
            f.evidence[0].leaf = leaf(23)
        }),
        ("exchange.differs", "drill", |f| {
            let entry = &mut f.evidence[0].leaf.entry;
            *entry = entry.replace("D-2026-0007", "D-2026-0008");
        }),
        ("exchange.not_in_log", "evidence", |f| {
            let entry = &mut f.evidence[0].leaf.entry;
            *entry = entry.replace("network", "vault");
        }),
        ("exchange.not_in_log", "number 2", |f| {
            if let Content::Entry(leaf) = &mut f.covers[1] {
                leaf.proof.clear();
            }
        }),
        ("exchange.differs", "policy", other_policy),
        ("exchange.no_policy", "no policy", |f| f.policies.clear()),
        ("exchange.policy_chain", "first version", |f| {
            f.policies[0].signatures.clear()
        }),
        ("exchange.request_signature", "operator", |f| {
            f.request.signatures.clear()
        }),
        ("exchange.request_signature", "operator", |f| {
            let signature = key(RITA).sign("drill-request@drillbook", f.request.text.as_bytes());
            f.request.signatures = vec![signature.unwrap()];
        }),
        ("document.canonical", "document", |f| {
            f.request.text.push('\n')
        }),
    ];
    for (number, (expected, names, change)) in cases.iter().enumerate() {
        let (found, sentence) = code(change);
        assert_eq!(found, *expected, "case {number}: {sentence}");
        assert!(sentence.contains(names), "case {number}: {sentence}");
    }
}

#[test]
fn a_text_cannot_repaint_the_terminal() {
    let mut scene = asked();
    scene.request.scope = sealed("scope", "\u{1b}[2J\u{202e}harmless").commitment();
    let mut file = file(&scene);
    file.scope = Some(sealed("scope", "\u{1b}[2J\u{202e}harmless").encode());
    let text = write(&file).unwrap();
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'));
    assert!(text.contains("\\u{1b}[2J\\u{202e}harmless"));
    assert_eq!(plain("a\r\tb\nc"), "a\\u{d}\\u{9}b\nc");
}

#[test]
fn two_different_requests_in_one_text_are_refused() {
    let one = write(&file(&asked())).unwrap();
    let mut scene = asked();
    scene.request.nonce = encode_salt([9; 16]);
    let two = write(&file(&scene)).unwrap();
    assert_eq!(
        open(&format!("{one}{two}")).unwrap_err().code(),
        "exchange.several"
    );
    assert!(
        open(&format!("{one}{one}")).is_ok(),
        "a quoted copy is the same request"
    );
    assert_eq!(open("hello").unwrap_err().code(), "exchange.nothing_found");
}

#[test]
fn a_prepared_decision_that_openssh_signed_counts_at_the_gate() {
    let mut scene = scene();
    scene.must_open.clear();
    let signed = scene.signed();
    let candidates = prepared(&signed.request, signed.policy.value(), &[]);
    let whose: Vec<_> = candidates
        .iter()
        .map(|c| (c.person.as_str(), c.verdict))
        .collect();
    assert_eq!(
        whose,
        [
            (RITA, Verdict::Approve),
            (RITA, Verdict::Refuse),
            (SAM, Verdict::Approve),
            (SAM, Verdict::Refuse)
        ],
        "never the operator, nobody without the role"
    );
    for candidate in &candidates {
        let armored = key(&candidate.person)
            .sign(APPROVAL_NAMESPACE, &candidate.bytes)
            .unwrap();
        let decision = matching(&armored, &candidates).unwrap();
        assert_eq!(decision.bytes(), candidate.bytes);
        let decisions = [decision];
        let mut case = signed.case();
        case.sign_off.decisions = &decisions;
        match (candidate.verdict, authorize(&case)) {
            (Verdict::Approve, Ok(_)) | (Verdict::Refuse, Err(GateRefusal::Refused { .. })) => {}
            (_, other) => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_signature_for_another_purpose_or_text_fits_nothing() {
    let scene = scene();
    let signed = scene.signed();
    let candidates = prepared(&signed.request, signed.policy.value(), &[]);
    let signature = |namespace: &str, bytes: &[u8]| key(RITA).sign(namespace, bytes).unwrap();
    let code = |armored: String| matching(&armored, &candidates).unwrap_err().code();
    assert_eq!(
        code(signature("file", &candidates[0].bytes)),
        "signature.namespace"
    );
    assert_eq!(
        code(signature(APPROVAL_NAMESPACE, b"yes")),
        "exchange.fits_nothing"
    );
    let mut longer = candidates[0].bytes.clone();
    longer.push(b'\n');
    assert_eq!(
        code(signature(APPROVAL_NAMESPACE, &longer)),
        "exchange.fits_nothing"
    );
}

#[test]
fn a_decision_file_names_the_request_it_is_about() {
    let scene = scene();
    let signed = scene.signed();
    let text = write_decision(&signed.decisions[0], &signed.request).unwrap();
    let read = read_decision(&text.replace('\n', "\r\n> "), &[])
        .unwrap()
        .unwrap();
    assert_eq!(read.decision, signed.decisions[0]);
    assert_eq!(read.request, Some(signed.request.clone()));
    let mut other = scene.clone();
    other.request.drill = "D-2026-0008".into();
    let other = other.signed();
    let crossed = write_decision(&signed.decisions[0], &other.request).unwrap();
    assert!(matches!(
        read_decision(&crossed, &[]),
        Err(ExchangeError::OtherRequest)
    ));
    let unsigned: Signed<Decision> = parse_signed(signed.decisions[0].bytes(), vec![]).unwrap();
    let text = write_decision(&unsigned, &signed.request).unwrap();
    assert!(matches!(
        read_decision(&text, &[]),
        Err(ExchangeError::NotSigned)
    ));
    assert!(read_decision("only words", &[]).unwrap().is_none());
}

#[test]
fn a_canonical_decision_is_read_with_the_signature_beside_it() {
    let scene = scene();
    let signed = scene.signed();
    let decision = &signed.decisions[0];
    let text = String::from_utf8(decision.bytes().to_vec()).unwrap();
    let read = read_decision(&text, decision.signatures())
        .unwrap()
        .unwrap();
    assert_eq!(&read.decision, decision);
    assert!(matches!(
        read_decision(&text, &[]),
        Err(ExchangeError::NotSigned)
    ));
    assert_eq!(Decision::NAMESPACE, APPROVAL_NAMESPACE);
}

#[test]
fn a_second_decision_with_the_same_nonce_does_not_count() {
    let mut scene = scene();
    let (mut again, signer, _) = scene.decisions[0].clone();
    again.decided_at += cast::minutes(5);
    scene.decisions.push((again, signer, None));
    let signed = scene.signed();
    let case = signed.case();
    let standing = crate::gate::standing(&case.sign_off).unwrap();
    assert_eq!(standing.approvals.len(), 1);
    assert_eq!(standing.not_counted[0].why.code(), "approval.nonce_used");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_flipped_letter_of_a_request_file_is_shown_as_another_request(
        at: prop::sample::Index, letter in "[A-Za-z0-9+/]",
    ) {
        static TEXT: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| write(&file(&asked())).unwrap());
        let begin = TEXT.find("-----BEGIN DRILLBOOK REQUEST").unwrap();
        let at = begin + at.index(TEXT.len() - begin);
        let mut changed = TEXT.clone();
        changed.replace_range(at..=at, &letter);
        let whole = open(&TEXT).unwrap();
        if let Ok(opened) = open(&changed) {
            prop_assert_eq!(describe(&opened), describe(&whole), "byte {}", at);
        }
    }
}
