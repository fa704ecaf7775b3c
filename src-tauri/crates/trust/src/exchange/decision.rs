//! Decisions on their way back: a file of Drillbook's, or a bare signature over a prepared decision.
//!
//! For reviewers who have nothing but OpenSSH the request file carries the decisions they could sign.
//! A prepared decision follows from the request and the policy alone, so it never has to travel back:
//! whoever wrote the request finds it again by its signature.

use super::{ExchangeError, Letter, armor};
use crate::canonical;
use crate::digest::Digest;
use crate::disclosure::encode_salt;
use crate::document::{
    APPROVAL_NAMESPACE, Decision, Document, Policy, Presence, Request, Signed, Verdict,
    parse_signed, to_bytes, type_of,
};
use crate::sshsig::{self, SignatureError};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

const LABEL: &str = "DRILLBOOK DECISION";
const TYPE: &str = "drill.decision-file/1";

/// What a prepared refusal gives as its reason.
const REFUSAL: &str = "Refused by signature alone; the reviewer said why in their message.";

/// A decision with the request it is about.
#[derive(Debug, Clone)]
pub struct DecisionFile {
    /// The reviewer's decision, its signatures not yet verified.
    pub decision: Signed<Decision>,
    /// The request, if it travelled with the decision: it names log and drill.
    pub request: Option<Signed<Request>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parcel {
    #[serde(rename = "type")]
    kind: String,
    decision: Letter,
    request: Letter,
}

/// A decision that a person could sign with OpenSSH alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    /// Who could sign it.
    pub person: String,
    /// Fingerprint of their key.
    pub key: String,
    /// Yes or no.
    pub verdict: Verdict,
    /// The exact bytes to be signed.
    pub bytes: Vec<u8>,
}

/// Returns the decisions that everybody who may decide on a request could sign: an approval and a
/// refusal for each key.
///
/// They are dated like the request, so an approval lives as long as the gate grants from then on. The
/// key stands for the account, because nothing else is known of the computer that signs.
#[must_use]
pub fn prepared(request: &Signed<Request>, policy: &Policy, must_open: &[String]) -> Vec<Prepared> {
    let asked = request.value();
    let Some(rule) = policy.gates.get(&asked.gate) else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for (person, known) in &policy.people {
        let own = person.eq_ignore_ascii_case(&asked.operator);
        if own || !policy.has_role(person, &rule.roles) {
            continue;
        }
        for key in known.keys.iter().filter(|key| !policy.is_revoked(key)) {
            for verdict in [Verdict::Approve, Verdict::Refuse] {
                let valid = i64::try_from(rule.approval_valid_s).ok();
                let valid = valid.and_then(TimeDelta::try_seconds).unwrap_or_default();
                let decision = Decision {
                    request: request.digest(),
                    verdict,
                    reviewer: person.clone(),
                    device: key.clone(),
                    presence: Presence::File,
                    journal_seen: asked.journal,
                    opened: must_open.to_vec(),
                    conditions: Vec::new(),
                    reason: reason(verdict).to_owned(),
                    nonce: nonce(request, person, key, verdict),
                    decided_at: asked.requested_at,
                    not_after: asked.requested_at + valid,
                };
                if let Ok(bytes) = to_bytes(&decision) {
                    let (person, key) = (person.clone(), key.clone());
                    all.push(Prepared {
                        person,
                        key,
                        verdict,
                        bytes,
                    });
                }
            }
        }
    }
    all
}

fn reason(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Approve => "",
        Verdict::Refuse => REFUSAL,
    }
}

/// Follows from what is decided by whom, so that both sides write the same bytes.
fn nonce(request: &Signed<Request>, person: &str, key: &str, verdict: Verdict) -> String {
    let verdict = [u8::from(verdict == Verdict::Approve)];
    let digest = request.digest();
    let parts: [&[u8]; 7] = [
        b"drillbook prepared decision",
        &[0],
        digest.as_bytes(),
        person.as_bytes(),
        &[0],
        key.as_bytes(),
        &verdict,
    ];
    let mut salt = [0; 16];
    salt.copy_from_slice(&Digest::of_parts(&parts).as_bytes()[..16]);
    encode_salt(salt)
}

/// Finds the prepared decision that a bare signature was made over.
///
/// # Errors
/// The signature's own fault (another namespace, say) when it is over none of them, or
/// [`ExchangeError::FitsNothing`].
pub fn matching(armored: &str, candidates: &[Prepared]) -> Result<Signed<Decision>, ExchangeError> {
    let mut why = ExchangeError::FitsNothing;
    for candidate in candidates {
        match sshsig::verify_any(APPROVAL_NAMESPACE, &candidate.bytes, armored) {
            Ok(_) => {
                return parse_signed(&candidate.bytes, vec![armored.to_owned()])
                    .map_err(ExchangeError::Document);
            }
            Err(SignatureError::Mismatch) => {}
            Err(other) => why = ExchangeError::Signature(other),
        }
    }
    Err(why)
}

/// Writes a decision as it travels: a few lines for people, then one block.
///
/// # Errors
/// [`ExchangeError::Unreadable`] when it has no canonical form.
pub fn write_decision(
    decision: &Signed<Decision>,
    request: &Signed<Request>,
) -> Result<String, ExchangeError> {
    let parcel = Parcel {
        kind: TYPE.into(),
        decision: Letter::of(decision),
        request: Letter::of(request),
    };
    let bytes = canonical::to_bytes(&parcel).map_err(ExchangeError::Unreadable)?;
    let (said, asked) = (decision.value(), request.value());
    let verdict = match said.verdict {
        Verdict::Approve => "approves",
        Verdict::Refuse => "refuses",
    };
    let about = format!(
        "{} {verdict} the request {} at the step {} of drill {}.",
        said.reviewer,
        request.digest(),
        asked.step,
        asked.drill
    );
    Ok(format!(
        "{}\nTake it in with: {}\n\n{}",
        super::plain(&about),
        super::text::intake(&asked.log),
        armor::armor(LABEL, "", &bytes)
    ))
}

/// Reads a decision from a text; `None` when the text holds signatures only.
///
/// A canonical decision document with its signature (from a `.sig` file beside it, say) is read too.
///
/// # Errors
/// [`ExchangeError`] naming what is missing or differs.
pub fn read_decision(
    text: &str,
    signatures: &[String],
) -> Result<Option<DecisionFile>, ExchangeError> {
    if type_of(text.as_bytes()).as_deref() == Some(Decision::TYPE) {
        return bare(text, signatures).map(Some);
    }
    let mut found = armor::blocks(LABEL, text)?;
    let Some(bytes) = found.pop() else {
        return Ok(None);
    };
    if !found.is_empty() {
        return Err(ExchangeError::Several { block: LABEL });
    }
    let parcel: Parcel = canonical::from_bytes(&bytes).map_err(ExchangeError::Unreadable)?;
    if parcel.kind != TYPE {
        return Err(ExchangeError::Kind { found: parcel.kind });
    }
    let decision: Signed<Decision> = parcel.decision.read()?;
    let request: Signed<Request> = parcel.request.read()?;
    if decision.value().request != request.digest() {
        return Err(ExchangeError::OtherRequest);
    }
    if decision.signatures().is_empty() {
        return Err(ExchangeError::NotSigned);
    }
    Ok(Some(DecisionFile {
        decision,
        request: Some(request),
    }))
}

fn bare(text: &str, signatures: &[String]) -> Result<DecisionFile, ExchangeError> {
    if signatures.is_empty() {
        return Err(ExchangeError::NotSigned);
    }
    let decision =
        parse_signed(text.as_bytes(), signatures.to_vec()).map_err(ExchangeError::Document)?;
    Ok(DecisionFile {
        decision,
        request: None,
    })
}
