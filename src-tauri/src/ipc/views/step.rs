//! One step of a drill, as the operator works through it.

use super::{
    ChoiceView, CleanupItemView, EvidenceRowView, FieldView, OutsideView, ProblemView, RequestView,
    ReviewView, TermView, UnknownView, WaitView,
};
use serde::{Deserialize, Serialize};
use specta::Type;

/// What a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the words of runbook.md")]
pub enum StepKindView {
    Read,
    Check,
    Choose,
    Manual,
    Approval,
    Action,
    Wait,
    Validate,
    Cleanup,
    Review,
}

macro_rules! states {
    ($($state:ident $word:literal),* $(,)?) => {
        /// How a step is; the same words everywhere.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
        #[serde(rename_all = "camelCase")]
        #[expect(missing_docs, reason = "the words of ui.md")]
        pub enum StepStateView { $($state),* }

        impl StepStateView {
            /// Returns the word on screen.
            pub fn word(self) -> &'static str {
                match self { $(StepStateView::$state => $word),* }
            }
        }

        impl From<drillbook_core::StepState> for StepStateView {
            fn from(state: drillbook_core::StepState) -> Self {
                match state { $(drillbook_core::StepState::$state => StepStateView::$state),* }
            }
        }
    };
}
drillbook_core::step_states!(states);

/// A step, whole. Parts that its kind does not have are empty.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct StepView {
    /// The drill.
    pub drill: String,
    /// Id.
    pub id: String,
    /// Number, from 1.
    pub number: u32,
    /// Kind.
    pub kind: StepKindView,
    /// State.
    pub state: StepStateView,
    /// Beside the state: "5 of 7 met, read 10:56:42", "since 09:39".
    pub state_note: Option<String>,
    /// Title.
    pub title: String,
    /// The second line: "This step only reads." Its first sentence is set bold.
    pub safety: String,
    /// Why it exists.
    pub why: String,
    /// What the operator should see.
    pub expect: String,
    /// If it differs.
    pub if_not: String,
    /// Whether it can be undone.
    pub undo: Option<String>,
    /// A longer text in paragraphs (kind `read`).
    pub text: Vec<String>,
    /// It changes nothing in Azure.
    pub reads_only: bool,
    /// This is the step the drill is at.
    pub current: bool,
    /// A command of this step is being worked on.
    pub progress: Option<ProgressView>,
    /// The elements of `for_each`; empty when the step is not repeated.
    pub elements: Vec<ElementView>,
    /// Expectations, failed first, then warnings, then not checked, then met.
    pub expectations: Vec<ExpectationView>,
    /// Choices: one per element, or one.
    pub choices: Vec<ChoiceView>,
    /// Fields a person fills in.
    pub fields: Vec<FieldView>,
    /// At a gate: the request as the reviewer reads it (also before it is asked for).
    pub request: Option<RequestView>,
    /// What will be sent or was sent by an action.
    pub sends: Vec<SendView>,
    /// What the action will do, in rows: restores, from, into, takes, leaves behind.
    pub happens: Vec<super::DetailView>,
    /// What allows it: the conditions of the approval, read just now.
    pub allowed: Vec<AllowedView>,
    /// Waits: one per element, or one.
    pub waits: Vec<WaitView>,
    /// Outcomes that are unknown.
    pub unknowns: Vec<UnknownView>,
    /// What the cleanup deletes, in order.
    pub cleanup: Vec<CleanupItemView>,
    /// Scores and findings (kind `review`).
    pub review: Option<ReviewView>,
    /// Evidence of this step, newest first.
    pub evidence: Vec<EvidenceRowView>,
    /// Evidence that must be attached before the step can pass.
    pub demands: Vec<DemandView>,
    /// Number of the sign-off at which what is entered here is read and signed.
    pub signed_at: Option<u32>,
    /// `az` lines of this step.
    pub commands: Vec<CommandView>,
    /// Lines that the operator may run in a terminal of their own now.
    pub outside: Vec<OutsideView>,
    /// Terms explained.
    pub terms: Vec<TermView>,
    /// What stands in the way.
    pub problem: Option<ProblemView>,
    /// What can be done now. At most one is primary; one that changes Azure stands bottom left, red.
    pub actions: Vec<ActionView>,
}

/// Work under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ProgressView {
    /// What is being done, in words.
    pub sentence: String,
    /// Since when.
    pub since: String,
    /// How many of the requests were answered.
    pub done: u32,
    /// How many there are; 0 when unknown.
    pub total: u32,
}

/// One element of a repeated step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ElementView {
    /// Key.
    pub key: String,
    /// What it is called.
    pub label: String,
    /// State.
    pub state: StepStateView,
    /// The value that made it not applicable, or the reason of a failure.
    pub note: Option<String>,
}

/// How an expectation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum ExpectationStateView {
    /// Not read yet.
    Pending,
    /// Met.
    Met,
    /// Not met: the step fails.
    Failed,
    /// Not met: needs attention, must be acknowledged.
    Warned,
    /// Could not be asked: a deviation.
    NotChecked,
    /// Left out.
    NotApplicable,
}

/// A statement about Azure's answers, and what was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ExpectationView {
    /// Number within the step, from 0.
    pub number: u32,
    /// The element it is about.
    pub element: Option<String>,
    /// The element's name.
    pub element_label: Option<String>,
    /// The statement.
    pub that: String,
    /// State.
    pub state: ExpectationStateView,
    /// What was read.
    pub value: Option<String>,
    /// What was expected.
    pub expected: String,
    /// What was read before (baseline or an earlier asking), with its step and time.
    pub before: Option<BeforeView>,
    /// What kind of fault it points to, in words.
    pub class: Option<String>,
    /// Where to look next.
    pub look_next: Option<String>,
    /// Who acknowledged it, why and when.
    pub acknowledged: Option<AcknowledgedView>,
    /// The `az` line that reads the value.
    pub command: Option<CommandView>,
    /// Journal entry of the judgement.
    pub entry: Option<u32>,
}

/// An earlier reading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct BeforeView {
    /// What was read then.
    pub value: String,
    /// When.
    pub at: String,
    /// In which drill, when it was another one.
    pub drill: Option<String>,
}

/// An acknowledgement by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AcknowledgedView {
    /// Who.
    pub person: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: String,
}

/// A request to Azure that an action sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SendView {
    /// Name of the request.
    pub name: String,
    /// The element's name.
    pub element: Option<String>,
    /// It changes Azure.
    pub changes: bool,
    /// HTTP method.
    pub method: String,
    /// Path, full, without host.
    pub path: String,
    /// Query, such as `api-version=2021-11-15`.
    pub query: String,
    /// Body, pretty-printed; values born inside the action are named, secrets are not there.
    pub body: Option<String>,
    /// The equivalent `az` line.
    pub az: Option<String>,
    /// Its answer is kept in memory only.
    pub secret: bool,
    /// State in words: "not sent", "accepted 202", "refused 409".
    pub state: String,
    /// Journal entry of the intent.
    pub entry: Option<u32>,
}

/// A condition of the approval, read just now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AllowedView {
    /// The condition in words.
    pub condition: String,
    /// Who set it.
    pub reviewer: String,
    /// What was read just now.
    pub value: Option<String>,
    /// It holds; none when not read yet.
    pub holds: Option<bool>,
}

/// Evidence that is demanded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DemandView {
    /// In words: "a picture".
    pub what: String,
    /// It is a picture that a person must take.
    pub picture: bool,
    /// It is there.
    pub met: bool,
}

/// An equivalent command, never run by Drillbook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CommandView {
    /// What it reads or changes.
    pub title: String,
    /// The line, quoted for a POSIX shell.
    pub line: String,
}

/// What can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum ActionKindView {
    /// `acknowledge_step`: read.
    Acknowledge,
    /// `run_step`: ask Azure, or go on.
    Run,
    /// `run_step` once more.
    ReadAgain,
    /// `run_step` of an action or cleanup: sends what changes Azure.
    Send,
    /// `choose`.
    Choose,
    /// `enter_fields`.
    EnterFields,
    /// `enter_fields` with no field left: the step is done.
    Confirm,
    /// `skip_step`.
    Skip,
    /// `ask_sign_off`.
    AskSignOff,
    /// `withdraw_request`.
    Withdraw,
    /// `switch_person` to `person`.
    SwitchPerson,
    /// `resolve_unknown`.
    ResolveUnknown,
    /// `abort_drill`.
    Abort,
    /// Go back to another step (`step`), to choose again.
    GoTo,
    /// `close_drill` from the review.
    Close,
}

/// Something that can be done now, or why not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ActionView {
    /// Which command.
    pub kind: ActionKindView,
    /// What the button says: "Restore 2 disks into westus".
    pub label: String,
    /// What follows, in words; stands beside the button.
    pub consequence: Option<String>,
    /// It changes Azure: red, bottom left, last.
    pub changes_azure: bool,
    /// The one primary button.
    pub primary: bool,
    /// It can be done now.
    pub enabled: bool,
    /// Why not.
    pub reason: Option<String>,
    /// Whom to switch to.
    pub person: Option<String>,
    /// Where to go, or the step that stands in the way.
    pub step: Option<String>,
    /// A reason must be typed first.
    pub needs_reason: bool,
}

/// Names a step, or one element of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct StepRef {
    /// The drill.
    pub drill: String,
    /// The step.
    pub step: String,
    /// The element's key; none for the whole step.
    pub element: Option<String>,
}

/// Acknowledges a warning by name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AcknowledgeWarning {
    /// Where.
    pub at: StepRef,
    /// Number of the expectation.
    pub number: u32,
    /// Why it may stand.
    pub reason: String,
}

/// Does something to a step that needs a reason (skip, withdraw, abort).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct WithReason {
    /// Where.
    pub at: StepRef,
    /// Why.
    pub reason: String,
}
