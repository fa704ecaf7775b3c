//! Preflight: every check of a runbook that needs no sign-off, read now and judged as a drill judges it.
//!
//! The checks before the first gate are read side by side as far as what they ask for is known, each as
//! soon as the names it mentions are; then the drill's own journal records them in the runbook's order,
//! through the same rules. Deliberately absent: anything that changes Azure (see [`Engine::open_reading`]).

mod choice;
mod order;
mod record;
mod walk;

use crate::{Engine, EngineError};
use drillbook_core::Drill;
use drillbook_runbook::Purpose;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a preflight is asked.
#[derive(Debug, Clone, Default)]
pub struct Preflight {
    /// Id of the runbook.
    pub runbook: String,
    /// Step, perhaps with `@element`, and what is chosen there: an id, a name, a label or `first`.
    pub choices: Vec<(String, String)>,
    /// Values of fields that a person would fill in, by name.
    pub fields: BTreeMap<String, String>,
}

/// What one check, choice or step came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Id of the step.
    pub step: String,
    /// The element it is about, as a person calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub element: Option<String>,
    /// What it came to.
    pub result: Found,
    /// The statement that was checked, or the step's title.
    pub check: String,
    /// What was read, short.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub value: String,
    /// What was expected, short.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub expected: String,
    /// Code of what went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Whether it leaves open whether the drill could go on.
    #[serde(skip)]
    pub open: bool,
}

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Found {
    /// It holds.
    Passed,
    /// It does not hold, and the runbook lets an operator go on.
    Warned,
    /// It does not hold.
    Failed,
    /// A row was chosen.
    Chosen,
    /// Azure does not answer this here.
    NotChecked,
    /// Nobody answered, or what to ask is not known.
    NotKnown,
    /// It rests on something that failed or is not known.
    NotReached,
}

impl Found {
    /// Returns the word on a terminal.
    pub fn word(self) -> &'static str {
        match self {
            Found::Passed => "passed",
            Found::Warned => "warned",
            Found::Failed => "failed",
            Found::Chosen => "chosen",
            Found::NotChecked => "not checked",
            Found::NotKnown => "not known",
            Found::NotReached => "not reached",
        }
    }
}

/// Whether a drill could begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Readiness {
    /// Every check holds; there may be warnings.
    Ready,
    /// A check does not hold.
    NotReady,
    /// Nothing failed, but not everything could be asked.
    NotKnown,
}

/// What a preflight found.
#[derive(Debug, Clone)]
pub struct Checked {
    /// Its own drill, which ends with its checks.
    pub drill: Arc<Drill>,
    /// Whether a drill could begin.
    pub readiness: Readiness,
    /// Everything that was found, in the order of arrival.
    pub findings: Vec<Finding>,
}

impl Engine {
    /// Runs the checks before the first gate and hands each finding to `watch` as it arrives. The drill
    /// it opens goes no further and makes nothing in Azure.
    ///
    /// # Errors
    /// [`EngineError::Arm`] when nobody signs us in, [`EngineError::UnknownRunbook`], or why the journal
    /// could not be written. What Azure refuses is a finding.
    pub async fn preflight(
        &self,
        asked: &Preflight,
        mut watch: impl FnMut(&Finding),
    ) -> Result<Checked, EngineError> {
        let drill = self.open_drill(&asked.runbook, Purpose::Drill).await?;
        let mut walk = walk::Walk::new(self, &drill, asked);
        walk.run(&mut watch).await;
        let (findings, readings) = walk.into_parts();
        let readiness = readiness(&findings);
        let drill = self.record_preflight(&drill.id, readings, &findings)?;
        Ok(Checked {
            drill,
            readiness,
            findings,
        })
    }
}

fn readiness(findings: &[Finding]) -> Readiness {
    if findings.iter().any(|one| one.result == Found::Failed) {
        Readiness::NotReady
    } else if findings.iter().any(|one| one.open) {
        Readiness::NotKnown
    } else {
        Readiness::Ready
    }
}

/// What a person would state on a field, taken from the command line as text.
type Stated = BTreeMap<String, Value>;
