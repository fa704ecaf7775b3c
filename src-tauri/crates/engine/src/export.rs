//! Exporting a drill as an audit bundle.

/// What was exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// Size of the bundle in bytes.
    pub bytes: u64,
    /// Its SHA-256.
    pub digest: String,
    /// Entries of the drill in it.
    pub entries: u64,
}
