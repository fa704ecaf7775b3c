//! The log as the bundle shows it: leaves, entries, sealed values, and whose which entries are.

use super::files::{Files, MAX_TEXT};
use super::{Findings, Stop, Withheld};
use crate::audience::Audience;
use crate::fact::Fact;
use drillbook_trust::digest::Digest;
use drillbook_trust::disclosure::{Disclosure, Value, commitment_of};
use drillbook_trust::entry::Entry;
use drillbook_trust::merkle::{leaf_hash, root_of};
use std::collections::{BTreeMap, BTreeSet};

/// The most entries of a log that are looked at.
const MAX_LEAVES: usize = 1 << 24;

pub(super) struct Log {
    pub(super) audience: Audience,
    /// Of its last entry: a restored log has had others.
    pub(super) origin: String,
    pub(super) drill: String,
    pub(super) leaves: Vec<Digest>,
    pub(super) facts: Vec<Fact>,
}

impl Log {
    /// Returns the entries of the drill.
    pub(super) fn own(&self) -> impl DoubleEndedIterator<Item = &Fact> {
        self.facts
            .iter()
            .filter(|fact| fact.entry.drill == self.drill)
    }
}

pub(super) fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.strip_suffix('\n').unwrap_or(text).split('\n')
}

pub(super) fn read(
    files: &mut Files<'_>,
    audience: Audience,
    findings: &mut Findings,
) -> Result<Log, Stop> {
    let leaves = leaves(files)?;
    let mut facts = journal(files, &leaves, findings)?;
    disclosures(files, audience, &mut facts, findings)?;
    let drills: BTreeSet<&str> = facts
        .iter()
        .map(|fact| fact.entry.drill.as_str())
        .filter(|id| !id.is_empty())
        .collect();
    let (Some(drill), 1) = (drills.first(), drills.len()) else {
        return Err(Stop::malformed(
            "journal.jsonl",
            "does not hold exactly one drill",
        ));
    };
    let drill = (*drill).to_owned();
    let origin = facts
        .last()
        .map(|fact| fact.entry.log.clone())
        .unwrap_or_default();
    Ok(Log {
        audience,
        origin,
        drill,
        leaves,
        facts,
    })
}

fn leaves(files: &mut Files<'_>) -> Result<Vec<Digest>, Stop> {
    let text = files.text("leaves.txt", MAX_TEXT)?;
    let mut leaves = Vec::new();
    for line in lines(&text) {
        let leaf = Digest::from_hex(line).map_err(|why| Stop::malformed("leaves.txt", why))?;
        leaves.push(leaf);
        if leaves.len() > MAX_LEAVES {
            return Err(Stop::malformed("leaves.txt", "is longer than any log"));
        }
    }
    Ok(leaves)
}

fn journal(
    files: &mut Files<'_>,
    leaves: &[Digest],
    findings: &mut Findings,
) -> Result<Vec<Fact>, Stop> {
    let text = files.text("journal.jsonl", MAX_TEXT)?;
    let mut facts: Vec<Fact> = Vec::new();
    for line in lines(&text) {
        let entry = Entry::from_bytes(line.as_bytes())
            .map_err(|why| Stop::malformed("journal.jsonl", format!("{why} ({})", facts.len())))?;
        let (seq, leaf) = (entry.seq, leaf_hash(line.as_bytes()));
        let place = usize::try_from(seq).ok().and_then(|seq| leaves.get(seq));
        findings.entry(
            place == Some(&leaf),
            "journal.leaf",
            seq,
            "is not the one in leaves.txt",
        );
        match facts.last() {
            Some(last) => {
                let last = &last.entry;
                findings.entry(last.seq < seq, "journal.order", seq, "is out of order");
                findings.entry(
                    last.at <= entry.at,
                    "journal.time",
                    seq,
                    "is before the one before",
                );
                let same = match entry.kind.as_str() {
                    "log.continued" => continues(&entry, last, leaves),
                    _ => last.log == entry.log,
                };
                findings.entry(same, "journal.origin", seq, "is of another log");
            }
            None => findings.entry(
                seq == 0 && entry.kind == "installation.created",
                "journal.incomplete",
                seq,
                "is not the founding of the log",
            ),
        }
        facts.push(Fact {
            entry,
            leaf,
            shown: BTreeMap::new(),
            withheld: BTreeSet::new(),
            commitments: BTreeMap::new(),
        });
    }
    Ok(facts)
}

/// Whether an entry names the log that it goes on from, as that log is here.
fn continues(entry: &Entry, last: &Entry, leaves: &[Digest]) -> bool {
    let said = |name: &str| entry.public.get(name).and_then(Value::as_text);
    let before = usize::try_from(entry.seq).ok();
    let root = before.and_then(|size| leaves.get(..size)).map(root_of);
    entry.drill.is_empty()
        && said("predecessor") == Some(&last.log)
        && entry.public.get("size").and_then(Value::as_int) == i64::try_from(entry.seq).ok()
        && said("root") == root.map(|root| root.to_string()).as_deref()
}

/// Returns what `disclosures.txt` lists as withheld, by the entry's own commitments.
pub(super) fn withheld(files: &mut Files<'_>) -> Result<BTreeSet<Withheld>, Stop> {
    let malformed = || Stop::malformed("disclosures.txt", "holds a line of no known form");
    let mut listed = BTreeSet::new();
    for line in lines(&files.text("disclosures.txt", MAX_TEXT)?) {
        if let [seq, "withheld", commitment, _] = line.split(' ').collect::<Vec<_>>()[..] {
            let seq: u64 = seq.parse().map_err(|_| malformed())?;
            listed.insert((seq, commitment.to_owned()));
        }
    }
    let mut all = BTreeSet::new();
    for line in lines(&files.text("journal.jsonl", MAX_TEXT)?) {
        let entry = Entry::from_bytes(line.as_bytes())
            .map_err(|why| Stop::malformed("journal.jsonl", why))?;
        for commitment in entry.sealed {
            if listed.contains(&(entry.seq, commitment.clone())) {
                all.insert(Withheld {
                    log: entry.log.clone(),
                    entry: entry.seq,
                    commitment,
                });
            }
        }
    }
    Ok(all)
}

fn disclosures(
    files: &mut Files<'_>,
    audience: Audience,
    facts: &mut [Fact],
    findings: &mut Findings,
) -> Result<(), Stop> {
    let text = files.text("disclosures.txt", MAX_TEXT)?;
    let mut left: BTreeSet<(u64, String)> = BTreeSet::new();
    let mut place = BTreeMap::new();
    for (number, fact) in facts.iter().enumerate() {
        place.insert(fact.entry.seq, number);
        left.extend(
            fact.entry
                .sealed
                .iter()
                .map(|one| (fact.entry.seq, one.clone())),
        );
    }
    for line in lines(&text).filter(|line| !line.is_empty()) {
        let malformed = || Stop::malformed("disclosures.txt", "holds a line of no known form");
        let words: Vec<&str> = line.split(' ').collect();
        let seq: u64 = words[0].parse().map_err(|_| malformed())?;
        let fact = place
            .get(&seq)
            .map(|number| &mut facts[*number])
            .ok_or_else(malformed)?;
        let (seal, withheld) = match words[..] {
            [_, "shown", text] => (commitment_of(text), None),
            [_, "withheld", commitment, name] => (commitment.to_owned(), Some(name)),
            _ => return Err(malformed()),
        };
        if !left.remove(&(seq, seal.clone())) {
            findings.entry(
                false,
                "disclosure.altered",
                seq,
                "has a value that was not recorded",
            );
            continue;
        }
        match withheld {
            Some(name) => {
                fact.commitments.insert(name.to_owned(), seal);
                hide(fact, name, audience, findings);
            }
            None => show(fact, (words[2], seal), findings)?,
        }
    }
    for (seq, _) in left {
        findings.entry(
            false,
            "disclosure.missing",
            seq,
            "lacks a value that was dropped",
        );
    }
    Ok(())
}

fn hide(fact: &mut Fact, name: &str, audience: Audience, findings: &mut Findings) {
    let seq = fact.entry.seq;
    let may = audience.may_lack(&fact.entry.kind, name);
    findings.entry(may, "disclosure.withheld", seq, "hides what must be shown");
    let once = fact.withheld.insert(name.to_owned());
    findings.entry(
        once,
        "disclosure.withheld",
        seq,
        "hides two values of one name",
    );
}

fn show(
    fact: &mut Fact,
    (encoded, seal): (&str, String),
    findings: &mut Findings,
) -> Result<(), Stop> {
    let seq = fact.entry.seq;
    let shown = Disclosure::decode(encoded).map_err(|why| Stop::entry(seq, why))?;
    fact.commitments.insert(shown.name.clone(), seal);
    let public = fact.entry.public.contains_key(&shown.name);
    let twice = public || fact.shown.insert(shown.name, shown.value).is_some();
    findings.entry(
        !twice,
        "disclosure.twice",
        seq,
        "has two values of one name",
    );
    Ok(())
}

/// Checks `drills.txt`: every entry of the log belongs to exactly one line of it, and this drill's
/// entries are all here.
pub(super) fn drills(
    files: &mut Files<'_>,
    log: &Log,
    findings: &mut Findings,
) -> Result<(), Stop> {
    let text = files.text("drills.txt", MAX_TEXT)?;
    let malformed = || Stop::malformed("drills.txt", "holds a line of no known form");
    let mut owned = vec![false; log.leaves.len()];
    let mut listed = false;
    for line in lines(&text) {
        let words: Vec<&str> = line.split('\t').collect();
        let [name, opened, state, first, last, spans] = words[..] else {
            return Err(malformed());
        };
        let own = counted(spans, &mut owned, findings)?;
        let ends = (
            own.first().map(u64::to_string),
            own.last().map(u64::to_string),
        );
        let named = ends == (Some(first.to_owned()), Some(last.to_owned()));
        findings.file(
            named,
            "drills.coverage",
            "drills.txt",
            "names the wrong first or last",
        );
        if name == "-" || name == log.drill {
            let id = if name == "-" { "" } else { name };
            let here = log.facts.iter().filter(|fact| fact.entry.drill == id);
            let here = here.map(|fact| fact.entry.seq).eq(own.iter().copied());
            let why = format!("does not hold exactly the entries of {name}");
            findings.file(here, "journal.incomplete", "journal.jsonl", &why);
        }
        if name == log.drill {
            listed = true;
            let said = (Some(opened), state) == (log.own().next().map(|f| &*f.entry.at), end(log));
            findings.file(
                said,
                "drills.differs",
                "drills.txt",
                "lists the drill falsely",
            );
        }
    }
    let all = listed && owned.iter().all(|one| *one);
    findings.file(
        all,
        "drills.coverage",
        "drills.txt",
        "leaves entries to no drill",
    );
    Ok(())
}

/// Reads the entries of one line, such as `2-6,8`, and marks them as owned.
fn counted(spans: &str, owned: &mut [bool], findings: &mut Findings) -> Result<Vec<u64>, Stop> {
    let malformed = || Stop::malformed("drills.txt", "holds a line of no known form");
    let mut fits = true;
    let mut own: Vec<u64> = Vec::new();
    for span in spans.split(',') {
        let (low, high) = span.split_once('-').unwrap_or((span, span));
        let low: u64 = low.parse().map_err(|_| malformed())?;
        let high: u64 = high.parse().map_err(|_| malformed())?;
        if own.len() > owned.len() {
            return Err(malformed());
        }
        let end = high.min(owned.len() as u64 - 1);
        fits &= high == end && low <= high;
        for seq in low..=end {
            fits &= !std::mem::replace(&mut owned[usize::try_from(seq).unwrap_or(0)], true);
            own.push(seq);
        }
    }
    findings.file(fits, "drills.coverage", "drills.txt", "miscounts entries");
    Ok(own)
}

/// Returns how the drill ended, or `open`.
pub(super) fn end(log: &Log) -> &str {
    let mut ends = log.own().filter(|fact| fact.entry.kind == "drill.ended");
    ends.next_back()
        .and_then(|fact| fact.text("end"))
        .unwrap_or("open")
}
