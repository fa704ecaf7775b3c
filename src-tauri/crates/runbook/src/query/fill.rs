//! Inserts `{name…}` into a query as JSON literals.

use crate::limits;
use crate::query::{self, QueryError};
use crate::scope;
use serde_json::Value;

/// A piece of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Text<'a> {
    /// A quoted string, quoted identifier or literal, with its quotes.
    Quoted(&'a str),
    /// Any other character.
    Char(char),
}

/// Splits a query into quoted pieces and single characters, each with its byte position.
pub(super) fn tokens(query: &str) -> impl Iterator<Item = (usize, Text<'_>)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at;
        let first = query[start..].chars().next()?;
        at += first.len_utf8();
        if !matches!(first, '\'' | '"' | '`') {
            return Some((start, Text::Char(first)));
        }
        let mut escaped = false;
        for c in query[at..].chars() {
            at += c.len_utf8();
            if !escaped && c == first {
                break;
            }
            escaped = !escaped && c == '\\';
        }
        Some((start, Text::Quoted(&query[start..at])))
    })
}

/// Replaces every insertion by its value in `scope`.
pub(super) fn fill(query: &str, scope: &Value) -> Result<String, QueryError> {
    replace(query, |expression| literal(&value(expression, scope)?))
}

/// Replaces every insertion by `null`, and returns the inserted expressions.
pub(super) fn neutral(query: &str) -> Result<(String, Vec<String>), QueryError> {
    let mut inserted = Vec::new();
    let text = replace(query, |expression| {
        inserted.push(expression.to_owned());
        Ok("`null`".to_owned())
    })?;
    Ok((text, inserted))
}

/// Returns the value of the expression between `{` and `}`.
pub(crate) fn value(expression: &str, scope: &Value) -> Result<Value, QueryError> {
    match scope::plain(expression, scope) {
        Some(Some(value)) => Ok(value.clone()),
        Some(None) => Err(QueryError::UnknownName {
            name: expression.chars().take(200).collect(),
        }),
        None => query::expression(expression, scope),
    }
}

/// Writes a value as a literal; a back-tick inside is escaped as JSON, so that no rule of quoting applies.
fn literal(value: &Value) -> Result<String, QueryError> {
    Ok(format!("`{}`", value.to_string().replace('`', "\\u0060")))
}

fn replace(
    query: &str,
    mut with: impl FnMut(&str) -> Result<String, QueryError>,
) -> Result<String, QueryError> {
    if query.len() > limits::QUERY_BYTES {
        return Err(QueryError::TooLarge { what: "its length" });
    }
    let mut filled = String::with_capacity(query.len());
    let mut after = 0;
    for (at, token) in tokens(query) {
        if at < after {
            continue;
        }
        match token {
            Text::Char('{') => match insertion(&query[at + 1..]) {
                Some(expression) => {
                    filled.push_str(&with(expression.trim())?);
                    after = at + expression.len() + 2;
                }
                None => filled.push('{'),
            },
            Text::Char(c) => filled.push(c),
            Text::Quoted(text) => filled.push_str(text),
        }
        if filled.len() > limits::FILLED_QUERY_BYTES {
            return Err(QueryError::TooLarge {
                what: "its length after substitution",
            });
        }
    }
    Ok(filled)
}

/// Returns what stands before the closing brace, when no colon stands there too.
fn insertion(rest: &str) -> Option<&str> {
    for (at, token) in tokens(rest) {
        match token {
            Text::Char('}') => return (!rest[..at].trim().is_empty()).then(|| &rest[..at]),
            Text::Char(':' | '{') => return None,
            _ => {}
        }
    }
    None
}
