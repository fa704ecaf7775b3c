//! What was found out about a bundle.

use serde::Serialize;

/// Whether a bundle holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Nothing contradicts anything, and the signers are those of the auditor's own file.
    Holds,
    /// Nothing contradicts anything; whose keys they are was not checked.
    ConsistentSignersNotAuthenticated,
    /// Something is not as it was.
    DoesNotHold,
}

impl Outcome {
    /// Returns the words of `verify.py`.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::ConsistentSignersNotAuthenticated => "consistent; signers not authenticated",
            Self::DoesNotHold => "does not hold",
        }
    }
}

/// One thing that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Its code, the same as in `verify.py` where both look.
    pub code: &'static str,
    /// The entry it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<u64>,
    /// The file it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// In words.
    pub sentence: String,
}

/// A signature that was verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Signature {
    /// The signed file.
    pub file: String,
    /// Who.
    pub principal: String,
    /// Fingerprint of the key.
    pub key: String,
}

/// The verdict on a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Whether it holds.
    pub outcome: Outcome,
    /// For whom it was made: `internal`, `auditor` or `public`.
    pub audience: &'static str,
    /// The drill.
    pub drill: String,
    /// Origin of the log.
    pub origin: String,
    /// Size of the log that the last checkpoint proves.
    pub size: u64,
    /// Entries in the bundle.
    pub entries: u64,
    /// How the drill ended: `closed`, `abandoned`, `stopped`, or `open`.
    pub end: String,
    /// Pieces of evidence whose digests were compared.
    pub evidence: u64,
    /// Sealed values that were left out for this audience.
    pub withheld: u64,
    /// Signatures that hold, in the order they were looked at.
    pub signatures: Vec<Signature>,
    /// What does not hold.
    pub findings: Vec<Finding>,
    /// What nobody can see from a bundle (trust.md §8).
    pub not_proven: Vec<String>,
}

impl Verdict {
    /// Whether nothing speaks against the bundle.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.outcome != Outcome::DoesNotHold
    }

    /// Returns the exit code of `drillbook verify`: 0 holds, 1 does not. 2 is an error, no verdict.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        u8::from(!self.holds())
    }
}
