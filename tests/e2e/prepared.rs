//! A data folder with a drill in it, played in this process by the built-in cast, as fast as it goes.
//!
//! The window opens it as it would open its own: nothing in it is made by hand.

use chrono::{DateTime, Utc};
use drillbook_engine::{Auto, Engine, EngineError, Exchange};
use drillbook_rehearsal::{Options, Rehearsal};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// The runbook that is played.
const RUNBOOK: &str = "vm-disks-cross-region";

/// The drill in the folder.
#[derive(Debug)]
pub struct Prepared {
    /// Its id.
    pub drill: String,
    /// The rehearsal's time when it was left.
    pub now: DateTime<Utc>,
}

/// Something done to a drill, by whoever sits there.
pub type Deed<'a> = &'a dyn Fn(&Engine, &str);

/// How far a drill is played, and with what.
#[derive(Clone, Copy, Default)]
pub struct Play<'a> {
    /// Faults of the simulator.
    pub faults: &'a [&'a str],
    /// The step before which it is left; its end when `None`.
    pub until: Option<&'a str>,
    /// A step, and what is done before it.
    pub before: Option<(&'a str, Deed<'a>)>,
    /// Text of a scenario of the simulator; the built-in one when `None`.
    pub scenario: Option<&'a str>,
    /// A reviewer whose key is on another machine: person and public key. The drill is left at the first gate,
    /// where it waits for them.
    pub reviewer: Option<(&'a str, &'a str)>,
    /// Id and text of a runbook; the built-in one when `None`.
    pub runbook: Option<(&'a str, &'a str)>,
}

/// Plays a drill on the data folder, and leaves it.
pub async fn played(home: &Path, play: Play<'_>) -> Prepared {
    let runbooks = play.runbook.iter().map(|(_, text)| (*text).to_owned());
    let rehearsal = Rehearsal::open(Options {
        data: Some(home.to_owned()),
        speed: 1_000_000.0,
        faults: play
            .faults
            .iter()
            .map(|fault| (*fault).to_owned())
            .collect(),
        runbooks: runbooks.collect(),
        reviewers: play
            .reviewer
            .iter()
            .map(|(person, key)| ((*person).to_owned(), (*key).to_owned()))
            .collect(),
        scenario: play.scenario.map(str::to_owned),
        ..Options::default()
    })
    .await
    .unwrap();
    let engine = rehearsal.engine();
    let reached = Arc::new(Notify::new());
    let watch = |step: &drillbook_engine::PlayerStep| {
        if let Some((_, deed)) = play.before.filter(|(id, _)| *id == step.id) {
            deed(engine, &newest(engine));
        }
        if play.until == Some(step.id.as_str()) {
            reached.notify_one();
        }
    };
    let auto = Auto {
        runbook: play.runbook.map_or(RUNBOOK, |(id, _)| id).to_owned(),
        resume: false,
        exchange: play.reviewer.map(|_| Exchange {
            folder: home.join("exchange"),
            wait: Duration::ZERO,
            declined: |_, _| {},
        }),
    };
    tokio::select! {
        played = engine.play(&auto, watch) => match played {
            Err(EngineError::NoDecision { .. }) if play.reviewer.is_some() => {}
            played => { played.unwrap(); }
        },
        () = reached.notified() => {}
    }
    Prepared {
        drill: newest(engine),
        now: engine.clock().now(),
    }
}

fn newest(engine: &Engine) -> String {
    engine.drills().unwrap()[0].id.clone()
}
