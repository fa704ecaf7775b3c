//! Every view the window shows and every request it makes, as plain serializable structs.
//!
//! Names are camelCase on the wire. Times are RFC 3339 UTC text, durations whole seconds, sizes and
//! counts `u32`, money and digests text: JavaScript must never round one of them.
//! Deliberately absent: domain types and rules; builders live beside the commands.

mod app;
mod audit;
mod choices;
mod cleanup;
mod connections;
mod coverage;
mod draft;
mod drill;
mod events;
mod evidence;
mod exchange;
mod fields;
mod foreign;
mod home;
mod journal;
mod live;
mod outside;
mod policy;
mod problem;
mod request;
mod runbook;
mod settings;
mod start;
mod step;
mod wait;

pub use app::*;
pub use audit::*;
pub use choices::*;
pub use cleanup::*;
pub use connections::*;
pub use coverage::*;
pub use draft::*;
pub use drill::*;
pub use events::*;
pub use evidence::*;
pub use exchange::*;
pub use fields::*;
pub use foreign::*;
pub use home::*;
pub use journal::*;
pub use live::*;
pub use outside::*;
pub use policy::*;
pub use problem::*;
pub use request::*;
pub use runbook::*;
pub use settings::*;
pub use start::*;
pub use step::*;
pub use wait::*;
