//! The functions that queries have beside JMESPath's own.
//!
//! Null in, null out: a missing answer stays missing until a test judges it. Numbers that are whole stay
//! whole. Dividing by nothing is null.

use crate::duration;
use crate::query::value::{of_float, of_json};
use crate::reference;
use jmespath::functions::{ArgumentType as Type, CustomFunction, Signature};
use jmespath::{Rcvar, Runtime, Variable};
use serde_json::Value;

/// Name, arguments and meaning of every function that `az --query` does not know.
pub const FUNCTIONS: [(&str, &str, &str); 18] = [
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
    (
        "where_in",
        "list, member, values",
        "the objects of a list whose member is one of the values; texts are compared as ARM ids are",
    ),
    (
        "zip",
        "list, list",
        "pairs of what stands at the same place of two lists; the longer one is cut",
    ),
    (
        "replace",
        "text, from, to",
        "the text with every occurrence of `from` replaced by `to`",
    ),
    (
        "cut",
        "text, length",
        "the first characters of a text, at most so many",
    ),
    ("hours", "text", "an ISO 8601 duration as a number of hours"),
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

type Call = fn(&[Rcvar]) -> Option<Variable>;

/// Adds every function to a runtime.
pub(super) fn register(runtime: &mut Runtime) {
    let all = [numbers(), texts(), lists(), ids()];
    for (name, inputs, f) in all.into_iter().flatten() {
        let call = move |args: &[Rcvar], _: &mut jmespath::Context<'_>| {
            Ok(Rcvar::new(f(args).unwrap_or(Variable::Null)))
        };
        let function = CustomFunction::new(Signature::new(inputs, None), Box::new(call));
        runtime.register_function(name, Box::new(function));
    }
}

fn numbers() -> Vec<(&'static str, Vec<Type>, Call)> {
    let two = || vec![nullable(Type::Number), nullable(Type::Number)];
    vec![
        ("add", two(), |args| arithmetic(args, |a, b| a + b)),
        ("subtract", two(), |args| arithmetic(args, |a, b| a - b)),
        ("multiply", two(), |args| arithmetic(args, |a, b| a * b)),
        ("divide", two(), |args| arithmetic(args, |a, b| a / b)),
        ("round2", vec![nullable(Type::Number)], |args| {
            number((args.first()?.as_number()? * 100.0).round() / 100.0)
        }),
        ("hours", vec![nullable(Type::String)], |args| {
            let duration = duration::parse(args.first()?.as_string()?).ok()?;
            number(duration.num_seconds() as f64 / 3600.0)
        }),
    ]
}

fn texts() -> Vec<(&'static str, Vec<Type>, Call)> {
    let text = || nullable(Type::String);
    vec![
        ("lower", vec![text()], |args| {
            Some(string(args.first()?.as_string()?.to_ascii_lowercase()))
        }),
        (
            "replace",
            vec![text(), Type::String, Type::String],
            |args| {
                let (from, to) = (args.get(1)?.as_string()?, args.get(2)?.as_string()?);
                let text = args.first()?.as_string()?;
                // An empty pattern occurs between any two characters; nobody means that.
                let odd = from.is_empty() || to.len() > 64;
                (!odd).then(|| string(text.replace(from.as_str(), to)))
            },
        ),
        ("cut", vec![text(), nullable(Type::Number)], |args| {
            let length = args.get(1)?.as_number().filter(|n| *n >= 0.0)?;
            let text = args.first()?.as_string()?.chars();
            Some(string(text.take(length as usize).collect()))
        }),
    ]
}

fn lists() -> Vec<(&'static str, Vec<Type>, Call)> {
    let list = || nullable(Type::Array);
    vec![
        ("unique", vec![list()], unique),
        ("index_of", vec![list(), Type::Any], |args| {
            let mut list = args.first()?.as_array()?.iter();
            let at = list.position(|v| Some(v) == args.get(1))?;
            Some(of_json(&Value::from(at)))
        }),
        ("flatten", vec![list()], flatten),
        ("where_in", vec![list(), Type::String, list()], where_in),
        ("zip", vec![list(), list()], zip),
        (
            "lookup",
            vec![nullable(Type::Object), nullable(Type::String)],
            |args| {
                let found = args.first()?.as_object()?.get(args.get(1)?.as_string()?)?;
                Some(Variable::clone(found))
            },
        ),
    ]
}

fn ids() -> Vec<(&'static str, Vec<Type>, Call)> {
    let text = || nullable(Type::String);
    vec![
        ("id_key", vec![text()], |args| {
            Some(string(reference::canonical_id(args.first()?.as_string()?)))
        }),
        ("segment", vec![text(), Type::String], |args| {
            let (id, name) = (args.first()?.as_string()?, args.get(1)?.as_string()?);
            reference::segment(id, name).map(string)
        }),
        ("parent", vec![text()], |args| {
            reference::parent(args.first()?.as_string()?).map(string)
        }),
    ]
}

/// Keeps the objects whose member is among the values.
fn where_in(args: &[Rcvar]) -> Option<Variable> {
    let member = args.get(1)?.as_string()?;
    let key = |value: &Rcvar| match value.as_string() {
        Some(text) => Some(reference::canonical_id(text)),
        None => serde_json::to_string(value).ok(),
    };
    let wanted: std::collections::BTreeSet<String> =
        args.get(2)?.as_array()?.iter().filter_map(key).collect();
    let kept = args
        .first()?
        .as_array()?
        .iter()
        .filter(|row| {
            let own = row.as_object().and_then(|row| row.get(member.as_str()));
            own.and_then(key).is_some_and(|own| wanted.contains(&own))
        })
        .cloned()
        .collect();
    Some(Variable::Array(kept))
}

fn zip(args: &[Rcvar]) -> Option<Variable> {
    let pairs = args
        .first()?
        .as_array()?
        .iter()
        .zip(args.get(1)?.as_array()?);
    let pair = |(a, b): (&Rcvar, &Rcvar)| Rcvar::new(Variable::Array(vec![a.clone(), b.clone()]));
    Some(Variable::Array(pairs.map(pair).collect()))
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
