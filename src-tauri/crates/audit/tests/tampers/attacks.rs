//! The attacks of trust.md §5, each on the first, a middle and the last element where it applies, and
//! each as it is and made consistent again by somebody who holds the installation's key only.

mod entries;
mod files;
mod people;

use crate::tools::{Brought, Files, unpacked};
use crate::world::{DRILL, INSTALLATION, Trick, World};
use drillbook_trust::entry::Entry;
use std::sync::OnceLock;

/// Where an attack is made.
pub const PLACES: [&str; 3] = ["first", "middle", "last"];

/// What both verifiers are expected to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Both say that it does not hold.
    Caught,
    /// Neither can know, and the readme says so with this part of a sentence.
    Undetectable(&'static str),
    /// Only `drillbook verify` looks, and the readme says so with this part of a sentence.
    OnlyOurs(&'static str),
}

pub struct Case {
    pub attack: &'static str,
    pub place: &'static str,
    pub form: &'static str,
    pub files: Files,
    pub brought: Brought,
    pub expected: Expected,
}

const AFTER: &str = "entries after the last one that a person's signature witnesses";

/// Positions of the drill's entries that are edited: the first, one in the middle that reviewers
/// witnessed, and the last, which nobody's signature witnesses.
fn positions(world: &World) -> [usize; 3] {
    let own: Vec<usize> = (0..world.entries.len())
        .filter(|seq| entry(world, *seq).drill == DRILL)
        .collect();
    let middle = own
        .iter()
        .copied()
        .find(|seq| entry(world, *seq).kind == "deviation.noted");
    [own[0], middle.unwrap(), *own.last().unwrap()]
}

fn entry(world: &World, seq: usize) -> Entry {
    Entry::from_bytes(&world.entries[seq].bytes).unwrap()
}

fn honest() -> (World, Files) {
    static FILES: OnceLock<Files> = OnceLock::new();
    let world = World::new(Trick::None, 0);
    let files = FILES.get_or_init(|| unpacked(&world.bundle().unwrap()));
    let files = files.clone();
    (world, files)
}

fn lines(files: &Files, name: &str) -> Vec<String> {
    let text = String::from_utf8(files[name].clone()).unwrap();
    text.lines().map(str::to_owned).collect()
}

fn put(files: &mut Files, name: &str, lines: &[String]) {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    files.insert(name.into(), text.into_bytes());
}

/// Returns the line of the journal that holds an entry.
fn line_of(files: &Files, seq: usize) -> usize {
    let wanted = format!("\"seq\":{seq},");
    lines(files, "journal.jsonl")
        .iter()
        .position(|line| line.contains(&wanted))
        .unwrap()
}

pub fn all() -> Vec<Case> {
    let mut cases = Vec::new();
    for place in 0..3 {
        entries::edit(place, &mut cases);
        entries::delete(place, &mut cases);
        entries::reorder(place, &mut cases);
        files::added(place, &mut cases);
        files::missing(place, &mut cases);
        files::evidence(place, &mut cases);
        files::disclosure(place, &mut cases);
        entries::clock(place, &mut cases);
        people::approvals(place, &mut cases);
    }
    entries::truncate(&mut cases);
    entries::rollback(&mut cases);
    files::report(&mut cases);
    files::texts(&mut cases);
    people::keys(&mut cases);
    people::policy(&mut cases);
    people::sent(&mut cases);
    people::aftermath(&mut cases);
    people::stamps(&mut cases);
    files::version(&mut cases);
    entries::relabelled(&mut cases);
    cases
}

struct Form<'a> {
    attack: &'static str,
    place: usize,
    cases: &'a mut Vec<Case>,
}

impl Form<'_> {
    fn push(&mut self, form: &'static str, files: Files, brought: Brought, expected: Expected) {
        let (attack, place) = (self.attack, PLACES[self.place]);
        self.cases.push(Case {
            attack,
            place,
            form,
            files,
            brought,
            expected,
        });
    }

    fn plain(&mut self, files: Files) {
        self.push("as it is", files, Brought::default(), Expected::Caught);
    }

    fn consistent(&mut self, files: Files, expected: Expected) {
        self.push("consistent", files, Brought::default(), expected);
    }
}

fn form<'a>(attack: &'static str, place: usize, cases: &'a mut Vec<Case>) -> Form<'a> {
    Form {
        attack,
        place,
        cases,
    }
}

/// The last entry is witnessed by no person: whoever holds the installation's key can change it.
fn unless_last(place: usize) -> Expected {
    if place == 2 {
        Expected::Undetectable(AFTER)
    } else {
        Expected::Caught
    }
}
