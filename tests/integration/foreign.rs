//! A request of another machine in the reviewer's own window: two data folders, and nothing between them but files.

use crate::prepared::{Play, played};
use crate::reviewer::{RITA, Reviewer};
use crate::seat::{Seat, call, window};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use drillbook_desktop::desk::{Ask, Desk};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};
use tauri::test::MockRuntime;
use tauri::{Manager, WebviewWindow};

const WORDS: &str = "the words of the key";

/// One computer: its window, and what the next dialog of its desktop answers.
struct Machine {
    seat: Seat,
    place: Arc<Mutex<Option<PathBuf>>>,
}

impl Machine {
    fn on(folder: tempfile::TempDir) -> Self {
        let (seat, place) = (Seat::at(folder), Arc::<Mutex<Option<PathBuf>>>::default());
        let answer = Arc::clone(&place);
        let ask = move |_: Ask<'_>| answer.lock().unwrap().clone();
        seat.app.state::<Desk>().ask_place_with(Box::new(ask));
        Self { seat, place }
    }

    /// The operator's, at a gate that waits for somebody whose key is elsewhere.
    fn of_the_operator(reviewer: &Reviewer) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let play = Play {
            reviewer: Some((RITA, &reviewer.public())),
            ..Play::default()
        };
        tauri::async_runtime::block_on(played(folder.path(), play));
        Self::on(folder)
    }

    fn window(&self) -> WebviewWindow<MockRuntime> {
        window(&self.seat.app, "main")
    }

    fn ask(&self, command: &str, arguments: Value) -> Value {
        call(&self.window(), command, arguments)
            .unwrap_or_else(|error| panic!("{command}: {error:#}"))
    }

    fn code(&self, command: &str, arguments: Value) -> Value {
        call(&self.window(), command, arguments).expect_err(command)["code"].clone()
    }

    fn dialog(&self, place: PathBuf) {
        *self.place.lock().unwrap() = Some(place);
    }

    /// Returns the open request as it travels.
    fn request(&self) -> String {
        let open = self.ask("requests", json!({}));
        let text = self.ask("request_text", json!({"id": open[0]["id"]}));
        text["text"].as_str().unwrap().to_owned()
    }
}

fn pasted(text: &str) -> Value {
    json!({"request": {"kind": "text", "text": text}})
}

fn answer(id: &Value, key: &Value, passphrase: Value) -> Value {
    json!({"request": {"request": id, "approve": true, "reason": "", "conditions": [
        {"fact": "now", "op": "before", "value": "2099-01-01T00:00:00Z"}
    ], "key": key, "passphrase": passphrase}})
}

/// Puts the reviewer's private key under a passphrase.
fn protect(reviewer: &Reviewer) {
    let done = Command::new("ssh-keygen")
        .args(["-q", "-p", "-P", "", "-N", WORDS, "-f"])
        .arg(reviewer.path("key"))
        .output()
        .unwrap();
    assert!(done.status.success());
}

/// What the reviewer reads is what the operator's computer composed.
fn is_whole(view: &Value) {
    let request = &view["request"];
    assert_eq!(view["environment"], "rehearsal");
    assert_eq!(view["runbookKnown"], true);
    assert!(view["fingerprint"].as_str().unwrap().starts_with("sha256:"));
    assert_eq!(
        (&request["mayDecide"], &request["row"]["operator"]),
        (&json!(true), &json!("maya@evergreen.example"))
    );
    let covers = request["covers"].as_array().unwrap();
    let actions: Vec<&Value> = covers
        .iter()
        .filter(|one| one["kind"] == "action")
        .collect();
    assert!(!actions.is_empty(), "{request:#}");
    for action in actions {
        assert!(action["digest"].as_str().unwrap().starts_with("sha256:"));
        assert!(
            action["requests"][0]["path"]
                .as_str()
                .unwrap()
                .starts_with("/subscriptions/")
        );
    }
    assert!(request.to_string().contains("\"az\":\"az "), "{request:#}");
    assert_eq!(request["journal"]["seenSize"], Value::Null);
}

#[test]
fn a_reviewer_reads_a_request_in_their_own_window_and_what_they_sign_opens_the_gate_elsewhere() {
    let reviewer = Reviewer::new();
    let operator = Machine::of_the_operator(&reviewer);
    let desk = Machine::on(tempfile::tempdir().unwrap());
    let file = reviewer.path("request.txt");
    std::fs::write(&file, operator.request()).unwrap();
    assert_eq!(
        operator.code("open_foreign", pasted(&operator.request())),
        "exchange.own_log"
    );
    desk.dialog(file);
    let view = desk.ask("open_foreign", json!({"request": {"kind": "file"}}));
    is_whole(&view);
    let id = view["request"]["row"]["id"].clone();
    assert!(
        view["keys"]
            .as_array()
            .unwrap()
            .iter()
            .all(|key| key["whyNot"].is_string()),
        "no key of this installation is in that policy"
    );
    protect(&reviewer);
    desk.dialog(reviewer.path("key"));
    let view = desk.ask("choose_signing_key", json!({"id": id}));
    let keys = view["keys"].as_array().unwrap();
    let key = keys.iter().find(|key| key["person"] == RITA).unwrap();
    assert_eq!(
        (&key["locked"], &key["whyNot"]),
        (&json!(true), &Value::Null)
    );
    let key = &key["fingerprint"];
    assert_eq!(
        desk.code("sign_foreign", answer(&id, key, Value::Null)),
        "reviewer.key_locked"
    );
    assert_eq!(
        desk.code("sign_foreign", answer(&id, key, json!("other words"))),
        "signature.passphrase"
    );
    let evidence = view["request"]["openFirst"].as_array().unwrap().clone();
    if !evidence.is_empty() {
        assert_eq!(
            desk.code("sign_foreign", answer(&id, key, json!(WORDS))),
            "approval.not_opened"
        );
    }
    for one in evidence {
        let about = json!({"request": {"request": id, "entry": one["entry"]}});
        let shown = desk.ask("foreign_evidence", about);
        assert!(
            shown["exchange"].is_object() || shown["text"].is_string(),
            "{shown:#}"
        );
    }
    let signed = desk.ask("sign_foreign", answer(&id, key, json!(WORDS)));
    assert_eq!(signed["request"]["row"]["state"], "approved");
    assert_eq!(
        (&signed["signed"]["person"], &signed["signed"]["approves"]),
        (&json!(RITA), &json!(true))
    );
    let saved = reviewer.path("decision.txt");
    desk.dialog(saved.clone());
    desk.ask("save_foreign_decision", json!({"id": id}));
    operator.dialog(saved);
    let taken = operator.ask("open_decision", json!({}));
    assert_eq!(
        (&taken["person"], &taken["state"]),
        (&json!("Rita Okafor"), &json!("approved"))
    );
    let seen = desk.ask("foreign_request", json!({"id": id}));
    assert_eq!(
        seen["request"]["journal"]["seenSize"],
        seen["request"]["journal"]["size"]
    );
}

#[test]
fn a_request_lies_in_the_exchange_folder_and_a_refusal_goes_back_through_it() {
    let (reviewer, shared) = (Reviewer::new(), tempfile::tempdir().unwrap());
    let operator = Machine::of_the_operator(&reviewer);
    let desk = Machine::on(tempfile::tempdir().unwrap());
    desk.dialog(shared.path().to_owned());
    desk.ask("choose_exchange_folder", json!({}));
    std::fs::write(shared.path().join("a.request.txt"), operator.request()).unwrap();
    let damaged = operator.request().replace("W", "V");
    std::fs::write(shared.path().join("b.request.txt"), damaged).unwrap();
    std::fs::write(shared.path().join("notes.txt"), "call Rita").unwrap();
    let list = desk.ask("foreign_requests", json!({}));
    let found = list["found"].as_array().unwrap();
    assert_eq!(found.len(), 2, "{list:#}");
    assert!(found[0]["row"].is_object() && found[0]["problem"].is_null());
    assert!(found[1]["row"].is_null() && found[1]["problem"]["code"].is_string());
    let named = |file: &str| json!({"request": {"kind": "folder", "file": file}});
    for hostile in ["../a.request.txt", "/etc/passwd", "notes.txt"] {
        assert_eq!(desk.code("open_foreign", named(hostile)), "exchange.file");
    }
    let view = desk.ask("open_foreign", named("a.request.txt"));
    let id = view["request"]["row"]["id"].clone();
    desk.dialog(reviewer.path("key"));
    let view = desk.ask("choose_signing_key", json!({"id": id}));
    let keys = view["keys"].as_array().unwrap();
    let key = keys.iter().find(|key| key["person"] == RITA).unwrap();
    let refuse = |reason: &str| {
        json!({"request": {"request": id, "approve": false, "reason": reason,
        "conditions": [], "key": key["fingerprint"], "passphrase": null}})
    };
    assert_eq!(desk.code("sign_foreign", refuse(" ")), "exchange.no_reason");
    assert_eq!(
        desk.code("lay_out_foreign_decision", json!({"id": id})),
        "exchange.not_decided"
    );
    desk.ask("sign_foreign", refuse("Not on a Friday."));
    desk.ask("lay_out_foreign_decision", json!({"id": id}));
    let mut files = std::fs::read_dir(shared.path())
        .unwrap()
        .map(|file| file.unwrap().path());
    let left = files
        .find(|file| file.to_string_lossy().ends_with(".decision.txt"))
        .unwrap();
    operator.dialog(left);
    let taken = operator.ask("open_decision", json!({}));
    assert_eq!(
        (&taken["kind"], &taken["state"]),
        (&json!("refusal"), &json!("refused"))
    );
}

/// Returns the request with some bytes of its last block replaced by as many others.
fn altered(request: &str, from: &str, to: &str) -> String {
    let (before, rest) = request
        .split_once("-----BEGIN DRILLBOOK REQUEST-----")
        .unwrap();
    let (block, _) = rest.split_once("-----END").unwrap();
    let bytes = STANDARD
        .decode(block.split_whitespace().collect::<String>())
        .unwrap();
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.contains(from), "{from} is not in the request");
    let block = STANDARD.encode(text.replacen(from, to, 1));
    let lines: Vec<&str> = block
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!(
        "{before}-----BEGIN DRILLBOOK REQUEST-----\n{}\n-----END DRILLBOOK REQUEST-----\n",
        lines.join("\n")
    )
}

#[test]
fn a_hostile_request_file_is_refused_with_its_code_and_leaves_nothing_open() {
    let reviewer = Reviewer::new();
    let operator = Machine::of_the_operator(&reviewer);
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_owned();
    let desk = Machine::on(folder);
    let request = operator.request();
    let check = |text: &str, code: &str| {
        assert_eq!(
            desk.code("open_foreign", pasted(text)),
            code,
            "{:.200}",
            text
        );
    };
    check("Approved, Rita.", "exchange.nothing_found");
    check(
        &format!("{request}\n{}", altered(&request, "westus", "eastuz")),
        "exchange.several",
    );
    check(
        &altered(&request, "resourceGroups", "resourceGroupz"),
        "exchange.differs",
    );
    check(
        &altered(&request, "drill.request-file/1", "drill.request-file/2"),
        "exchange.kind",
    );
    check(
        &altered(&request, "maya@evergreen", "olga@evergreen"),
        "exchange.not_in_log",
    );
    check(
        &altered(&request, r#"requested_at\":\"20"#, r#"requested_at\":\"19"#),
        "exchange.request_signature",
    );
    check(&"A".repeat(9_000_000), "exchange.too_large");
    let list = desk.ask("foreign_requests", json!({}));
    assert_eq!(list["opened"], json!([]));

    let view = desk.ask("open_foreign", pasted(&request));
    let size = view["request"]["journal"]["size"].clone();
    let other = json!({"heads": {view["log"].as_str().unwrap(): {"size": size, "root": "sha256:00", "at": "2026-11-21T12:00:00Z"}},
        "approved": {}});
    std::fs::write(data.join("witnessed.json"), other.to_string()).unwrap();
    check(&request, "exchange.head_differs");
}
