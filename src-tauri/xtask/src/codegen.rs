//! Files that are made from the code and committed: one registry, one way to write, one way to check.
//!
//! A generator is a name, the file it makes and a function that returns its text. Adding one is a line of `GENERATORS`.

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
    make: fn(&Workspace) -> Result<String>,
}

const GENERATORS: &[Generator] = &[
    Generator {
        file: "src-tauri/docs/errors.md",
        make: |workspace| Ok(errors::page(&codes(workspace)?)),
    },
    Generator {
        file: ERROR_CODES,
        make: |workspace| Ok(errors::golden(&codes(workspace)?)),
    },
    Generator {
        file: "src-tauri/docs/events.md",
        make: |workspace| printed(workspace, "events"),
    },
    Generator {
        file: "src-tauri/docs/runbook-format.md",
        make: |workspace| printed(workspace, "runbook-format"),
    },
    Generator {
        file: "src-tauri/docs/runbook.schema.json",
        make: |workspace| printed(workspace, "runbook-schema"),
    },
    Generator {
        file: "tests/golden/command_permissions.txt",
        make: |workspace| boundary(workspace, "permissions"),
    },
    Generator {
        file: "ui/src/lib/ipc/bindings.ts",
        make: |workspace| boundary(workspace, "bindings"),
    },
];

/// Every error code there ever was in a release; a code that vanishes from it breaks someone's script.
const ERROR_CODES: &str = "tests/golden/error_codes.txt";

/// `cargo xtask codegen [--check]`: writes the files, or says which of them are stale.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    let check = match arguments {
        [] => false,
        [flag] if flag == "--check" => true,
        _ => bail!("usage: cargo xtask codegen [--check]"),
    };
    suite::build(workspace)?;
    nothing_vanished(workspace)?;
    each(workspace, check)
}

/// `cargo xtask bless`: accepts what the code now says: generated files, vanished codes and snapshots.
pub fn bless(workspace: &Workspace, _: &[String]) -> Result<()> {
    suite::build(workspace)?;
    each(workspace, false)?;
    suite::blessing_tests(workspace)?;
    Run::new(&workspace.root, "git")
        .args(["status", "--short"])
        .go()
}

/// Writes every file, or checks every file; a stale one does not hide the next.
pub fn each(workspace: &Workspace, check: bool) -> Result<()> {
    let mut stale = Vec::new();
    for generator in GENERATORS {
        let path = workspace.root.join(generator.file);
        let text = (generator.make)(workspace)
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
    println!("codegen: {} files are what the code says", GENERATORS.len());
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
    }
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// What the example `boundary`, which knows the shell, prints for one name.
fn boundary(workspace: &Workspace, name: &str) -> Result<String> {
    let program = workspace.target.join("debug/examples/boundary");
    Run::new(&workspace.root, program).arg(name).read()
}

/// What the program `codegen`, which knows our crates, prints for one name.
fn printed(workspace: &Workspace, name: &str) -> Result<String> {
    Run::new(&workspace.root, workspace.target.join("debug/codegen"))
        .arg(name)
        .read()
}

fn codes(workspace: &Workspace) -> Result<Vec<errors::Code>> {
    Ok(errors::scan(&tidy::sources(workspace)?))
}

/// A code is never renamed and never reused: one that is gone is said, and only `bless` lets it go.
pub fn nothing_vanished(workspace: &Workspace) -> Result<()> {
    let golden = fs::read_to_string(workspace.root.join(ERROR_CODES)).unwrap_or_default();
    let now = errors::golden(&codes(workspace)?);
    let gone = errors::vanished(&golden, &now);
    if !gone.is_empty() {
        bail!(
            "error codes vanished: {}; scripts may depend on them (`cargo xtask bless` accepts it)",
            gone.join(" ")
        );
    }
    Ok(())
}
