//! Taking the next version of the policy into force, once the owners of this one have signed it.
//!
//! Deliberately absent: rules; `verify_chain` says whether a version follows.

use crate::exchange::unreadable;
use crate::log::{self, Beside, document};
use crate::{Engine, EngineError};
use drillbook_core::Event;
use drillbook_journal::Expected;
use drillbook_trust::document::{Policy, Signed, parse_signed, verify_chain};
use drillbook_trust::exchange::ExchangeError;
use drillbook_trust::sshsig::signer_of;
use std::sync::PoisonError;

impl Engine {
    /// Adopts the next version of the policy; taking it in again changes nothing. Requests that were made
    /// under the version before have to be made again.
    ///
    /// # Errors
    /// [`EngineError::Exchange`] when it does not follow the version in force or lacks owners' signatures.
    pub fn adopt_policy(
        &self,
        bytes: &[u8],
        signatures: Vec<String>,
    ) -> Result<Signed<Policy>, EngineError> {
        let next: Signed<Policy> = parse_signed(bytes, signatures)?;
        let _deciding = self
            .0
            .deciding
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let before = log::policies(&self.0.reader)?;
        let in_force = before.last().ok_or_else(|| unreadable("policy"))?;
        if in_force.digest() == next.digest() {
            return Ok(next);
        }
        verify_chain(&before, &next).map_err(ExchangeError::PolicyChain)?;
        // A bundle is judged by every signature in it: those of people who own no policy are left out.
        let owner = |armored: &&String| {
            let key = signer_of(armored);
            key.is_ok_and(|key| !in_force.value().owners_behind(&[key]).is_empty())
        };
        let signatures = next.signatures().iter().filter(owner).cloned();
        let next: Signed<Policy> = parse_signed(bytes, signatures.collect())?;
        let adopted = Event::PolicyAdopted {
            policy: next.digest().to_string(),
            version: next.value().version,
        };
        let actor = format!("installation@{}", self.0.writer.origin());
        let entry = self.entry("", &actor, &adopted);
        let beside = Beside::documents(vec![document(&next)]);
        self.commit(&Expected::Any, vec![entry], beside)?;
        *self.0.policy.lock().unwrap_or_else(PoisonError::into_inner) = Some(next.clone());
        self.checkpoint()?;
        Ok(next)
    }
}
