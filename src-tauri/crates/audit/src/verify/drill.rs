//! The rules of sign-offs, entry by entry: who asked, who decided, and what was sent on it.

mod aftermath;
mod intent;

use super::files::Files;
use super::log::Log;
use super::signers::{Owners, Signed as Signature, Signers};
use super::texts::Filed;
use super::{Findings, Stop};
use crate::fact::Fact;
use chrono::{DateTime, TimeDelta, Utc};
use drillbook_trust::action::Action;
use drillbook_trust::digest::Digest;
use drillbook_trust::disclosure::Value;
use drillbook_trust::document::{
    BreakGlass, Condition, CoverKind, Decision, Document, Policy, Request, Revocation, Signed,
    Verdict, parse_signed,
};
use drillbook_trust::merkle::Head;
use drillbook_trust::time::{self, CLOCK_SKEW_S};
use std::collections::{BTreeMap, BTreeSet};

/// A request for sign-off, as far as the journal has come.
struct Asked {
    document: Signed<Request>,
    covers: usize,
    actions: BTreeMap<Digest, (String, Action)>,
    /// Actions of which a bundle for the public shows no more than the digest, with their steps.
    withheld: BTreeMap<Digest, String>,
    decisions: Vec<Signed<Decision>>,
    revocations: Vec<Signed<Revocation>>,
    break_glass: Option<Signed<BreakGlass>>,
    policies_before: Vec<Signed<Policy>>,
    heads_are_prefixes: bool,
}

/// What the entries so far amount to.
#[derive(Default)]
struct State {
    policies: Vec<Signed<Policy>>,
    opened: Option<(String, Digest)>,
    asked: BTreeMap<Digest, Asked>,
    /// Decisions and what followed them: each is recorded once.
    decided: BTreeSet<Digest>,
    broken: Vec<aftermath::Broken>,
    intents: Vec<(Digest, intent::Sent)>,
    owed: BTreeSet<String>,
    deadline: Option<DateTime<Utc>>,
    aborted: bool,
    end: Option<String>,
}

struct Checker<'a, 'b, 'c> {
    log: &'a Log,
    documents: &'a BTreeMap<Digest, Filed>,
    signers: &'a mut Signers<'b>,
    findings: &'c mut Findings,
    state: State,
}

/// Checks every rule and returns how the drill ended.
pub(super) fn check(
    _files: &mut Files<'_>,
    log: &Log,
    documents: &BTreeMap<Digest, Filed>,
    signers: &mut Signers<'_>,
    findings: &mut Findings,
) -> Result<String, Stop> {
    let mut checker = Checker {
        log,
        documents,
        signers,
        findings,
        state: State::default(),
    };
    for fact in &log.facts {
        checker.entry(fact)?;
    }
    Ok(checker.state.end.unwrap_or_else(|| "open".to_owned()))
}

/// Returns the time of an entry; its form was checked when it was read.
fn at(fact: &Fact) -> DateTime<Utc> {
    time::parse(&fact.entry.at).unwrap_or_default()
}

/// What the journal says a reviewer asked for; text that is no list of conditions is none that anybody signed.
fn conditions(said: &str) -> Option<Vec<Condition>> {
    serde_json::from_str(said).ok()
}

/// How far two clocks may differ.
fn skew() -> TimeDelta {
    TimeDelta::seconds(CLOCK_SKEW_S)
}

impl Checker<'_, '_, '_> {
    fn entry(&mut self, fact: &Fact) -> Result<(), Stop> {
        match fact.entry.kind.as_str() {
            "policy.adopted" => self.policy(fact),
            "drill.opened" => self.opened(fact),
            "request.opened" => self.request(fact),
            "request.covers" => self.cover(fact),
            "decision.recorded" => self.decision(fact),
            "decision.revoked" => self.revoked(fact),
            "glass.broken" => self.broken(fact),
            "glass.reviewed" => self.reviewed(fact),
            "reading.recorded" => self.read_again(fact),
            "action.intended" => self.intended(fact),
            _ => self.ends(fact),
        }
    }

    fn ends(&mut self, fact: &Fact) -> Result<(), Stop> {
        let debt = || word(fact, "debt");
        match fact.entry.kind.as_str() {
            "debt.booked" => {
                self.state.owed.insert(debt()?);
                if self.state.deadline.is_none() {
                    self.state.deadline = deadline(fact);
                }
            }
            "debt.paid" | "debt.handed_over" => {
                self.state.owed.remove(&debt()?);
            }
            "deadline.set" => self.state.deadline = deadline(fact).or(self.state.deadline),
            "drill.aborted" => self.state.aborted = true,
            "drill.ended" => {
                let end = match (self.state.owed.is_empty(), self.state.aborted) {
                    (false, _) => "stopped",
                    (true, true) => "abandoned",
                    (true, false) => "closed",
                };
                let said = word(fact, "end")?;
                let why = format!("says {said}, the entries before it say {end}");
                self.findings
                    .entry(said == end, "end.differs", fact.entry.seq, &why);
                self.review_paid(fact, &said);
                self.state.end = Some(said);
            }
            _ => {}
        }
        Ok(())
    }

    /// Reads the document that an entry names.
    fn named<T: Document>(&self, fact: &Fact, field: &str) -> Result<(Signed<T>, &Filed), Stop> {
        let seq = fact.entry.seq;
        let digest = fact.digest(field);
        let digest = digest.ok_or_else(|| Stop::entry(seq, "names no document"))?;
        let filed = self.documents.get(&digest);
        let filed = filed.ok_or_else(|| Stop::entry(seq, "names a document that is not here"))?;
        let signed = parse_signed(&filed.bytes, filed.signatures.clone());
        Ok((
            signed.map_err(|why| Stop::malformed(&filed.file, why))?,
            filed,
        ))
    }

    /// Returns everybody whose signature stands under a document; `None` among them stands for one
    /// that does not hold.
    fn signed_by(
        &mut self,
        fact: &Fact,
        field: &str,
        namespace: &'static str,
        when: DateTime<Utc>,
        policy: &Policy,
    ) -> BTreeSet<Option<String>> {
        let filed = fact
            .digest(field)
            .and_then(|digest| self.documents.get(&digest));
        let Some(filed) = filed else {
            return BTreeSet::new();
        };
        let owners = Owners::Policy(policy);
        let signed = Signature {
            file: &filed.file,
            bytes: &filed.bytes,
            namespace,
            at: when,
        };
        let signatures = filed.signatures.iter();
        signatures
            .map(|armored| self.signers.check(&signed, armored, &owners, self.findings))
            .collect()
    }

    fn policy(&mut self, fact: &Fact) -> Result<(), Stop> {
        let (policy, _) = self.named::<Policy>(fact, "policy")?;
        let judge = self
            .state
            .policies
            .last()
            .unwrap_or(&policy)
            .value()
            .clone();
        let when = policy.value().not_before;
        let who = self.signed_by(fact, "policy", Policy::NAMESPACE, when, &judge);
        let owners = who
            .iter()
            .flatten()
            .filter(|person| judge.owners.contains(person))
            .count();
        let chain = drillbook_trust::document::verify_chain(&self.state.policies, &policy);
        let enough = owners as u64 >= judge.threshold && chain.is_ok();
        let why = "adopts a policy that is not signed by those who own it";
        self.findings
            .entry(enough, "policy.chain", fact.entry.seq, why);
        self.state.policies.push(policy);
        Ok(())
    }

    fn opened(&mut self, fact: &Fact) -> Result<(), Stop> {
        let in_force = self.state.policies.last().map(Signed::digest);
        let same = fact.digest("policy") == in_force;
        self.findings.entry(
            same,
            "policy.differs",
            fact.entry.seq,
            "names a policy not in force",
        );
        let runbook = fact.digest("runbook");
        let runbook = runbook.ok_or_else(|| Stop::entry(fact.entry.seq, "names no runbook"))?;
        self.state.opened = Some((word(fact, "operator")?, runbook));
        Ok(())
    }

    fn request(&mut self, fact: &Fact) -> Result<(), Stop> {
        let seq = fact.entry.seq;
        let (document, _) = self.named::<Request>(fact, "request")?;
        let value = document.value();
        let mut policies = self.state.policies.clone();
        let policy = policies
            .pop()
            .ok_or_else(|| Stop::entry(seq, "comes before any policy"))?;
        let namespace = Request::NAMESPACE;
        let who = self.signed_by(
            fact,
            "request",
            namespace,
            value.requested_at,
            policy.value(),
        );
        let (operator, runbook) = self
            .state
            .opened
            .clone()
            .unwrap_or((String::new(), Digest::of(b"")));
        let fits = value.log == fact.entry.log
            && value.drill == self.log.drill
            && value.policy == policy.digest()
            && value.runbook.digest == runbook
            && value.operator == operator
            && fact.entry.actor == operator
            && Some(value.step.as_str()) == fact.text("step")
            && Some(value.gate.as_str()) == fact.text("gate")
            && Some(time::to_text(value.not_after).as_str()) == fact.text("not_after")
            && int(fact, "covers") == i64::try_from(value.covers.len()).ok()
            && [&value.cli, &value.scope]
                .iter()
                .all(|committed| fact.entry.sealed.contains(committed))
            && who == BTreeSet::from([Some(operator)])
            && value.requested_at <= at(fact) + skew();
        self.findings.entry(
            fits,
            "request.differs",
            seq,
            "and its request document differ",
        );
        let heads_are_prefixes = self.witnessed(seq, &value.journal);
        let asked = Asked {
            covers: 0,
            actions: BTreeMap::new(),
            withheld: BTreeMap::new(),
            decisions: Vec::new(),
            revocations: Vec::new(),
            break_glass: None,
            policies_before: policies,
            heads_are_prefixes,
            document,
        };
        self.state.asked.insert(asked.document.digest(), asked);
        Ok(())
    }

    /// A signer is a witness: the log must begin with what they saw, and it was there by then.
    fn witnessed(&mut self, seq: u64, head: &Head) -> bool {
        let holds = head.size <= seq && head.is_prefix_of(&self.log.leaves);
        let why = "was signed over a log that does not begin like this one";
        self.findings.entry(holds, "head.not_prefix", seq, why);
        holds
    }

    fn cover(&mut self, fact: &Fact) -> Result<(), Stop> {
        let seq = fact.entry.seq;
        let digest = fact.digest("digest");
        let asked = fact
            .digest("request")
            .and_then(|digest| self.state.asked.get_mut(&digest));
        let (Some(digest), Some(asked)) = (digest, asked) else {
            return Err(Stop::entry(seq, "covers nothing that was asked for"));
        };
        let said = asked.document.value().covers.get(asked.covers);
        asked.covers += 1;
        let kind = match fact.text("what") {
            Some("action") => CoverKind::Action,
            Some("charter") => CoverKind::Charter,
            _ => CoverKind::Evidence,
        };
        let mut fits = said.is_some_and(|one| one.kind == kind && one.digest == digest);
        if kind == CoverKind::Action && fact.withheld.contains("document") {
            asked.withheld.insert(digest, word(fact, "step")?);
        } else if kind == CoverKind::Action {
            let shown = fact.text("document").unwrap_or_default();
            let action: Action =
                serde_json::from_str(shown).map_err(|why| Stop::entry(seq, why))?;
            fits &= action.digest() == digest;
            asked.actions.insert(digest, (word(fact, "step")?, action));
        } else {
            fits &= self
                .log
                .facts
                .iter()
                .any(|one| one.leaf == digest && one.entry.seq < seq);
        }
        self.findings.entry(
            fits,
            "request.differs",
            seq,
            "is not what its request covers",
        );
        Ok(())
    }

    fn decision(&mut self, fact: &Fact) -> Result<(), Stop> {
        let seq = fact.entry.seq;
        let (document, _) = self.named::<Decision>(fact, "decision")?;
        let value = document.value().clone();
        let request = fact
            .digest("request")
            .filter(|digest| self.state.asked.contains_key(digest));
        let request =
            request.ok_or_else(|| Stop::entry(seq, "decides nothing that was asked for"))?;
        let asked = &self.state.asked[&request];
        let ask = asked.document.value().clone();
        let policies = self.state.policies.iter().chain(&asked.policies_before);
        let policy = policies.into_iter().find(|one| one.digest() == ask.policy);
        let policy = policy
            .ok_or_else(|| Stop::entry(seq, "rests on no known policy"))?
            .value()
            .clone();
        let namespace = Decision::NAMESPACE;
        let who = self.signed_by(fact, "decision", namespace, value.decided_at, &policy);
        let verdict = if value.verdict == Verdict::Approve {
            "approve"
        } else {
            "refuse"
        };
        let same_device = value.device == ask.device;
        let fits = value.request == request
            && fact.text("verdict") == Some(verdict)
            && fact.text("reviewer") == Some(&value.reviewer)
            && fact.text("not_after") == Some(&time::to_text(value.not_after))
            && fact.entry.public.get("same_device") == Some(&Value::Flag(same_device))
            && fact.entry.actor == value.reviewer
            && fact.text("reason").is_none_or(|said| said == value.reason)
            && fact
                .text("conditions")
                .is_none_or(|said| conditions(said).as_ref() == Some(&value.conditions))
            && who == BTreeSet::from([Some(value.reviewer.clone())])
            && value.decided_at <= at(fact) + skew()
            && self.state.decided.insert(document.digest());
        self.findings
            .entry(fits, "decision.differs", seq, "and its document differ");
        self.entitled(seq, &value, &ask, &policy);
        let witnessed = self.witnessed(seq, &value.journal_seen);
        if let Some(asked) = self.state.asked.get_mut(&request) {
            asked.heads_are_prefixes &= witnessed;
            asked.decisions.push(document);
        }
        Ok(())
    }

    /// The operator never decides, and whoever does needs a role that the gate names.
    fn entitled(&mut self, seq: u64, value: &Decision, ask: &Request, policy: &Policy) {
        let own = value.reviewer.eq_ignore_ascii_case(&ask.operator);
        let why = "is the operator's own decision";
        self.findings.entry(!own, "approval.own_request", seq, why);
        let roles = policy.gates.get(&ask.gate).map(|gate| &gate.roles);
        let may = roles.is_some_and(|roles| policy.has_role(&value.reviewer, roles));
        let why = "was decided by somebody who may not";
        self.findings.entry(may, "approval.role", seq, why);
    }
}

fn word(fact: &Fact, name: &str) -> Result<String, Stop> {
    let text = fact.text(name).map(str::to_owned);
    text.ok_or_else(|| Stop::entry(fact.entry.seq, format!("has no field {name}")))
}

fn int(fact: &Fact, name: &str) -> Option<i64> {
    fact.entry.public.get(name)?.as_int()
}

fn deadline(fact: &Fact) -> Option<DateTime<Utc>> {
    fact.text("deadline")?.parse().ok()
}
