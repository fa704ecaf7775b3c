//! What people sign beside a decision, as it travels: taking a decision back, breaking glass, and the
//! review that this owes.
//!
//! Each file names the request it belongs to and brings it along, with the policy that the request was
//! made under: it tells whose key signs. Deliberately absent: any belief in that policy; the gate of the
//! operator's machine judges by the one in its journal.

use super::{ExchangeError, Letter, Opened, armor};
use crate::canonical;
use crate::document::{
    BreakGlass, Document, Policy, Request, Review, Revocation, Signed, Verdict, parse_signed,
    type_of,
};
use crate::gate::{GateRefusal, SignOff, standing};
use serde::{Deserialize, Serialize};

const TYPE: &str = "drill.aftermath-file/1";

/// A signed paper, its signatures not yet verified.
#[derive(Debug, Clone)]
pub enum Paper {
    /// Takes a decision back.
    Revocation(Signed<Revocation>),
    /// Goes on without a quorum.
    BreakGlass(Signed<BreakGlass>),
    /// Looks at a break-glass after the fact.
    Review(Signed<Review>),
}

/// A paper with the request it belongs to.
#[derive(Debug, Clone)]
pub struct PaperFile {
    /// What was signed.
    pub paper: Paper,
    /// The request, if it travelled along: it names log and drill.
    pub request: Option<Signed<Request>>,
    /// The policy that the request was made under, if it travelled along.
    pub policy: Option<Signed<Policy>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parcel {
    #[serde(rename = "type")]
    kind: String,
    paper: Letter,
    request: Letter,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    policy: Option<Letter>,
}

/// Labels of the blocks, with the type of document that each holds.
const LABELS: [(&str, &str); 3] = [
    ("DRILLBOOK REVOCATION", Revocation::TYPE),
    ("DRILLBOOK BREAK-GLASS", BreakGlass::TYPE),
    ("DRILLBOOK REVIEW", Review::TYPE),
];

impl Paper {
    /// Reads a document of one of the three types; `None` when the bytes claim another type.
    ///
    /// # Errors
    /// [`ExchangeError::Document`] when it is not well formed.
    pub fn parse(bytes: &[u8], signatures: Vec<String>) -> Result<Option<Self>, ExchangeError> {
        let kind = type_of(bytes);
        let paper = match kind.as_deref() {
            Some(Revocation::TYPE) => parse_signed(bytes, signatures).map(Self::Revocation),
            Some(BreakGlass::TYPE) => parse_signed(bytes, signatures).map(Self::BreakGlass),
            Some(Review::TYPE) => parse_signed(bytes, signatures).map(Self::Review),
            _ => return Ok(None),
        };
        paper.map(Some).map_err(ExchangeError::Document)
    }

    fn letter(&self) -> Letter {
        match self {
            Self::Revocation(signed) => Letter::of(signed),
            Self::BreakGlass(signed) => Letter::of(signed),
            Self::Review(signed) => Letter::of(signed),
        }
    }

    fn label(&self) -> &'static str {
        match self {
            Self::Revocation(_) => LABELS[0].0,
            Self::BreakGlass(_) => LABELS[1].0,
            Self::Review(_) => LABELS[2].0,
        }
    }

    /// Says in one sentence what was signed.
    fn sentence(&self, asked: &Request) -> String {
        let place = format!("at the step {} of drill {}", asked.step, asked.drill);
        match self {
            Self::Revocation(signed) => {
                let said = signed.value();
                let (who, what) = (&said.person, said.decision);
                format!(
                    "{who} takes back the decision {what} {place}: {}",
                    said.reason
                )
            }
            Self::BreakGlass(signed) => {
                let (who, why) = (&signed.value().person, &signed.value().reason);
                format!("{who} goes on without a quorum {place}: {why}")
            }
            Self::Review(signed) => {
                let said = signed.value();
                let found = match said.verdict {
                    Verdict::Approve => "justified",
                    Verdict::Refuse => "not justified",
                };
                let who = &said.reviewer;
                format!(
                    "{who} finds the break-glass {place} {found}: {}",
                    said.reason
                )
            }
        }
    }
}

impl Opened {
    /// Says whether the gate would let this break-glass pass the request, as far as the file tells.
    ///
    /// # Errors
    /// What the gate would have against it.
    pub fn weigh_break_glass(&self, glass: &Signed<BreakGlass>) -> Result<(), GateRefusal> {
        let said = glass.value();
        let sign_off = SignOff {
            break_glass: Some(glass),
            ..self.sign_off(&said.journal_seen, said.declared_at)
        };
        match standing(&sign_off)?.break_glass_refused {
            Some(why) => Err(why),
            None => Ok(()),
        }
    }
}

/// Writes a paper as it travels: a few lines for people, then one block.
///
/// # Errors
/// [`ExchangeError::Unreadable`] when it has no canonical form.
pub fn write_paper(
    paper: &Paper,
    request: &Signed<Request>,
    policy: Option<&Signed<Policy>>,
) -> Result<String, ExchangeError> {
    let parcel = Parcel {
        kind: TYPE.into(),
        paper: paper.letter(),
        request: Letter::of(request),
        policy: policy.map(Letter::of),
    };
    let bytes = canonical::to_bytes(&parcel).map_err(ExchangeError::Unreadable)?;
    Ok(format!(
        "{}\nTake it in with: {}\n\n{}",
        super::plain(&paper.sentence(request.value())),
        super::text::intake(&request.value().log),
        armor::armor(paper.label(), "", &bytes)
    ))
}

/// Reads a revocation, a break-glass or a review from a text; `None` when it holds none of them.
///
/// The canonical document with its signature (from a `.sig` file beside it, say) is read too.
///
/// # Errors
/// [`ExchangeError`] naming what is missing or differs.
pub fn read_paper(text: &str, signatures: &[String]) -> Result<Option<PaperFile>, ExchangeError> {
    if let Some(paper) = Paper::parse(text.as_bytes(), signatures.to_vec())? {
        if signatures.is_empty() {
            return Err(ExchangeError::NotSigned);
        }
        return Ok(Some(PaperFile {
            paper,
            request: None,
            policy: None,
        }));
    }
    let mut found = None;
    for (label, kind) in LABELS {
        for bytes in armor::blocks(label, text)? {
            if found.replace((label, kind, bytes)).is_some() {
                return Err(ExchangeError::Several { block: label });
            }
        }
    }
    found
        .map(|(label, kind, bytes)| parcel(label, kind, &bytes))
        .transpose()
}

fn parcel(label: &'static str, kind: &str, bytes: &[u8]) -> Result<PaperFile, ExchangeError> {
    let parcel: Parcel = canonical::from_bytes(bytes).map_err(ExchangeError::Unreadable)?;
    if parcel.kind != TYPE {
        return Err(ExchangeError::Kind { found: parcel.kind });
    }
    let found = type_of(parcel.paper.text.as_bytes());
    if found.as_deref() != Some(kind) {
        let found = found.unwrap_or_default();
        return Err(ExchangeError::Kind { found });
    }
    if parcel.paper.signatures.is_empty() {
        return Err(ExchangeError::NotSigned);
    }
    let request: Signed<Request> = parcel.request.read()?;
    let policy: Option<Signed<Policy>> = parcel.policy.map(|one| one.read()).transpose()?;
    let paper = Paper::parse(parcel.paper.text.as_bytes(), parcel.paper.signatures)?;
    let paper = paper.ok_or(ExchangeError::NothingFound { block: label })?;
    let other = |policy: &Signed<Policy>| policy.digest() != request.value().policy;
    let elsewhere = match &paper {
        Paper::BreakGlass(signed) => signed.value().request != request.digest(),
        // What these name is not in the file; whoever has the journal finds it.
        Paper::Revocation(_) | Paper::Review(_) => false,
    };
    if elsewhere || policy.as_ref().is_some_and(other) {
        return Err(ExchangeError::OtherRequest);
    }
    Ok(PaperFile {
        paper,
        request: Some(request),
        policy,
    })
}

#[cfg(test)]
mod tests {
    use super::{Paper, PaperFile, read_paper, write_paper};
    use crate::cast::{self, OMAR, RITA, scene};
    use crate::exchange::ExchangeError;
    use drillbook_diagnostic::Diagnostic;

    fn papers() -> Vec<(Paper, String)> {
        let mut scene = scene();
        scene.break_glass = Some((cast::break_glass(OMAR), OMAR.into()));
        let signed = scene.signed();
        let mut revocation = cast::revocation(RITA);
        revocation.decision = signed.decisions[0].digest();
        let glass = signed.break_glass.clone().unwrap();
        let review = cast::review(&glass, RITA);
        let all = [
            Paper::Revocation(cast::sign(&revocation, RITA)),
            Paper::Review(cast::sign(&review, RITA)),
            Paper::BreakGlass(glass),
        ];
        let text = |paper: Paper| {
            let text = write_paper(&paper, &signed.request, Some(&signed.policy)).unwrap();
            (paper, text)
        };
        all.into_iter().map(text).collect()
    }

    fn same(one: &Paper, other: &Paper) -> bool {
        one.letter() == other.letter()
    }

    fn code(read: Result<Option<PaperFile>, ExchangeError>) -> &'static str {
        match read {
            Ok(Some(_)) => "read",
            Ok(None) => "nothing",
            Err(error) => error.code(),
        }
    }

    #[test]
    fn a_paper_comes_back_from_mail_as_it_was_signed() {
        for (paper, text) in papers() {
            let mail = format!("Hello\r\n> {}", text.replace('\n', "\r\n> "));
            let read = read_paper(&mail, &[]).unwrap().unwrap();
            assert!(same(&read.paper, &paper));
            assert!(read.request.is_some() && read.policy.is_some());
            let letter = paper.letter();
            let bare = read_paper(&letter.text, &letter.signatures);
            assert!(same(&bare.unwrap().unwrap().paper, &paper));
            assert_eq!(code(read_paper(&letter.text, &[])), "exchange.not_signed");
        }
    }

    #[test]
    fn what_is_no_paper_or_more_than_one_is_not_read() {
        let all = papers();
        assert_eq!(code(read_paper("nothing here", &[])), "nothing");
        let two = format!("{}{}", all[0].1, all[1].1);
        assert_eq!(code(read_paper(&two, &[])), "exchange.several");
        let relabelled = all[0].1.replace("REVOCATION", "REVIEW");
        assert_eq!(code(read_paper(&relabelled, &[])), "exchange.kind");
        let cut = &all[2].1[..all[2].1.len() / 2];
        assert_eq!(code(read_paper(cut, &[])), "exchange.damaged");
    }

    #[test]
    fn a_break_glass_beside_another_request_is_not_read() {
        let mut other = scene();
        other.request.drill = "D-2026-0008".into();
        let signed = other.signed();
        let (paper, _) = papers().pop().unwrap();
        let text = write_paper(&paper, &signed.request, None).unwrap();
        assert_eq!(code(read_paper(&text, &[])), "exchange.other_request");
    }
}
