//! Coverage: what is protected, and whether a drill ever brought it back.

use serde::Serialize;
use specta::Type;

/// How well a protected item is covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum CoveredView {
    /// No drill that closed restored it.
    Never,
    /// The last drill was too long ago.
    LongAgo,
    /// The last drill played an older version of the runbook.
    OlderRunbook,
    /// Drilled lately, on the runbook as it is.
    Drilled,
}

/// What is protected, the least covered first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CoverageView {
    /// The first line: "2 of 4 protected items were drilled in the last 90 days".
    pub title: String,
    /// The second line: where the list of protected items comes from.
    pub lead: String,
    /// How many there are.
    pub total: u32,
    /// How many were drilled lately, on the runbook as it is.
    pub drilled: u32,
    /// When the list was read; none before any drill read it.
    pub read_at: Option<String>,
    /// The items.
    pub items: Vec<CoverageItemView>,
}

/// One protected item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CoverageItemView {
    /// Its id, as Azure writes it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The runbook that restores it.
    pub runbook: String,
    /// Title of that runbook.
    pub runbook_title: String,
    /// How well it is covered.
    pub state: CoveredView,
    /// The last drill that restored it and closed.
    pub drill: Option<String>,
    /// When that drill ended.
    pub at: Option<String>,
    /// The version of the runbook that it played.
    pub version: Option<String>,
}
