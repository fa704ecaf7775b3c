//! Sign-offs with what they covered, and what was sent on them.

use super::html::{Table, cite, list, moment, text, time};
use super::{Story, aftermath};
use drillbook_core::{CoverState, Intent, IntentOutcome, RequestState, SignOff};

fn state(story: &Story<'_>, sign_off: &SignOff) -> (&'static str, &'static str) {
    let mut glass = story.drill.glass.iter();
    match sign_off.state {
        RequestState::Approved if glass.any(|one| one.request == sign_off.request) => {
            ("bad", "passed without a quorum")
        }
        RequestState::Open => ("warn", "waits for a decision"),
        RequestState::Approved => ("good", "approved"),
        RequestState::Refused => ("bad", "refused"),
        RequestState::Expired => ("warn", "ran out"),
        RequestState::Withdrawn => ("warn", "taken back"),
        RequestState::Overtaken => ("warn", "overtaken"),
    }
}

pub(super) fn sign_offs(story: &Story<'_>) -> String {
    let mut out =
        "<section aria-labelledby=\"sign-offs\"><h2 id=\"sign-offs\">Sign-offs</h2>\n".to_owned();
    if story.drill.requests.is_empty() {
        out += "<p>None was asked for.</p>\n";
    }
    for sign_off in &story.drill.requests {
        let (class, word) = state(story, sign_off);
        out += &format!(
            "<h3>{}: <span class=\"{class}\">{word}</span>{}</h3>\n\
             <p>Gate <code>{}</code>, asked {}, could be decided until {}. Request document <code>{}</code>.</p>\n",
            story.title(&sign_off.step),
            cite(&[sign_off.seq]),
            text(&sign_off.gate),
            time(sign_off.opened),
            moment(&sign_off.not_after),
            text(&sign_off.request),
        );
        if !sign_off.statement.scope.is_empty() {
            out += &format!(
                "<p>{}{}</p>\n<details><summary>the equivalent commands</summary><pre>{}</pre></details>\n",
                text(&sign_off.statement.scope),
                cite(&[sign_off.seq]),
                text(&sign_off.statement.cli),
            );
        }
        if let (Some(cost), ceiling) = &sign_off.cost {
            let ceiling = ceiling.as_deref().map_or("none", |ceiling| ceiling);
            out += &format!(
                "<p>Estimated cost {}, ceiling of the charter {}{}</p>\n",
                text(cost),
                text(ceiling),
                cite(&[sign_off.seq])
            );
        }
        out += "<p>It covers:</p>\n";
        let covers: Vec<String> = sign_off
            .covers
            .iter()
            .map(|one| cover(story, sign_off, one))
            .collect();
        out += &list(&covers, "nothing");
        out += &decisions(story, sign_off);
        out += &aftermath::glass(story, sign_off);
    }
    out + "</section>\n"
}

fn cover(story: &Story<'_>, sign_off: &SignOff, one: &CoverState) -> String {
    let mut entries = story.of("request.covers").filter(|fact| {
        fact.text("request") == Some(&sign_off.request) && fact.text("digest") == Some(&one.digest)
    });
    let entry: Vec<u64> = entries
        .next()
        .map(|fact| fact.entry.seq)
        .into_iter()
        .collect();
    let title = story.titled(&one.step, one.element.as_deref());
    let Some(action) = &one.action else {
        let leaf = story.own().find(|fact| fact.leaf.to_string() == one.digest);
        let leaf: Vec<u64> = leaf.map(|fact| fact.entry.seq).into_iter().collect();
        return format!(
            "{} of {title}, as recorded{}{}",
            text(&one.what),
            cite(&leaf),
            cite(&entry)
        );
    };
    let requests: Vec<String> = action
        .requests()
        .iter()
        .map(|request| {
            let body = request
                .body
                .as_ref()
                .and_then(|body| serde_json::to_string_pretty(body).ok());
            let body = body.map(|body| {
                format!(
                    "<details><summary>its body</summary><pre>{}</pre></details>",
                    text(&body)
                )
            });
            format!(
                "<code>{} {}?api-version={}</code>{}",
                text(&request.method),
                text(&request.path),
                text(&request.api_version),
                body.unwrap_or_else(|| "<br>".to_owned()),
            )
        })
        .collect();
    format!("{title}{}<br>{}", cite(&entry), requests.concat())
}

fn decisions(story: &Story<'_>, sign_off: &SignOff) -> String {
    let mut table = Table::new(
        "Decisions",
        &[
            "Who",
            "Verdict",
            "When",
            "Lives until",
            "Reason and conditions",
        ],
    );
    for one in &sign_off.decisions {
        let device = if one.same_device {
            "<br><span class=\"warn\">on the device that asked</span>"
        } else {
            ""
        };
        let class = if one.verdict == "approve" {
            "good"
        } else {
            "bad"
        };
        let conditions = one
            .conditions
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        let word = |value: &serde_json::Value| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), |text| text.replace('_', " "))
        };
        let conditions: Vec<String> = conditions
            .iter()
            .map(|one| {
                format!(
                    "{} {} {}",
                    word(&one["fact"]),
                    word(&one["op"]),
                    word(&one["value"])
                )
            })
            .collect();
        let mut why = vec![one.reason.clone()];
        why.extend(conditions);
        why.retain(|line| !line.is_empty());
        table.row(&[
            format!("{}{device}", text(&one.reviewer)),
            format!(
                "<span class=\"{class}\">{}</span>{}{}",
                text(&one.verdict),
                cite(&[one.seq]),
                aftermath::taken_back(story, one)
            ),
            time(one.at),
            moment(&one.not_after),
            text(&why.join("; ")),
        ]);
    }
    table.or("Nobody decided.")
}

/// Whether something was found that could have come of a request.
fn has_candidates(intent: &Intent) -> bool {
    let found = intent
        .candidates
        .as_ref()
        .and_then(|(_, rows)| rows.as_array());
    found.is_some_and(|rows| !rows.is_empty())
}

/// Every request that changes something, with what became of it.
pub(super) fn sent(story: &Story<'_>) -> String {
    let mut table = Table::new(
        "Requests that change something, in the order they were sent",
        &["Step", "Request", "When", "Outcome"],
    );
    for intent in &story.drill.intents {
        let outcome = match &intent.outcome {
            IntentOutcome::Open => "unknown: no answer was recorded".to_owned(),
            IntentOutcome::Unanswered => "unknown: no usable answer came".to_owned(),
            IntentOutcome::Accepted => "accepted".to_owned(),
            IntentOutcome::Adopted => "a job was found and taken as ours".to_owned(),
            IntentOutcome::GivenUp if has_candidates(intent) => {
                "the operator took nothing that was found for ours; given up".to_owned()
            }
            IntentOutcome::GivenUp => "nothing was found; given up".to_owned(),
            IntentOutcome::Rejected { code, .. } => format!("not accepted: {}", text(code)),
        };
        let finished = intent.finished.as_ref().map(|(status, _, error)| {
            let error = error
                .as_deref()
                .map(|error| format!(" ({})", text(error)))
                .unwrap_or_default();
            format!("<br>operation: {}{error}", text(status))
        });
        let bound = intent
            .bound
            .as_deref()
            .map(|bound| format!("<br><code>{}</code>", text(bound)));
        table.row(&[
            format!(
                "{}{}",
                story.titled(&intent.step, intent.element.as_deref()),
                bound.unwrap_or_default()
            ),
            format!(
                "<code>{}</code> {}{}",
                text(&intent.method),
                text(&intent.request_name),
                cite(&[intent.seq])
            ),
            time(intent.at),
            format!(
                "{outcome}{}{}",
                finished.unwrap_or_default(),
                cite(&outcomes(story, intent.seq))
            ),
        ]);
    }
    format!(
        "<section aria-labelledby=\"sent\"><h2 id=\"sent\">What was sent</h2>\n{}</section>\n",
        table.or("Nothing that changes anything was sent.")
    )
}

/// Entries that say what became of the intent at a position.
fn outcomes(story: &Story<'_>, intent: u64) -> Vec<u64> {
    let Some(own) = story.own().find(|fact| fact.entry.seq == intent) else {
        return Vec::new();
    };
    let target = |fact: &crate::fact::Fact| {
        let fields = ["step", "request_name", "element", "bound"];
        fields.map(|name| fact.text(name).map(str::to_owned))
    };
    let wanted = target(own);
    let mut found = Vec::new();
    for fact in story.own().filter(|fact| fact.entry.seq > intent) {
        if target(fact) != wanted {
            continue;
        }
        match fact.entry.kind.as_str() {
            "action.intended" => break,
            "action.accepted" | "action.rejected" | "action.unanswered" | "action.adopted"
            | "action.given_up" | "operation.finished" => found.push(fact.entry.seq),
            _ => {}
        }
    }
    found
}
