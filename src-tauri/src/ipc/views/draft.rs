//! A policy that is being prepared: what there is to fill in, what is asked for, and how far it is.

use serde::{Deserialize, Serialize};
use specta::Type;

/// What the form begins with: the policy in force, or what a first one usually says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PolicyFormView {
    /// It will be the first version.
    pub first: bool,
    /// People and keys may be changed; those of the built-in cast may not.
    pub own: bool,
    /// Everybody.
    pub people: Vec<FormPersonView>,
    /// How many owners sign the next version.
    pub threshold: u32,
    /// The gates.
    pub gates: Vec<FormGateView>,
    /// Ids of who may go on without a quorum.
    pub break_glass: Vec<String>,
    /// ISO 8601.
    pub retention: String,
    /// ISO 8601.
    pub review_every: String,
}

/// Somebody of the form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct FormPersonView {
    /// Person id.
    pub id: String,
    /// Roles, as the policy writes them.
    pub roles: Vec<String>,
    /// Owns the policy.
    pub owner: bool,
    /// Fingerprints.
    pub keys: Vec<String>,
}

/// A gate of the form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct FormGateView {
    /// Name, as the policy writes it.
    pub name: String,
    /// Name in words.
    pub label: String,
    /// How many people approve.
    pub quorum: u32,
    /// Roles, as the policy writes them.
    pub roles: Vec<String>,
    /// Seconds that an approval lives.
    pub approval_valid: u32,
}

/// A policy that is being prepared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DraftView {
    /// Counts from 1.
    pub version: u32,
    /// Digest of the document: what people compare before they sign.
    pub digest: String,
    /// The document, as it is signed.
    pub text: String,
    /// Name of its file.
    pub name: String,
    /// The line that signs the file elsewhere.
    pub command: String,
    /// Whose signatures count.
    pub owners: Vec<DraftOwnerView>,
    /// How many of them are needed.
    pub needed: u32,
    /// How many there are.
    pub signed: u32,
    /// Who can sign at this window now.
    pub may_sign: Option<String>,
    /// Enough have signed.
    pub complete: bool,
    /// What it changes.
    pub differences: Vec<PolicyDifferenceView>,
}

/// An owner, and whether they have signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DraftOwnerView {
    /// Name.
    pub name: String,
    /// They have signed.
    pub signed: bool,
}

/// One thing that a draft changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PolicyDifferenceView {
    /// What it is about, in words.
    pub what: String,
    /// What the version in force says; nothing when it is new.
    pub before: Option<String>,
    /// What the draft says; nothing when it is gone.
    pub after: Option<String>,
}

/// A policy as people ask for it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProposePolicy {
    /// Everybody.
    pub people: Vec<ProposePerson>,
    /// How many owners sign the next version.
    pub threshold: u32,
    /// The gates.
    pub gates: Vec<ProposeGate>,
    /// Ids of who may go on without a quorum.
    pub break_glass: Vec<String>,
    /// ISO 8601.
    pub retention: String,
    /// ISO 8601.
    pub review_every: String,
}

/// Somebody that is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProposePerson {
    /// Person id.
    pub id: String,
    /// Roles, as the policy writes them.
    pub roles: Vec<String>,
    /// Owns the policy.
    pub owner: bool,
    /// Fingerprints that stay theirs.
    pub keys: Vec<String>,
    /// One more key: `made`, or the line of a public key.
    pub new_key: Option<NewKeyRequest>,
}

/// A key that the policy did not know.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase", deny_unknown_fields)]
pub enum NewKeyRequest {
    /// The line of a public key.
    Public {
        /// Such as `ssh-ed25519 AAAA…`.
        line: String,
    },
    /// Drillbook makes one; its seed stays on this computer.
    Made,
}

/// What a gate is asked to demand.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProposeGate {
    /// Name, as the policy writes it.
    pub name: String,
    /// How many people approve.
    pub quorum: u32,
    /// Roles, as the policy writes them.
    pub roles: Vec<String>,
    /// Seconds that an approval lives.
    pub approval_valid: u32,
}

/// A public key, read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PublicKeyView {
    /// The line.
    pub line: String,
    /// Its fingerprint, as `ssh-keygen -l` prints it.
    pub fingerprint: String,
    /// Whose it says it is.
    pub comment: String,
    /// It wants a touch.
    pub security_key: bool,
}
