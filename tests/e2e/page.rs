//! What a person sees and presses: one look at the whole page, one press of what was seen.

use crate::driver::{LOOK, PATIENCE, Window};
use serde::Deserialize;
use std::path::PathBuf;
use std::time::Instant;
use thirtyfour::error::WebDriverErrorInner;
use thirtyfour::prelude::*;
use thirtyfour::{Key, TypingData};

/// Reads everything the story decides on at once, so that nothing is drawn anew in between.
const SEEN: &str = r#"
const shown = (one) => one.checkVisibility ? one.checkVisibility() : one.offsetParent !== null;
const offered = [...document.querySelectorAll("[data-testid]")].filter(shown).map((one) => ({
  id: one.dataset.testid,
  label: (one.textContent ?? "").trim().slice(0, 160),
  off: one.getAttribute("aria-disabled") === "true" || one.getAttribute("aria-busy") === "true" || one.disabled === true,
}));
const text = (selector) => (document.querySelector(selector)?.textContent ?? "").trim();
return {
  address: location.hash,
  title: text("main h1"),
  step: (document.querySelector("nav [aria-current=step]")?.dataset.testid ?? "").replace("rail-", ""),
  ended: document.querySelector("main .ended, nav .end") !== null,
  typed: document.querySelector("dialog input[type=text]")?.value ?? null,
  unopened: [...document.querySelectorAll(".must li.todo [data-testid]")].map((one) => one.dataset.testid),
  warned: [...document.querySelectorAll('main .problem a[href*="/steps/"]')].map((one) => one.getAttribute("href")),
  problem: text("main [role=alert]"),
  reading: document.querySelector("main [aria-busy=true], .skel") !== null,
  offered,
};
"#;

/// Answers when everything is painted.
const PAINTED: &str = r#"
const done = arguments[arguments.length - 1];
document.fonts.ready.then(() => requestAnimationFrame(() => requestAnimationFrame(() => done(true))));
"#;

/// Keeps what the page complains about, for the message of a failure.
const LISTEN: &str = r#"
if (!window.complaints) {
  window.complaints = [];
  const tell = console.error;
  console.error = (...all) => {
    window.complaints.push(all.map((one) => `${one} ${one?.stack ?? ""}`).join(" "));
    tell(...all);
  };
}
"#;

/// What the page says, and what it complained about.
const WORDS: &str =
    r#"return [document.body.innerText, ...(window.complaints ?? [])].join("\n--- complaint\n");"#;

/// Something that carries a test id.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Offer {
    /// Its test id.
    pub id: String,
    /// What it says.
    pub label: String,
    /// It cannot be pressed now.
    pub off: bool,
}

/// The page at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Seen {
    /// The address, from `#/` on.
    pub address: String,
    /// The heading.
    pub title: String,
    /// Id of the step on the screen, in a drill.
    pub step: String,
    /// The drill says how it ended.
    pub ended: bool,
    /// What stands in the field of a dialog.
    pub typed: Option<String>,
    /// Evidence that must be opened before approving.
    pub unopened: Vec<String>,
    /// Addresses of steps whose warnings must be acknowledged.
    pub warned: Vec<String>,
    /// What was refused.
    pub problem: String,
    /// Something is being read, so that it is not on the screen yet.
    pub reading: bool,
    /// Everything with a test id.
    pub offered: Vec<Offer>,
}

impl Seen {
    /// Returns what has this test id.
    pub fn offer(&self, id: &str) -> Option<&Offer> {
        self.offered.iter().find(|one| one.id == id)
    }

    /// Tells whether what has this test id can be pressed.
    pub fn can(&self, id: &str) -> bool {
        self.offer(id).is_some_and(|one| !one.off)
    }

    /// Tells whether the main button can be pressed and begins with these words.
    pub fn main_is(&self, words: &str) -> bool {
        let main = self.offer("primary-action");
        main.is_some_and(|one| !one.off && one.label.starts_with(words))
    }

    /// Returns the first whose test id begins like this and that can be pressed.
    pub fn like(&self, start: &str) -> Option<&Offer> {
        self.offered
            .iter()
            .find(|one| one.id.starts_with(start) && !one.off)
    }
}

/// The folder that was asked for, if any.
pub fn kept() -> Option<PathBuf> {
    std::env::var_os("DRILLBOOK_E2E_KEEP").map(PathBuf::from)
}

/// A window, and the folder that keeps its pictures.
pub struct Page {
    /// The window.
    pub window: Window,
    kept: Option<PathBuf>,
    names: Vec<String>,
}

impl Page {
    /// Watches a window; pictures are kept in the folder, if there is one.
    pub fn of(window: Window, kept: Option<PathBuf>) -> Self {
        Self {
            window,
            kept,
            names: Vec::new(),
        }
    }

    /// Looks at the page. While it is being loaded nothing can be seen: then it is looked at again.
    pub async fn look(&self) -> WebDriverResult<Seen> {
        let begun = Instant::now();
        loop {
            let seen = self
                .window
                .page
                .execute(&format!("{LISTEN}{SEEN}"), Vec::new())
                .await;
            let seen = seen.and_then(|seen| seen.convert());
            if seen.is_ok() || begun.elapsed() > PATIENCE {
                return seen;
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Looks until something is so.
    pub async fn until(&self, what: &str, so: impl Fn(&Seen) -> bool) -> WebDriverResult<Seen> {
        let begun = Instant::now();
        loop {
            let seen = self.look().await?;
            if so(&seen) {
                return Ok(seen);
            }
            if begun.elapsed() > PATIENCE {
                self.give_up(&format!("waited for: {what}")).await;
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Presses what has this test id; `false` when it was drawn anew meanwhile.
    pub async fn press(&self, id: &str) -> WebDriverResult<bool> {
        self.click(&format!("[data-testid=\"{id}\"]")).await
    }

    /// Presses what the selector names; `false` when it was drawn anew meanwhile.
    pub async fn click(&self, selector: &str) -> WebDriverResult<bool> {
        again(self.try_click(selector).await)
    }

    async fn try_click(&self, selector: &str) -> WebDriverResult<()> {
        let element = self.window.page.find(By::Css(selector)).await?;
        element.scroll_into_view().await?;
        element.click().await
    }

    /// Waits for what has this test id, and presses it.
    pub async fn go(&self, id: &str) -> WebDriverResult<()> {
        let there = |seen: &Seen| seen.can(id);
        self.until(id, there).await?;
        while !self.press(id).await? {
            self.until(id, there).await?;
        }
        Ok(())
    }

    /// Types into the field that the selector names; `false` when it was drawn anew meanwhile.
    pub async fn fill(&self, selector: &str, text: &str) -> WebDriverResult<bool> {
        again(self.try_fill(selector, text).await)
    }

    async fn try_fill(&self, selector: &str, text: impl Into<TypingData>) -> WebDriverResult<()> {
        self.window
            .page
            .find(By::Css(selector))
            .await?
            .send_keys(text)
            .await
    }

    /// Types into the field that the selector names, in place of what stands there.
    pub async fn replace(&self, selector: &str, text: &str) -> WebDriverResult<bool> {
        let chosen = again(self.try_fill(selector, Key::Control + "a").await)?;
        Ok(chosen && self.fill(selector, text).await?)
    }

    /// Gives the reason that a dialog asks for, and waits until the dialog is gone.
    pub async fn give_reason(&self, reason: &str) -> WebDriverResult<()> {
        self.until("a dialog that asks for a reason", |seen| {
            seen.typed.as_deref() == Some("")
        })
        .await?;
        self.fill("dialog input[type=\"text\"]", reason).await?;
        self.go("confirm-reason").await?;
        self.until("the dialog closes", |seen| {
            seen.offer("confirm-reason").is_none()
        })
        .await?;
        Ok(())
    }

    /// Waits until the page says this, wherever.
    pub async fn says(&self, words: &str) -> WebDriverResult<()> {
        let begun = Instant::now();
        while !self.words().await?.contains(words) {
            if begun.elapsed() > PATIENCE {
                self.give_up(&format!("waited for the words: {words}"))
                    .await;
            }
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }

    /// Returns what the page says, and what it complained about.
    pub async fn words(&self) -> WebDriverResult<String> {
        let words = self.window.page.execute(WORDS, Vec::new()).await;
        words.and_then(|words| words.convert())
    }

    /// Goes to an address of the window, as a link would.
    pub async fn walk(&self, address: &str) -> WebDriverResult<()> {
        let to = vec![serde_json::json!(address)];
        self.window
            .page
            .execute("location.hash = arguments[0];", to)
            .await?;
        // The address of the drill's own step becomes the drill's.
        let same = |seen: &Seen| {
            address == seen.address || address.starts_with(&format!("{}/steps/", seen.address))
        };
        let there = |seen: &Seen| same(seen) && !seen.reading && !seen.title.is_empty();
        self.until(address, there).await.map(|_| ())
    }

    /// Keeps a picture of a screen the first time it is seen.
    pub async fn picture(&mut self, name: &str) -> WebDriverResult<()> {
        let Some(folder) = self.kept.clone() else {
            return Ok(());
        };
        let name = slug(name);
        if self.names.contains(&name) {
            return Ok(());
        }
        self.names.push(name.clone());
        // What was pressed shows with the next frame, and the first frame needs its fonts.
        self.window.page.execute_async(PAINTED, Vec::new()).await?;
        let file = folder.join(format!("{:03}-{name}.png", self.names.len()));
        self.window.page.screenshot(&file).await
    }

    /// Keeps a copy of a file.
    pub fn keep(&self, file: &std::path::Path, name: &str) {
        if let Some(folder) = &self.kept {
            std::fs::copy(file, folder.join(name)).unwrap();
        }
    }

    /// Fails with the step, the words of the page and a picture of it.
    pub async fn give_up(&self, why: &str) -> ! {
        let seen = self.look().await.ok();
        let (address, title) = seen
            .map(|seen| (seen.address, seen.title))
            .unwrap_or_default();
        let words = self.words().await.unwrap_or_default();
        let folder = self.kept.clone().unwrap_or_else(std::env::temp_dir);
        let picture = folder.join("gave-up.png");
        let _ = self.window.page.screenshot(&picture).await;
        panic!(
            "{why}\nat {title:?} ({address}), picture {}\n--- the page\n{words}\n---",
            picture.display()
        );
    }
}

/// What was found may be drawn anew before it is pressed: then the page is looked at again.
fn again(done: WebDriverResult<()>) -> WebDriverResult<bool> {
    use WebDriverErrorInner as E;
    match done {
        Ok(()) => Ok(true),
        Err(error) => match error.as_inner() {
            E::StaleElementReference(_)
            | E::ElementNotInteractable(_)
            | E::ElementClickIntercepted(_)
            | E::NoSuchElement(_) => Ok(false),
            _ => Err(error),
        },
    }
}

/// Returns a name for a file: the first words of a heading.
fn slug(text: &str) -> String {
    let kept: String = text
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    let words: Vec<&str> = kept
        .split('-')
        .filter(|word| !word.is_empty())
        .take(7)
        .collect();
    words.join("-")
}
