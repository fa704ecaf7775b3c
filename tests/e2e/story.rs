//! The drill as three people play it: whatever the window offers next is pressed.

use crate::driver::LOOK;
use crate::page::{Page, Seen};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use thirtyfour::prelude::*;

/// How long nothing may move. Azure's job is a wait of hours, shortened by the chosen speed.
const STALLED: Duration = Duration::from_secs(180);

/// The speed that the start screen offers and the story takes.
const SPEED: &str = "speed-6000";

/// Starts a rehearsal on the start screen, without surprises.
pub async fn start(page: &mut Page) -> WebDriverResult<()> {
    start_with(page, &[]).await
}

/// Starts a rehearsal on the start screen, with the chosen faults.
pub async fn start_with(page: &mut Page, faults: &[&str]) -> WebDriverResult<()> {
    let home =
        |seen: &Seen| seen.like("home-task-").is_some() || seen.offer("offer-rehearsal").is_some();
    page.until("home", home).await?;
    page.picture("home").await?;
    page.walk("#/start").await?;
    page.go(SPEED).await?;
    if !faults.is_empty() {
        page.go("surprises-chosen").await?;
    }
    for fault in faults {
        page.go(&format!("fault-{fault}")).await?;
    }
    page.picture("start").await?;
    page.go("start-drill").await?;
    page.until("the first step", |seen| {
        seen.offer("primary-action").is_some()
    })
    .await?;
    Ok(())
}

/// Plays until the drill has ended or `enough` says so.
pub async fn play(page: &mut Page, enough: impl Fn(&Seen) -> bool) -> WebDriverResult<()> {
    let (mut last, mut moved) = (None, Instant::now());
    loop {
        let seen = page.look().await?;
        if seen.ended || enough(&seen) {
            return Ok(());
        }
        if last.as_ref() != Some(&seen) {
            (last, moved) = (Some(seen.clone()), Instant::now());
        } else if moved.elapsed() > STALLED {
            page.give_up("nothing moves any more").await;
        }
        if !act(page, &seen).await? {
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// Does one thing; `false` when there is nothing to do but wait.
async fn act(page: &mut Page, seen: &Seen) -> WebDriverResult<bool> {
    if seen.offer("confirm-reason").is_some() {
        return give_reason(page, seen).await;
    }
    if seen.address.starts_with("#/requests") {
        return review(page, seen).await;
    }
    if let Some(warning) = seen.like("acknowledge-") {
        page.picture(&seen.title).await?;
        page.press(&warning.id).await?;
        return Ok(true);
    }
    if let Some(step) = seen.warned.first() {
        return page
            .click(&format!("main .problem a[href=\"{step}\"]"))
            .await;
    }
    let Some(primary) = seen.offer("primary-action") else {
        page.picture(&format!("{} working", seen.title)).await?;
        return Ok(false);
    };
    if primary.off {
        return pick(page, seen).await;
    }
    let result = if primary.label.starts_with("Go on") {
        " result"
    } else if seen.like("row-").is_some() {
        " rows"
    } else {
        ""
    };
    page.picture(&format!("{}{result}", seen.title)).await?;
    page.press("primary-action").await?;
    let before = (seen.title.clone(), primary.label.clone());
    settled(page, &before).await
}

/// Waits a moment for the press to show, so that nothing is pressed twice.
async fn settled(page: &Page, before: &(String, String)) -> WebDriverResult<bool> {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(2) {
        let seen = page.look().await?;
        let offered = seen.offer("primary-action").map(|one| one.label.clone());
        if seen.title != before.0 || offered.as_ref() != Some(&before.1) {
            break;
        }
    }
    Ok(true)
}

/// Picks the first row where the window proposes none.
async fn pick(page: &Page, seen: &Seen) -> WebDriverResult<bool> {
    let asked = seen
        .offer("why-not")
        .is_some_and(|why| why.label.starts_with("Pick a row"));
    if asked {
        page.click("tr[data-testid^=\"row-\"] input:not(:disabled):not(:checked)")
            .await
    } else {
        Ok(false)
    }
}

async fn give_reason(page: &mut Page, seen: &Seen) -> WebDriverResult<bool> {
    if seen.typed.as_deref() == Some("") {
        page.fill(
            "dialog input[type=\"text\"]",
            "Known, and seen by the reviewer.",
        )
        .await?;
        page.until("the reason is typed", |seen| {
            seen.typed.as_deref() != Some("")
        })
        .await?;
        return Ok(true);
    }
    if seen.offer("confirm-reason").is_none_or(|button| button.off) {
        return Ok(false);
    }
    page.picture("acknowledge").await?;
    page.press("confirm-reason").await?;
    page.until("the dialog closes", |seen| {
        seen.offer("confirm-reason").is_none()
    })
    .await?;
    Ok(true)
}

/// Reads what will be sent, opens what must be opened first, approves, and gives the seat back.
async fn review(page: &mut Page, seen: &Seen) -> WebDriverResult<bool> {
    if seen.offer("hand-back").is_some() {
        page.picture(&format!("desk decided {}", seen.title))
            .await?;
        page.press("hand-back").await?;
        page.until("the operator's desk", |seen| {
            seen.address.starts_with("#/drills")
        })
        .await?;
        return Ok(true);
    }
    if seen.offer("back-to-request").is_some() {
        page.picture("desk evidence").await?;
        return page.press("back-to-request").await;
    }
    if let Some(first) = seen.unopened.first() {
        page.picture(&format!("desk unread {}", seen.title)).await?;
        page.press(first).await?;
        page.until("the evidence is open", |seen| {
            seen.offer("back-to-request").is_some()
        })
        .await?;
        return Ok(true);
    }
    if seen.offer("approve").is_none_or(|approve| approve.off) {
        return Ok(false);
    }
    page.picture(&format!("desk {}", seen.title)).await?;
    page.press("approve").await
}

/// Sits the auditor down, exports the bundle, and returns where it is.
pub async fn export(page: &mut Page) -> WebDriverResult<PathBuf> {
    let path = exported(page).await?;
    page.go("export-close").await?;
    page.picture("audit").await?;
    Ok(path)
}

/// The same, up to the dialog that says what was written.
pub async fn exported(page: &mut Page) -> WebDriverResult<PathBuf> {
    page.picture("ended").await?;
    page.go("switch-person").await?;
    page.go("person-omar@evergreen.example").await?;
    page.picture("switch person").await?;
    page.go("sit-down").await?;
    page.go("export-bundle").await?;
    let seen = page
        .until("the bundle is written", |seen| {
            seen.offer("export-path").is_some()
        })
        .await?;
    page.picture("export").await?;
    let holds = page
        .window
        .see("dialog [data-testid=\"verdict\"]")
        .await
        .attr("data-holds")
        .await?;
    assert_eq!(
        holds.as_deref(),
        Some("true"),
        "the window says that its bundle does not hold"
    );
    let path = seen
        .offer("export-path")
        .map(|path| PathBuf::from(&path.label))
        .unwrap_or_default();
    Ok(path)
}

/// Walks through every room once more: in the dark, and in the smallest window.
pub async fn tour(page: &mut Page, drill: &str) -> WebDriverResult<()> {
    let steps = [
        "charter",
        "vault",
        "recovery-point",
        "approve-restore",
        "job",
        "cleanup",
        "review",
    ];
    let steps = steps.map(|step| (step, format!("#/drills/{drill}/steps/{step}")));
    let rooms = [
        "drills", "requests", "cleanup", "runbooks", "coverage", "journal", "audit", "policy",
        "settings",
    ];
    let rooms = rooms.map(|room| (room, format!("#/{room}")));
    let all: Vec<(&str, String)> = [("home", "#/".to_owned())]
        .into_iter()
        .chain(rooms)
        .chain(steps)
        .collect();
    for (theme, size) in [
        ("light", (1440, 900)),
        ("dark", (1440, 900)),
        ("light", (1024, 700)),
    ] {
        page.walk("#/settings").await?;
        page.go(&format!("theme-{theme}")).await?;
        page.window
            .page
            .set_window_rect(0, 0, size.0, size.1)
            .await?;
        for (name, address) in &all {
            page.walk(address).await?;
            page.picture(&format!("{name} {theme} {}", size.0)).await?;
        }
    }
    Ok(())
}
