//! The simulator's own addresses below `/simulator`: declaring T0, passing time and reading the
//! counts. Azure has none of them.

use chrono::TimeDelta;
use http::Method;
use serde_json::{Value, json};

use crate::answer::{Answer, Reply};
use crate::call::Call;
use crate::desk::Desk;
use crate::ledger::Change;

/// The longest time that passes at once: a retention of backups is shorter.
const LONGEST: i64 = 10 * 365 * 24 * 3_600;

/// `POST /simulator/t0`, `POST /simulator/advance`, `GET /simulator/ledger`, `GET /simulator/clock`, `GET /simulator/welcome`.
pub(crate) fn route(desk: &mut Desk, call: &Call) -> Reply {
    match (call.method.clone(), call.route().as_slice()) {
        (Method::POST, ["simulator", "t0"]) => {
            mark_t0(desk)?;
            Ok(Answer::ok(json!({"t0": desk.world.t0})))
        }
        (Method::POST, ["simulator", "advance"]) => {
            let asked = call.body["milliseconds"].as_i64();
            let fits = asked.filter(|asked| (0..=LONGEST * 1_000).contains(asked));
            let Some(milliseconds) = fits else {
                let sentence = "milliseconds must be a whole number from 0 to ten years.";
                return Err(Answer::error(400, "SimTimeInvalid", sentence));
            };
            desk.advance(TimeDelta::milliseconds(milliseconds));
            Ok(Answer::ok(json!({"now": desk.now})))
        }
        (Method::GET, ["simulator", "ledger"]) => Ok(Answer::ok(
            serde_json::to_value(&desk.ledger).unwrap_or_default(),
        )),
        (Method::GET, ["simulator", "clock"]) => Ok(Answer::ok(json!({"now": desk.now}))),
        (Method::GET, ["simulator", "welcome"]) => Ok(Answer::ok(welcome(desk))),
        _ => Err(super::no_route(call)),
    }
}

/// Everything a client on this computer needs to sign in: the secret is worth nothing outside.
fn welcome(desk: &Desk) -> Value {
    let (company, principal) = (&desk.scenario.company, &desk.scenario.principal);
    json!({
        "tenant": company.tenant, "subscription": company.subscription,
        "subscription_name": company.subscription_name, "company": company.name,
        "client_id": principal.client_id, "client_secret": principal.client_secret,
        "now": desk.now,
    })
}

/// Declares T0 once; declaring it again changes nothing.
pub(crate) fn mark_t0(desk: &mut Desk) -> Result<(), Answer> {
    if desk.world.t0.is_none() {
        desk.commit_as("simulator", Change::T0)?;
    }
    Ok(())
}
