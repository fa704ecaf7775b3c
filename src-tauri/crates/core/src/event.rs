//! The catalogue of facts a drill is made of: one variant per kind of journal entry.
//!
//! Each field is public (may always be shown) or sealed (names a resource, a person's words or a
//! machine, and becomes a disclosure; trust.md §2). Fields are flat: text, integer, flag.
//! Stored events are frozen: variants are added, never edited. Deliberately absent: rules.

use serde_json::Value;
use std::collections::BTreeMap;

/// A field of an event as it is stored: public ones in `pub`, sealed ones as disclosures.
#[derive(Debug, Clone, PartialEq)]
pub struct Fields {
    /// What may always be shown.
    pub public: BTreeMap<String, Value>,
    /// What only a disclosure shows.
    pub sealed: BTreeMap<String, Value>,
}

/// One row of the catalogue, from which `docs/events.md` is generated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventKind {
    /// The entry's `kind`.
    pub kind: &'static str,
    /// When it is emitted.
    pub about: &'static str,
    /// Names of the public fields.
    pub public: &'static [&'static str],
    /// Names of the sealed fields.
    pub sealed: &'static [&'static str],
}

/// Why stored fields are not the event their kind names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// The kind is not in this version's catalogue.
    #[error("the journal holds an entry of the unknown kind {kind}")]
    UnknownKind {
        /// The kind.
        kind: String,
    },
    /// A field is missing or of the wrong type.
    #[error("the entry {kind} has no usable field {field}")]
    Field {
        /// The kind.
        kind: &'static str,
        /// The field.
        field: &'static str,
    },
}

/// A type that can stand in an event's field.
trait FieldValue: Sized {
    fn store(&self) -> Option<Value>;
    fn load(value: Option<&Value>) -> Option<Self>;
}

impl FieldValue for String {
    fn store(&self) -> Option<Value> {
        Some(Value::String(self.clone()))
    }
    fn load(value: Option<&Value>) -> Option<Self> {
        value?.as_str().map(str::to_owned)
    }
}

impl FieldValue for u64 {
    fn store(&self) -> Option<Value> {
        Some(Value::from(*self))
    }
    fn load(value: Option<&Value>) -> Option<Self> {
        value?.as_u64()
    }
}

impl FieldValue for bool {
    fn store(&self) -> Option<Value> {
        Some(Value::Bool(*self))
    }
    fn load(value: Option<&Value>) -> Option<Self> {
        value?.as_bool()
    }
}

impl<T: FieldValue> FieldValue for Option<T> {
    fn store(&self) -> Option<Value> {
        self.as_ref().and_then(FieldValue::store)
    }
    fn load(value: Option<&Value>) -> Option<Self> {
        match value {
            None => Some(None),
            some => T::load(some).map(Some),
        }
    }
}

/// A JSON value kept as its text, because entries are flat and hold no floats.
#[derive(Debug, Clone, PartialEq)]
pub struct Json(pub Value);

impl FieldValue for Json {
    fn store(&self) -> Option<Value> {
        Some(Value::String(self.0.to_string()))
    }
    fn load(value: Option<&Value>) -> Option<Self> {
        serde_json::from_str(value?.as_str()?).ok().map(Json)
    }
}

macro_rules! events {
    ($( $(#[doc = $about:literal])* $variant:ident $kind:literal {
        public { $($pname:ident : $pty:ty),* $(,)? }
        sealed { $($sname:ident : $sty:ty),* $(,)? }
    })*) => {
        /// A fact. See [`CATALOGUE`] for kinds and fields.
        #[derive(Debug, Clone, PartialEq)]
        #[expect(missing_docs, reason = "field names are explained by the catalogue's sentences")]
        pub enum Event { $( $(#[doc = $about])* $variant { $($pname: $pty,)* $($sname: $sty,)* }, )* }

        /// Every kind with its fields.
        pub const CATALOGUE: &[EventKind] = &[ $( EventKind {
            kind: $kind,
            about: concat!($($about),*),
            public: &[$(stringify!($pname)),*],
            sealed: &[$(stringify!($sname)),*],
        }, )* ];

        impl Event {
            /// Returns the entry's kind.
            pub fn kind(&self) -> &'static str {
                match self { $( Event::$variant { .. } => $kind, )* }
            }

            /// Returns the stored form: public and sealed fields. Absent options are left out.
            #[allow(unused_mut, unused_variables, reason = "some kinds have no field of one sort")]
            pub fn fields(&self) -> Fields {
                match self { $( Event::$variant { $($pname,)* $($sname,)* } => {
                    let mut public = BTreeMap::new();
                    let mut sealed = BTreeMap::new();
                    $( if let Some(value) = $pname.store() { public.insert(stringify!($pname).to_owned(), value); } )*
                    $( if let Some(value) = $sname.store() { sealed.insert(stringify!($sname).to_owned(), value); } )*
                    Fields { public, sealed }
                } )* }
            }

            /// Rebuilds an event from its stored form.
            ///
            /// # Errors
            /// [`EventError`] when the kind is unknown or a field is missing.
            pub fn from_fields(kind: &str, fields: &Fields) -> Result<Event, EventError> {
                match kind {
                    $( $kind => Ok(Event::$variant {
                        $( $pname: FieldValue::load(fields.public.get(stringify!($pname)))
                            .ok_or(EventError::Field { kind: $kind, field: stringify!($pname) })?, )*
                        $( $sname: FieldValue::load(fields.sealed.get(stringify!($sname)))
                            .ok_or(EventError::Field { kind: $kind, field: stringify!($sname) })?, )*
                    }), )*
                    other => Err(EventError::UnknownKind { kind: other.to_owned() }),
                }
            }
        }
    };
}

events! {
    /// The first entry of a log: the installation made its keys.
    InstallationCreated "installation.created" { public { version: String, installation: String } sealed {} }
    /// The journal was restored from a backup and goes on under a new origin; its predecessor's head stands here.
    LogContinued "log.continued" { public { version: String, installation: String, predecessor: String, size: u64, root: String } sealed {} }
    /// A signed policy took effect.
    PolicyAdopted "policy.adopted" { public { policy: String, version: u64 } sealed {} }
    /// Another person took the seat in this window.
    PersonSwitched "person.switched" { public { person: String, role: String } sealed {} }
    /// An authority outside stamped the time over a checkpoint; the token is kept as evidence.
    CheckpointTimestamped "checkpoint.timestamped" { public { size: u64, root: String, stamped: String } sealed { evidence: String } }
    /// The computer's clock was behind the journal; the entry before it has the journal's time.
    ClockSteppedBack "clock.stepped_back" { public { real: String } sealed {} }

    /// A drill began.
    DrillOpened "drill.opened" {
        public { runbook_id: String, runbook_version: String, runbook: String, purpose: String, operator: String, policy: String }
        sealed { title: String, cloud: String, tenant: String, subscription: String, scenario: Option<String> }
    }
    /// A request to Azure and its answer were recorded; the evidence digest names both.
    ExchangeRecorded "exchange.recorded" {
        public { step: String, request: String, purpose: String, method: String, status: u64, attempts: u64, azure_date: Option<String> }
        sealed { element: Option<String>, path: String, evidence: String, az: Option<String>, request_id: Option<String>, correlation_id: Option<String>, client_request_id: Option<String> }
    }
    /// An expectation was compared with what was read.
    ExpectationJudged "expectation.judged" {
        public { step: String, number: u64, result: String }
        sealed { element: Option<String>, value: String, expected: String }
    }
    /// A value was kept under a name.
    ValueCaptured "value.captured" { public { step: String, name: String } sealed { element: Option<String>, value: Json } }
    /// A step, or one element of it, passed.
    StepPassed "step.passed" { public { step: String } sealed { element: Option<String> } }
    /// A step, or one element of it, failed; it can be read again, or the drill aborted.
    StepFailed "step.failed" { public { step: String, code: String } sealed { element: Option<String>, detail: String } }
    /// A step was left out, as its runbook allows.
    StepSkipped "step.skipped" { public { step: String } sealed { reason: String } }
    /// A step, or one element of it, does not apply; the value that says so.
    StepNotApplicable "step.not_applicable" { public { step: String } sealed { element: Option<String>, value: Json } }
    /// A warning was acknowledged by name.
    WarningAcknowledged "warning.acknowledged" { public { step: String, number: u64 } sealed { element: Option<String>, reason: String } }
    /// Rows were chosen; what else there was and why stand beside it.
    ChoiceMade "choice.made" {
        public { step: String, name: String, chosen: u64, offered: u64 }
        sealed { element: Option<String>, value: Json, alternatives: Json, reason: String }
    }
    /// A person stated a value.
    FieldEntered "field.entered" { public { step: String, name: String } sealed { value: Json } }
    /// T0: the disaster was declared; the entry's time is T0.
    T0Declared "t0.declared" { public { step: String } sealed {} }

    /// A sign-off was asked for with a signed request document.
    RequestOpened "request.opened" {
        public { step: String, gate: String, request: String, not_after: String, covers: u64 }
        sealed { cost: Option<String>, ceiling: Option<String>, cli: Option<String>, scope: Option<String> }
    }
    /// What a request covers: an action with its exact requests, or evidence by the leaf that recorded it.
    RequestCovers "request.covers" {
        public { request: String, step: String, what: String, digest: String }
        sealed { element: Option<String>, document: Option<Json> }
    }
    /// A request was taken back, ran out, or was overtaken by a changed value.
    RequestClosed "request.closed" { public { request: String, how: String } sealed { reason: String } }
    /// The reviewer opened a piece of evidence.
    EvidenceOpened "evidence.opened" { public { request: String, step: String, entry: u64 } sealed {} }
    /// A signed decision was recorded.
    DecisionRecorded "decision.recorded" {
        public { request: String, decision: String, verdict: String, reviewer: String, same_device: bool, not_after: String }
        sealed { reason: String, conditions: Json }
    }
    /// A request that changes Azure is about to be sent, exactly once, under an approval.
    ActionIntended "action.intended" {
        public { step: String, request_name: String, action: String, request: String, method: String, attempt: u64 }
        sealed { element: Option<String>, path: String, bound: Option<String> }
    }
    /// Azure accepted it.
    ActionAccepted "action.accepted" {
        public { step: String, request_name: String, status: u64 }
        sealed { element: Option<String>, bound: Option<String>, poll_url: Option<String>, evidence: String, response: Json, correlation_id: Option<String> }
    }
    /// Azure proved that it did not accept it.
    ActionRejected "action.rejected" {
        public { step: String, request_name: String, status: u64, code: String, again: bool }
        sealed { element: Option<String>, bound: Option<String>, message: String, evidence: Option<String> }
    }
    /// No usable answer came: the outcome is unknown.
    ActionUnanswered "action.unanswered" {
        public { step: String, request_name: String, reason: String }
        sealed { element: Option<String>, bound: Option<String> }
    }
    /// The operator took the `az` line of an approved request, to run it in a terminal of their own; Drillbook does not send it.
    ActionTakenOutside "action.taken_outside" {
        public { step: String, request_name: String }
        sealed { element: Option<String>, bound: Option<String>, az: String }
    }
    /// The operator said that they ran an `az` line outside; what Azure shows then is read and recorded by itself.
    StepRanOutside "step.ran_outside" {
        public { step: String, request_name: String, pasted: bool }
        sealed { element: Option<String>, bound: Option<String>, az: String }
    }
    /// Azure's jobs were searched for the one our unanswered request may have started.
    ReconcileSearched "reconcile.searched" {
        public { step: String, request_name: String, candidates: u64 }
        sealed { element: Option<String>, rows: Json, evidence: String }
    }
    /// A job found at Azure was taken as ours.
    ActionAdopted "action.adopted" {
        public { step: String, request_name: String, by: String }
        sealed { element: Option<String>, adopted: Json }
    }
    /// Nothing was found in time, or nothing that is ours: the intent was given up, a new request needs a new approval.
    ActionGivenUp "action.given_up" { public { step: String, request_name: String } sealed { element: Option<String>, reason: String } }
    /// A long-running operation that an accepted request began has ended.
    OperationFinished "operation.finished" {
        public { step: String, request_name: String, status: String }
        sealed { element: Option<String>, bound: Option<String>, response: Json, evidence: String, error: Option<String> }
    }
    /// A wait began.
    WaitStarted "wait.started" { public { step: String } sealed { element: Option<String> } }
    /// A poll saw something new.
    WaitObserved "wait.observed" {
        public { step: String, polls: u64, status: String, percent: Option<u64> }
        sealed { element: Option<String>, tasks: Json, evidence: String }
    }

    /// Something is owed; booked in the same append as the intent.
    DebtBooked "debt.booked" {
        public { debt: String, step: String, owner: String, deadline: String, settled_by: Option<String> }
        sealed { element: Option<String>, what: String, list: Option<String>, before: Option<Json>, id: Option<String>, within: String, after: Json, only_if: Option<String>, cost_per_day: Option<String> }
    }
    /// A resource that belongs to a debt was found.
    DebtFound "debt.found" { public { debt: String, artefact: String, expected: bool } sealed { id: String, type_name: String, row: Json } }
    /// A resource was read back as gone.
    DebtCleared "debt.cleared" { public { debt: String, artefact: String } sealed { id: String, evidence: String, recoverable_until: Option<String> } }
    /// A debt was paid: its wait is over, its list was read again and holds nothing more.
    DebtPaid "debt.paid" { public { debt: String } sealed { evidence: Option<String> } }
    /// What was restored in a real recovery was handed over instead of deleted.
    DebtHandedOver "debt.handed_over" { public { debt: String } sealed { to: String } }
    /// A deletion did not succeed; the debt stays.
    DebtKept "debt.kept" { public { debt: String, artefact: String, code: String } sealed { id: String, message: String } }
    /// The deadline of the drill's debts was set.
    DeadlineSet "deadline.set" { public { deadline: String } sealed { reason: String } }
    /// A reminder was shown.
    ReminderGiven "reminder.given" { public { moment: String, due: String } sealed {} }

    /// A picture or file was attached; a picture's tile root is committed here.
    EvidenceAttached "evidence.attached" {
        public { step: String, media: String, width: u64, height: u64, tile_root: Option<String> }
        sealed { element: Option<String>, title: String, evidence: String, master: Option<String>, origin: String }
    }
    /// A person wrote something down.
    NoteAdded "note.added" { public { step: String } sealed { text: String } }
    /// Something was not as the runbook says.
    DeviationNoted "deviation.noted" { public { step: String, source: String, code: String } sealed { text: String } }
    /// Something outside Azure: a ticket, a dashboard, a change record.
    ReferenceAdded "reference.added" { public { step: String, system: String } sealed { id: String, url: Option<String> } }
    /// Something to be mended, with an owner and a date.
    FindingAdded "finding.added" { public { finding: String, owner: String, due: String } sealed { text: String } }
    /// A finding was dealt with.
    FindingResolved "finding.resolved" { public { finding: String } sealed { how: String } }

    /// A decision was taken back by its reviewer or an owner of the policy.
    DecisionRevoked "decision.revoked" {
        public { request: String, decision: String, revocation: String, person: String }
        sealed { reason: String }
    }
    /// A person whom the policy names went on without a quorum; a review is owed.
    GlassBroken "glass.broken" {
        public { request: String, break_glass: String, person: String, not_after: String, review_due: String }
        sealed { reason: String }
    }
    /// Another person looked at a break-glass after the fact.
    GlassReviewed "glass.reviewed" {
        public { break_glass: String, review: String, reviewer: String, verdict: String, late: bool }
        sealed { reason: String }
    }

    /// Another person read again, under their own Azure login, what the drill had read, and signed the comparison.
    ReadingRecorded "reading.recorded" {
        public { reading: String, person: String, same: u64, moved: u64, changed: u64, unreadable: u64, hidden: u64 }
        sealed {}
    }

    /// A rule refused a command.
    CommandRefused "command.refused" { public { command: String, code: String } sealed {} }
    /// The operator broke the drill off; cleanup, the untouched check and the review still run.
    DrillAborted "drill.aborted" { public { step: String } sealed { reason: String } }
    /// The drill ended: closed, abandoned (nothing owed) or stopped (debt open).
    DrillEnded "drill.ended" { public { end: String, rto_seconds: Option<u64>, rpo_seconds: Option<u64> } sealed {} }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_survives_its_stored_form() {
        let event = Event::ChoiceMade {
            step: "points".into(),
            name: "point".into(),
            chosen: 1,
            offered: 3,
            element: None,
            value: Json(serde_json::json!({"size": 1.5})),
            alternatives: Json(serde_json::json!([])),
            reason: "newest".into(),
        };
        let fields = event.fields();
        assert!(!fields.public.contains_key("value"), "rows are sealed");
        assert_eq!(Event::from_fields("choice.made", &fields), Ok(event));
    }

    #[test]
    fn kinds_and_fields_are_unique() {
        let mut kinds: Vec<_> = CATALOGUE.iter().map(|row| row.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        assert_eq!(kinds.len(), CATALOGUE.len());
        for row in CATALOGUE {
            for name in row.public {
                assert!(
                    !row.sealed.contains(name),
                    "{}.{name} is public and sealed",
                    row.kind
                );
            }
        }
    }
}
