//! Finding entries by kind, person, drill, time and words, a page at a time.

use crate::batch::StoredEntry;
use crate::error::JournalError;
use chrono::{DateTime, Utc};
use drillbook_trust::time;
use rusqlite::{Connection, params_from_iter, types::Value};

/// The most entries of one page.
const MAX_LIMIT: u32 = 1000;

/// Which entries are wanted. What is empty does not restrict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// One of these kinds.
    pub kinds: Vec<String>,
    /// One of these persons or installations.
    pub actors: Vec<String>,
    /// This drill; the empty text for the installation's own entries.
    pub drill: Option<String>,
    /// Not before this time.
    pub from: Option<DateTime<Utc>>,
    /// Before this time.
    pub until: Option<DateTime<Utc>>,
    /// Every one of these words, in any case, anywhere in the kind, the person, the drill or a
    /// value, public or sealed.
    pub text: String,
}

/// Which entry comes first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// The last one.
    #[default]
    NewestFirst,
    /// The first one.
    OldestFirst,
}

/// Which part of what was found is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// How many to pass over.
    pub offset: u64,
    /// How many at most; never more than 1000.
    pub limit: u32,
    /// Which comes first.
    pub order: Order,
}

/// One page of what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// How many there are in all.
    pub total: u64,
    /// Those of the page.
    pub entries: Vec<StoredEntry>,
}

/// Searches within one snapshot.
pub(crate) fn search(
    snapshot: &Connection,
    filter: &Filter,
    page: Page,
) -> Result<Found, JournalError> {
    let (clause, mut values) = clause(filter);
    let count = format!("SELECT count(*) {clause}");
    let total = snapshot
        .prepare_cached(&count)?
        .query_row(params_from_iter(&values), |row| row.get(0))?;
    let order = match page.order {
        Order::NewestFirst => "DESC",
        Order::OldestFirst => "ASC",
    };
    let rows = format!(
        "SELECT entry.seq, entry.leaf, entry.bytes {clause} ORDER BY entry.seq {order} LIMIT ? OFFSET ?"
    );
    values.push(Value::Integer(page.limit.min(MAX_LIMIT).into()));
    values.push(Value::Integer(
        i64::try_from(page.offset).unwrap_or(i64::MAX),
    ));
    let mut statement = snapshot.prepare_cached(&rows)?;
    let mut rows = statement.query(params_from_iter(&values))?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        entries.push(StoredEntry::read(
            snapshot,
            row.get(0)?,
            row.get(1)?,
            row.get(2)?,
        )?);
    }
    Ok(Found { total, entries })
}

fn clause(filter: &Filter) -> (String, Vec<Value>) {
    let mut conditions: Vec<String> = Vec::new();
    let mut values: Vec<Value> = Vec::new();
    for (column, wanted) in [("kind", &filter.kinds), ("actor", &filter.actors)] {
        if !wanted.is_empty() {
            let places = vec!["?"; wanted.len()].join(", ");
            conditions.push(format!("entry.{column} IN ({places})"));
            values.extend(wanted.iter().cloned().map(Value::Text));
        }
    }
    let bounds = [
        ("entry.drill = ?", filter.drill.clone()),
        ("entry.at >= ?", filter.from.map(time::to_text)),
        ("entry.at < ?", filter.until.map(time::to_text)),
    ];
    for (condition, bound) in bounds {
        if let Some(bound) = bound {
            conditions.push(condition.into());
            values.push(Value::Text(bound));
        }
    }
    let words = filter.text.to_lowercase();
    let mut from = String::from("FROM entry");
    if words.split_whitespace().next().is_some() {
        from.push_str(" JOIN entry_text ON entry_text.seq = entry.seq");
    }
    for word in words.split_whitespace() {
        conditions.push("instr(entry_text.text, ?) > 0".into());
        values.push(Value::Text(word.to_owned()));
    }
    if !conditions.is_empty() {
        from.push_str(" WHERE ");
        from.push_str(&conditions.join(" AND "));
    }
    (from, values)
}
