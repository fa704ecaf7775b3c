//! Two drills side by side: rehearsal against live, last quarter against this one.
//!
//! What must differ between any two drills (ids, salts, times, the drill's own names) is not compared;
//! durations are shown and never decide. Deliberately absent: a judgement which of the two is better.

mod plain;
mod rows;

use crate::error::AuditError;
use crate::fact::Fact;
use crate::report::folded;
use crate::verdict::Verdict;
use crate::verify::{Input, Opened, Options, opened};
use drillbook_core::{ClockReading, Drill, clock};
use serde::Serialize;

/// One drill of the two.
#[derive(Debug, Clone, Serialize)]
pub struct Side {
    /// Whether its bundle holds; a side that does not hold is compared with nothing.
    pub verdict: Verdict,
    /// `live` or `rehearsal`.
    pub environment: String,
}

/// One line of the comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// `drill`, `objective`, `step`, `deviation` or `request`.
    pub part: &'static str,
    /// What is compared.
    pub what: String,
    /// How it is in the first drill.
    pub a: String,
    /// How it is in the second.
    pub b: String,
    /// Whether they differ in something that matters.
    pub differs: bool,
}

/// Two drills side by side.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    /// The first.
    pub a: Side,
    /// The second.
    pub b: Side,
    /// Every line, in the order of the report.
    pub rows: Vec<Row>,
}

impl Comparison {
    /// Whether both bundles hold, so that there is something to compare.
    #[must_use]
    pub fn usable(&self) -> bool {
        self.a.verdict.holds() && self.b.verdict.holds()
    }

    /// Whether the drills differ in something that matters.
    #[must_use]
    pub fn differs(&self) -> bool {
        self.rows.iter().any(|row| row.differs)
    }

    /// Returns the exit code of `drillbook compare`: 0 the same in what matters, 1 differ, 2 unusable.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match (self.usable(), self.differs()) {
            (false, _) => 2,
            (true, true) => 1,
            (true, false) => 0,
        }
    }
}

/// A drill as its bundle tells it.
struct Told {
    facts: Vec<Fact>,
    drill: Drill,
    clock: ClockReading,
}

/// Verifies two bundles and puts their drills side by side; there are no rows when one does not hold.
///
/// # Errors
/// [`AuditError`] when one cannot be used at all: exit code 2.
pub fn compare(a: Input<'_>, b: Input<'_>, options: &Options) -> Result<Comparison, AuditError> {
    let (first, second) = (opened(a, options)?, opened(b, options)?);
    let (a, a_told) = side(first)?;
    let (b, b_told) = side(second)?;
    let rows = match (&a_told, &b_told) {
        (Some(one), Some(other)) if a.verdict.holds() && b.verdict.holds() => {
            rows::rows(one, other)
        }
        _ => Vec::new(),
    };
    Ok(Comparison { a, b, rows })
}

fn side((verdict, opened): (Verdict, Option<Opened>)) -> Result<(Side, Option<Told>), AuditError> {
    let environment = opened.as_ref().and_then(|one| one.facts.first());
    let environment = environment.map_or_else(String::new, |fact| fact.entry.env.clone());
    let told = match opened {
        Some(Opened {
            facts, documents, ..
        }) => {
            let drill = folded(&facts, &documents).map_err(AuditError::Inconsistent)?;
            let clock = clock(&drill, drill.last_at);
            Some(Told {
                facts,
                drill,
                clock,
            })
        }
        None => None,
    };
    Ok((
        Side {
            verdict,
            environment,
        },
        told,
    ))
}
