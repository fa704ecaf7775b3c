//! Every runbook of the library can be read, and the linter has nothing to say that is not known and justified.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use drillbook_runbook::{Level, Problem, parse};
use std::path::{Path, PathBuf};

/// Warnings that stay, each with its reason.
const JUSTIFIED: [(&str, &str, &str); 3] = [
    // The comparison of production with its baseline is the one thing that only the primary can answer.
    (
        "vm-disks-cross-region",
        "runbook.primary_needed_after_t0",
        "items_now",
    ),
    (
        "vm-disks-cross-region",
        "runbook.primary_needed_after_t0",
        "machines_now",
    ),
    (
        "vm-disks-cross-region",
        "runbook.primary_needed_after_t0",
        "schedules_now",
    ),
];

fn library() -> Vec<(String, PathBuf)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../runbooks");
    let mut found: Vec<(String, PathBuf)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .map(|path| {
            let id = path.file_name().unwrap().to_str().unwrap().to_owned();
            (id, path.join("runbook.toml"))
        })
        .collect();
    found.sort();
    found
}

fn told(problem: &Problem) -> String {
    format!(
        "{}:{}:{} {} {}",
        problem.file, problem.line, problem.column, problem.code, problem.sentence
    )
}

#[test]
fn every_runbook_lints_clean() {
    let library = library();
    assert!(!library.is_empty());
    for (id, path) in library {
        let parsed = parse(&std::fs::read_to_string(&path).unwrap(), &id);
        let justified = |problem: &Problem| {
            problem.severity == Level::Warning
                && JUSTIFIED.iter().any(|(runbook, code, word)| {
                    *runbook == id && *code == problem.code && problem.sentence.contains(word)
                })
        };
        let left: Vec<String> = parsed
            .problems
            .iter()
            .filter(|problem| !justified(problem))
            .map(told)
            .collect();
        assert!(left.is_empty(), "{}", left.join("\n"));
        assert_eq!(
            parsed.runbook.unwrap().id,
            id,
            "the folder is called as the runbook"
        );
    }
}
