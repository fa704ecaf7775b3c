//! The closed list of tests: what an answer's value must be.
//!
//! | test | passes when |
//! |---|---|
//! | `equals` | the value is JSON-equal to the operand; numbers by value, `1` = `1.0` |
//! | `one_of` | the value equals an element of the operand |
//! | `contains` | the list has an element equal to the operand, or the text has it inside |
//! | `absent` | the value is null, missing or empty |
//! | `count` | the list's length, or the number, is the operand |
//! | `at_least`, `at_most` | the list's length, or the number, is not below, not above the operand |
//! | `age_at_most` | the time is at most that old at the given moment; an unreadable time fails |
//! | `same_id` | both are the same ARM id: ASCII case folded, `%3B` = `;` |
//! | `subset_of` | every element occurs in the operand |
//! | `difference_is` | what is new since `before` is in `allowed`, and nothing vanished |
//! | `grants` | the permissions allow every action; see [`grants`] |
//! | `isolated` | the subnet is isolated; see [`isolated`] |
//!
//! Null passes none but `absent`. A value of a type that a test cannot judge is an error of the runbook.
//!
//! Deliberately absent: clocks. The moment at which an age is measured is an argument.

pub mod grants;
pub mod isolated;
mod time;
pub mod words;

use crate::duration;
use crate::model::{Difference, Operand, Test};
use crate::query::{self, QueryError};
use crate::reference;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

pub use time::read as read_time;

/// What a test says of a value.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Verdict {
    /// Whether the value passes.
    pub passed: bool,
    /// What was read, cut to a line.
    pub shown: String,
    /// What would have passed, in words.
    pub expected: String,
    /// `grants`: rights beyond what a drill needs; a warning of its own.
    pub excess: Vec<String>,
    /// Why it did not pass, or what was not judged: one clause each.
    pub reasons: Vec<String>,
}

/// Judges `value`; operands that are queries read `scope`; an age is measured at `at` (T0, or now before it).
///
/// # Errors
/// An operand's query has no value, or a type cannot be judged.
pub fn evaluate(
    test: &Test,
    value: &Value,
    scope: &Value,
    at: DateTime<Utc>,
) -> Result<Verdict, QueryError> {
    let case = Case {
        value,
        scope,
        ignore_case: test.ignore_case,
    };
    if let Some(wanted) = test.absent {
        return Ok(case.verdict(is_absent(value) == wanted, "nothing".to_owned()));
    }
    if let Some(isolated) = &test.isolated {
        return Ok(isolated::judge(value, &isolated.allow));
    }
    if let Some(operand) = &test.grants {
        return grants::judge(value, &case.texts(operand, "grants")?);
    }
    if let Some(difference) = &test.difference_is {
        return case.difference(difference);
    }
    case.compare(test, at)
}

/// Returns whether a value is null, or an empty text, list or object.
pub fn is_absent(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Returns the name of the one test that is set; `None` when it is not exactly one.
pub fn name(test: &Test) -> Option<&'static str> {
    let set = [
        ("equals", test.equals.is_some()),
        ("one_of", test.one_of.is_some()),
        ("contains", test.contains.is_some()),
        ("absent", test.absent.is_some()),
        ("count", test.count.is_some()),
        ("at_least", test.at_least.is_some()),
        ("at_most", test.at_most.is_some()),
        ("age_at_most", test.age_at_most.is_some()),
        ("same_id", test.same_id.is_some()),
        ("subset_of", test.subset_of.is_some()),
        ("difference_is", test.difference_is.is_some()),
        ("grants", test.grants.is_some()),
        ("isolated", test.isolated.is_some()),
    ];
    let mut names = set.iter().filter(|(_, set)| *set).map(|(name, _)| *name);
    let first = names.next()?;
    names.next().is_none().then_some(first)
}

struct Case<'a> {
    value: &'a Value,
    scope: &'a Value,
    ignore_case: bool,
}

impl Case<'_> {
    fn compare(&self, test: &Test, at: DateTime<Utc>) -> Result<Verdict, QueryError> {
        let value = self.value;
        let Some(kind) = name(test) else {
            let reason = "exactly one test must be set".to_owned();
            return Err(QueryError::WrongType {
                test: "test",
                reason,
            });
        };
        let operand = [
            &test.equals,
            &test.one_of,
            &test.contains,
            &test.count,
            &test.at_least,
            &test.at_most,
            &test.age_at_most,
            &test.same_id,
            &test.subset_of,
        ];
        let Some(operand) = operand.into_iter().flatten().next() else {
            return Err(wrong(kind, "an operand"));
        };
        let operand = self.operand(operand)?;
        let expected = expected(kind, &operand);
        if value.is_null() || operand.is_null() {
            return Ok(self.verdict(false, expected));
        }
        let passed = match kind {
            "equals" => self.key(value) == self.key(&operand),
            "one_of" => self.keys(list(kind, &operand)?).contains(&self.key(value)),
            "contains" => self.contains(&operand)?,
            "count" => size(kind, value)? == number(kind, &operand)?,
            "at_least" => size(kind, value)? >= number(kind, &operand)?,
            "at_most" => size(kind, value)? <= number(kind, &operand)?,
            "age_at_most" => young(value, &operand, at)?,
            "same_id" => reference::same_id(id(kind, value)?, id(kind, &operand)?),
            _ => {
                let known = self.keys(list(kind, &operand)?);
                let odd: Vec<String> = list(kind, value)?
                    .iter()
                    .filter(|element| !known.contains(&self.key(element)))
                    .map(|element| format!("{} is not among them", words::said(element)))
                    .collect();
                let mut verdict = self.verdict(odd.is_empty(), expected);
                verdict.reasons = odd;
                return Ok(verdict);
            }
        };
        Ok(self.verdict(passed, expected))
    }

    fn contains(&self, operand: &Value) -> Result<bool, QueryError> {
        match (self.value, operand) {
            (Value::Array(elements), _) => Ok(self.keys(elements).contains(&self.key(operand))),
            (Value::String(text), Value::String(part)) if self.ignore_case => Ok(text
                .to_ascii_lowercase()
                .contains(&part.to_ascii_lowercase())),
            (Value::String(text), Value::String(part)) => Ok(text.contains(part.as_str())),
            _ => Err(wrong("contains", "a list, or a text and a text")),
        }
    }

    fn difference(&self, difference: &Difference) -> Result<Verdict, QueryError> {
        let kind = "difference_is";
        let before = self.operand(&difference.before)?;
        let allowed = self.operand(&difference.allowed)?;
        let expected = if is_absent(&allowed) {
            "nothing new, and nothing vanished".to_owned()
        } else {
            let allowed = words::said(&allowed);
            format!("nothing new but {allowed}, and nothing vanished")
        };
        if [self.value, &before, &allowed]
            .iter()
            .any(|value| value.is_null())
        {
            return Ok(self.verdict(false, expected));
        }
        let now = list(kind, self.value)?;
        let before = list(kind, &before)?;
        let (now_keys, before_keys) = (self.keys(now), self.keys(before));
        let allowed = self.keys(list(kind, &allowed)?);
        let is_new =
            |v: &&Value| !before_keys.contains(&self.key(v)) && !allowed.contains(&self.key(v));
        let vanished = |v: &&Value| !now_keys.contains(&self.key(v));
        let mut reasons: Vec<String> = now
            .iter()
            .filter(is_new)
            .map(|v| format!("{} is new", words::said(v)))
            .collect();
        reasons.extend(
            before
                .iter()
                .filter(vanished)
                .map(|v| format!("{} vanished", words::said(v))),
        );
        let mut verdict = self.verdict(reasons.is_empty(), expected);
        verdict.reasons = reasons;
        Ok(verdict)
    }

    fn operand(&self, operand: &Operand) -> Result<Value, QueryError> {
        match operand {
            Operand::Literal(value) => Ok(value.clone()),
            Operand::Query(from) => query::run(&from.query, self.scope),
        }
    }

    fn texts(&self, operand: &Operand, kind: &'static str) -> Result<Vec<String>, QueryError> {
        let operand = self.operand(operand)?;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let texts: Option<Vec<String>> = list(kind, &operand)?.iter().map(text).collect();
        texts.ok_or_else(|| wrong(kind, "a list of texts"))
    }

    /// Returns the text by which values are compared: equal values have equal texts.
    fn key(&self, value: &Value) -> String {
        let text = canonical(value);
        if self.ignore_case {
            text.to_ascii_lowercase()
        } else {
            text
        }
    }

    fn keys(&self, values: &[Value]) -> BTreeSet<String> {
        values.iter().map(|value| self.key(value)).collect()
    }

    fn verdict(&self, passed: bool, expected: String) -> Verdict {
        Verdict {
            passed,
            shown: words::said(self.value),
            expected,
            ..Verdict::default()
        }
    }
}

/// Writes a value with sorted members and whole numbers without a fraction.
fn canonical(value: &Value) -> String {
    match value {
        Value::Number(number) => query::whole(number).to_string(),
        Value::Array(list) => {
            format!(
                "[{}]",
                list.iter().map(canonical).collect::<Vec<_>>().join(",")
            )
        }
        Value::Object(members) => {
            let mut texts: Vec<String> = members
                .iter()
                .map(|(name, member)| {
                    format!("{}:{}", Value::from(name.as_str()), canonical(member))
                })
                .collect();
            texts.sort();
            format!("{{{}}}", texts.join(","))
        }
        other => other.to_string(),
    }
}

fn young(value: &Value, operand: &Value, at: DateTime<Utc>) -> Result<bool, QueryError> {
    let limit = operand.as_str().and_then(|text| duration::parse(text).ok());
    let limit = limit.ok_or_else(|| wrong("age_at_most", "an ISO 8601 duration"))?;
    let text = value
        .as_str()
        .ok_or_else(|| wrong("age_at_most", "a time as text"))?;
    Ok(time::read(text).is_some_and(|time| at.signed_duration_since(time) <= limit))
}

fn size(test: &'static str, value: &Value) -> Result<f64, QueryError> {
    match value {
        Value::Array(list) => Ok(list.len() as f64),
        Value::Number(number) => number.as_f64().ok_or_else(|| wrong(test, "a number")),
        _ => Err(wrong(test, "a list or a number")),
    }
}

fn number(test: &'static str, value: &Value) -> Result<f64, QueryError> {
    value
        .as_f64()
        .ok_or_else(|| wrong(test, "a number as operand"))
}

fn list<'a>(test: &'static str, value: &'a Value) -> Result<&'a [Value], QueryError> {
    value
        .as_array()
        .map(Vec::as_slice)
        .ok_or_else(|| wrong(test, "a list"))
}

fn id<'a>(test: &'static str, value: &'a Value) -> Result<&'a str, QueryError> {
    value
        .as_str()
        .or_else(|| value.get("id").and_then(Value::as_str))
        .ok_or_else(|| wrong(test, "an ARM id or a reference"))
}

fn wrong(test: &'static str, wanted: &str) -> QueryError {
    QueryError::WrongType {
        test,
        reason: format!("it takes {wanted}"),
    }
}

/// Says what would have passed.
fn expected(test: &str, operand: &Value) -> String {
    let said = words::said(operand);
    match test {
        "equals" => said,
        "one_of" => words::any_of(operand),
        "contains" => format!("{said} among them"),
        "count" => format!("exactly {said}"),
        "at_least" => format!("at least {said}"),
        "at_most" => format!("at most {said}"),
        "age_at_most" => format!("not older than {}", words::length(&said)),
        "same_id" => format!("the same as {said}"),
        _ if is_absent(operand) => said,
        _ => format!("nothing but {said}"),
    }
}
