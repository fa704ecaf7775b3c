//! Evidence that travelled with a request.

use super::{Foreign, detail};
use crate::ipc::views::{EvidenceKindView, EvidenceRowView, EvidenceView, OpenFirstView};
use crate::present::evidence::exchanged;
use crate::present::words::{self, number};
use drillbook_engine::exchange_in;
use drillbook_trust::exchange::{Evidence, Opened, plain};

fn shown(piece: &Evidence, name: &str) -> Option<String> {
    let one = piece.shown.iter().find(|one| one.name == name)?;
    Some(plain(&one.value.to_string()))
}

/// Returns a piece of evidence that must be opened, for the list.
pub fn open_first(one: &Foreign, piece: &Evidence) -> OpenFirstView {
    let step = piece.entry.public.get("step").map(ToString::to_string);
    let step = plain(&step.unwrap_or_default());
    let known = step_title(&one.opened, &step);
    OpenFirstView {
        title: known.unwrap_or_else(|| words::heading(&step)),
        step,
        state: None,
        summary: shown(piece, "path").unwrap_or_else(|| plain(&piece.entry.kind)),
        entry: number(piece.entry.seq),
        opened: one.read.get(&piece.entry.seq).cloned(),
    }
}

fn step_title(opened: &Opened, step: &str) -> Option<String> {
    let digest = opened.request.value().runbook.digest.to_string();
    let known = drillbook_engine::library::built_in().ok()?;
    let runbook = known.into_iter().find(|one| one.digest() == digest)?;
    Some(runbook.step(step)?.title.clone())
}

/// Returns a piece of evidence that travelled, at full size; nothing when the request names none at that entry.
pub fn evidence(one: &Foreign, entry: u32) -> Option<EvidenceView> {
    let mut all = one.opened.evidence.iter();
    let piece = all.find(|piece| piece.entry.seq == u64::from(entry))?;
    let about = open_first(one, piece);
    let exchange = piece.blob.as_deref().and_then(exchange_in);
    let exchange =
        exchange.and_then(|all| exchanged(all.az.as_deref().map(plain), all.exchanges.last()?));
    let text = match piece.blob.as_deref().map(std::str::from_utf8) {
        _ if exchange.is_some() => None,
        Some(Ok(text)) => Some(plain(text)),
        Some(Err(_)) => Some("It is no text; its bytes travelled with the request.".to_owned()),
        None => Some(
            "It is too large to travel. Ask the operator for the file of this digest before you approve."
                .to_owned(),
        ),
    };
    let values = piece.shown.iter().filter(|one| one.name != "evidence");
    let facts = values.map(|one| detail(&one.name, &one.value.to_string()));
    Some(EvidenceView {
        row: EvidenceRowView {
            entry,
            kind: if exchange.is_some() {
                EvidenceKindView::Exchange
            } else {
                EvidenceKindView::File
            },
            step: about.step,
            element: None,
            title: about.title,
            detail: plain(&piece.entry.kind),
            at: words::as_time(&piece.entry.at).unwrap_or_else(|| plain(&piece.entry.at)),
        },
        drill: plain(&piece.entry.drill),
        digest: Some(piece.digest.to_string()),
        size: number(piece.blob.as_ref().map_or(0, Vec::len)),
        exchange,
        picture: None,
        text,
        facts: facts.collect(),
        previous: None,
        next: None,
    })
}
