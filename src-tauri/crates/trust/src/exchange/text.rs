//! A request as people read it. Written only from what [`super::open`] recomputed.
//!
//! Everything that came from Azure or from a person is shown with its control characters and writing
//! directions spelled out, so that no text can repaint a terminal.

use super::{
    Covered, Evidence, ExchangeError, Opened, REQUEST_LABEL, RequestFile, armor, prepared,
};
use crate::action::{Action, CanonicalRequest};
use crate::canonical;
use crate::disclosure::Disclosure;
use crate::document::{APPROVAL_NAMESPACE, Policy, Verdict};
use crate::time;
use std::fmt::Write as _;

/// Spells out what a terminal or a mail program would obey instead of showing.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        let obeyed = (letter.is_control() && letter != '\n')
            || matches!(letter, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}');
        if obeyed {
            shown.extend(letter.escape_unicode());
        } else {
            shown.push(letter);
        }
    }
    shown
}

/// Returns what a reviewer reads, from recomputed values only, the evidence in full.
#[must_use]
pub fn describe(opened: &Opened) -> String {
    described(opened, true)
}

fn described(opened: &Opened, whole: bool) -> String {
    let mut text = head(opened);
    for (covered, number) in opened.covers.iter().zip(1..) {
        let _ = writeln!(text, "\nCovered, number {number}");
        match covered {
            Covered::Action(action) => describe_action(&mut text, action),
            Covered::Entry(entry, shown) => {
                let _ = writeln!(
                    text,
                    "  entry {}: {} at {}",
                    entry.seq, entry.kind, entry.at
                );
                for (name, value) in &entry.public {
                    let _ = writeln!(text, "    {name}: {value}");
                }
                values(&mut text, shown);
            }
        }
    }
    if let Some(cli) = &opened.cli {
        let _ = writeln!(text, "\nThe same as az lines\n{}", indented(cli, "  "));
    }
    for (piece, number) in opened.evidence.iter().zip(1..) {
        describe_evidence(&mut text, piece, number, whole);
    }
    text.push_str(&roster(opened));
    plain(&text)
}

fn head(opened: &Opened) -> String {
    let asked = opened.request.value();
    let place = match crate::checkpoint::environment_of(&asked.log) {
        Some("live") => "LIVE",
        _ => "REHEARSAL",
    };
    let mut text = format!("{place}: request for sign-off of {}\n", asked.drill);
    if let Some(scope) = &opened.scope {
        let _ = writeln!(text, "{}", indented(scope, "  "));
    }
    let rows = [
        ("request", opened.request.digest().to_string()),
        ("gate", format!("{} (step {})", asked.gate, asked.step)),
        ("operator", asked.operator.clone()),
        (
            "runbook",
            format!(
                "{} {}, {}",
                asked.runbook.id, asked.runbook.version, asked.runbook.digest
            ),
        ),
        ("asked", time::to_text(asked.requested_at)),
        ("decide until", time::to_text(asked.not_after)),
        ("log", asked.log.clone()),
        (
            "you witness",
            format!(
                "{} entries, root {}",
                asked.journal.size, asked.journal.root
            ),
        ),
    ];
    for (name, value) in rows {
        let _ = writeln!(text, "  {name:<13} {value}");
    }
    text
}

fn describe_action(text: &mut String, action: &Action) {
    let _ = writeln!(text, "  action {}, salt {}", action.digest(), action.salt());
    for request in action.requests() {
        let _ = writeln!(text, "  {}", line(request));
        if let Some(body) = &request.body {
            let body = serde_json::to_string_pretty(body).unwrap_or_default();
            let _ = writeln!(text, "{}", indented(&body, "    "));
        }
    }
}

fn line(request: &CanonicalRequest) -> String {
    let mut query = format!("api-version={}", request.api_version);
    for (name, value) in &request.query {
        let _ = write!(query, "&{name}={value}");
    }
    format!(
        "{}: {} {} {}?{query}",
        request.name, request.cloud, request.method, request.path
    )
}

fn values(text: &mut String, shown: &[Disclosure]) {
    for one in shown {
        let value = one.value.to_string();
        let _ = writeln!(
            text,
            "    {}: {}",
            one.name,
            indented(&value, "      ").trim_start()
        );
    }
}

fn describe_evidence(text: &mut String, piece: &Evidence, number: usize, whole: bool) {
    let _ = writeln!(text, "\nOpen before you approve, number {number}");
    let step = piece.entry.public.get("step").map(ToString::to_string);
    let _ = writeln!(
        text,
        "  entry {}, step {}",
        piece.entry.seq,
        step.unwrap_or_default()
    );
    let _ = writeln!(text, "  {}", piece.digest);
    for name in ["az", "path"] {
        let one = piece.shown.iter().find(|one| one.name == name);
        let value = one.map(|one| one.value.to_string()).unwrap_or_default();
        if !value.is_empty() {
            let _ = writeln!(text, "  {name}: {value}");
        }
    }
    let note = match piece.blob.as_deref().map(std::str::from_utf8) {
        Some(Ok(shown)) if whole => indented(&pretty(shown), "    "),
        Some(Ok(_)) => "    (in the last block; drillbook request show prints it)".to_owned(),
        Some(Err(_)) => "    (not text; it is in the last block)".to_owned(),
        None => {
            "    (too large to travel; ask the operator for the file of this digest)".to_owned()
        }
    };
    let _ = writeln!(text, "{note}");
}

/// Breaks JSON into lines; any other text is shown as it is.
fn pretty(text: &str) -> String {
    let parsed: Result<serde_json::Value, _> = serde_json::from_str(text);
    let lines = parsed
        .ok()
        .and_then(|value| serde_json::to_string_pretty(&value).ok());
    lines.unwrap_or_else(|| text.to_owned())
}

fn roster(opened: &Opened) -> String {
    let (asked, policy) = (opened.request.value(), opened.policy.value());
    let first = opened.policies_before.first().unwrap_or(&opened.policy);
    let mut text = format!(
        "\nPolicy version {}, {}\n",
        policy.version,
        opened.policy.digest()
    );
    let _ = writeln!(
        text,
        "  Compare the fingerprint of version 1 with its owners, by voice or on paper:"
    );
    let _ = writeln!(text, "  {}", first.digest());
    if let Some(rule) = policy.gates.get(&asked.gate) {
        let people = deciders(policy, &asked.operator, &rule.roles);
        let _ = writeln!(
            text,
            "  {} of these must approve, as {}: {}",
            rule.quorum,
            rule.roles.join(" or "),
            people.join(", ")
        );
        let _ = writeln!(
            text,
            "  An approval lives for {} minutes.",
            rule.approval_valid_s / 60
        );
    }
    text.push_str("If you refuse, nothing is sent; the operator reads your reason and may ask again or break off.\n");
    text
}

fn deciders(policy: &Policy, operator: &str, roles: &[String]) -> Vec<String> {
    let mut people = Vec::new();
    for (id, person) in &policy.people {
        if id != operator && policy.has_role(id, roles) {
            people.push(format!("{id} ({})", person.keys.join(", ")));
        }
    }
    people
}

fn indented(text: &str, by: &str) -> String {
    let lines = text.lines().map(|line| format!("{by}{line}"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Writes a request as it travels: what people read, how they sign, and the block that counts.
///
/// # Errors
/// [`ExchangeError`] when the file does not hold: nothing is written that a reviewer would refuse.
pub fn write(file: &RequestFile) -> Result<String, ExchangeError> {
    let opened = super::check(file)?;
    let bytes = canonical::to_bytes(file).map_err(ExchangeError::Unreadable)?;
    let decisions = prepared(&opened.request, opened.policy.value(), &opened.must_open());
    let mut text = described(&opened, false);
    let intake = intake(&opened.request.value().log);
    let _ = writeln!(
        text,
        "{INSTRUCTION}  The operator takes it in with: {intake}"
    );
    for one in &decisions {
        let label = label_of(one.verdict);
        let of = format!(" BY {}", one.person);
        let _ = write!(text, "\n{}", armor::armor(label, &of, &one.bytes));
    }
    let _ = write!(text, "\n{}", armor::armor(REQUEST_LABEL, "", &bytes));
    debug_assert!(INSTRUCTION.contains(APPROVAL_NAMESPACE));
    Ok(text)
}

fn label_of(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Approve => "DRILLBOOK APPROVAL",
        Verdict::Refuse => "DRILLBOOK REFUSAL",
    }
}

/// How to decide, with Drillbook and without.
const INSTRUCTION: &str = r#"
How to decide
  The text above is for reading. What counts is the last block of this file; Drillbook recomputes
  everything in it and shows nothing that does not match:
    drillbook request show FILE
    drillbook request sign FILE --key KEY --approve
    drillbook request sign FILE --key KEY --refuse --reason TEXT
  With OpenSSH alone, take the block that bears your name, read it, sign it, send back the .sig file:
    sed -n '/BEGIN DRILLBOOK APPROVAL BY YOU@EXAMPLE/,/-----END/p' FILE | grep -v -e ----- |
      tr -d '\r' | base64 -d > decision.json
    cat decision.json
    ssh-keygen -Y sign -f KEY -n drill-approval@drillbook decision.json
  (REFUSAL instead of APPROVAL to refuse; say why in your message.)
"#;

/// The command by which the operator of a log takes in what was signed.
pub(super) fn intake(log: &str) -> &'static str {
    if log.starts_with("drillbook/live/") {
        "drillbook decision import FILE --live --data DIR"
    } else {
        "drillbook decision import FILE --data DIR"
    }
}
