//! Asking for sign-offs, deciding on them, honestly or not, and sending what they cover.

use crate::world::*;
use chrono::TimeDelta;
use drillbook_core::{Event, Json};
use drillbook_trust::action::{Action, CanonicalRequest};
use drillbook_trust::digest::Digest;
use drillbook_trust::disclosure::{Disclosure, Value, encode_salt};
use drillbook_trust::document::{
    Condition, Cover, CoverKind, Decision, Document, Operation, Presence, Request, RunbookRef,
    Signed, Verdict,
};
use drillbook_trust::merkle::Head;
use drillbook_trust::time;
use serde_json::json;
use std::collections::BTreeMap;

impl World {
    pub fn action(&mut self, requests: &[(&str, &str, &str)]) -> Action {
        let request = |(name, method, path): &(&str, &str, &str)| CanonicalRequest {
            name: (*name).into(),
            method: (*method).into(),
            cloud: "simulator".into(),
            path: (*path).into(),
            api_version: "2024-01-01".into(),
            query: BTreeMap::new(),
            body: (*method != "DELETE").then(|| json!({"location": "westus"})),
        };
        Action::new(
            encode_salt(self.salt()),
            requests.iter().map(request).collect(),
        )
        .unwrap()
    }

    pub fn ask(
        &mut self,
        step: &str,
        gate: &str,
        covers: Vec<(&str, Digest, Option<Action>)>,
    ) -> Digest {
        let text = |name: &str, text: &str| Disclosure {
            salt: [5; 16],
            name: name.into(),
            value: text.into(),
        };
        let cli = format!("az rest --url /for/{step}");
        let scope = format!("In the subscription s1: {step}.");
        self.promised = vec![text("cli", &cli), text("scope", &scope)];
        let document = Request {
            log: ORIGIN.into(),
            drill: DRILL.into(),
            step: step.into(),
            gate: gate.into(),
            runbook: RunbookRef {
                id: "small".into(),
                version: "1.0.0".into(),
                digest: self.runbook,
            },
            covers: covers
                .iter()
                .map(|(what, digest, _)| Cover {
                    kind: if *what == "action" {
                        CoverKind::Action
                    } else {
                        CoverKind::Charter
                    },
                    digest: *digest,
                })
                .collect(),
            cli: self.promised[0].commitment(),
            scope: self.promised[1].commitment(),
            operator: MAYA.into(),
            device: device("desk"),
            journal: Head::of(&self.leaves),
            policy: self.policy.as_ref().unwrap().digest(),
            nonce: encode_salt(self.salt()),
            requested_at: self.now,
            not_after: self.now + TimeDelta::hours(24),
        };
        let not_after = time::to_text(document.not_after);
        let signed = Signed::sign(&document, &[&self.keys[MAYA]]).unwrap();
        let request = self.file(&signed);
        self.own(Event::RequestOpened {
            step: step.into(),
            gate: gate.into(),
            request: request.clone(),
            not_after,
            covers: covers.len() as u64,
            cost: Some("12.00".into()),
            ceiling: Some("50.00".into()),
            cli: Some(match self.trick {
                Trick::Reworded => "az account show".into(),
                _ => cli,
            }),
            scope: Some(scope),
        });
        for (what, digest, action) in covers {
            let step = if what == "charter" {
                "charter"
            } else {
                step.trim_start_matches("approve-")
            };
            self.own(Event::RequestCovers {
                request: request.clone(),
                step: step.into(),
                what: what.into(),
                digest: digest.to_string(),
                element: None,
                document: action.map(|action| Json(serde_json::to_value(action).unwrap())),
            });
        }
        self.checkpoint();
        self.first_request.get_or_insert(signed.digest());
        signed.digest()
    }

    pub fn decide(&mut self, request: Digest, reviewer: &str, verdict: Verdict) {
        let place = self.sign_offs;
        self.sign_offs += 1;
        let trick = if place == self.place {
            self.trick
        } else {
            Trick::None
        };
        if trick == Trick::NotAsked {
            return;
        }
        if trick == Trick::NonceReused {
            self.earlier_with_its_nonce(request, reviewer);
        }
        let mut document = Decision {
            request,
            verdict,
            reviewer: reviewer.into(),
            device: device(reviewer),
            presence: Presence::File,
            journal_seen: Head::of(&self.leaves),
            opened: Vec::new(),
            conditions: vec![Condition {
                fact: "cost".into(),
                op: Operation::AtMost,
                value: Value::Int(40),
            }],
            reason: if verdict == Verdict::Refuse {
                "the cost is missing"
            } else {
                ""
            }
            .into(),
            nonce: match trick {
                Trick::NonceReused => encode_salt([8; 16]),
                _ => encode_salt(self.salt()),
            },
            decided_at: self.now,
            not_after: self.now + TimeDelta::hours(4),
        };
        let approval = Decision::NAMESPACE;
        let (digest, actor) = match trick {
            Trick::SelfApproval => {
                document.reviewer = MAYA.into();
                (self.file_as(&document, MAYA, approval).0, MAYA)
            }
            Trick::OperatorsKey => (self.file_as(&document, MAYA, approval).0, reviewer),
            Trick::Forged => (self.file_as(&document, INSTALLATION, approval).0, reviewer),
            Trick::WrongNamespace => (
                self.file_as(&document, reviewer, Request::NAMESPACE).0,
                reviewer,
            ),
            Trick::Reused => {
                document.request = self.first_request.unwrap();
                (self.file_as(&document, reviewer, approval).0, reviewer)
            }
            Trick::Expired => {
                document.not_after = self.now + TimeDelta::seconds(1);
                (self.file_as(&document, reviewer, approval).0, reviewer)
            }
            _ => (self.file_as(&document, reviewer, approval).0, reviewer),
        };
        let event = Event::DecisionRecorded {
            request: request.to_string(),
            decision: digest.to_string(),
            verdict: if verdict == Verdict::Approve {
                "approve"
            } else {
                "refuse"
            }
            .into(),
            reviewer: document.reviewer.clone(),
            same_device: false,
            not_after: time::to_text(document.not_after),
            reason: match trick {
                Trick::Misquoted => "as he likes".into(),
                _ => document.reason.clone(),
            },
            conditions: Json(match trick {
                Trick::OtherCondition => json!([{"fact": "cost", "op": "at_most", "value": 4000}]),
                _ => serde_json::to_value(&document.conditions).unwrap(),
            }),
        };
        self.append(DRILL, actor, event);
        self.checkpoint();
    }

    pub fn intend(&mut self, step: &str, name: &str, request: Digest, action: &Action) {
        let canonical = action.request(name).unwrap().clone();
        let mut path = canonical.path;
        if self.trick == Trick::OtherPath {
            path.push_str("-other");
        }
        self.own(Event::ActionIntended {
            step: step.into(),
            request_name: name.into(),
            action: action.digest().to_string(),
            request: request.to_string(),
            method: canonical.method,
            attempt: 1,
            element: None,
            path,
            bound: None,
        });
    }

    pub fn accepted(&mut self, step: &str, name: &str, poll: bool) {
        let blob = self.blob(format!("{{\"request\":\"{name}\",\"exchanges\":[]}}").as_bytes());
        self.own(Event::ActionAccepted {
            step: step.into(),
            request_name: name.into(),
            status: 202,
            element: None,
            bound: None,
            poll_url: poll.then(|| "https://arm.example/operations/1?sig=secret".into()),
            evidence: blob,
            response: Json(json!({})),
            correlation_id: Some("c-2".into()),
        });
    }
}
