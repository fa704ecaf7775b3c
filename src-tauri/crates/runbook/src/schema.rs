//! The JSON Schema of `runbook.toml`, for editors; generated from the types.

use crate::model::Runbook;
use serde_json::{Value, json};

/// Returns the schema (draft 2020-12) of a runbook document.
pub fn json_schema() -> Value {
    let mut schema = schemars::schema_for!(Runbook).to_value();
    if let Value::Object(members) = &mut schema {
        members.insert("$id".to_owned(), json!("drill.runbook/1"));
        members.insert("title".to_owned(), json!("Drillbook runbook, format 1"));
    }
    schema
}
