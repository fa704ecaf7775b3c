//! The whole story in a real window: three people, one restore for each machine, a bundle that verifies.
//!
//! Only what a person sees is pressed. With `DRILLBOOK_E2E_KEEP` the pictures and the bundle stay.

use crate::bundle;
use crate::driver::Window;
use crate::page::{Page, kept};
use crate::story;
use drillbook_armsim::Ledger;
use std::path::Path;
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
    bundle::holds(&bundle);
    Ok(())
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
