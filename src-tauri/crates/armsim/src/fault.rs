//! The scripted faults: their names, and nothing of what they do.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Something that goes wrong on purpose. Faults can be combined; every firing is counted in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// 429 once on a read, once on a poll and once on the restore.
    Throttle,
    /// 503 once on a read, once on a poll and once on the restore; nothing was accepted.
    ServerError,
    /// 401 in the middle of a wait, until a token is presented that was issued afterwards.
    TokenExpired,
    /// The restore is accepted and the connection cut without an answer.
    LostResponse,
    /// After T0 whatever needs the primary region gets no answer.
    PrimaryDark,
    /// After the disks were checked, a snapshot and a container appear that nobody expected.
    LeftBehind,
    /// The vault has no cross-region restore.
    CrrDisabled,
    /// The secondary region lists the items but no usable recovery point.
    RpNotReplicated,
    /// Every point of the secondary region is older than the objective.
    SecondaryStale,
    /// The secondary region has no cores left.
    QuotaExceeded,
    /// Policy denies a new storage account, and the only existing one is in another region.
    StagingWrongRegion,
    /// The first restore job fails half way.
    JobFails,
    /// The first restore job makes no progress for 26 hours, then fails.
    JobStuck,
    /// The job says Completed, but one disk lacks the key that was asked for.
    CompletedButWrong,
    /// A CanNotDelete lock appears on a restored disk before the cleanup reaches it.
    LeftoverLocked,
    /// The restore's answer is lost and two jobs match it.
    TwinJob,
}

impl Fault {
    /// Every fault, in the order of the documentation.
    pub const ALL: [Fault; 16] = [
        Fault::Throttle,
        Fault::ServerError,
        Fault::TokenExpired,
        Fault::LostResponse,
        Fault::PrimaryDark,
        Fault::LeftBehind,
        Fault::CrrDisabled,
        Fault::RpNotReplicated,
        Fault::SecondaryStale,
        Fault::QuotaExceeded,
        Fault::StagingWrongRegion,
        Fault::JobFails,
        Fault::JobStuck,
        Fault::CompletedButWrong,
        Fault::LeftoverLocked,
        Fault::TwinJob,
    ];

    /// Returns the name used on the command line and in the file.
    pub fn name(self) -> &'static str {
        match self {
            Fault::Throttle => "throttle",
            Fault::ServerError => "server-error",
            Fault::TokenExpired => "token-expired",
            Fault::LostResponse => "lost-response",
            Fault::PrimaryDark => "primary-dark",
            Fault::LeftBehind => "left-behind",
            Fault::CrrDisabled => "crr-disabled",
            Fault::RpNotReplicated => "rp-not-replicated",
            Fault::SecondaryStale => "secondary-stale",
            Fault::QuotaExceeded => "quota-exceeded",
            Fault::StagingWrongRegion => "staging-wrong-region",
            Fault::JobFails => "job-fails",
            Fault::JobStuck => "job-stuck",
            Fault::CompletedButWrong => "completed-but-wrong",
            Fault::LeftoverLocked => "leftover-locked",
            Fault::TwinJob => "twin-job",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No fault has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no fault is called {0:?}")]
pub struct UnknownFault(pub String);

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Self, UnknownFault> {
        Fault::ALL
            .into_iter()
            .find(|fault| fault.name() == text)
            .ok_or_else(|| UnknownFault(text.to_owned()))
    }
}
