//! What a second reader takes from a bundle that holds: the drill, and what was recorded of each read.
//!
//! Deliberately absent: sending anything, and bundles of which nothing sealed is shown.

use crate::error::AuditError;
use crate::report;
use crate::verdict::Verdict;
use crate::verify::{Input, Opened, Options, Pieces, opened};
use drillbook_core::Drill;
use drillbook_trust::digest::Digest;
use drillbook_trust::document::{Policy, Signed, parse_signed};
use drillbook_trust::merkle::Head;

/// Kinds of entries whose evidence is an answer that can be asked for again.
const READS: [&str; 3] = ["exchange.recorded", "debt.cleared", "debt.paid"];

/// A bundle, as a second reader uses it.
#[derive(Debug)]
pub struct Material {
    /// Origin of the log.
    pub log: String,
    /// The drill, folded from its entries.
    pub drill: Drill,
    /// The head that the bundle proves.
    pub head: Head,
    /// The policy in force at its end.
    pub policy: Signed<Policy>,
    /// What was recorded, by entry.
    pub recorded: Vec<Recording>,
}

/// The evidence of one entry.
#[derive(Debug)]
pub struct Recording {
    /// The entry.
    pub entry: u64,
    /// What its step is called, or its own name.
    pub step: String,
    /// Commitment of the evidence.
    pub commitment: String,
    /// The bytes; none when the bundle withholds them.
    pub bytes: Option<Vec<u8>>,
}

/// Checks a bundle and takes from it what a second reader needs; nothing when it does not hold.
///
/// # Errors
/// [`AuditError`] when it cannot be used at all.
pub fn material(
    input: Input<'_>,
    options: &Options,
) -> Result<(Verdict, Option<Material>), AuditError> {
    let (verdict, opened) = opened(input, options)?;
    let Some(opened) = opened.filter(|_| verdict.holds()) else {
        return Ok((verdict, None));
    };
    let taken = take(input, &verdict, &opened)?;
    Ok((verdict, taken))
}

fn take(
    input: Input<'_>,
    verdict: &Verdict,
    opened: &Opened,
) -> Result<Option<Material>, AuditError> {
    let facts = &opened.facts;
    let Ok(drill) = report::folded(facts, &opened.documents) else {
        return Ok(None);
    };
    let newest = facts.iter().rev();
    let mut adopted = newest.filter(|fact| fact.entry.kind == "policy.adopted");
    let policy = adopted.find_map(|fact| opened.documents.get(&fact.digest("policy")?));
    let policy = policy.and_then(|bytes| parse_signed(bytes, Vec::new()).ok());
    let Some(policy) = policy else {
        return Ok(None);
    };
    let (mut recorded, mut pieces) = (Vec::new(), Pieces::of(input)?);
    for fact in facts {
        let commitment = fact.commitments.get("evidence");
        let (true, Some(commitment)) = (READS.contains(&fact.entry.kind.as_str()), commitment)
        else {
            continue;
        };
        let digest: Option<Digest> = fact.digest("evidence");
        recorded.push(Recording {
            entry: fact.entry.seq,
            step: fact.text("step").unwrap_or(&fact.entry.kind).to_owned(),
            commitment: commitment.clone(),
            bytes: digest.map(|digest| pieces.read(&digest)).transpose()?,
        });
    }
    Ok(Some(Material {
        log: verdict.origin.clone(),
        drill,
        head: Head::of(&opened.leaves),
        policy,
        recorded,
    }))
}
