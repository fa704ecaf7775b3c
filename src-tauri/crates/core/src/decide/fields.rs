//! Rules of what a person fills in.

use super::evidence::demanded;
use super::{current, facts, of_kind};
use crate::command::Decision;
use crate::drill::Drill;
use crate::{Event, Json, Refusal, Timestamp};
use drillbook_runbook::model::{Field, FieldType, Mark, StepKind};
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) fn fields(
    drill: &Drill,
    step: &str,
    values: BTreeMap<String, Value>,
) -> Result<Decision, Refusal> {
    let step = of_kind(current(drill, step)?, &[StepKind::Manual, StepKind::Review])?;
    let mut events = Vec::new();
    for field in &step.fields {
        let value = values.get(&field.name).cloned().unwrap_or(Value::Null);
        check_field(field, &value)?;
        if !value.is_null() {
            events.push(Event::FieldEntered {
                step: step.id.clone(),
                name: field.name.clone(),
                value: Json(value),
            });
        }
    }
    if let Some(unknown) = values
        .keys()
        .find(|name| !step.fields.iter().any(|field| &&field.name == name))
    {
        return Err(Refusal::Field {
            field: unknown.clone(),
            problem: "is not asked here".to_owned(),
        });
    }
    demanded(drill, step, None)?;
    if step.marks == Some(Mark::T0) {
        events.push(Event::T0Declared {
            step: step.id.clone(),
        });
    }
    events.push(Event::StepPassed {
        step: step.id.clone(),
        element: None,
    });
    Ok(facts(events))
}

/// The most that one value may take in the journal (runbook.md, "Names").
const FIELD_BYTES: usize = 65_536;

fn check_field(field: &Field, value: &Value) -> Result<(), Refusal> {
    let wrong = |problem: &str| {
        Err(Refusal::Field {
            field: field.label.clone(),
            problem: problem.to_owned(),
        })
    };
    let empty = value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty());
    if empty {
        return if field.required {
            wrong("must be filled in")
        } else {
            Ok(())
        };
    }
    if value.to_string().len() > FIELD_BYTES {
        return wrong("is longer than 64 KiB");
    }
    let text = value.as_str();
    match field.kind {
        FieldType::Text | FieldType::LongText | FieldType::Person if text.is_none() => {
            wrong("is not a text")
        }
        FieldType::Number if !value.is_u64() && !value.is_i64() => wrong("is not a whole number"),
        FieldType::Flag if !value.is_boolean() => wrong("is not yes or no"),
        FieldType::Choice
            if !field
                .options
                .iter()
                .any(|option| Some(option.value.as_str()) == text) =>
        {
            wrong("is none of the options")
        }
        FieldType::Duration
            if text.is_none_or(|text| drillbook_runbook::duration::parse(text).is_err()) =>
        {
            wrong("is not a duration such as PT2H")
        }
        FieldType::Time if text.is_none_or(|text| text.parse::<Timestamp>().is_err()) => {
            wrong("is not a time such as 2026-11-21T09:30:00Z")
        }
        FieldType::Money if text.is_none_or(|text| !is_money(text)) => {
            wrong("is not an amount such as 25.00 USD")
        }
        FieldType::List if !value.is_array() => wrong("is not a list"),
        _ => Ok(()),
    }
}

/// A plain decimal and perhaps a currency: a ceiling of `inf` or `1e9` would be read as none or as 1.
fn is_money(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let plain = |word: &str| word.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let amount = words
        .next()
        .is_some_and(|word| plain(word) && word.parse::<f64>().is_ok());
    amount && words.next().is_none_or(|word| word.len() == 3) && words.next().is_none()
}
