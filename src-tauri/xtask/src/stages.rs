//! Stages with their wall time, and the table that closes a long run.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// The stages that have run so far.
#[derive(Default)]
pub struct Stages {
    done: Vec<(&'static str, Duration, bool)>,
}

impl Stages {
    /// Runs one stage under a headline; the first failure ends the run.
    pub fn stage(&mut self, name: &'static str, work: impl FnOnce() -> Result<()>) -> Result<()> {
        println!("\n== {name}");
        let start = Instant::now();
        let outcome = work();
        self.done.push((name, start.elapsed(), outcome.is_ok()));
        outcome.with_context(|| format!("stage {name} failed"))
    }

    /// The table: stage, minutes and seconds, outcome.
    pub fn table(&self) -> String {
        let mut lines = vec![format!("{:<12} {:>8}", "stage", "wall")];
        for (name, wall, good) in &self.done {
            let verdict = if *good { "ok" } else { "FAILED" };
            lines.push(format!("{name:<12} {:>8}  {verdict}", clock(*wall)));
        }
        let total = self.done.iter().map(|(_, wall, _)| *wall).sum();
        lines.push(format!("{:<12} {:>8}", "total", clock(total)));
        lines.join("\n")
    }
}

fn clock(wall: Duration) -> String {
    let tenths = wall.as_millis() / 100;
    format!("{}:{:02}.{}", tenths / 600, tenths / 10 % 60, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_names_the_stage_that_failed() {
        let mut stages = Stages::default();
        assert!(stages.stage("fmt", || Ok(())).is_ok());
        assert!(stages.stage("tidy", || anyhow::bail!("untidy")).is_err());
        let table = stages.table();
        assert!(table.contains("fmt") && table.contains("tidy"), "{table}");
        assert_eq!(table.matches("FAILED").count(), 1, "{table}");
    }

    #[test]
    fn wall_time_is_minutes_seconds_and_tenths() {
        assert_eq!(clock(Duration::from_millis(61_250)), "1:01.2");
        assert_eq!(clock(Duration::from_millis(90)), "0:00.0");
    }
}
