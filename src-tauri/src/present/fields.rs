//! Fields that a person fills in, and back.

use super::words::plain;
use crate::ipc::views::{FieldEntry, FieldTypeView, FieldValue, FieldView, OptionView};
use drillbook_core::{Drill, Timestamp};
use drillbook_runbook::{Field, FieldType, Step, duration};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Returns the fields of a step with what was entered, or is proposed.
pub fn view(drill: &Drill, step: &Step) -> Vec<FieldView> {
    step.fields
        .iter()
        .map(|field| filled(drill, field))
        .collect()
}

fn filled(drill: &Drill, field: &Field) -> FieldView {
    let entered = drill.names.one(&field.name);
    let rehearsed = field
        .rehearsal
        .as_ref()
        .filter(|_| drill.scenario.is_some());
    let proposed = rehearsed.or(field.default.as_ref());
    let value = entered
        .or(proposed)
        .map_or(FieldValue::Empty, |value| form(field, value));
    let mut view = described(field, value);
    view.proposed = entered.is_none() && proposed.is_some();
    view
}

fn described(field: &Field, value: FieldValue) -> FieldView {
    FieldView {
        name: field.name.clone(),
        label: field.label.clone(),
        group: field.group.clone(),
        kind: kind(field.kind),
        help: field.help.clone(),
        required: field.required,
        options: field.options.iter().map(option).collect(),
        value,
        proposed: false,
        error: None,
        warning: None,
    }
}

fn option(option: &drillbook_runbook::Choice) -> OptionView {
    OptionView {
        value: option.value.clone(),
        label: option.label.clone(),
    }
}

fn kind(kind: FieldType) -> FieldTypeView {
    match kind {
        FieldType::Text => FieldTypeView::Text,
        FieldType::LongText => FieldTypeView::LongText,
        FieldType::Number => FieldTypeView::Number,
        FieldType::Time => FieldTypeView::Time,
        FieldType::Flag => FieldTypeView::Flag,
        FieldType::Choice => FieldTypeView::Choice,
        FieldType::Duration => FieldTypeView::Duration,
        FieldType::Money => FieldTypeView::Money,
        FieldType::Person => FieldTypeView::Person,
        FieldType::Reference => FieldTypeView::Reference,
        FieldType::List => FieldTypeView::List,
    }
}

/// Returns a stored value as the form holds it.
fn form(field: &Field, value: &Value) -> FieldValue {
    match (field.kind, value) {
        (_, Value::Null) => FieldValue::Empty,
        (FieldType::Flag, Value::Bool(on)) => FieldValue::Flag { on: *on },
        (FieldType::List, Value::Array(items)) => FieldValue::List {
            items: items.iter().map(plain).collect(),
        },
        (FieldType::Reference, Value::Object(map)) => {
            let part = |name: &str| map.get(name).map(plain).unwrap_or_default();
            FieldValue::Reference {
                system: part("system"),
                id: part("id"),
                url: part("url"),
            }
        }
        (_, value) => FieldValue::Text { text: plain(value) },
    }
}

/// Returns what the form holds as the engine takes it.
pub fn values(step: &Step, entries: &[FieldEntry]) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    for entry in entries {
        let field = step.fields.iter().find(|field| field.name == entry.name);
        let value = match (&entry.value, field.map(|field| field.kind)) {
            (FieldValue::Empty, _) => Value::Null,
            (FieldValue::Flag { on }, _) => json!(on),
            (FieldValue::List { items }, _) => {
                json!(
                    items
                        .iter()
                        .map(|item| item.trim())
                        .filter(|item| !item.is_empty())
                        .collect::<Vec<_>>()
                )
            }
            (FieldValue::Reference { id, .. }, _) if id.trim().is_empty() => Value::Null,
            (FieldValue::Reference { system, id, url }, _) => {
                json!({"system": system.trim(), "id": id.trim(), "url": url.trim()})
            }
            (FieldValue::Text { text }, _) if text.trim().is_empty() => Value::Null,
            (FieldValue::Text { text }, Some(FieldType::Number)) => text
                .trim()
                .parse::<i64>()
                .map_or_else(|_| json!(text), |number| json!(number)),
            (FieldValue::Text { text }, Some(FieldType::Time)) => {
                json!(super::words::as_time(text.trim()).unwrap_or_else(|| text.trim().to_owned()))
            }
            (FieldValue::Text { text }, _) => json!(text.trim()),
        };
        all.insert(entry.name.clone(), value);
    }
    all
}

/// Returns the fields as they were typed, each with what is wrong with it.
pub fn checked(step: &Step, entries: &[FieldEntry], now: Timestamp) -> Vec<FieldView> {
    let values = values(step, entries);
    step.fields
        .iter()
        .map(|field| {
            let typed = entries.iter().find(|entry| entry.name == field.name);
            let mut view = described(
                field,
                typed.map_or(FieldValue::Empty, |entry| entry.value.clone()),
            );
            let value = values.get(&field.name).cloned().unwrap_or(Value::Null);
            view.error = wrong(field, &value);
            view.warning = warned(field, &value, now);
            view
        })
        .collect()
}

/// Says what is wrong before the engine would; the engine decides when it is entered.
fn wrong(field: &Field, value: &Value) -> Option<String> {
    if value.is_null() {
        return field.required.then(|| "This must be filled in.".to_owned());
    }
    let text = value.as_str();
    let sentence = match field.kind {
        FieldType::Number if !value.is_i64() => "A whole number is needed.",
        FieldType::Duration if text.is_none_or(|text| duration::parse(text).is_err()) => {
            "A duration is needed, such as PT2H or P1DT12H."
        }
        FieldType::Time if text.is_none_or(|text| super::words::as_time(text).is_none()) => {
            "A date and a time are needed."
        }
        FieldType::Money if text.is_none_or(|text| !is_money(text)) => {
            "An amount is needed, such as 40.00 USD."
        }
        FieldType::Choice
            if !field
                .options
                .iter()
                .any(|option| Some(option.value.as_str()) == text) =>
        {
            "Choose one of the options."
        }
        FieldType::Reference if !link_is_whole(value) => {
            "A link begins with https:// and names its host, or stays empty."
        }
        _ => return None,
    };
    Some(sentence.to_owned())
}

fn warned(field: &Field, value: &Value, now: Timestamp) -> Option<String> {
    let at = value
        .as_str()?
        .parse::<Timestamp>()
        .ok()
        .filter(|_| field.kind == FieldType::Time)?;
    (at < now).then(|| "This lies in the past.".to_owned())
}

fn is_money(text: &str) -> bool {
    let mut words = text.split_whitespace();
    words
        .next()
        .is_some_and(|word| word.parse::<f64>().is_ok_and(|amount| amount >= 0.0))
        && words.next().is_none_or(|word| word.len() == 3)
        && words.next().is_none()
}

fn link_is_whole(value: &Value) -> bool {
    let link = value["url"].as_str().unwrap_or_default();
    link.is_empty()
        || link
            .strip_prefix("https://")
            .is_some_and(|rest| rest.contains('.') && !rest.contains(' '))
}
