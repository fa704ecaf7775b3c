//! A request of another machine, as its reviewer reads it: the same screen, made from what was recomputed only.
//!
//! Every text of it is shown with its control characters and writing directions spelled out.

use super::words::{self, number, time};
use super::{evidence as pieces, sends};
use crate::ipc::views::{
    ComparedView, ConditionEntry, ConditionOp, CoverView, DecisionView, DetailView, DifferenceView,
    EnvironmentView, EvidenceKindView, EvidenceRowView, EvidenceView, FactView, ForeignView,
    OpenFirstView, RequestRowView, RequestStateView, RequestView, SendView, SignedForeignView,
    SignerView, SigningKeyView, WitnessView,
};
use drillbook_core::decode_id;
use drillbook_engine::exchange_in;
use drillbook_engine::reviewing::{ReviewerKey, now_after, step_of};
use drillbook_runbook::{Fact, Step, ValueType};
use drillbook_trust::action::CanonicalRequest;
use drillbook_trust::checkpoint::environment_of;
use drillbook_trust::document::{Condition, CoverKind, Decision, Operation, Presence, Verdict};
use drillbook_trust::exchange::{Covered, Evidence, Opened, plain};
use std::collections::BTreeMap;

/// A request of another machine that was opened here.
#[derive(Debug)]
pub struct Foreign {
    /// Everything of it, recomputed.
    pub opened: Opened,
    /// When each piece of evidence was opened, by its entry.
    pub read: BTreeMap<u64, String>,
    /// What was signed about it here.
    pub signed: Option<Signed>,
}

/// A decision that was signed here.
#[derive(Debug)]
pub struct Signed {
    /// As it travels.
    pub text: String,
    /// What it says.
    pub decision: Decision,
}

impl Foreign {
    /// Keeps a request open.
    pub fn new(opened: Opened) -> Foreign {
        Foreign {
            opened,
            read: BTreeMap::new(),
            signed: None,
        }
    }

    /// Returns the digest of the request document.
    pub fn id(&self) -> String {
        self.opened.request.digest().to_string()
    }

    /// Returns the commitments of the evidence that was opened.
    pub fn commitments(&self) -> Vec<String> {
        let all = self.opened.evidence.iter();
        let mut read: Vec<String> = all
            .filter(|one| self.read.contains_key(&one.entry.seq))
            .map(|one| one.commitment.clone())
            .collect();
        read.sort();
        read.dedup();
        read
    }
}

/// Returns the request for a list.
pub fn row(one: &Foreign) -> RequestRowView {
    let asked = one.opened.request.value();
    let state = match &one.signed {
        Some(signed) if signed.decision.verdict == Verdict::Approve => RequestStateView::Approved,
        Some(_) => RequestStateView::Refused,
        None if asked.not_after < now_after(&asked.log, asked.requested_at) => {
            RequestStateView::Expired
        }
        None => RequestStateView::Open,
    };
    let sentence = one.opened.scope.as_deref().map(plain);
    RequestRowView {
        id: one.id(),
        drill: plain(&asked.drill),
        step: plain(&asked.step),
        gate: plain(&asked.gate),
        state,
        sentence: sentence.unwrap_or_else(|| {
            format!(
                "Pass the gate {} of {}",
                plain(&asked.step),
                plain(&asked.drill)
            )
        }),
        operator: plain(&asked.operator),
        requested_at: Some(time(asked.requested_at)),
        not_after: Some(time(asked.not_after)),
        mine: state == RequestStateView::Open,
    }
}

/// Returns the request with the keys at hand.
pub fn view(
    one: &Foreign,
    keys: Vec<SigningKeyView>,
    compared: Option<(Vec<String>, usize, String, String)>,
    seen: Option<(u64, String)>,
    folder: Option<String>,
) -> ForeignView {
    let (opened, asked) = (&one.opened, one.opened.request.value());
    let first = opened.policies_before.first().unwrap_or(&opened.policy);
    let step = step_of(opened);
    ForeignView {
        request: request(one, step.as_ref(), compared, seen),
        environment: match environment_of(&asked.log) {
            Some("live") => EnvironmentView::Live,
            _ => EnvironmentView::Rehearsal,
        },
        log: plain(&asked.log),
        fingerprint: first.digest().to_string(),
        runbook_known: step.is_some(),
        keys,
        signed: one.signed.as_ref().and_then(|signed| {
            Some(SignedForeignView {
                name: file_name(one)?,
                text: signed.text.clone(),
                approves: signed.decision.verdict == Verdict::Approve,
                person: plain(&signed.decision.reviewer),
            })
        }),
        folder,
    }
}

fn request(
    one: &Foreign,
    step: Option<&Step>,
    compared: Option<(Vec<String>, usize, String, String)>,
    seen: Option<(u64, String)>,
) -> RequestView {
    let (opened, asked) = (&one.opened, one.opened.request.value());
    let policy = opened.policy.value();
    let gate = policy.gates.get(&asked.gate);
    let row = row(one);
    let open = row.state == RequestStateView::Open;
    let (differs, same, with) = match compared {
        Some((names, same, at, drill)) => {
            let drill = plain(&drill);
            let differs = names.iter().map(|name| differing(opened, name)).collect();
            (differs, same, Some(ComparedView { at, drill }))
        }
        None => (Vec::new(), 0, None),
    };
    RequestView {
        consequence: step.map(|step| step.why.clone()).unwrap_or_else(|| {
            "This Drillbook has not this version of the runbook. Read every line below.".to_owned()
        }),
        differs,
        same: number(same),
        compared_with: with,
        covers: covers(opened),
        open_first: opened
            .evidence
            .iter()
            .map(|piece| open_first(one, piece))
            .collect(),
        facts: facts(step),
        cost: None,
        ceiling: None,
        over_ceiling: false,
        journal: WitnessView {
            size: number(asked.journal.size),
            head: asked.journal.root.hex(),
            seen_size: seen.as_ref().map(|(size, _)| number(*size)),
            seen_at: seen.map(|(_, at)| at),
        },
        policy: format!(
            "version {}, {:.23}…",
            policy.version,
            asked.policy.to_string()
        ),
        quorum: number(gate.map_or(1, |gate| gate.quorum)),
        signers: signers(opened),
        decisions: one.signed.iter().map(decision).collect(),
        may_decide: open,
        why_not: (!open).then(|| "It is no longer open.".to_owned()),
        approval_valid: number(gate.map_or(0, |gate| gate.approval_valid_s)),
        same_device: false,
        may_break_glass: false,
        glass: None,
        row,
    }
}

/// A field that differs; what it was is remembered as a digest only.
fn differing(opened: &Opened, name: &str) -> DifferenceView {
    let (cover, field) = name.split_once('.').unwrap_or(("", name));
    let actions = cover
        .parse::<usize>()
        .ok()
        .and_then(|at| opened.covers.get(at.checked_sub(1)?));
    let now = match actions {
        Some(Covered::Action(action)) => super::compare::fields(action).remove(field),
        _ => None,
    };
    DifferenceView {
        label: words::heading(field),
        of: format!("what is covered as number {cover}"),
        field: field.to_owned(),
        before: "another value".to_owned(),
        now: now.map_or_else(|| "no longer there".to_owned(), |value| plain(&value)),
    }
}

fn covers(opened: &Opened) -> Vec<CoverView> {
    let pairs = opened.request.value().covers.iter().zip(&opened.covers);
    // The lines of the whole request stand beside the first thing it changes.
    let mut cli = opened.cli.as_deref().map(plain);
    pairs
        .map(|(cover, covered)| {
            let (title, step, requests, rows) = match covered {
                Covered::Action(action) => {
                    let names: Vec<String> = action
                        .requests()
                        .iter()
                        .map(|one| words::heading(&one.name))
                        .collect();
                    let sent = action
                        .requests()
                        .iter()
                        .map(|one| send(one, &mut cli))
                        .collect();
                    (names.join(", "), String::new(), sent, Vec::new())
                }
                Covered::Entry(entry, shown) => {
                    let public = entry.public.iter();
                    let public = public.map(|(name, value)| detail(name, &value.to_string()));
                    let sealed = shown
                        .iter()
                        .map(|one| detail(&one.name, &one.value.to_string()));
                    let step = entry
                        .public
                        .get("step")
                        .map(ToString::to_string)
                        .unwrap_or_default();
                    let title = format!("entry {}, {}", entry.seq, plain(&entry.kind));
                    (
                        title,
                        plain(&step),
                        Vec::new(),
                        public.chain(sealed).collect(),
                    )
                }
            };
            CoverView {
                kind: match cover.kind {
                    CoverKind::Action => "action",
                    CoverKind::Evidence => "evidence",
                    CoverKind::Charter => "charter",
                }
                .to_owned(),
                step,
                title: plain(&title),
                element: None,
                target: None,
                digest: cover.digest.to_string(),
                requests,
                rows,
                used: false,
            }
        })
        .collect()
}

fn send(one: &CanonicalRequest, cli: &mut Option<String>) -> SendView {
    let changes = one.method != "GET" && one.method != "HEAD";
    let version = ("api-version", one.api_version.as_str());
    let more = one
        .query
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let query: Vec<String> = [version]
        .into_iter()
        .chain(more)
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    SendView {
        name: plain(&one.name),
        element: None,
        changes,
        method: plain(&one.method),
        path: plain(&decode_id(&one.path)),
        query: plain(&query.join("&")),
        body: one.body.as_ref().map(|body| plain(&sends::pretty(body))),
        az: if changes { cli.take() } else { None },
        secret: false,
        state: "not sent".to_owned(),
        entry: None,
    }
}

fn detail(name: &str, value: &str) -> DetailView {
    DetailView {
        name: plain(name),
        value: plain(value),
        mono: true,
    }
}

fn shown(piece: &Evidence, name: &str) -> Option<String> {
    let one = piece.shown.iter().find(|one| one.name == name)?;
    Some(plain(&one.value.to_string()))
}

fn open_first(one: &Foreign, piece: &Evidence) -> OpenFirstView {
    let step = piece.entry.public.get("step").map(ToString::to_string);
    let step = plain(&step.unwrap_or_default());
    let known = step_title(&one.opened, &step);
    OpenFirstView {
        title: known.unwrap_or_else(|| words::heading(&step)),
        step,
        state: None,
        summary: shown(piece, "path").unwrap_or_else(|| plain(&piece.entry.kind)),
        entry: number(piece.entry.seq),
        opened: one.read.get(&piece.entry.seq).cloned(),
    }
}

fn step_title(opened: &Opened, step: &str) -> Option<String> {
    let digest = opened.request.value().runbook.digest.to_string();
    let known = drillbook_engine::library::built_in().ok()?;
    let runbook = known.into_iter().find(|one| one.digest() == digest)?;
    Some(runbook.step(step)?.title.clone())
}

/// Returns a piece of evidence that travelled, at full size; nothing when the request names none at that entry.
pub fn evidence(one: &Foreign, entry: u32) -> Option<EvidenceView> {
    let mut all = one.opened.evidence.iter();
    let piece = all.find(|piece| piece.entry.seq == u64::from(entry))?;
    let about = open_first(one, piece);
    let exchange = piece.blob.as_deref().and_then(exchange_in);
    let exchange = exchange
        .and_then(|all| pieces::exchanged(all.az.as_deref().map(plain), all.exchanges.last()?));
    let text = match piece.blob.as_deref().map(std::str::from_utf8) {
        _ if exchange.is_some() => None,
        Some(Ok(text)) => Some(plain(text)),
        Some(Err(_)) => Some("It is no text; its bytes travelled with the request.".to_owned()),
        None => Some(
            "It is too large to travel. Ask the operator for the file of this digest before you approve."
                .to_owned(),
        ),
    };
    let values = piece.shown.iter().filter(|one| one.name != "evidence");
    let facts = values.map(|one| detail(&one.name, &one.value.to_string()));
    Some(EvidenceView {
        row: EvidenceRowView {
            entry,
            kind: if exchange.is_some() {
                EvidenceKindView::Exchange
            } else {
                EvidenceKindView::File
            },
            step: about.step,
            element: None,
            title: about.title,
            detail: plain(&piece.entry.kind),
            at: words::as_time(&piece.entry.at).unwrap_or_else(|| plain(&piece.entry.at)),
        },
        drill: plain(&piece.entry.drill),
        digest: Some(piece.digest.to_string()),
        size: number(piece.blob.as_ref().map_or(0, Vec::len)),
        exchange,
        picture: None,
        text,
        facts: facts.collect(),
        previous: None,
        next: None,
    })
}

/// The facts that a condition may bound; what they are now is known where the journal is.
fn facts(step: Option<&Step>) -> Vec<FactView> {
    let Some(step) = step else {
        return Vec::new();
    };
    let declared = step.facts.iter().filter(|fact| fact.name != "now");
    let declared = declared.map(|fact| FactView {
        name: fact.name.clone(),
        label: fact
            .label
            .clone()
            .unwrap_or_else(|| words::heading(&fact.name)),
        op: if fact.kind == ValueType::Text {
            ConditionOp::Equals
        } else {
            ConditionOp::AtMost
        },
        value: None,
        proposed: None,
        unit: is_age(fact).then(|| "h".to_owned()),
    });
    let sent = FactView {
        name: "now".to_owned(),
        label: "Sent before".to_owned(),
        op: ConditionOp::Before,
        value: None,
        proposed: None,
        unit: None,
    };
    declared
        .chain((!step.facts.is_empty()).then_some(sent))
        .collect()
}

fn is_age(fact: &Fact) -> bool {
    fact.kind == ValueType::Time
}

/// Returns a condition of the desk as it is signed: hours of an age become a duration.
pub fn condition(step: Option<&Step>, entry: &ConditionEntry) -> Condition {
    let age = step.is_some_and(|step| {
        let mut facts = step.facts.iter();
        facts.any(|fact| fact.name == entry.fact && is_age(fact))
    });
    let value = match entry.value.parse::<i64>() {
        Ok(hours) if age && entry.op == ConditionOp::AtMost => {
            format!("PT{hours}H").as_str().into()
        }
        Ok(whole) => whole.into(),
        Err(_) => entry.value.as_str().into(),
    };
    Condition {
        fact: entry.fact.clone(),
        op: match entry.op {
            ConditionOp::AtMost => Operation::AtMost,
            ConditionOp::AtLeast => Operation::AtLeast,
            ConditionOp::Before => Operation::Before,
            ConditionOp::Equals => Operation::Equals,
        },
        value,
    }
}

fn signers(opened: &Opened) -> Vec<SignerView> {
    let (asked, policy) = (opened.request.value(), opened.policy.value());
    let roles = policy
        .gates
        .get(&asked.gate)
        .map(|gate| gate.roles.as_slice());
    let fits = |id: &str| policy.has_role(id, roles.unwrap_or_default());
    let people = policy
        .people
        .iter()
        .filter(|(id, _)| fits(id) || **id == asked.operator);
    people
        .map(|(id, person)| {
            let asked = *id == asked.operator;
            SignerView {
                person: plain(id),
                name: plain(id),
                role: person
                    .roles
                    .first()
                    .map(|role| words::role_label(role))
                    .unwrap_or_default(),
                can: !asked,
                why_not: asked.then(|| "asked, cannot sign".to_owned()),
                key: person.keys.first().cloned(),
            }
        })
        .collect()
}

/// Returns a key at hand, with whose it is by the policy in the file.
pub fn key(one: &Foreign, key: &ReviewerKey, place: &str) -> SigningKeyView {
    let (asked, policy) = (one.opened.request.value(), one.opened.policy.value());
    let fingerprint = key.public().fingerprint();
    let person = policy.person_of_key(&fingerprint);
    let roles = policy
        .gates
        .get(&asked.gate)
        .map(|gate| gate.roles.as_slice());
    let why_not = match person {
        None => Some("the policy of this request names nobody with it"),
        Some(_) if policy.is_revoked(&fingerprint) => Some("the policy has revoked it"),
        Some(id) if id == asked.operator => Some("who asked cannot sign"),
        Some(id) if !policy.has_role(id, roles.unwrap_or_default()) => {
            Some("its owner has no role at this gate")
        }
        Some(_) => None,
    };
    let how = match key.presence() {
        Presence::Agent => format!("{place}, in the agent"),
        Presence::Sk => format!("{place}, on a security key"),
        _ => place.to_owned(),
    };
    SigningKeyView {
        locked: key.is_locked(),
        place: how,
        person: person.map(plain),
        why_not: why_not.map(str::to_owned),
        fingerprint,
    }
}

fn decision(signed: &Signed) -> DecisionView {
    let said = &signed.decision;
    let conditions = said.conditions.iter();
    DecisionView {
        id: said.request.to_string(),
        reviewer: plain(&said.reviewer),
        approves: said.verdict == Verdict::Approve,
        reason: said.reason.clone(),
        conditions: conditions
            .map(|one| format!("{} {} {}", words::heading(&one.fact), op(one.op), one.value))
            .collect(),
        at: time(said.decided_at),
        not_after: time(said.not_after),
        same_device: false,
        // It stands in no journal before the operator has taken it in.
        entry: 0,
        taken_back: false,
        may_take_back: false,
    }
}

fn op(op: Operation) -> &'static str {
    match op {
        Operation::AtMost => "at most",
        Operation::AtLeast => "at least",
        Operation::Before => "before",
        Operation::Equals => "equals",
    }
}

/// Returns the name that is proposed for the decision's file: letters, digits and marks that no system minds.
pub fn file_name(one: &Foreign) -> Option<String> {
    let signed = one.signed.as_ref()?;
    let asked = one.opened.request.value();
    let short: String = one.opened.request.digest().hex().chars().take(12).collect();
    let name = format!(
        "{}-{}-{short}.{}.decision.txt",
        asked.drill, asked.step, signed.decision.reviewer
    );
    let kept = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '@');
    let name: String = name.chars().filter(kept).take(180).collect();
    Some(name.trim_start_matches('.').to_owned())
}
