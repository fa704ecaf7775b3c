//! A request of another machine, as its reviewer reads it: the same screen, made from what was recomputed only.
//!
//! Every text of it is shown with its control characters and writing directions spelled out.

mod bounds;
mod pieces;

pub use bounds::condition;
pub use pieces::evidence;

use super::sends;
use super::words::{self, number, time};
use crate::ipc::views::{
    ComparedView, CoverView, DecisionView, DetailView, DifferenceView, EnvironmentView,
    ForeignView, RequestRowView, RequestStateView, RequestView, SendView, SignedForeignView,
    SignerView, SigningKeyView, WitnessView,
};
use bounds::facts;
use drillbook_core::decode_id;
use drillbook_engine::reviewing::{ReviewerKey, now_after, step_of};
use drillbook_runbook::Step;
use drillbook_trust::action::CanonicalRequest;
use drillbook_trust::checkpoint::environment_of;
use drillbook_trust::document::{CoverKind, Decision, Operation, Presence, Verdict};
use drillbook_trust::exchange::{Covered, Opened, plain};
use pieces::open_first;
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
