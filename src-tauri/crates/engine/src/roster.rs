//! The policy in force with the public keys that this data folder knows, read beside whoever works in it.
//!
//! Deliberately absent: changing it, and judging it; the chain is verified where it is used.

use crate::{EngineError, log};
use drillbook_journal::{Env, Options, Store};
use drillbook_trust::document::{
    APPROVAL_NAMESPACE, BUNDLE_NAMESPACE, CHECKPOINT_NAMESPACE, Document, Enrolment, Finding,
    Policy, Request, Signed, verify_chain,
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
    /// Reads the roster of a rehearsal journal; `None` before a policy was adopted.
    ///
    /// # Errors
    /// [`EngineError`] when journal or keys cannot be read, or the versions do not follow each other.
    pub fn read(data: &Path) -> Result<Option<Roster>, EngineError> {
        let reader = match Store::open_read_only(data, Env::Rehearsal, &Options::default()) {
            Ok(reader) => reader,
            Err(drillbook_journal::JournalError::Missing { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let mut before = log::policies(&reader)?;
        let Some(policy) = before.pop() else {
            return Ok(None);
        };
        verify_chain(&before, &policy).map_err(ExchangeError::PolicyChain)?;
        let folder = data.join(Env::Rehearsal.as_str()).join("keys");
        let (keys, installation) = keys(&folder)?;
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
fn keys(folder: &Path) -> Result<(BTreeMap<String, PublicKey>, Option<PublicKey>), EngineError> {
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
        if name == "installation" {
            installation = Some(key.clone());
        }
        all.insert(key.fingerprint(), key);
    }
    Ok((all, installation))
}
