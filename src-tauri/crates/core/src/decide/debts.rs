//! Booking what an action will owe, in the same append as its intent.

use super::action::Aim;
use crate::command::Target;
use crate::compose::{changes, decode_id, owed_id};
use crate::drill::Drill;
use crate::elements::elements;
use crate::judge::{holds, run};
use crate::{Event, Json, Refusal, Timestamp, scope};
use chrono::{SecondsFormat, TimeDelta};
use drillbook_runbook::model::{Debt, Find};
use drillbook_runbook::{duration, template};
use serde_json::{Value, json};

/// A debt is booked with the first request of its element that can cause it.
pub(super) fn debts(
    drill: &Drill,
    aim: &Aim<'_>,
    target: &Target,
    before: &[(String, Value)],
    now: Timestamp,
) -> Result<Vec<Event>, Refusal> {
    let mut events = Vec::new();
    for (number, owed) in aim.step.owes.iter().enumerate() {
        let due_with = match &owed.find {
            Find::Id { id } => id.strip_prefix("request:").unwrap_or_default().to_owned(),
            Find::New { .. } => first_change(aim),
        };
        let element = target.place.element.as_deref().unwrap_or_default();
        let debt = format!("{}/{number}/{}", aim.step.id, position(drill, aim, element));
        let booked = drill.debts.iter().any(|known| known.debt == debt);
        if due_with != target.request_name || booked {
            continue;
        }
        let scope = scope(drill, aim.step, aim.element.value.as_ref(), None, now);
        if let Some(when) = &owed.when
            && !holds(when, &scope, drill.measured_at(now))?
        {
            continue;
        }
        events.push(booking(
            drill, aim, target, owed, &debt, before, &scope, now,
        )?);
    }
    Ok(events)
}

fn first_change(aim: &Aim<'_>) -> String {
    let mut changing = aim.step.requests.iter().filter(|request| changes(request));
    let first = changing.find(|request| aim.action.request(&request.name).is_some());
    first
        .map(|request| request.name.clone())
        .unwrap_or_default()
}

fn position(drill: &Drill, aim: &Aim<'_>, element: &str) -> usize {
    elements(drill, aim.step)
        .iter()
        .position(|one| one.key == element)
        .unwrap_or(0)
}

#[expect(clippy::too_many_arguments, reason = "the parts of one fact")]
fn booking(
    drill: &Drill,
    aim: &Aim<'_>,
    target: &Target,
    owed: &Debt,
    debt: &str,
    before: &[(String, Value)],
    scope: &Value,
    now: Timestamp,
) -> Result<Event, Refusal> {
    let problem = |error: template::TemplateError| Refusal::Query {
        problem: error.to_string(),
    };
    let (list, known) = match &owed.find {
        Find::New { list, new_since } => {
            let list = template::path(list, scope)
                .map(|path| decode_id(&path))
                .map_err(problem)?;
            let rows = before
                .iter()
                .find(|(name, _)| name == new_since)
                .map(|(_, rows)| rows.clone());
            let rows = rows.or_else(|| scope.pointer(&format!("/item/{new_since}")).cloned());
            let rows = rows
                .or_else(|| scope.get(new_since).cloned())
                .unwrap_or(json!([]));
            (Some(list), Some(Json(ids(&rows))))
        }
        Find::Id { .. } => (None, None),
    };
    let cost_per_day = match &owed.cost_per_day {
        Some(text) => run(text, scope)?.as_f64().map(|cost| format!("{cost:.2}")),
        None => None,
    };
    Ok(Event::DebtBooked {
        debt: debt.to_owned(),
        step: aim.step.id.clone(),
        owner: drill.operator.clone(),
        deadline: deadline(drill, now),
        settled_by: owed.settled_by.clone(),
        element: target.place.element.clone(),
        what: template::text(&owed.what, scope).map_err(problem)?,
        list,
        before: known,
        id: owed_id(&owed.find, &aim.action),
        within: template::path(&owed.delete.within, scope)
            .map(|path| decode_id(&path))
            .map_err(problem)?,
        after: Json(json!(owed.delete.after)),
        only_if: owed.delete.only_if.clone(),
        cost_per_day,
    })
}

fn ids(rows: &Value) -> Value {
    let rows = rows.as_array().map(Vec::as_slice).unwrap_or_default();
    rows.iter()
        .filter_map(|row| row.get("id").cloned())
        .collect()
}

fn deadline(drill: &Drill, now: Timestamp) -> String {
    let own = || {
        let text = drill.objective("cleanup")?;
        Some(drill.opened + duration::parse(&text).ok()?)
    };
    let at = drill
        .deadline
        .or_else(own)
        .unwrap_or(now + TimeDelta::hours(48));
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
