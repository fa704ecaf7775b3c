//! The whole drill through the boundary: only what the views offer is pressed, as the window would.

use crate::plain::odd_words;
use crate::seat::{Seat, call, window};
use drillbook_desktop::desk::Desk;
use serde_json::{Value, json};
use std::time::Duration;
use tauri::test::MockRuntime;
use tauri::{Manager, WebviewWindow};

/// How long a step may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// The most moves of a drill.
const MOVES: usize = 400;

/// Presses what the views offer.
pub struct Player {
    /// The window.
    pub window: WebviewWindow<MockRuntime>,
    /// The drill.
    pub drill: String,
}

impl Player {
    /// Calls a command that must succeed.
    pub fn ask(&self, command: &str, arguments: Value) -> Value {
        call(&self.window, command, arguments)
            .unwrap_or_else(|error| panic!("{command}: {error:#}"))
    }

    /// Returns the drill.
    pub fn drill(&self) -> Value {
        self.ask("drill", json!({"id": self.drill}))
    }

    /// Returns a step.
    pub fn step(&self, id: &str) -> Value {
        self.ask("step", json!({"drill": self.drill, "step": id}))
    }

    /// Waits until the step is no longer worked on.
    pub fn settled(&self, id: &str) -> Value {
        let desk = self.window.state::<Desk>();
        let mut notices = desk.subscribe();
        loop {
            let step = self.step(id);
            // While it is worked on there is nothing to press, whatever its state; a reviewer presses nothing here.
            let role = self.ask("app", json!({}))["person"]["role"].clone();
            if role == "reviewer" || !step["actions"].as_array().unwrap().is_empty() {
                return step;
            }
            let heard = async { tokio::time::timeout(PATIENCE, notices.recv()).await };
            let heard = tauri::async_runtime::block_on(heard);
            assert!(heard.is_ok(), "{id} is still running: {step:#}");
        }
    }

    /// Does the primary move of a step; `false` when there is none.
    pub fn go_on(&self, step: &Value) -> bool {
        let at = json!({"drill": self.drill, "step": step["id"], "element": null});
        let moves = step["actions"].as_array().unwrap();
        let Some(primary) = moves.iter().find(|one| one["primary"] == true) else {
            return false;
        };
        if let (false, Some(first)) = (primary["enabled"] == true, primary["step"].as_str()) {
            self.acknowledge_all(&self.step(first));
            return true;
        }
        assert_eq!(
            primary["enabled"], true,
            "{}: {primary:#}, {:#}",
            step["id"], step["problem"]
        );
        match primary["kind"].as_str().unwrap() {
            "acknowledge" => self.ask("acknowledge_step", json!({"at": at})),
            "run" | "readAgain" | "send" => self.ask("run_step", json!({"at": at})),
            "choose" => self.choose(step),
            "enterFields" | "confirm" => {
                let fields: Vec<Value> = step["fields"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|field| json!({"name": field["name"], "value": field["value"]}))
                    .collect();
                self.ask(
                    "enter_fields",
                    json!({"request": {"at": at, "fields": fields}}),
                )
            }
            "close" => self.ask("close_drill", json!({"drill": self.drill})),
            "askSignOff" => self.ask("ask_sign_off", json!({"at": at})),
            "switchPerson" => self.ask("switch_person", json!({"person": primary["person"]})),
            other => panic!("{}: nothing presses {other}", step["id"]),
        };
        true
    }

    fn acknowledge_all(&self, step: &Value) {
        let warned = |one: &&Value| one["state"] == "warned" && one["acknowledged"].is_null();
        for warning in step["expectations"]
            .as_array()
            .unwrap()
            .iter()
            .filter(warned)
        {
            self.acknowledge(step, warning);
        }
    }

    fn acknowledge(&self, step: &Value, warning: &Value) {
        let at = json!({"drill": self.drill, "step": step["id"], "element": warning["element"]});
        let request = json!({"at": at, "number": warning["number"], "reason": "Known, and seen by the reviewer."});
        self.ask("acknowledge_warning", json!({"request": request}));
    }

    fn choose(&self, step: &Value) -> Value {
        let mut last = Value::Null;
        for choice in step["choices"].as_array().unwrap() {
            if !choice["chosen"].as_array().unwrap().is_empty() {
                continue;
            }
            let at = json!({"drill": self.drill, "step": step["id"], "element": choice["element"]});
            let request = json!({"at": at, "keys": choice["proposed"], "reason": "As proposed."});
            last = self.ask("choose", json!({"request": request}));
        }
        last
    }

    /// Reads, opens and signs at the reviewer's desk, and gives the seat back.
    pub fn review(&self, request: &str) {
        let view = self.ask("request", json!({"id": request}));
        for first in view["openFirst"].as_array().unwrap() {
            let opened =
                json!({"request": request, "step": first["step"], "entry": first["entry"]});
            self.ask("open_evidence", json!({"request": opened}));
        }
        let view = self.ask("request", json!({"id": request}));
        assert_eq!(view["mayDecide"], true, "{:#}", view["whyNot"]);
        let decision = json!({
            "request": request, "approve": true, "reason": "Read and compared.", "conditions": [],
            "seenSize": view["journal"]["size"], "seenHead": view["journal"]["head"],
        });
        self.ask("decide_request", json!({"request": decision}));
        self.ask("switch_person", json!({"person": "maya@evergreen.example"}));
    }
}

fn opened(seat: &Seat) -> Player {
    let window = window(&seat.app, "main");
    let start = call(&window, "start_options", json!({})).unwrap();
    let runbook = start["runbooks"][0]["id"].clone();
    let request = json!({
        "environment": "rehearsal", "connection": null, "runbook": runbook, "purpose": "drill",
        "faults": [], "surprise": false, "speed": 100_000,
    });
    let drill = call(&window, "open_drill", json!({"request": request})).unwrap();
    let id = drill["row"]["id"].as_str().unwrap().to_owned();
    assert_eq!(id, start["nextId"].as_str().unwrap());
    Player { window, drill: id }
}

#[test]
fn the_whole_drill_can_be_played_by_pressing_what_is_offered() {
    let seat = Seat::taken();
    let player = opened(&seat);
    let mut last = (String::new(), 0);
    for _ in 0..MOVES {
        let drill = player.drill();
        if !drill["end"].is_null() {
            break;
        }
        let id = drill["current"].as_str().unwrap().to_owned();
        let step = player.settled(&id);
        let drill = player.drill();
        if drill["current"] != step["id"] {
            continue;
        }
        if player.ask("app", json!({}))["person"]["role"] == "reviewer" {
            player.review(step["request"]["row"]["id"].as_str().unwrap());
            continue;
        }
        let here = (id.clone(), drill["lastEntry"].as_u64().unwrap());
        assert_ne!(here, last, "{id}: nothing moves: {step:#}");
        if !player.go_on(&step) {
            panic!("{id}: nothing to press: {step:#}");
        }
        last = here;
    }
    let drill = player.drill();
    assert_eq!(drill["row"]["state"], "closed", "{:#}", drill["rail"]);
    assert_eq!(drill["row"]["owed"], 0);
    speaks_plainly(&player, &drill);
    restored_machines_are_covered(&player);
}

/// Every screen of the finished drill is in words.
fn speaks_plainly(player: &Player, drill: &Value) {
    let mut views: Vec<(String, Value)> = ["home", "cleanup"]
        .map(|room| (room.to_owned(), player.ask(room, json!({}))))
        .into();
    views.push((
        "audit".to_owned(),
        player.ask("audit", json!({"drill": player.drill})),
    ));
    let everything = json!({"drill": null, "kinds": [], "search": "", "from": null, "limit": 500, "newestFirst": false});
    views.push((
        "journal".to_owned(),
        player.ask("journal", json!({"filter": everything})),
    ));
    for step in drill["rail"].as_array().unwrap() {
        let id = step["id"].as_str().unwrap();
        views.push((id.to_owned(), player.step(id)));
    }
    for request in player.ask("requests", json!({})).as_array().unwrap() {
        let view = player.ask("request", json!({"id": request["id"]}));
        views.push((request["step"].to_string(), view));
    }
    let odd: Vec<String> = views
        .iter()
        .flat_map(|(place, view)| {
            odd_words(view)
                .into_iter()
                .map(move |text| format!("{place}: {text}"))
        })
        .collect();
    assert_eq!(odd, Vec::<String>::new());
}

/// What is protected stands on home, what this drill restored as drilled.
fn restored_machines_are_covered(player: &Player) {
    let coverage = player.ask("home", json!({}))["coverage"].clone();
    let states: Vec<(&str, &str)> = coverage["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            (
                item["name"].as_str().unwrap(),
                item["state"].as_str().unwrap(),
            )
        })
        .collect();
    let count = |state: &str| states.iter().filter(|(_, one)| *one == state).count();
    assert_eq!(
        (count("drilled"), coverage["drilled"].as_u64().unwrap()),
        (2, 2),
        "{states:?}"
    );
    assert!(count("never") > 0, "{states:?}");
}
