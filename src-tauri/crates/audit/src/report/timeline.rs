//! The drill on one time axis, as a picture that needs no script and has its words in a table.

use super::Story;
use super::html::{span, text, time};
use chrono::{DateTime, TimeDelta, Utc};
use drillbook_core::Part;
use std::fmt::Write as _;

const LEFT: f64 = 250.0;
const WIDTH: f64 = 700.0;
const ROW: f64 = 20.0;
const TOP: f64 = 48.0;

/// One line of the picture.
struct Lane {
    label: String,
    class: &'static str,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
}

pub(super) fn timeline(story: &Story<'_>) -> String {
    let lanes = lanes(story);
    let (from, until) = (
        story.drill.opened,
        story.drill.last_at.max(story.drill.opened),
    );
    let seconds =
        f64::from(i32::try_from((until - from).num_seconds()).unwrap_or(i32::MAX)).max(1.0);
    let x = |at: DateTime<Utc>| {
        let since = f64::from(i32::try_from((at - from).num_seconds()).unwrap_or(i32::MAX));
        LEFT + (since / seconds).clamp(0.0, 1.0) * WIDTH
    };
    let height = TOP + ROW * (lanes.len() as f64 + 1.0) + 8.0;
    let mut svg = opening((from, until), height);
    axis(&mut svg, (from, until), height);
    let _ = writeln!(
        svg,
        "<text x=\"0\" y=\"{:.1}\">Whose turn since T0</text>",
        TOP + 12.0
    );
    for segment in &story.clock.segments {
        let class = match segment.part {
            Part::Machine => "machine",
            Part::Waiting => "waiting",
            Part::Operator => "operator",
        };
        bar(&mut svg, class, x(segment.from), x(segment.until), TOP);
    }
    for (number, lane) in (1u16..).zip(&lanes) {
        let y = TOP + ROW * f64::from(number);
        let _ = writeln!(
            svg,
            "<text x=\"0\" y=\"{:.1}\">{}</text>",
            y + 12.0,
            lane.label
        );
        bar(&mut svg, lane.class, x(lane.from), x(lane.until), y);
    }
    let moments = story.clock.t0.map(|at| ("T0", at)).into_iter();
    for (word, at) in moments.chain(story.clock.stopped.map(|at| ("goal reached", at))) {
        let _ = writeln!(
            svg,
            "<line class=\"mark\" x1=\"{0:.1}\" x2=\"{0:.1}\" y1=\"30\" y2=\"{height:.0}\"/><text x=\"{0:.1}\" y=\"42\" text-anchor=\"middle\">{word}</text>",
            x(at)
        );
    }
    let t0 = story
        .clock
        .t0
        .map(|at| format!("T0 at {}. ", time(at)))
        .unwrap_or_default();
    format!(
        "<section aria-labelledby=\"timeline\"><h2 id=\"timeline\">Timeline</h2>\n{svg}</svg>\n\
         <p class=\"soft\">{t0}Blue: machine. Amber: waiting for sign-off. Green: operator.</p></section>\n"
    )
}

fn opening((from, until): (DateTime<Utc>, DateTime<Utc>), height: f64) -> String {
    format!(
        "<svg viewBox=\"0 0 {} {height:.0}\" role=\"img\" aria-labelledby=\"tl-t tl-d\">\n\
         <title id=\"tl-t\">Timeline of the drill</title>\n\
         <desc id=\"tl-d\">From {} to {}, {} in all. Each line is a step, from its first to its last entry; \
         the first line says whose turn it was since T0. The table of steps says the same in words.</desc>\n",
        LEFT + WIDTH + 20.0,
        from.format("%Y-%m-%d %H:%M"),
        until.format("%Y-%m-%d %H:%M"),
        span(u64::try_from((until - from).num_seconds()).unwrap_or(0)),
    )
}

fn axis(svg: &mut String, (from, until): (DateTime<Utc>, DateTime<Utc>), height: f64) {
    for tick in 0..=4i32 {
        let x = LEFT + WIDTH * f64::from(tick) / 4.0;
        let at = from + (until - from) * tick / 4;
        let anchor = if tick == 4 { "end" } else { "middle" };
        let _ = writeln!(
            svg,
            "<line class=\"rule\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"20\" y2=\"{height:.0}\"/><text x=\"{x:.1}\" y=\"14\" text-anchor=\"{anchor}\">{}</text>",
            at.format(if until - from < TimeDelta::hours(1) {
                "%H:%M:%S"
            } else {
                "%d %b %H:%M"
            })
        );
    }
}

fn bar(svg: &mut String, class: &str, from: f64, until: f64, y: f64) {
    let width = (until - from).max(2.0);
    let _ = writeln!(
        svg,
        "<rect class=\"{class}\" x=\"{from:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"12\" rx=\"2\"/>",
        y + 2.0
    );
}

/// Every step that has an entry, from its first to its last.
fn lanes(story: &Story<'_>) -> Vec<Lane> {
    let mut lanes = Vec::new();
    for step in &story.drill.runbook.steps {
        let mut times = story
            .own()
            .filter(|fact| fact.text("step") == Some(&step.id))
            // These name the step whose evidence is looked at, not the one that is worked on.
            .filter(|fact| !matches!(&*fact.entry.kind, "request.covers" | "evidence.opened"))
            .filter_map(|fact| drillbook_trust::time::parse(&fact.entry.at));
        let Some(from) = times.next() else { continue };
        let until = times.last().unwrap_or(from);
        let kind = super::steps::kind(&step.kind);
        let class = match kind.as_str() {
            "approval" => "waiting",
            "action" | "wait" | "check" | "validate" => "machine",
            _ => "operator",
        };
        let title = if step.title.is_empty() {
            &step.id
        } else {
            &step.title
        };
        let long = title.chars().count() > 38;
        let short: String = title.chars().take(if long { 36 } else { 38 }).collect();
        let short = if long {
            short.trim_end().to_owned() + "…"
        } else {
            short
        };
        lanes.push(Lane {
            label: text(&short),
            class,
            from,
            until,
        });
    }
    lanes
}
