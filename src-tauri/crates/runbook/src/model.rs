//! The types of a runbook document: what a file may say, before any rule is applied to it.
//!
//! Deliberately absent: evaluation, linting and any knowledge of a particular runbook or step.

mod debt;
mod field;
mod request;
mod test;
mod wait;

pub use debt::{Debt, Deletion, Find, ListBefore};
pub use field::{Choice, Field, FieldType};
pub use request::{Download, Follow, Needs, Reconcile, Request, Service};
pub use test::{Difference, Isolated, Operand, OperandQuery, Test};
pub use wait::{Final, GiveUp, Progress};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A whole runbook (`runbook.toml`), format 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Runbook {
    /// Version of the format; always 1.
    pub format: u32,
    /// Stable id, such as `vm-disks-cross-region`.
    pub id: String,
    /// Version of this text, semantic.
    pub version: String,
    /// What it does, as a person would say it.
    pub title: String,
    /// What it may be used for.
    pub purpose: Vec<Purpose>,
    /// Who keeps the text true.
    pub owner: String,
    /// ISO 8601 duration after which the text must be reviewed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review_every: Option<String>,
    /// Where its rules come from.
    #[serde(default)]
    pub sources: Vec<String>,
    /// Whom to call, when.
    #[serde(default)]
    pub escalation: Vec<Escalation>,
    /// What changed from version to version, newest first.
    #[serde(default)]
    pub changes: Vec<Change>,
    /// Words explained beside the steps that use them.
    #[serde(default)]
    pub terms: Vec<Term>,
    /// The step an aborted drill goes on with.
    pub abort: String,
    /// Objectives unless the charter states others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objectives: Option<Objectives>,
    /// The steps, in order.
    #[serde(rename = "step")]
    pub steps: Vec<Step>,
}

/// What a drill is for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// What was restored is cleaned up.
    Drill,
    /// A real outage: what was restored is handed over.
    Recovery,
}

/// Whom to call when something is seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Escalation {
    /// What is seen.
    pub when: String,
    /// Whom to call.
    pub who: String,
    /// What they need to know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// One entry of the change list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The version that brought it.
    pub version: String,
    /// What changed.
    pub what: String,
}

/// A word and its meaning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// The word.
    pub word: String,
    /// One or two sentences.
    pub means: String,
    /// Ids of the steps that show it.
    #[serde(default)]
    pub steps: Vec<String>,
}

/// Objectives; ISO 8601 durations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Objectives {
    /// Recovery time objective.
    pub rto: String,
    /// Recovery point objective.
    pub rpo: String,
    /// Time until everything the drill made is gone.
    pub cleanup: String,
}

/// What a step is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum StepKind {
    /// A text, acknowledged.
    Read,
    /// Read-only requests and expectations.
    Check,
    /// A pick from a list that Azure returned.
    Choose,
    /// Done or inspected outside; fields and evidence.
    Manual,
    /// A gate.
    Approval,
    /// Requests that change Azure; only behind an approval.
    Action,
    /// A long-running operation or job.
    Wait,
    /// The restored thing works, and is complete.
    Validate,
    /// Deletion of what is owed.
    Cleanup,
    /// Retrospective and findings.
    Review,
}

/// Whether a step may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Skip {
    /// Never.
    #[default]
    Never,
    /// With a reason.
    Reason,
    /// With a reviewer's sign-off.
    SignOff,
}

/// Moments the engine scores; each at most once in a runbook.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// Objectives and conditions of the drill.
    Charter,
    /// The declared disaster.
    T0,
    /// The disks are there, whole.
    DisksRestored,
    /// The service was validated.
    ServiceValidated,
}

/// One step. Which members are allowed for which kind is the linter's business.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Unique within the runbook.
    pub id: String,
    /// What it is.
    pub kind: StepKind,
    /// Title, in sentence case.
    #[serde(default)]
    pub title: String,
    /// Why it exists.
    #[serde(default)]
    pub why: String,
    /// What the operator should see.
    #[serde(default)]
    pub expect: String,
    /// What to do when it is something else.
    #[serde(default)]
    pub if_not: String,
    /// Whether and how it can be undone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<String>,
    /// A longer text (paragraphs), for steps that are read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Whether it may be left out.
    #[serde(default)]
    pub skip: Skip,
    /// ISO 8601 duration after which its answer must be asked again at a gate that names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age: Option<String>,
    /// Repeats the step and its state for each element.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_each: Option<ForEach>,
    /// Not applicable unless this holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    /// The moment its passing stands for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marks: Option<Mark>,
    /// Requests, in order; independent reads go out side by side.
    #[serde(default, rename = "request")]
    pub requests: Vec<Request>,
    /// What must hold of the answers.
    #[serde(default, rename = "expectation")]
    pub expectations: Vec<Expectation>,
    /// Values kept under a name.
    #[serde(default, rename = "capture")]
    pub captures: Vec<Capture>,
    /// kind `choose`: what is picked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choose: Option<Choose>,
    /// kind `choose`: which rows can be used.
    #[serde(default)]
    pub usable: Vec<Usable>,
    /// kind `manual` and `review`: what a person states.
    #[serde(default, rename = "field")]
    pub fields: Vec<Field>,
    /// kind `approval`: gate of the signed policy (`prepare restore start cleanup`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<String>,
    /// kind `approval`: what is signed.
    #[serde(default)]
    pub covers: Vec<Cover>,
    /// kind `approval`: steps whose evidence the reviewer must open first.
    #[serde(default)]
    pub open_first: Vec<String>,
    /// kind `approval`: checks repeated when stale, or whose values changed.
    #[serde(default)]
    pub asks_again: Vec<String>,
    /// kind `approval`: what a condition may bound.
    #[serde(default)]
    pub facts: Vec<Fact>,
    /// kind `approval`: query for the estimated cost, as a number of the charter's currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<String>,
    /// kind `action` and `cleanup`: the approval step that signs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<String>,
    /// kind `action`: lists read before the first request is sent.
    #[serde(default)]
    pub evidence_before: Vec<ListBefore>,
    /// Evidence demanded before the step can pass: `response:<request>` or `picture`.
    #[serde(default)]
    pub evidence_after: Vec<String>,
    /// kind `action`: what must be removed afterwards.
    #[serde(default)]
    pub owes: Vec<Debt>,
    /// kind `wait`: ISO 8601 duration between two polls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<String>,
    /// kind `wait`: when it is over.
    #[serde(default, rename = "final", skip_serializing_if = "Option::is_none")]
    pub finality: Option<Final>,
    /// kind `wait`: how far it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
    /// kind `wait`: when to stop waiting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub give_up: Option<GiveUp>,
}

/// What a step is repeated for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, deny_unknown_fields)]
pub enum ForEach {
    /// A list's name, or `debt` for what is owed (cleanup).
    Name(String),
    /// What an action's debt turned up.
    Found {
        /// The action step.
        found: String,
        /// Only within this resource group (a reference of the action's element).
        within: String,
    },
}

/// A query and the test its value must pass.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// JMESPath.
    pub query: String,
    /// The test.
    pub test: Test,
}

/// What becomes of an expectation that is not met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Otherwise {
    /// The step fails.
    Fail,
    /// A warning, acknowledged by name before the next gate.
    Warn,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_false(value: &bool) -> bool {
    !value
}

/// A statement about answers, and its test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// The statement.
    pub that: String,
    /// JMESPath over the scope.
    pub query: String,
    /// The test.
    pub test: Test,
    /// What becomes of it when it is not met.
    pub otherwise: Otherwise,
    /// It compares two witnesses of one thing: when they contradict each other, a deviation is noted as well.
    #[serde(default, skip_serializing_if = "is_false")]
    pub witnesses: bool,
    /// What kind of fault a failure points to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<Class>,
    /// Where to look next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub look_next: Option<String>,
    /// When this holds it is *not checked*.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown: Option<Condition>,
    /// Left out unless this holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
}

/// What kind of fault a failed expectation points to (seed 000: "What output tells you").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names are the field's own words")]
pub enum Class {
    MissingConfiguration,
    AccessDenial,
    ProviderSupport,
    DependencyDrift,
    Capacity,
}

/// Types of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum ValueType {
    Text,
    Number,
    Time,
    Flag,
    Reference,
    List,
    Row,
}

/// A value kept under a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Capture {
    /// The flat name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: ValueType,
    /// JMESPath over the scope.
    pub query: String,
}

/// A pick from a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Choose {
    /// The name of what is chosen.
    pub name: String,
    /// Query that yields the rows.
    pub from: String,
    /// Query over a row: what identifies it.
    pub key: String,
    /// Query over a row: what it is called.
    pub label: String,
    /// Queries over a row: what is shown.
    #[serde(default)]
    pub columns: Vec<String>,
    /// `newest` (by the first column), `label`, or as Azure listed them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// Several rows may be picked; the name is then a list.
    #[serde(default)]
    pub many: bool,
}

/// Whether a row can be used; the row is the root of the query.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Usable {
    /// The statement.
    pub that: String,
    /// JMESPath over the row.
    pub query: String,
    /// The test.
    pub test: Test,
}

/// What an approval covers: `action:<step>`, `charter`, `evidence:<step>`, perhaps only when a condition holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, deny_unknown_fields)]
#[expect(
    clippy::large_enum_variant,
    reason = "a runbook has a handful of covers"
)]
pub enum Cover {
    /// Always.
    Always(String),
    /// Only when the condition holds.
    When {
        /// What is covered.
        what: String,
        /// The condition.
        when: Condition,
    },
}

/// A fact that a condition may bound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// Its name in conditions.
    pub name: String,
    /// What it is called on screen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// JMESPath over the scope.
    pub query: String,
    /// `time`, `number` or `text`.
    #[serde(rename = "type")]
    pub kind: ValueType,
}
