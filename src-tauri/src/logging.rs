//! The only place where a tracing subscriber is installed.

use tracing_subscriber::EnvFilter;

/// Names what is logged, as in `DRILLBOOK_LOG=drillbook_arm=debug`.
const VARIABLE: &str = "DRILLBOOK_LOG";

/// Writes log lines to standard error, from `info` on unless `DRILLBOOK_LOG` says otherwise.
pub fn subscribe() {
    let filter = EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_| EnvFilter::new("info"));
    // A subscriber that is there already (another test in this process) stays.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(true)
        .try_init();
}
