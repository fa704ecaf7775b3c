//! `cargo xtask bench journal [ENTRIES [MEGABYTES]]`: the journal against the bare things it is made of.

use anyhow::Result;

use crate::command::Run;
use crate::workspace::Workspace;

/// Measures appends, verification, opening and paging, then the export of much evidence.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    let measure = |package: &str, bench: &str| {
        let mut run = Run::cargo(&workspace.root).args(["bench", "-p", package, "--bench", bench]);
        for (name, value) in SIZES.iter().zip(arguments) {
            run = run.env(name, value);
        }
        run.go()
    };
    measure("drillbook-journal", "journal")?;
    measure("drillbook-rehearsal", "export")
}

/// What the arguments set, in their order.
const SIZES: &[&str] = &["DRILLBOOK_BENCH_ENTRIES", "DRILLBOOK_BENCH_MEGABYTES"];
