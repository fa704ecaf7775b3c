//! The retail price list: anonymous, with its own spelling of members and pages.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::answer::{Answer, Reply};
use crate::call::Call;
use crate::desk::Desk;
use crate::odata;

const PAGE: usize = 2;

/// `GET /api/retail/prices`; refuses a request that carries a token.
pub(crate) fn list(desk: &Desk, call: &Call) -> Reply {
    if call.bearer.is_some() {
        return Err(Answer::error(
            400,
            "SimTokenNotWanted",
            "The price list is anonymous: a token must never be sent here.",
        ));
    }
    let filter = odata::parse(call.filter()).map_err(|text| {
        Answer::json(
            400,
            json!({"Error": {"Code": "BadRequest", "Message": text}}),
        )
    })?;
    let rows: Vec<Value> = desk
        .scenario
        .prices
        .iter()
        .map(document)
        .filter(|row| filter.matches(&|name| field(row, name)))
        .collect();
    let from = call
        .query
        .get("$skip")
        .and_then(|text| text.parse::<usize>().ok())
        .unwrap_or(0);
    let more = rows.len() > from + PAGE;
    let items: Vec<Value> = rows.into_iter().skip(from).take(PAGE).collect();
    let next = more.then(|| {
        let query: Vec<String> = call
            .query
            .iter()
            .filter(|(key, _)| key.as_str() != "$skip")
            .map(|(key, value)| format!("{key}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)))
            .collect();
        format!(
            "{}{}?{}&$skip={}",
            call.base,
            call.path,
            query.join("&"),
            from + PAGE
        )
    });
    Ok(Answer::ok(json!({
        "BillingCurrency": "USD",
        "CustomerEntityId": "Default",
        "CustomerEntityType": "Retail",
        "Count": items.len(),
        "Items": items,
        "NextPageLink": next,
    })))
}

/// `priceType` in a filter is `type` in a row.
fn field(row: &Value, name: &str) -> Option<String> {
    odata::text_of(row, if name == "priceType" { "type" } else { name })
}

fn document(row: &Value) -> Value {
    let text = |name: &str| row[name].as_str().unwrap_or_default();
    let id = crate::names::guid(
        0,
        &[
            "meter",
            text("productName"),
            text("skuName"),
            text("meterName"),
            text("type"),
        ],
    );
    json!({
        "currencyCode": "USD",
        "tierMinimumUnits": row.get("tierMinimumUnits").cloned().unwrap_or_else(|| json!(0.0)),
        "retailPrice": row["price"],
        "unitPrice": row["price"],
        "armRegionName": text("armRegionName"),
        "location": "US West",
        "effectiveStartDate": "2026-01-01T00:00:00Z",
        "meterId": id,
        "meterName": text("meterName"),
        "productId": format!("DZH318Z{}", &id[..6].to_ascii_uppercase()),
        "skuId": format!("DZH318Z{}/{}", &id[..6].to_ascii_uppercase(), &id[9..13].to_ascii_uppercase()),
        "productName": text("productName"),
        "skuName": text("skuName"),
        "serviceName": text("serviceName"),
        "serviceId": "DZH313Z7MMC8",
        "serviceFamily": if text("serviceName") == "Storage" { "Storage" } else { "Compute" },
        "unitOfMeasure": text("unitOfMeasure"),
        "type": text("type"),
        "isPrimaryMeterRegion": true,
        "armSkuName": text("armSkuName"),
    })
}
