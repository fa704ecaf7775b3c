//! The scripted faults: their names and moments, and nothing of what they do.

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
    /// A list lags a minute and a half behind a write.
    StaleList,
    /// The first resource that is written with tags keeps none of them.
    MissingTags,
    /// A list answers everything, whatever its filter says.
    BadFilter,
    /// Alerts and log rows of others pour in.
    AlertNoise,
    /// Everything in the secondary region takes five times as long.
    SlowRegion,
    /// Azure's clock is eleven minutes ahead.
    ClockSkew,
    /// A policy that nobody listed denies the machine.
    PolicyDenies,
    /// A ReadOnly lock appears on the target group just before the restore.
    LockAppears,
    /// The first token is of another tenant.
    TokenOfOtherTenant,
    /// Every list ends in an empty page and an empty link.
    Pages,
    /// Somebody else starts a machine, removes a lock and gives a role while the job runs.
    SomebodyElse,
    /// Defender for Cloud is off: its list of assessments is empty.
    NotAssessed,
    /// Azure's log of changes does not hold the first restore.
    LogGap,
}

impl Fault {
    /// Every fault, in the order of the documentation.
    pub const ALL: [Fault; 29] = [
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
        Fault::StaleList,
        Fault::MissingTags,
        Fault::BadFilter,
        Fault::AlertNoise,
        Fault::SlowRegion,
        Fault::ClockSkew,
        Fault::PolicyDenies,
        Fault::LockAppears,
        Fault::TokenOfOtherTenant,
        Fault::Pages,
        Fault::SomebodyElse,
        Fault::NotAssessed,
        Fault::LogGap,
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
            Fault::StaleList => "stale-list",
            Fault::MissingTags => "missing-tags",
            Fault::BadFilter => "bad-filter",
            Fault::AlertNoise => "alert-noise",
            Fault::SlowRegion => "slow-region",
            Fault::ClockSkew => "clock-skew",
            Fault::PolicyDenies => "policy-denies",
            Fault::LockAppears => "lock-appears",
            Fault::TokenOfOtherTenant => "token-of-other-tenant",
            Fault::Pages => "pages",
            Fault::SomebodyElse => "somebody-else",
            Fault::NotAssessed => "not-assessed",
            Fault::LogGap => "log-gap",
        }
    }

    /// Returns what it does, in a sentence for those who choose it.
    pub fn sentence(self) -> &'static str {
        match self {
            Fault::Throttle => "Azure asks to slow down: on a read, on a poll and on the restore.",
            Fault::ServerError => "Azure answers with a server error; nothing was accepted.",
            Fault::TokenExpired => "The token stops working in the middle of a wait.",
            Fault::LostResponse => "The restore is accepted and the connection breaks.",
            Fault::PrimaryDark => "After T0 the primary region answers nothing.",
            Fault::LeftBehind => "Something nobody expected appears after the restore.",
            Fault::CrrDisabled => "The vault has no cross-region restore.",
            Fault::RpNotReplicated => "No recovery point has reached the other region.",
            Fault::SecondaryStale => "Every point of the other region is older than the objective.",
            Fault::QuotaExceeded => "The other region has no cores left.",
            Fault::StagingWrongRegion => {
                "A new staging account is denied, the only one is elsewhere."
            }
            Fault::JobFails => "A restore job fails half way.",
            Fault::JobStuck => "A restore job makes no progress for a day.",
            Fault::CompletedButWrong => "The job completes, but a disk lacks its key.",
            Fault::LeftoverLocked => "A lock keeps a restored disk from being deleted.",
            Fault::TwinJob => "The answer is lost and two jobs match.",
            Fault::StaleList => "A list lags a minute and a half behind a write.",
            Fault::MissingTags => {
                "The first resource that is written with tags keeps none of them."
            }
            Fault::BadFilter => "A list answers everything, whatever its filter says.",
            Fault::AlertNoise => "Alerts and log rows of others pour in.",
            Fault::SlowRegion => "Everything in the secondary region takes five times as long.",
            Fault::ClockSkew => "Azure's clock is eleven minutes ahead.",
            Fault::PolicyDenies => "A policy that nobody listed denies the machine.",
            Fault::LockAppears => {
                "A ReadOnly lock appears on the target group just before the restore."
            }
            Fault::TokenOfOtherTenant => "The first token is of another tenant.",
            Fault::Pages => "Every list ends in an empty page and an empty link.",
            Fault::NotAssessed => "Defender for Cloud has assessed nothing.",
            Fault::LogGap => "Azure's log of changes leaves out a restore.",
            Fault::SomebodyElse => {
                "Somebody else changes things of production while the restore runs."
            }
        }
    }

    /// Tells whether it can strike at a chosen request.
    fn can_be_timed(self) -> bool {
        use Fault::{LostResponse, ServerError, Throttle, TokenExpired};
        [Throttle, ServerError, TokenExpired, LostResponse].contains(&self)
    }
}

/// What a request is, as far as faults care.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A GET that waits for nothing.
    Read,
    /// A question after an operation or a job.
    Poll,
    /// A cross-region restore.
    Restore,
    /// Any other request.
    Write,
}

impl Kind {
    const ALL: [Kind; 4] = [Kind::Read, Kind::Poll, Kind::Restore, Kind::Write];

    /// Returns the name used behind `@`.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Read => "read",
            Kind::Poll => "poll",
            Kind::Restore => "restore",
            Kind::Write => "write",
        }
    }
}

/// A fault as it is scripted: at the moments of its own, or at a chosen request such as `throttle@read:3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scripted {
    /// The fault.
    pub fault: Fault,
    /// The kind of the request and which of them, from 1; its own moments when `None`.
    pub at: Option<(Kind, u32)>,
}

impl From<Fault> for Scripted {
    fn from(fault: Fault) -> Self {
        Scripted { fault, at: None }
    }
}

impl fmt::Display for Scripted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            Some((kind, nth)) => write!(f, "{}@{}:{nth}", self.fault, kind.name()),
            None => self.fault.fmt(f),
        }
    }
}

impl FromStr for Scripted {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Self, UnknownFault> {
        let unknown = || UnknownFault(text.to_owned());
        let Some((name, moment)) = text.split_once('@') else {
            return text.parse::<Fault>().map(Scripted::from);
        };
        let (kind, nth) = moment.split_once(':').unwrap_or((moment, "1"));
        let kind = Kind::ALL.into_iter().find(|known| known.name() == kind);
        let nth = nth.parse::<u32>().ok().filter(|nth| *nth > 0);
        let fault = name.parse::<Fault>().map_err(|_| unknown())?;
        if !fault.can_be_timed() {
            return Err(unknown());
        }
        Ok(Scripted {
            fault,
            at: Some((kind.ok_or_else(unknown)?, nth.ok_or_else(unknown)?)),
        })
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
