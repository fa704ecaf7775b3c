//! From Azure's Activity Log to the changes that the domain compares with the journal.
//!
//! Deliberately absent: claims, addresses and the requests themselves, and any rule.

use drillbook_core::{LoggedChange, Timestamp};
use drillbook_trust::action::CanonicalRequest;
use serde_json::Value;

const VALUES: &str = "/providers/microsoft.insights/eventtypes/management/values";

/// Returns since when a request reads the whole subscription's log; `None` for anything else, and for a part of it.
pub(crate) fn since(request: &CanonicalRequest) -> Option<Timestamp> {
    let path = request.path.trim_end_matches('/').to_ascii_lowercase();
    let subscription = path.strip_suffix(VALUES)?.strip_prefix("/subscriptions/")?;
    if subscription.contains('/') {
        return None;
    }
    let filter = request.query.get("$filter")?;
    let mut from = None;
    for term in filter.split(" and ") {
        let words: Vec<&str> = term.split_whitespace().collect();
        match words.as_slice() {
            ["eventTimestamp", "ge", at] => from = at.trim_matches('\'').parse().ok(),
            ["eventTimestamp", "le", _] => {}
            _ => return None,
        }
    }
    from
}

/// Returns the rows of the log that tell of management operations; a row that cannot be read is left out.
pub(crate) fn rows(body: &Value) -> Vec<LoggedChange> {
    let all = body["value"].as_array().map(Vec::as_slice);
    all.unwrap_or_default().iter().filter_map(row).collect()
}

fn row(row: &Value) -> Option<LoggedChange> {
    let text = |at: &str| row.pointer(at).and_then(Value::as_str).map(str::to_owned);
    // Alerts, service health and advice stand in the same log, and are nobody's change.
    let category = text("/category/value").unwrap_or_else(|| "Administrative".to_owned());
    if !category.eq_ignore_ascii_case("Administrative") {
        return None;
    }
    Some(LoggedChange {
        at: text("/eventTimestamp")?.parse().ok()?,
        caller: text("/caller").unwrap_or_default(),
        operation: text("/operationName/value")?,
        status: text("/status/value").unwrap_or_default(),
        resource: text("/resourceId").unwrap_or_default(),
        correlation: text("/correlationId").unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn request(path: &str, filter: &str) -> CanonicalRequest {
        CanonicalRequest {
            name: "log".to_owned(),
            method: "GET".to_owned(),
            cloud: "AzureCloud".to_owned(),
            path: path.to_owned(),
            query: [("$filter".to_owned(), filter.to_owned())].into(),
            api_version: "2015-04-01".to_owned(),
            body: None,
        }
    }

    #[test]
    fn only_the_whole_log_of_a_subscription_is_a_witness() {
        let all =
            "eventTimestamp ge '2026-11-21T08:00:00Z' and eventTimestamp le '2026-11-21T09:00:00Z'";
        let log = "/subscriptions/s1/providers/Microsoft.Insights/eventtypes/management/values";
        let from = since(&request(log, all)).map(|at| at.to_rfc3339());
        assert_eq!(from.as_deref(), Some("2026-11-21T08:00:00+00:00"));
        let part = format!("{all} and resourceGroupName eq 'rg'");
        assert_eq!(since(&request(log, &part)), None);
        assert_eq!(since(&request("/subscriptions/s1/resources", all)), None);
    }

    #[test]
    fn a_row_is_read_without_what_it_says_of_people() {
        let body = json!({"value": [
            {"eventTimestamp": "2026-11-21T08:30:00.1234567Z", "caller": "o", "operationName": {"value": "a/write"},
             "status": {"value": "Succeeded"}, "resourceId": "/subscriptions/s1", "correlationId": "c"},
            {"eventTimestamp": "2026-11-21T08:31:00Z", "operationName": {"value": "alert"}, "category": {"value": "Alert"}},
        ]});
        let read = rows(&body);
        assert_eq!(read.len(), 1);
        assert_eq!(
            (read[0].operation.as_str(), read[0].status.as_str()),
            ("a/write", "Succeeded")
        );
    }
}
