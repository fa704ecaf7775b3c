//! Tests: exactly one is set, and its operand has the type it takes.

use super::queries::Place;
use super::{Lint, inside, way};
use crate::duration;
use crate::locate::Key;
use crate::model::{Operand, Test, ValueType};
use crate::query::{self, Root};
use crate::test;
use serde_json::Value;

impl Lint<'_> {
    /// Checks a test; `query` is the query whose value it judges, when its root is the scope.
    pub(super) fn test(&mut self, place: Place<'_>, query: &str, test: &Test, path: &[Key]) {
        let Some(kind) = test::name(test) else {
            let sentence = "Exactly one test must be set.".to_owned();
            let remedy = "Choose one of the closed list.";
            return self.error("runbook.test_type", path.to_vec(), sentence, remedy);
        };
        for operand in operands(test) {
            match operand {
                Operand::Query(from) => {
                    self.query(place, &from.query, inside(path, &way![kind, "query"]));
                }
                Operand::Literal(value) => {
                    if let Some(wanted) = misfit(kind, value, test.difference_is.is_some()) {
                        let sentence = format!("The test {kind} takes {wanted}.");
                        let remedy = "Correct the operand.";
                        self.error(
                            "runbook.test_type",
                            inside(path, &way![kind]),
                            sentence,
                            remedy,
                        );
                    }
                }
            }
        }
        if test.absent == Some(false) {
            let sentence = "`absent` can only be true.".to_owned();
            let remedy = "Write `at_least = 1`, or another test of presence.";
            self.error(
                "runbook.test_type",
                inside(path, &way!["absent"]),
                sentence,
                remedy,
            );
        }
        self.value_type(kind, query, path);
    }

    /// Compares the type of a plain name with what the test can judge.
    fn value_type(&mut self, kind: &str, text: &str, path: &[Key]) {
        let Some(name) = text
            .strip_prefix("names.")
            .filter(|name| crate::scope::is_word(name))
        else {
            return;
        };
        let Some(found) = self.names.kind(name) else {
            return;
        };
        let fits = match kind {
            "count" | "at_least" | "at_most" => {
                matches!(found, ValueType::List | ValueType::Number)
            }
            "age_at_most" => matches!(found, ValueType::Time | ValueType::Text),
            "same_id" => matches!(
                found,
                ValueType::Reference | ValueType::Row | ValueType::Text
            ),
            "subset_of" | "difference_is" | "grants" => found == ValueType::List,
            "contains" => matches!(found, ValueType::List | ValueType::Text),
            "isolated" => found == ValueType::Row,
            _ => true,
        };
        if !fits {
            let sentence =
                format!("The test {kind} cannot judge {name}, which is of type {found:?}.");
            let remedy = "Use another test, or a query that yields the right type.";
            self.error("runbook.test_type", path.to_vec(), sentence, remedy);
        }
    }
}

/// Returns whether a query only reads one name; used where a rule follows a name.
pub(super) fn single_name(text: &str) -> Option<String> {
    let (ast, _) = query::inspect(text).ok()?;
    match query::roots(&ast).as_slice() {
        [
            Root {
                word,
                member: Some(name),
            },
        ] if word == "names" => Some(name.clone()),
        _ => None,
    }
}

fn operands(test: &Test) -> Vec<&Operand> {
    let mut all: Vec<&Operand> = [
        &test.equals,
        &test.one_of,
        &test.contains,
        &test.count,
        &test.at_least,
        &test.at_most,
        &test.age_at_most,
        &test.same_id,
        &test.subset_of,
        &test.grants,
    ]
    .into_iter()
    .flatten()
    .collect();
    if let Some(difference) = &test.difference_is {
        all.extend([&difference.before, &difference.allowed]);
    }
    all
}

/// Returns what a test takes, when a literal is something else.
fn misfit(kind: &str, value: &Value, difference: bool) -> Option<&'static str> {
    let texts = |value: &Value| {
        value
            .as_array()
            .is_some_and(|l| l.iter().all(Value::is_string))
    };
    match kind {
        _ if difference => (!value.is_array()).then_some("lists"),
        "one_of" | "subset_of" => (!value.is_array()).then_some("a list"),
        "count" | "at_least" | "at_most" => (!value.is_i64()).then_some("a whole number"),
        "age_at_most" => {
            let good = value
                .as_str()
                .is_some_and(|text| duration::parse(text).is_ok());
            (!good).then_some("an ISO 8601 duration")
        }
        "same_id" => (!value.is_string()).then_some("an ARM id"),
        "grants" => {
            let whole = texts(value)
                && value.as_array().is_some_and(|l| {
                    !l.is_empty()
                        && l.iter()
                            .all(|a| a.as_str().is_some_and(|a| !a.contains('*')))
                });
            (!whole).then_some("a list of actions without wildcards")
        }
        _ => None,
    }
}
