//! The cast, the documents and a drill that is played command by command.

use chrono::TimeDelta;
use drillbook_core::*;
use drillbook_diagnostic::Diagnostic;
use drillbook_runbook::model::Runbook;
use drillbook_trust::digest::Digest;
use drillbook_trust::document::{BreakGlass, Decision, Policy, Request, Revocation, Signed};
use drillbook_trust::sshsig::SigningKey;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex};

mod papers;
mod sends;

use papers::policy;
pub use papers::sealed;

pub const OMAR: &str = "omar@example.com";
pub const RITA: &str = "rita@example.com";
pub const SAM: &str = "sam@example.com";
pub const ALMA: &str = "alma@example.com";
pub const LOG: &str = "drillbook/rehearsal/0123456789abcdef";
pub const DRILL: &str = "D-2026-0007";
pub const GROUP: &str = "/subscriptions/s1/resourceGroups/rg-";

pub fn key(person: &str) -> SigningKey {
    SigningKey::from_seed(*Digest::of(person.as_bytes()).as_bytes(), person)
}

pub fn device(name: &str) -> String {
    static KNOWN: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap();
    known
        .entry(name.into())
        .or_insert_with(|| key(name).public().fingerprint())
        .clone()
}

/// Returns the day of the tests at that time.
pub fn at(time: &str) -> Timestamp {
    format!("2026-11-21T{time}Z").parse().unwrap()
}

pub fn minutes(count: i64) -> TimeDelta {
    TimeDelta::minutes(count)
}

pub static RULES: LazyLock<Arc<Runbook>> = LazyLock::new(|| {
    let parsed = drillbook_runbook::parse(include_str!("../fixtures/rules.toml"), "rules.toml");
    Arc::new(
        parsed
            .runbook
            .unwrap_or_else(|| panic!("{:#?}", parsed.problems)),
    )
});

/// How many people each gate needs, and whether one computer may play everybody.
#[derive(Debug, Clone, Copy)]
pub struct House {
    pub quorum: u64,
    pub same_device: bool,
    pub recovery: bool,
}

impl Default for House {
    fn default() -> House {
        House {
            quorum: 1,
            same_device: true,
            recovery: false,
        }
    }
}

/// A drill, its entries, and the documents that were signed for it.
#[derive(Clone)]
pub struct World {
    pub drill: Drill,
    pub entries: Vec<Recorded>,
    pub now: Timestamp,
    pub policy: Signed<Policy>,
    pub requests: Vec<(Signed<Request>, Vec<Signed<Decision>>)>,
    pub revocations: Vec<Signed<Revocation>>,
    pub glass: Vec<Signed<BreakGlass>>,
    /// What the last accepted command added.
    pub added: Vec<Event>,
    pub salt: u8,
}

/// An exchange that was answered with that status.
pub fn exchange(purpose: &str, status: u64) -> ExchangeFact {
    ExchangeFact {
        request: purpose.to_owned(),
        purpose: purpose.to_owned(),
        method: "GET".to_owned(),
        status,
        attempts: 1,
        path: "/subscriptions/s1".to_owned(),
        evidence: Digest::of(purpose.as_bytes()).to_string(),
        ..ExchangeFact::default()
    }
}

pub fn answers(responses: Value) -> Answers {
    let Value::Object(responses) = responses else {
        panic!("answers are an object")
    };
    Answers {
        responses,
        ..Answers::default()
    }
}

pub fn place(step: &str, element: Option<&str>) -> Place {
    Place {
        step: step.to_owned(),
        element: element.map(str::to_owned),
    }
}

pub fn target(step: &str, element: Option<&str>, request: &str) -> Target {
    Target {
        place: place(step, element),
        request_name: request.to_owned(),
        bound: None,
    }
}

impl World {
    pub fn new(house: House) -> World {
        let now = at("08:00:00");
        let policy = policy(house);
        let opened = Event::DrillOpened {
            runbook_id: RULES.id.clone(),
            runbook_version: RULES.version.clone(),
            runbook: RULES.digest(),
            purpose: if house.recovery { "recovery" } else { "drill" }.to_owned(),
            operator: OMAR.to_owned(),
            policy: policy.digest().to_string(),
            title: RULES.title.clone(),
            cloud: "AzureCloud".to_owned(),
            tenant: "t1".to_owned(),
            subscription: "s1".to_owned(),
            scenario: None,
        };
        let first = recorded(1, now, opened);
        let drill = replay(DRILL, &RULES, [first.clone()]).unwrap();
        let entries = vec![first];
        World {
            drill,
            entries,
            now,
            policy,
            requests: Vec::new(),
            revocations: Vec::new(),
            glass: Vec::new(),
            added: Vec::new(),
            salt: 0,
        }
    }

    /// Decides; on success the facts become durable and the time goes on by a second.
    pub fn attempt(&mut self, command: Command) -> Result<Vec<Effect>, Refusal> {
        let decision = decide(&self.drill, command, self.now)?;
        self.keep(&decision.events);
        Ok(decision.then)
    }

    fn keep(&mut self, events: &[Event]) {
        for event in events {
            let stored = event.fields();
            let back = Event::from_fields(event.kind(), &stored).unwrap();
            assert_eq!(&back, event, "an event survives its stored form");
            let entry = recorded(self.drill.last_seq + 1, self.now, back);
            self.drill = apply(self.drill.clone(), &entry);
            self.entries.push(entry);
        }
        self.added = events.to_vec();
        self.now += TimeDelta::seconds(1);
    }

    #[track_caller]
    pub fn does(&mut self, command: Command) -> Vec<Effect> {
        let shown = format!("{command:?}");
        match self.attempt(command) {
            Ok(then) => then,
            Err(refusal) => panic!("{}: {refusal}\n{shown:.300}", refusal.code()),
        }
    }

    #[track_caller]
    pub fn refuses(&mut self, command: Command, code: &str) {
        let shown = format!("{command:?}");
        match self.attempt(command) {
            Ok(_) => panic!("not refused with {code}: {shown:.300}"),
            Err(refusal) => assert_eq!(refusal.code(), code, "{refusal}"),
        }
    }

    /// Puts another value in the place of a name, as a check that is asked again may.
    pub fn moves(&mut self, step: &str, element: Option<&str>, name: &str, value: Value) {
        self.keep(&[Event::ValueCaptured {
            step: step.to_owned(),
            name: name.to_owned(),
            element: element.map(str::to_owned),
            value: Json(value),
        }]);
    }

    pub fn waits(&mut self, time: TimeDelta) {
        self.now += time;
    }

    pub fn on(&self) -> Option<&str> {
        current_step(&self.drill).map(|index| self.drill.runbook.steps[index].id.as_str())
    }

    pub fn kinds(&self) -> Vec<&'static str> {
        self.added.iter().map(Event::kind).collect()
    }
}

pub fn recorded(seq: u64, at: Timestamp, event: Event) -> Recorded {
    let leaf = Digest::of(format!("{seq} {event:?}").as_bytes());
    Recorded {
        seq,
        at,
        actor: OMAR.to_owned(),
        leaf,
        event,
    }
}
