//! How much the client does for one call: bounds of time, size and number.

use std::time::Duration;

/// Bounds of what the client does for one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Reads that are under way at the same time, as long as Azure says that enough are left.
    pub side_by_side: usize,
    /// How often a read is sent at most.
    pub attempts: u32,
    /// How often a read is sent at most when no answer comes at all.
    pub attempts_unanswered: u32,
    /// How long the retries of one read wait at most, in the given clock's time.
    pub waiting: Duration,
    /// Largest answer in bytes, unpacked.
    pub answer_bytes: usize,
    /// Largest listing in bytes, all pages together.
    pub listing_bytes: usize,
    /// Most pages of a listing.
    pub pages: usize,
    /// Real time to connect.
    pub connecting: Duration,
    /// Real time until an answer is whole.
    pub answering: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            side_by_side: 16,
            attempts: 6,
            attempts_unanswered: 3,
            waiting: Duration::from_secs(900),
            answer_bytes: 16 << 20,
            listing_bytes: 64 << 20,
            pages: 500,
            connecting: Duration::from_secs(20),
            answering: Duration::from_secs(100),
        }
    }
}
