//! The documents of a drill: the policy, requests for sign-off and what reviewers say to them.

use chrono::TimeDelta;
use drillbook_core::*;
use drillbook_trust::digest::Digest;
use drillbook_trust::disclosure::{Disclosure, encode_salt};
use drillbook_trust::document::{
    Cover, CoverKind, Decision, Policy, Presence, Request, RunbookRef, SameDevice, Signed, Verdict,
};
use drillbook_trust::merkle::{Head, root_of};

use super::{ALMA, DRILL, House, LOG, OMAR, RITA, RULES, SAM, World, at, device, key};

pub fn policy(house: House) -> Signed<Policy> {
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

impl World {
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
}

/// A nonce of its own for every decision.
fn nonce_of(reviewer: &str, at: Timestamp) -> String {
    let mut salt = [0; 16];
    let digest = Digest::of(format!("{reviewer} {at}").as_bytes());
    salt.copy_from_slice(&digest.as_bytes()[..16]);
    encode_salt(salt)
}
