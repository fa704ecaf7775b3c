//! The whole story in a real window: three people, one restore for each machine, a bundle that verifies.
//!
//! Only what a person sees is pressed. With `DRILLBOOK_E2E_KEEP` the pictures and the bundle stay.

use crate::driver::Window;
use crate::page::Page;
use crate::story;
use drillbook_armsim::Ledger;
use std::path::{Path, PathBuf};
use std::process::Command;
use thirtyfour::prelude::*;

#[tokio::test]
async fn whole_drill() -> WebDriverResult<()> {
    let home = tempfile::tempdir().unwrap();
    let mut page = Page::of(Window::open(home.path()).await, kept());
    story::start(&mut page).await?;
    let drill = page.look().await?.address.replace("#/drills/", "");
    story::play(&mut page, |_| false).await?;
    let bundle = story::export(&mut page).await?;
    page.keep(&bundle, "drill.zip");
    story::tour(&mut page, &drill).await?;
    page.window.close().await;
    each_machine_was_restored_once(home.path());
    the_script_inside_says_that_it_holds(&bundle);
    Ok(())
}

/// The folder that was asked for, if any.
fn kept() -> Option<PathBuf> {
    std::env::var_os("DRILLBOOK_E2E_KEEP").map(PathBuf::from)
}

/// Counts in the simulator's own file, not in our journal.
fn each_machine_was_restored_once(home: &Path) {
    let ledger = Ledger::read(&drillbook_rehearsal::state_file(home)).unwrap();
    assert_eq!(ledger.restores.len(), 2, "{:?}", ledger.restores);
    assert!(
        ledger.restores.values().all(|count| *count == 1),
        "{:?}",
        ledger.restores
    );
}

/// The window's own verdict was read when it exported; this one shares no code with it.
fn the_script_inside_says_that_it_holds(bundle: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let unpacked = Command::new("python3")
        .args(["-m", "zipfile", "-e"])
        .args([bundle, folder.path()])
        .status();
    assert!(unpacked.unwrap().success());
    let judged = Command::new("python3")
        .args(["verify.py", "."])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&judged.stdout);
    assert!(
        judged.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&judged.stderr)
    );
}
