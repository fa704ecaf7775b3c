//! The cast, the documents and a drill that is played command by command.

use chrono::TimeDelta;
use drillbook_core::*;
use drillbook_diagnostic::Diagnostic;
use drillbook_runbook::model::Runbook;
use drillbook_trust::action::Action;
use drillbook_trust::digest::Digest;
use drillbook_trust::disclosure::{Disclosure, encode_salt};
use drillbook_trust::document::{
    BreakGlass, Cover, CoverKind, Decision, Policy, Presence, Request, Revocation, RunbookRef,
    SameDevice, Signed, Verdict,
};
use drillbook_trust::merkle::{Head, root_of};
use drillbook_trust::sshsig::SigningKey;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex};

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

fn policy(house: House) -> Signed<Policy> {
    let people = [
        (OMAR, vec!["operator"]),
        (RITA, vec!["security-reviewer"]),
        (SAM, vec!["security-reviewer"]),
        (ALMA, vec!["auditor"]),
    ];
    let prints: Vec<String> = people.iter().map(|(id, _)| device(id)).collect();
    let people: Vec<(&str, &[&str], &str)> = people
        .iter()
        .zip(&prints)
        .map(|((id, roles), key)| (*id, roles.as_slice(), key.as_str()))
        .collect();
    let valid = (
        at("00:00:00") - TimeDelta::days(1),
        at("00:00:00") + TimeDelta::days(365),
    );
    let mut policy = Policy::rehearsal(&people, [RITA, SAM], &[OMAR], valid, [1; 16]);
    for gate in policy.gates.values_mut() {
        gate.quorum = house.quorum;
        if !house.same_device {
            gate.same_device = Some(SameDevice::Deny);
        }
    }
    Signed::sign(&policy, &[&key(RITA)]).unwrap()
}

/// What a request's document commits to, under a salt that everybody knows.
pub fn sealed(statement: &Statement) -> Vec<Disclosure> {
    let one = |name: &str, text: &str| Disclosure {
        salt: [3; 16],
        name: name.to_owned(),
        value: text.into(),
    };
    vec![one("cli", &statement.cli), one("scope", &statement.scope)]
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

    /// Composes and signs the request that the drill would ask for.
    pub fn draft(&mut self, step: &str) -> Result<RequestDraft, Refusal> {
        let declared = self.drill.runbook.step(step).unwrap();
        let mut salt = self.salt;
        let mut next = || {
            salt = salt.wrapping_add(1);
            encode_salt([salt; 16])
        };
        let draft = draft_request(&self.drill, declared, &mut next, self.now)?;
        let gate = declared.gate.clone().unwrap();
        self.salt = salt.wrapping_add(1);
        let sealed = sealed(&draft.statement);
        let mut request = self.request(step, &gate, &draft.covers);
        request.cli = sealed[0].commitment();
        request.scope = sealed[1].commitment();
        let document = Signed::sign(&request, &[&key(OMAR)]).unwrap();
        Ok(RequestDraft {
            document,
            covers: draft.covers,
            cost: draft.cost,
            sealed,
        })
    }

    fn request(&self, step: &str, gate: &str, covers: &[Covered]) -> Request {
        let kind = |what: &str| match what {
            "action" => CoverKind::Action,
            "charter" => CoverKind::Charter,
            _ => CoverKind::Evidence,
        };
        let covers = covers.iter().map(|one| Cover {
            kind: kind(&one.what),
            digest: one.digest.parse().unwrap(),
        });
        let runbook = RunbookRef {
            id: RULES.id.clone(),
            version: RULES.version.clone(),
            digest: RULES.digest().parse().unwrap(),
        };
        let commitment = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE".to_owned();
        Request {
            log: LOG.to_owned(),
            drill: DRILL.to_owned(),
            step: step.to_owned(),
            gate: gate.to_owned(),
            runbook,
            covers: covers.collect(),
            cli: commitment.clone(),
            scope: commitment,
            operator: OMAR.to_owned(),
            device: device("desk"),
            journal: Head {
                size: self.drill.last_seq,
                root: root_of(&[]),
            },
            policy: self.policy.digest(),
            nonce: encode_salt([self.salt; 16]),
            requested_at: self.now,
            not_after: self.now + TimeDelta::hours(24),
        }
    }

    /// Opens a request for sign-off.
    pub fn open(&mut self, draft: RequestDraft) -> Result<Digest, Refusal> {
        let document = draft.document.clone();
        let policy = Box::new(self.policy.clone());
        self.attempt(Command::OpenRequest {
            draft: Box::new(draft),
            policy,
        })?;
        let digest = document.digest();
        self.requests.push((document, Vec::new()));
        Ok(digest)
    }

    #[track_caller]
    pub fn ask(&mut self, step: &str) -> Digest {
        let draft = self.draft(step).unwrap();
        self.open(draft).unwrap()
    }

    /// Returns what a reviewer would say to the newest request, unsigned.
    pub fn opinion(&self, reviewer: &str) -> Decision {
        Decision {
            request: self.requests.last().unwrap().0.digest(),
            verdict: Verdict::Approve,
            reviewer: reviewer.to_owned(),
            device: device(&format!("laptop of {reviewer}")),
            presence: Presence::File,
            journal_seen: Head {
                size: self.drill.last_seq,
                root: root_of(&[]),
            },
            opened: Vec::new(),
            conditions: Vec::new(),
            reason: "looks right".to_owned(),
            nonce: nonce_of(reviewer, self.now),
            decided_at: self.now,
            not_after: self.now + TimeDelta::hours(4),
        }
    }

    /// Records a decision that `signer` signed.
    pub fn decides(&mut self, opinion: &Decision, signer: &str) -> Result<(), Refusal> {
        let decision = Signed::sign(opinion, &[&key(signer)]).unwrap();
        let mut case = self.case_of(opinion.request);
        case.decisions.push(decision.clone());
        let put = Box::new(decision.clone());
        self.attempt(Command::RecordDecision {
            decision: put,
            case: Box::new(case),
        })?;
        let known = self
            .requests
            .iter_mut()
            .find(|one| one.0.digest() == opinion.request);
        known.unwrap().1.push(decision);
        Ok(())
    }

    #[track_caller]
    pub fn approve(&mut self, reviewer: &str) {
        let opinion = self.opinion(reviewer);
        self.decides(&opinion, reviewer).unwrap();
    }

    /// Opens what must be opened first, asks and approves.
    #[track_caller]
    pub fn sign(&mut self, step: &str) -> Digest {
        let request = self.ask(step);
        self.open_first(step, request);
        self.approve(RITA);
        request
    }

    pub fn open_first(&mut self, step: &str, request: Digest) {
        for name in self.drill.runbook.step(step).unwrap().open_first.clone() {
            let entry = self
                .drill
                .evidence
                .iter()
                .rev()
                .find(|one| one.step == name)
                .unwrap()
                .seq;
            self.does(Command::OpenEvidence {
                request: request.to_string(),
                entry,
            });
        }
    }

    pub fn case_of(&self, request: Digest) -> GateInputs {
        let (document, decisions) = self
            .requests
            .iter()
            .find(|one| one.0.digest() == request)
            .unwrap()
            .clone();
        let gate = self.drill.runbook.step(&document.value().step).unwrap();
        GateInputs {
            policies_before: Vec::new(),
            policy: self.policy.clone(),
            request: document,
            decisions,
            revocations: self.revocations.clone(),
            break_glass: self
                .glass
                .iter()
                .rev()
                .find(|one| one.value().request == request)
                .cloned(),
            opened: Vec::new(),
            log: LOG.to_owned(),
            device: device("desk"),
            facts: facts(&self.drill, gate, self.now).unwrap_or_default(),
            heads_are_prefixes: true,
        }
    }

    /// Returns the newest request of the gate that signs a step.
    pub fn case(&self, step: &str) -> Box<GateInputs> {
        let gate = self
            .drill
            .runbook
            .step(step)
            .unwrap()
            .signed_by
            .clone()
            .unwrap();
        let newest = self
            .requests
            .iter()
            .rev()
            .find(|one| one.0.value().step == gate);
        Box::new(self.case_of(newest.unwrap().0.digest()))
    }

    pub fn dispatch(&self, target: &Target) -> Command {
        Command::Dispatch {
            target: target.clone(),
            case: self.case(&target.place.step),
            before: Vec::new(),
            exchanges: Vec::new(),
        }
    }

    /// The first request of machine a in an action step.
    pub fn dispatch_of(&self, step: &str) -> Command {
        let declared = self.drill.runbook.step(step).unwrap();
        self.dispatch(&target(step, Some("a"), &declared.requests[0].name))
    }

    pub fn again(&self, target: &Target) -> Command {
        Command::ContinueIntent {
            target: target.clone(),
            case: self.case(&target.place.step),
        }
    }

    pub fn outcome(target: &Target, outcome: Outcome) -> Command {
        Command::RecordOutcome {
            target: target.clone(),
            exchange: Some(ExchangeFact {
                correlation_id: Some(format!("{target:?}")),
                ..exchange("action", 200)
            }),
            inside: Vec::new(),
            outcome,
        }
    }

    pub fn accepted(target: &Target) -> Command {
        World::outcome(
            target,
            Outcome::Accepted {
                poll_url: None,
                response: json!({}),
            },
        )
    }

    pub fn rejected(target: &Target, code: &str, again: bool) -> Command {
        let (code, message) = (code.to_owned(), "no".to_owned());
        World::outcome(
            target,
            Outcome::Rejected {
                code,
                message,
                again,
            },
        )
    }

    /// Sends a request and has it accepted.
    #[track_caller]
    pub fn send(&mut self, target: &Target) {
        self.does(self.dispatch(target));
        self.does(World::accepted(target));
    }

    pub fn action(&self, step: &str, element: Option<&str>) -> Option<Action> {
        let covers = self
            .drill
            .requests
            .iter()
            .flat_map(|request| &request.covers);
        let found = covers
            .rev()
            .find(|one| one.step == step && one.element.as_deref() == element);
        found.and_then(|one| one.action.clone())
    }
}

/// A nonce of its own for every decision.
fn nonce_of(reviewer: &str, at: Timestamp) -> String {
    let mut salt = [0; 16];
    let digest = Digest::of(format!("{reviewer} {at}").as_bytes());
    salt.copy_from_slice(&digest.as_bytes()[..16]);
    encode_salt(salt)
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
