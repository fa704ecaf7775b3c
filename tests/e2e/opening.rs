//! The window opens, shows the interface and answers a click.

use crate::driver::Window;
use thirtyfour::prelude::*;

#[tokio::test]
async fn the_window_answers_a_click() -> WebDriverResult<()> {
    let home = tempfile::tempdir().unwrap();
    let window = Window::open(home.path()).await;
    assert_eq!(window.page.title().await?, "Drillbook");
    let text = window.see("main").await.text().await?;
    assert!(!text.is_empty(), "the first screen says something");
    window.see("button, a").await.click().await?;
    window.close().await;
    Ok(())
}
