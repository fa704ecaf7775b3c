//! Folding evidence: exchanges, pictures, notes, references, deviations.

use super::{debt_of, run_of};
use crate::Event;
use crate::apply::Recorded;
use crate::drill::*;

pub(super) fn evidence(drill: &mut Drill, entry: &Recorded) {
    let (step, element, kind, title, evidence, detail) = match &entry.event {
        Event::ExchangeRecorded {
            step,
            request,
            method,
            status,
            element,
            evidence,
            path,
            correlation_id,
            ..
        } => {
            drill
                .traces
                .extend(correlation_id.clone().map(|correlation| Trace {
                    correlation,
                    method: method.clone(),
                    path: path.clone(),
                }));
            if let Event::ExchangeRecorded {
                purpose,
                element: Some(debt),
                ..
            } = &entry.event
                && purpose == "survey"
            {
                surveyed(drill, debt, entry.at);
            } else {
                run_of(drill, step, element.as_deref())
                    .exchanges
                    .push(entry.seq);
            }
            let title = if request.is_empty() {
                path.clone()
            } else {
                request.clone()
            };
            let detail = format!("{method} {status}");
            (
                step,
                element.clone(),
                "exchange",
                title,
                Some(evidence.clone()),
                detail,
            )
        }
        Event::EvidenceAttached {
            step,
            element,
            title,
            evidence,
            media,
            ..
        } => {
            let kind = if media.starts_with("image/") {
                "picture"
            } else {
                "file"
            };
            (
                step,
                element.clone(),
                kind,
                title.clone(),
                Some(evidence.clone()),
                media.clone(),
            )
        }
        Event::NoteAdded { step, text } => (step, None, "note", text.clone(), None, String::new()),
        Event::ReferenceAdded {
            step,
            system,
            id,
            url,
        } => {
            let detail = url.clone().unwrap_or_default();
            (
                step,
                None,
                "reference",
                format!("{system} {id}"),
                None,
                detail,
            )
        }
        Event::DeviationNoted {
            step,
            source,
            code,
            text,
        } => {
            drill.deviations.push(Deviation {
                step: step.clone(),
                source: source.clone(),
                code: code.clone(),
                text: text.clone(),
                seq: entry.seq,
                at: entry.at,
            });
            (step, None, "deviation", text.clone(), None, code.clone())
        }
        _ => return,
    };
    drill.evidence.push(Attachment {
        seq: entry.seq,
        at: entry.at,
        step: step.clone(),
        element,
        kind: kind.to_owned(),
        title,
        evidence,
        detail,
    });
}

/// A debt's list was read at least once after its wait.
fn surveyed(drill: &mut Drill, debt: &str, at: crate::Timestamp) {
    if let Some(known) = debt_of(drill, debt) {
        known.surveyed = Some(at);
    }
}
