//! Between `serde_json::Value` and the query language's own values.

use crate::limits;
use crate::query::QueryError;
use jmespath::{Rcvar, Variable};
use serde_json::{Map, Number, Value};

/// Copies a JSON value for the query language.
pub(super) fn of_json(value: &Value) -> Variable {
    match value {
        Value::Null => Variable::Null,
        Value::Bool(flag) => Variable::Bool(*flag),
        Value::Number(number) => Variable::Number(number.clone()),
        Value::String(text) => Variable::String(text.clone()),
        Value::Array(list) => {
            Variable::Array(list.iter().map(|v| Rcvar::new(of_json(v))).collect())
        }
        Value::Object(members) => Variable::Object(
            members
                .iter()
                .map(|(k, v)| (k.clone(), Rcvar::new(of_json(v))))
                .collect(),
        ),
    }
}

/// Copies a result back; whole numbers lose the fraction that arithmetic gave them.
///
/// # Errors
/// [`QueryError::TooLarge`] when shared parts would unfold beyond the bound.
pub(super) fn to_json(value: &Variable) -> Result<Value, QueryError> {
    let mut nodes = limits::RESULT_NODES;
    copy(value, &mut nodes).ok_or(QueryError::TooLarge { what: "its result" })
}

/// Turns a whole number such as `3.0` into `3`.
pub(crate) fn whole(number: &Number) -> Number {
    match number.as_f64() {
        Some(float) if number.is_f64() => of_float(float).unwrap_or_else(|| number.clone()),
        _ => number.clone(),
    }
}

/// Makes a number of a float; a whole one becomes an integer. `None` for infinity and NaN.
pub(super) fn of_float(float: f64) -> Option<Number> {
    if float.fract() == 0.0 && float.abs() <= limits::INTEGER as f64 {
        return Some(Number::from(float as i64));
    }
    Number::from_f64(float)
}

fn copy(value: &Variable, nodes: &mut usize) -> Option<Value> {
    let cost = match value {
        Variable::String(text) => 1 + text.len() / 64,
        _ => 1,
    };
    *nodes = nodes.checked_sub(cost)?;
    Some(match value {
        Variable::Null | Variable::Expref(_) => Value::Null,
        Variable::Bool(flag) => Value::Bool(*flag),
        Variable::Number(number) => Value::Number(whole(number)),
        Variable::String(text) => Value::String(text.clone()),
        Variable::Array(list) => {
            Value::Array(list.iter().map(|v| copy(v, nodes)).collect::<Option<_>>()?)
        }
        Variable::Object(members) => {
            let mut copied = Map::new();
            for (name, member) in members {
                copied.insert(name.clone(), copy(member, nodes)?);
            }
            Value::Object(copied)
        }
    })
}
