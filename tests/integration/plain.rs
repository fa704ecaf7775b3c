//! What the window is given are words: no JSON, no unfilled line, no id where a name belongs.

use serde_json::Value;

/// Members that quote what was sent or read, byte for byte, or identify something.
const QUOTED: &[&str] = &[
    "az", "body", "path", "query", "line", "answer", "url", "headers", "id", "key", "element",
    "target", "field", "root", "digest", "policy", "fields", "chosen", "proposed",
];

/// Members that are read as a heading, where an id would be all that a person sees.
const HEADINGS: &[&str] = &["title", "sentence", "label", "elementLabel", "name"];

/// Finds every text of a view that is not plain words.
pub fn odd_words(view: &Value) -> Vec<String> {
    let mut odd = Vec::new();
    walk("", view, &mut odd);
    odd
}

fn walk(member: &str, value: &Value, odd: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                if name == "line" && value.as_str().is_some_and(|line| line.contains("{item")) {
                    odd.push(format!("{name}: {value}"));
                }
                if !QUOTED.contains(&name.as_str()) {
                    walk(name, value, odd);
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|value| walk(member, value, odd)),
        Value::String(text) => {
            let json = ["[\"", "{\"", "\\\"", "[]"]
                .iter()
                .any(|mark| text.contains(mark));
            let id = HEADINGS.contains(&member) && text.contains("/subscriptions/");
            if json || id {
                odd.push(format!("{member}: {text}"));
            }
        }
        _ => {}
    }
}
