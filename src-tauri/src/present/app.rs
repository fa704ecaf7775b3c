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
    let people = people(sight, &all);
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

fn people(sight: &Sight, all: &[Arc<Drill>]) -> Vec<PersonView> {
    let policy = all
        .first()
        .map(|drill| super::request::policy(sight, drill))
        .unwrap_or_default();
    sight
        .people
        .iter()
        .map(|person| shown(sight, person, &policy))
        .collect()
}

fn shown(sight: &Sight, person: &drillbook_engine::Participant, policy: &Value) -> PersonView {
    let place = if sight.engine.is_live() {
        "keyring"
    } else {
        "file, rehearsals only"
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
    BandView {
        environment: environment(sight),
        cloud: if live { "Azure" } else { "Azure (simulated)" }.to_owned(),
        tenant: place.tenant_name.clone(),
        subscription: place.subscription_name.clone(),
        primary: named("primary").or(vault.filter(|text| !text.is_empty())),
        secondary: named("secondary"),
        person: sight.seat.name.clone(),
        role: words::role_label(&sight.seat.role),
        speed: (!live).then_some(speed),
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
    let all = sight.engine.drills()?;
    let head = sight.engine.head()?;
    let policy = all
        .first()
        .map(|drill| super::request::policy(sight, drill))
        .unwrap_or_default();
    Ok(SettingsView {
        title: "Nothing needs you".to_owned(),
        lead: "This is a rehearsal on this computer. Live drills wait until this window opens a sealed journal.".to_owned(),
        problem: None,
        people: people(sight, &all),
        data_folder: sight.data_folder.clone(),
        size: size(bytes),
        journal: None,
        origin: format!("{}, {} entries", sight.engine.journal().origin(), head.size),
        policy: match policy["version"].as_u64() {
            Some(version) => format!("version {version}, until {}", plain(&policy["not_after"])),
            None => "signed when the first drill is opened".to_owned(),
        },
        simulator: Some(format!("running, {}, on this computer", sight.company)),
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
