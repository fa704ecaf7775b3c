//! `drillbook glass` and `drillbook decision revoke`: going on without a quorum, the review that this
//! owes, and taking a decision back. All are signed here and taken in elsewhere.
//!
//! Deliberately absent: rules; the gate of the operator's machine decides whether a signature counts.

use crate::args::{GlassCommand, ReviewArgs, RevokeArgs, Signing};
use crate::key::Key;
use crate::output::Failure;
use crate::requests::{hand_over, list_signable, read};
use chrono::TimeDelta;
use drillbook_engine::owed_reviews;
use drillbook_engine::reviewing::{device, nonce, now_after, person_of};
use drillbook_trust::document::{
    APPROVAL_NAMESPACE, BreakGlass, Document, Presence, Review, Revocation, Signed, Verdict,
    parse_signed, to_bytes,
};
use drillbook_trust::exchange::{
    ExchangeError, Paper, open, read_decision, read_paper, write_paper,
};
use drillbook_trust::gate::{reviewed, signed_by};
use std::path::Path;
use std::process::ExitCode;

/// Breaks glass, lists what owes a review, or reviews it.
pub(crate) fn run(command: GlassCommand) -> Result<ExitCode, Failure> {
    match command {
        GlassCommand::Break { file, by } => break_glass(&file, &by),
        GlassCommand::List(args) => list_signable(&args, owed_reviews),
        GlassCommand::Review(args) => review(&args),
    }
}

/// The key of whoever signs, with what every document says of it.
struct Hand {
    key: Key,
    device: String,
    presence: Presence,
}

impl Hand {
    fn of(by: &Signing, log: &str) -> Result<Hand, Failure> {
        let key = Key::open(&by.key)?;
        let own = || key.public.fingerprint();
        Ok(Hand {
            device: device(log, by.data.as_deref()).unwrap_or_else(own),
            presence: key.presence,
            key,
        })
    }

    fn sign<T: Document>(&self, value: &T) -> Result<Signed<T>, Failure> {
        let bytes = to_bytes(value)?;
        let armored = self.key.sign(APPROVAL_NAMESPACE, &bytes)?;
        Ok(parse_signed(&bytes, vec![armored])?)
    }
}

fn break_glass(file: &Path, by: &Signing) -> Result<ExitCode, Failure> {
    let opened = open(&read(file)?)?;
    let (asked, policy) = (opened.request.value(), opened.policy.value());
    let hand = Hand::of(by, &asked.log)?;
    let person = person_of(policy, &hand.key.public)?;
    let declared_at = now_after(&asked.log, asked.requested_at);
    let rule = policy.gates.get(&asked.gate);
    let valid = rule.and_then(|rule| i64::try_from(rule.approval_valid_s).ok());
    let glass = hand.sign(&BreakGlass {
        request: opened.request.digest(),
        person: person.to_owned(),
        device: hand.device.clone(),
        presence: hand.presence,
        journal_seen: asked.journal,
        reason: by.reason.clone(),
        nonce: nonce(),
        declared_at,
        not_after: declared_at + TimeDelta::seconds(valid.unwrap_or_default()),
    })?;
    opened.weigh_break_glass(&glass)?;
    let paper = Paper::BreakGlass(glass);
    let text = write_paper(&paper, &opened.request, Some(&opened.policy))?;
    hand_over(&text, file, person, "glass");
    Ok(ExitCode::SUCCESS)
}

fn review(args: &ReviewArgs) -> Result<ExitCode, Failure> {
    let nothing = ExchangeError::NothingFound {
        block: "DRILLBOOK BREAK-GLASS",
    };
    let found = read_paper(&read(&args.file)?, &[])?;
    let Some((Paper::BreakGlass(glass), Some(request), policy)) =
        found.map(|file| (file.paper, file.request, file.policy))
    else {
        return Err(nothing.into());
    };
    let policy = policy.ok_or(ExchangeError::NoPolicy)?;
    let broken = glass.value();
    signed_by(policy.value(), &glass, &broken.person)?;
    let hand = Hand::of(&args.by, &request.value().log)?;
    let person = person_of(policy.value(), &hand.key.public)?.to_owned();
    let review = hand.sign(&Review {
        break_glass: glass.digest(),
        reviewer: person.clone(),
        device: hand.device.clone(),
        presence: hand.presence,
        journal_seen: broken.journal_seen,
        verdict: if args.justified {
            Verdict::Approve
        } else {
            Verdict::Refuse
        },
        reason: args.by.reason.clone(),
        nonce: nonce(),
        reviewed_at: now_after(&request.value().log, broken.declared_at),
    })?;
    reviewed(&policy, &request, &glass, &review)?;
    let text = write_paper(&Paper::Review(review), &request, Some(&policy))?;
    hand_over(&text, &args.file, &person, "review");
    Ok(ExitCode::SUCCESS)
}

/// Signs that a decision is taken back.
pub(crate) fn revoke(args: &RevokeArgs) -> Result<ExitCode, Failure> {
    let found = read_decision(&read(&args.file)?, &[])?;
    let Some((decision, Some(request))) = found.map(|file| (file.decision, file.request)) else {
        let block = "DRILLBOOK DECISION";
        return Err(ExchangeError::NothingFound { block }.into());
    };
    let made = decision.value();
    let hand = Hand::of(&args.by, &request.value().log)?;
    let signers = decision.signers()?;
    if args.person.is_none() && !signers.iter().any(|key| key.same_key(&hand.key.public)) {
        let sentence = format!("this key is not the one by which {} decided", made.reviewer);
        let next =
            "Name yourself with --person when you own the policy, or use the reviewer's key.";
        return Err(Failure::new("exchange.key_unknown", &sentence, next));
    }
    let person = args.person.clone().unwrap_or_else(|| made.reviewer.clone());
    let revocation = hand.sign(&Revocation {
        decision: decision.digest(),
        person: person.clone(),
        device: hand.device.clone(),
        presence: hand.presence,
        journal_seen: made.journal_seen,
        reason: args.by.reason.clone(),
        nonce: nonce(),
        revoked_at: now_after(&request.value().log, made.decided_at),
    })?;
    let text = write_paper(&Paper::Revocation(revocation), &request, None)?;
    hand_over(&text, &args.file, &person, "revocation");
    Ok(ExitCode::SUCCESS)
}
