//! Rehearsal or live: how the live journal is kept, and what opens it.

use super::ProblemView;
use serde::{Deserialize, Serialize};
use specta::Type;

/// How the live journal of this data folder is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LiveStateView {
    /// It is open at this window.
    pub open: bool,
    /// It was begun.
    pub exists: bool,
    /// Its key is kept under a passphrase, or will have to be.
    pub passphrase: bool,
    /// Why the keyring cannot keep the key of a new one.
    pub keyring: Option<ProblemView>,
}

/// Opens the live journal; it begins where there is none.
#[derive(Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpenLive {
    /// The passphrase, where the key is not in the keyring.
    pub passphrase: Option<String>,
}

/// A passphrase is not printed.
impl std::fmt::Debug for OpenLive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenLive").finish_non_exhaustive()
    }
}
