//! The auditor's room: one drill judged, the others beside it.

use super::words::{self, number, time};
use super::{Sight, cleanup, clock, coverage, drill as drills, journal, request, review, second};
use crate::ipc::views::{
    AudienceView, AuditDrillView, AuditView, DrillStateView, ExportResult, MomentView,
    SegmentKindView, SegmentView, SpanView, TimelineView, VerificationLineView, VerificationView,
};
use drillbook_audit::{Input, Options};
use drillbook_core::{Drill, clock as read_clock};
use drillbook_engine::{Audience, EngineError, Exported};
use drillbook_runbook::Mark;
use std::path::Path;
use std::time::Instant;

/// Returns the drills of the log, and one of them judged.
pub fn view(sight: &Sight, wanted: Option<&str>) -> Result<AuditView, EngineError> {
    let all = sight.engine.drills()?;
    let shown = wanted.map_or_else(|| all.first(), |id| all.iter().find(|drill| drill.id == id));
    Ok(AuditView {
        drill: shown.map(|drill| judged(sight, drill)),
        drills: all.iter().map(|drill| drills::row(sight, drill)).collect(),
        coverage: coverage::view(sight)?,
    })
}

fn judged(sight: &Sight, drill: &Drill) -> AuditDrillView {
    let verification = journal::verify(sight);
    let row = drills::row(sight, drill);
    let count = drill.deviations.len();
    let deviated = match count {
        0 => "it did not deviate".to_owned(),
        1 => "it deviated once".to_owned(),
        _ => format!("it deviated {count} times"),
    };
    let holds = if verification.holds {
        "holds"
    } else {
        "does not hold"
    };
    let live = sight.engine.is_live();
    let said = if live {
        ""
    } else {
        " A rehearsal: its times say nothing about real Azure."
    };
    AuditDrillView {
        title: match row.state {
            DrillStateView::Running | DrillStateView::Aborting => {
                format!("{} {holds} so far; {deviated}", drill.id)
            }
            _ => format!("{} {holds}; {deviated}", drill.id),
        },
        lead: format!("{}.{said}", drill.runbook.title),
        deviations: drill
            .deviations
            .iter()
            .map(|one| drills::deviation(sight, drill, one))
            .collect(),
        objectives: review::objectives(sight, drill),
        timeline: timeline(sight, drill),
        sign_offs: drill
            .requests
            .iter()
            .flat_map(|one| &one.decisions)
            .map(|one| request::decision(sight, drill, one))
            .collect(),
        second_readings: second::readings(sight, drill),
        findings: drill
            .findings
            .iter()
            .map(|one| cleanup::finding(sight, drill, one))
            .collect(),
        verification,
        audiences: audiences(),
        row,
    }
}

/// The whole drill; before T0 the time is preparation.
fn timeline(sight: &Sight, drill: &Drill) -> TimelineView {
    let reading = read_clock(drill, sight.now.max(drill.last_at));
    let end = drill.end.map_or(sight.now.max(drill.last_at), |(at, _)| at);
    let before = reading.t0.unwrap_or(end);
    let mut segments = vec![SegmentView {
        kind: SegmentKindView::Preparation,
        from: time(drill.opened),
        to: Some(time(before)),
        seconds: number((before - drill.opened).num_seconds()),
    }];
    segments.extend(reading.segments.iter().map(clock::segment));
    let objective = reading
        .t0
        .zip(reading.objective_seconds)
        .and_then(|(t0, seconds)| {
            Some(t0 + chrono::TimeDelta::seconds(i64::try_from(seconds).ok()?))
        });
    TimelineView {
        from: time(drill.opened),
        to: time(end),
        t0: reading.t0.map(time),
        stopped: reading.stopped.map(time),
        objective: objective.map(time),
        segments,
        debt: debts(drill),
        moments: moments(sight, drill),
    }
}

fn debts(drill: &Drill) -> Vec<SpanView> {
    let spans = drill.debts.iter().map(|debt| SpanView {
        from: time(debt.booked.1),
        to: debt.paid.map(|(_, at)| time(at)),
        label: debt.what.clone(),
    });
    spans.collect()
}

fn moments(sight: &Sight, drill: &Drill) -> Vec<MomentView> {
    let moment =
        |kind: &str, at: drillbook_core::Timestamp, label: String, entry: u64| MomentView {
            kind: kind.to_owned(),
            at: time(at),
            label,
            entry: number(entry),
        };
    let mut all = Vec::new();
    for one in &drill.requests {
        let title = drill
            .runbook
            .step(&one.step)
            .map_or(one.step.clone(), |step| step.title.clone());
        all.push(moment("asked", one.opened, title.clone(), one.seq));
        for decision in &one.decisions {
            let kind = if decision.verdict == "approve" {
                "approved"
            } else {
                "refused"
            };
            all.push(moment(
                kind,
                decision.at,
                format!("{title}, {}", sight.name(&decision.reviewer)),
                decision.seq,
            ));
        }
    }
    for one in &drill.deviations {
        all.push(moment("deviation", one.at, one.text.clone(), one.seq));
    }
    for step in drill
        .runbook
        .steps
        .iter()
        .filter(|step| step.marks.is_some())
    {
        let at = step.marks.and_then(|mark| {
            if mark == Mark::T0 {
                drill.t0
            } else {
                drill.marks.get(&mark).copied()
            }
        });
        let entry = drill
            .runs
            .get(&step.id)
            .and_then(|run| run.elements.values().find_map(|one| one.entry));
        if let (Some(at), Some((entry, _))) = (at, entry) {
            all.push(moment("step", at, words::sentence_case(&step.title), entry));
        }
    }
    all.sort_by(|a, b| a.at.cmp(&b.at));
    all
}

fn audiences() -> Vec<AudienceView> {
    let view = |audience: Audience| {
        let (label, without) = match audience {
            Audience::Internal => (
                "The company",
                "without signed addresses and the originals of pictures",
            ),
            Audience::Auditor => (
                "An auditor",
                "also without the titles of the windows that pictures show",
            ),
            Audience::Public => (
                "Anybody",
                "without pictures, and without every sealed value that nobody signed",
            ),
        };
        AudienceView {
            id: audience.name().to_owned(),
            label: label.to_owned(),
            without: without.to_owned(),
        }
    };
    Audience::ALL.map(view).to_vec()
}

/// Returns what was written, what our own verifier says of it, and how an auditor checks it.
pub fn exported(sight: &Sight, file: &Path, exported: &Exported) -> ExportResult {
    let name = file
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    ExportResult {
        path: Some(file.display().to_string()),
        size: number(exported.bytes),
        entries: number(exported.entries),
        verification: Some(read_back(sight, file)),
        commands: vec![
            format!("drillbook verify {name}"),
            "python3 verify.py . --allowed-signers FILE".to_owned(),
            "sha256sum -c manifest.sha256".to_owned(),
        ],
    }
}

fn read_back(sight: &Sight, file: &Path) -> VerificationView {
    let begun = Instant::now();
    let verdict = drillbook_audit::verify(Input::Path(file), &Options::default());
    let milliseconds = number(begun.elapsed().as_millis());
    let line = |holds: bool, sentence: String| VerificationLineView {
        holds,
        sentence,
        detail: None,
    };
    let (holds, lines, limits) = match verdict {
        Ok(verdict) => {
            let mut lines: Vec<VerificationLineView> = verdict
                .findings
                .iter()
                .map(|one| line(false, words::sentence_case(&one.sentence)))
                .collect();
            let sizes = format!("{} entries of a log of {}", verdict.entries, verdict.size);
            lines.push(line(
                verdict.holds(),
                words::sentence_case(verdict.outcome.words()),
            ));
            lines.push(line(true, sizes));
            lines.push(line(
                true,
                format!("{} signatures hold", verdict.signatures.len()),
            ));
            lines.push(line(
                true,
                format!("{} pieces of evidence match", verdict.evidence),
            ));
            (verdict.holds(), lines, verdict.not_proven)
        }
        Err(error) => (
            false,
            vec![line(false, words::sentence_case(&error.to_string()))],
            Vec::new(),
        ),
    };
    VerificationView {
        holds,
        at: time(sight.now),
        milliseconds,
        lines,
        limits,
    }
}

/// Returns where a copy was saved, if anywhere.
pub fn saved(place: Option<&Path>) -> ExportResult {
    ExportResult {
        path: place.map(|place| place.display().to_string()),
        size: 0,
        entries: 0,
        verification: None,
        commands: Vec::new(),
    }
}
