//! Who signed what, judged at the time of the document.

use super::Findings;
use crate::verdict::Signature;
use chrono::{DateTime, Utc};
use drillbook_trust::document::Policy;
use drillbook_trust::sshsig::{AllowedSigners, PublicKey, signer_of};

/// Says whose a key is.
pub(super) enum Owners<'a> {
    /// The people of a policy, keys that were taken out of use excepted.
    Policy(&'a Policy),
    /// One key, such as the installation's.
    One(&'a PublicKey, &'a str),
}

impl Owners<'_> {
    fn of(&self, key: &PublicKey) -> Option<&str> {
        match self {
            Self::Policy(policy) => {
                let key = key.fingerprint();
                policy
                    .person_of_key(&key)
                    .filter(|_| !policy.is_revoked(&key))
            }
            Self::One(one, name) => one.same_key(key).then_some(*name),
        }
    }
}

pub(super) struct Signers<'a> {
    allowed: AllowedSigners,
    verified: &'a mut Vec<Signature>,
}

/// Something that was signed.
pub(super) struct Signed<'a> {
    pub(super) file: &'a str,
    pub(super) bytes: &'a [u8],
    pub(super) namespace: &'static str,
    pub(super) at: DateTime<Utc>,
}

impl<'a> Signers<'a> {
    pub(super) fn new(allowed: AllowedSigners, verified: &'a mut Vec<Signature>) -> Self {
        Self { allowed, verified }
    }

    /// Returns who signed, or `None` when the signature does not hold, which is a finding.
    pub(super) fn check(
        &mut self,
        signed: &Signed<'_>,
        armored: &str,
        owners: &Owners<'_>,
        findings: &mut Findings,
    ) -> Option<String> {
        let principal = signer_of(armored)
            .ok()
            .and_then(|key| owners.of(&key).map(str::to_owned));
        let Some(principal) = principal else {
            findings.file(
                false,
                "signature",
                signed.file,
                "is signed by nobody who may sign it",
            );
            return None;
        };
        let checked = self.allowed.verify(
            Some(&principal),
            signed.namespace,
            signed.bytes,
            armored,
            signed.at,
        );
        match checked {
            Ok(verified) => {
                self.verified.push(Signature {
                    file: signed.file.to_owned(),
                    principal: principal.clone(),
                    key: verified.fingerprint,
                });
                Some(principal)
            }
            Err(error) => {
                let why = format!("has no valid signature of {principal}: {error}");
                findings.file(false, "signature", signed.file, &why);
                None
            }
        }
    }
}
