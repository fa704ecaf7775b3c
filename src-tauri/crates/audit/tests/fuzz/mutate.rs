//! Mutations: of bytes, and of JSON that stays canonical so that a reader looks further than its first check.

use crate::chance::Chance;
use serde_json::{Value, json};

/// Words that parsers stumble over.
const WORDS: &[&str] = &[
    "\0",
    "\u{202e}",
    "\r\n",
    "../",
    "..\\",
    "{}",
    "[]",
    "null",
    "-1",
    "-0",
    "1e999",
    "9007199254740993",
    "18446744073709551616",
    "99999999999999999999999999999999999999",
    "\"type\":\"drill.policy/1\",",
    "\\ud800",
    "\\u0000",
    "{\"a\":1,\"a\":2}",
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    "a.b.c.d.e.f.g.h = 1\n",
    "[[steps]]\n",
    "'''",
    "\"\"\"",
    "{{{{",
    "P9999999999D",
    "9999-12-31T23:59:59.999Z",
    "0000-00-00T00:00:00Z",
    "sha256:",
    "=",
    "\n\n",
];

/// Mutates one of the seeds by one to four small changes.
pub fn bytes(seeds: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
    let mut input = chance.pick(seeds).clone();
    for _ in 0..=chance.below(4) {
        change(&mut input, seeds, chance);
    }
    input
}

fn change(input: &mut Vec<u8>, seeds: &[Vec<u8>], chance: &mut Chance) {
    let at = chance.below(input.len() + 1);
    let end = (at + chance.below(64)).min(input.len());
    match chance.below(8) {
        0 if at < input.len() => input[at] ^= 1 << chance.below(8),
        1 if at < input.len() => input[at] = *chance.pick(&[0, 0x7f, 0x80, 0xff, b'"', b'\n']),
        2 => drop(input.drain(at..end)),
        3 => input.truncate(at),
        4 => {
            let piece = input[at..end].to_vec();
            let times = 1 << chance.below(9);
            input.splice(at..at, piece.repeat(times));
        }
        5 => {
            let other = chance.pick(seeds);
            let from = chance.below(other.len() + 1);
            let to = (from + chance.below(256)).min(other.len());
            input.splice(at..end, other[from..to].iter().copied());
        }
        6 => {
            let word = chance.pick(WORDS).repeat(1 << chance.below(12));
            input.splice(at..at, word.bytes().take(100_000));
        }
        _ => {
            let word = chance.pick(WORDS).bytes();
            input.splice(at..end, word);
        }
    }
}

/// Half of the time mutates bytes, else replaces one value and writes canonical JSON again.
pub fn json(seeds: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
    if chance.below(2) == 0 {
        return bytes(seeds, chance);
    }
    let seed = chance.pick(seeds);
    let Ok(mut value) = serde_json::from_slice::<Value>(seed) else {
        return bytes(seeds, chance);
    };
    for _ in 0..=chance.below(2) {
        let places = count(&value);
        let mut place = chance.below(places);
        replace(&mut value, &mut place, chance);
    }
    drillbook_trust::canonical::to_bytes(&value).unwrap_or_else(|_| value.to_string().into_bytes())
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum::<usize>(),
        _ => 0,
    }
}

fn replace(value: &mut Value, place: &mut usize, chance: &mut Chance) {
    if *place == 0 {
        *value = hostile(value, chance);
        *place = usize::MAX;
        return;
    }
    *place -= 1;
    let inside: Vec<&mut Value> = match value {
        Value::Array(items) => items.iter_mut().collect(),
        Value::Object(members) => members.values_mut().collect(),
        _ => return,
    };
    for child in inside {
        replace(child, place, chance);
        if *place == usize::MAX {
            return;
        }
    }
}

/// Returns something in the place of a value: of another type, absurd, or nearly the same.
fn hostile(value: &Value, chance: &mut Chance) -> Value {
    match chance.below(12) {
        0 => Value::Null,
        1 => json!(-1),
        2 => json!(9_007_199_254_740_991_u64),
        3 => json!(u64::MAX),
        4 => json!(1.5),
        5 => json!("x".repeat(1 << chance.below(18))),
        6 => (0..chance.below(200)).fold(json!(0), |inner, _| json!([inner])),
        7 => json!(vec![value.clone(); chance.below(300)]),
        8 => json!({ "type": value.clone(), "": value.clone() }),
        9 => json!(*chance.pick(WORDS)),
        10 => Value::Bool(true),
        _ => {
            let mut text = value.as_str().unwrap_or("sha256:").to_owned();
            let word = *chance.pick(WORDS);
            text.insert_str(0, word);
            json!(text)
        }
    }
}
