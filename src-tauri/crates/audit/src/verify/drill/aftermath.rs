//! What people signed beside a decision: taking it back, breaking glass, and the review that this owes.

use super::{Checker, at, skew};
use crate::fact::Fact;
use crate::verify::Stop;
use drillbook_trust::digest::Digest;
use drillbook_trust::disclosure::Value;
use drillbook_trust::document::{
    BreakGlass, Compared, Document, Policy, Request, Reread, Review, Revocation, SecondReading,
    Signed, Verdict,
};
use drillbook_trust::gate::review_due;
use drillbook_trust::time;
use std::collections::BTreeSet;

/// A break-glass, and whether somebody looked at it since.
pub(super) struct Broken {
    document: Signed<BreakGlass>,
    reviewed: bool,
}

impl Checker<'_, '_, '_> {
    pub(super) fn revoked(&mut self, fact: &Fact) -> Result<(), Stop> {
        let seq = fact.entry.seq;
        let (document, _) = self.named::<Revocation>(fact, "revocation")?;
        let value = document.value();
        let request = self.asked_by(fact)?;
        let policy = self.in_force(seq)?;
        let mut made = self.state.asked[&request].decisions.iter();
        let made = made.find(|made| made.digest() == value.decision);
        let made = made.map(|made| made.value().clone());
        let made = made.ok_or_else(|| Stop::entry(seq, "takes back what was not decided"))?;
        let same = fact.digest("decision") == Some(value.decision)
            && value.revoked_at + skew() >= made.decided_at;
        self.paper(
            fact,
            "revocation",
            &document,
            &policy,
            (same, &value.reason),
        );
        let may = value.person == made.reviewer || policy.owners.contains(&value.person);
        self.entitles(seq, may);
        let witnessed = self.witnessed(seq, &value.journal_seen);
        if let Some(asked) = self.state.asked.get_mut(&request) {
            asked.heads_are_prefixes &= witnessed;
            asked.revocations.push(document);
        }
        Ok(())
    }

    pub(super) fn broken(&mut self, fact: &Fact) -> Result<(), Stop> {
        let seq = fact.entry.seq;
        let (document, _) = self.named::<BreakGlass>(fact, "break_glass")?;
        let value = document.value();
        let request = self.asked_by(fact)?;
        let policy = self.in_force(seq)?;
        let first = self.state.asked[&request].break_glass.is_none();
        let asked = self.state.asked[&request].document.value().requested_at;
        let due = time::to_text(review_due(&policy, value));
        let same = first
            && value.request == request
            && fact.text("not_after") == Some(&time::to_text(value.not_after))
            && fact.text("review_due") == Some(&due)
            && value.declared_at + skew() >= asked;
        self.paper(
            fact,
            "break_glass",
            &document,
            &policy,
            (same, &value.reason),
        );
        let may = policy.break_glass.who.contains(&value.person);
        let why = "went on without a quorum by somebody whom the policy does not name";
        self.findings.entry(may, "approval.role", seq, why);
        let witnessed = self.witnessed(seq, &value.journal_seen);
        if let Some(asked) = self.state.asked.get_mut(&request) {
            asked.heads_are_prefixes &= witnessed;
            asked.break_glass = Some(document.clone());
        }
        let reviewed = false;
        self.state.broken.push(Broken { document, reviewed });
        Ok(())
    }

    pub(super) fn reviewed(&mut self, fact: &Fact) -> Result<(), Stop> {
        let seq = fact.entry.seq;
        let (document, _) = self.named::<Review>(fact, "review")?;
        let value = document.value();
        let policy = self.in_force(seq)?;
        let glass = self.state.broken.iter_mut();
        let mut glass = glass.filter(|one| one.document.digest() == value.break_glass);
        let glass = glass
            .next()
            .ok_or_else(|| Stop::entry(seq, "reviews what was not broken"))?;
        glass.reviewed = true;
        let broken = glass.document.value().clone();
        let ask = self.state.asked[&broken.request].document.value().clone();
        let verdict = if value.verdict == Verdict::Approve {
            "approve"
        } else {
            "refuse"
        };
        let late = value.reviewed_at > review_due(&policy, &broken);
        let same = fact.digest("break_glass") == Some(value.break_glass)
            && fact.text("verdict") == Some(verdict)
            && fact.entry.public.get("late") == Some(&Value::Flag(late))
            && value.reviewed_at + skew() >= broken.declared_at;
        self.paper(fact, "review", &document, &policy, (same, &value.reason));
        self.judges(seq, &value.reviewer, &broken, &ask, &policy);
        self.witnessed(seq, &value.journal_seen);
        Ok(())
    }

    /// What somebody else found who read again what the drill had read.
    pub(super) fn read_again(&mut self, fact: &Fact) -> Result<(), Stop> {
        let seq = fact.entry.seq;
        let (document, _) = self.named::<SecondReading>(fact, "reading")?;
        let value = document.value();
        let policy = self.in_force(seq)?;
        let namespace = SecondReading::NAMESPACE;
        let who = self.signed_by(fact, "reading", namespace, value.read_at, &policy);
        let counted = |one: &Compared| {
            let said = fact.entry.public.get(one.word()).and_then(Value::as_int);
            said == i64::try_from(value.count(*one)).ok()
        };
        let facts = &self.log.facts;
        let recorded = |one: &Reread| {
            let mut entries = facts.iter().filter(|fact| fact.entry.seq == one.entry);
            entries.any(|fact| fact.entry.sealed.contains(&one.evidence))
        };
        let operator = self.state.opened.as_ref().map(|(operator, _)| operator);
        let fits = value.log == fact.entry.log
            && value.drill == self.log.drill
            && fact.entry.public.len() == Compared::ALL.len() + 2
            && Compared::ALL.iter().all(counted)
            && value.reads.iter().all(recorded)
            && fact.text("person") == Some(&value.person)
            && fact.entry.actor == value.person
            && operator != Some(&value.person)
            && who == BTreeSet::from([Some(value.person.clone())])
            && value.read_at <= at(fact) + skew();
        let why = "and its document differ";
        self.findings.entry(fits, "reading.differs", seq, why);
        self.witnessed(seq, &value.journal_seen);
        Ok(())
    }

    /// Somebody else looks at it, in a role that the gate names.
    fn judges(
        &mut self,
        seq: u64,
        reviewer: &str,
        broken: &BreakGlass,
        ask: &Request,
        policy: &Policy,
    ) {
        let own = |person: &str| reviewer.eq_ignore_ascii_case(person);
        let other = !own(&broken.person) && !own(&ask.operator);
        let why = "is a review by the operator or by whoever broke the glass";
        self.findings.entry(other, "approval.own_request", seq, why);
        let roles = policy.gates.get(&ask.gate).map(|gate| &gate.roles);
        let may = roles.is_some_and(|roles| policy.has_role(reviewer, roles));
        self.entitles(seq, may);
    }

    fn entitles(&mut self, seq: u64, may: bool) {
        let why = "was signed by somebody who may not";
        self.findings.entry(may, "approval.role", seq, why);
    }

    /// The entry says what its document says, signed by the one person it names, once, and before it.
    fn paper<T: Document>(
        &mut self,
        fact: &Fact,
        field: &str,
        document: &Signed<T>,
        policy: &Policy,
        says: (bool, &str),
    ) {
        let (same, reason) = says;
        let (person, when) = document.value().author();
        let named = fact.text("person").or(fact.text("reviewer"));
        let who = self.signed_by(fact, field, T::NAMESPACE, when, policy);
        let fits = same
            && named == Some(person)
            && fact.entry.actor == person
            && fact.text("reason").is_none_or(|said| said == reason)
            && who == BTreeSet::from([Some(person.to_owned())])
            && when <= at(fact) + skew()
            && self.state.decided.insert(document.digest());
        let why = "and its document differ";
        let code = match field {
            "revocation" => "decision.differs",
            _ => "glass.differs",
        };
        self.findings.entry(fits, code, fact.entry.seq, why);
    }

    /// Returns the request that an entry names, which must have been asked.
    fn asked_by(&self, fact: &Fact) -> Result<Digest, Stop> {
        let request = fact.digest("request");
        let request = request.filter(|one| self.state.asked.contains_key(one));
        request.ok_or_else(|| Stop::entry(fact.entry.seq, "is about nothing that was asked for"))
    }

    fn in_force(&self, seq: u64) -> Result<Policy, Stop> {
        let policy = self.state.policies.last().map(|one| one.value().clone());
        policy.ok_or_else(|| Stop::entry(seq, "rests on no known policy"))
    }

    /// A drill that is over owes no review.
    pub(super) fn review_paid(&mut self, fact: &Fact, end: &str) {
        let paid = end == "stopped" || self.state.broken.iter().all(|one| one.reviewed);
        let why = "ends the drill before somebody reviewed what was done without a quorum";
        self.findings
            .entry(paid, "approval.review_owed", fact.entry.seq, why);
    }
}
