//! Prints what `cargo xtask codegen` keeps of the boundary: `boundary bindings` or `boundary permissions`.

use std::error::Error;
use std::io::Write;

#[path = "integration/permissions.rs"]
mod permissions;

fn main() -> Result<(), Box<dyn Error>> {
    let text = match std::env::args().nth(1).as_deref() {
        Some("bindings") => {
            let folder = tempfile::tempdir()?;
            let file = folder.path().join("bindings.ts");
            drillbook_desktop::ipc::write_bindings(&file)?;
            std::fs::read_to_string(file)?
        }
        Some("permissions") => permissions::listing(),
        _ => return Err("usage: boundary bindings | permissions".into()),
    };
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}
