//! The whole story in a real window: the wizard, the reviewer's desk, the auditor's room, the bundle.
//!
//! Only what a person sees is pressed. With `DRILLBOOK_E2E_KEEP` the pictures and the bundle stay.

use crate::driver::{LOOK, PATIENCE, Window};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use thirtyfour::prelude::*;

/// How long the drill may take as a whole.
const WHOLE: Duration = Duration::from_secs(20 * 60);

struct Story {
    window: Window,
    kept: Option<PathBuf>,
    pictures: u32,
    seen: Vec<String>,
}

impl Story {
    async fn find(&self, id: &str) -> Option<WebElement> {
        self.window.page.find(By::Css(format!("[data-testid=\"{id}\"]"))).await.ok()
    }

    async fn wait_for(&self, id: &str) -> WebElement {
        self.window.see(&format!("[data-testid=\"{id}\"]")).await
    }

    async fn press(&self, id: &str) -> WebDriverResult<()> {
        let element = self.wait_for(id).await;
        element.scroll_into_view().await?;
        element.click().await
    }

    async fn title(&self) -> String {
        let Ok(heading) = self.window.page.find(By::Css("main h1")).await else { return String::new() };
        heading.text().await.unwrap_or_default()
    }

    async fn address(&self) -> String {
        self.window.page.current_url().await.map(|url| url.fragment().unwrap_or_default().to_owned()).unwrap_or_default()
    }

    /// Keeps a picture of a screen the first time it is seen.
    async fn picture(&mut self, name: &str) -> WebDriverResult<()> {
        if self.seen.iter().any(|seen| seen == name) {
            return Ok(());
        }
        self.seen.push(name.to_owned());
        let Some(folder) = &self.kept else { return Ok(()) };
        self.pictures += 1;
        self.window.page.screenshot(&folder.join(format!("{:02}-{name}.png", self.pictures))).await
    }

    async fn start(&mut self) -> WebDriverResult<()> {
        self.picture("home").await?;
        self.press("home-task-0").await?;
        self.wait_for("start-drill").await;
        self.press("speed-6000").await?;
        self.picture("start").await?;
        self.press("start-drill").await?;
        self.wait_for("primary-action").await;
        Ok(())
    }

    /// Does one thing; `false` when the drill has ended.
    async fn move_on(&mut self) -> WebDriverResult<bool> {
        if self.address().await.starts_with("/requests") {
            self.review().await?;
            return Ok(true);
        }
        if self.find("confirm-reason").await.is_some() {
            self.give_reason().await?;
            return Ok(true);
        }
        let acknowledging = self.window.page.find(By::Css("button[data-testid^=\"acknowledge-\"]")).await.ok();
        if let Some(button) = acknowledging {
            button.scroll_into_view().await?;
            button.click().await?;
            return Ok(true);
        }
        if self.window.page.find(By::Css("main .ended, nav .end")).await.is_ok() {
            return Ok(false);
        }
        let warned = By::Css("main .problem a[href*=\"/steps/\"]");
        if let Ok(link) = self.window.page.find(warned).await {
            link.click().await?;
            return Ok(true);
        }
        self.press_primary().await
    }

    async fn press_primary(&mut self) -> WebDriverResult<bool> {
        let primary = self.find("primary-action").await;
        let Some(button) = (match primary {
            Some(button) => Some(button),
            None => self.find("back-to-current").await,
        }) else {
            tokio::time::sleep(LOOK).await;
            return Ok(true);
        };
        let name = self.title().await;
        let blocked = button.attr("aria-disabled").await?.is_some() || button.attr("aria-busy").await?.is_some();
        if blocked {
            tokio::time::sleep(LOOK).await;
            return Ok(true);
        }
        self.picture(&slug(&name)).await?;
        button.scroll_into_view().await?;
        // The page may be drawn anew between looking and pressing: the next look presses again.
        let _ = button.click().await;
        tokio::time::sleep(LOOK).await;
        Ok(true)
    }

    async fn give_reason(&mut self) -> WebDriverResult<()> {
        let field = self.window.see("dialog input[type=\"text\"]").await;
        field.send_keys("Known, and seen by the reviewer.").await?;
        self.picture("acknowledge").await?;
        self.press("confirm-reason").await?;
        let gone = self.window.page.query(By::Css("dialog")).wait(PATIENCE, LOOK);
        let _ = gone.not_exists().await?;
        Ok(())
    }

    /// Opens what must be opened first, approves, and gives the seat back.
    async fn review(&mut self) -> WebDriverResult<()> {
        if let Some(back) = self.find("hand-back").await {
            back.click().await?;
            tokio::time::sleep(LOOK).await;
            return Ok(());
        }
        if let Some(back) = self.find("back-to-request").await {
            self.picture("evidence").await?;
            return back.click().await;
        }
        let unopened = By::Css(".must li.todo button");
        if let Ok(first) = self.window.page.find(unopened).await {
            first.click().await?;
            tokio::time::sleep(LOOK).await;
            return Ok(());
        }
        let Some(approve) = self.find("approve").await else {
            tokio::time::sleep(LOOK).await;
            return Ok(());
        };
        if approve.attr("aria-disabled").await?.is_some() {
            tokio::time::sleep(LOOK).await;
            return Ok(());
        }
        let asked = self.title().await;
        self.picture(&format!("desk-{}", slug(&asked))).await?;
        let _ = approve.click().await;
        tokio::time::sleep(LOOK).await;
        Ok(())
    }

    /// Takes the auditor's seat, exports, and returns where the bundle is.
    async fn export(&mut self) -> WebDriverResult<PathBuf> {
        self.window.page.goto("tauri://localhost/index.html#/audit").await?;
        self.press("export-bundle").await?;
        let path = self.wait_for("export-path").await.text().await?;
        self.picture("export").await?;
        self.press("export-close").await?;
        self.picture("audit").await?;
        for screen in ["cleanup", "journal", "runbooks", "settings"] {
            self.window.page.goto(format!("tauri://localhost/index.html#/{screen}")).await?;
            self.window.see("main h1").await;
            self.picture(screen).await?;
        }
        Ok(PathBuf::from(path))
    }
}

/// What was found may be drawn anew before it is pressed: then it is looked for again.
fn looked_again(moved: WebDriverResult<bool>) -> WebDriverResult<bool> {
    use thirtyfour::error::WebDriverErrorInner::{
        ElementClickIntercepted, ElementNotInteractable, NoSuchElement, StaleElementReference,
    };
    match moved {
        Err(error) => match error.as_inner() {
            StaleElementReference(_) | ElementNotInteractable(_) | ElementClickIntercepted(_) | NoSuchElement(_) => Ok(true),
            _ => Err(error),
        },
        known => known,
    }
}

fn slug(text: &str) -> String {
    let kept: String = text.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let words: Vec<&str> = kept.split('-').filter(|word| !word.is_empty()).take(6).collect();
    words.join("-")
}

fn keep(bundle: &Path, folder: &Path) {
    std::fs::copy(bundle, folder.join("drill.zip")).unwrap();
}

#[tokio::test]
async fn whole_drill() -> WebDriverResult<()> {
    let home = tempfile::tempdir().unwrap();
    let window = Window::open(home.path()).await;
    let kept = std::env::var_os("DRILLBOOK_E2E_KEEP").map(PathBuf::from);
    let mut story = Story { window, kept: kept.clone(), pictures: 0, seen: Vec::new() };
    story.window.see("main h1").await;
    story.start().await?;
    let begun = Instant::now();
    while looked_again(story.move_on().await)? {
        if begun.elapsed() > WHOLE {
            let _ = story.picture("stuck").await;
            panic!("the drill did not end; it stands at {} ({})", story.title().await, story.address().await);
        }
    }
    story.picture("ended").await?;
    let bundle = story.export().await?;
    assert!(bundle.is_file(), "{}", bundle.display());
    if let Some(folder) = &kept {
        keep(&bundle, folder);
    }
    story.window.close().await;
    Ok(())
}
