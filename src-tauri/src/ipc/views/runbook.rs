//! The library of runbooks.

use super::StepKindView;
use serde::Serialize;
use specta::Type;

/// A runbook in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RunbookSummary {
    /// Id.
    pub id: String,
    /// Title.
    pub title: String,
    /// Version.
    pub version: String,
    /// Who keeps it true.
    pub owner: String,
    /// When and in which drill it was last rehearsed.
    pub last_rehearsed: Option<LastDrillView>,
    /// When the text must be reviewed.
    pub review_due: Option<String>,
    /// Number of lint errors.
    pub errors: u32,
    /// Number of lint warnings.
    pub warnings: u32,
    /// Number of `az` lines.
    pub commands: u32,
    /// It can be rehearsed.
    pub ready: bool,
    /// Why not, or what is known: "Yes, 34 steps, about 20 min".
    pub readiness: String,
}

/// The last drill of a runbook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LastDrillView {
    /// The drill.
    pub drill: String,
    /// When.
    pub at: String,
    /// On which version.
    pub version: String,
    /// How it ended, in words.
    pub end: String,
}

/// A runbook, read closely.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RunbookView {
    /// What the list shows.
    pub summary: RunbookSummary,
    /// Digest of the resolved document.
    pub digest: String,
    /// What it may be used for.
    pub purposes: Vec<PurposeView>,
    /// Where its rules come from.
    pub sources: Vec<String>,
    /// Whom to call, when.
    pub escalation: Vec<EscalationView>,
    /// Versions, newest first.
    pub changes: Vec<ChangeView>,
    /// Terms explained.
    pub terms: Vec<TermView>,
    /// Number of sign-offs.
    pub sign_offs: u32,
    /// Number of steps that change Azure.
    pub changing: u32,
    /// The steps.
    pub steps: Vec<RunbookStepView>,
    /// What the linter says.
    pub problems: Vec<LintView>,
}

/// A finding of the linter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LintView {
    /// Code.
    pub code: String,
    /// It is a warning only.
    pub warning: bool,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
    /// What is wrong.
    pub sentence: String,
    /// What to do.
    pub remedy: String,
}

/// A step as the runbook describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RunbookStepView {
    /// Id.
    pub id: String,
    /// Number, from 1.
    pub number: u32,
    /// Kind.
    pub kind: StepKindView,
    /// Title.
    pub title: String,
    /// Why it exists.
    pub why: String,
    /// What the operator should see.
    pub expect: String,
    /// If it differs.
    pub if_not: String,
    /// Whether it can be undone.
    pub undo: Option<String>,
    /// What it reads, in a few words.
    pub reads: String,
    /// What it changes, in a few words.
    pub changes: String,
    /// What it leaves behind until cleanup.
    pub owes: Vec<String>,
    /// A gate: what it opens.
    pub opens: Vec<String>,
    /// Its requests.
    pub requests: Vec<RunbookRequestView>,
}

/// A request as the runbook describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RunbookRequestView {
    /// Name.
    pub name: String,
    /// HTTP method.
    pub method: String,
    /// Path with its substitutions.
    pub path: String,
    /// The equivalent `az` line.
    pub az: Option<String>,
    /// What must be alive to answer: primary, secondary or global.
    pub needs: String,
    /// It changes Azure.
    pub changes: bool,
    /// Its answer is kept in memory only.
    pub secret: bool,
}

/// A purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PurposeView {
    /// `drill` or `recovery`.
    pub id: String,
    /// In a word.
    pub label: String,
    /// In a sentence.
    pub explanation: String,
}

/// Whom to call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct EscalationView {
    /// What is seen.
    pub when: String,
    /// Whom to call.
    pub who: String,
    /// What they need to know.
    pub note: Option<String>,
}

/// A change between versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ChangeView {
    /// The version.
    pub version: String,
    /// What changed.
    pub what: String,
}

/// A word and its meaning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct TermView {
    /// The word.
    pub word: String,
    /// One or two sentences.
    pub means: String,
}
