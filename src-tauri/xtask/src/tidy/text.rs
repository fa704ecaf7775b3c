//! What the text of a file may not hold: unfinished work, paths of one machine, hosts of package registries,
//! a module that does not say what it is for, words that promise too much.

use super::{Finding, Source};

const CODE: &[&str] = &["rs", "svelte", "ts", "js", "css", "py", "sh"];

/// The crates without IO, clock or randomness (`edges` checks their dependencies, this their use of `std`).
const PURE: &[&str] = &["diagnostic", "runbook", "trust", "core"];

/// What a pure crate cannot say outside its tests.
const IMPURE: &[&str] = &[
    "std::fs",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "ToSocketAddrs",
    "std::process",
    "std::env",
    "std::io",
    "std::thread",
    "SystemTime::now",
    "Instant::now",
    "Utc::now",
    "Local::now",
    "async fn",
    ".await",
    "OsRng",
    "rand::rng",
];

/// Endings of type names that say nothing.
const EMPTY_NAMES: &[&str] = &[
    "Manager",
    "Service",
    "Helper",
    "Util",
    "Utils",
    "Handler",
    "Processor",
    "Data",
    "Info",
];

/// Checks the text of every file.
pub fn check(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources {
        let lock = source.path.ends_with(".lock") || source.path.ends_with("package-lock.json");
        if !lock {
            machine_paths(source, &mut findings);
            registry_hosts(source, &mut findings);
            promises(source, &mut findings);
        }
        if source.is(CODE) && !source.is_generated() {
            unfinished(source, &mut findings);
        }
        if source.is(&["rs"]) {
            if !source.path.ends_with("/tests.rs") {
                module_purpose(source, &mut findings);
            }
            names(source, &mut findings);
            pure(source, &mut findings);
        }
    }
    findings
}

fn unfinished(source: &Source, findings: &mut Vec<Finding>) {
    // Put together from halves, so that this list does not find itself.
    let words = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X"),
    ];
    let calls = [
        concat!("to", "do!("),
        concat!("unimple", "mented!("),
        concat!("db", "g!("),
        concat!("#[ign", "ore"),
        concat!("thread::", "sleep"),
    ];
    let exceptions = [concat!("#[al", "low("), concat!("#![al", "low(")];
    for (number, line) in source.lines() {
        let word = words.iter().find(|word| has_word(line, word));
        if let Some(found) = word.or_else(|| calls.iter().find(|call| line.contains(**call))) {
            let sentence = format!("`{found}` is unfinished work");
            findings.push(Finding::new(&source.path, number, "unfinished", sentence));
        }
        if exceptions.iter().any(|start| line.contains(start)) && !says_why(source, number) {
            let sentence = "an exception says why: `#[expect(lint, reason = \"…\")]`";
            findings.push(Finding::new(&source.path, number, "exception", sentence));
        }
    }
}

/// Tells whether the attribute that begins on this line carries a reason.
fn says_why(source: &Source, number: usize) -> bool {
    let mut lines = source.text.lines().skip(number - 1).take(6);
    lines
        .by_ref()
        .take_while(|line| !line.contains("fn "))
        .any(|line| line.contains("reason ="))
}

fn has_word(line: &str, word: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !before.is_some_and(letter) && !after.is_some_and(letter)
    })
}

/// An absolute path of the machine the text was written on.
fn machine_paths(source: &Source, findings: &mut Vec<Finding>) {
    let roots = [
        concat!("/wo", "rk/"),
        concat!("/ro", "ot/"),
        concat!("/ho", "me/"),
        concat!("/tm", "p/"),
    ];
    for (number, line) in source.lines() {
        if let Some(found) = roots.iter().find(|root| names_a_path(line, root)) {
            let sentence = format!("a path under {found} exists on one machine only");
            findings.push(Finding::new(&source.path, number, "machine-path", sentence));
        }
    }
}

/// Tells whether `line` goes on after `root` with a name, and `root` is the start of a path.
fn names_a_path(line: &str, root: &str) -> bool {
    line.match_indices(root).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let rest = &line[at + root.len()..];
        let inner = before.is_some_and(|c| c.is_ascii_alphanumeric() || "})>._-%~*".contains(c));
        let allowed = [".X11", "user", "operator"]
            .iter()
            .any(|name| rest.starts_with(name));
        let named = rest.starts_with(|c: char| c.is_ascii_alphanumeric() || "._-".contains(c));
        named && !inner && !allowed
    })
}

fn registry_hosts(source: &Source, findings: &mut Vec<Finding>) {
    let hosts = [
        concat!("crates", ".io"),
        concat!("npmjs", ".org"),
        concat!("npmjs", ".com"),
        concat!("pypi", ".org"),
        concat!("python", "hosted.org"),
        concat!("deb.debian", ".org"),
        concat!("archive.ubuntu", ".com"),
    ];
    for (number, line) in source.lines() {
        if let Some(found) = hosts.iter().find(|host| line.contains(**host)) {
            let sentence = format!("{found} belongs in lock files and in nobody's text");
            findings.push(Finding::new(
                &source.path,
                number,
                "registry-host",
                sentence,
            ));
        }
    }
}

/// The owner of a machine can always delete everything.
fn promises(source: &Source, findings: &mut Vec<Finding>) {
    let words = [concat!("tamper", "-proof"), concat!("tamper", "proof")];
    for (number, line) in source.lines() {
        let lower = line.to_lowercase();
        if words.iter().any(|word| lower.contains(word)) {
            findings.push(Finding::new(
                &source.path,
                number,
                "promise",
                "say tamper-evident",
            ));
        }
    }
}

fn module_purpose(source: &Source, findings: &mut Vec<Finding>) {
    let first = source
        .text
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default();
    if !first.starts_with("//!") {
        let sentence = "a module begins with `//!` and one sentence of purpose";
        findings.push(Finding::new(&source.path, 1, "purpose", sentence));
    }
}

fn names(source: &Source, findings: &mut Vec<Finding>) {
    for (number, line) in source.lines() {
        let mut words = line
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .filter(|word| !word.is_empty());
        if !words.any(|word| matches!(word, "struct" | "enum" | "trait"))
            || line.trim_start().starts_with("//")
        {
            continue;
        }
        let name = words.next().unwrap_or_default();
        let hollow = EMPTY_NAMES
            .iter()
            .any(|ending| name.ends_with(ending) && name != *ending);
        if hollow && name.starts_with(char::is_uppercase) {
            findings.push(Finding::new(
                &source.path,
                number,
                "names",
                format!("`{name}` does not say what it is"),
            ));
        }
    }
}

fn pure(source: &Source, findings: &mut Vec<Finding>) {
    let inside = PURE.iter().any(|name| {
        source
            .path
            .starts_with(&format!("src-tauri/crates/{name}/src/"))
    });
    if !inside || source.path.ends_with("/tests.rs") || source.path.contains("/tests/") {
        return;
    }
    for (number, line) in source.lines() {
        if line.contains("#[cfg(test)]") {
            return; // what follows in this file is its tests
        }
        if line.trim_start().starts_with("//") {
            continue;
        }
        if let Some(found) = IMPURE.iter().find(|word| line.contains(**word)) {
            let sentence =
                format!("`{found}` in a pure crate: take time, ids and bytes as arguments");
            findings.push(Finding::new(&source.path, number, "pure", sentence));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(path: &str, text: &str) -> Vec<&'static str> {
        check(&[Source::new(path, text)])
            .into_iter()
            .map(|finding| finding.rule)
            .collect()
    }

    fn rust(body: &str) -> Vec<&'static str> {
        rules(
            "src-tauri/crates/engine/src/x.rs",
            &format!("//! Purpose.\n{body}\n"),
        )
    }

    #[test]
    fn finds_unfinished_work() {
        for body in [
            concat!("// TO", "DO: later"),
            concat!("to", "do!()"),
            concat!("#[ign", "ore]"),
            concat!("std::thread::", "sleep(d)"),
        ] {
            assert_eq!(rust(body), ["unfinished"], "{body}");
        }
    }

    #[test]
    fn an_exception_says_why() {
        assert_eq!(rust(concat!("#[al", "low(dead_code)]")), ["exception"]);
        assert!(rust(concat!("#[al", "low(dead_code, reason = \"a macro's\")]")).is_empty());
        assert!(
            rust(concat!(
                "#[al",
                "low(\n    dead_code,\n    reason = \"b\"\n)]"
            ))
            .is_empty()
        );
    }

    #[test]
    fn leaves_words_alone_that_only_look_like_it() {
        assert!(rust(concat!("let auto", "DO", "ne = 1;")).is_empty());
        assert!(rust("#[expect(dead_code, reason = \"a\")]").is_empty());
        assert!(
            rust("#![cfg_attr(test, allow(clippy::unwrap_used, reason = \"tests\"))]").is_empty()
        );
    }

    #[test]
    fn finds_the_paths_of_one_machine() {
        assert_eq!(
            rules("README.md", concat!("see /ho", "me/anna/notes")),
            ["machine-path"]
        );
        assert_eq!(
            rules("a.toml", concat!("dir = \"/wo", "rk/x\"")),
            ["machine-path"]
        );
    }

    #[test]
    fn a_path_within_a_path_is_no_machines() {
        assert!(
            rules(
                "README.md",
                concat!("target/wo", "rk/x and /ho", "me/user/x")
            )
            .is_empty()
        );
        assert!(rules("README.md", concat!("$XDG/tm", "p/ and {dir}/tm", "p/x")).is_empty());
    }

    #[test]
    fn registry_hosts_stay_in_lock_files() {
        let text = concat!("https://static.crates", ".io/x");
        assert_eq!(rules("docs.md", text), ["registry-host"]);
        assert!(rules("Cargo.lock", text).is_empty());
    }

    #[test]
    fn a_module_says_what_it_is_for() {
        assert_eq!(rules("src-tauri/src/x.rs", "use std::fmt;\n"), ["purpose"]);
        assert!(rules("src-tauri/src/x.rs", "//! Purpose.\nuse std::fmt;\n").is_empty());
    }

    #[test]
    fn a_name_says_what_it_is() {
        assert_eq!(rust(concat!("pub str", "uct JobManager;")), ["names"]);
        assert_eq!(rust(concat!("en", "um StepData { A }")), ["names"]);
        assert!(rust(concat!("pub str", "uct Reminder;")).is_empty());
        assert!(rust(concat!("// the str", "uct FooManager is gone")).is_empty());
        // A key of the runbook format, as its own type.
        assert!(rust(concat!("pub en", "um Service { Prices }")).is_empty());
    }

    #[test]
    fn a_pure_crate_reads_no_clock() {
        let path = "src-tauri/crates/core/src/decide.rs";
        assert_eq!(rules(path, "//! P.\nlet now = Utc::now();\n"), ["pure"]);
        assert!(
            rules(
                path,
                "//! P.\n#[cfg(test)]\nmod tests { fn f() { Utc::now(); } }\n"
            )
            .is_empty()
        );
        assert!(
            rules(
                "src-tauri/crates/engine/src/clock.rs",
                "//! P.\nUtc::now();\n"
            )
            .is_empty()
        );
    }

    #[test]
    fn promises_no_more_than_can_be_kept() {
        assert_eq!(
            rules("README.md", concat!("a Tamper", "-Proof journal")),
            ["promise"]
        );
        assert!(rules("README.md", "a tamper-evident journal").is_empty());
    }
}
