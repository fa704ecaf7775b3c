//! Killed in the middle, the window goes on where it was.

use crate::driver::Window;
use crate::page::{Page, Seen};
use crate::story;
use thirtyfour::prelude::*;

/// Tells whether the drill is at its choice of machines, some steps in.
fn in_the_middle(seen: &Seen) -> bool {
    seen.title.starts_with("Choose the machines")
}

#[tokio::test]
async fn killed_it_goes_on_where_it_was() -> WebDriverResult<()> {
    let home = tempfile::tempdir().unwrap();
    let mut page = Page::of(Window::open(home.path()).await, None);
    story::start(&mut page).await?;
    let drill = page.look().await?.address;
    story::play(&mut page, in_the_middle).await?;
    page.window.kill().await;

    let mut page = Page::of(Window::open(home.path()).await, None);
    page.until("home names the drill", |seen| {
        seen.like("home-task-").is_some()
    })
    .await?;
    page.walk(&drill).await?;
    page.until("the step it was at", in_the_middle).await?;
    story::play(&mut page, |seen| {
        seen.title.starts_with("Record production")
    })
    .await?;
    page.window.close().await;
    Ok(())
}
