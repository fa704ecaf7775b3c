//! Why the rules forbid a command: code, one sentence, the next action.

use drillbook_diagnostic::{Diagnostic, Severity};
use drillbook_trust::gate::GateRefusal;

/// A refusal. It is a fact as well: the engine appends `command.refused`.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's sentence says what it is")]
pub enum Refusal {
    #[error("the drill has ended")]
    Ended,
    #[error("the runbook has no step {step}")]
    UnknownStep { step: String },
    #[error("the step {step} is not the one the drill is on")]
    NotCurrent { step: String },
    #[error("the step {step} is of another kind")]
    WrongKind { step: String },
    #[error("the step {step} has no element {element}")]
    UnknownElement { step: String, element: String },
    #[error("the step {step} cannot be left out")]
    CannotSkip { step: String },
    #[error("a reason is needed")]
    ReasonNeeded,
    #[error("the step {step} has no expectation {number} that was warned of")]
    NoSuchWarning { step: String, number: usize },
    #[error("the row {key} is not in the list that Azure returned")]
    UnknownRow { key: String },
    #[error("the row {key} cannot be used: {reason}")]
    UnusableRow { key: String, reason: String },
    #[error("exactly one row is to be chosen")]
    OneRow,
    #[error("at least one row is to be chosen")]
    NoRow,
    #[error("the field {field} {problem}")]
    Field { field: String, problem: String },
    #[error("the step {step} needs a picture before it can pass")]
    PictureNeeded { step: String },
    #[error("the answer to {request} of step {step} is not recorded")]
    ResponseNeeded { step: String, request: String },
    #[error("the warning “{that}” of step {step} is not acknowledged")]
    WarningOpen { step: String, that: String },
    #[error("the check {step} is older than it may be at this gate")]
    StaleCheck { step: String },
    #[error("a request for sign-off of this step is open already")]
    RequestOpen,
    #[error("the request for sign-off is not known or no longer open")]
    RequestNotOpen,
    #[error("the signed request is not the one this drill would ask for: {field} differs")]
    RequestDiffers { field: String },
    #[error("the estimated cost {cost} is above the charter's ceiling {ceiling}")]
    CostAboveCeiling { cost: String, ceiling: String },
    #[error("evidence of step {step} was not opened yet")]
    EvidenceNotOpened { step: String },
    #[error("{0}")]
    Gate(#[from] GateRefusal),
    #[error("what would be sent differs from what was approved: {}", fields.join(", "))]
    ActionDiffers { fields: Vec<String> },
    #[error("no approval covers this request")]
    NotCovered,
    #[error("the request {request_name} of step {step} has an outcome already")]
    OutcomeKnown { step: String, request_name: String },
    #[error("it is not known what became of the request {request_name} of step {step}")]
    OutcomeUnknown { step: String, request_name: String },
    #[error("an earlier request of step {step} is not done")]
    OutOfOrder { step: String },
    #[error("no `az` line stands for this request")]
    NoLine,
    #[error("the line of the request {request_name} of step {step} was not taken")]
    NotTaken { step: String, request_name: String },
    #[error(
        "Azure does not show yet what the request {request_name} of step {step} was approved for"
    )]
    NotSeen { step: String, request_name: String },
    #[error("the search for the job is not over")]
    SearchNotOver,
    #[error("the job {key} is not among those that were found")]
    UnknownCandidate { key: String },
    #[error("a query of the runbook cannot be evaluated: {problem}")]
    Query { problem: String },
    #[error("the debt {debt} is not known")]
    UnknownDebt { debt: String },
    #[error("something is still owed")]
    DebtOpen,
    #[error("what was done without a quorum at step {step} was not reviewed yet")]
    ReviewOwed { step: String },
    #[error("the operator of a drill cannot be its second reader")]
    OwnDrill,
    #[error("a second reader signs in as somebody else than the drill did")]
    OwnIdentity,
    #[error("the comparison is about reads that this drill did not record")]
    OtherReads,
    #[error("the drill was already broken off")]
    AlreadyAborted,
    #[error("the finding is not known")]
    UnknownFinding,
    #[error("the deadline lies in the past")]
    DeadlinePast,
    #[error("the runbook may not be used for this purpose")]
    PurposeNotAllowed,
    #[error("steps are left to do")]
    StepsLeft,
}

impl Diagnostic for Refusal {
    fn code(&self) -> &'static str {
        use Refusal::*;
        match self {
            Ended => "drill.ended",
            UnknownStep { .. } => "drill.unknown_step",
            NotCurrent { .. } => "drill.not_current",
            WrongKind { .. } => "drill.wrong_kind",
            UnknownElement { .. } => "drill.unknown_element",
            CannotSkip { .. } => "drill.cannot_skip",
            ReasonNeeded => "drill.reason_needed",
            NoSuchWarning { .. } => "drill.no_such_warning",
            UnknownRow { .. } => "choice.unknown_row",
            UnusableRow { .. } => "choice.unusable_row",
            OneRow => "choice.one_row",
            NoRow => "choice.no_row",
            Field { .. } => "field.invalid",
            PictureNeeded { .. } => "evidence.picture_needed",
            ResponseNeeded { .. } => "evidence.response_needed",
            WarningOpen { .. } => "warning.open",
            StaleCheck { .. } => "gate.stale_check",
            RequestOpen => "approval.request_open",
            RequestNotOpen => "approval.request_not_open",
            RequestDiffers { .. } => "approval.request_differs",
            CostAboveCeiling { .. } => "approval.cost_above_ceiling",
            EvidenceNotOpened { .. } => "approval.evidence_not_opened",
            Gate(refusal) => refusal.code(),
            ActionDiffers { .. } => "approval.action_differs",
            NotCovered => "approval.missing",
            OutcomeKnown { .. } => "action.outcome_known",
            OutcomeUnknown { .. } => "action.outcome_unknown",
            OutOfOrder { .. } => "action.out_of_order",
            NoLine => "outside.no_line",
            NotTaken { .. } => "outside.not_taken",
            NotSeen { .. } => "outside.not_seen",
            SearchNotOver => "action.search_not_over",
            UnknownCandidate { .. } => "action.unknown_candidate",
            Query { .. } => "runbook.query_failed",
            UnknownDebt { .. } => "cleanup.unknown_debt",
            DebtOpen => "cleanup.debt_open",
            ReviewOwed { .. } => "approval.review_owed",
            OwnDrill => "reading.own_drill",
            OwnIdentity => "reading.own_identity",
            OtherReads => "reading.other_reads",
            AlreadyAborted => "drill.already_aborted",
            UnknownFinding => "review.unknown_finding",
            DeadlinePast => "cleanup.deadline_past",
            PurposeNotAllowed => "drill.purpose_not_allowed",
            StepsLeft => "drill.steps_left",
        }
    }

    fn severity(&self) -> Severity {
        match self {
            Refusal::Query { .. } => Severity::Internal,
            _ => Severity::Refused,
        }
    }

    fn remediation(&self) -> Option<String> {
        use Refusal::*;
        let text = match self {
            Ended | AlreadyAborted => "Open the drill's journal to see how it ended.",
            UnknownStep { .. }
            | WrongKind { .. }
            | UnknownElement { .. }
            | UnknownFinding
            | UnknownDebt { .. } => "Reload the drill and choose again from what is shown.",
            NotCurrent { .. } | StepsLeft => "Do the step that is marked as the current one first.",
            CannotSkip { .. } => "Do the step, or stop the drill and clean up.",
            ReasonNeeded => "Write a reason in a sentence.",
            NoSuchWarning { .. } => "Reload the step and acknowledge the warning that is shown.",
            UnknownRow { .. } => "Read the list again and choose a row of it.",
            UnusableRow { .. } => {
                "Choose a row that can be used, or read the list again after the cause is mended."
            }
            OneRow => "Choose one row.",
            NoRow => "Choose at least one row.",
            Field { .. } => "Correct the field and save again.",
            PictureNeeded { .. } => "Capture a window, or paste or drop a picture.",
            ResponseNeeded { .. } => "Run the step again, so that the answer is kept.",
            WarningOpen { .. } => "Open that step and acknowledge the warning with a reason.",
            StaleCheck { .. } => "Read the check again, then ask for the sign-off.",
            RequestOpen => "Wait for the decision, or take the request back.",
            RequestNotOpen => "Ask for the sign-off again.",
            RequestDiffers { .. } => {
                "Ask for the sign-off again; the drill moved since the request was made."
            }
            CostAboveCeiling { .. } => {
                "Choose fewer or smaller items, or abort and agree on another ceiling in a new drill."
            }
            EvidenceNotOpened { .. } => "Open the evidence that the request names, then decide.",
            Gate(refusal) => return refusal.remediation(),
            ActionDiffers { .. } => "Ask for a new sign-off of what would be sent now.",
            NotCovered => "Ask for a sign-off.",
            OutcomeKnown { .. } => "Go on with the next request.",
            OutcomeUnknown { .. } => "Look for the job that Azure may have started.",
            OutOfOrder { .. } => "Finish the earlier request first.",
            NoLine => "Let Drillbook do it.",
            NotTaken { .. } => "Take the line first, then run it, then say so.",
            NotSeen { .. } => {
                "Wait a minute and say again that you ran it, compare your command with the line, or let Drillbook send it."
            }
            SearchNotOver => {
                "Look for it once more when ten minutes have passed since it was sent."
            }
            UnknownCandidate { .. } => "Search again and choose one of the jobs that are shown.",
            Query { .. } => "Report this to the owner of the runbook.",
            ReviewOwed { .. } => "Ask a person with the reviewer role to review it.",
            OwnDrill => "Ask another person of the policy to read it again.",
            OwnIdentity => "Read again over a connection with a login of your own.",
            OtherReads => "Read again from a bundle of this drill.",
            DebtOpen => "Clean up first, or stop the drill with the debt open.",
            DeadlinePast => "Choose a later time.",
            PurposeNotAllowed => "Choose a purpose that the runbook names.",
        };
        Some(text.to_owned())
    }
}
