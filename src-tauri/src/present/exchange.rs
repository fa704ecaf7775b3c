//! What travels between machines, in the window's words.

use super::{Sight, request, words};
use crate::ipc::views::{ImportedView, RequestTextView};
use drillbook_engine::{EngineError, Imported, request_file_name};

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
pub fn imported(sight: &Sight, taken: &Imported) -> Result<ImportedView, EngineError> {
    let sign_off = taken.drill.sign_off_by_digest(&taken.request);
    let sign_off = sign_off.ok_or(EngineError::UnknownRequest)?;
    Ok(ImportedView {
        request: taken.request.clone(),
        drill: taken.drill.id.clone(),
        step: sign_off.step.clone(),
        reviewer: sight.name(&taken.reviewer).to_owned(),
        approves: taken.approves,
        known: taken.known,
        state: request::state(&taken.drill, sign_off, sight.now),
    })
}
