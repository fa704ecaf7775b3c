//! The written decisions: numbered without a gap, with the three parts of an ADR; links that lead somewhere; and
//! invariants that name a test which exists.

use std::collections::BTreeSet;

use super::{Finding, Source};

const ADR: &str = "src-tauri/docs/adr/";
const ARCHITECTURE: &str = "src-tauri/docs/ARCHITECTURE.md";
const PARTS: &[&str] = &["## Context", "## Decision", "## Consequences"];

/// Checks the ADRs and the relative links of every Markdown file.
pub fn check(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let adrs = sources.iter().filter(|source| source.path.starts_with(ADR));
    for (index, source) in adrs.enumerate() {
        decision(source, index + 1, &mut findings);
    }
    let paths: BTreeSet<&str> = sources.iter().map(|source| source.path.as_str()).collect();
    for source in sources.iter().filter(|source| source.is(&["md"])) {
        links(source, &paths, &mut findings);
    }
    if let Some(source) = sources.iter().find(|source| source.path == ARCHITECTURE) {
        invariants(source, sources, &mut findings);
    }
    findings
}

/// Each row of the table under `## Invariants` names, in its last cell, what keeps it: tests by the name of their
/// function, rules of tidy by `tidy:` and their name.
fn invariants(source: &Source, sources: &[Source], findings: &mut Vec<Finding>) {
    let mut inside = false;
    for (number, line) in source.lines() {
        if line.starts_with("## ") {
            inside = line == "## Invariants";
        }
        let row = inside
            && line.starts_with('|')
            && !line.contains("---")
            && !line.contains("| kept by |");
        let Some(cell) = line
            .trim_end_matches('|')
            .rsplit('|')
            .next()
            .filter(|_| row)
        else {
            continue;
        };
        let keepers: Vec<&str> = cell.split('`').skip(1).step_by(2).collect();
        if keepers.is_empty() {
            findings.push(Finding::new(
                &source.path,
                number,
                "invariants",
                "no test keeps this invariant",
            ));
        }
        for keeper in keepers.into_iter().filter(|keeper| !keeps(keeper, sources)) {
            let sentence = format!("`{keeper}` does not exist");
            findings.push(Finding::new(&source.path, number, "invariants", sentence));
        }
    }
}

fn keeps(keeper: &str, sources: &[Source]) -> bool {
    let (wanted, under) = match keeper.strip_prefix("tidy: ") {
        Some(rule) => (format!("\"{rule}\""), "src-tauri/xtask/"),
        None => (format!("fn {keeper}("), ""),
    };
    let mut code = sources
        .iter()
        .filter(|source| source.is(&["rs"]) && source.path.starts_with(under));
    code.any(|source| source.text.contains(&wanted))
}

/// `sources` come sorted by path, so the n-th ADR carries the number n.
fn decision(source: &Source, number: usize, findings: &mut Vec<Finding>) {
    let wanted = format!("{number:04}");
    let name = &source.path[ADR.len()..];
    if !name.starts_with(&format!("{wanted}-")) || !name.ends_with(".md") {
        findings.push(Finding::new(
            &source.path,
            0,
            "adr",
            format!("the next number is {wanted}"),
        ));
        return;
    }
    if !source.text.starts_with(&format!("# {wanted} ")) {
        findings.push(Finding::new(
            &source.path,
            1,
            "adr",
            format!("the title begins with `# {wanted} `"),
        ));
    }
    for part in PARTS {
        if !source.text.lines().any(|line| line == *part) {
            findings.push(Finding::new(
                &source.path,
                0,
                "adr",
                format!("`{part}` is missing"),
            ));
        }
    }
}

/// A relative link names a file or a folder of this repository.
fn links(source: &Source, paths: &BTreeSet<&str>, findings: &mut Vec<Finding>) {
    for (number, line) in source.lines() {
        for target in line
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let file = target.split('#').next().unwrap_or_default();
            if file.is_empty() || target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let path = join(&source.path, file);
            let folder = format!("{path}/");
            if !paths.contains(path.as_str())
                && !paths.iter().any(|known| known.starts_with(&folder))
            {
                findings.push(Finding::new(
                    &source.path,
                    number,
                    "link",
                    format!("{target} does not exist"),
                ));
            }
        }
    }
}

fn join(from: &str, target: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "# 0001 A title\n\n## Context\n\n## Decision\n\n## Consequences\n";

    fn sentences(sources: &[Source]) -> Vec<String> {
        check(sources)
            .into_iter()
            .map(|finding| finding.sentence)
            .collect()
    }

    #[test]
    fn decisions_are_numbered_without_a_gap() {
        let first = Source::new("src-tauri/docs/adr/0001-a.md", GOOD);
        assert!(sentences(&[first]).is_empty());
        let second = Source::new(
            "src-tauri/docs/adr/0002-b.md",
            &GOOD.replace("0001", "0002"),
        );
        assert_eq!(sentences(&[second]), ["the next number is 0001"]);
    }

    #[test]
    fn a_decision_has_its_three_parts() {
        let text = GOOD.replace("## Consequences\n", "");
        assert_eq!(
            sentences(&[Source::new("src-tauri/docs/adr/0001-a.md", &text)]),
            ["`## Consequences` is missing"]
        );
    }

    #[test]
    fn an_invariant_names_a_test_that_exists() {
        let text = "## Invariants\n\n| what | kept by |\n|---|---|\n| a | `refuses_a` |\n| b | `refuses_b` |\n| c | |\n";
        let tests = Source::new("src-tauri/crates/x/src/x.rs", "//! X.\nfn refuses_a() {}\n");
        assert_eq!(
            sentences(&[Source::new(ARCHITECTURE, text), tests]),
            ["`refuses_b` does not exist", "no test keeps this invariant"]
        );
    }

    #[test]
    fn links_lead_somewhere() {
        let docs = Source::new(
            "src-tauri/docs/A.md",
            "[root](../../README.md) [adr](adr/) [gone](B.md#x)\n",
        );
        let rest = [
            Source::new("README.md", ""),
            Source::new("src-tauri/docs/adr/0001-a.md", GOOD),
        ];
        let mut sources = vec![docs];
        sources.extend(rest);
        assert_eq!(sentences(&sources), ["B.md#x does not exist"]);
    }
}
