//! The cast of the tests: people with fixed keys, and one sign-off that holds.

use crate::action::{Action, CanonicalRequest};
use crate::digest::Digest;
use crate::disclosure::{Value, encode_salt};
use crate::document::{
    BreakGlass, Cover, CoverKind, Decision, Document, Policy, Presence, Request, Review,
    Revocation, RunbookRef, SameDevice, Signed, Verdict, parse_signed, to_bytes,
};
use crate::gate::{GateCase, Intended, Operator, SignOff};
use crate::merkle::{Head, root_of};
use crate::sshsig::SigningKey;
use crate::time;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::sync::Mutex;

pub const OMAR: &str = "omar@example.com";
pub const RITA: &str = "rita@example.com";
pub const SAM: &str = "sam@example.com";
pub const ALMA: &str = "alma@example.com";
pub const LOG: &str = "drillbook/rehearsal/0123456789abcdef";

/// Returns the key of a person, made of the name.
pub fn key(person: &str) -> SigningKey {
    SigningKey::from_seed(*Digest::of(person.as_bytes()).as_bytes(), person)
}

/// Returns a fingerprint that stands for an account.
pub fn device(name: &str) -> String {
    static KNOWN: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap();
    known
        .entry(name.into())
        .or_insert_with(|| key(name).public().fingerprint())
        .clone()
}

/// Returns the day of the tests at that hour.
pub fn at(hour: &str) -> DateTime<Utc> {
    time::parse(&format!("2026-11-21T{hour}:00.000Z")).unwrap()
}

pub fn minutes(n: i64) -> TimeDelta {
    TimeDelta::minutes(n)
}

fn commitment(n: u8) -> String {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.encode([n; 32])
}

/// Everything that a gate case is made of; documents unsigned, so that tests can change them.
#[derive(Debug, Clone)]
pub struct Scene {
    pub policy: Policy,
    pub policy_signers: Vec<String>,
    pub policies_before: Vec<Signed<Policy>>,
    pub request: Request,
    pub request_signer: String,
    /// Decision, signer and the request it names, when not the scene's.
    pub decisions: Vec<(Decision, String, Option<Digest>)>,
    /// Revocation, signer and the index of the decision.
    pub revocations: Vec<(Revocation, String, usize)>,
    pub break_glass: Option<(BreakGlass, String)>,
    pub action: Action,
    pub action_shown: Option<Action>,
    pub request_name: String,
    pub intended: Vec<Intended>,
    pub facts: BTreeMap<String, Value>,
    pub operator: String,
    pub device: String,
    pub gate: String,
    pub must_open: Vec<String>,
    pub heads_are_prefixes: bool,
    pub deadline: Option<DateTime<Utc>>,
    pub now: DateTime<Utc>,
}

pub fn action(name: &str, method: &str) -> Action {
    let request = |name: &str, method: &str| CanonicalRequest {
        name: name.into(),
        method: method.into(),
        cloud: "AzureCloud".into(),
        path: format!("/subscriptions/s/{name}"),
        api_version: "2021-11-15".into(),
        query: BTreeMap::new(),
        body: None,
    };
    Action::new(
        encode_salt([4; 16]),
        vec![request("aad", "GET"), request(name, method)],
    )
    .unwrap()
}

pub fn policy() -> Policy {
    let people: Vec<(&str, &[&str], String)> = vec![
        (OMAR, &["operator"], device(OMAR)),
        (RITA, &["security-reviewer"], device(RITA)),
        (SAM, &["security-reviewer"], device(SAM)),
        (ALMA, &["auditor"], device(ALMA)),
    ];
    let people: Vec<(&str, &[&str], &str)> = people
        .iter()
        .map(|(id, roles, key)| (*id, *roles, key.as_str()))
        .collect();
    let valid = (
        at("00:00") - TimeDelta::days(1),
        at("00:00") + TimeDelta::days(30),
    );
    let mut policy = Policy::rehearsal(&people, [RITA, SAM], &[OMAR], valid, [1; 16]);
    for gate in policy.gates.values_mut() {
        gate.same_device = Some(SameDevice::Deny);
    }
    policy
}

pub fn decision(reviewer: &str) -> Decision {
    Decision {
        request: Digest::of(b"set when signed"),
        verdict: Verdict::Approve,
        reviewer: reviewer.into(),
        device: device(&format!("laptop of {reviewer}")),
        presence: Presence::File,
        journal_seen: Head {
            size: 24,
            root: root_of(&[]),
        },
        opened: vec![commitment(9)],
        conditions: Vec::new(),
        reason: String::new(),
        nonce: encode_salt([2; 16]),
        decided_at: at("10:00"),
        not_after: at("14:00"),
    }
}

pub fn revocation(person: &str) -> Revocation {
    Revocation {
        decision: Digest::of(b"set when signed"),
        person: person.into(),
        device: device("laptop"),
        presence: Presence::File,
        journal_seen: Head {
            size: 25,
            root: root_of(&[]),
        },
        reason: "the point moved".into(),
        nonce: encode_salt([5; 16]),
        revoked_at: at("10:30"),
    }
}

pub fn break_glass(person: &str) -> BreakGlass {
    BreakGlass {
        request: Digest::of(b"set when signed"),
        person: person.into(),
        device: device("desk"),
        presence: Presence::File,
        journal_seen: Head {
            size: 24,
            root: root_of(&[]),
        },
        reason: "the region is down".into(),
        nonce: encode_salt([6; 16]),
        declared_at: at("10:00"),
        not_after: at("12:00"),
    }
}

pub fn review(glass: &Signed<BreakGlass>, reviewer: &str) -> Review {
    Review {
        break_glass: glass.digest(),
        reviewer: reviewer.into(),
        device: device("laptop"),
        presence: Presence::File,
        journal_seen: glass.value().journal_seen,
        verdict: Verdict::Approve,
        reason: "the region was down".into(),
        nonce: encode_salt([7; 16]),
        reviewed_at: at("18:00"),
    }
}

/// Omar asked at 09:30, Rita approved at 10:00 until 14:00, it is 11:00.
pub fn scene() -> Scene {
    let action = action("restore", "POST");
    let request = Request {
        log: LOG.into(),
        drill: "D-2026-0007".into(),
        step: "approve-restore".into(),
        gate: "restore".into(),
        runbook: RunbookRef {
            id: "vm-disks-cross-region".into(),
            version: "1.0.0".into(),
            digest: Digest::of(b"runbook"),
        },
        covers: vec![Cover {
            kind: CoverKind::Action,
            digest: action.digest(),
        }],
        cli: commitment(1),
        scope: commitment(2),
        operator: OMAR.into(),
        device: device("desk"),
        journal: Head {
            size: 23,
            root: root_of(&[]),
        },
        policy: Digest::of(b"set when signed"),
        nonce: encode_salt([3; 16]),
        requested_at: at("09:30"),
        not_after: at("13:30"),
    };
    Scene {
        policy: policy(),
        policy_signers: vec![RITA.into()],
        policies_before: Vec::new(),
        request,
        request_signer: OMAR.into(),
        decisions: vec![(decision(RITA), RITA.into(), None)],
        revocations: Vec::new(),
        break_glass: None,
        action,
        action_shown: None,
        request_name: "restore".into(),
        intended: Vec::new(),
        facts: BTreeMap::new(),
        operator: OMAR.into(),
        device: device("desk"),
        gate: "restore".into(),
        must_open: vec![commitment(9)],
        heads_are_prefixes: true,
        deadline: None,
        now: at("11:00"),
    }
}

/// The scene's documents, signed.
pub struct Signing<'a> {
    scene: &'a Scene,
    pub policy: Signed<Policy>,
    pub request: Signed<Request>,
    pub decisions: Vec<Signed<Decision>>,
    pub revocations: Vec<Signed<Revocation>>,
    pub break_glass: Option<Signed<BreakGlass>>,
}

pub fn sign<T: Document>(value: &T, signer: &str) -> Signed<T> {
    // Ed25519 is slow without optimisation, and the properties sign the same texts again and again.
    static KNOWN: Mutex<BTreeMap<(Vec<u8>, String), String>> = Mutex::new(BTreeMap::new());
    let bytes = to_bytes(value).unwrap();
    let known = KNOWN
        .lock()
        .unwrap()
        .get(&(bytes.clone(), signer.into()))
        .cloned();
    let armored = known.unwrap_or_else(|| {
        let armored = key(signer).sign(T::NAMESPACE, &bytes).unwrap();
        KNOWN
            .lock()
            .unwrap()
            .insert((bytes.clone(), signer.into()), armored.clone());
        armored
    });
    parse_signed(&bytes, vec![armored]).unwrap()
}

impl Scene {
    /// Makes it a sign-off at the cleanup gate, with a DELETE.
    pub fn at_cleanup(mut self) -> Self {
        self.gate = "cleanup".into();
        self.request.gate = "cleanup".into();
        self.with_action(action("delete", "DELETE"))
    }

    /// Puts another action in its place, and covers it.
    pub fn with_action(mut self, action: Action) -> Self {
        self.request.covers[0].digest = action.digest();
        self.request_name = action.requests()[1].name.clone();
        self.action = action;
        self
    }

    /// Records an intent.
    pub fn intend(&mut self, action: Digest, name: &str, at: DateTime<Utc>) {
        self.intended.push(Intended {
            action,
            request_name: name.into(),
            at,
        });
    }

    /// Signs everything, each document naming the digest of the one before.
    pub fn signed(&self) -> Signing<'_> {
        let signatures = self.policy_signers.iter();
        let signatures = signatures.map(|s| sign(&self.policy, s).signatures()[0].clone());
        let bytes = to_bytes(&self.policy).unwrap();
        let policy = parse_signed(&bytes, signatures.collect()).unwrap();
        let mut request = self.request.clone();
        if request.policy == Digest::of(b"set when signed") {
            request.policy = policy.digest();
        }
        let request = sign(&request, &self.request_signer);
        let decisions: Vec<_> = self
            .decisions
            .iter()
            .map(|(decision, signer, other)| {
                let named = other.unwrap_or(request.digest());
                sign(
                    &Decision {
                        request: named,
                        ..decision.clone()
                    },
                    signer,
                )
            })
            .collect();
        let revocations = self
            .revocations
            .iter()
            .map(|(revocation, signer, index)| {
                let decision = decisions[*index].digest();
                sign(
                    &Revocation {
                        decision,
                        ..revocation.clone()
                    },
                    signer,
                )
            })
            .collect();
        let break_glass = self.break_glass.as_ref().map(|(value, signer)| {
            sign(
                &BreakGlass {
                    request: request.digest(),
                    ..value.clone()
                },
                signer,
            )
        });
        Signing {
            scene: self,
            policy,
            request,
            decisions,
            revocations,
            break_glass,
        }
    }
}

impl Signing<'_> {
    pub fn case(&self) -> GateCase<'_> {
        let scene = self.scene;
        GateCase {
            sign_off: SignOff {
                log: LOG,
                drill: "D-2026-0007",
                step: "approve-restore",
                gate: &scene.gate,
                runbook: Digest::of(b"runbook"),
                policies_before: &scene.policies_before,
                policy: &self.policy,
                request: &self.request,
                decisions: &self.decisions,
                revocations: &self.revocations,
                break_glass: self.break_glass.as_ref(),
                operator: Operator {
                    person: &scene.operator,
                    device: &scene.device,
                },
                must_open: &scene.must_open,
                heads_are_prefixes: scene.heads_are_prefixes,
                deadline: scene.deadline,
                now: scene.now,
            },
            action: &scene.action,
            action_shown: scene.action_shown.as_ref(),
            request_name: &scene.request_name,
            already_intended: &scene.intended,
            facts: &scene.facts,
        }
    }
}
