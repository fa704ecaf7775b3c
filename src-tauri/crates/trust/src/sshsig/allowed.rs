//! The allowed-signers file of `ssh-keygen -Y verify`: who may sign what, and from when to when.
//!
//! Deliberately absent: certificate authorities, and times without `Z` (they are local times).

use super::{PublicKey, SignatureError, verify_any};
use chrono::{DateTime, NaiveDateTime, Utc};

/// One line: principals, options and a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedSigner {
    /// Principals or patterns of them, comma-separated in the file.
    pub principals: Vec<String>,
    /// Purposes; empty means every one.
    pub namespaces: Vec<String>,
    /// First second of validity.
    pub valid_after: Option<DateTime<Utc>>,
    /// Last second of validity.
    pub valid_before: Option<DateTime<Utc>>,
    /// The key.
    pub key: PublicKey,
}

/// A whole allowed-signers file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AllowedSigners {
    /// Its lines, in order.
    pub signers: Vec<AllowedSigner>,
}

/// Who signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The principal that was asked for, or the first one of the matching line.
    pub principal: String,
    /// Fingerprint of the key.
    pub fingerprint: String,
}

/// Returns a time as `-O verify-time=` wants it: `YYYYMMDDHHMMSSZ`, rounded down.
#[must_use]
pub fn verify_time(at: DateTime<Utc>) -> String {
    at.format("%Y%m%d%H%M%SZ").to_string()
}

impl AllowedSigners {
    /// Reads a file; a line that cannot be read makes the whole file unusable.
    pub fn parse(text: &str) -> Result<Self, SignatureError> {
        let mut signers = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if !line.is_empty() && !line.starts_with('#') {
                signers.push(parse_line(line, index + 1)?);
            }
        }
        Ok(Self { signers })
    }

    /// Writes the file as `ssh-keygen` reads it, one line a key.
    #[must_use]
    pub fn render(&self) -> String {
        self.signers.iter().map(render_line).collect()
    }

    /// Checks a signature against the file as of the document's own time, rounded down to seconds.
    ///
    /// Without a principal the first line that allows the key tells who signed.
    pub fn verify(
        &self,
        principal: Option<&str>,
        namespace: &str,
        bytes: &[u8],
        armored: &str,
        at: DateTime<Utc>,
    ) -> Result<Verified, SignatureError> {
        let key = verify_any(namespace, bytes, armored)?;
        let fingerprint = key.fingerprint();
        let second = at.timestamp();
        let mut refusal = SignatureError::NotAllowed(fingerprint.clone());
        for signer in &self.signers {
            let named = principal.is_none_or(|p| matches(&signer.principals, p));
            let purpose = signer.namespaces.is_empty() || matches(&signer.namespaces, namespace);
            if !named || !purpose || !signer.key.same_key(&key) {
                continue;
            }
            let early = signer
                .valid_after
                .is_some_and(|from| second < from.timestamp());
            let late = signer
                .valid_before
                .is_some_and(|until| second > until.timestamp());
            if early || late {
                refusal = SignatureError::NotValidThen(fingerprint.clone());
                continue;
            }
            let first = signer.principals.first().map(String::as_str);
            let principal = principal.or(first).unwrap_or_default().to_owned();
            return Ok(Verified {
                principal,
                fingerprint,
            });
        }
        Err(refusal)
    }
}

fn parse_line(line: &str, number: usize) -> Result<AllowedSigner, SignatureError> {
    let unreadable = || SignatureError::SignersLine(number);
    let (principals, rest) = word(line).ok_or_else(unreadable)?;
    let (options, key) = match PublicKey::parse(rest) {
        Ok(key) => (Vec::new(), key),
        Err(_) => {
            let (options, rest) = options(rest).ok_or_else(unreadable)?;
            (options, PublicKey::parse(rest).map_err(|_| unreadable())?)
        }
    };
    let mut signer = AllowedSigner {
        principals: list(&principals).ok_or_else(unreadable)?,
        namespaces: Vec::new(),
        valid_after: None,
        valid_before: None,
        key,
    };
    for option in options {
        let (name, value) = option.split_once('=').ok_or_else(unreadable)?;
        let value = value.strip_prefix('"').and_then(|v| v.strip_suffix('"'));
        let value = value.ok_or_else(unreadable)?;
        match name.to_ascii_lowercase().as_str() {
            "namespaces" if signer.namespaces.is_empty() => {
                signer.namespaces = list(value).ok_or_else(unreadable)?;
            }
            "valid-after" if signer.valid_after.is_none() => {
                signer.valid_after = Some(time(value, number)?);
            }
            "valid-before" if signer.valid_before.is_none() => {
                signer.valid_before = Some(time(value, number)?);
            }
            _ => return Err(unreadable()),
        }
    }
    // ssh-keygen refuses a span that holds no second.
    match (signer.valid_after, signer.valid_before) {
        (Some(from), Some(until)) if until <= from => Err(unreadable()),
        _ => Ok(signer),
    }
}

/// Splits off the first word, which may stand in quotes.
fn word(line: &str) -> Option<(String, &str)> {
    let (word, rest) = match line.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"')?,
        None => line.split_once([' ', '\t'])?,
    };
    Some((word.into(), rest.trim_start()))
}

/// Splits off the comma-separated options, whose quoted values may hold blanks and commas.
fn options(text: &str) -> Option<(Vec<&str>, &str)> {
    let (mut quoted, mut start, mut found) = (false, 0, Vec::new());
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b',' if !quoted => {
                found.push(&text[start..at]);
                start = at + 1;
            }
            b' ' | b'\t' if !quoted => {
                found.push(&text[start..at]);
                return Some((found, text[at..].trim_start()));
            }
            _ => {}
        }
    }
    None
}

fn list(text: &str) -> Option<Vec<String>> {
    let items: Vec<String> = text.split(',').map(str::to_owned).collect();
    items.iter().all(|item| !item.is_empty()).then_some(items)
}

/// Reads `YYYYMMDDZ`, `YYYYMMDDHHMMZ` or `YYYYMMDDHHMMSSZ`.
fn time(text: &str, line: usize) -> Result<DateTime<Utc>, SignatureError> {
    let digits = text
        .strip_suffix('Z')
        .ok_or(SignatureError::LocalTime(line))?;
    let padded = match digits.len() {
        8 | 12 | 14 if digits.bytes().all(|b| b.is_ascii_digit()) => format!("{digits:0<14}"),
        _ => return Err(SignatureError::SignersLine(line)),
    };
    NaiveDateTime::parse_from_str(&padded, "%Y%m%d%H%M%S")
        .map(|at| at.and_utc())
        .map_err(|_| SignatureError::SignersLine(line))
}

fn render_line(signer: &AllowedSigner) -> String {
    let mut options = Vec::new();
    if !signer.namespaces.is_empty() {
        options.push(format!("namespaces=\"{}\"", signer.namespaces.join(",")));
    }
    if let Some(from) = signer.valid_after {
        options.push(format!("valid-after=\"{}\"", verify_time(from)));
    }
    if let Some(until) = signer.valid_before {
        options.push(format!("valid-before=\"{}\"", verify_time(until)));
    }
    let options = if options.is_empty() {
        String::new()
    } else {
        options.join(",") + " "
    };
    format!(
        "{} {options}{}\n",
        signer.principals.join(","),
        signer.key.to_bare_line()
    )
}

/// OpenSSH's pattern list: some pattern matches, and no `!pattern` does.
fn matches(patterns: &[String], text: &str) -> bool {
    let mut found = false;
    for pattern in patterns {
        match pattern.strip_prefix('!') {
            Some(negated) if glob(negated.as_bytes(), text.as_bytes()) => return false,
            Some(_) => {}
            None => found |= glob(pattern.as_bytes(), text.as_bytes()),
        }
    }
    found
}

/// `*` stands for any text, `?` for one byte; linear but for the last star.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(&byte) if byte == b'?' || byte == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}
