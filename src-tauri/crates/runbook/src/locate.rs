//! Finds the line and column of a member, so that a problem can point at it.

use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One word of the way from the document's root to a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Key {
    /// A member of a table.
    Name(String),
    /// An element of a list.
    At(usize),
}

impl From<&str> for Key {
    fn from(name: &str) -> Self {
        Self::Name(name.to_owned())
    }
}

impl From<usize> for Key {
    fn from(at: usize) -> Self {
        Self::At(at)
    }
}

/// Returns the bytes of the deepest member of `path` that exists.
pub(crate) fn span(root: &Spanned<DeTable<'_>>, path: &[Key]) -> Range<usize> {
    let mut best = 0..0;
    let mut table = Some(root.get_ref());
    let mut value: Option<&DeValue<'_>> = None;
    for key in path {
        let next = match (key, table, value) {
            (Key::Name(name), Some(table), _) => table.get(name.as_str()),
            (Key::At(at), None, Some(DeValue::Array(list))) => list.get(*at),
            _ => None,
        };
        let Some(found) = next else { break };
        best = found.span();
        value = Some(found.get_ref());
        table = match found.get_ref() {
            DeValue::Table(inner) => Some(inner),
            _ => None,
        };
    }
    best
}

/// Returns line and column (in characters), both from 1, of a byte offset.
pub(crate) fn position(text: &str, offset: usize) -> (usize, usize) {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = &text[..offset];
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    (
        before.matches('\n').count() + 1,
        before[start..].chars().count() + 1,
    )
}
