//! Texts that would run if any room took them for markup: of the runbook, of Azure, of people.
//!
//! Every text that a person reads in this drill carries [`PAYLOAD`]. It must be seen as it is, and nothing of it run.

use crate::bundle;
use crate::driver::Window;
use crate::page::Page;
use crate::prepared::{self, Play};
use drillbook_engine::{Engine, library};
use drillbook_rehearsal::{Options, Rehearsal};
use serde_json::json;
use std::path::Path;
use thirtyfour::prelude::*;

/// Three ways to run, if it were markup, and one if it were an address.
const PAYLOAD: &str =
    r#"<img src=x onerror="window.ran=1"><script>window.ran=2</script><svg onload=window.ran=3>"#;

/// One piece of evidence in so many is opened.
const EVERY: usize = 9;

/// An address that runs when it is followed.
const ADDRESS: &str = "javascript:window.ran=4";

/// The hostile runbook.
const ID: &str = "hostile-texts";

/// Members of a runbook that are texts for people, wherever they stand.
const TEXTS: [&str; 10] = [
    "title", "why", "expect", "if_not", "undo", "text", "that", "help", "means", "note",
];

/// Members of a scenario that are texts for people.
const WORDS: [&str; 5] = ["description", "notes", "owner", "subscription_name", "app"];

/// What a payload leaves behind when it was taken for markup.
const TRACES: &str = r#"
return {
  ran: window.ran ?? null,
  made: document.querySelectorAll("img[src=x], svg[onload], main script, a[href^='javascript:']").length,
  shown: document.body.innerText.includes("<img src=x onerror="),
};
"#;

/// Returns the built-in runbook with the payload in every text.
fn runbook() -> String {
    let (_, text) = library::sources()[0];
    let mut runbook: toml::Value = toml::from_str(text).unwrap();
    taint(&mut runbook, &TEXTS);
    runbook["id"] = ID.into();
    toml::to_string(&runbook).unwrap()
}

/// Returns the built-in scenario with the payload in every text that is no name.
fn scenario() -> String {
    let mut scenario: toml::Value = toml::from_str(drillbook_armsim::EVERGREEN).unwrap();
    taint(&mut scenario, &WORDS);
    let name = scenario["company"]["name"].as_str().unwrap().to_owned();
    scenario["company"]["name"] = format!("{name} {PAYLOAD}").into();
    toml::to_string(&scenario).unwrap()
}

fn taint(value: &mut toml::Value, members: &[&str]) {
    match value {
        toml::Value::Table(table) => {
            let typed = table
                .get("type")
                .and_then(toml::Value::as_str)
                .is_some_and(|kind| kind == "text" || kind == "long-text");
            for (name, inner) in table.iter_mut() {
                let entered = typed && matches!(name.as_str(), "rehearsal" | "label");
                match inner {
                    toml::Value::String(text) if entered || members.contains(&name.as_str()) => {
                        text.push_str(PAYLOAD);
                    }
                    _ => taint(inner, members),
                }
            }
        }
        toml::Value::Array(list) => list.iter_mut().for_each(|one| taint(one, members)),
        _ => {}
    }
}

/// What people write during the drill.
fn write_down(engine: &Engine, drill: &str) {
    let text = || PAYLOAD.to_owned();
    engine.note(drill, "content", text(), false).unwrap();
    engine.note(drill, "content", text(), true).unwrap();
    engine
        .reference(drill, "content", text(), text(), Some(ADDRESS.to_owned()))
        .unwrap();
    engine
        .add_finding(drill, text(), "2027-01-31".to_owned(), text())
        .unwrap();
}

/// Returns the address of every room of the drill, and the report of its bundle.
async fn rooms(home: &Path, drill: &str) -> (Vec<String>, String) {
    let rehearsal = Rehearsal::open(Options {
        data: Some(home.to_owned()),
        ..Options::default()
    })
    .await
    .unwrap();
    let engine = rehearsal.engine();
    let file = home.join("report.zip");
    engine.export(drill, &file).unwrap();
    let known = engine.drill(drill).unwrap();
    let rooms = [
        "#/",
        "#/drills",
        "#/requests",
        "#/cleanup",
        "#/runbooks",
        "#/journal",
        "#/audit",
        "#/settings",
        "#/start",
    ];
    let steps = known.runbook.steps.iter();
    let steps = steps.map(|step| format!("#/drills/{drill}/steps/{}", step.id));
    let requests = engine.requests().unwrap().into_iter();
    let requests =
        requests.map(|(_, one)| format!("#/requests/{}", one.request.replace(':', "%3A")));
    let evidence = known.evidence.iter().filter(|one| one.evidence.is_some());
    let evidence = evidence
        .step_by(EVERY)
        .map(|one| format!("#/drills/{drill}/evidence/{}", one.seq));
    let all = rooms.into_iter().map(str::to_owned).chain(steps);
    (
        all.chain(requests).chain(evidence).collect(),
        bundle::report(&file),
    )
}

#[tokio::test]
async fn no_text_of_a_runbook_of_azure_or_of_a_person_becomes_markup() -> WebDriverResult<()> {
    let home = tempfile::tempdir().unwrap();
    let (runbook, scenario) = (runbook(), scenario());
    let play = Play {
        runbook: Some((ID, &runbook)),
        scenario: Some(&scenario),
        before: Some(("content", &write_down)),
        ..Play::default()
    };
    let left = prepared::played(home.path(), play).await;
    let (rooms, report) = rooms(home.path(), &left.drill).await;
    let page = Page::of(Window::open(home.path()).await, None);
    page.until("home", |seen| !seen.reading && !seen.title.is_empty())
        .await?;
    let mut shown = 0;
    for room in &rooms {
        page.walk(room).await?;
        let traces = page.window.page.execute(TRACES, vec![]).await?;
        let traces = traces.json().clone();
        assert_eq!(traces["ran"], json!(null), "{room}: it ran");
        assert_eq!(traces["made"], 0, "{room}: it became markup");
        shown += usize::from(traces["shown"] == true);
    }
    assert!(
        shown > rooms.len() / 2,
        "{shown} of {} rooms show it as it is",
        rooms.len()
    );
    page.window.close().await;
    assert!(!report.contains("<img src=x"), "the report holds markup");
    assert!(
        report.contains("&lt;img src=x"),
        "the report holds the text"
    );
    Ok(())
}
