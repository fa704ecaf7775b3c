//! A whole sign-off, signed by two people, because nothing less makes a `Permit`.

use super::now;
use chrono::TimeDelta;
use drillbook_trust::action::Action;
use drillbook_trust::digest::Digest;
use drillbook_trust::document::{
    Cover, CoverKind, Decision, Policy, Presence, Request, RunbookRef, Signed, Verdict,
};
use drillbook_trust::gate::{Clearance, GateCase, Operator, Permit, SignOff, authorize, prepare};
use drillbook_trust::merkle::Head;
use drillbook_trust::sshsig::SigningKey;
use std::collections::BTreeMap;

const LOG: &str = "drillbook/rehearsal/0123456789abcdef";
const OPERATOR: &str = "operator@example.com";
const REVIEWER: &str = "rita@example.com";
const OTHER: &str = "sam@example.com";
const NONCE: &str = "AAAAAAAAAAAAAAAAAAAAAA";
const COMMITMENT: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The documents that approve one action at the restore gate.
pub(crate) struct Approved {
    policy: Signed<Policy>,
    request: Signed<Request>,
    decisions: [Signed<Decision>; 1],
    device: String,
}

impl Approved {
    /// Has the reviewer approve `action`; the approval lives for four hours.
    pub(crate) fn of(action: &Action) -> Self {
        let [operator, reviewer, other] = [1, 2, 3].map(|n| SigningKey::from_seed([n; 32], "test"));
        let prints = [&operator, &reviewer, &other].map(|key| key.public().fingerprint());
        let day = TimeDelta::days(1);
        let people: [(&str, &[&str], &str); 3] = [
            (OPERATOR, &["operator"], &prints[0]),
            (REVIEWER, &["security-reviewer"], &prints[1]),
            (OTHER, &["security-reviewer"], &prints[2]),
        ];
        let valid = (now() - day, now() + day);
        let policy = Policy::rehearsal(&people, [REVIEWER, OTHER], &[], valid, [0; 16]);
        let policy = Signed::sign(&policy, &[&reviewer]).unwrap();
        let head = Head {
            size: 0,
            root: Digest::of(b""),
        };
        let request = Request {
            log: LOG.into(),
            drill: "D-1".into(),
            step: "approve-restore".into(),
            gate: "restore".into(),
            runbook: RunbookRef {
                id: "r".into(),
                version: "1.0.0".into(),
                digest: Digest::of(b"runbook"),
            },
            covers: vec![Cover {
                kind: CoverKind::Action,
                digest: action.digest(),
            }],
            cli: COMMITMENT.into(),
            scope: COMMITMENT.into(),
            operator: OPERATOR.into(),
            device: prints[0].clone(),
            journal: head,
            policy: policy.digest(),
            nonce: NONCE.into(),
            requested_at: now(),
            not_after: now() + day,
        };
        let request = Signed::sign(&request, &[&operator]).unwrap();
        let decision = Decision {
            request: request.digest(),
            verdict: Verdict::Approve,
            reviewer: REVIEWER.into(),
            device: prints[0].clone(),
            presence: Presence::File,
            journal_seen: head,
            opened: Vec::new(),
            conditions: Vec::new(),
            reason: String::new(),
            nonce: NONCE.into(),
            decided_at: now(),
            not_after: now() + day,
        };
        let decisions = [Signed::sign(&decision, &[&reviewer]).unwrap()];
        Self {
            policy,
            request,
            decisions,
            device: prints[0].clone(),
        }
    }

    /// The permit for one request of the action.
    pub(crate) fn permit(&self, action: &Action, request_name: &str) -> Permit {
        let facts = BTreeMap::new();
        authorize(&self.case(action, request_name, &facts)).unwrap()
    }

    /// The clearance to fetch the secrets of one request of the action.
    pub(crate) fn clearance(&self, action: &Action, request_name: &str) -> Clearance {
        let facts = BTreeMap::new();
        prepare(&self.case(action, request_name, &facts)).unwrap()
    }

    fn case<'a>(
        &'a self,
        action: &'a Action,
        request_name: &'a str,
        facts: &'a BTreeMap<String, drillbook_trust::disclosure::Value>,
    ) -> GateCase<'a> {
        let sign_off = SignOff {
            log: LOG,
            drill: "D-1",
            step: "approve-restore",
            gate: "restore",
            runbook: Digest::of(b"runbook"),
            policies_before: &[],
            policy: &self.policy,
            request: &self.request,
            decisions: &self.decisions,
            revocations: &[],
            break_glass: None,
            operator: Operator {
                person: OPERATOR,
                device: &self.device,
            },
            must_open: &[],
            heads_are_prefixes: true,
            deadline: None,
            now: now(),
        };
        GateCase {
            sign_off,
            action,
            action_shown: None,
            request_name,
            already_intended: &[],
            facts,
        }
    }
}
