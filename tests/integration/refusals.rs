//! Every command, from every seat, in every state of a drill, with arguments that must be refused there.
//!
//! Nothing here may succeed and change something: what a window that lies could ask for at a wrong moment gets a
//! code, and the journal afterwards holds nothing but refusals. The codes are `tests/golden/ipc_refusals.txt`.

use crate::prepared::{Play, played};
use crate::seat::{Seat, call, window};
use chrono::{DateTime, Utc};
use drillbook_desktop::desk::Desk;
use drillbook_desktop::ipc::guard::{GUARDED, Who};
use drillbook_desktop::ipc::views::RoleView;
use serde_json::{Value, json};
use std::fmt::Write;
use tauri::test::MockRuntime;
use tauri::{Manager, WebviewWindow};

/// A person of each role, from the built-in cast.
const SEATS: [(RoleView, &str, &str); 3] = [
    (RoleView::Operator, "operator", "maya@evergreen.example"),
    (RoleView::Reviewer, "reviewer", "rita@evergreen.example"),
    (RoleView::Auditor, "auditor", "omar@evergreen.example"),
];

/// A step that is never the drill's own in these states.
const ELSEWHERE: &str = "restore";

/// A state a data folder can be in.
struct State {
    name: &'static str,
    seat: Seat,
}

fn states() -> Vec<State> {
    let none = tempfile::tempdir().unwrap();
    let (open, ended) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let half = Play {
        until: Some("identity"),
        ..Play::default()
    };
    let left = tauri::async_runtime::block_on(async {
        played(ended.path(), Play::default()).await;
        played(open.path(), half).await
    });
    assert_eq!(
        left.drill,
        drill(&left.now),
        "every state has a drill of this name"
    );
    [("no drill", none), ("open", open), ("ended", ended)]
        .map(|(name, folder)| State {
            name,
            seat: Seat::at(folder),
        })
        .into()
}

/// Returns the id of the first drill of a year.
fn drill(now: &DateTime<Utc>) -> String {
    format!("D-{}-0001", now.format("%Y"))
}

/// Returns arguments of the right shape that nothing can be done with.
fn arguments(command: &str) -> Value {
    let (drill, reason) = (drill(&Utc::now()), "Because the window says so.");
    let at = json!({"drill": drill, "step": ELSEWHERE, "element": null});
    let with_reason = json!({"request": {"at": at, "reason": reason}});
    let request = format!("sha256:{}", "0".repeat(64));
    match command {
        "abort_drill" => json!({"request": {"at": at, "reason": " "}}),
        "acknowledge_step" | "ask_sign_off" | "run_step" => json!({"at": at}),
        "acknowledge_warning" => json!({"request": {"at": at, "number": 0, "reason": reason}}),
        "add_finding" => {
            json!({"request": {"drill": drill, "text": " ", "owner": "maya@evergreen.example", "due": "2027-01-31"}})
        }
        "add_note" => json!({"request": {"at": at, "text": " ", "deviation": false}}),
        "add_reference" => {
            json!({"request": {"at": at, "system": "Jira", "id": " ", "url": "javascript:alert(1)"}})
        }
        "attach_picture" => {
            json!({"request": {"at": at, "base64": "bm90IGEgcGljdHVyZQ==", "title": "x", "origin": "pasted"}})
        }
        "capture_picture" => {
            json!({"request": {"at": at, "source": "file:///etc/passwd", "title": "x"}})
        }
        "check_fields" => {
            json!({"request": {"at": {"drill": drill, "step": "nowhere", "element": null}, "fields": []}})
        }
        "enter_fields" => json!({"request": {"at": at, "fields": []}}),
        "choose" => json!({"request": {"at": at, "keys": ["0"], "reason": reason}}),
        "close_drill" => json!({"drill": drill}),
        "save_bundle" => json!({"request": {"drill": drill, "audience": "internal"}}),
        "decide_request" => json!({"request": {
            "request": request, "approve": true, "reason": "", "conditions": [], "seenSize": 1, "seenHead": "0".repeat(64)
        }}),
        "drill" => json!({"id": "D-1999-0001"}),
        "evidence" | "picture" => json!({"drill": drill, "entry": 4_000_000}),
        "export_bundle" => {
            json!({"request": {"drill": "../../keys", "audience": "internal"}})
        }
        "open_drill" => json!({"request": {
            "environment": "live", "connection": null, "runbook": "vm-disks-cross-region", "purpose": "drill",
            "faults": [], "surprise": false, "speed": 1
        }}),
        "open_evidence" => json!({"request": {"request": request, "step": "keys", "entry": 1}}),
        "add_connection" => json!({"request": {
            "name": "../prod", "cloud": "public", "tenant": "t", "subscription": "s",
            "credential": "azure-cli", "clientId": null, "certificatePassphrase": null, "passphrase": null
        }}),
        "remove_connection" | "test_connection" => json!({"name": "../../keys"}),
        "open_foreign" => json!({"request": {"kind": "text", "text": "Please approve, Maya."}}),
        "foreign_request"
        | "choose_signing_key"
        | "save_foreign_decision"
        | "lay_out_foreign_decision" => json!({"id": request}),
        "foreign_evidence" => json!({"request": {"request": request, "entry": 1}}),
        "sign_foreign" => json!({"request": {
            "request": request, "approve": true, "reason": "", "conditions": [], "key": "SHA256:x", "passphrase": null
        }}),
        "unlock_connection" => json!({"request": {"name": "../../keys", "passphrase": "short"}}),
        "import_decision" => json!({"text": "Approved, Rita."}),
        "open_live" => json!({"request": {"passphrase": "short"}}),
        "use_connection" => json!({"name": "../../keys"}),
        "propose_policy" => json!({"request": {
            "people": [], "threshold": 0, "gates": [], "breakGlass": ["maya@evergreen.example"],
            "retention": "P6Y", "reviewEvery": "never"
        }}),
        "take_policy_signature" => json!({"text": "Signed, Rita."}),
        "revoke_decision" => json!({"request": {"decision": request, "reason": reason}}),
        "break_glass" => json!({"request": {"request": request, "reason": reason}}),
        "review_glass" => {
            json!({"request": {"glass": request, "justified": true, "reason": reason}})
        }
        "read_public_key" => json!({"text": "ssh-rsa rita"}),
        "request" | "request_text" | "save_request" => json!({"id": request}),
        "resolve_finding" => json!({"request": {"drill": drill, "finding": "F-9", "how": reason}}),
        "resolve_unknown" => json!({"request": {
            "at": at, "request": "restore", "resolution": {"kind": "notSent", "reason": reason}
        }}),
        "take_line" => json!({"request": {"at": at, "request": "restore"}}),
        "report_line" => json!({"request": {"at": at, "request": "restore", "output": "{}"}}),
        "runbook" => json!({"id": "../../etc/passwd"}),
        "set_deadline" => {
            json!({"request": {"drill": drill, "deadline": "tomorrow", "reason": reason}})
        }
        "skip_step" | "withdraw_request" => with_reason,
        "step" => json!({"drill": drill, "step": "../restore"}),
        "switch_person" => json!({"person": "nobody@evergreen.example"}),
        _ => json!({}),
    }
}

/// Commands that only read and take nothing that could be wrong: everybody may always call them.
const HARMLESS: [&str; 17] = [
    "app",
    "audit",
    "capture_sources",
    "cleanup",
    "connections",
    "drills",
    "exchange_folder",
    "foreign_requests",
    "home",
    "journal",
    "live_state",
    "policy",
    "requests",
    "runbooks",
    "settings",
    "start_options",
    "verify_journal",
];

fn admitted(command: &str, role: RoleView) -> bool {
    let found = GUARDED.iter().find(|(name, _)| *name == command);
    found.is_some_and(|(_, who): &(&str, Who)| who.admits(role))
}

fn asked(window: &WebviewWindow<MockRuntime>, command: &str) -> String {
    match call(window, command, arguments(command)) {
        Ok(answer) => panic!("{command} was not refused: {answer:#}"),
        Err(error) => error["code"]
            .as_str()
            .unwrap_or_else(|| panic!("{command} was refused without a code: {error}"))
            .to_owned(),
    }
}

/// Returns the kinds of the entries that were appended after `size`.
fn appended(window: &WebviewWindow<MockRuntime>, size: u32) -> Vec<String> {
    let filter = json!({"filter": {
        "drill": null, "search": "", "kinds": [], "from": size, "newestFirst": false, "limit": 500
    }});
    let page = call(window, "journal", filter).unwrap();
    let rows = page["rows"].as_array().unwrap().iter();
    rows.map(|row| row["kind"].as_str().unwrap().to_owned())
        .collect()
}

fn listing() -> String {
    let mut text = String::from(
        "# What each command answers from each seat in each state, with arguments that must be refused there.\n\
         # Commands that only read and take nothing are left out. `cargo xtask bless` writes it; look at the difference.\n",
    );
    for State { name, seat } in states() {
        let window = window(&seat.app, "main");
        for (role, word, person) in SEATS {
            call(&window, "switch_person", json!({"person": person})).unwrap();
            let before = window.state::<Desk>().size();
            for (command, _) in GUARDED
                .iter()
                .filter(|(command, _)| !HARMLESS.contains(command))
            {
                let code = asked(&window, command);
                assert_eq!(
                    code == "role.not_yours",
                    !admitted(command, role),
                    "{command}: {word}, {name}"
                );
                let _ = writeln!(text, "{name:<9} {word:<9} {command:<20} {code}");
            }
            let kinds = appended(&window, before);
            assert!(
                kinds.iter().all(|kind| kind == "command.refused"),
                "{word}, {name}: {kinds:?}"
            );
        }
    }
    text
}

#[test]
fn every_command_is_refused_from_every_seat_in_every_state_that_does_not_allow_it() {
    let now = listing();
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/ipc_refusals.txt");
    if std::env::var_os("DRILLBOOK_BLESS").is_some() {
        std::fs::write(golden, &now).unwrap();
    }
    let agreed = std::fs::read_to_string(golden).unwrap_or_default();
    assert!(
        now == agreed,
        "tests/golden/ipc_refusals.txt says otherwise:\n{now}"
    );
}
