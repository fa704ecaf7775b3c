//! The drill that the log tells: charter, check, picture, T0, two sign-offs, restore, cleanup, review.

use crate::world::*;
use chrono::TimeDelta;
use drillbook_audit::SignedDocument;
use drillbook_core::{Event, Json};
use drillbook_trust::action::Action;
use drillbook_trust::digest::Digest;
use drillbook_trust::document::Verdict;
use drillbook_trust::picture::TileTree;
use drillbook_trust::time;
use serde_json::json;
use std::io::Cursor;

impl World {
    pub fn found(&mut self) {
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

    pub fn prepare(&mut self) {
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

    pub fn exchange(&mut self, step: &str, blob: &str) {
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

    pub fn picture(&mut self) {
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

    pub fn restore(&mut self) {
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
        self.change_of_mind(request);
        self.decide(request, RITA, Verdict::Approve);
        self.decide(request, SAM, Verdict::Approve);
        self.own(Event::StepPassed {
            step: "approve-restore".into(),
            element: None,
        });
        self.taken_back_before(request);
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

    pub fn finish(&mut self) {
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
        self.taken_back_after(request);
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
}
