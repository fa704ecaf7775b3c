//! Which steps a step has to wait for: those that yield a name it mentions.
//!
//! A word too many only makes a step wait; a name that is missed would make a query fail, so every word
//! of a query, path, filter or body counts.

use drillbook_runbook::Step;
use drillbook_runbook::model::Mark;
use serde_json::Value;
use std::collections::BTreeSet;

/// Members of a step that are prose or names of its own.
const NO_QUERIES: &[&str] = &[
    "id",
    "kind",
    "title",
    "why",
    "expect",
    "if_not",
    "undo",
    "text",
    "skip",
    "az",
    "that",
    "look_next",
    "class",
    "otherwise",
    "name",
    "api_version",
    "field",
    "marks",
    "needs",
];

/// Returns the names that a step yields.
pub(super) fn yields(step: &Step) -> BTreeSet<String> {
    let chosen = step.choose.iter().map(|choose| choose.name.clone());
    let captured = step.captures.iter().map(|capture| capture.name.clone());
    let stated = step.fields.iter().map(|field| field.name.clone());
    let mut all: BTreeSet<String> = chosen.chain(captured).chain(stated).collect();
    if step.marks == Some(Mark::Charter) {
        all.insert("objectives".to_owned());
    }
    all
}

/// Returns the positions of the earlier steps that the step at `index` waits for.
pub(super) fn waits_for(steps: &[Step], index: usize) -> BTreeSet<usize> {
    let mentioned = mentions(&steps[index]);
    let earlier = steps[..index].iter().enumerate();
    earlier
        .filter(|(_, step)| !yields(step).is_disjoint(&mentioned))
        .map(|(at, _)| at)
        .collect()
}

fn mentions(step: &Step) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    let value = serde_json::to_value(step).unwrap_or_default();
    collect(&value, false, &mut words);
    words
}

fn collect(value: &Value, whole: bool, words: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => add_words(text, words),
        Value::Array(items) => items.iter().for_each(|item| collect(item, whole, words)),
        Value::Object(members) => {
            for (key, member) in members {
                if whole || !NO_QUERIES.contains(&key.as_str()) {
                    collect(member, whole || key == "body", words);
                }
            }
        }
        _ => {}
    }
}

/// Adds the words of a text, but of a dotted path only its root and what hangs on `names` or an element:
/// `responses.vault.location` mentions no vault.
fn add_words(text: &str, words: &mut BTreeSet<String>) {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut before = "";
    let mut end_of_before = 0;
    for (at, word) in runs(text, is_word) {
        let dotted = at > 0 && text[..at].ends_with('.') && end_of_before + 1 == at;
        if !dotted || matches!(before, "names" | "item" | "of" | "parent") {
            words.insert(word.to_owned());
        }
        before = word;
        end_of_before = at + word.len();
    }
}

/// Returns the runs of characters that satisfy `inside`, each with its position.
fn runs(text: &str, inside: impl Fn(char) -> bool) -> Vec<(usize, &str)> {
    let mut all = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), '\0')]) {
        match (start, at < text.len() && inside(c)) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                all.push((from, &text[from..at]));
                start = None;
            }
            _ => {}
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::waits_for;
    use crate::library;
    use drillbook_runbook::Step;

    fn check(steps: &[Step], id: &str, expected: &[&str]) {
        let index = steps.iter().position(|step| step.id == id).unwrap();
        let waits: Vec<&str> = waits_for(steps, index)
            .into_iter()
            .map(|at| steps[at].id.as_str())
            .collect();
        assert_eq!(waits, expected, "{id}");
    }

    #[test]
    fn a_step_waits_for_the_names_it_mentions_and_for_nothing_else() {
        let runbook = library::built_in().unwrap().remove(0);
        let steps = &runbook.steps;
        check(steps, "identity", &[]);
        check(steps, "pick-vault", &[]);
        check(steps, "vault", &["charter", "pick-vault"]);
        check(steps, "items", &["pick-vault"]);
        check(steps, "baseline", &["items"]);
        check(steps, "network", &["vault"]);
        check(steps, "keys", &["vault", "items", "baseline"]);
    }
}
