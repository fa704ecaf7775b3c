//! After a decision, from the window: a policy changed by its owner, a decision taken back, glass broken and reviewed,
//! and what people leave in the exchange folder.

use crate::prepared::{Play, played};
use crate::reviewer::{NAMESPACE, RITA, Reviewer};
use crate::seat::{Seat, call, window};
use crate::story::Player;
use drillbook_desktop::desk::{Ask, Desk};
use serde_json::{Value, json};
use std::path::PathBuf;
use tauri::Manager;

const MAYA: &str = "maya@evergreen.example";
const OMAR: &str = "omar@evergreen.example";

/// The window at the beginning of a drill, with the operator at it.
pub fn begun() -> (Seat, Player) {
    let folder = tempfile::tempdir().unwrap();
    let until = Play {
        until: Some("identity"),
        ..Play::default()
    };
    let left = tauri::async_runtime::block_on(played(folder.path(), until));
    let seat = Seat::at(folder);
    let player = Player {
        window: window(&seat.app, "main"),
        drill: left.drill,
    };
    player.ask("switch_person", json!({"person": MAYA}));
    (seat, player)
}

/// Lets an owner name somebody who may go on without a quorum.
fn names_who_may_break_glass(player: &Player) {
    let what = changes_the_policy(player, |request| {
        request["breakGlass"] = json!([OMAR]);
        request["reviewEvery"] = json!("P30D");
    });
    assert_eq!(what, ["May go on without a quorum", "Reviewed every"]);
}

/// Proposes, signs and adopts the next version; returns what it changes.
fn changes_the_policy(player: &Player, change: impl Fn(&mut Value)) -> Vec<String> {
    player.ask("switch_person", json!({"person": RITA}));
    let form = player.ask("policy", json!({}))["form"].clone();
    let people: Vec<Value> = form["people"].as_array().unwrap().iter().map(|one| {
        json!({"id": one["id"], "roles": one["roles"], "owner": one["owner"], "keys": one["keys"], "newKey": null})
    }).collect();
    let gates: Vec<Value> = form["gates"].as_array().unwrap().iter().map(|one| {
        json!({"name": one["name"], "quorum": one["quorum"], "roles": one["roles"], "approvalValid": one["approvalValid"]})
    }).collect();
    let mut request = json!({"people": people, "gates": gates, "threshold": form["threshold"],
        "breakGlass": form["breakGlass"], "retention": form["retention"], "reviewEvery": form["reviewEvery"]});
    change(&mut request);
    let page = player.ask("propose_policy", json!({"request": request}));
    let what = page["draft"]["differences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["what"].as_str().unwrap().to_owned())
        .collect();
    let home = player.ask("home", json!({}));
    assert_eq!(home["waiting"][0]["state"], "Your signature");
    player.ask("sign_policy", json!({}));
    let page = player.ask("adopt_policy", json!({}));
    assert_eq!(page["title"], "Policy version 2 is in force");
    player.ask("switch_person", json!({"person": MAYA}));
    what
}

#[test]
fn a_request_shows_the_rules_of_the_policy_it_was_made_under() {
    let (_seat, player) = begun();
    changes_the_policy(&player, |request| {
        for gate in request["gates"].as_array_mut().unwrap() {
            gate["quorum"] = json!(2);
            gate["approvalValid"] = json!(1800);
        }
    });
    let request = asked(&player);
    let view = player.ask("request", json!({"id": request}));
    let rules = (&view["quorum"], &view["approvalValid"]);
    assert_eq!(rules, (&json!(2), &json!(1800)), "{:#}", view["row"]);
    let policy = view["policy"].as_str().unwrap();
    assert!(policy.starts_with("version 2, "), "{policy}");
}

/// Asks for the sign-off; returns the id of the request.
fn asked(player: &Player) -> Value {
    for _ in 0..80 {
        let current = player.drill()["current"].as_str().unwrap().to_owned();
        let step = player.settled(&current);
        if player.drill()["current"] != step["id"] {
            continue;
        }
        let id = step["request"]["row"]["id"].as_str().unwrap_or_default();
        if !id.is_empty() && step["request"]["row"]["state"] == "open" {
            return json!(id);
        }
        assert!(player.go_on(&step), "{step:#}");
    }
    panic!("nobody asked");
}

#[test]
fn a_decision_is_taken_back_and_glass_is_broken_and_reviewed_at_the_window() {
    let (_seat, player) = begun();
    names_who_may_break_glass(&player);
    let request = asked(&player);
    player.ask("switch_person", json!({"person": RITA}));
    player.review(request.as_str().unwrap());
    let refused = |command: &str, arguments: Value| {
        call(&player.window, command, arguments).expect_err(command)["code"].clone()
    };
    let view = player.ask("request", json!({"id": request}));
    let decision = view["decisions"][0]["id"].clone();
    assert_eq!(
        view["decisions"][0]["mayTakeBack"], false,
        "the operator decided nothing"
    );
    let back = json!({"request": {"decision": decision, "reason": "It was the wrong machine."}});
    assert_eq!(refused("revoke_decision", back.clone()), "approval.role");
    player.ask("switch_person", json!({"person": RITA}));
    let view = player.ask("request", json!({"id": request}));
    assert_eq!(view["decisions"][0]["mayTakeBack"], true);
    let view = player.ask("revoke_decision", back);
    assert_eq!(view["decisions"][0]["takenBack"], true, "{:#}", view["row"]);

    // The gate opens again, for a new request.
    player.ask("switch_person", json!({"person": MAYA}));
    let request = asked(&player);
    let glass = |reason: &str| json!({"request": {"request": request, "reason": reason}});
    assert_eq!(
        refused("break_glass", glass("It burns.")),
        "approval.break_glass"
    );
    player.ask("switch_person", json!({"person": OMAR}));
    let view = player.ask("request", json!({"id": request}));
    assert_eq!(view["mayBreakGlass"], true, "{:#}", view["row"]);
    assert_eq!(refused("break_glass", glass(" ")), "document.field");
    let view = player.ask(
        "break_glass",
        glass("The building burns and nobody answers."),
    );
    assert_eq!(view["glass"]["person"], "Omar Haddad");
    assert_eq!(
        view["glass"]["mayReview"], false,
        "nobody reviews what they did themselves"
    );
    let review = json!({"request": {"glass": view["glass"]["id"], "justified": true, "reason": "It did burn."}});
    assert!(
        refused("review_glass", review.clone())
            .as_str()
            .unwrap()
            .starts_with("approval.")
    );
    player.ask("switch_person", json!({"person": RITA}));
    let view = player.ask("review_glass", review);
    assert_eq!(view["glass"]["reviewed"], "Rita Okafor");
}

#[test]
fn what_is_asked_lies_in_the_exchange_folder_and_what_is_left_there_reaches_the_gate() {
    let (home, reviewer) = (tempfile::tempdir().unwrap(), Reviewer::new());
    let play = Play {
        reviewer: Some((RITA, &reviewer.public())),
        ..Play::default()
    };
    tauri::async_runtime::block_on(played(home.path(), play));
    let (own, folder) = (home.path().to_owned(), tempfile::tempdir().unwrap());
    let seat = Seat::at(home);
    let main = window(&seat.app, "main");
    let desk = seat.app.state::<Desk>();
    let place = std::sync::Arc::new(std::sync::Mutex::new(own));
    let answer = std::sync::Arc::clone(&place);
    desk.ask_place_with(Box::new(move |ask| {
        (ask == Ask::Folder).then(|| answer.lock().unwrap().clone())
    }));
    let ask =
        |command: &str| call(&main, command, json!({})).unwrap_or_else(|error| panic!("{error:#}"));
    let refused =
        |command: &str| call(&main, command, json!({})).expect_err(command)["code"].clone();
    assert_eq!(refused("forget_exchange_folder"), "exchange.no_folder");
    assert_eq!(refused("choose_exchange_folder"), "exchange.own_folder");
    *place.lock().unwrap() = folder.path().to_owned();
    let view = ask("choose_exchange_folder");
    assert_eq!(
        (&view["laidOut"], &view["taken"]),
        (&json!(1), &json!(0)),
        "{view:#}"
    );

    let file = only_file(folder.path());
    let text = std::fs::read_to_string(&file).unwrap();
    reviewer.signs(&text, "drill-policy@drillbook");
    left(&reviewer, folder.path(), "wrong.json");
    reviewer.signs(&text, NAMESPACE);
    left(&reviewer, folder.path(), "decision.json");
    desk.look_into_the_folder();
    let requests = ask("requests");
    assert_eq!(requests[0]["state"], "approved", "{requests:#}");
    let view = ask("exchange_folder");
    assert_eq!(view["taken"], 1, "{view:#}");
    assert_eq!(view["problem"], Value::Null);
    assert_eq!(ask("forget_exchange_folder")["path"], Value::Null);
    assert!(file.exists(), "what lies there stays there");
}

fn only_file(folder: &std::path::Path) -> PathBuf {
    let mut files = std::fs::read_dir(folder).unwrap();
    files.next().unwrap().unwrap().path()
}

/// Leaves the decision and its signature in the folder, as a reviewer would: the signature last.
fn left(reviewer: &Reviewer, folder: &std::path::Path, name: &str) {
    let signature = std::fs::read(reviewer.path("decision.json.sig")).unwrap();
    std::fs::write(folder.join(format!("{name}.sig")), signature).unwrap();
    std::fs::copy(reviewer.path("decision.json"), folder.join(name)).unwrap();
}
