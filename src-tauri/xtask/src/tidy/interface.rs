//! The interface: imports go routes → features → components → lib, Tauri is behind one file, and no data becomes markup.

use super::{Finding, Source};

const IPC: &str = "ui/src/lib/ipc/";

/// Checks every TypeScript and Svelte file of the interface.
pub fn check(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources
        .iter()
        .filter(|s| s.path.starts_with("ui/src/") && s.is(&["ts", "svelte"]))
    {
        for (number, line) in source.lines() {
            let mut find = |rule, sentence: String| {
                findings.push(Finding::new(&source.path, number, rule, sentence))
            };
            if let Some(imported) = imported(line)
                && let Some(sentence) = objection(&source.path, imported)
            {
                find("imports", sentence);
            }
            if line.contains(concat!("{@", "html")) {
                find("markup", "data never becomes markup".into());
            }
            if !source.is_generated() && says_any(line) {
                find("any", "say the type".into());
            }
        }
    }
    findings
}

/// The module that a line imports or re-exports.
fn imported(line: &str) -> Option<&str> {
    let code = line.trim_start();
    if code.starts_with("//") || code.starts_with('*') {
        return None;
    }
    let rest = [" from ", "import(", "import "].iter().find_map(|word| {
        let at = line.find(word)?;
        let rest = line[at + word.len()..].trim_start();
        rest.starts_with(['\'', '"']).then_some(rest)
    })?;
    let quote = rest.chars().next()?;
    rest[1..].split(quote).next()
}

fn objection(path: &str, imported: &str) -> Option<String> {
    if imported.starts_with("@tauri-apps") {
        let behind = path.starts_with(IPC);
        return (!behind)
            .then(|| format!("only {IPC}client.ts and the bindings may import {imported}"));
    }
    let target = resolve(path, imported)?;
    let (from, to) = (place(path)?, place(&target)?);
    let test = path.contains(".test.");
    if from.layer == Layer::Features && to.layer == Layer::Features && from.name != to.name {
        return Some(format!(
            "the feature {} may not import the feature {}",
            from.name, to.name
        ));
    }
    if !test && to.layer < from.layer {
        return Some(format!(
            "imports go routes, features, components, lib; not to {target}"
        ));
    }
    if from.layer == Layer::Components && !test && target.starts_with(IPC.trim_end_matches('/')) {
        return Some("a component knows no IPC: hand it what it shows".into());
    }
    None
}

/// In the order in which imports may go.
#[derive(PartialEq, PartialOrd)]
enum Layer {
    Routes,
    Features,
    Components,
    Lib,
}

struct Place<'a> {
    layer: Layer,
    name: &'a str,
}

fn place(path: &str) -> Option<Place<'_>> {
    let mut parts = path.strip_prefix("ui/src/")?.split('/');
    let layer = match parts.next()? {
        "routes" => Layer::Routes,
        "features" => Layer::Features,
        "components" => Layer::Components,
        "lib" => Layer::Lib,
        _ => return None,
    };
    Some(Place {
        layer,
        name: parts.next().unwrap_or_default(),
    })
}

/// The path of an imported module of ours, relative to the root of the repository.
fn resolve(path: &str, imported: &str) -> Option<String> {
    if let Some(rest) = imported.strip_prefix("$") {
        return Some(format!("ui/src/{rest}"));
    }
    if let Some(rest) = imported.strip_prefix("@/") {
        return Some(format!("ui/src/{rest}"));
    }
    if !imported.starts_with('.') {
        return None;
    }
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    for part in imported.split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// Tells whether a line uses the type `any`.
fn says_any(line: &str) -> bool {
    let code = line.trim_start();
    if code.starts_with("//") || code.starts_with('*') || code.starts_with("<!--") {
        return false;
    }
    line.match_indices("any").any(|(at, word)| {
        let before = line[..at].trim_end();
        let after = line[at + word.len()..].trim_start();
        let a_type_ends = after.is_empty()
            || after.starts_with([',', ';', ')', '>', '=', '[', ']', '|', '&', '}', '{']);
        let a_type_begins = before.ends_with([':', '<', '|', '&'])
            || before.ends_with(" as")
            || (before.ends_with(',') && after.starts_with('>'));
        a_type_begins && a_type_ends
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(path: &str, line: &str) -> Vec<&'static str> {
        check(&[Source::new(path, line)])
            .into_iter()
            .map(|finding| finding.rule)
            .collect()
    }

    #[test]
    fn features_do_not_know_each_other() {
        let path = "ui/src/features/drills/Wizard.svelte";
        assert_eq!(
            rules(path, "import X from '../approvals/X.svelte';"),
            ["imports"]
        );
        assert_eq!(
            rules(path, "import X from '$features/approvals/X.svelte';"),
            ["imports"]
        );
        assert!(rules(path, "import X from './X.svelte';").is_empty());
        assert!(rules(path, "import X from '../../components/Button.svelte';").is_empty());
    }

    #[test]
    fn imports_go_down() {
        assert_eq!(
            rules(
                "ui/src/components/Button.svelte",
                "import { a } from '../features/drills/a';"
            ),
            ["imports"]
        );
        assert_eq!(
            rules(
                "ui/src/lib/format/time.ts",
                "import { b } from '../../components/b';"
            ),
            ["imports"]
        );
        assert!(
            rules(
                "ui/src/routes/Home.svelte",
                "import D from '../features/drills/D.svelte';"
            )
            .is_empty()
        );
    }

    #[test]
    fn a_component_knows_no_ipc() {
        let line = "import { client } from '../lib/ipc/client';";
        assert_eq!(rules("ui/src/components/Field.svelte", line), ["imports"]);
        assert!(rules("ui/src/routes/Home.svelte", line).is_empty());
    }

    #[test]
    fn tauri_is_behind_one_file() {
        let line = "import { invoke } from '@tauri-apps/api/core';";
        assert_eq!(rules("ui/src/routes/Home.svelte", line), ["imports"]);
        assert!(rules("ui/src/lib/ipc/client.ts", line).is_empty());
    }

    #[test]
    fn data_never_becomes_markup() {
        assert_eq!(
            rules(
                "ui/src/routes/Home.svelte",
                concat!("<p>{@", "html text}</p>")
            ),
            ["markup"]
        );
    }

    #[test]
    fn every_type_is_said() {
        let path = "ui/src/lib/format/x.ts";
        for line in [
            "let a: any;",
            "f(x as any)",
            "const l: any[] = [];",
            "Record<string, any>",
            "let a: any = 1;",
        ] {
            assert_eq!(rules(path, line), ["any"], "{line}");
        }
        for line in [
            "// in any case",
            "const note = 'as any person';",
            "let anyone: string;",
            "title: any one of",
        ] {
            assert!(rules(path, line).is_empty(), "{line}");
        }
    }
}
