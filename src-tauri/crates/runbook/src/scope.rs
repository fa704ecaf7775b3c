//! Where a name is looked up: the members of the scope first, then the names that steps yielded.

use serde_json::{Map, Value};

/// The members of the scope, in the order in which a name is looked up; `names` comes last.
pub(crate) const MEMBERS: [&str; 11] = [
    "item",
    "responses",
    "status",
    "adopted",
    "drill",
    "objectives",
    "who",
    "subscription",
    "tenant",
    "cloud",
    "names",
];

/// Finds the value of a name's first word.
pub(crate) fn find<'a>(word: &str, scope: &'a Value) -> Option<&'a Value> {
    let member = MEMBERS.contains(&word).then(|| scope.get(word)).flatten();
    member.or_else(|| scope.get("names").and_then(|names| names.get(word)))
}

/// Returns one object in which every name and every member is reachable by its first word.
pub(crate) fn flat(scope: &Value) -> Value {
    let mut all = scope
        .get("names")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    for word in MEMBERS {
        if let Some(value) = scope.get(word) {
            all.insert(word.to_owned(), value.clone());
        }
    }
    Value::Object(all)
}

/// Returns the scope's own members as the root of a query.
pub(crate) fn root(scope: &Value) -> Value {
    match scope {
        Value::Object(_) => scope.clone(),
        _ => Value::Object(Map::new()),
    }
}

/// Resolves a plain path such as `vault.properties.list[0].id`; `None` when it is not plain.
///
/// The inner `Option` is empty when the first word is unknown; a missing member further in is null.
pub(crate) fn plain<'a>(path: &str, scope: &'a Value) -> Option<Option<&'a Value>> {
    let parts = split(path)?;
    let Some(mut value) = find(parts.first()?.word()?, scope) else {
        return Some(None);
    };
    for part in &parts[1..] {
        value = match part {
            Part::Word(word) => value.get(word),
            Part::Index(index) => value.get(index),
        }
        .unwrap_or(&Value::Null);
    }
    Some(Some(value))
}

enum Part<'a> {
    Word(&'a str),
    Index(usize),
}

impl<'a> Part<'a> {
    fn word(&self) -> Option<&'a str> {
        match self {
            Self::Word(word) => Some(word),
            Self::Index(_) => None,
        }
    }
}

fn split(path: &str) -> Option<Vec<Part<'_>>> {
    let mut parts = Vec::new();
    for piece in path.split('.') {
        let (word, mut rest) = piece.split_at(piece.find('[').unwrap_or(piece.len()));
        if !is_word(word) {
            return None;
        }
        parts.push(Part::Word(word));
        while !rest.is_empty() {
            let (index, after) = rest.strip_prefix('[')?.split_once(']')?;
            if index.len() > 6 || !index.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            parts.push(Part::Index(index.parse().ok()?));
            rest = after;
        }
    }
    Some(parts)
}

/// Returns whether `text` is an unquoted identifier of a query.
pub(crate) fn is_word(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes
        .next()
        .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
}
