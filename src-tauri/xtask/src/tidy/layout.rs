//! The shape of the tree: what may stand at its top, how long a file or a function may be, what files are called.

use std::collections::BTreeSet;

use super::{Finding, Source};
use crate::rust;

/// The visible top level, fixed by the user.
const TOP: &[&str] = &[
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "icons",
    "src-tauri",
    "tauri.conf.json",
    "tests",
    "ui",
];

const CODE: &[&str] = &["rs", "svelte", "ts", "js", "css", "py", "sh"];

/// A file of code should fit a sitting.
const LONG: usize = 500;
const TOO_LONG: usize = 800;

/// A function should fit a screen.
const SCREEN: usize = 60;

/// The verifier inside a bundle is read by auditors (trust.md §5).
const VERIFIER: usize = 250;

/// Checks the paths and the lengths.
pub fn check(sources: &[Source]) -> Vec<Finding> {
    let mut findings = top(sources);
    for source in sources {
        if source.path.ends_with("/mod.rs") && source.path.starts_with("src-tauri/") {
            findings.push(Finding::new(
                &source.path,
                0,
                "mod-rs",
                "write `foo.rs` beside `foo/`",
            ));
        }
        length(source, &mut findings);
        functions(source, &mut findings);
    }
    findings
}

fn top(sources: &[Source]) -> Vec<Finding> {
    let names: BTreeSet<&str> = sources
        .iter()
        .map(|source| source.path.split('/').next().unwrap_or_default())
        .collect();
    let stray = names
        .into_iter()
        .filter(|name| !name.starts_with('.') && !TOP.contains(name));
    stray
        .map(|name| Finding::new(name, 0, "top-level", "the visible top level is fixed"))
        .collect()
}

fn length(source: &Source, findings: &mut Vec<Finding>) {
    let lines = source.text.lines().count();
    // Blank lines are there for the reader and cost none of the budget.
    let read = source.text.lines().filter(|line| !line.trim().is_empty());
    let read = read.count();
    if source.path.ends_with("verify.py") && read > VERIFIER {
        let sentence = format!("{read} lines; an auditor reads at most {VERIFIER}");
        findings.push(Finding::new(&source.path, 0, "length", sentence));
    }
    if !source.is(CODE) || source.is_generated() || lines <= LONG {
        return;
    }
    let sentence = format!("{lines} lines; are these two subjects?");
    findings.push(match lines > TOO_LONG {
        true => Finding::new(&source.path, 0, "length", sentence),
        false => Finding::warning(&source.path, 0, "length", sentence),
    });
}

fn functions(source: &Source, findings: &mut Vec<Finding>) {
    // A test may be a long table; what matters is that its cases stand beside its one check.
    let test = source.path.ends_with("/tests.rs") || source.path.contains("tests/");
    if !source.is(&["rs"]) || test {
        return;
    }
    let code = source.text.split("#[cfg(test)]").next().unwrap_or_default();
    for (name, line, lines) in rust::functions(code) {
        if lines > SCREEN {
            let sentence = format!("{name} has {lines} lines; does it do two things?");
            findings.push(Finding::warning(&source.path, line, "function", sentence));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<(&'static str, bool)> {
        check(&[Source::new(path, text)])
            .into_iter()
            .map(|finding| (finding.rule, finding.warning))
            .collect()
    }

    #[test]
    fn nothing_new_appears_at_the_top() {
        assert_eq!(found("scripts/x.sh", ""), [("top-level", false)]);
        assert_eq!(found("notes.md", ""), [("top-level", false)]);
        assert!(found(".ci/run", "").is_empty());
        assert!(found("ui/src/main.ts", "").is_empty());
    }

    #[test]
    fn a_long_file_warns_and_a_very_long_one_fails() {
        assert!(found("ui/a.ts", &"x\n".repeat(LONG)).is_empty());
        assert_eq!(
            found("ui/a.ts", &"x\n".repeat(LONG + 1)),
            [("length", true)]
        );
        assert_eq!(
            found("ui/a.ts", &"x\n".repeat(TOO_LONG + 1)),
            [("length", false)]
        );
        assert!(
            found(
                "ui/a.ts",
                &format!("// @generated\n{}", "x\n".repeat(TOO_LONG))
            )
            .is_empty()
        );
    }

    #[test]
    fn the_bundles_verifier_stays_readable() {
        let path = "src-tauri/crates/audit/src/verify.py";
        assert!(found(path, &"x\n".repeat(VERIFIER)).is_empty());
        assert_eq!(
            found(path, &"x\n".repeat(VERIFIER + 1)),
            [("length", false)]
        );
    }

    #[test]
    fn a_function_that_fills_more_than_a_screen_warns() {
        let function = |lines: usize| format!("fn f() {{\n{}}}\n", "    x();\n".repeat(lines - 2));
        assert!(found("src-tauri/src/a.rs", &function(SCREEN)).is_empty());
        assert_eq!(
            found("src-tauri/src/a.rs", &function(SCREEN + 1)),
            [("function", true)]
        );
    }

    #[test]
    fn modules_are_called_by_their_names() {
        assert_eq!(
            found("src-tauri/crates/arm/src/poll/mod.rs", ""),
            [("mod-rs", false)]
        );
    }
}
