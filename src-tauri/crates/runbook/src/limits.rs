//! The bounds of a runbook: what is larger is refused with `runbook.too_large`.

/// Bytes of one `runbook.toml`.
pub const FILE_BYTES: usize = 512 * 1024;
/// Levels of tables and lists inside each other.
pub const DEPTH: usize = 24;
/// Steps of a runbook.
pub const STEPS: usize = 200;
/// Requests, expectations, captures, fields or debts of one step, each.
pub const PER_STEP: usize = 64;
/// Bytes of a query before substitution.
pub const QUERY_BYTES: usize = 8 * 1024;
/// Bytes of a query after substitution.
pub const FILLED_QUERY_BYTES: usize = 4 * 1024 * 1024;
/// Operators and brackets of a query.
pub const QUERY_OPERATORS: usize = 600;
/// Operators and brackets of a query that enclose or follow each other; keeps the parser's recursion small.
pub const QUERY_NESTING: usize = 80;
/// Levels of a parsed query.
pub const QUERY_DEPTH: usize = 80;
/// Binary logarithm of how much larger than its input a query's result may grow.
pub const QUERY_GROWTH_BITS: f64 = 12.0;
/// Nodes of a query's result.
pub const RESULT_NODES: usize = 2_000_000;
/// Bytes of a text, path or `az` line.
pub const TEXT_BYTES: usize = 16 * 1024;
/// The largest integer that survives canonical JSON: 2^53 - 1.
pub const INTEGER: i64 = 9_007_199_254_740_991;
/// Problems reported for one file; the rest would say nothing new.
pub const PROBLEMS: usize = 500;
