//! Evidence in lists and at full size.

use super::words::{self, number, time};
use super::{Sight, sends};
use crate::ipc::views::{
    DetailView, EvidenceKindView, EvidenceRowView, EvidenceView, ExchangeView, PictureView,
};
use drillbook_arm::Exchange;
use drillbook_core::{Attachment, Drill, Event, Recorded};
use drillbook_engine::{EngineError, EvidenceRecord};
use drillbook_runbook::Step;

/// Edge of a picture's tiles in pixels (trust.md §6).
const TILE: u32 = 64;

/// Returns the evidence of a step, newest first.
pub fn of_step(drill: &Drill, step: &Step) -> Vec<EvidenceRowView> {
    let here = drill
        .evidence
        .iter()
        .rev()
        .filter(|one| one.step == step.id);
    here.map(|one| row(drill, one)).collect()
}

fn row(drill: &Drill, one: &Attachment) -> EvidenceRowView {
    let step = drill.runbook.step(&one.step);
    EvidenceRowView {
        entry: number(one.seq),
        kind: kind(&one.kind),
        step: one.step.clone(),
        element: step.and_then(|step| sends::element_label(drill, step, one.element.as_deref())),
        title: words::said(&one.title),
        detail: one.detail.clone(),
        at: time(one.at),
    }
}

fn kind(word: &str) -> EvidenceKindView {
    match word {
        "exchange" => EvidenceKindView::Exchange,
        "picture" => EvidenceKindView::Picture,
        "file" => EvidenceKindView::File,
        "reference" => EvidenceKindView::Reference,
        "document" => EvidenceKindView::Document,
        _ => EvidenceKindView::Note,
    }
}

/// Returns a piece of evidence at full size.
pub fn view(sight: &Sight, drill: &Drill, entry: u64) -> Result<EvidenceView, EngineError> {
    let place = drill.evidence.iter().position(|one| one.seq == entry);
    let place = place.ok_or(EngineError::UnknownEvidence { entry })?;
    let record = sight.engine.evidence(&drill.id, entry)?;
    let text = written(&record);
    let picture = pictured(&record.entry);
    let around = |place: Option<usize>| {
        place
            .and_then(|place| drill.evidence.get(place))
            .map(|one| number(one.seq))
    };
    let attached = &drill.evidence[place];
    let mut facts = vec![DetailView {
        name: "Recorded by".to_owned(),
        value: sight.name(&record.entry.actor).to_owned(),
        mono: false,
    }];
    facts.push(DetailView {
        name: "Entry".to_owned(),
        value: entry.to_string(),
        mono: true,
    });
    if let Some(exchange) = &record.exchange
        && exchange.exchanges.len() > 1
    {
        let value = format!(
            "{}, the last is shown",
            words::plural(exchange.exchanges.len(), "answer")
        );
        facts.push(DetailView {
            name: "Pages".to_owned(),
            value,
            mono: false,
        });
    }
    Ok(EvidenceView {
        row: row(drill, attached),
        drill: drill.id.clone(),
        digest: attached.evidence.clone(),
        size: number(record.bytes.as_ref().map_or(0, Vec::len)),
        exchange: record
            .exchange
            .as_ref()
            .and_then(|all| exchanged(all.az.clone(), all.exchanges.last()?)),
        picture,
        text,
        facts,
        previous: around(place.checked_sub(1)),
        next: around(Some(place + 1)),
    })
}

fn written(record: &EvidenceRecord) -> Option<String> {
    match &record.entry.event {
        Event::NoteAdded { text, .. } | Event::DeviationNoted { text, .. } => Some(text.clone()),
        Event::ReferenceAdded {
            system, id, url, ..
        } => {
            let link = url.as_deref().unwrap_or_default();
            Some(format!("{system} {id} {link}").trim().to_owned())
        }
        Event::EvidenceAttached { media, .. } if media.starts_with("text/") => record
            .bytes
            .as_ref()
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned()),
        _ => None,
    }
}

fn pictured(entry: &Recorded) -> Option<PictureView> {
    let Event::EvidenceAttached {
        width,
        height,
        tile_root: Some(root),
        origin,
        ..
    } = &entry.event
    else {
        return None;
    };
    let (width, height) = (number(*width), number(*height));
    Some(PictureView {
        width,
        height,
        tiles: width.div_ceil(TILE) * height.div_ceil(TILE),
        root: root.clone(),
        origin: origin.clone(),
    })
}

pub(super) fn exchanged(az: Option<String>, one: &Exchange) -> Option<ExchangeView> {
    let url = if one.query.is_empty() {
        one.path.clone()
    } else {
        format!("{}?{}", one.path, one.query)
    };
    let headers = one.headers.iter().map(|(name, value)| DetailView {
        name: name.clone(),
        value: value.clone(),
        mono: true,
    });
    Some(ExchangeView {
        method: one.method.as_str().to_owned(),
        url,
        body: one.request_body.as_ref().map(sends::pretty),
        status: one.status.map(u32::from),
        reason: one.status.map_or_else(|| "no answer".to_owned(), reason),
        headers: headers.collect(),
        answer: one.response_body.as_ref().map(sends::pretty),
        removed: number(one.removed.len()),
        az,
        started: time(one.started_at),
        milliseconds: number((one.finished_at - one.started_at).num_milliseconds().max(0)),
        attempts: one.attempts,
        request_id: one.request_id().map(str::to_owned),
        correlation_id: one.correlation_id().map(str::to_owned),
        client_request_id: Some(one.client_request_id.clone()),
    })
}

fn reason(status: u16) -> String {
    let known = tauri::http::StatusCode::from_u16(status)
        .ok()
        .and_then(|code| code.canonical_reason());
    known.unwrap_or_default().to_owned()
}
