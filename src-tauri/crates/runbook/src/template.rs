//! Texts with `{name}` or `{name.field}` in them: paths, filters, bodies and `az` lines.
//!
//! `{{` and `}}` stand for braces. A reference where a text is wanted is its id.
//!
//! Deliberately absent: any way for a value to become more than one segment of a path or one word of a
//! command; only a reference at the start of a path is a whole id.

use crate::limits;
use crate::query::{self, QueryError};
use drillbook_diagnostic::{Diagnostic, Severity};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Map, Value};
use thiserror::Error;

/// Why a text could not be filled.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TemplateError {
    /// An inserted expression has no value.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// An inserted value is null or missing.
    #[error("{{{name}}} has no value")]
    Missing {
        /// The expression.
        name: String,
    },
    /// An inserted value is a list or an object without an id.
    #[error("{{{name}}} is not a text, number or reference")]
    NotText {
        /// The expression.
        name: String,
    },
    /// A path starts with a value that is no ARM id.
    #[error("{{{name}}} stands at the start of a path and is not a reference")]
    NotReference {
        /// The expression.
        name: String,
    },
    /// A brace is open or empty.
    #[error("the text has a brace that does not enclose a name")]
    Braces,
    /// A path could leave the place it names.
    #[error("the path segment {segment:?} is not allowed")]
    UnsafeSegment {
        /// The segment.
        segment: String,
    },
    /// A path does not begin as an ARM path.
    #[error("the path does not begin with a slash or a reference")]
    NotAPath,
    /// An `az` line has open quotes.
    #[error("the az line cannot be split into words")]
    Words,
    /// A value would change the meaning of an `az` word.
    #[error("{{{name}}} begins like an option or a file name, which az would read as one")]
    AzOption {
        /// The expression.
        name: String,
    },
    /// A text is too long.
    #[error("the text is too long")]
    TooLarge,
}

impl Diagnostic for TemplateError {
    fn code(&self) -> &'static str {
        match self {
            Self::Query(error) => error.code(),
            Self::Missing { .. } => "runbook.value_missing",
            Self::NotText { .. } | Self::NotReference { .. } => "runbook.value_type",
            Self::Braces => "runbook.template_invalid",
            Self::UnsafeSegment { .. } => "runbook.unsafe_segment",
            Self::NotAPath => "runbook.path_not_arm",
            Self::Words | Self::AzOption { .. } => "runbook.az_unsafe",
            Self::TooLarge => "runbook.too_large",
        }
    }

    fn severity(&self) -> Severity {
        Severity::Internal
    }

    fn remediation(&self) -> Option<String> {
        Some("Report this to the owner of the runbook; nothing was sent.".to_owned())
    }
}

/// RFC 3986 *unreserved* stays; everything else in a segment is encoded, so `;` becomes `%3B`.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Stands for itself.
    Literal(String),
    /// The expression between the braces.
    Hole(String),
}

/// Fills a path. A reference at the start inserts its whole id; anything else fills one encoded segment or a part of one.
///
/// # Errors
/// A value that is missing, holds a `/` or would make a segment `.`, `..` or empty.
pub fn path(text: &str, scope: &Value) -> Result<String, TemplateError> {
    let pieces = pieces(text)?;
    let mut filled = String::new();
    for (at, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Literal(literal) => {
                literal_of_path(literal)?;
                if at == 1 && matches!(pieces[0], Piece::Hole(_)) && !literal.starts_with('/') {
                    return Err(TemplateError::UnsafeSegment {
                        segment: literal.clone(),
                    });
                }
                filled.push_str(literal);
            }
            Piece::Hole(name) if at == 0 => filled.push_str(&whole_id(name, scope)?),
            Piece::Hole(name) => {
                if at == 1 && matches!(pieces[0], Piece::Hole(_)) {
                    return Err(TemplateError::UnsafeSegment {
                        segment: name.clone(),
                    });
                }
                filled.push_str(&segment(&hole(name, scope)?)?);
            }
        }
    }
    safe(&filled)?;
    Ok(filled)
}

/// Fills a text for people or for a query parameter.
///
/// # Errors
/// A value that is missing or neither text, number, flag nor reference.
pub fn text(text: &str, scope: &Value) -> Result<String, TemplateError> {
    fill(text, |name| hole(name, scope))
}

/// Fills an OData filter: a quote inside a value is doubled, so that it cannot end the literal it stands in.
///
/// # Errors
/// As [`text`].
pub fn filter(text: &str, scope: &Value) -> Result<String, TemplateError> {
    fill(text, |name| Ok(hole(name, scope)?.replace('\'', "''")))
}

/// Fills a body: texts are filled, `{ "$value" = query }` becomes the query's value and null drops its member.
/// `$from` and `$secret` are left as they stand.
///
/// # Errors
/// As [`text`], and when a query has no value.
pub fn body(value: &Value, scope: &Value) -> Result<Value, TemplateError> {
    Ok(filled_body(value, scope, 0)?.unwrap_or(Value::Null))
}

/// Fills an `az` line: split into words first, then filled, then each word quoted for a POSIX shell.
///
/// # Errors
/// As [`text`]; open quotes; a value at the start of a word that begins with `-` or `@`.
pub fn az(line: &str, scope: &Value) -> Result<String, TemplateError> {
    let mut words = Vec::new();
    for word in az_words(line)? {
        let pieces = pieces(&word)?;
        if let Some(Piece::Hole(name)) = pieces.first()
            && hole(name, scope)?.starts_with(['-', '@'])
        {
            return Err(TemplateError::AzOption { name: name.clone() });
        }
        let filled = fill(&word, |name| hole(name, scope))?;
        words.push(
            shlex::try_quote(&filled)
                .map_err(|_| TemplateError::Words)?
                .into_owned(),
        );
    }
    Ok(words.join(" "))
}

/// Splits an `az` line as a POSIX shell would, before anything is filled.
pub(crate) fn az_words(line: &str) -> Result<Vec<String>, TemplateError> {
    if line.len() > limits::TEXT_BYTES {
        return Err(TemplateError::TooLarge);
    }
    shlex::split(line).ok_or(TemplateError::Words)
}

/// Splits a text into what stands for itself and what is filled.
pub(crate) fn pieces(text: &str) -> Result<Vec<Piece>, TemplateError> {
    if text.len() > limits::TEXT_BYTES {
        return Err(TemplateError::TooLarge);
    }
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        literal.push_str(&rest[..at]);
        let brace = &rest[at..at + 1];
        let after = &rest[at + 1..];
        if let Some(doubled) = after.strip_prefix(brace) {
            literal.push_str(brace);
            rest = doubled;
            continue;
        }
        let (name, after) = after.split_once('}').ok_or(TemplateError::Braces)?;
        if brace == "}" || name.trim().is_empty() || name.contains('{') {
            return Err(TemplateError::Braces);
        }
        if !literal.is_empty() {
            pieces.push(Piece::Literal(std::mem::take(&mut literal)));
        }
        pieces.push(Piece::Hole(name.trim().to_owned()));
        rest = after;
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    Ok(pieces)
}

/// Refuses a literal part of a path that is more than plain segments.
pub(crate) fn literal_of_path(literal: &str) -> Result<(), TemplateError> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/-._~$".contains(&b);
    if literal.bytes().all(plain) && !literal.contains("//") {
        return Ok(());
    }
    Err(TemplateError::UnsafeSegment {
        segment: literal.chars().take(100).collect(),
    })
}

/// Refuses a path with an empty, `.` or `..` segment; one slash at the end is kept, lists of the secondary need it.
pub(crate) fn safe(path: &str) -> Result<(), TemplateError> {
    let Some(inside) = path.strip_prefix('/') else {
        return Err(TemplateError::NotAPath);
    };
    for segment in inside.strip_suffix('/').unwrap_or(inside).split('/') {
        if matches!(segment, "" | "." | "..") {
            return Err(TemplateError::UnsafeSegment {
                segment: segment.to_owned(),
            });
        }
    }
    Ok(())
}

fn fill(
    text: &str,
    value: impl Fn(&str) -> Result<String, TemplateError>,
) -> Result<String, TemplateError> {
    let mut filled = String::new();
    for piece in pieces(text)? {
        match piece {
            Piece::Literal(literal) => filled.push_str(&literal),
            Piece::Hole(name) => filled.push_str(&value(&name)?),
        }
    }
    Ok(filled)
}

/// Returns the text form of what stands between braces.
fn hole(name: &str, scope: &Value) -> Result<String, TemplateError> {
    let value = query::inserted(name, scope)?;
    let value = value
        .get("id")
        .filter(|id| id.is_string())
        .unwrap_or(&value);
    match value {
        Value::Null => Err(TemplateError::Missing {
            name: name.to_owned(),
        }),
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(flag) => Ok(flag.to_string()),
        Value::Array(_) | Value::Object(_) => Err(TemplateError::NotText {
            name: name.to_owned(),
        }),
    }
}

/// Returns the encoded id of a reference, as the server spelled it and without a slash at the end.
fn whole_id(name: &str, scope: &Value) -> Result<String, TemplateError> {
    let id = hole(name, scope)?;
    let Some(inside) = id.strip_prefix('/') else {
        return Err(TemplateError::NotReference {
            name: name.to_owned(),
        });
    };
    let mut path = String::new();
    for raw in inside.strip_suffix('/').unwrap_or(inside).split('/') {
        // The server may have encoded its `;` already: decode first, so that nothing is encoded twice.
        let decoded = percent_decode_str(raw).decode_utf8_lossy();
        path.push('/');
        path.push_str(&segment(&decoded)?);
    }
    Ok(path)
}

/// Encodes a value as one segment or a part of one.
fn segment(value: &str) -> Result<String, TemplateError> {
    // A separator that is already encoded would be decoded by some servers on the way.
    let decoded = percent_decode_str(value).decode_utf8_lossy();
    let escapes = |text: &str| text.contains(['/', '\\']) || matches!(text, "" | "." | "..");
    if escapes(value) || escapes(&decoded) || value.chars().any(char::is_control) {
        return Err(TemplateError::UnsafeSegment {
            segment: value.chars().take(100).collect(),
        });
    }
    Ok(utf8_percent_encode(value, SEGMENT).to_string())
}

fn filled_body(value: &Value, scope: &Value, depth: usize) -> Result<Option<Value>, TemplateError> {
    if depth > 2 * limits::DEPTH {
        return Err(TemplateError::TooLarge);
    }
    match value {
        Value::String(template) => Ok(Some(Value::String(text(template, scope)?))),
        Value::Array(list) => {
            let filled: Result<Vec<_>, _> = list
                .iter()
                .map(|element| filled_body(element, scope, depth + 1))
                .collect();
            Ok(Some(Value::Array(filled?.into_iter().flatten().collect())))
        }
        Value::Object(members) => filled_object(members, scope, depth),
        other => Ok(Some(other.clone())),
    }
}

fn filled_object(
    members: &Map<String, Value>,
    scope: &Value,
    depth: usize,
) -> Result<Option<Value>, TemplateError> {
    if let Some(Value::String(query)) = members.get("$value") {
        return Ok(Some(query::run(query, scope)?).filter(|value| !value.is_null()));
    }
    if members.contains_key("$from") || members.contains_key("$secret") {
        return Ok(Some(Value::Object(members.clone())));
    }
    let mut filled = Map::new();
    for (name, member) in members {
        if let Some(value) = filled_body(member, scope, depth + 1)? {
            filled.insert(name.clone(), value);
        }
    }
    Ok(Some(Value::Object(filled)))
}
