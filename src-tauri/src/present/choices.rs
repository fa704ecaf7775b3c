//! Lists to choose from: every row, and why some cannot be used.

use super::Sight;
use super::words::{self, as_time, heading, plain, time};
use crate::ipc::views::{CellView, ChoiceRowView, ChoiceView, ColumnView};
use drillbook_core::{Drill, Element, ElementRun, RowVerdict, RunState, elements};
use drillbook_runbook::{Choose, Step};
use serde_json::Value;

/// Returns the choices of a step, one for each element.
pub fn view(sight: &Sight, drill: &Drill, step: &Step) -> Vec<ChoiceView> {
    let Some(choose) = &step.choose else {
        return Vec::new();
    };
    let offers = sight.engine.offers(&drill.id, &step.id).unwrap_or_default();
    let all = elements(drill, step);
    all.iter()
        .map(|element| {
            let run = drill.run(&step.id, &element.key);
            let offered = offers.iter().find(|(one, _)| one.key == element.key);
            match (offered, run.filter(|run| run.state == RunState::Passed)) {
                (Some((_, rows)), run) => listed(drill, step, choose, element, rows, run),
                (None, Some(run)) => remembered(step, choose, element, run),
                (None, None) => unread(choose, element),
            }
        })
        .collect()
}

fn listed(
    drill: &Drill,
    step: &Step,
    choose: &Choose,
    element: &Element,
    rows: &[RowVerdict],
    run: Option<&ElementRun>,
) -> ChoiceView {
    let usable: Vec<&RowVerdict> = rows.iter().filter(|row| row.reasons.is_empty()).collect();
    let rest = if usable.len() == rows.len() {
        "all usable".to_owned()
    } else {
        format!("{} usable", usable.len())
    };
    let proposed = usable
        .iter()
        .take(if choose.many { usable.len() } else { 1 });
    ChoiceView {
        title: format!("{}, {rest}", words::plural(rows.len(), "row")),
        read_at: read_at(drill, step),
        columns: choose.columns.iter().map(|query| column(query)).collect(),
        rows: rows.iter().map(row).collect(),
        chosen: run.map(|run| chosen(choose, run)).unwrap_or_default(),
        proposed: proposed.map(|row| row.key.clone()).collect(),
        reason: run
            .and_then(|run| run.choice.as_ref())
            .map(|(_, _, reason)| reason.clone()),
        ..unread(choose, element)
    }
}

/// A choice made in an earlier run of the app: the journal keeps key, label and reasons of each row.
fn remembered(step: &Step, choose: &Choose, element: &Element, run: &ElementRun) -> ChoiceView {
    let Some((_, alternatives, reason)) = &run.choice else {
        return unread(choose, element);
    };
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let rows: Vec<ChoiceRowView> = alternatives
        .as_array()
        .into_iter()
        .flatten()
        .map(|row| ChoiceRowView {
            key: text(row, "key"),
            label: text(row, "label"),
            cells: Vec::new(),
            usable: row["usable"].as_bool().unwrap_or_default(),
            reasons: row["reasons"]
                .as_array()
                .into_iter()
                .flatten()
                .map(plain)
                .collect(),
        })
        .collect();
    ChoiceView {
        title: format!("{} were listed", words::plural(rows.len(), "row")),
        read_at: run.at.map(time),
        columns: Vec::new(),
        rows,
        chosen: chosen(choose, run),
        reason: Some(reason.clone()),
        ..unread(choose, element)
    }
    .called(&step.title)
}

impl ChoiceView {
    /// Leaves the view as it is; a choice without rows takes the step's title as heading.
    fn called(mut self, title: &str) -> Self {
        if self.rows.is_empty() {
            title.clone_into(&mut self.title);
        }
        self
    }
}

fn unread(choose: &Choose, element: &Element) -> ChoiceView {
    let repeated = element.value.is_some();
    ChoiceView {
        element: repeated.then(|| element.key.clone()),
        element_label: repeated.then(|| element.label.clone()),
        title: "Not read yet".to_owned(),
        read_at: None,
        many: choose.many,
        columns: choose.columns.iter().map(|query| column(query)).collect(),
        rows: Vec::new(),
        chosen: Vec::new(),
        proposed: Vec::new(),
        reason: None,
        reason_needed: false,
    }
}

fn read_at(drill: &Drill, step: &Step) -> Option<String> {
    let read = drill
        .evidence
        .iter()
        .rev()
        .find(|one| one.step == step.id && one.kind == "exchange");
    read.map(|one| time(one.at))
}

fn chosen(choose: &Choose, run: &ElementRun) -> Vec<String> {
    let Some((value, ..)) = &run.choice else {
        return Vec::new();
    };
    let rows = value
        .as_array()
        .map_or(std::slice::from_ref(value), Vec::as_slice);
    let key = |row: &Value| drillbook_runbook::query::on_row(&choose.key, row, &Value::Null).ok();
    rows.iter().filter_map(key).map(|key| plain(&key)).collect()
}

/// A name is called after what it names: `nsg.name` is the NSG, not one more name.
fn titled(query: &str) -> String {
    match query.rsplit_once('.') {
        Some((owner, "name" | "id")) if owner != "properties" => {
            let label = heading(owner);
            if label.len() <= 3 {
                label.to_uppercase()
            } else {
                label
            }
        }
        _ => heading(query),
    }
}

fn column(query: &str) -> ColumnView {
    let label = titled(query);
    let numeric = ["size", "count", "age", "cores", "limit"]
        .iter()
        .any(|word| label.to_lowercase().contains(word));
    ColumnView { label, numeric }
}

fn row(row: &RowVerdict) -> ChoiceRowView {
    ChoiceRowView {
        key: row.key.clone(),
        label: row.label.clone(),
        cells: row.cells.iter().map(cell).collect(),
        usable: row.reasons.is_empty(),
        reasons: row
            .reasons
            .iter()
            .map(|reason| words::sentence_case(reason))
            .collect(),
    }
}

fn cell(value: &Value) -> CellView {
    let text = plain(value);
    let is_id = text.starts_with("/subscriptions/");
    CellView {
        time: as_time(&text),
        mono: is_id,
        text: if is_id { words::short_id(&text) } else { text },
    }
}

#[cfg(test)]
mod tests {
    use super::titled;

    #[test]
    fn a_name_is_called_after_what_it_names() {
        assert_eq!(titled("nsg.name"), "NSG");
        assert_eq!(titled("properties.virtualNetwork.id"), "Virtual network");
        assert_eq!(titled("name"), "Name");
        assert_eq!(titled("properties.name"), "Name");
    }
}
