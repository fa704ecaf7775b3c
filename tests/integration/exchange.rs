//! Sign-off across machines from the window: the policy, a request on its way out, a decision on its way in.

use crate::prepared::{Play, played};
use crate::reviewer::{NAMESPACE, RITA, Reviewer};
use crate::seat::{Seat, call, window};
use drillbook_desktop::desk::{Ask, Desk};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use tauri::test::MockRuntime;
use tauri::{Manager, WebviewWindow};

/// The gate that is decided elsewhere.
const GATE: &str = "approve-prepare";

/// The operator's computer at a gate, waiting for a reviewer whose key is elsewhere.
struct Case {
    seat: Seat,
    reviewer: Reviewer,
    /// What the next dialog of the desktop answers.
    place: Arc<Mutex<Option<PathBuf>>>,
}

impl Case {
    fn new() -> Self {
        let (folder, reviewer) = (tempfile::tempdir().unwrap(), Reviewer::new());
        let play = Play {
            reviewer: Some((RITA, &reviewer.public())),
            ..Play::default()
        };
        tauri::async_runtime::block_on(played(folder.path(), play));
        let (seat, place) = (Seat::at(folder), Arc::new(Mutex::new(None)));
        let answer = Arc::clone(&place);
        let ask = move |_: Ask<'_>| answer.lock().unwrap().clone();
        seat.app.state::<Desk>().ask_place_with(Box::new(ask));
        Self {
            seat,
            reviewer,
            place,
        }
    }

    fn window(&self) -> WebviewWindow<MockRuntime> {
        window(&self.seat.app, "main")
    }

    fn ask(&self, command: &str, arguments: Value) -> Value {
        call(&self.window(), command, arguments)
            .unwrap_or_else(|error| panic!("{command}: {error:#}"))
    }

    fn refused(&self, command: &str, arguments: Value) -> Value {
        call(&self.window(), command, arguments).expect_err(command)
    }

    /// Says what the next dialog answers.
    fn dialog(&self, place: Option<PathBuf>) {
        *self.place.lock().unwrap() = place;
    }

    /// Returns the id of the request that is open.
    fn open(&self) -> String {
        let open = self.ask("requests", json!({}));
        open[0]["id"].as_str().unwrap().to_owned()
    }
}

/// Lets `ssh-keygen` judge the signature by the file that was exported.
fn verified(case: &Case, signers: &std::path::Path) -> bool {
    let document = std::fs::File::open(case.reviewer.path("decision.json")).unwrap();
    let judged = Command::new("ssh-keygen")
        .args(["-Y", "verify", "-I", RITA, "-n", NAMESPACE, "-f"])
        .arg(signers)
        .arg("-s")
        .arg(case.reviewer.path("decision.json.sig"))
        .stdin(Stdio::from(document))
        .output()
        .unwrap();
    judged.status.success()
}

#[test]
fn a_decision_that_ssh_keygen_signed_elsewhere_opens_the_gate() {
    let case = Case::new();
    let id = case.open();
    let request = case.ask("request_text", json!({"id": id}));
    assert_eq!(request["canSign"], json!(["Rita Okafor", "Sam Duarte"]));
    let text = request["text"].as_str().unwrap();
    saved(&case, &id, text);

    let wrong = case.reviewer.signs(text, "drill-policy@drillbook");
    let refusal = case.refused("import_decision", json!({"text": wrong}));
    assert_eq!(refusal["code"], "signature.namespace", "{refusal:#}");
    assert!(refusal["next"].is_string());

    case.reviewer.signs(text, NAMESPACE);
    case.dialog(Some(case.reviewer.path("decision.json.sig")));
    let taken = case.ask("open_decision", json!({}));
    assert_eq!(taken["person"], "Rita Okafor");
    assert_eq!(taken["step"], GATE);
    assert_eq!(
        (&taken["kind"], &taken["known"]),
        (&json!("approval"), &json!(false))
    );
    assert_eq!(taken["state"], "approved");
    assert_eq!(
        case.ask("request", json!({"id": id}))["row"]["state"],
        "approved"
    );

    let again = case.reviewer.signs(text, NAMESPACE);
    let again = case.ask(
        "import_decision",
        json!({"text": format!("> {}", again.replace('\n', "\r\n> "))}),
    );
    assert_eq!(again["known"], true, "taking it in twice changes nothing");
    exported(&case);
}

/// The file of a request is the text, under the name that is proposed; a closed dialog saves nothing.
fn saved(case: &Case, id: &str, text: &str) {
    case.dialog(None);
    assert_eq!(
        case.ask("save_request", json!({"id": id})),
        json!({"path": null})
    );
    let file = case.reviewer.path("request.txt");
    case.dialog(Some(file.clone()));
    case.ask("save_request", json!({"id": id}));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    case.dialog(Some(case.reviewer.path("nowhere").join("request.txt")));
    let refusal = case.refused("save_request", json!({"id": id}));
    assert_eq!(refusal["code"], "shell.not_saved");
    let refusal = case.refused("open_decision", json!({}));
    assert_eq!(refusal["code"], "exchange.file");
    case.dialog(None);
    assert_eq!(case.ask("open_decision", json!({})), Value::Null);
}

/// The page names who signs with what; its export lets OpenSSH judge what they signed.
fn exported(case: &Case) {
    let page = case.ask("policy", json!({}));
    let policy = &page["policy"];
    assert_eq!(page["title"], "Policy version 1 is in force");
    assert_eq!(
        policy["fingerprint"], policy["digest"],
        "version 1 is the one that is compared"
    );
    assert_eq!(policy["reviewOverdue"], false);
    let people = policy["people"].as_array().unwrap();
    let rita = people.iter().find(|one| one["id"] == RITA).unwrap();
    assert_eq!(rita["name"], "Rita Okafor");
    assert_eq!(rita["keys"][0]["state"], "inUse");
    let signers = case.reviewer.path("allowed_signers");
    case.dialog(Some(signers.clone()));
    let file = case.ask("save_signers", json!({}));
    assert_eq!(file["missing"], json!([]));
    assert!(verified(case, &signers));
}

#[test]
fn before_the_first_drill_the_policy_says_that_there_is_none() {
    let seat = Seat::taken();
    let window = window(&seat.app, "main");
    let page = call(&window, "policy", json!({})).unwrap();
    assert_eq!(page["policy"], Value::Null);
    let refusal = call(&window, "save_signers", json!({})).expect_err("there is nothing to save");
    assert_eq!(refusal["code"], "policy.none");
}
