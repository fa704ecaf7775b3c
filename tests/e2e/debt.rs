//! What is still owed: shown where people look, reminded of on the desktop, written down in the bundle.

use crate::bell::{Bell, Shown};
use crate::bundle;
use crate::driver::{Desktop, Window};
use crate::keyboard;
use crate::page::Page;
use crate::prepared::{self, Play};
use crate::story;
use chrono::{Local, TimeDelta};
use drillbook_engine::Engine;
use thirtyfour::prelude::*;

/// A notification carries the drill's id and nothing else (trust.md §6).
fn reminder(drill: &str) -> Shown {
    Shown {
        summary: "Cleanup is due".to_owned(),
        body: drill.to_owned(),
    }
}

/// Sets a deadline that is near once the disks are restored.
fn due_soon(engine: &Engine, drill: &str) {
    let deadline = engine.clock().now() + TimeDelta::hours(3);
    engine
        .set_deadline(drill, deadline, "The disks are dear.".to_owned())
        .unwrap();
}

#[tokio::test]
async fn a_reminder_that_fell_due_meanwhile_is_caught_up_and_follows_the_deadline()
-> WebDriverResult<()> {
    let home = tempfile::tempdir().unwrap();
    let play = Play {
        until: Some("access"),
        before: Some(("disks", &due_soon)),
        ..Play::default()
    };
    let left = prepared::played(home.path(), play).await;
    let desktop = Desktop::alone().await;
    let mut bell = Bell::hung().await;
    let page = Page::of(Window::open_on(desktop, home.path()).await, None);
    assert_eq!(bell.next().await, reminder(&left.drill));
    page.says("Cleanup is due").await?;

    page.walk("#/cleanup").await?;
    page.go(&format!("move-{}", left.drill)).await?;
    let moved = (left.now + TimeDelta::hours(20)).with_timezone(&Local);
    let moved = moved.format("%a %-d %b, %H:%M").to_string();
    page.replace("dialog [data-testid=field-deadline]", &moved)
        .await?;
    page.fill(
        "dialog [data-testid=field-deadline-reason]",
        "The owner asked for another day.",
    )
    .await?;
    page.go("move-deadline").await?;
    assert_eq!(bell.next().await, reminder(&left.drill));
    assert_eq!(bell.more(), None, "each reminder is given once");
    page.walk("#/journal").await?;
    page.says("reminder.given").await?;
    page.window.close().await;
    Ok(())
}

#[tokio::test]
async fn a_drill_that_stopped_with_debt_says_so_everywhere_and_its_bundle_is_saved_where_asked()
-> WebDriverResult<()> {
    let home = tempfile::tempdir().unwrap();
    let play = Play {
        faults: &["leftover-locked"],
        before: Some(("disks", &due_soon)),
        ..Play::default()
    };
    let left = prepared::played(home.path(), play).await;
    let mut page = Page::of(Window::open(home.path()).await, None);
    page.says("still owed").await?;
    page.says("Stopped").await?;

    page.walk("#/cleanup").await?;
    let owed = format!("[data-testid=\"debt-{}\"]", left.drill);
    let owed = page.window.see(&owed).await.text().await?;
    assert!(owed.contains("due in") || owed.contains("late"), "{owed}");
    assert!(
        owed.contains("ScopeLocked"),
        "it says why it is still there: {owed}"
    );

    let bundle = story::exported(&mut page).await?;
    let place = home.path().join("handed-over.zip");
    page.go("save-bundle").await?;
    keyboard::focus("Save").await;
    keyboard::press("Escape");
    page.until("the dialog was closed", |seen| seen.can("save-bundle"))
        .await?;
    assert!(!place.exists(), "a closed dialog saves nothing");
    page.go("save-bundle").await?;
    keyboard::focus("Save").await;
    keyboard::type_and_enter(&place.display().to_string());
    page.until("the copy is named", |seen| {
        seen.offer("export-path")
            .is_some_and(|path| path.label == place.display().to_string())
    })
    .await?;
    page.window.close().await;
    assert_eq!(
        std::fs::read(&bundle).unwrap(),
        std::fs::read(&place).unwrap()
    );
    bundle::holds(&place);
    Ok(())
}
