//! The ways that are not straight, in one drill: taken back, refused, bounded, unanswered, broken off.

use crate::bundle;
use crate::driver::Window;
use crate::page::{Page, Seen};
use crate::story;
use drillbook_armsim::Ledger;
use thirtyfour::prelude::*;

/// What the reviewer says when they refuse.
const REFUSED: &str = "The staging account is not named in the change record.";

#[tokio::test]
async fn refused_bounded_unanswered_and_broken_off() -> WebDriverResult<()> {
    let home = tempfile::tempdir().unwrap();
    let mut page = Page::of(Window::open(home.path()).await, None);
    story::start_with(&mut page, &["twin-job", "lost-response"]).await?;
    taken_back_and_refused(&mut page).await?;
    bounded(&mut page).await?;
    unanswered(&mut page).await?;
    broken_off(&mut page).await?;
    let bundle = story::export(&mut page).await?;
    page.window.close().await;
    bundle::holds(&bundle);
    each_request_was_sent_once(home.path());
    Ok(())
}

/// The operator can ask for the sign-off of this step.
fn asks(step: &str) -> impl Fn(&Seen) -> bool {
    move |seen| seen.step == step && seen.main_is("Ask for")
}

/// Asks for the sign-off, and waits until the request is open.
async fn ask(page: &Page) -> WebDriverResult<()> {
    page.go("primary-action").await?;
    page.until("the request is open", |seen| seen.main_is("Switch to"))
        .await?;
    Ok(())
}

/// A request taken back leaves nothing to decide; a refused one shows its reason and can be asked for again.
async fn taken_back_and_refused(page: &mut Page) -> WebDriverResult<()> {
    story::play(page, asks("approve-prepare")).await?;
    ask(page).await?;
    page.go("action-withdraw").await?;
    page.give_reason("The charter names the wrong ticket.")
        .await?;
    page.until("it can be asked for again", asks("approve-prepare"))
        .await?;

    ask(page).await?;
    page.go("primary-action").await?;
    page.until("the desk", |seen| seen.can("refuse")).await?;
    page.go("refuse").await?;
    assert!(
        page.look().await?.can("refuse"),
        "a refusal without a reason is not sent"
    );
    page.fill("[data-testid=reason]", REFUSED).await?;
    page.go("refuse").await?;
    page.go("hand-back").await?;
    page.says(REFUSED).await?;
    page.says("They refused").await?;
    page.until("it can be asked for again", asks("approve-prepare"))
        .await?;
    Ok(())
}

/// What the reviewer allowed under a condition is refused at dispatch when it does not hold.
async fn bounded(page: &mut Page) -> WebDriverResult<()> {
    let ready = |seen: &Seen| {
        seen.can("approve") && seen.offer("condition-disks").is_some() && seen.unopened.is_empty()
    };
    story::play(page, ready).await?;
    page.replace("[data-testid=condition-disks]", "1").await?;
    page.go("approve").await?;
    page.go("hand-back").await?;
    story::play(page, |seen| {
        seen.step == "restore" && !seen.problem.is_empty()
    })
    .await?;
    let seen = page.look().await?;
    assert!(seen.problem.contains("approval.condition"), "{seen:?}");

    page.go("action-withdraw").await?;
    page.give_reason("Four disks are right; the bound was not.")
        .await?;
    page.until("it can be asked for again", asks("approve-restore"))
        .await?;
    Ok(())
}

/// The answer to the restore is lost, and two jobs could be it: the operator takes one, nothing is sent again.
async fn unanswered(page: &mut Page) -> WebDriverResult<()> {
    story::play(page, |seen| seen.offer("adopt").is_some()).await?;
    for words in [
        "What was sent",
        "What was found",
        "You have three choices",
        "Take a job as ours",
        "Keep looking",
        "None of these is ours: ask for a new sign-off",
    ] {
        page.says(words).await?;
    }
    let seen = page.look().await?;
    assert!(seen.offer("row-1").is_some(), "two jobs fit: {seen:?}");
    assert!(!seen.can("adopt"), "no job is proposed");
    assert!(!seen.can("not-sent"), "it is not given up without a look");
    page.click("[data-testid=\"row-0\"] label").await?;
    page.go("adopt").await?;
    page.until("the job is taken", |seen| seen.offer("adopt").is_none())
        .await?;
    Ok(())
}

/// Broken off while the job runs: it is waited for, then cleanup, the untouched check and the review still run.
async fn broken_off(page: &mut Page) -> WebDriverResult<()> {
    story::play(page, |seen| seen.step == "job").await?;
    page.go("abort").await?;
    page.give_reason("The people are needed elsewhere.").await?;
    for step in ["approve-cleanup", "untouched", "review"] {
        story::play(page, |seen| seen.step == step).await?;
        let seen = page.look().await?;
        assert!(!seen.ended, "it ended before {step}");
    }
    story::play(page, |_| false).await?;
    page.says("bandoned").await
}

/// Counts in the simulator's own file: one restore for each machine, whatever became of its answer.
fn each_request_was_sent_once(home: &std::path::Path) {
    let ledger = Ledger::read(&drillbook_rehearsal::state_file(home)).unwrap();
    assert_eq!(ledger.restores.len(), 2, "{:?}", ledger.restores);
    assert!(
        ledger.restores.values().all(|count| *count == 1),
        "{:?}",
        ledger.restores
    );
    for fault in ["twin-job", "lost-response"] {
        assert!(ledger.faults.contains_key(fault), "{:?}", ledger.faults);
    }
}
