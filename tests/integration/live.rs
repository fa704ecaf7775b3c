//! The live journal from the window: sealed, set up by its people, and a drill over a connection.
//!
//! A simulator stands in for Azure, which only a build for tests allows; the secret of its connection is in a keyring.

use crate::reviewer::{NAMESPACE, RITA, Reviewer};
use crate::seat::{Seat, call, window};
use crate::story::Player;
use drillbook_armsim::{Options, Simulator, scaled_clock};
use drillbook_engine::{CloudName, Connection, Connections, Credential, SimulatorAt};
use serde_json::{Value, json};
use std::path::Path;
use tauri::WebviewWindow;
use tauri::test::MockRuntime;

const PASSPHRASE: &str = "six words make a fine passphrase";
const OLGA: &str = "olga@evergreen.example";

fn ask(window: &WebviewWindow<MockRuntime>, command: &str, arguments: Value) -> Value {
    call(window, command, arguments).unwrap_or_else(|error| panic!("{command}: {error:#}"))
}

fn code(window: &WebviewWindow<MockRuntime>, command: &str, arguments: Value) -> Value {
    call(window, command, arguments).expect_err(command)["code"].clone()
}

/// An operator who owns the policy with a key made here, and a reviewer with a key of her own.
fn first_policy(reviewer: &Reviewer) -> Value {
    let person = |id: &str, role: &str, owner: bool, key: Value| json!({"id": id, "roles": [role], "owner": owner, "keys": [], "newKey": key});
    let theirs = json!({"kind": "public", "line": reviewer.public()});
    let gate = |name: &str| json!({"name": name, "quorum": 1, "roles": ["security-reviewer"], "approvalValid": 14_400});
    let gates = ["prepare", "restore", "start", "cleanup"].map(gate);
    json!({"request": {
        "people": [
            person(OLGA, "operator", true, json!({"kind": "made"})),
            person(RITA, "security-reviewer", false, theirs),
        ],
        "threshold": 1, "breakGlass": [], "retention": "P6Y", "reviewEvery": "P90D",
        "gates": gates,
    }})
}

fn set_up(window: &WebviewWindow<MockRuntime>, reviewer: &Reviewer) {
    let page = ask(window, "policy", json!({}));
    assert_eq!(
        (&page["policy"], &page["form"]["first"]),
        (&Value::Null, &json!(true))
    );
    assert_eq!(
        ask(window, "home", json!({}))["waiting"][0]["action"],
        "Write it"
    );
    let page = ask(window, "propose_policy", first_policy(reviewer));
    assert_eq!(page["draft"]["maySign"], OLGA);
    assert_eq!(
        code(window, "adopt_policy", json!({})),
        "exchange.policy_chain"
    );
    assert_eq!(
        ask(window, "sign_policy", json!({}))["draft"]["complete"],
        true
    );
    let page = ask(window, "adopt_policy", json!({}));
    assert_eq!(page["title"], "Policy version 1 is in force");
    let app = ask(window, "app", json!({}));
    assert_eq!(
        (&app["environment"], &app["person"]["id"]),
        (&json!("live"), &json!(OLGA))
    );
}

#[test]
fn a_live_journal_under_a_passphrase_is_begun_set_up_and_opened_again() {
    let seat = Seat::taken();
    let main = window(&seat.app, "main");
    let open = |passphrase: &str| json!({"request": {"passphrase": passphrase}});
    assert_eq!(
        code(&main, "open_live", open("short")),
        "key.weak_passphrase"
    );
    assert_eq!(
        ask(&main, "open_live", open(PASSPHRASE))["environment"],
        "live"
    );
    let reviewer = Reviewer::new();
    set_up(&main, &reviewer);
    let start = ask(&main, "start_options", json!({}));
    let missing: Vec<&Value> = start["live"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["met"] == false)
        .collect();
    assert_eq!(missing.len(), 1, "{missing:#?}");
    assert_eq!(missing[0]["code"], "live.no_connection");
    let drill = |environment: &str| {
        json!({"request": {"environment": environment, "connection": null,
        "runbook": "vm-disks-cross-region", "purpose": "drill", "faults": [], "surprise": false, "speed": 1}})
    };
    assert_eq!(code(&main, "open_drill", drill("rehearsal")), "live.open");
    assert_eq!(
        code(&main, "switch_person", json!({"person": RITA})),
        "engine.key_elsewhere"
    );

    assert_eq!(
        ask(&main, "open_rehearsal", json!({}))["environment"],
        "rehearsal"
    );
    assert_eq!(code(&main, "open_drill", drill("live")), "live.not_open");
    assert_eq!(
        code(&main, "open_live", open("another of six words")),
        "key.wrong_passphrase"
    );
    assert_eq!(
        code(&main, "open_live", json!({"request": {"passphrase": null}})),
        "key.passphrase_needed"
    );
    assert_eq!(
        ask(&main, "app", json!({}))["environment"],
        "rehearsal",
        "a wrong key closes nothing"
    );

    nothing_in_the_clear(&seat.folder().join("live"));
    assert_eq!(ask(&main, "live_state", json!({}))["passphrase"], true);
    assert_eq!(
        ask(&main, "open_live", open(PASSPHRASE))["person"]["id"],
        OLGA
    );
}

/// Neither the journal nor a private key can be read by who reads the files.
fn nothing_in_the_clear(live: &Path) {
    let mut folders = vec![live.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
            assert!(
                !text.contains("PRIVATE KEY") && !text.contains("SQLite format"),
                "{}",
                path.display()
            );
        }
    }
}

/// Keeps a connection that leads to the simulator as an application whose secret is in the keyring.
fn connected(data: &Path, name: &str, simulator: &Simulator, subscription: &str) {
    let (connection, secret) = leading_to(data, name, simulator, subscription);
    Connections::of(data)
        .add(&connection, Some(&secret))
        .unwrap();
}

/// A connection that leads to the simulator as an application, and its secret.
fn leading_to(
    data: &Path,
    name: &str,
    simulator: &Simulator,
    subscription: &str,
) -> (Connection, String) {
    let ca = data.join("ca.pem");
    std::fs::write(&ca, simulator.ca_pem()).unwrap();
    let known = simulator.credentials();
    let client_id = known.client_id.clone();
    let connection = Connection::new(
        name,
        CloudName::Simulator,
        &known.tenant,
        subscription,
        Credential::ClientSecret { client_id },
    );
    let address = simulator.https().unwrap().to_owned();
    let connection = connection.unwrap().to_simulator(SimulatorAt {
        address,
        ca: Some(ca),
    });
    (connection, known.client_secret.clone())
}

#[test]
fn a_live_drill_goes_over_its_connection_to_a_sign_off_elsewhere_and_under_no_other_identity() {
    if std::env::var_os("DRILLBOOK_KEYRING").is_none() {
        // A secret is kept in a keyring or nowhere; `cargo xtask test` brings one.
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (data, seat) = (folder.path().to_owned(), Seat::standing_in(folder));
    let simulator =
        tauri::async_runtime::block_on(Simulator::start(Options::new(scaled_clock(1)))).unwrap();
    let subscription = simulator.credentials().subscription.clone();
    connected(&data, "sim", &simulator, &subscription);
    let main = window(&seat.app, "main");
    let reviewer = Reviewer::new();
    assert_eq!(ask(&main, "live_state", json!({}))["keyring"], Value::Null);
    ask(&main, "open_live", json!({"request": {"passphrase": null}}));
    set_up(&main, &reviewer);

    let request = json!({"environment": "live", "connection": "sim", "runbook": "vm-disks-cross-region",
        "purpose": "drill", "faults": [], "surprise": false, "speed": 1});
    let drill = ask(&main, "open_drill", json!({"request": request}));
    let band = ask(&main, "app", json!({}))["band"].clone();
    assert_eq!(
        (&band["environment"], &band["connection"]),
        (&json!("live"), &json!("sim"))
    );
    assert_eq!(band["cloud"], "a simulator, standing in for Azure");
    let player = Player {
        drill: drill["row"]["id"].as_str().unwrap().to_owned(),
        window: main.clone(),
    };
    let id = to_the_first_gate(&player);
    let text = ask(&main, "request_text", json!({"id": id}))["text"].clone();
    let text = text.as_str().unwrap();
    assert!(
        text.starts_with("LIVE: request for sign-off"),
        "{}",
        &text[..80]
    );
    let signature = reviewer.signs(text, NAMESPACE);
    let taken = ask(&main, "import_decision", json!({"text": signature}));
    assert_eq!(
        (&taken["person"], &taken["state"]),
        (&json!(RITA), &json!("approved"))
    );
    let next = player.drill()["current"].as_str().unwrap().to_owned();

    let other = "11111111-2222-4333-8444-555555555555";
    connected(&data, "other", &simulator, other);
    assert_eq!(
        code(&main, "use_connection", json!({"name": "nobody"})),
        "connection.unknown"
    );
    pretend_to_use(&data, "other");
    ask(&main, "open_rehearsal", json!({}));
    ask(&main, "open_live", json!({"request": {"passphrase": null}}));
    let at = json!({"at": {"drill": player.drill, "step": next, "element": null}});
    let refusal = call(&main, "run_step", at.clone()).expect_err("another subscription");
    assert_eq!(refusal["code"], "engine.other_identity", "{refusal:#}");
    assert!(
        refusal["sentence"]
            .as_str()
            .unwrap()
            .contains("subscription differs"),
        "{refusal:#}"
    );
    // Its certificate is gone, as a secret could be.
    std::fs::remove_file(data.join("ca.pem")).unwrap();
    ask(&main, "open_rehearsal", json!({}));
    let app = ask(&main, "open_live", json!({"request": {"passphrase": null}}));
    assert_eq!(
        app["band"]["connection"],
        Value::Null,
        "the journal opens without a connection"
    );
    std::fs::write(data.join("ca.pem"), simulator.ca_pem()).unwrap();
    ask(&main, "use_connection", json!({"name": "sim"}));
    let step = player.settled(&next);
    assert!(player.go_on(&step), "{step:#}");
    for name in ["sim", "other"] {
        Connections::of(&data).remove(name).unwrap();
    }
}

#[test]
fn a_connection_under_a_passphrase_is_unlocked_once_in_a_run_and_asked_for_in_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let (data, seat) = (folder.path().to_owned(), Seat::standing_in(folder));
    let simulator =
        tauri::async_runtime::block_on(Simulator::start(Options::new(scaled_clock(1)))).unwrap();
    let subscription = simulator.credentials().subscription.clone();
    let (connection, secret) = leading_to(&data, "sim", &simulator, &subscription);
    let all = Connections::of(&data);
    all.add_under(&connection, &secret, PASSPHRASE).unwrap();
    let main = window(&seat.app, "main");
    let sim = json!({"name": "sim"});
    let unlock = |words: &str| json!({"request": {"name": "sim", "passphrase": words}});
    ask(
        &main,
        "open_live",
        json!({"request": {"passphrase": PASSPHRASE}}),
    );
    assert_eq!(ask(&main, "connections", json!({}))[0]["locked"], true);
    for command in ["test_connection", "use_connection"] {
        assert_eq!(code(&main, command, sim.clone()), "key.passphrase_needed");
    }
    assert_eq!(
        code(&main, "unlock_connection", unlock("another of six words")),
        "key.wrong_passphrase"
    );
    let unlocked = ask(&main, "unlock_connection", unlock(PASSPHRASE));
    assert_eq!(
        (&unlocked[0]["locked"], &unlocked[0]["signIn"]),
        (&json!(false), &json!("client secret, under a passphrase"))
    );
    assert_eq!(
        ask(&main, "use_connection", sim.clone())["band"]["connection"],
        "sim"
    );
    ask(&main, "open_rehearsal", json!({}));
    let open = json!({"request": {"passphrase": PASSPHRASE}});
    assert_eq!(
        ask(&main, "open_live", open.clone())["band"]["connection"],
        "sim",
        "nobody is asked twice in a run"
    );
    // Another connection of that name is not the one whose passphrase was given.
    all.remove("sim").unwrap();
    all.add_under(&connection, &secret, "six other words, quite long")
        .unwrap();
    assert_eq!(code(&main, "test_connection", sim), "key.passphrase_needed");
}

/// A connection that could not be tried is never in use; a file that says so is an attack, or a restored backup.
fn pretend_to_use(data: &Path, name: &str) {
    let used = json!({"name": name, "account": "somebody", "subscription": "elsewhere"});
    std::fs::write(data.join("live/connection.json"), used.to_string()).unwrap();
}

/// Presses what is offered until a request is open; returns its id.
fn to_the_first_gate(player: &Player) -> Value {
    for _ in 0..60 {
        let id = player.drill()["current"].as_str().unwrap().to_owned();
        let step = player.settled(&id);
        if player.drill()["current"] != step["id"] {
            continue;
        }
        // Before it is asked for, a gate shows what would be asked; that has no id.
        let id = step["request"]["row"]["id"].as_str().unwrap_or_default();
        if !id.is_empty() {
            return json!(id);
        }
        assert!(player.go_on(&step), "nothing to press: {step:#}");
    }
    panic!("no gate was reached");
}
