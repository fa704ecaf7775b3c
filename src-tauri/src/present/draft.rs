//! A policy that is being prepared: the form it comes from, how far it is, and what it changes.

use super::Sight;
use super::words::{self, number};
use crate::ipc::views::{
    DraftOwnerView, DraftView, FormGateView, FormPersonView, NewKeyRequest, PolicyDifferenceView,
    PolicyFormView, ProposePolicy,
};
use drillbook_engine::{Draft, NewKey, Proposal, ProposedGate, ProposedPerson, Roster};
use drillbook_trust::document::{Document, GateRule, Person, Policy};
use std::collections::BTreeSet;

/// The gates of the built-in runbooks, with the seconds an approval usually lives.
const GATES: [(&str, u32); 4] = [
    ("prepare", 14_400),
    ("restore", 14_400),
    ("start", 14_400),
    ("cleanup", 172_800),
];

/// Returns what the form begins with.
pub fn form(sight: &Sight, roster: Option<&Roster>) -> PolicyFormView {
    let own = sight.engine.is_own();
    let Some(roster) = roster else {
        return PolicyFormView {
            first: true,
            own,
            people: Vec::new(),
            threshold: 1,
            gates: GATES.map(usual).into(),
            break_glass: Vec::new(),
            retention: "P6Y".to_owned(),
            review_every: "P90D".to_owned(),
        };
    };
    let policy = roster.policy.value();
    let person = |(id, known): (&String, &Person)| FormPersonView {
        id: id.clone(),
        roles: known.roles.clone(),
        owner: policy.owners.contains(id),
        keys: known.keys.clone(),
    };
    let gate = |(name, rule): (&String, &GateRule)| FormGateView {
        name: name.clone(),
        label: words::said(name),
        quorum: number(rule.quorum),
        roles: rule.roles.clone(),
        approval_valid: number(rule.approval_valid_s),
    };
    PolicyFormView {
        first: false,
        own,
        people: policy.people.iter().map(person).collect(),
        threshold: number(policy.threshold),
        gates: policy.gates.iter().map(gate).collect(),
        break_glass: policy.break_glass.who.clone(),
        retention: policy.retention.clone(),
        review_every: policy.review_every.clone(),
    }
}

fn usual((name, approval_valid): (&str, u32)) -> FormGateView {
    FormGateView {
        name: name.to_owned(),
        label: words::said(name),
        quorum: 1,
        roles: vec!["security-reviewer".to_owned()],
        approval_valid,
    }
}

/// Takes what the window asks for.
pub fn proposal(request: ProposePolicy) -> Proposal {
    let people = request.people.into_iter().map(|one| ProposedPerson {
        id: one.id.trim().to_owned(),
        roles: one.roles,
        owner: one.owner,
        keys: one.keys,
        new_key: one.new_key.map(|key| match key {
            NewKeyRequest::Public { line } => NewKey::Public(line),
            NewKeyRequest::Made => NewKey::Made,
        }),
    });
    let gates = request.gates.into_iter().map(|one| ProposedGate {
        name: one.name,
        quorum: u64::from(one.quorum),
        roles: one.roles,
        approval_valid_s: u64::from(one.approval_valid),
    });
    Proposal {
        people: people.collect(),
        threshold: u64::from(request.threshold),
        gates: gates.collect(),
        break_glass: request.break_glass,
        retention: request.retention.trim().to_owned(),
        review_every: request.review_every.trim().to_owned(),
    }
}

/// Returns the draft with what it changes.
pub fn view(sight: &Sight, draft: &Draft) -> DraftView {
    let (policy, judge) = (draft.policy.value(), draft.judge());
    let owner = |id: &String| DraftOwnerView {
        name: sight.name(id).to_owned(),
        signed: draft.signed_by.contains(id),
    };
    let name = file_name(policy);
    DraftView {
        version: number(policy.version),
        digest: draft.policy.digest().to_string(),
        text: String::from_utf8_lossy(draft.policy.bytes()).into_owned(),
        command: format!("ssh-keygen -Y sign -n {} -f KEY {name}", Policy::NAMESPACE),
        name,
        owners: judge.owners.iter().map(owner).collect(),
        needed: number(judge.threshold),
        signed: number(draft.signed_by.len()),
        may_sign: draft.may_sign.as_ref().map(|id| sight.name(id).to_owned()),
        complete: draft.is_signed(),
        differences: differences(draft.in_force.as_ref().map(|one| one.value()), policy),
    }
}

/// Returns the name under which a draft travels.
pub fn file_name(policy: &Policy) -> String {
    format!("policy-{}.json", policy.version)
}

/// Names everything that the new policy says otherwise.
fn differences(before: Option<&Policy>, after: &Policy) -> Vec<PolicyDifferenceView> {
    let mut all = Vec::new();
    let mut differ = |what: String, old: Option<String>, new: Option<String>| {
        if old != new {
            all.push(PolicyDifferenceView {
                what,
                before: old,
                after: new,
            });
        }
    };
    let mut said = |what: &str, of: &dyn Fn(&Policy) -> String| {
        differ(what.to_owned(), before.map(of), Some(of(after)));
    };
    said("Owners", &|one| words::list(&one.owners, "and"));
    said("Owners who sign the next version", &|one| {
        one.threshold.to_string()
    });
    said(
        "May go on without a quorum",
        &|one| match one.break_glass.who.as_slice() {
            [] => "nobody".to_owned(),
            who => words::list(who, "or"),
        },
    );
    said("Reviewed every", &|one| {
        super::policy::period(&one.review_every)
    });
    said("Journals are kept", &|one| {
        super::policy::period(&one.retention)
    });
    for id in keys(before.map(|one| one.people.keys()), after.people.keys()) {
        let old = before.and_then(|one| one.people.get(&id)).map(person);
        differ(id.clone(), old, after.people.get(&id).map(person));
    }
    for name in keys(before.map(|one| one.gates.keys()), after.gates.keys()) {
        let old = before.and_then(|one| one.gates.get(&name)).map(gate);
        let what = format!("Gate {}", words::said(&name).to_lowercase());
        differ(what, old, after.gates.get(&name).map(gate));
    }
    all
}

fn keys<'a>(
    before: Option<impl Iterator<Item = &'a String>>,
    after: impl Iterator<Item = &'a String>,
) -> BTreeSet<String> {
    before.into_iter().flatten().chain(after).cloned().collect()
}

fn person(one: &Person) -> String {
    let roles: Vec<String> = one
        .roles
        .iter()
        .map(|role| words::role_label(role))
        .collect();
    let roles = if roles.is_empty() {
        "no role".to_owned()
    } else {
        words::list(&roles, "and")
    };
    format!("{roles}; {}", one.keys.join(", "))
}

fn gate(rule: &GateRule) -> String {
    let roles: Vec<String> = rule
        .roles
        .iter()
        .map(|role| words::role_label(role))
        .collect();
    let lives = words::span(rule.approval_valid_s);
    format!(
        "{} {}; an approval lives {lives}",
        rule.quorum,
        roles.join(" or ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> Policy {
        let person = |role: &str| Person {
            roles: vec![role.to_owned()],
            keys: vec!["SHA256:k".to_owned()],
        };
        let people = [
            ("o@x", person("operator")),
            ("r@x", person("security-reviewer")),
        ];
        let people = people.map(|(id, one)| (id.to_owned(), one)).into();
        let now = chrono::Utc::now();
        let valid = (now, now + chrono::TimeDelta::days(1));
        Policy::first(vec!["r@x".to_owned()], 1, people, [].into(), valid, [0; 16])
    }

    #[test]
    fn what_a_draft_changes_is_named_and_nothing_else() {
        let before = policy();
        assert!(differences(Some(&before), &before).is_empty());
        let mut after = before.clone();
        after.review_every = "P30D".to_owned();
        after.people.remove("r@x");
        let said: Vec<_> = differences(Some(&before), &after)
            .into_iter()
            .map(|one| (one.what, one.before, one.after))
            .collect();
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            said,
            [
                (
                    "Reviewed every".to_owned(),
                    text("90 days"),
                    text("30 days")
                ),
                ("r@x".to_owned(), text("security reviewer; SHA256:k"), None),
            ]
        );
        assert!(
            differences(None, &before)
                .iter()
                .all(|one| one.before.is_none())
        );
    }
}
