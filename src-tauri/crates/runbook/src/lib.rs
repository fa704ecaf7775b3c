//! The runbook format, its linter, its digest, its JSON Schema; pure.
//!
//! A runbook is data from strangers: everything here is bounded in size, depth and time, and nothing
//! reads a file, a clock or a random number.
//!
//! Deliberately absent: running a step. What a request answers, and when, is the engine's business.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        reason = "a test that cannot go on should stop where it is"
    )
)]

pub mod codes;
mod digest;
pub mod duration;
pub mod ends;
pub mod limits;
mod lint;
mod locate;
pub mod model;
mod parse;
pub mod problem;
pub mod query;
pub mod reference;
pub mod schema;
mod scope;
pub mod template;
pub mod test;
pub mod versions;

pub use model::*;
pub use parse::{Parsed, parse};
pub use problem::{Level, Problem};
pub use query::QueryError;
pub use reference::Reference;
pub use template::TemplateError;
