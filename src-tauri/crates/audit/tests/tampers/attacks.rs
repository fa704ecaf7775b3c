//! The attacks of trust.md §5, each on the first, a middle and the last element where it applies, and
//! each as it is and made consistent again by somebody who holds the installation's key only.

use crate::tools::{Brought, Files, resign, unpacked};
use crate::world::{DRILL, INSTALLATION, MAYA, OTHER, Trick, World};
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
        edit(place, &mut cases);
        delete(place, &mut cases);
        reorder(place, &mut cases);
        added(place, &mut cases);
        missing(place, &mut cases);
        evidence(place, &mut cases);
        disclosure(place, &mut cases);
        clock(place, &mut cases);
        approvals(place, &mut cases);
    }
    truncate(&mut cases);
    rollback(&mut cases);
    report(&mut cases);
    texts(&mut cases);
    keys(&mut cases);
    policy(&mut cases);
    sent(&mut cases);
    relabelled(&mut cases);
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

fn edit(place: usize, cases: &mut Vec<Case>) {
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

fn delete(place: usize, cases: &mut Vec<Case>) {
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

fn reorder(place: usize, cases: &mut Vec<Case>) {
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

fn truncate(cases: &mut Vec<Case>) {
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

fn rollback(cases: &mut Vec<Case>) {
    let mut form = form("rolled back, with --earlier", 2, cases);
    let (mut world, files) = honest();
    let newest = files
        .keys()
        .filter(|name| name.starts_with("checkpoints/") && name.ends_with(".txt"));
    let kept = files[newest.last().unwrap()].clone();
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

fn added(place: usize, cases: &mut Vec<Case>) {
    let mut form = form("added file", place, cases);
    let (world, mut files) = honest();
    let hex = "0".repeat(64);
    let name = ["evidence/", "docs/", ""][place];
    let name = if place == 2 {
        "zz.txt".to_owned()
    } else {
        format!("{name}{hex}")
    };
    files.insert(
        if place == 1 {
            format!("{name}.json")
        } else {
            name
        },
        b"{}".to_vec(),
    );
    form.plain(files.clone());
    resign(&mut files, &world);
    form.consistent(files, Expected::Caught);
}

fn missing(place: usize, cases: &mut Vec<Case>) {
    let mut form = form("missing file", place, cases);
    let (world, mut files) = honest();
    let folder = ["evidence/", "docs/", "drills.txt"][place];
    let name = files
        .keys()
        .find(|name| name.starts_with(folder))
        .unwrap()
        .clone();
    files.remove(&name);
    form.plain(files.clone());
    resign(&mut files, &world);
    form.consistent(files, Expected::Caught);
}

fn evidence(place: usize, cases: &mut Vec<Case>) {
    let mut form = form("replaced evidence", place, cases);
    let (world, mut files) = honest();
    let all: Vec<String> = files
        .keys()
        .filter(|name| name.starts_with("evidence/") && !name.ends_with(".json"))
        .cloned()
        .collect();
    let name = [&all[0], &all[all.len() / 2], &all[all.len() - 1]][place];
    files.insert(name.clone(), b"something else".to_vec());
    form.plain(files.clone());
    resign(&mut files, &world);
    form.consistent(files, Expected::Caught);
}

fn disclosure(place: usize, cases: &mut Vec<Case>) {
    use drillbook_trust::disclosure::{Disclosure, Value};
    for attack in [
        "altered disclosure",
        "dropped disclosure",
        "withheld beyond the audience",
    ] {
        let mut form = form(attack, place, cases);
        let (world, mut files) = honest();
        let mut text = lines(&files, "disclosures.txt");
        let shown: Vec<usize> = (0..text.len())
            .filter(|n| text[*n].contains(" shown "))
            .collect();
        let at = [shown[0], shown[shown.len() / 2], shown[shown.len() - 1]][place];
        let words: Vec<String> = text[at].split(' ').map(str::to_owned).collect();
        let mut disclosure = Disclosure::decode(&words[2]).unwrap();
        match attack {
            "altered disclosure" => {
                disclosure.value = Value::Text("something else".into());
                text[at] = format!("{} shown {}", words[0], disclosure.encode());
            }
            "dropped disclosure" => drop(text.remove(at)),
            _ => {
                let (seal, name) = (disclosure.commitment(), &disclosure.name);
                text[at] = format!("{} withheld {seal} {name}", words[0]);
            }
        }
        put(&mut files, "disclosures.txt", &text);
        form.plain(files.clone());
        resign(&mut files, &world);
        form.consistent(files, Expected::Caught);
    }
}

fn clock(place: usize, cases: &mut Vec<Case>) {
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

/// Sign-offs 1, 2 and 3 are the approvals; 0 is a refusal.
fn approvals(place: usize, cases: &mut Vec<Case>) {
    for (attack, trick) in [
        ("self-approval", Trick::SelfApproval),
        ("operator's key for a reviewer", Trick::OperatorsKey),
        ("forged approval", Trick::Forged),
        ("wrong namespace", Trick::WrongNamespace),
        ("reused approval", Trick::Reused),
        ("approval left out", Trick::NotAsked),
        ("expired approval", Trick::Expired),
    ] {
        // What a cleanup approval says of its end does not bind it: debt can always be paid.
        if trick == Trick::Expired && place == 2 {
            continue;
        }
        let world = World::new(trick, place + 1);
        let files = unpacked(&world.bundle().unwrap());
        form(attack, place, cases).consistent(files, Expected::Caught);
    }
    // As it is: the reviewer's document is edited in place, or its signature taken from another.
    let mut form = form("edited decision", place, cases);
    let (_, mut files) = honest();
    let decisions: Vec<String> = files
        .iter()
        .filter(|(name, bytes)| {
            name.ends_with(".json") && String::from_utf8_lossy(bytes).contains("drill.decision/1")
        })
        .map(|(name, _)| name.clone())
        .collect();
    let name = [
        &decisions[0],
        &decisions[1],
        &decisions[decisions.len() - 1],
    ][place]
        .clone();
    let text = String::from_utf8(files[&name].clone()).unwrap();
    files.insert(
        name.clone(),
        text.replace("\"file\"", "\"keyring\"").into_bytes(),
    );
    form.plain(files.clone());
    resign(&mut files, &World::new(Trick::None, 0));
    form.consistent(files, Expected::Caught);
    let mut form = Form {
        attack: "swapped signature",
        place,
        cases,
    };
    let (world, mut files) = honest();
    let other = decisions.iter().find(|one| **one != name).unwrap();
    let taken = files[&format!("{other}.sig")].clone();
    files.insert(format!("{name}.sig"), taken);
    form.plain(files.clone());
    resign(&mut files, &world);
    form.consistent(files, Expected::Caught);
}

fn report(cases: &mut Vec<Case>) {
    for place in 0..3 {
        let mut form = form("edited report", place, cases);
        let (world, mut files) = honest();
        let text = String::from_utf8(files["report.html"].clone()).unwrap();
        let (from, to) = [
            (
                "Closed: every step is done",
                "Closed: every step is wonderfully done",
            ),
            ("the list took a minute", "the list took a second"),
            ("drill.ended", "drill.finished"),
        ][place];
        assert!(text.contains(from));
        files.insert("report.html".into(), text.replace(from, to).into_bytes());
        form.plain(files.clone());
        resign(&mut files, &world);
        form.consistent(
            files,
            Expected::OnlyOurs("verify.py sees only that the installation signed"),
        );
    }
}

fn texts(cases: &mut Vec<Case>) {
    let sees = "verify.py sees only that the installation signed";
    for (attack, name, expected) in [
        ("edited readme", "README.txt", Expected::OnlyOurs(sees)),
        ("edited verify.py", "verify.py", Expected::OnlyOurs(sees)),
        ("edited drills.txt", "drills.txt", Expected::Caught),
        ("edited leaves.txt", "leaves.txt", Expected::Caught),
    ] {
        let mut form = form(attack, 0, cases);
        let (world, mut files) = honest();
        let mut text = String::from_utf8(files[name].clone()).unwrap();
        match name {
            "leaves.txt" => text = text.replacen(['a', 'b'], "c", 1),
            "drills.txt" => text = text.replace("closed", "stopped"),
            _ => text.push_str("# and more\n"),
        }
        files.insert(name.into(), text.into_bytes());
        form.plain(files.clone());
        resign(&mut files, &world);
        form.consistent(files, expected);
    }
    let mut form = form("edited tile proof", 0, cases);
    let (world, mut files) = honest();
    let name = files
        .keys()
        .find(|name| name.ends_with(".tiles.json"))
        .unwrap()
        .clone();
    let text = String::from_utf8(files[&name].clone()).unwrap();
    files.insert(
        name,
        text.replacen("\"0\":\"", "\"0\":\"00", 1).into_bytes(),
    );
    form.plain(files.clone());
    resign(&mut files, &world);
    form.consistent(files, Expected::OnlyOurs("the tile proofs of pictures"));
}

fn keys(cases: &mut Vec<Case>) {
    let (_, honest) = honest();
    let signers = String::from_utf8(honest["allowed_signers"].clone()).unwrap();
    let world = World::new(Trick::SwappedKeys, 0);
    let files = unpacked(&world.bundle().unwrap());
    let own = Brought {
        signers: Some(signers.clone().into_bytes()),
        earlier: None,
        folder: false,
    };
    let mut swapped = form("swapped keys, with the auditor's file", 0, cases);
    swapped.push("consistent", files.clone(), own, Expected::Caught);
    let mut swapped = form("swapped keys, without it", 0, cases);
    swapped.consistent(
        files,
        Expected::Undetectable("the whole log, every key and every signature"),
    );
    for (place, principal) in ["maya@", "rita@", "installation@"].iter().enumerate() {
        let bounded = |option: &str| {
            let lines = signers
                .lines()
                .map(|line| match line.starts_with(principal) {
                    true => line.replace("namespaces=", &format!("{option},namespaces=")) + "\n",
                    false => format!("{line}\n"),
                });
            Brought {
                signers: Some(lines.collect::<String>().into_bytes()),
                earlier: None,
                folder: false,
            }
        };
        let mut expired = form("expired key", place, cases);
        for option in [
            "valid-before=\"20261121090000Z\"",
            "valid-after=\"20261122000000Z\"",
        ] {
            expired.push(
                "auditor's file",
                honest.clone(),
                bounded(option),
                Expected::Caught,
            );
        }
    }
}

fn policy(cases: &mut Vec<Case>) {
    for (attack, trick) in [
        ("lowered quorum", Trick::LoweredQuorum),
        ("edited policy", Trick::EditedPolicy),
    ] {
        let mut form = form(attack, 0, cases);
        let (_, mut files) = honest();
        let is_policy = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains("drill.policy/1");
        let name = files
            .iter()
            .find(|(name, bytes)| name.ends_with(".json") && is_policy(bytes));
        let name = name.unwrap().0.clone();
        let text = String::from_utf8(files[&name].clone()).unwrap();
        let text = match trick {
            Trick::LoweredQuorum => text.replace("\"quorum\":2", "\"quorum\":1"),
            _ => text.replace("P6Y", "P1Y"),
        };
        files.insert(name, text.into_bytes());
        form.plain(files);
        let world = World::new(trick, 0);
        form.consistent(unpacked(&world.bundle().unwrap()), Expected::Caught);
    }
}

fn sent(cases: &mut Vec<Case>) {
    for (attack, trick) in [
        ("sent twice on one approval", Trick::SentTwice),
        ("sent to another path", Trick::OtherPath),
        ("closed with debt", Trick::FalseEnd),
    ] {
        let world = World::new(trick, 0);
        let files = unpacked(&world.bundle().unwrap());
        form(attack, 1, cases).consistent(files, Expected::Caught);
    }
}

/// An entry is left out of the bundle and said to be another drill's.
fn relabelled(cases: &mut Vec<Case>) {
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
