//! What others found who read again, under their own login, what the drill had read.

use super::html::{cite, list, moment, text};
use crate::fact::Fact;
use drillbook_trust::digest::Digest;
use drillbook_trust::document::{Compared, SecondReading, parse_signed};
use std::collections::BTreeMap;

/// Returns the section; nothing when nobody read again.
pub(super) fn readings<'a>(
    own: impl Iterator<Item = &'a Fact>,
    documents: &BTreeMap<Digest, Vec<u8>>,
) -> String {
    let recorded = own.filter(|fact| fact.entry.kind == "reading.recorded");
    let items: Vec<String> = recorded.map(|fact| told(fact, documents)).collect();
    if items.is_empty() {
        return String::new();
    }
    format!(
        "<section aria-labelledby=\"second\"><h2 id=\"second\">Second readings</h2>\n\
         <p>Another person asked Azure again what this drill had asked, under a login of their own, and signed what \
         differs from what the operator’s computer recorded. A difference is no proof of a lie: things change.</p>\n\
         {}</section>\n",
        list(&items, "")
    )
}

fn told(fact: &Fact, documents: &BTreeMap<Digest, Vec<u8>>) -> String {
    let word = |name: &str| text(fact.text(name).unwrap_or_default());
    let bytes = fact.digest("reading").and_then(|one| documents.get(&one));
    let read = bytes.and_then(|bytes| parse_signed::<SecondReading>(bytes, Vec::new()).ok());
    let who = format!("{}{}", word("person"), cite(&[fact.entry.seq]));
    let Some(read) = read.as_ref().map(|read| read.value()) else {
        return who;
    };
    let count = |one| read.count(one);
    let changed = read.reads.iter();
    let changed = changed.filter(|one| one.verdict == Compared::Changed);
    let fields = changed.map(|one| {
        let fields = one.fields.iter().map(|field| text(field));
        let fields: Vec<String> = fields.collect();
        format!("<code>{}</code>{}", fields.join(", "), cite(&[one.entry]))
    });
    let fields: Vec<String> = fields.collect();
    let (class, changed) = match fields.is_empty() {
        true => ("good", "nothing contradicts what was recorded".to_owned()),
        false => ("bad", format!("{} differ", count(Compared::Changed))),
    };
    let differs = if fields.is_empty() {
        String::new()
    } else {
        list(&fields, "")
    };
    format!(
        "{who}, {}, as the identity <code>{}</code>: {} the same, {} moved with time, \
         <span class=\"{class}\">{changed}</span>, {} not readable any more, {} not shown in the bundle.{differs}",
        moment(&drillbook_trust::time::to_text(read.read_at)),
        text(&read.object_id),
        count(Compared::Same),
        count(Compared::Moved),
        count(Compared::Unreadable),
        count(Compared::Hidden),
    )
}
