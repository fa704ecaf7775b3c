//! Attacks on the log: entries edited, taken out, moved, and logs cut short or rolled back.

use super::*;
use crate::tools::{resign, unpacked};
use crate::world::{MAYA, OTHER};

pub(super) fn edit(place: usize, cases: &mut Vec<Case>) {
    let mut form = form("edited entry", place, cases);
    let (mut world, mut files) = honest();
    let seq = positions(&world)[place];
    let mut entry = entry(&world, seq);
    entry.at = entry.at.replace("007Z", "008Z").replace(":13.", ":14.");
    let mut digits: Vec<char> = entry.at.chars().collect();
    digits[22] = if digits[22] == '9' { '8' } else { '9' };
    entry.at = digits.into_iter().collect();
    let mut text = lines(&files, "journal.jsonl");
    text[line_of(&files, seq)] = String::from_utf8(entry.to_bytes().unwrap()).unwrap();
    put(&mut files, "journal.jsonl", &text);
    form.plain(files);
    world.entries[seq].bytes = entry.to_bytes().unwrap();
    let sizes = world.sizes();
    world.relink(&sizes);
    form.consistent(unpacked(&world.bundle().unwrap()), unless_last(place));
}

/// Numbers the entries anew after one was taken out or two changed places.
fn renumber(world: &mut World) {
    for (number, one) in world.entries.iter_mut().enumerate() {
        let mut entry = Entry::from_bytes(&one.bytes).unwrap();
        entry.seq = number as u64;
        one.bytes = entry.to_bytes().unwrap();
    }
}

pub(super) fn delete(place: usize, cases: &mut Vec<Case>) {
    let mut form = form("deleted entry", place, cases);
    let (mut world, mut files) = honest();
    // The opening cannot be taken out without taking the drill out, so the entry after it is.
    let seq = positions(&world)[place] + usize::from(place == 0);
    let mut text = lines(&files, "journal.jsonl");
    text.remove(line_of(&files, seq));
    put(&mut files, "journal.jsonl", &text);
    form.plain(files);
    world.entries.remove(seq);
    renumber(&mut world);
    let sizes = world.sizes();
    world.relink(&sizes);
    form.consistent(unpacked(&world.bundle().unwrap()), unless_last(place));
}

pub(super) fn reorder(place: usize, cases: &mut Vec<Case>) {
    let mut form = form("reordered entries", place, cases);
    let (mut world, mut files) = honest();
    let seq = [3, positions(&world)[1] - 1, positions(&world)[2] - 2][place];
    let mut text = lines(&files, "journal.jsonl");
    let line = line_of(&files, seq);
    text.swap(line, line + 1);
    put(&mut files, "journal.jsonl", &text);
    form.plain(files);
    let (early, late) = (entry(&world, seq).at, entry(&world, seq + 1).at);
    world.entries.swap(seq, seq + 1);
    for (number, at) in [(seq, early), (seq + 1, late)] {
        let mut entry = entry(&world, number);
        entry.at = at;
        world.entries[number].bytes = entry.to_bytes().unwrap();
    }
    renumber(&mut world);
    let sizes = world.sizes();
    world.relink(&sizes);
    form.consistent(unpacked(&world.bundle().unwrap()), unless_last(place));
}

pub(super) fn truncate(cases: &mut Vec<Case>) {
    let mut form = form("cut short", 2, cases);
    let (mut world, mut files) = honest();
    let mut text = lines(&files, "leaves.txt");
    text.truncate(text.len() - 3);
    put(&mut files, "leaves.txt", &text);
    form.plain(files);
    let length = world.entries.len() - 3;
    world.entries.truncate(length);
    let sizes = world.sizes();
    world.relink(&sizes);
    let expected = Expected::Undetectable("the log can be cut short");
    form.consistent(unpacked(&world.bundle().unwrap()), expected);
}

pub(super) fn rollback(cases: &mut Vec<Case>) {
    let mut form = form("rolled back, with --earlier", 2, cases);
    let (mut world, files) = honest();
    let mut newest = files
        .keys()
        .filter(|name| name.starts_with("checkpoints/") && name.ends_with(".txt"));
    let kept = files[newest.next_back().unwrap()].clone();
    let length = world.entries.len() - 3;
    world.entries.truncate(length);
    let sizes = world.sizes();
    world.relink(&sizes);
    let rolled = unpacked(&world.bundle().unwrap());
    let brought = Brought {
        signers: None,
        earlier: Some(kept.clone()),
        folder: false,
    };
    form.push("consistent", rolled, brought.clone(), Expected::Caught);
    // Rolled back and played on: as long as the one that was kept, but another log.
    for _ in 0..3 {
        let event = drillbook_core::Event::NoteAdded {
            step: "review".into(),
            text: "x".into(),
        };
        world.append(DRILL, MAYA, event);
    }
    world.relink(&sizes);
    let rolled = unpacked(&world.bundle().unwrap());
    form.push("played on", rolled, brought, Expected::Caught);
}

pub(super) fn clock(place: usize, cases: &mut Vec<Case>) {
    let mut form = form("clock gone back", place, cases);
    let (mut world, mut files) = honest();
    let seq = positions(&world)[place];
    let mut entry = entry(&world, seq);
    entry.at = "2026-11-20T00:00:00.000Z".into();
    let mut text = lines(&files, "journal.jsonl");
    text[line_of(&files, seq)] = String::from_utf8(entry.to_bytes().unwrap()).unwrap();
    put(&mut files, "journal.jsonl", &text);
    form.plain(files);
    world.entries[seq].bytes = entry.to_bytes().unwrap();
    let sizes = world.sizes();
    world.relink(&sizes);
    form.consistent(unpacked(&world.bundle().unwrap()), Expected::Caught);
}

/// An entry is left out of the bundle and said to be another drill's.
pub(super) fn relabelled(cases: &mut Vec<Case>) {
    let mut form = form("entry said to be another drill's", 1, cases);
    let (mut world, _) = honest();
    let seq = positions(&world)[1];
    let mut files = unpacked(&world.bundle().unwrap());
    let mut text = lines(&files, "journal.jsonl");
    text.remove(line_of(&files, seq));
    put(&mut files, "journal.jsonl", &text);
    let prefix = format!("{seq} ");
    let mut shown = lines(&files, "disclosures.txt");
    shown.retain(|line| !line.starts_with(&prefix));
    put(&mut files, "disclosures.txt", &shown);
    form.plain(files.clone());
    // drills.txt is made to fit, and the report is rendered without the entry.
    let mut entry = entry(&world, seq);
    entry.drill = OTHER.into();
    world.entries[seq].bytes = entry.to_bytes().unwrap();
    let sizes = world.sizes();
    let leaf = world.leaves[seq];
    world.relink(&sizes);
    let mut fits = unpacked(&world.bundle().unwrap());
    let _ = (leaf, INSTALLATION);
    let truth = honest().1;
    for name in truth
        .keys()
        .filter(|name| name.starts_with("checkpoints/") || *name == "leaves.txt")
    {
        fits.insert(name.clone(), truth[name].clone());
    }
    resign(&mut fits, &world);
    form.consistent(
        fits,
        Expected::Undetectable("said to be another drill's in drills.txt"),
    );
}
