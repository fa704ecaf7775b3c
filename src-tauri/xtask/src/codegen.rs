//! Files that are made from the code and committed: one registry, one way to write, one way to check.
//!
//! A generator is a file and where its text comes from. Adding one is a line of `GENERATORS`.

mod errors;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::command::Run;
use crate::suite;
use crate::tidy;
use crate::workspace::Workspace;

/// One committed file that is made from the code.
struct Generator {
    file: &'static str,
    from: Origin,
}

/// Where a generated text comes from.
#[derive(Clone, Copy)]
enum Origin {
    /// From the sources as they stand, without compiling anything.
    Errors(fn(&[errors::Code]) -> String),
    /// Printed by the program `codegen`, which knows our pure crates.
    Pages(&'static str),
    /// Printed by the example `boundary`, which knows the shell.
    Boundary(&'static str),
}

const GENERATORS: &[Generator] = &[
    Generator {
        file: "src-tauri/docs/errors.md",
        from: Origin::Errors(errors::page),
    },
    Generator {
        file: ERROR_CODES,
        from: Origin::Errors(errors::golden),
    },
    Generator {
        file: "src-tauri/docs/events.md",
        from: Origin::Pages("events"),
    },
    Generator {
        file: "src-tauri/docs/runbook-format.md",
        from: Origin::Pages("runbook-format"),
    },
    Generator {
        file: "src-tauri/docs/runbook.schema.json",
        from: Origin::Pages("runbook-schema"),
    },
    Generator {
        file: "tests/golden/command_permissions.txt",
        from: Origin::Boundary("permissions"),
    },
    Generator {
        file: "ui/src/lib/ipc/bindings.ts",
        from: Origin::Boundary("bindings"),
    },
];

/// Every error code there ever was in a release; a code that vanishes from it breaks someone's script.
const ERROR_CODES: &str = "tests/golden/error_codes.txt";

/// `cargo xtask codegen [--check] [FILE…]`: writes the files, or says which of them are stale. A file may be named
/// by the end of its path; only what is named is then compiled.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    let check = arguments.iter().any(|argument| argument == "--check");
    let names: Vec<&str> = arguments
        .iter()
        .map(String::as_str)
        .filter(|name| *name != "--check")
        .collect();
    let chosen = named(&names)?;
    compile(workspace, &chosen)?;
    nothing_vanished(workspace)?;
    each(workspace, &chosen, check)
}

/// What the last stage of CI does: everything is compiled already.
pub fn check_all(workspace: &Workspace) -> Result<()> {
    nothing_vanished(workspace)?;
    each(workspace, &named(&[])?, true)
}

/// `cargo xtask bless [FILE…]`: accepts what the code now says, vanished error codes included: the named generated
/// files, or all of them and every snapshot of the tests.
pub fn bless(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    let names: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let chosen = named(&names)?;
    compile(workspace, &chosen)?;
    each(workspace, &chosen, false)?;
    if names.is_empty() {
        suite::blessing_tests(workspace)?;
    }
    Run::new(&workspace.root, "git")
        .args(["status", "--short"])
        .go()
}

/// The generators whose files end in one of the names; all of them without a name.
fn named(names: &[&str]) -> Result<Vec<&'static Generator>> {
    let wanted = |generator: &&Generator| {
        names.is_empty() || names.iter().any(|name| generator.file.ends_with(name))
    };
    let chosen: Vec<&Generator> = GENERATORS.iter().filter(wanted).collect();
    if chosen.is_empty() {
        let files: Vec<&str> = GENERATORS.iter().map(|generator| generator.file).collect();
        bail!(
            "nothing is made under that name; there is\n  {}",
            files.join("\n  ")
        );
    }
    Ok(chosen)
}

fn compile(workspace: &Workspace, chosen: &[&Generator]) -> Result<()> {
    if chosen
        .iter()
        .any(|generator| matches!(generator.from, Origin::Pages(_)))
    {
        suite::program(workspace, "codegen")?;
    }
    if chosen
        .iter()
        .any(|generator| matches!(generator.from, Origin::Boundary(_)))
    {
        suite::example(workspace, "boundary")?;
    }
    Ok(())
}

/// Writes the files, or checks them; a stale one does not hide the next.
fn each(workspace: &Workspace, chosen: &[&Generator], check: bool) -> Result<()> {
    let mut stale = Vec::new();
    for generator in chosen {
        let path = workspace.root.join(generator.file);
        let text = text(workspace, generator.from)
            .with_context(|| format!("cannot make {}", generator.file))?;
        if fs::read_to_string(&path).is_ok_and(|now| now == text) {
            continue;
        }
        if check {
            stale.push(generator.file);
        } else {
            write(&path, &text)?;
            println!("codegen: wrote {}", generator.file);
        }
    }
    if !stale.is_empty() {
        bail!(
            "stale: {}; run `cargo xtask codegen` and commit what it writes",
            stale.join(" ")
        );
    }
    println!("codegen: {} files are what the code says", chosen.len());
    Ok(())
}

fn text(workspace: &Workspace, from: Origin) -> Result<String> {
    let printed = |program: &str, name: &str| {
        Run::new(
            &workspace.root,
            workspace.target.join("debug").join(program),
        )
        .arg(name)
        .read()
    };
    match from {
        Origin::Errors(page) => Ok(page(&codes(workspace)?)),
        Origin::Pages(name) => printed("codegen", name),
        Origin::Boundary(name) => printed("examples/boundary", name),
    }
}

fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
    }
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn codes(workspace: &Workspace) -> Result<Vec<errors::Code>> {
    Ok(errors::scan(&tidy::sources(workspace)?))
}

/// A code is never renamed and never reused: one that is gone is said, and only `bless` lets it go.
fn nothing_vanished(workspace: &Workspace) -> Result<()> {
    let golden = fs::read_to_string(workspace.root.join(ERROR_CODES)).unwrap_or_default();
    let now = errors::golden(&codes(workspace)?);
    let gone = errors::vanished(&golden, &now);
    if !gone.is_empty() {
        bail!(
            "error codes vanished: {}; scripts may depend on them (`cargo xtask bless error_codes.txt` accepts it)",
            gone.join(" ")
        );
    }
    Ok(())
}
