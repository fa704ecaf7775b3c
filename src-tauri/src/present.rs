//! From what the engine knows to what the window shows, one file per noun.
//!
//! Pure translation: nothing here decides, reads Azure or writes the journal.

pub mod app;
pub mod audit;
pub mod before;
pub mod candidates;
pub mod choices;
pub mod cleanup;
pub mod clock;
pub mod compare;
pub mod conditions;
pub mod connections;
pub mod coverage;
pub mod draft;
pub mod drill;
pub mod evidence;
pub mod exchange;
pub mod fields;
pub mod foreign;
pub mod glass;
pub mod home;
pub mod journal;
pub mod moves;
pub mod outside;
pub mod policy;
pub mod request;
pub mod review;
pub mod runbook;
pub mod second;
pub mod sends;
pub mod sentences;
pub mod step;
pub mod wait;
pub mod words;

use crate::ipc::views::{ProblemView, RoleView};
use drillbook_core::{Drill, Timestamp};
use drillbook_engine::{Engine, Participant};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a view is made from: the engine at one moment, seen by the person at the window.
#[derive(Debug)]
pub struct Sight {
    /// The use cases.
    pub engine: Engine,
    /// The moment.
    pub now: Timestamp,
    /// Who looks.
    pub seat: Participant,
    /// Everybody.
    pub people: Vec<Participant>,
    /// Bytes and place of the data folder, as shown.
    pub data_folder: String,
    /// Name of the simulated company; empty in live.
    pub company: String,
    /// Name and account of the connection in use, in live.
    pub connection: Option<(String, String)>,
    /// Steps that are being worked on in the background, by drill and step.
    pub working: BTreeSet<(String, String)>,
    /// What went wrong in the background, by drill and step.
    pub troubles: Vec<(String, String, ProblemView)>,
}

impl Sight {
    /// Returns a person's name, or the id when nobody is known by it.
    pub fn name<'a>(&'a self, person: &'a str) -> &'a str {
        let known = self.people.iter().find(|known| known.id == person);
        known.map_or(person, |known| known.name.as_str())
    }

    /// Returns the role of who looks.
    pub fn role(&self) -> RoleView {
        words::role(&self.seat.role)
    }

    /// Tells whether who looks plays this drill.
    pub fn plays(&self, drill: &Drill) -> bool {
        self.seat.id == drill.operator
    }

    /// Returns other drills of the same runbook that met their criterion, with the seconds they took.
    pub fn earlier(&self, drill: &Drill) -> Vec<(Arc<Drill>, u64)> {
        let all = self.engine.drills().unwrap_or_default();
        let others = all
            .into_iter()
            .filter(|one| one.id != drill.id && one.runbook.id == drill.runbook.id);
        others
            .filter_map(|one| {
                let rto = drillbook_core::clock(&one, self.now).rto_seconds?;
                Some((one, rto))
            })
            .collect()
    }

    /// Tells whether a step is being worked on.
    pub fn is_working(&self, drill: &str, step: &str) -> bool {
        self.working.contains(&(drill.to_owned(), step.to_owned()))
            || self.engine.is_running(drill, step)
    }

    /// Returns what went wrong in the background at a step.
    pub fn trouble(&self, drill: &str, step: &str) -> Option<ProblemView> {
        let at = |one: &&(String, String, ProblemView)| one.0 == drill && one.1 == step;
        self.troubles
            .iter()
            .find(at)
            .map(|(_, _, problem)| problem.clone())
    }
}
