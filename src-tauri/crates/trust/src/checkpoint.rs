//! A checkpoint: the head of one log as a short text that is signed (C2SP form).
//!
//! Deliberately absent: the signature; it stands beside the text as an SSHSIG.

use crate::{digest::Digest, merkle::Head};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use drillbook_diagnostic::{Diagnostic, Severity};

/// The head of one log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log, such as `drillbook/live/9f3c2a7d51e0b846`.
    pub origin: String,
    /// Number of entries.
    pub size: u64,
    /// Root over their leaf hashes.
    pub root: Digest,
}

/// Why a text is no checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// Not three lines, each ended.
    #[error("a checkpoint has exactly three lines")]
    Lines,
    /// The origin is no origin of a log.
    #[error("the checkpoint's first line names no log")]
    Origin,
    /// The size is no plain number.
    #[error("the checkpoint's second line is not a size")]
    Size,
    /// The root is not the base64 of 32 bytes.
    #[error("the checkpoint's third line is not a root")]
    Root,
}

impl Diagnostic for CheckpointError {
    fn code(&self) -> &'static str {
        match self {
            Self::Lines => "checkpoint.lines",
            Self::Origin => "checkpoint.origin",
            Self::Size => "checkpoint.size",
            Self::Root => "checkpoint.root",
        }
    }

    fn severity(&self) -> Severity {
        Severity::Refused
    }

    fn remediation(&self) -> Option<String> {
        Some("Use the checkpoint file exactly as Drillbook exported it.".into())
    }
}

impl Checkpoint {
    /// Returns the exact text that is signed: origin, size and base64 root, a line each.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!(
            "{}\n{}\n{}\n",
            self.origin,
            self.size,
            STANDARD.encode(self.root.as_bytes())
        )
    }

    /// Reads the exact text.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let mut lines = text
            .strip_suffix('\n')
            .ok_or(CheckpointError::Lines)?
            .split('\n');
        let (Some(origin), Some(size), Some(root), None) =
            (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(CheckpointError::Lines);
        };
        let number: u64 = size.parse().map_err(|_| CheckpointError::Size)?;
        if number.to_string() != size {
            return Err(CheckpointError::Size);
        }
        if !is_origin(origin) {
            return Err(CheckpointError::Origin);
        }
        let bytes = STANDARD.decode(root).map_err(|_| CheckpointError::Root)?;
        let bytes: [u8; 32] = bytes.try_into().map_err(|_| CheckpointError::Root)?;
        Ok(Self {
            origin: origin.into(),
            size: number,
            root: Digest::from_bytes(bytes),
        })
    }

    /// Returns size and root without the origin.
    #[must_use]
    pub fn head(&self) -> Head {
        Head {
            size: self.size,
            root: self.root,
        }
    }
}

/// Whether a text names a log: `drillbook/live/` or `drillbook/rehearsal/` and 16 hex digits.
#[must_use]
pub fn is_origin(text: &str) -> bool {
    environment_of(text).is_some()
}

/// Returns the environment that an origin names, `live` or `rehearsal`.
#[must_use]
pub fn environment_of(origin: &str) -> Option<&str> {
    let (env, id) = origin.strip_prefix("drillbook/")?.split_once('/')?;
    let hex = id.len() == 16 && id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    (hex && matches!(env, "live" | "rehearsal")).then_some(env)
}

#[cfg(test)]
mod tests {
    use super::{Checkpoint, CheckpointError};
    use crate::merkle::root_of;

    #[test]
    fn reads_only_what_it_writes() {
        let checkpoint = Checkpoint {
            origin: "drillbook/live/9f3c2a7d51e0b846".into(),
            size: 24,
            root: root_of(&[]),
        };
        let text = checkpoint.to_text();
        assert_eq!(
            text,
            "drillbook/live/9f3c2a7d51e0b846\n24\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
        );
        assert_eq!(Checkpoint::parse(&text), Ok(checkpoint));
        for (wrong, error) in [
            (text.replace("24", "024"), CheckpointError::Size),
            (text.replace("24", "+24"), CheckpointError::Size),
            (text.replace('\n', "\r\n"), CheckpointError::Size),
            (text.replace("live", "prod"), CheckpointError::Origin),
            (text.replace("9f3c", "9F3C"), CheckpointError::Origin),
            (text.replace("=", ""), CheckpointError::Root),
            (text.trim_end().to_owned(), CheckpointError::Lines),
            (format!("{text}\n"), CheckpointError::Lines),
        ] {
            assert_eq!(Checkpoint::parse(&wrong), Err(error), "{wrong}");
        }
    }
}
