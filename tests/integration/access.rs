//! Access control: Tauri's own list first, then the guard of the seats.

use crate::permissions;
use crate::seat::{Seat, call, call_from, window};
use drillbook_desktop::ipc::guard::GUARDED;
use serde_json::{Value, json};
use tauri::test::mock_builder;

/// Never listed anywhere.
#[tauri::command]
fn unlisted() -> &'static str {
    "reached"
}

fn refused_by_tauri(answer: Result<Value, Value>) -> bool {
    answer.is_err_and(|error| {
        error
            .as_str()
            .is_some_and(|text| text.contains("not allowed"))
    })
}

fn code(answer: Result<Value, Value>) -> String {
    answer.map_or_else(
        |error| error["code"].as_str().unwrap_or("none").to_owned(),
        |_| "ok".to_owned(),
    )
}

#[test]
fn refuses_a_registered_command_that_no_permission_file_lists() {
    let app = mock_builder()
        .invoke_handler(tauri::generate_handler![unlisted])
        .build(drillbook_desktop::context())
        .unwrap();
    let window = window(&app, "main");
    assert!(refused_by_tauri(call(&window, "unlisted", json!({}))));
}

#[test]
fn refuses_every_command_to_a_window_that_has_no_capability() {
    let seat = Seat::taken();
    let window = window(&seat.app, "stranger");
    for (command, _) in GUARDED {
        assert!(
            refused_by_tauri(call(&window, command, json!({}))),
            "{command}"
        );
    }
}

#[test]
fn refuses_every_command_to_a_page_that_is_not_the_interface() {
    let seat = Seat::taken();
    let window = window(&seat.app, "main");
    for (command, _) in GUARDED {
        let answer = call_from(&window, "https://management.azure.com", command, json!({}));
        assert!(refused_by_tauri(answer), "{command}");
    }
}

#[test]
fn refuses_what_tauri_itself_offers_and_the_window_does_not_need() {
    let seat = Seat::taken();
    let window = window(&seat.app, "main");
    let offered = [
        "plugin:event|emit",
        "plugin:webview|create_webview_window",
        "plugin:window|set_title",
        "plugin:path|resolve_directory",
        "plugin:app|version",
        "plugin:dialog|save",
        "plugin:fs|read_text_file",
    ];
    for command in offered {
        assert!(call(&window, command, json!({})).is_err(), "{command}");
    }
}

#[test]
fn refuses_the_operators_commands_at_the_reviewers_seat() {
    let seat = Seat::of_a_reviewer();
    let window = window(&seat.app, "main");
    let at = json!({"at": {"drill": "D-2026-0001", "step": "restore", "element": null}});
    assert_eq!(code(call(&window, "run_step", at)), "role.not_yours");
}

#[test]
fn refuses_a_decision_at_the_operators_seat() {
    let seat = Seat::taken();
    let window = window(&seat.app, "main");
    let decision = json!({"request": {
        "request": "sha256:00", "approve": true, "reason": "", "conditions": [], "seenSize": 1, "seenHead": "00"
    }});
    assert_eq!(
        code(call(&window, "decide_request", decision)),
        "role.not_yours"
    );
}

#[test]
fn every_guarded_command_is_granted_and_every_granted_command_is_guarded() {
    let granted = permissions::granted();
    let own: Vec<&str> = granted
        .keys()
        .map(String::as_str)
        .filter(|name| !name.starts_with('('))
        .collect();
    let guarded: Vec<&str> = GUARDED.iter().map(|(name, _)| *name).collect();
    assert_eq!(own, guarded);
}

#[test]
fn the_list_of_commands_is_the_one_that_was_reviewed() {
    let golden = include_str!("../golden/command_permissions.txt");
    assert_eq!(
        permissions::listing(),
        golden,
        "run `cargo xtask codegen` and look at the difference"
    );
}
