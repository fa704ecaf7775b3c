//! A small but complete log, made with the real trust crate: what an engine would have written.

use chrono::{DateTime, TimeDelta, Utc};
use drillbook_audit::{
    Audience, AuditError, LoggedEntry, SignedCheckpoint, SignedDocument, Source, write_bundle,
};
use drillbook_core::{Event, Fields, Json};
use drillbook_trust::action::{Action, CanonicalRequest};
use drillbook_trust::checkpoint::Checkpoint;
use drillbook_trust::digest::Digest;
use drillbook_trust::disclosure::{Disclosure, Value, encode_salt};
use drillbook_trust::document::{
    BUNDLE_NAMESPACE, CHECKPOINT_NAMESPACE, Cover, CoverKind, Decision, Document, Policy, Presence,
    Request, RunbookRef, SameDevice, Signed, Verdict,
};
use drillbook_trust::entry::Entry;
use drillbook_trust::merkle::{Head, leaf_hash};
use drillbook_trust::picture::TileTree;
use drillbook_trust::sshsig::SigningKey;
use drillbook_trust::time;
use serde_json::json;
use std::collections::BTreeMap;
use std::io::Cursor;

pub const DRILL: &str = "D-2026-0001";
pub const OTHER: &str = "D-2026-0002";
pub const MAYA: &str = "maya@evergreen.example";
pub const RITA: &str = "rita@evergreen.example";
pub const SAM: &str = "sam@evergreen.example";
pub const INSTALLATION: &str = "installation";
const ORIGIN: &str = "drillbook/rehearsal/9f3c2a7d51e0b846";
const GROUP: &str = "/subscriptions/0000/resourceGroups/rg-drill-0001";

/// What is wrong with the log that is made; everything in it is signed as well as its author can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trick {
    None,
    /// The operator decides, under their own name.
    SelfApproval,
    /// The operator decides, under a reviewer's name.
    OperatorsKey,
    /// Whoever holds the installation's key decides, under a reviewer's name.
    Forged,
    /// The reviewer's signature was made for another purpose.
    WrongNamespace,
    /// A decision on another request is recorded for this one.
    Reused,
    /// A decision whose approval has run out when the request is sent.
    Expired,
    /// The policy was edited and signed by the installation.
    LoweredQuorum,
    /// The policy was edited in another place and signed by the installation.
    EditedPolicy,
    /// Nobody decides.
    NotAsked,
    /// An action is sent twice on one approval.
    SentTwice,
    /// Another path is sent than the one that was approved.
    OtherPath,
    /// The drill says closed although something is owed.
    FalseEnd,
    /// Every key is another one.
    SwappedKeys,
    /// The drill is broken off with debt.
    Stopped,
}

pub struct World {
    keys: BTreeMap<&'static str, SigningKey>,
    pub entries: Vec<LoggedEntry>,
    pub leaves: Vec<Digest>,
    pub checkpoints: Vec<SignedCheckpoint>,
    pub documents: BTreeMap<Digest, SignedDocument>,
    pub blobs: BTreeMap<Digest, Vec<u8>>,
    pub now: DateTime<Utc>,
    trick: Trick,
    /// Which sign-off the trick is played on: 0, 1 or 2.
    place: usize,
    sign_offs: usize,
    first_request: Option<Digest>,
    policy: Option<Signed<Policy>>,
    runbook: Digest,
    salt: u64,
}

pub fn runbook() -> serde_json::Value {
    json!({
        "format": 1, "id": "small", "version": "1.0.0", "title": "Restore one disk",
        "purpose": ["drill"], "owner": "Continuity", "abort": "approve-cleanup",
        "objectives": {"rto": "PT4H", "rpo": "P1D", "cleanup": "PT48H"},
        "step": [
            {"id": "charter", "kind": "manual", "title": "Agree on the charter", "marks": "charter"},
            {"id": "vault", "kind": "check", "title": "Check the vault",
             "expectation": [{"that": "the vault is geo-redundant", "query": "responses.vault", "test": {"equals": true}, "otherwise": "fail"}]},
            {"id": "declare", "kind": "manual", "title": "Declare the disaster", "marks": "t0"},
            {"id": "point", "kind": "choose", "title": "Choose the recovery point",
             "usable": [{"that": "it is young enough", "query": "time", "test": {"age_at_most": "P1D"}}]},
            {"id": "approve-restore", "kind": "approval", "title": "Sign off the restore", "gate": "restore",
             "covers": ["action:restore", "charter"]},
            {"id": "restore", "kind": "action", "title": "Restore the disk", "signed_by": "approve-restore",
             "request": [{"name": "group", "put": "/x", "needs": "secondary"}, {"name": "restore", "post": "/x", "needs": "secondary"}]},
            {"id": "disks", "kind": "validate", "title": "Check the disks", "marks": "disks-restored"},
            {"id": "approve-cleanup", "kind": "approval", "title": "Sign off the cleanup", "gate": "cleanup",
             "covers": ["action:cleanup"]},
            {"id": "cleanup", "kind": "cleanup", "title": "Clean up", "signed_by": "approve-cleanup", "for_each": "debt"},
            {"id": "review", "kind": "review", "title": "Review"}
        ]
    })
}

impl World {
    /// Makes the whole log.
    pub fn new(trick: Trick, place: usize) -> World {
        let other = if trick == Trick::SwappedKeys { 100 } else { 0 };
        let names = [MAYA, RITA, SAM, INSTALLATION];
        let keys = names.iter().zip(1u8..);
        let keys = keys.map(|(name, n)| (*name, SigningKey::from_seed([n + other; 32], *name)));
        let mut world = World {
            keys: keys.collect(),
            entries: Vec::new(),
            leaves: Vec::new(),
            checkpoints: Vec::new(),
            documents: BTreeMap::new(),
            blobs: BTreeMap::new(),
            now: time::parse("2026-11-21T09:00:00.000Z").unwrap(),
            trick,
            place,
            sign_offs: 0,
            first_request: None,
            policy: None,
            runbook: Digest::of(b""),
            salt: 0,
        };
        world.found();
        world.prepare();
        world.restore();
        world.finish();
        world
    }

    pub fn key(&self, name: &str) -> &SigningKey {
        &self.keys[name]
    }

    fn salt(&mut self) -> [u8; 16] {
        self.salt += 1;
        Digest::of(&self.salt.to_be_bytes()).as_bytes()[..16]
            .try_into()
            .unwrap()
    }

    pub fn append(&mut self, drill: &str, actor: &str, event: Event) -> u64 {
        self.now += TimeDelta::milliseconds(61_007);
        let Fields { public, sealed } = event.fields();
        let flat = |value: &serde_json::Value| match value {
            serde_json::Value::Bool(flag) => Value::Flag(*flag),
            serde_json::Value::Number(number) => Value::Int(number.as_i64().unwrap()),
            other => Value::Text(other.as_str().unwrap().to_owned()),
        };
        let mut disclosures = Vec::new();
        for (name, value) in sealed {
            let salt = self.salt();
            disclosures.push(Disclosure {
                salt,
                name,
                value: flat(&value),
            });
        }
        let mut commitments: Vec<_> = disclosures.iter().map(Disclosure::commitment).collect();
        commitments.sort();
        let entry = Entry {
            v: 1,
            log: ORIGIN.into(),
            seq: self.entries.len() as u64,
            at: time::to_text(self.now),
            drill: drill.into(),
            env: "rehearsal".into(),
            kind: event.kind().into(),
            actor: actor.into(),
            public: public
                .iter()
                .map(|(name, value)| (name.clone(), flat(value)))
                .collect(),
            sealed: commitments,
        };
        let bytes = entry.to_bytes().unwrap();
        self.leaves.push(leaf_hash(&bytes));
        self.entries.push(LoggedEntry { bytes, disclosures });
        entry.seq
    }

    fn own(&mut self, event: Event) -> u64 {
        self.append(DRILL, MAYA, event)
    }

    fn file<T: Document>(&mut self, signed: &Signed<T>) -> String {
        let document = SignedDocument {
            bytes: signed.bytes().to_vec(),
            signatures: signed.signatures().to_vec(),
        };
        self.documents.insert(signed.digest(), document);
        signed.digest().to_string()
    }

    /// Files a document under signatures that no honest key made for this purpose.
    fn file_as<T: Document>(&mut self, value: &T, key: &str, namespace: &str) -> (Digest, String) {
        let bytes = drillbook_trust::document::to_bytes(value).unwrap();
        let armored = self.key(key).sign(namespace, &bytes).unwrap();
        let digest = Digest::of(&bytes);
        self.documents.insert(
            digest,
            SignedDocument {
                bytes,
                signatures: vec![armored],
            },
        );
        (digest, digest.to_string())
    }

    fn blob(&mut self, bytes: &[u8]) -> String {
        self.blobs.insert(Digest::of(bytes), bytes.to_vec());
        Digest::of(bytes).to_string()
    }

    pub fn checkpoint(&mut self) {
        let Head { size, root } = Head::of(&self.leaves);
        let text = Checkpoint {
            origin: ORIGIN.into(),
            size,
            root,
        }
        .to_text();
        let signature = self
            .key(INSTALLATION)
            .sign(CHECKPOINT_NAMESPACE, text.as_bytes())
            .unwrap();
        self.checkpoints.push(SignedCheckpoint { text, signature });
    }

    fn policy(&mut self) -> Signed<Policy> {
        let fingerprint = |name: &str| self.keys[name].public().fingerprint();
        let prints = [fingerprint(MAYA), fingerprint(RITA), fingerprint(SAM)];
        let people = [
            (MAYA, &["operator"][..], prints[0].as_str()),
            (RITA, &["security-reviewer"][..], prints[1].as_str()),
            (SAM, &["security-reviewer"][..], prints[2].as_str()),
        ];
        let valid = (
            self.now - TimeDelta::minutes(1),
            self.now + TimeDelta::days(3650),
        );
        let mut policy = Policy::rehearsal(&people, [RITA, SAM], &[], valid, [7; 16]);
        let gate = policy.gates.get_mut("restore").unwrap();
        gate.quorum = 2;
        gate.same_device = Some(SameDevice::Deny);
        match self.trick {
            Trick::LoweredQuorum => policy.gates.get_mut("restore").unwrap().quorum = 1,
            Trick::EditedPolicy => policy.retention = "P1Y".into(),
            _ => return Signed::sign(&policy, &[&self.keys[RITA], &self.keys[SAM]]).unwrap(),
        }
        Signed::sign(&policy, &[&self.keys[INSTALLATION]]).unwrap()
    }

    fn found(&mut self) {
        let policy = self.policy();
        let actor = format!("installation@{ORIGIN}");
        let installation = self.key(INSTALLATION).public().to_line();
        self.append(
            "",
            &actor,
            Event::InstallationCreated {
                version: "0.1.0".into(),
                installation,
            },
        );
        let digest = self.file(&policy);
        self.append(
            "",
            &actor,
            Event::PolicyAdopted {
                policy: digest.clone(),
                version: 1,
            },
        );
        self.policy = Some(policy);
        let mut document = runbook();
        document["type"] = "drill.runbook/1".into();
        let bytes = drillbook_trust::canonical::to_bytes(&document).unwrap();
        self.runbook = Digest::of(&bytes);
        self.documents.insert(
            self.runbook,
            SignedDocument {
                bytes,
                signatures: Vec::new(),
            },
        );
        let runbook = self.runbook.to_string();
        self.own(Event::DrillOpened {
            runbook_id: "small".into(),
            runbook_version: "1.0.0".into(),
            runbook,
            purpose: "drill".into(),
            operator: MAYA.into(),
            policy: digest.clone(),
            title: "Restore one disk".into(),
            cloud: "simulator".into(),
            tenant: "11111111-1111-1111-1111-111111111111".into(),
            subscription: "0000".into(),
            scenario: Some("evergreen".into()),
        });
    }

    fn prepare(&mut self) {
        let who = json!({"tenant_id": "1", "object_id": "2", "name": "maya"});
        self.own(Event::ValueCaptured {
            step: "".into(),
            name: "who".into(),
            element: None,
            value: Json(who),
        });
        self.own(Event::FieldEntered {
            step: "charter".into(),
            name: "rto_stops".into(),
            value: Json(json!("disks restored")),
        });
        self.own(Event::StepPassed {
            step: "charter".into(),
            element: None,
        });
        let blob =
            self.blob(br#"{"request":"vault","exchanges":[{"status":200,"body":{"sku":1.5}}]}"#);
        self.exchange("vault", &blob);
        self.append(
            OTHER,
            SAM,
            Event::NoteAdded {
                step: "brief".into(),
                text: "note 4711".into(),
            },
        );
        self.own(Event::ExpectationJudged {
            step: "vault".into(),
            number: 0,
            result: "passed".into(),
            element: None,
            value: "true".into(),
            expected: "is true".into(),
        });
        self.own(Event::StepPassed {
            step: "vault".into(),
            element: None,
        });
        self.picture();
        self.append(
            "",
            SAM,
            Event::PersonSwitched {
                person: RITA.into(),
                role: "security-reviewer".into(),
            },
        );
        self.own(Event::T0Declared {
            step: "declare".into(),
        });
        self.own(Event::StepPassed {
            step: "declare".into(),
            element: None,
        });
        let row = json!({"id": "p1", "time": "2026-11-21T03:00:00Z"});
        self.own(Event::ChoiceMade {
            step: "point".into(),
            name: "point".into(),
            chosen: 1,
            offered: 3,
            element: None,
            value: Json(row),
            alternatives: Json(json!([])),
            reason: "the newest <b>one</b>".into(),
        });
        self.own(Event::StepPassed {
            step: "point".into(),
            element: None,
        });
        self.own(Event::DeviationNoted {
            step: "point".into(),
            source: MAYA.into(),
            code: "noted".into(),
            text: "the list took a minute".into(),
        });
    }

    fn exchange(&mut self, step: &str, blob: &str) {
        self.own(Event::ExchangeRecorded {
            step: step.into(),
            request: "vault".into(),
            purpose: "check".into(),
            method: "GET".into(),
            status: 200,
            attempts: 1,
            azure_date: None,
            element: None,
            path: "/subscriptions/0000/vaults?x=1".into(),
            evidence: blob.into(),
            az: Some("az backup vault show".into()),
            request_id: None,
            correlation_id: Some("c-1".into()),
            client_request_id: None,
        });
    }

    fn picture(&mut self) {
        let rgb = image::RgbImage::from_fn(130, 70, |x, y| {
            image::Rgb([(x % 251) as u8, (y % 251) as u8, 9])
        });
        let mut png = Vec::new();
        rgb.write_to(&mut Cursor::new(&mut png), image::ImageFormat::Png)
            .unwrap();
        let tree = TileTree::of(rgb.as_raw(), 130, 70, &[5; 32]).unwrap();
        let evidence = self.blob(&png);
        self.own(Event::EvidenceAttached {
            step: "vault".into(),
            media: "image/png".into(),
            width: 130,
            height: 70,
            tile_root: Some(tree.root().to_string()),
            element: None,
            title: "the vault's page".into(),
            evidence,
            master: Some(hex::encode([5; 32])),
            origin: "pasted".into(),
        });
    }

    fn action(&mut self, requests: &[(&str, &str, &str)]) -> Action {
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

    fn ask(
        &mut self,
        step: &str,
        gate: &str,
        covers: Vec<(&str, Digest, Option<Action>)>,
    ) -> Digest {
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
            cli: drillbook_trust::disclosure::commitment_of("cli"),
            scope: drillbook_trust::disclosure::commitment_of("scope"),
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

    fn decide(&mut self, request: Digest, reviewer: &str, verdict: Verdict) {
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
        let mut document = Decision {
            request,
            verdict,
            reviewer: reviewer.into(),
            device: device(reviewer),
            presence: Presence::File,
            journal_seen: Head::of(&self.leaves),
            opened: Vec::new(),
            conditions: Vec::new(),
            reason: if verdict == Verdict::Refuse {
                "the cost is missing"
            } else {
                ""
            }
            .into(),
            nonce: encode_salt(self.salt()),
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
            reason: document.reason.clone(),
            conditions: Json(json!([])),
        };
        self.append(DRILL, actor, event);
        self.checkpoint();
    }

    fn intend(&mut self, step: &str, name: &str, request: Digest, action: &Action) {
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

    fn accepted(&mut self, step: &str, name: &str, poll: bool) {
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

    fn restore(&mut self) {
        let action = self.action(&[
            ("group", "PUT", GROUP),
            ("restore", "POST", "/subscriptions/0000/vaults/v/restore"),
        ]);
        let charter = self.leaves[5];
        let covers = |action: &Action| {
            vec![
                ("action", action.digest(), Some(action.clone())),
                ("charter", charter, None),
            ]
        };
        let first = self.ask("approve-restore", "restore", covers(&action));
        self.decide(first, SAM, Verdict::Refuse);
        let request = self.ask("approve-restore", "restore", covers(&action));
        self.own(Event::EvidenceOpened {
            request: request.to_string(),
            step: "vault".into(),
            entry: 6,
        });
        self.decide(request, RITA, Verdict::Approve);
        self.decide(request, SAM, Verdict::Approve);
        self.own(Event::StepPassed {
            step: "approve-restore".into(),
            element: None,
        });
        self.intend("restore", "group", request, &action);
        self.own(Event::DebtBooked {
            debt: "restore/0/0".into(),
            step: "restore".into(),
            owner: MAYA.into(),
            deadline: time::to_text(self.now + TimeDelta::hours(48)),
            settled_by: None,
            element: None,
            what: "the resource group <rg-drill-0001>".into(),
            list: None,
            before: None,
            id: Some(GROUP.into()),
            within: GROUP.into(),
            after: Json(json!([])),
            only_if: None,
            cost_per_day: Some("3.20".into()),
        });
        self.accepted("restore", "group", false);
        self.intend("restore", "restore", request, &action);
        self.accepted("restore", "restore", true);
        if self.trick == Trick::SentTwice {
            self.intend("restore", "restore", request, &action);
        }
        self.now += TimeDelta::hours(1);
        let evidence = self.blob(b"{\"request\":\"poll\"}");
        self.own(Event::OperationFinished {
            step: "restore".into(),
            request_name: "restore".into(),
            status: "Succeeded".into(),
            element: None,
            bound: None,
            response: Json(json!(null)),
            evidence,
            error: None,
        });
        self.own(Event::StepPassed {
            step: "restore".into(),
            element: None,
        });
        self.own(Event::StepPassed {
            step: "disks".into(),
            element: None,
        });
        self.own(Event::CommandRefused {
            command: "Dispatch".into(),
            code: "approval.used".into(),
        });
    }

    fn finish(&mut self) {
        if self.trick == Trick::Stopped {
            self.own(Event::DrillAborted {
                step: "approve-cleanup".into(),
                reason: "the window is over".into(),
            });
            self.own(Event::DrillEnded {
                end: "stopped".into(),
                rto_seconds: self.rto(),
                rpo_seconds: self.rpo(),
            });
            self.checkpoint();
            return;
        }
        let action = self.action(&[("delete", "DELETE", GROUP)]);
        let request = self.ask(
            "approve-cleanup",
            "cleanup",
            vec![("action", action.digest(), Some(action.clone()))],
        );
        self.decide(request, RITA, Verdict::Approve);
        self.own(Event::StepPassed {
            step: "approve-cleanup".into(),
            element: None,
        });
        self.intend("cleanup", "delete", request, &action);
        self.accepted("cleanup", "delete", false);
        let evidence = self.blob(b"{\"status\":404}");
        self.own(Event::DebtCleared {
            debt: "restore/0/0".into(),
            artefact: "0".into(),
            id: GROUP.into(),
            evidence: evidence.clone(),
            recoverable_until: Some("2026-12-05".into()),
        });
        if self.trick != Trick::FalseEnd {
            self.own(Event::DebtPaid {
                debt: "restore/0/0".into(),
                evidence: Some(evidence),
            });
        }
        self.own(Event::FindingAdded {
            finding: "F-1".into(),
            owner: "Network team".into(),
            due: "2026-12-31".into(),
            text: "the subnet is peered".into(),
        });
        self.own(Event::StepPassed {
            step: "review".into(),
            element: None,
        });
        self.own(Event::DrillEnded {
            end: "closed".into(),
            rto_seconds: self.rto(),
            rpo_seconds: self.rpo(),
        });
        self.checkpoint();
    }

    fn time_of(&self, kind: &str, step: &str) -> Option<DateTime<Utc>> {
        let entries = self
            .entries
            .iter()
            .map(|one| Entry::from_bytes(&one.bytes).unwrap());
        let mut found =
            entries.filter(|one| one.kind == kind && one.public.get("step") == Some(&step.into()));
        found.next().and_then(|one| time::parse(&one.at))
    }

    fn rto(&self) -> Option<u64> {
        let t0 = self.time_of("t0.declared", "declare")?;
        let until = self.time_of("step.passed", "disks")?;
        Some(u64::try_from((until - t0).num_seconds()).unwrap())
    }

    fn rpo(&self) -> Option<u64> {
        let t0 = self.time_of("t0.declared", "declare")?;
        let point: DateTime<Utc> = "2026-11-21T03:00:00Z".parse().unwrap();
        Some(u64::try_from((t0 - point).num_seconds()).unwrap())
    }

    /// Exports a drill as the app would.
    pub fn bundle(&self) -> Result<Vec<u8>, AuditError> {
        let mut entries = self.entries.iter().cloned().map(Ok);
        let principals = self.keys.iter().map(|(name, key)| {
            let id = if *name == INSTALLATION {
                format!("installation@{ORIGIN}")
            } else {
                (*name).to_owned()
            };
            (id, key.public().to_line())
        });
        let mut source = Source {
            origin: ORIGIN.into(),
            drill: DRILL.into(),
            entries: &mut entries,
            checkpoints: self.checkpoints.clone(),
            documents: &|digest| Ok(self.documents.get(digest).cloned()),
            blobs: &|digest, to| match self.blobs.get(digest) {
                Some(bytes) => Ok(to.write_all(bytes).map(|()| true)?),
                None => Ok(false),
            },
            principals: principals.collect(),
            sign: &|namespace, bytes| Ok(self.key(INSTALLATION).sign(namespace, bytes)?),
        };
        let mut out = Cursor::new(Vec::new());
        write_bundle(&mut source, Audience::INTERNAL, &mut out)?;
        Ok(out.into_inner())
    }

    /// Makes everything fit again after entries were changed, with the installation's key.
    pub fn relink(&mut self, sizes: &[u64]) {
        self.leaves = self
            .entries
            .iter()
            .map(|one| leaf_hash(&one.bytes))
            .collect();
        self.checkpoints.clear();
        let all = std::mem::take(&mut self.leaves);
        for size in sizes
            .iter()
            .filter(|size| **size < all.len() as u64)
            .chain([&(all.len() as u64)])
        {
            self.leaves = all[..usize::try_from(*size).unwrap()].to_vec();
            self.checkpoint();
        }
    }

    pub fn sizes(&self) -> Vec<u64> {
        self.checkpoints
            .iter()
            .map(|one| Checkpoint::parse(&one.text).unwrap().size)
            .collect()
    }

    pub fn sign_manifest(&self, manifest: &[u8]) -> Vec<u8> {
        self.key(INSTALLATION)
            .sign(BUNDLE_NAMESPACE, manifest)
            .unwrap()
            .into_bytes()
    }
}

pub fn device(name: &str) -> String {
    SigningKey::from_seed(*Digest::of(name.as_bytes()).as_bytes(), "")
        .public()
        .fingerprint()
}
