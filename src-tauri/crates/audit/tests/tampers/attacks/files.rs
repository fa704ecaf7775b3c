//! Attacks on files: added, missing, replaced, and texts that say something else.

use super::*;
use crate::tools::resign;

pub(super) fn added(place: usize, cases: &mut Vec<Case>) {
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

pub(super) fn missing(place: usize, cases: &mut Vec<Case>) {
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

pub(super) fn evidence(place: usize, cases: &mut Vec<Case>) {
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

pub(super) fn disclosure(place: usize, cases: &mut Vec<Case>) {
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

pub(super) fn report(cases: &mut Vec<Case>) {
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

pub(super) fn texts(cases: &mut Vec<Case>) {
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

/// Whoever holds the installation's key edits the report and says that another version made it.
pub(super) fn version(cases: &mut Vec<Case>) {
    let (world, mut files) = honest();
    let edited = |name: &str, from: &str, to: &str| {
        let text = String::from_utf8(files[name].clone()).unwrap();
        assert!(text.contains(from), "{name}");
        text.replace(from, to).into_bytes()
    };
    let own = concat!("Drillbook ", env!("CARGO_PKG_VERSION"));
    let readme = edited("README.txt", own, "Drillbook 0.0.7");
    let report = edited("report.html", "</body>", "<p>All is well.</p></body>");
    files.insert("README.txt".into(), readme);
    files.insert("report.html".into(), report);
    let mut form = form("report of another version", 0, cases);
    form.plain(files.clone());
    resign(&mut files, &world);
    form.consistent(files, Expected::Undetectable("not compared"));
}
