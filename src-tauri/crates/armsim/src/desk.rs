//! What a route works with: the world, the file, the scenario and the moment.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::answer::Answer;
use crate::call::Call;
use crate::fault::{Fault, Kind, Scripted};
use crate::ledger::{Book, Change, Ledger, Line};
use crate::names;
use crate::scenario::Scenario;
use crate::state::World;

/// Called after each accepted change with its kind and time.
pub type ChangeHook = Arc<dyn Fn(&str, DateTime<Utc>) + Send + Sync>;

/// The simulator's inside while one request is answered.
pub(crate) struct Desk {
    pub(crate) world: World,
    pub(crate) scenario: Scenario,
    pub(crate) faults: BTreeSet<Fault>,
    pub(crate) ledger: Ledger,
    /// The moment of the request that is being answered.
    pub(crate) now: DateTime<Utc>,
    /// How far the clock was put ahead of the one it was given.
    ahead: TimeDelta,
    /// Correlation id of the change that the request made.
    pub(crate) correlation: Option<String>,
    /// Object id of who asks.
    pub(crate) caller: String,
    /// Operations whose status was asked for before, in this process.
    pub(crate) polled: BTreeSet<String>,
    /// Faults that strike at a chosen request.
    timed: Vec<Scripted>,
    /// Requests of each kind seen by this process, for faults that wait for one in the middle.
    seen: BTreeMap<Kind, u32>,
    book: Book,
    requests: BTreeMap<String, u64>,
    hook: Option<ChangeHook>,
    /// Ids that the client gave its request.
    client_request: Option<String>,
    wanted_correlation: Option<String>,
}

impl Desk {
    /// Builds the desk from its parts.
    pub(crate) fn new(
        world: World,
        scenario: Scenario,
        script: &[Scripted],
        (book, ledger): (Book, Ledger),
        now: DateTime<Utc>,
        hook: Option<ChangeHook>,
    ) -> Desk {
        Desk {
            caller: scenario.principal.object_id.clone(),
            world,
            scenario,
            faults: script
                .iter()
                .filter(|one| one.at.is_none())
                .map(|one| one.fault)
                .collect(),
            timed: script
                .iter()
                .filter(|one| one.at.is_some())
                .copied()
                .collect(),
            ledger,
            now,
            ahead: TimeDelta::zero(),
            correlation: None,
            polled: BTreeSet::new(),
            seen: BTreeMap::new(),
            book,
            requests: BTreeMap::new(),
            hook,
            client_request: None,
            wanted_correlation: None,
        }
    }

    /// Begins a request: sets the moment, never back, and lets what is due happen.
    pub(crate) fn begin(&mut self, now: DateTime<Utc>) {
        self.now = self.now.max(now + self.ahead);
        self.correlation = None;
        self.world.settle(self.now);
    }

    /// Puts the clock ahead, as far as a client in another process waited by its own.
    pub(crate) fn advance(&mut self, by: TimeDelta) {
        self.ahead += by;
        self.now += by;
        self.world.settle(self.now);
    }

    /// Remembers the ids under which the client knows its request.
    pub(crate) fn introduce(&mut self, call: &Call) {
        self.client_request = call.client_request_id.clone();
        self.wanted_correlation = call.correlation.clone();
    }

    /// Counts a request; the counts reach the file with the next change.
    pub(crate) fn count(&mut self, kind: &str) {
        *self.requests.entry(kind.to_owned()).or_default() += 1;
        *self.ledger.requests.entry(kind.to_owned()).or_default() += 1;
    }

    /// Counts a request of a kind, and returns which of them it is in this process.
    pub(crate) fn seen(&mut self, kind: Kind) -> u32 {
        let count = self.seen.entry(kind).or_default();
        *count += 1;
        *count
    }

    /// Returns how many requests of a kind were counted.
    pub(crate) fn count_of(&self, kind: Kind) -> u32 {
        self.seen.get(&kind).copied().unwrap_or_default()
    }

    /// Tells whether a fault was scripted for this request, and has not fired there.
    pub(crate) fn is_at(&self, fault: Fault, kind: Kind, nth: u32) -> bool {
        let at = Some((kind, nth));
        self.timed.contains(&Scripted { fault, at }) && !self.fired(fault, &moment(kind, nth))
    }

    /// Fires a fault that was scripted for this request.
    pub(crate) fn fire_at(&mut self, fault: Fault, kind: Kind, nth: u32) -> Result<bool, Answer> {
        let strikes = self.is_at(fault, kind, nth);
        if strikes {
            self.fire_with(fault, &moment(kind, nth), Vec::new())?;
        }
        Ok(strikes)
    }

    /// Tells whether a fault is switched on.
    pub(crate) fn has(&self, fault: Fault) -> bool {
        self.faults.contains(&fault)
    }

    /// Tells whether a fault already fired at a site.
    pub(crate) fn fired(&self, fault: Fault, site: &str) -> bool {
        self.world
            .fired
            .contains(&(fault.name().to_owned(), site.to_owned()))
    }

    /// Fires a fault once at a site; `false` when it is off or has fired there.
    pub(crate) fn fire(&mut self, fault: Fault, site: &str) -> Result<bool, Answer> {
        if !self.has(fault) || self.fired(fault, site) {
            return Ok(false);
        }
        self.fire_with(fault, site, Vec::new())?;
        Ok(true)
    }

    /// Fires a fault, whatever fired before, and lets `docs` appear.
    pub(crate) fn fire_with(
        &mut self,
        fault: Fault,
        site: &str,
        docs: Vec<Value>,
    ) -> Result<(), Answer> {
        let change = Change::Fault {
            name: fault.name().to_owned(),
            site: site.to_owned(),
            docs,
            twin: None,
        };
        self.commit_as("security-automation@evergreen.example", change)
            .map(|_| ())
    }

    /// Writes an accepted change of the client to the file, then applies it.
    pub(crate) fn commit(&mut self, change: Change) -> Result<(), Answer> {
        let by = self.caller.clone();
        let correlation = self.commit_as(&by, change)?;
        self.correlation = Some(correlation);
        Ok(())
    }

    /// Writes a change by anybody; returns its correlation id.
    pub(crate) fn commit_as(&mut self, by: &str, change: Change) -> Result<String, Answer> {
        let n = self.world.lines;
        let ours = by == self.caller;
        let correlation = self
            .wanted_correlation
            .clone()
            .filter(|_| ours)
            .unwrap_or_else(|| names::guid(self.world.seed, &["line", &n.to_string()]));
        let line = Line {
            n,
            at: self.now,
            by: by.to_owned(),
            client_request: self.client_request.clone().filter(|_| ours),
            correlation: correlation.clone(),
            change,
            requests: std::mem::take(&mut self.requests),
        };
        self.book.append(&line).map_err(|error| {
            tracing::error!(%error, "the simulator's file cannot be written");
            Answer::error(
                500,
                "SimFileFailed",
                "The simulator could not write its file.",
            )
        })?;
        self.world.apply(&line);
        let counted = Line {
            requests: BTreeMap::new(),
            ..line
        };
        self.ledger.count(&counted);
        if let Some(hook) = &self.hook {
            hook(kind(&counted.change), self.now);
        }
        Ok(correlation)
    }

    /// Returns a new id for something that this request makes.
    pub(crate) fn id(&self, what: &str) -> String {
        names::guid(self.world.seed, &[what, &self.world.lines.to_string()])
    }

    /// Returns the moment that lies `seconds` ahead.
    pub(crate) fn after(&self, seconds: i64) -> DateTime<Utc> {
        self.now + TimeDelta::seconds(seconds)
    }
}

fn moment(kind: Kind, nth: u32) -> String {
    format!("{}:{nth}", kind.name())
}

fn kind(change: &Change) -> &'static str {
    match change {
        Change::Started { .. } => "started",
        Change::Wrote { .. } => "wrote",
        Change::Deleted { .. } => "deleted",
        Change::Restored { .. } => "restored",
        Change::FailedOver { .. } => "failed-over",
        Change::Fault { .. } => "fault",
        Change::T0 => "t0",
        Change::Stopped => "stopped",
    }
}
