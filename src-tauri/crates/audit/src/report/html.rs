//! Writing HTML: every text from the journal goes through [`text`], every statement cites its entry.

use chrono::{DateTime, Utc};
use std::fmt::Write as _;

/// Escapes a text; characters that would change how others are shown become visible.
pub(super) fn text(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    for c in raw.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}'..='\u{200f}' => {
                out.push('\u{fffd}');
            }
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// Returns the citations of entries.
pub(super) fn cite(entries: &[u64]) -> String {
    let mut out = String::new();
    for seq in entries {
        let _ = write!(out, " <a class=\"cite\" href=\"#e{seq}\">[{seq}]</a>");
    }
    out
}

/// Returns a time as people read it; the whole report is in UTC.
pub(super) fn time(at: DateTime<Utc>) -> String {
    let machine = at.format("%Y-%m-%dT%H:%M:%SZ");
    format!(
        "<time datetime=\"{machine}\" class=\"nowrap\">{}</time>",
        at.format("%Y-%m-%d %H:%M:%S")
    )
}

/// Returns a time that the journal holds as text, as people read it.
pub(super) fn moment(raw: &str) -> String {
    drillbook_trust::time::parse(raw).map_or_else(|| text(raw), time)
}

/// Returns a number of seconds as people read it.
pub(super) fn span(seconds: u64) -> String {
    let (days, hours) = (seconds / 86_400, seconds / 3600 % 24);
    let (minutes, rest) = (seconds / 60 % 60, seconds % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{rest} s"),
        (0, 0, _) => format!("{minutes} min {rest} s"),
        (0, ..) => format!("{hours} h {minutes} min {rest} s"),
        _ => format!("{days} d {hours} h {minutes} min"),
    }
}

/// A table under construction.
pub(super) struct Table(String, bool);

impl Table {
    pub(super) fn new(caption: &str, heads: &[&str]) -> Self {
        let heads: String = heads
            .iter()
            .map(|head| format!("<th scope=\"col\">{head}</th>"))
            .collect();
        Self(
            format!("<table><caption>{caption}</caption><thead><tr>{heads}</tr></thead><tbody>\n"),
            true,
        )
    }

    /// Adds a row of cells that are HTML already.
    pub(super) fn row(&mut self, cells: &[String]) {
        self.1 = false;
        let cells: String = cells
            .iter()
            .map(|cell| format!("<td>{cell}</td>"))
            .collect();
        let _ = writeln!(self.0, "<tr>{cells}</tr>");
    }

    /// Returns the table, or a sentence when it has no row.
    pub(super) fn or(self, nothing: &str) -> String {
        if self.1 {
            format!("<p>{nothing}</p>\n")
        } else {
            self.0 + "</tbody></table>\n"
        }
    }
}

/// Returns a list of items that are HTML already, or a sentence when there are none.
pub(super) fn list(items: &[String], nothing: &str) -> String {
    if items.is_empty() {
        return format!("<p>{nothing}</p>\n");
    }
    let items: String = items
        .iter()
        .map(|item| format!("<li>{item}</li>\n"))
        .collect();
    format!("<ul>\n{items}</ul>\n")
}
