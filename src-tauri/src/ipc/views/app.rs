//! The window's frame: environment, band, people.

use super::ProblemView;
use serde::{Deserialize, Serialize};
use specta::Type;

/// Where requests go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum EnvironmentView {
    /// The embedded simulator.
    Rehearsal,
    /// Azure.
    Live,
}

/// What somebody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum RoleView {
    /// Plays the drill.
    Operator,
    /// Decides on requests.
    Reviewer,
    /// Reads, verifies, exports, signs findings.
    Auditor,
}

/// The frame of every screen.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AppView {
    /// Where requests go.
    pub environment: EnvironmentView,
    /// Drillbook's version.
    pub version: String,
    /// The data folder, as shown.
    pub data_folder: String,
    /// Drillbook's clock: real time, or the rehearsal's.
    pub now: String,
    /// Who sits at the window.
    pub person: PersonView,
    /// Everybody who may sit here (the built-in cast in rehearsals).
    pub people: Vec<PersonView>,
    /// The band at the top.
    pub band: BandView,
    /// Figures beside the entries of the navigation.
    pub counts: CountsView,
    /// What keeps the whole application from working, such as `journal.broken`.
    pub problem: Option<ProblemView>,
}

/// A person of the signed policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PersonView {
    /// Person id, such as `maya@evergreen.example`.
    pub id: String,
    /// Name.
    pub name: String,
    /// Role.
    pub role: RoleView,
    /// The role in words, such as `security reviewer`.
    pub role_label: String,
    /// Fingerprint of the key, if there is one.
    pub key: Option<String>,
    /// Where the key is, in words.
    pub key_place: String,
    /// State of the key, in words.
    pub key_state: String,
    /// They can sit down at this window.
    pub here: bool,
}

/// The environment band; it never scrolls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct BandView {
    /// Where requests go.
    pub environment: EnvironmentView,
    /// The cloud in words.
    pub cloud: String,
    /// The tenant.
    pub tenant: String,
    /// The subscription.
    pub subscription: String,
    /// Name of the connection in use, in live.
    pub connection: Option<String>,
    /// Who is signed in to Azure by it.
    pub account: Option<String>,
    /// Primary region, once known.
    pub primary: Option<String>,
    /// Secondary region, once known.
    pub secondary: Option<String>,
    /// Name of who sits here.
    pub person: String,
    /// Their role in words.
    pub role: String,
    /// Speed of the rehearsal's waits; none in live.
    pub speed: Option<u32>,
}

/// Figures beside the entries of the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CountsView {
    /// Drills that are not ended.
    pub drills: u32,
    /// Requests that wait for this person's decision.
    pub requests: u32,
    /// Artefacts owed.
    pub owed: u32,
    /// Artefacts owed past their deadline.
    pub late: u32,
}
