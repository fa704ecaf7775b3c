//! What a request would do otherwise than the one that was approved at this gate before.

use super::Sight;
use super::words::{self, time};
use crate::ipc::views::{ComparedView, DifferenceView};
use drillbook_core::{CoverState, Drill, RequestState, SignOff};
use drillbook_engine::EngineError;
use drillbook_trust::action::Action;
use serde_json::Value;
use std::collections::BTreeMap;

/// What was approved before, field by field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// When and in which drill.
    pub with: ComparedView,
    /// Fields that are not the same, in the order of the requests.
    pub differs: Vec<DifferenceView>,
    /// How many fields are the same.
    pub same: usize,
}

/// Compares with the last approved request of the same gate in an earlier drill of the runbook.
pub fn with_earlier(
    sight: &Sight,
    drill: &Drill,
    sign_off: &SignOff,
) -> Result<Option<Comparison>, EngineError> {
    for earlier in sight.engine.drills()? {
        let other = earlier.id != drill.id
            && earlier.opened <= drill.opened
            && earlier.runbook.id == drill.runbook.id;
        let mut approved = earlier
            .requests
            .iter()
            .rev()
            .filter(|one| one.step == sign_off.step && one.state == RequestState::Approved);
        if let (true, Some(approved)) = (other, approved.next()) {
            let (differs, same) = differing((&earlier, approved), (drill, sign_off));
            let with = ComparedView {
                at: time(approved.decided.unwrap_or(approved.opened)),
                drill: earlier.id.clone(),
            };
            return Ok(Some(Comparison {
                with,
                differs,
                same,
            }));
        }
    }
    Ok(None)
}

type Side<'a> = (&'a Drill, &'a SignOff);

fn differing(before: Side<'_>, now: Side<'_>) -> (Vec<DifferenceView>, usize) {
    let (was, is) = (parts(before), parts(now));
    let (mut differs, mut same) = (Vec::new(), 0);
    for (place, action) in &is {
        let Some((_, known)) = was.iter().find(|(known, _)| known == place) else {
            differs.push(whole(place, "not there", "new"));
            continue;
        };
        let (old, new) = (fields(known), fields(action));
        for name in old
            .keys()
            .chain(new.keys().filter(|name| !old.contains_key(*name)))
        {
            if old.get(name) == new.get(name) {
                same += 1;
            } else {
                differs.push(field(place, name, old.get(name), new.get(name)));
            }
        }
    }
    for (place, _) in was
        .iter()
        .filter(|(place, _)| is.iter().all(|(known, _)| known != place))
    {
        differs.push(whole(place, "there", "no longer there"));
    }
    differs.dedup();
    (differs, same)
}

/// The actions that are covered, by step and by what people call the element.
fn parts<'a>((drill, sign_off): Side<'a>) -> Vec<(String, &'a Action)> {
    let place = |cover: &CoverState| {
        let Some(step) = drill.runbook.step(&cover.step) else {
            return cover.step.clone();
        };
        let all = drillbook_core::elements(drill, step);
        let element = all
            .into_iter()
            .find(|one| Some(&one.key) == cover.element.as_ref());
        match element {
            Some(element) if !element.label.is_empty() => {
                format!("{}, {}", step.title, element.label)
            }
            _ => step.title.clone(),
        }
    };
    let covers = sign_off.covers.iter();
    covers
        .filter_map(|cover| Some((place(cover), cover.action.as_ref()?)))
        .collect()
}

/// Every leaf of an action's requests by its path.
pub fn fields(action: &Action) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for request in action.requests() {
        let name = &request.name;
        let path = drillbook_core::decode_id(&request.path);
        all.insert(
            format!("{name}.request"),
            format!("{} {path}", request.method),
        );
        all.insert(format!("{name}.api_version"), request.api_version.clone());
        for (key, value) in &request.query {
            all.insert(format!("{name}.query.{key}"), value.clone());
        }
        if let Some(body) = &request.body {
            leaves(&format!("{name}.body"), body, &mut all);
        }
    }
    all
}

fn leaves(path: &str, value: &Value, all: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                leaves(&format!("{path}.{name}"), member, all);
            }
        }
        Value::Array(list) => {
            for (index, element) in list.iter().enumerate() {
                leaves(&format!("{path}[{index}]"), element, all);
            }
        }
        other => {
            all.insert(path.to_owned(), drillbook_runbook::test::words::said(other));
        }
    }
}

fn field(place: &str, name: &str, before: Option<&String>, now: Option<&String>) -> DifferenceView {
    let said = |value: Option<&String>| value.cloned().unwrap_or_else(|| "not there".to_owned());
    DifferenceView {
        label: words::heading(name),
        of: place.to_owned(),
        field: name.to_owned(),
        before: said(before),
        now: said(now),
    }
}

fn whole(place: &str, before: &str, now: &str) -> DifferenceView {
    DifferenceView {
        label: "The whole part".to_owned(),
        of: place.to_owned(),
        field: String::new(),
        before: before.to_owned(),
        now: now.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_body_is_compared_leaf_by_leaf() {
        let mut all = BTreeMap::new();
        leaves(
            "restore.body",
            &json!({"a": {"b": [1, true]}, "c": "x"}),
            &mut all,
        );
        let wanted = [
            ("restore.body.a.b[0]", "1"),
            ("restore.body.a.b[1]", "yes"),
            ("restore.body.c", "x"),
        ];
        assert_eq!(
            all,
            wanted
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into()
        );
    }

    #[test]
    fn a_field_is_named_by_its_last_word() {
        let view = field(
            "Restore",
            "restore.body.restoreRequest.recoveryPointId",
            None,
            None,
        );
        assert_eq!(view.label, "Recovery point id");
        assert_eq!(view.before, "not there");
    }
}
