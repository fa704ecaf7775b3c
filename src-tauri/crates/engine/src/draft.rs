//! A policy that is being prepared: proposed, signed by its owners one after the other, then taken into force.
//!
//! The first version is signed by its own owners, every later one by those of the version before. A draft is a file
//! beside the journal with its signatures; nothing in it counts before it is adopted. Deliberately absent: rules;
//! `verify_chain` says whether a version follows, `Policy::gaps` whether anybody could work under it.

mod error;
mod proposal;

pub use error::DraftError;
pub use proposal::{NewKey, Proposal, ProposedGate, ProposedPerson};

use crate::log::{self, Beside, document};
use crate::{Engine, EngineError};
use drillbook_journal::Expected;
use drillbook_trust::document::{Document, Policy, Signed, parse_signed, verify_chain};
use drillbook_trust::exchange::{ExchangeError, signatures};
use drillbook_trust::sshsig::{SigningKey, signer_of, verify_any};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// The draft beside the journal; its signatures end in `.sig`.
const FILE: &str = "policy-draft.json";

/// A policy that is being prepared.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The document, with the signatures it has.
    pub policy: Signed<Policy>,
    /// The version in force; none while the first is prepared.
    pub in_force: Option<Signed<Policy>>,
    /// Owners who have signed.
    pub signed_by: BTreeSet<String>,
    /// Whose signature on this computer is still missing.
    pub may_sign: Option<String>,
}

impl Draft {
    /// Returns the version whose owners sign: the one in force, or the draft itself when it is the first.
    pub fn judge(&self) -> &Policy {
        self.in_force.as_ref().unwrap_or(&self.policy).value()
    }

    /// Whether enough owners have signed.
    pub fn is_signed(&self) -> bool {
        self.signed_by.len() as u64 >= self.judge().threshold
    }
}

impl Engine {
    /// Returns the policy that is being prepared.
    ///
    /// # Errors
    /// [`DraftError::Outdated`] when another version came into force meanwhile, and when the files cannot be read.
    pub fn policy_draft(&self) -> Result<Option<Draft>, EngineError> {
        let Some(bytes) = self.read_draft("")? else {
            return Ok(None);
        };
        let beside = self.read_draft(".sig")?.unwrap_or_default();
        let beside = signatures(&String::from_utf8_lossy(&beside))?;
        let policy: Signed<Policy> = parse_signed(&bytes, beside)?;
        let in_force = log::policy(&self.0.reader)?;
        let before = in_force.as_ref().map(Signed::digest);
        if policy.value().prev != before || policy.value().check().is_err() {
            return Err(DraftError::Outdated.into());
        }
        let judge = in_force.as_ref().unwrap_or(&policy).value();
        let signed_by = judge.owners_behind(&policy.signers()?);
        let signed_by: BTreeSet<String> = signed_by.into_iter().map(str::to_owned).collect();
        let may_sign = self.missing_here(judge, &signed_by)?;
        Ok(Some(Draft {
            may_sign: may_sign.map(|(person, _)| person),
            signed_by,
            in_force,
            policy,
        }))
    }

    /// Prepares the first policy, or the version after the one in force; a draft that was there is replaced.
    ///
    /// # Errors
    /// [`DraftError`] with what is wrong with the proposal.
    pub fn propose(&self, proposal: &Proposal) -> Result<Draft, EngineError> {
        let in_force = log::policy(&self.0.reader)?;
        if in_force.is_none() && !self.is_own() {
            return Err(DraftError::Rehearsal.into());
        }
        let policy = self.drafted(proposal, in_force.as_ref())?;
        policy.check().map_err(DraftError::Field)?;
        if let Some(gap) = policy.gaps().into_iter().next() {
            return Err(DraftError::Gap(gap).into());
        }
        let signed = Signed::sign(&policy, &[])?;
        self.write_draft(&signed)?;
        self.policy_draft()?.ok_or_else(|| DraftError::None.into())
    }

    /// Signs the draft as the owner at this window.
    ///
    /// # Errors
    /// [`DraftError::NotOwner`] when no owner's key is here.
    pub fn sign_draft(&self) -> Result<Draft, EngineError> {
        let draft = self.policy_draft()?.ok_or(DraftError::None)?;
        let missing = self.missing_here(draft.judge(), &draft.signed_by)?;
        let (_, key) = missing.ok_or(DraftError::NotOwner)?;
        let armored = key.sign(Policy::NAMESPACE, draft.policy.bytes())?;
        self.with_signature(draft, armored)
    }

    /// Takes signatures in that owners made elsewhere over the draft's bytes.
    ///
    /// # Errors
    /// [`EngineError::Signature`] when one is over something else, [`DraftError::NotOwner`] when its key is no owner's.
    pub fn take_draft_signature(&self, text: &str) -> Result<Draft, EngineError> {
        let mut draft = self.policy_draft()?.ok_or(DraftError::None)?;
        let found = signatures(text)?;
        if found.is_empty() {
            let block = "SSH SIGNATURE";
            return Err(ExchangeError::NothingFound { block }.into());
        }
        for armored in found {
            verify_any(Policy::NAMESPACE, draft.policy.bytes(), &armored)?;
            let key = signer_of(&armored)?;
            if draft.judge().owners_behind(&[key]).is_empty() {
                return Err(DraftError::NotOwner.into());
            }
            draft = self.with_signature(draft, armored)?;
        }
        Ok(draft)
    }

    /// Takes the draft into force; the first one founds the installation.
    ///
    /// # Errors
    /// [`EngineError::Exchange`] while owners' signatures are missing.
    pub fn adopt_draft(&self) -> Result<Signed<Policy>, EngineError> {
        let draft = self.policy_draft()?.ok_or(DraftError::None)?;
        let adopted = match &draft.in_force {
            Some(_) => {
                let signed = draft.policy.signatures().to_vec();
                self.adopt_policy(draft.policy.bytes(), signed)?
            }
            None => self.found(draft.policy)?,
        };
        self.drop_draft()?;
        Ok(adopted)
    }

    /// Throws the draft away.
    ///
    /// # Errors
    /// When its files cannot be deleted.
    pub fn drop_draft(&self) -> Result<(), EngineError> {
        for ending in ["", ".sig"] {
            match std::fs::remove_file(self.draft_file(ending)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(crate::cast::file(FILE, error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Founds the installation under its first policy.
    fn found(&self, policy: Signed<Policy>) -> Result<Signed<Policy>, EngineError> {
        verify_chain(&[], &policy).map_err(ExchangeError::PolicyChain)?;
        let entries = self.founding(&policy)?;
        let beside = Beside::documents(vec![document(&policy)]);
        self.commit(&Expected::Any, entries, beside)?;
        self.checkpoint()?;
        Ok(policy)
    }

    /// Returns the owner at this window who has not signed, with their key; while the first policy is prepared,
    /// the first one whose key is here.
    fn missing_here(
        &self,
        judge: &Policy,
        signed: &BTreeSet<String>,
    ) -> Result<Option<(String, SigningKey)>, EngineError> {
        let seat = self.seat().id;
        let mut owners = judge.owners.iter().filter(|owner| !signed.contains(*owner));
        if self.0.reader.head()?.size > 0 {
            return Ok(match owners.find(|owner| **owner == seat) {
                Some(owner) => self.0.cast.copy(owner).map(|key| (owner.clone(), key)),
                None => None,
            });
        }
        let Some(ring) = &self.0.ring else {
            return Ok(None);
        };
        for owner in owners {
            for key in judge
                .people
                .get(owner)
                .into_iter()
                .flat_map(|one| &one.keys)
            {
                if let Some(key) = ring.held(key, owner)? {
                    return Ok(Some((owner.clone(), key)));
                }
            }
        }
        Ok(None)
    }

    fn with_signature(&self, draft: Draft, armored: String) -> Result<Draft, EngineError> {
        if !draft.policy.signatures().contains(&armored) {
            self.write_draft(&draft.policy.with_signature(armored)?)?;
        }
        self.policy_draft()?.ok_or_else(|| DraftError::None.into())
    }

    fn draft_file(&self, ending: &str) -> PathBuf {
        self.0.home.join(format!("{FILE}{ending}"))
    }

    fn read_draft(&self, ending: &str) -> Result<Option<Vec<u8>>, EngineError> {
        match std::fs::read(self.draft_file(ending)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(crate::cast::file(FILE, error)),
        }
    }

    /// The signatures go first: a draft is never there with those of another.
    fn write_draft(&self, signed: &Signed<Policy>) -> Result<(), EngineError> {
        self.drop_draft()?;
        let text = String::from_utf8_lossy(signed.bytes());
        let beside = signed.signatures().concat();
        crate::cast::write(&self.0.home, &format!("{FILE}.sig"), &beside)?;
        crate::cast::write(&self.0.home, FILE, &text)
    }
}

#[cfg(test)]
mod tests;
