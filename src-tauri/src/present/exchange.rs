//! What travels between machines, in the window's words.

use super::{Sight, request, words};
use crate::ipc::views::{ImportedKind, ImportedView, RequestTextView};
use drillbook_engine::{EngineError, PaperKind, TakenIn, request_file_name};

/// Returns a request as it travels.
pub fn text(sight: &Sight, id: &str) -> Result<RequestTextView, EngineError> {
    let seen = sight.engine.request(id)?;
    let text = sight.engine.request_file(id)?;
    let signers = request::view(sight, id)?.signers.into_iter();
    Ok(RequestTextView {
        name: request_file_name(&seen.drill.id, &seen.sign_off),
        size: words::number(text.len()),
        text,
        can_sign: signers.filter(|one| one.can).map(|one| one.name).collect(),
        not_after: words::as_time(&seen.sign_off.not_after),
    })
}

/// Says what was taken in, and what became of the request.
pub fn imported(sight: &Sight, taken: &TakenIn) -> Result<ImportedView, EngineError> {
    let (drill, request, person, known) = match taken {
        TakenIn::Decision(one) => (&one.drill, &one.request, &one.reviewer, one.known),
        TakenIn::Paper(one) => (&one.drill, &one.request, &one.person, one.known),
        TakenIn::Reading(one) => {
            return Ok(ImportedView {
                request: String::new(),
                drill: one.drill.id.clone(),
                step: String::new(),
                person: sight.name(&one.reading.value().person).to_owned(),
                kind: ImportedKind::SecondReading,
                known: one.known,
                state: None,
            });
        }
    };
    let sign_off = drill.sign_off_by_digest(request);
    let sign_off = sign_off.ok_or(EngineError::UnknownRequest)?;
    Ok(ImportedView {
        request: request.clone(),
        drill: drill.id.clone(),
        step: sign_off.step.clone(),
        person: sight.name(person).to_owned(),
        kind: kind(taken),
        known,
        state: Some(request::state(drill, sign_off, sight.now)),
    })
}

fn kind(taken: &TakenIn) -> ImportedKind {
    match taken {
        TakenIn::Decision(one) if one.approves => ImportedKind::Approval,
        TakenIn::Decision(_) => ImportedKind::Refusal,
        TakenIn::Paper(one) => match one.kind {
            PaperKind::Revocation => ImportedKind::Revocation,
            PaperKind::BreakGlass => ImportedKind::BreakGlass,
            PaperKind::Review => ImportedKind::Review,
        },
        TakenIn::Reading(_) => ImportedKind::SecondReading,
    }
}
