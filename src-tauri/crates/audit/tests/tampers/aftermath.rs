//! What people sign beside a decision, honestly or not: taking it back, breaking glass, its review.

use crate::world::*;
use chrono::TimeDelta;
use drillbook_core::{Event, Json};
use drillbook_trust::digest::Digest;
use drillbook_trust::disclosure::encode_salt;
use drillbook_trust::document::{
    BreakGlass, Compared, Decision, Document, Presence, Request, Reread, Review, Revocation,
    SecondReading, Verdict,
};
use drillbook_trust::entry::Entry;
use drillbook_trust::merkle::Head;
use drillbook_trust::time;
use serde_json::json;

impl World {
    fn approval(&mut self, request: Digest, reviewer: &str, nonce: String) -> Decision {
        Decision {
            request,
            verdict: Verdict::Approve,
            reviewer: reviewer.into(),
            device: device(reviewer),
            presence: Presence::File,
            journal_seen: Head::of(&self.leaves),
            opened: Vec::new(),
            conditions: Vec::new(),
            reason: String::new(),
            nonce,
            decided_at: self.now,
            not_after: self.now + TimeDelta::hours(4),
        }
    }

    fn record(&mut self, document: &Decision) -> Digest {
        let reviewer = document.reviewer.clone();
        let (digest, decision) = self.file_as(document, &reviewer, Decision::NAMESPACE);
        let event = Event::DecisionRecorded {
            request: document.request.to_string(),
            decision,
            verdict: "approve".into(),
            reviewer: reviewer.clone(),
            same_device: false,
            not_after: time::to_text(document.not_after),
            reason: String::new(),
            conditions: Json(json!([])),
        };
        self.append(DRILL, &reviewer, event);
        digest
    }

    /// An approval that has run out when anything is sent, with the nonce that the next one bears too.
    pub fn earlier_with_its_nonce(&mut self, request: Digest, reviewer: &str) {
        let mut document = self.approval(request, reviewer, encode_salt([8; 16]));
        document.not_after = self.now + TimeDelta::seconds(1);
        self.record(&document);
    }

    /// Rita approves and takes it back; she approves again afterwards.
    pub fn change_of_mind(&mut self, request: Digest) {
        let nonce = encode_salt(self.salt());
        let document = self.approval(request, RITA, nonce);
        let made = self.record(&document);
        self.revoke(request, made, RITA, true);
    }

    /// The trick: Rita's second approval is taken back as well, and what it allowed is sent all the same.
    pub fn taken_back_before(&mut self, request: Digest) {
        if self.trick == Trick::RevokedAndSent {
            let made = self.newest_decision(RITA);
            self.revoke(request, made, SAM, false);
        }
    }

    /// An owner takes a decision back when it was used already: that is recorded, and undoes nothing.
    pub fn taken_back_after(&mut self, request: Digest) {
        let made = self.newest_decision(RITA);
        self.revoke(request, made, SAM, false);
    }

    fn newest_decision(&self, reviewer: &str) -> Digest {
        let entries = self.entries.iter().rev();
        let mut entries = entries.map(|one| drillbook_trust::entry::Entry::from_bytes(&one.bytes));
        let found = entries.find_map(|entry| {
            let entry = entry.unwrap();
            let made = entry.kind == "decision.recorded" && entry.actor == reviewer;
            made.then(|| entry.public["decision"].as_text().unwrap().parse())
        });
        found.unwrap().unwrap()
    }

    fn revoke(&mut self, request: Digest, made: Digest, person: &str, tricked: bool) {
        let trick = if tricked { self.trick } else { Trick::None };
        let person = match trick {
            Trick::StrangeRevocation => OMAR,
            _ => person,
        };
        let document = Revocation {
            decision: match trick {
                Trick::OtherRevocation => self.first_request.unwrap(),
                _ => made,
            },
            person: person.into(),
            device: device(person),
            presence: Presence::File,
            journal_seen: Head::of(&self.leaves),
            reason: "the point moved".into(),
            nonce: encode_salt(self.salt()),
            revoked_at: self.now,
        };
        let key = match trick {
            Trick::ForgedRevocation => INSTALLATION,
            _ => person,
        };
        let (_, revocation) = self.file_as(&document, key, Revocation::NAMESPACE);
        let event = Event::DecisionRevoked {
            request: request.to_string(),
            decision: made.to_string(),
            revocation,
            person: person.into(),
            reason: document.reason.clone(),
        };
        self.append(DRILL, person, event);
    }

    /// The machine is started without a quorum, and somebody else looks at that afterwards.
    pub fn start(&mut self) {
        let action = self.action(&[("start", "POST", "/subscriptions/0000/vm/start")]);
        let covers = vec![("action", action.digest(), Some(action.clone()))];
        let request = self.ask("approve-start", "start", covers);
        let glass = self.break_glass(request);
        self.own(Event::DeviationNoted {
            step: "approve-start".into(),
            source: "engine".into(),
            code: "approval.break_glass".into(),
            text: "omar went on without a quorum: fire".into(),
        });
        self.own(Event::StepPassed {
            step: "approve-start".into(),
            element: None,
        });
        self.intend("start", "start", request, &action);
        self.accepted("start", "start", false);
        self.own(Event::StepPassed {
            step: "start".into(),
            element: None,
        });
        if self.trick != Trick::NoReview {
            self.review(glass);
        }
        self.second_reading();
        self.checkpoint();
        if self.trick == Trick::FalseStamp {
            let head = Head::of(&self.leaves);
            let event = Event::CheckpointTimestamped {
                size: head.size,
                root: head.root.to_string(),
                stamped: "2026-11-20T00:00:00.000Z".into(),
                evidence: self.blob(b"no token"),
            };
            self.append("", &format!("installation@{ORIGIN}"), event);
        }
    }

    fn break_glass(&mut self, request: Digest) -> (Digest, BreakGlass) {
        let person = match self.trick {
            Trick::UnnamedGlass => SAM,
            _ => OMAR,
        };
        let lives = match self.trick {
            Trick::ExpiredGlass => TimeDelta::seconds(1),
            _ => TimeDelta::hours(4),
        };
        let document = BreakGlass {
            request: match self.trick {
                Trick::ReusedGlass => self.first_request.unwrap(),
                _ => request,
            },
            person: person.into(),
            device: device("desk"),
            presence: Presence::File,
            journal_seen: Head::of(&self.leaves),
            reason: "fire".into(),
            nonce: encode_salt(self.salt()),
            declared_at: self.now,
            not_after: self.now + lives,
        };
        let (key, namespace) = match self.trick {
            Trick::ForgedGlass => (INSTALLATION, BreakGlass::NAMESPACE),
            Trick::GlassNamespace => (person, Request::NAMESPACE),
            _ => (person, BreakGlass::NAMESPACE),
        };
        let (digest, break_glass) = self.file_as(&document, key, namespace);
        let longer = match self.trick {
            Trick::LongerReview => TimeDelta::days(30),
            _ => TimeDelta::zero(),
        };
        let policy = self.policy.clone().unwrap();
        let due = drillbook_trust::gate::review_due(policy.value(), &document) + longer;
        let event = Event::GlassBroken {
            request: request.to_string(),
            break_glass,
            person: person.into(),
            not_after: time::to_text(document.not_after),
            review_due: time::to_text(due),
            reason: document.reason.clone(),
        };
        self.append(DRILL, person, event);
        (digest, document)
    }

    /// Sam reads again what was read of the vault, under his own login.
    pub fn second_reading(&mut self) {
        let entries = self.entries.iter();
        let mut entries = entries.map(|one| Entry::from_bytes(&one.bytes).unwrap());
        let read = entries.find(|one| one.kind == "exchange.recorded").unwrap();
        let disclosures = &self.entries[usize::try_from(read.seq).unwrap()].disclosures;
        let evidence = disclosures.iter().find(|one| one.name == "evidence");
        let person = match self.trick {
            Trick::OperatorsReading => MAYA,
            _ => SAM,
        };
        let document = SecondReading {
            log: match self.trick {
                Trick::OtherLogReading => ORIGIN.replace("9f3c", "0000"),
                _ => ORIGIN.into(),
            },
            drill: match self.trick {
                Trick::OtherDrillReading => OTHER.into(),
                _ => DRILL.into(),
            },
            journal_seen: Head::of(&self.leaves),
            person: person.into(),
            presence: Presence::File,
            object_id: "3".into(),
            began_at: self.now,
            read_at: self.now,
            reads: vec![Reread {
                entry: read.seq,
                evidence: match self.trick {
                    Trick::OtherReads => "A".repeat(43),
                    _ => evidence.unwrap().commitment(),
                },
                verdict: Compared::Changed,
                fields: vec!["body.sku".into()],
            }],
            nonce: encode_salt(self.salt()),
        };
        let (key, namespace) = match self.trick {
            Trick::ForgedReading => (INSTALLATION, SecondReading::NAMESPACE),
            Trick::ReadingNamespace => (person, Review::NAMESPACE),
            _ => (person, SecondReading::NAMESPACE),
        };
        let (_, reading) = self.file_as(&document, key, namespace);
        let softened = u64::from(self.trick == Trick::SoftenedReading);
        let event = Event::ReadingRecorded {
            reading,
            person: person.into(),
            same: softened,
            moved: 0,
            changed: 1 - softened,
            unreadable: 0,
            hidden: 0,
        };
        self.append(DRILL, person, event);
    }

    fn review(&mut self, (glass, broken): (Digest, BreakGlass)) {
        let reviewer = match self.trick {
            Trick::OwnReview => OMAR,
            Trick::OperatorsReview => MAYA,
            _ => RITA,
        };
        let document = Review {
            break_glass: glass,
            reviewer: reviewer.into(),
            device: device(reviewer),
            presence: Presence::File,
            journal_seen: Head::of(&self.leaves),
            verdict: Verdict::Refuse,
            reason: "the machine could have waited".into(),
            nonce: encode_salt(self.salt()),
            reviewed_at: match self.trick {
                Trick::EarlyReview => broken.declared_at - TimeDelta::minutes(5),
                _ => self.now,
            },
        };
        let key = match self.trick {
            Trick::ForgedReview => INSTALLATION,
            _ => reviewer,
        };
        let (_, review) = self.file_as(&document, key, Review::NAMESPACE);
        let verdict = match self.trick {
            Trick::SoftenedReview => "approve",
            _ => "refuse",
        };
        let event = Event::GlassReviewed {
            break_glass: glass.to_string(),
            review,
            reviewer: reviewer.into(),
            verdict: verdict.into(),
            late: false,
            reason: document.reason.clone(),
        };
        self.append(DRILL, reviewer, event);
    }
}
