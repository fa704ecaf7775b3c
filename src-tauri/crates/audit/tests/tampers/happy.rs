//! Bundles that hold.

use crate::tools::{Brought, ask, unpacked};
use crate::world::{Trick, World};

#[test]
fn a_whole_bundle_holds_before_both_verifiers() {
    for trick in [Trick::None, Trick::Stopped] {
        let world = World::new(trick, 0);
        let bundle = world.bundle().unwrap();
        assert_eq!(
            bundle,
            world.bundle().unwrap(),
            "the same log gives the same bytes"
        );
        let files = unpacked(&bundle);
        if let Some(folder) = std::env::var_os("DRILLBOOK_SAVE_REPORT") {
            let path = std::path::Path::new(&folder).join(format!("{trick:?}.html"));
            std::fs::write(path, &files["report.html"]).unwrap();
        }
        let answers = ask(
            &files,
            &Brought {
                folder: true,
                ..Brought::default()
            },
        );
        assert_eq!(answers.ours.0, 0, "{}", answers.ours_output);
        assert_eq!(answers.script.0, 0, "{}", answers.script_output);
        assert!(
            answers
                .script_output
                .ends_with("consistent; signers not authenticated\n")
        );
        let own = Brought {
            signers: Some(files["allowed_signers"].clone()),
            earlier: None,
            folder: false,
        };
        let answers = ask(&files, &own);
        assert_eq!(
            (answers.ours.0, answers.script.0),
            (0, 0),
            "{}",
            answers.script_output
        );
        assert!(
            answers.script_output.ends_with("holds\n"),
            "{}",
            answers.script_output
        );
        assert_eq!(answers.ours.1, "holds");
    }
}

#[test]
fn what_no_audience_gets_is_nowhere_in_a_bundle() {
    let files = unpacked(&World::new(Trick::None, 0).bundle().unwrap());
    for (name, bytes) in &files {
        let text = String::from_utf8_lossy(bytes);
        assert!(
            !text.contains("sig=secret"),
            "{name} holds a signed address"
        );
        assert!(
            !text.contains(&"05".repeat(32)),
            "{name} holds a picture's master"
        );
        assert!(
            !text.contains("note 4711"),
            "{name} holds another drill's words"
        );
    }
    let disclosures = String::from_utf8(files["disclosures.txt"].clone()).unwrap();
    let withheld: Vec<&str> = disclosures
        .lines()
        .filter(|line| line.contains(" withheld "))
        .collect();
    assert_eq!(
        withheld.len(),
        2,
        "one address and one master are listed as withheld"
    );
}

#[test]
fn the_script_stays_readable() {
    let script = include_str!("../../src/bundle/verify.py");
    let lines = script.lines().filter(|line| !line.trim().is_empty());
    assert!(
        lines.count() <= 250,
        "at most 250 lines, blank ones not counted"
    );
    assert!(script.lines().all(|line| line.len() <= 135));
}

#[test]
fn the_report_says_the_worst_first_and_holds_no_script() {
    let files = unpacked(&World::new(Trick::Stopped, 0).bundle().unwrap());
    let report = String::from_utf8(files["report.html"].clone()).unwrap();
    let place = |text: &str| {
        report
            .find(text)
            .unwrap_or_else(|| panic!("{text} is missing"))
    };
    assert!(place("Stopped: something is still owed.") < place("Deviations"));
    assert!(place("Deviations") < place("Objectives against results"));
    assert!(report.contains("the window is over") && report.contains("still owed"));
    assert!(!report.contains("<script") && !report.contains("<rg-drill-0001>"));
    assert!(report.contains("the resource group &lt;rg-drill-0001&gt;"));
    for cited in report.split("href=\"#e").skip(1) {
        let seq = cited.split('"').next().unwrap();
        assert!(
            report.contains(&format!("id=\"e{seq}\"")),
            "entry {seq} is cited but not listed"
        );
    }
}

/// Returns the readme of a bundle nobody tampered with.
pub fn readme() -> String {
    let files = unpacked(&World::new(Trick::None, 0).bundle().unwrap());
    String::from_utf8(files["README.txt"].clone()).unwrap()
}
