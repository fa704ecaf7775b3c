//! The policy in force as a page.

use super::Sight;
use super::draft;
use super::words::{self, number, time};
use crate::ipc::views::{
    IpcError, PolicyGateView, PolicyKeyState, PolicyKeyView, PolicyPageView, PolicyPersonView,
    PolicyVersionView, PolicyView, SignersFileView,
};
use drillbook_engine::{EngineError, Roster};
use drillbook_trust::document::{GateRule, Person, Policy, Signed};
use std::path::Path;

/// Returns the page; `None` is a journal without a policy.
pub fn page(sight: &Sight, roster: Option<&Roster>) -> Result<PolicyPageView, EngineError> {
    let own = sight.engine.is_own();
    let form = (own || roster.is_some()).then(|| draft::form(sight, roster));
    let (draft, draft_problem) = match sight.engine.policy_draft() {
        Ok(prepared) => (prepared.map(|one| draft::view(sight, &one)), None),
        Err(error) => (None, Some(IpcError::from(error).into())),
    };
    let Some(roster) = roster else {
        let lead = if own {
            "Until its owners have signed one, nobody can ask, approve or refuse, and no live drill begins."
        } else {
            "The first drill signs one. Until then nobody can ask, approve or refuse."
        };
        return Ok(PolicyPageView {
            title: "No policy is in force yet".to_owned(),
            lead: lead.to_owned(),
            policy: None,
            draft,
            draft_problem,
            form,
        });
    };
    let shown = policy(sight, roster)?;
    Ok(PolicyPageView {
        title: title(sight, roster, &shown),
        lead: format!(
            "{} Who asks never signs. Nobody changes it alone: the next version needs {} of its {}.",
            "It decides who may ask, approve and read.",
            shown.threshold,
            words::plural(shown.owners.len(), "owner"),
        ),
        policy: Some(shown),
        draft,
        draft_problem,
        form,
    })
}

fn title(sight: &Sight, roster: &Roster, shown: &PolicyView) -> String {
    let version = shown.version;
    if !roster.policy.value().is_valid_at(sight.now) {
        return format!("Policy version {version} is not valid now");
    }
    if shown.review_overdue {
        return format!("Policy version {version} is in force; its review is overdue");
    }
    format!("Policy version {version} is in force")
}

fn policy(sight: &Sight, roster: &Roster) -> Result<PolicyView, EngineError> {
    let policy = roster.policy.value();
    let due = roster.review_due();
    let names = |ids: &[String]| ids.iter().map(|id| sight.name(id).to_owned()).collect();
    Ok(PolicyView {
        version: number(policy.version),
        origin: roster.origin.clone(),
        digest: roster.policy.digest().to_string(),
        fingerprint: roster.fingerprint(),
        from: time(policy.not_before),
        until: time(policy.not_after),
        signed_by: names(&roster.signed_by()?),
        review_every: period(&policy.review_every),
        review_due: due.map(time),
        review_overdue: due.is_some_and(|due| due < sight.now),
        retention: period(&policy.retention),
        threshold: number(policy.threshold),
        owners: names(&policy.owners),
        people: policy
            .people
            .iter()
            .map(|(id, known)| person(sight, roster, id, known))
            .collect(),
        gates: policy
            .gates
            .iter()
            .map(|(name, rule)| gate(name, rule))
            .collect(),
        break_glass: names(&policy.break_glass.who),
        break_glass_review: number(policy.break_glass.review_within_s),
        readers: names(&policy.readers),
        before: roster.before.iter().rev().map(earlier).collect(),
    })
}

fn person(sight: &Sight, roster: &Roster, id: &str, known: &Person) -> PolicyPersonView {
    let policy = roster.policy.value();
    let key = |fingerprint: &String| PolicyKeyView {
        fingerprint: fingerprint.clone(),
        state: match roster.keys.get(fingerprint) {
            _ if policy.is_revoked(fingerprint) => PolicyKeyState::Revoked,
            Some(key) if key.is_security_key() => PolicyKeyState::SecurityKey,
            Some(_) => PolicyKeyState::InUse,
            None => PolicyKeyState::Elsewhere,
        },
    };
    PolicyPersonView {
        id: id.to_owned(),
        name: sight.name(id).to_owned(),
        roles: known
            .roles
            .iter()
            .map(|role| words::role_label(role))
            .collect(),
        owner: policy.owners.iter().any(|owner| owner == id),
        keys: known.keys.iter().map(key).collect(),
    }
}

fn gate(name: &str, rule: &GateRule) -> PolicyGateView {
    PolicyGateView {
        name: words::said(name),
        quorum: number(rule.quorum),
        roles: rule
            .roles
            .iter()
            .map(|role| words::role_label(role))
            .collect(),
        request_valid: rule.request_valid_s.map(number),
        approval_valid: number(rule.approval_valid_s),
        same_device: rule.allows_same_device(),
    }
}

fn earlier(version: &Signed<Policy>) -> PolicyVersionView {
    PolicyVersionView {
        version: number(version.value().version),
        digest: version.digest().to_string(),
        from: time(version.value().not_before),
    }
}

/// Returns `6 years` or `90 days` for an ISO 8601 duration of one part; another stays as it is written.
pub fn period(text: &str) -> String {
    let counted = |(unit, word): (char, &str)| {
        let count = text.strip_prefix('P')?.strip_suffix(unit)?;
        Some(words::plural(count.parse().ok()?, word))
    };
    let units = [('Y', "year"), ('M', "month"), ('W', "week"), ('D', "day")];
    let said = units.into_iter().find_map(counted);
    said.unwrap_or_else(|| text.to_owned())
}

/// Says where the signers were saved.
pub fn saved(place: Option<&Path>, signers: usize, missing: Vec<String>) -> SignersFileView {
    SignersFileView {
        path: place.map(|place| place.display().to_string()),
        signers: number(signers),
        missing,
    }
}

#[cfg(test)]
mod tests {
    use super::period;

    #[test]
    fn intervals_are_said_in_words() {
        assert_eq!(period("P6Y"), "6 years");
        assert_eq!(period("P90D"), "90 days");
        assert_eq!(period("P1M"), "1 month");
        assert_eq!(period("P1Y6M"), "P1Y6M");
    }
}
