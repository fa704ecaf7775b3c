//! The frame of the window, and what this installation is.

use super::words::{self, number, plain, time};
use super::{Sight, drill as drills};
use crate::ipc::views::{
    AppView, BandView, CountsView, EnvironmentView, PersonView, RoleView, SettingsView,
};
use drillbook_core::{Drill, RequestState};
use drillbook_engine::EngineError;
use serde_json::Value;
use std::sync::Arc;

/// Returns the frame of every screen.
pub fn view(sight: &Sight) -> Result<AppView, EngineError> {
    let all = sight.engine.drills()?;
    let people = people(sight);
    let person = people
        .iter()
        .find(|person| person.id == sight.seat.id)
        .cloned();
    Ok(AppView {
        environment: environment(sight),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        data_folder: sight.data_folder.clone(),
        now: time(sight.now),
        person: person.unwrap_or_else(|| shown(sight, &sight.seat, &Value::Null)),
        people,
        band: band(sight, &all),
        counts: counts(sight, &all),
        problem: None,
    })
}

fn environment(sight: &Sight) -> EnvironmentView {
    if sight.engine.is_live() {
        EnvironmentView::Live
    } else {
        EnvironmentView::Rehearsal
    }
}

fn people(sight: &Sight) -> Vec<PersonView> {
    let (_, policy) = super::request::policy(sight, "");
    sight
        .people
        .iter()
        .map(|person| shown(sight, person, &policy))
        .collect()
}

fn shown(sight: &Sight, person: &drillbook_engine::Participant, policy: &Value) -> PersonView {
    let here = sight.engine.is_here(&person.id);
    let place = match (sight.engine.is_own(), here) {
        (true, true) => "on this computer",
        (true, false) => "elsewhere",
        (false, _) => "file, rehearsals only",
    };
    PersonView {
        id: person.id.clone(),
        name: person.name.clone(),
        role: words::role(&person.role),
        role_label: words::role_label(&person.role),
        key: policy["people"][&person.id]["keys"][0]
            .as_str()
            .map(str::to_owned),
        key_place: place.to_owned(),
        key_state: "valid".to_owned(),
        here,
    }
}

fn band(sight: &Sight, all: &[Arc<Drill>]) -> BandView {
    let place = sight.engine.environment();
    let newest = all.iter().find(|drill| drill.end.is_none()).or(all.first());
    let named = |name: &str| {
        newest
            .and_then(|drill| drill.names.one(name))
            .map(plain)
            .filter(|text| !text.is_empty())
    };
    let vault = newest
        .and_then(|drill| drill.names.one("vault"))
        .map(|vault| plain(&vault["location"]));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "speeds are small and positive"
    )]
    let speed = sight.engine.clock().speed() as u32;
    let live = sight.engine.is_live();
    let or_id = |name: &String, id: &String| {
        let name = if name.is_empty() { id } else { name };
        let name = if name.is_empty() {
            "not connected"
        } else {
            name
        };
        name.to_owned()
    };
    let used = sight.connection.clone();
    BandView {
        environment: environment(sight),
        cloud: cloud(sight).to_owned(),
        tenant: or_id(&place.tenant_name, &place.tenant),
        subscription: or_id(&place.subscription_name, &place.subscription),
        connection: used.as_ref().map(|(name, _)| name.clone()),
        account: used
            .map(|(_, account)| account)
            .filter(|one| !one.is_empty()),
        primary: named("primary").or(vault.filter(|text| !text.is_empty())),
        secondary: named("secondary"),
        person: sight.seat.name.clone(),
        role: words::role_label(&sight.seat.role),
        speed: (!live).then_some(speed),
    }
}

/// Returns the cloud in words; a simulator is named as one, whatever it stands in for.
fn cloud(sight: &Sight) -> &'static str {
    match (
        sight.engine.is_live(),
        sight.engine.environment().scenario.is_some(),
    ) {
        (true, false) => "Azure",
        (true, true) => "a simulator, standing in for Azure",
        (false, _) => "Azure (simulated)",
    }
}

fn counts(sight: &Sight, all: &[Arc<Drill>]) -> CountsView {
    let waiting = |drill: &&Arc<Drill>| {
        drill
            .requests
            .iter()
            .any(|one| one.state == RequestState::Open)
    };
    let deciding = sight.role() == RoleView::Reviewer;
    let late = |drill: &&Arc<Drill>| drill.deadline.is_some_and(|at| at < sight.now);
    CountsView {
        drills: number(all.iter().filter(|drill| drill.end.is_none()).count()),
        requests: if deciding {
            number(all.iter().filter(waiting).count())
        } else {
            0
        },
        owed: number(all.iter().map(|drill| drills::owed(drill)).sum::<usize>()),
        late: number(
            all.iter()
                .filter(late)
                .map(|drill| drills::owed(drill))
                .sum::<usize>(),
        ),
    }
}

/// Returns what this installation is.
pub fn settings(sight: &Sight, bytes: u64) -> Result<SettingsView, EngineError> {
    let head = sight.engine.head()?;
    let (_, policy) = super::request::policy(sight, "");
    let live = sight.engine.is_live();
    Ok(SettingsView {
        title: "Nothing needs you".to_owned(),
        lead: if live {
            "This is the live journal of this installation. It is encrypted on this computer."
        } else {
            "This is a rehearsal on this computer. The live journal is a place of its own: switch at the top."
        }
        .to_owned(),
        problem: None,
        people: people(sight),
        data_folder: sight.data_folder.clone(),
        size: size(bytes),
        journal: None,
        origin: format!("{}, {} entries", sight.engine.journal().origin(), head.size),
        policy: match policy["version"].as_u64() {
            Some(version) => format!("version {version}, until {}", plain(&policy["not_after"])),
            None if live => "none yet".to_owned(),
            None => "signed when the first drill is opened".to_owned(),
        },
        simulator: (!live).then(|| format!("running, {}, on this computer", sight.company)),
        about: format!("Drillbook {}, Apache-2.0", env!("CARGO_PKG_VERSION")),
    })
}

#[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} kB", bytes / 1000),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}
