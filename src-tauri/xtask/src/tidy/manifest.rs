//! The root manifest: every shared dependency says why it is there, and no member goes around the list.

use super::{Finding, Source};

/// Checks `[workspace.dependencies]` of the root and the dependency tables of the members.
pub fn check(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources
        .iter()
        .filter(|source| source.path.ends_with("Cargo.toml"))
    {
        if source.path == "Cargo.toml" {
            reasons(source, &mut findings);
        }
        shared(source, &mut findings);
    }
    findings
}

/// A line of `[workspace.dependencies]` ends in a comment, unless it names a crate of ours.
fn reasons(source: &Source, findings: &mut Vec<Finding>) {
    for (line, text) in in_tables(source, |table| table == "workspace.dependencies") {
        let Some((name, _)) = text.split_once('=') else {
            continue;
        };
        let ours = name.trim().starts_with("drillbook-");
        let reason = text
            .rsplit_once('#')
            .map_or("", |(_, reason)| reason.trim());
        if !ours && reason.is_empty() {
            let sentence = format!(
                "{} has no reason: say in a comment what it is for",
                name.trim()
            );
            findings.push(Finding::new(&source.path, line, "reasons", sentence));
        }
    }
}

/// A member names a dependency by `workspace = true`, so that its version and reason stand in one place.
fn shared(source: &Source, findings: &mut Vec<Finding>) {
    let own = |table: &str| table.ends_with("dependencies") && table != "workspace.dependencies";
    for (line, text) in in_tables(source, own) {
        if text.contains('=') && !text.replace(' ', "").contains("workspace=true") {
            let sentence =
                "take the version from [workspace.dependencies]: `name.workspace = true`";
            findings.push(Finding::new(
                &source.path,
                line,
                "shared-versions",
                sentence,
            ));
        }
    }
}

/// The lines, neither empty nor comments only, of the tables whose name passes `wanted`.
fn in_tables(source: &Source, wanted: impl Fn(&str) -> bool) -> Vec<(usize, &str)> {
    let mut inside = false;
    let mut lines = Vec::new();
    for (number, line) in source.lines() {
        let line = line.trim();
        if let Some(table) = line.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            inside = wanted(table.0);
        } else if inside && !line.is_empty() && !line.starts_with('#') {
            lines.push((number, line));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(path: &str, text: &str) -> Vec<(usize, &'static str)> {
        check(&[Source::new(path, text)])
            .into_iter()
            .map(|finding| (finding.line, finding.rule))
            .collect()
    }

    #[test]
    fn a_shared_dependency_says_why() {
        let text = "[workspace.dependencies]\ndrillbook-core = { path = \"x\" }\nhex = \"0.4\"\n\
                    url = \"2\" # hosts of links\n\n[profile.dev]\ndebug = false\n";
        assert_eq!(rules("Cargo.toml", text), [(3, "reasons")]);
    }

    #[test]
    fn a_member_takes_its_versions_from_the_root() {
        let text = "[dependencies]\nhex.workspace = true\nurl = \"2\"\n\n\
                    [dev-dependencies]\ncsv = { workspace = true }\n";
        assert_eq!(
            rules("src-tauri/crates/arm/Cargo.toml", text),
            [(3, "shared-versions")]
        );
    }
}
