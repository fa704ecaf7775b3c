//! A reviewer elsewhere decides: the request is copied out of the window, the decision pasted into it.

use crate::driver::Window;
use crate::page::Page;
use crate::prepared::{Play, played};
use crate::reviewer::{NAMESPACE, RITA, Reviewer};
use thirtyfour::prelude::*;

/// The gate that is decided elsewhere.
const GATE: &str = "approve-prepare";

/// Reads the request as the person would copy it.
const TEXT: &str = r#"return document.querySelector("[data-testid=request-text]").value;"#;

#[tokio::test]
async fn a_pasted_decision_opens_the_gate() -> WebDriverResult<()> {
    let (home, reviewer) = (tempfile::tempdir().unwrap(), Reviewer::new());
    let play = Play {
        reviewer: Some((RITA, &reviewer.public())),
        ..Play::default()
    };
    let left = played(home.path(), play).await;
    let page = Page::of(Window::open(home.path()).await, None);
    compared(&page).await?;
    page.walk(&format!("#/drills/{}", left.drill)).await?;
    let request = copied(&page).await?;
    refused(&page, &reviewer.signs(&request, "drill-policy@drillbook")).await?;
    page.replace(
        "[data-testid=field-decision]",
        &reviewer.signs(&request, NAMESPACE),
    )
    .await?;
    page.go("import-decision").await?;
    page.says("Rita Okafor approves").await?;
    page.go("take-close").await?;
    page.until("the gate is open", |seen| {
        seen.step != GATE && seen.offer("take-in").is_none()
    })
    .await?;
    page.window.close().await;
    Ok(())
}

/// The policy shows what is compared by voice.
async fn compared(page: &Page) -> WebDriverResult<()> {
    page.walk("#/policy").await?;
    page.says("Policy version 1 is in force").await?;
    page.says("Compare the fingerprint").await
}

async fn copied(page: &Page) -> WebDriverResult<String> {
    page.go("send-elsewhere").await?;
    page.until("the request", |seen| seen.offer("request-text").is_some())
        .await?;
    let text = page.window.page.execute(TEXT, Vec::new()).await?;
    page.go("send-close").await?;
    page.go("take-in").await?;
    page.until("the dialog", |seen| seen.offer("field-decision").is_some())
        .await?;
    text.convert()
}

/// What was signed for something else is named, and changes nothing.
async fn refused(page: &Page, signature: &str) -> WebDriverResult<()> {
    page.fill("[data-testid=field-decision]", signature).await?;
    page.go("import-decision").await?;
    page.says("the signature was made for drill-policy@drillbook")
        .await?;
    page.says("signature.namespace").await
}
