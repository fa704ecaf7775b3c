//! The functions that queries have beside JMESPath's own.
//!
//! Null in, null out: a missing answer stays missing until a test judges it. Numbers that are whole stay
//! whole. Dividing by nothing is null.

use crate::query::value::{of_float, of_json};
use crate::reference;
use jmespath::functions::{ArgumentType as Type, CustomFunction, Signature};
use jmespath::{Rcvar, Runtime, Variable};
use serde_json::Value;

/// Name, arguments and meaning of every function that `az --query` does not know.
pub const FUNCTIONS: [(&str, &str, &str); 13] = [
    ("add", "a, b", "the sum of two numbers"),
    ("subtract", "a, b", "the first number less the second"),
    ("multiply", "a, b", "the product of two numbers"),
    (
        "divide",
        "a, b",
        "the first number by the second; null when the second is 0",
    ),
    (
        "round2",
        "n",
        "the number rounded to two places, half away from zero (money)",
    ),
    ("lower", "text", "the text with ASCII letters in lower case"),
    (
        "unique",
        "list",
        "the list without repetitions, first occurrence kept",
    ),
    (
        "index_of",
        "list, value",
        "the position of the value from 0; null when it does not occur",
    ),
    (
        "flatten",
        "list",
        "the list with its inner lists opened, one level",
    ),
    (
        "lookup",
        "object, key",
        "the member whose name is the key; null when there is none",
    ),
    ("id_key", "text", "the form in which ARM ids are compared"),
    (
        "segment",
        "id, name",
        "what follows the segment `name` in an ARM id, decoded",
    ),
    (
        "parent",
        "id",
        "the ARM id of the resource, group or subscription that holds this one",
    ),
];

/// Adds every function to a runtime.
pub(super) fn register(runtime: &mut Runtime) {
    let numbers = || vec![nullable(Type::Number), nullable(Type::Number)];
    let text = || vec![nullable(Type::String)];
    let list = || vec![nullable(Type::Array)];
    let mut add = |name: &str, inputs: Vec<Type>, f: fn(&[Rcvar]) -> Option<Variable>| {
        let call = move |args: &[Rcvar], _: &mut jmespath::Context<'_>| {
            Ok(Rcvar::new(f(args).unwrap_or(Variable::Null)))
        };
        let function = CustomFunction::new(Signature::new(inputs, None), Box::new(call));
        runtime.register_function(name, Box::new(function));
    };
    add("add", numbers(), |args| arithmetic(args, |a, b| a + b));
    add("subtract", numbers(), |args| arithmetic(args, |a, b| a - b));
    add("multiply", numbers(), |args| arithmetic(args, |a, b| a * b));
    add("divide", numbers(), |args| arithmetic(args, |a, b| a / b));
    add("round2", vec![nullable(Type::Number)], |args| {
        number((args.first()?.as_number()? * 100.0).round() / 100.0)
    });
    add("lower", text(), |args| {
        Some(string(args.first()?.as_string()?.to_ascii_lowercase()))
    });
    add("unique", list(), unique);
    add("index_of", vec![nullable(Type::Array), Type::Any], |args| {
        let at = args
            .first()?
            .as_array()?
            .iter()
            .position(|v| Some(v) == args.get(1))?;
        Some(of_json(&Value::from(at)))
    });
    add("flatten", list(), flatten);
    add(
        "lookup",
        vec![nullable(Type::Object), nullable(Type::String)],
        |args| {
            let found = args.first()?.as_object()?.get(args.get(1)?.as_string()?)?;
            Some(Variable::clone(found))
        },
    );
    add("id_key", text(), |args| {
        Some(string(reference::canonical_id(args.first()?.as_string()?)))
    });
    add(
        "segment",
        vec![nullable(Type::String), Type::String],
        |args| {
            reference::segment(args.first()?.as_string()?, args.get(1)?.as_string()?).map(string)
        },
    );
    add("parent", text(), |args| {
        reference::parent(args.first()?.as_string()?).map(string)
    });
}

fn nullable(kind: Type) -> Type {
    Type::Union(vec![kind, Type::Null])
}

fn string(text: String) -> Variable {
    Variable::String(text)
}

fn number(float: f64) -> Option<Variable> {
    of_float(float).map(Variable::Number)
}

fn arithmetic(args: &[Rcvar], f: fn(f64, f64) -> f64) -> Option<Variable> {
    number(f(args.first()?.as_number()?, args.get(1)?.as_number()?))
}

/// Compares by canonical text, so that a long list takes no quadratic time.
fn unique(args: &[Rcvar]) -> Option<Variable> {
    let mut seen = std::collections::BTreeSet::new();
    let kept = args
        .first()?
        .as_array()?
        .iter()
        .filter(|value| serde_json::to_string(value).is_ok_and(|text| seen.insert(text)))
        .cloned()
        .collect();
    Some(Variable::Array(kept))
}

fn flatten(args: &[Rcvar]) -> Option<Variable> {
    let mut flat = Vec::new();
    for value in args.first()?.as_array()? {
        match value.as_array() {
            Some(inner) => flat.extend(inner.iter().cloned()),
            None => flat.push(value.clone()),
        }
    }
    Some(Variable::Array(flat))
}
