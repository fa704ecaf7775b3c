//! The policy in force with the public keys that this data folder knows, read beside whoever works in it.
//!
//! Deliberately absent: changing it, and judging it; the chain is verified where it is used.

use crate::{EngineError, JournalAt, KEYS, log};
use chrono::{DateTime, Months, Utc};
use drillbook_journal::Reader;
use drillbook_trust::document::{
    APPROVAL_NAMESPACE, BUNDLE_NAMESPACE, CHECKPOINT_NAMESPACE, Document, Enrolment, Finding,
    Policy, Request, SecondReading, Signed, verify_chain,
};
use drillbook_trust::exchange::ExchangeError;
use drillbook_trust::sshsig::{AllowedSigner, AllowedSigners, PublicKey};
use std::collections::BTreeMap;
use std::path::Path;

/// The policy in force and who stands behind its fingerprints.
#[derive(Debug, Clone)]
pub struct Roster {
    /// Origin of the log.
    pub origin: String,
    /// Earlier versions, oldest first.
    pub before: Vec<Signed<Policy>>,
    /// The version in force.
    pub policy: Signed<Policy>,
    /// Public keys by fingerprint, as far as this folder knows them.
    pub keys: BTreeMap<String, PublicKey>,
    /// The installation's own key.
    pub installation: Option<PublicKey>,
}

impl Roster {
    /// Reads the roster of a journal; `None` before a policy was adopted.
    ///
    /// # Errors
    /// [`EngineError`] when journal or keys cannot be read, or the versions do not follow each other.
    pub fn read(journal: &JournalAt) -> Result<Option<Roster>, EngineError> {
        match journal.reader_if_any()? {
            Some(reader) => Roster::of(&reader, &journal.home().join(KEYS)),
            None => Ok(None),
        }
    }

    /// Reads the roster of an open journal, with the public keys of a folder.
    pub(crate) fn of(reader: &Reader, folder: &Path) -> Result<Option<Roster>, EngineError> {
        let mut before = log::policies(reader)?;
        let Some(policy) = before.pop() else {
            return Ok(None);
        };
        verify_chain(&before, &policy).map_err(ExchangeError::PolicyChain)?;
        let (keys, installation) = keys(folder)?;
        Ok(Some(Roster {
            origin: reader.origin().to_owned(),
            before,
            policy,
            keys,
            installation,
        }))
    }

    /// Returns the digest that is compared out of band: the first version's.
    pub fn fingerprint(&self) -> String {
        let first = self.before.first().unwrap_or(&self.policy);
        first.digest().to_string()
    }

    /// Returns when the version in force has to be looked at again; `None` when its interval is no duration.
    pub fn review_due(&self) -> Option<DateTime<Utc>> {
        let policy = self.policy.value();
        after(policy.not_before, &policy.review_every)
    }

    /// Returns the owners who signed the version in force, as far as their keys are in a policy or here.
    pub fn signed_by(&self) -> Result<Vec<String>, EngineError> {
        let latest = self.policy.value();
        let names = self.before.last().map_or(latest, |before| before.value());
        let keys = self.policy.signers()?;
        let owner = |key: &PublicKey| names.person_of_key(&key.fingerprint()).map(str::to_owned);
        Ok(keys.iter().filter_map(owner).collect())
    }

    /// Returns the text of an `allowed_signers` file, how many signers are in it, and the fingerprints
    /// whose keys are not known here.
    pub fn signers_file(&self) -> (String, usize, Vec<String>) {
        let (signers, missing) = self.allowed_signers();
        let text = format!(
            "# Policy version {} of {}, fingerprint of version 1: {}\n{}",
            self.policy.value().version,
            self.origin,
            self.fingerprint(),
            signers.render()
        );
        (text, signers.signers.len(), missing)
    }

    /// Returns who may sign what, for `ssh-keygen -Y verify`, and the fingerprints whose keys are not
    /// known here.
    pub fn allowed_signers(&self) -> (AllowedSigners, Vec<String>) {
        let policy = self.policy.value();
        let (mut signers, mut missing) = (Vec::new(), Vec::new());
        for (person, known) in &policy.people {
            for fingerprint in known.keys.iter().filter(|key| !policy.is_revoked(key)) {
                match self.keys.get(fingerprint) {
                    Some(key) => signers.push(signer(person, key, &purposes(policy, person))),
                    None => missing.push(fingerprint.clone()),
                }
            }
        }
        let principal = format!("installation@{}", self.origin);
        let own = [CHECKPOINT_NAMESPACE, BUNDLE_NAMESPACE];
        signers.extend(
            self.installation
                .iter()
                .map(|key| signer(&principal, key, &own)),
        );
        (AllowedSigners { signers }, missing)
    }
}

/// Returns the moment so much later: an ISO 8601 duration, or whole years or months by the calendar.
fn after(at: DateTime<Utc>, span: &str) -> Option<DateTime<Utc>> {
    if let Ok(fixed) = drillbook_runbook::duration::parse(span) {
        return at.checked_add_signed(fixed);
    }
    let counted = |unit: char| {
        span.strip_prefix('P')?
            .strip_suffix(unit)?
            .parse::<u32>()
            .ok()
    };
    let years = counted('Y').and_then(|years| years.checked_mul(12));
    at.checked_add_months(Months::new(years.or_else(|| counted('M'))?))
}

/// Whether a text is such a duration, and one that ends.
pub(crate) fn is_span(text: &str) -> bool {
    let from = DateTime::UNIX_EPOCH;
    after(from, text).is_some_and(|then| then > from)
}

/// Returns the namespaces in which a person's signature means something.
fn purposes(policy: &Policy, person: &str) -> Vec<&'static str> {
    let decides = policy
        .gates
        .values()
        .any(|rule| policy.has_role(person, &rule.roles));
    let breaks_glass = policy.break_glass.who.iter().any(|id| id == person);
    let owns = policy.owners.iter().any(|id| id == person);
    let role = |role: &str| policy.has_role(person, &[role.to_owned()]);
    let all = [
        (owns, Policy::NAMESPACE),
        (true, Enrolment::NAMESPACE),
        // Anybody but the operator of that drill may be its second reader.
        (true, SecondReading::NAMESPACE),
        (role("operator"), Request::NAMESPACE),
        // An owner may take decisions back.
        (decides || breaks_glass || owns, APPROVAL_NAMESPACE),
        (role("auditor"), Finding::NAMESPACE),
    ];
    let held = all.into_iter().filter(|(holds, _)| *holds);
    held.map(|(_, namespace)| namespace).collect()
}

fn signer(principal: &str, key: &PublicKey, namespaces: &[&str]) -> AllowedSigner {
    AllowedSigner {
        principals: vec![principal.to_owned()],
        namespaces: namespaces.iter().map(|one| (*one).to_owned()).collect(),
        valid_after: None,
        valid_before: None,
        key: key.clone(),
    }
}

/// Reads the public halves of every key in the folder, and the installation's.
pub(crate) fn keys(
    folder: &Path,
) -> Result<(BTreeMap<String, PublicKey>, Option<PublicKey>), EngineError> {
    let failed = |source| EngineError::File {
        file: "keys".to_owned(),
        source,
    };
    let (mut all, mut installation) = (BTreeMap::new(), None);
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let text = std::fs::read_to_string(entry.path()).map_err(failed)?;
        let key = PublicKey::of_private_file(&text).or_else(|_| PublicKey::parse(&text))?;
        if matches!(name.as_str(), "installation" | "installation.pub") {
            installation = Some(key.clone());
        }
        all.insert(key.fingerprint(), key);
    }
    Ok((all, installation))
}

#[cfg(test)]
mod tests {
    use super::after;
    use drillbook_trust::time::{parse, to_text};

    fn check(span: &str, then: Option<&str>) {
        let at = parse("2026-11-30T08:00:00.000Z").expect("the moment of a test is one");
        assert_eq!(after(at, span).map(to_text).as_deref(), then, "{span}");
    }

    #[test]
    fn a_review_is_due_after_days_or_by_the_calendar() {
        check("P90D", Some("2027-02-28T08:00:00.000Z"));
        check("P3M", Some("2027-02-28T08:00:00.000Z"));
        check("P1Y", Some("2027-11-30T08:00:00.000Z"));
        check("often", None);
        check("P99999999999Y", None);
    }
}
