//! A small but complete log, made with the real trust crate: what an engine would have written.

use chrono::{DateTime, TimeDelta, Utc};
use drillbook_audit::{
    Audience, AuditError, LoggedEntry, Redaction, SignedCheckpoint, SignedDocument, Source,
    write_bundle,
};
use drillbook_core::{Event, Fields};
use drillbook_trust::checkpoint::Checkpoint;
use drillbook_trust::digest::Digest;
use drillbook_trust::disclosure::{Disclosure, Value};
use drillbook_trust::document::{
    BUNDLE_NAMESPACE, CHECKPOINT_NAMESPACE, Document, Policy, SameDevice, Signed,
};
use drillbook_trust::entry::Entry;
use drillbook_trust::merkle::{Head, leaf_hash};
use drillbook_trust::sshsig::SigningKey;
use drillbook_trust::time;
use serde_json::json;
use std::collections::BTreeMap;
use std::io::Cursor;

pub const DRILL: &str = "D-2026-0001";
pub const OTHER: &str = "D-2026-0002";
pub const MAYA: &str = "maya@evergreen.example";
pub const RITA: &str = "rita@evergreen.example";
pub const SAM: &str = "sam@evergreen.example";
pub const OMAR: &str = "omar@evergreen.example";
pub const INSTALLATION: &str = "installation";
pub const ORIGIN: &str = "drillbook/rehearsal/9f3c2a7d51e0b846";
pub const GROUP: &str = "/subscriptions/0000/resourceGroups/rg-drill-0001";

/// What is wrong with the log that is made; everything in it is signed as well as its author can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trick {
    None,
    /// The operator decides, under their own name.
    SelfApproval,
    /// The operator decides, under a reviewer's name.
    OperatorsKey,
    /// Whoever holds the installation's key decides, under a reviewer's name.
    Forged,
    /// The reviewer's signature was made for another purpose.
    WrongNamespace,
    /// A decision on another request is recorded for this one.
    Reused,
    /// A decision whose approval has run out when the request is sent.
    Expired,
    /// The policy was edited and signed by the installation.
    LoweredQuorum,
    /// The policy was edited in another place and signed by the installation.
    EditedPolicy,
    /// Nobody decides.
    NotAsked,
    /// An action is sent twice on one approval.
    SentTwice,
    /// The journal keeps other words of a request than those it commits to.
    Reworded,
    /// Another path is sent than the one that was approved.
    OtherPath,
    /// The drill says closed although something is owed.
    FalseEnd,
    /// Every key is another one.
    SwappedKeys,
    /// The drill is broken off with debt.
    Stopped,
    /// A reviewer's second decision bears the nonce of the first, which has run out.
    NonceReused,
    /// The journal gives another reason than the reviewer signed.
    Misquoted,
    /// The journal gives another condition than the reviewer signed.
    OtherCondition,
    /// What is sent rests on a decision that was taken back.
    RevokedAndSent,
    /// Whoever holds the installation's key takes a decision back under a reviewer's name.
    ForgedRevocation,
    /// A decision is taken back by somebody who neither made it nor owns the policy.
    StrangeRevocation,
    /// The journal says that another decision was taken back than the document does.
    OtherRevocation,
    /// Glass is broken by somebody whom the policy does not name.
    UnnamedGlass,
    /// Whoever holds the installation's key breaks glass under another's name.
    ForgedGlass,
    /// Glass is broken by a signature that was made for another purpose.
    GlassNamespace,
    /// Broken glass has run out when the request is sent.
    ExpiredGlass,
    /// Glass that was broken for another request is recorded for this one.
    ReusedGlass,
    /// The journal gives more time for the review than the policy does.
    LongerReview,
    /// Nobody reviews what was done without a quorum.
    NoReview,
    /// Whoever broke the glass reviews it.
    OwnReview,
    /// The operator reviews it.
    OperatorsReview,
    /// Whoever holds the installation's key reviews it under a reviewer's name.
    ForgedReview,
    /// The review is older than what it looks at.
    EarlyReview,
    /// The journal softens what the review found.
    SoftenedReview,
    /// Whoever holds the installation's key reads again under a reviewer's name.
    ForgedReading,
    /// The operator is their own second reader.
    OperatorsReading,
    /// The second reading was signed for another purpose.
    ReadingNamespace,
    /// The second reading is of another log.
    OtherLogReading,
    /// The second reading is of another drill.
    OtherDrillReading,
    /// The journal softens what the second reader found.
    SoftenedReading,
    /// The second reading is about evidence that the journal does not commit to.
    OtherReads,
    /// What is said to be a time stamp is none.
    FalseStamp,
}

pub struct World {
    pub keys: BTreeMap<&'static str, SigningKey>,
    pub entries: Vec<LoggedEntry>,
    pub leaves: Vec<Digest>,
    pub checkpoints: Vec<SignedCheckpoint>,
    pub documents: BTreeMap<Digest, SignedDocument>,
    pub blobs: BTreeMap<Digest, Vec<u8>>,
    pub now: DateTime<Utc>,
    pub trick: Trick,
    /// Which sign-off the trick is played on: 0, 1 or 2.
    pub place: usize,
    pub sign_offs: usize,
    pub first_request: Option<Digest>,
    pub policy: Option<Signed<Policy>>,
    pub runbook: Digest,
    pub salt: u64,
    /// Sealed fields that a document commits to: they keep their salts.
    pub promised: Vec<Disclosure>,
}

pub fn runbook() -> serde_json::Value {
    json!({
        "format": 1, "id": "small", "version": "1.0.0", "title": "Restore one disk",
        "purpose": ["drill"], "owner": "Continuity", "abort": "approve-cleanup",
        "objectives": {"rto": "PT4H", "rpo": "P1D", "cleanup": "PT48H"},
        "step": [
            {"id": "charter", "kind": "manual", "title": "Agree on the charter", "marks": "charter"},
            {"id": "vault", "kind": "check", "title": "Check the vault",
             "expectation": [{"that": "the vault is geo-redundant", "query": "responses.vault", "test": {"equals": true}, "otherwise": "fail"}]},
            {"id": "declare", "kind": "manual", "title": "Declare the disaster", "marks": "t0"},
            {"id": "point", "kind": "choose", "title": "Choose the recovery point",
             "usable": [{"that": "it is young enough", "query": "time", "test": {"age_at_most": "P1D"}}]},
            {"id": "approve-restore", "kind": "approval", "title": "Sign off the restore", "gate": "restore",
             "covers": ["action:restore", "charter"]},
            {"id": "restore", "kind": "action", "title": "Restore the disk", "signed_by": "approve-restore",
             "request": [{"name": "group", "put": "/x", "needs": "secondary"}, {"name": "restore", "post": "/x", "needs": "secondary"}]},
            {"id": "disks", "kind": "validate", "title": "Check the disks", "marks": "disks-restored"},
            {"id": "approve-start", "kind": "approval", "title": "Sign off the start", "gate": "start",
             "covers": ["action:start"]},
            {"id": "start", "kind": "action", "title": "Start the machine", "signed_by": "approve-start",
             "request": [{"name": "start", "post": "/x", "needs": "secondary"}]},
            {"id": "approve-cleanup", "kind": "approval", "title": "Sign off the cleanup", "gate": "cleanup",
             "covers": ["action:cleanup"]},
            {"id": "cleanup", "kind": "cleanup", "title": "Clean up", "signed_by": "approve-cleanup", "for_each": "debt"},
            {"id": "review", "kind": "review", "title": "Review"}
        ]
    })
}

impl World {
    /// Makes the whole log.
    pub fn new(trick: Trick, place: usize) -> World {
        let other = if trick == Trick::SwappedKeys { 100 } else { 0 };
        let names = [MAYA, RITA, SAM, INSTALLATION, OMAR];
        let keys = names.iter().zip(1u8..);
        let keys = keys.map(|(name, n)| (*name, SigningKey::from_seed([n + other; 32], *name)));
        let mut world = World {
            keys: keys.collect(),
            entries: Vec::new(),
            leaves: Vec::new(),
            checkpoints: Vec::new(),
            documents: BTreeMap::new(),
            blobs: BTreeMap::new(),
            now: time::parse("2026-11-21T09:00:00.000Z").unwrap(),
            trick,
            place,
            sign_offs: 0,
            first_request: None,
            policy: None,
            runbook: Digest::of(b""),
            salt: 0,
            promised: Vec::new(),
        };
        world.found();
        world.prepare();
        world.restore();
        world.start();
        world.finish();
        world
    }

    pub fn key(&self, name: &str) -> &SigningKey {
        &self.keys[name]
    }

    pub fn salt(&mut self) -> [u8; 16] {
        self.salt += 1;
        Digest::of(&self.salt.to_be_bytes()).as_bytes()[..16]
            .try_into()
            .unwrap()
    }

    pub fn append(&mut self, drill: &str, actor: &str, event: Event) -> u64 {
        self.now += TimeDelta::milliseconds(61_007);
        let Fields { public, sealed } = event.fields();
        let flat = |value: &serde_json::Value| match value {
            serde_json::Value::Bool(flag) => Value::Flag(*flag),
            serde_json::Value::Number(number) => Value::Int(number.as_i64().unwrap()),
            other => Value::Text(other.as_str().unwrap().to_owned()),
        };
        let mut disclosures = Vec::new();
        for (name, value) in sealed {
            let salt = self.salt();
            let sealed = Disclosure {
                salt,
                name,
                value: flat(&value),
            };
            let same = |one: &&Disclosure| (&one.name, &one.value) == (&sealed.name, &sealed.value);
            let promised = self.promised.iter().find(same);
            disclosures.push(promised.cloned().unwrap_or(sealed));
        }
        let mut commitments: Vec<_> = disclosures.iter().map(Disclosure::commitment).collect();
        commitments.sort();
        let entry = Entry {
            v: 1,
            log: ORIGIN.into(),
            seq: self.entries.len() as u64,
            at: time::to_text(self.now),
            drill: drill.into(),
            env: "rehearsal".into(),
            kind: event.kind().into(),
            actor: actor.into(),
            public: public
                .iter()
                .map(|(name, value)| (name.clone(), flat(value)))
                .collect(),
            sealed: commitments,
        };
        let bytes = entry.to_bytes().unwrap();
        self.leaves.push(leaf_hash(&bytes));
        self.entries.push(LoggedEntry { bytes, disclosures });
        entry.seq
    }

    pub fn own(&mut self, event: Event) -> u64 {
        self.append(DRILL, MAYA, event)
    }

    pub fn file<T: Document>(&mut self, signed: &Signed<T>) -> String {
        let document = SignedDocument {
            bytes: signed.bytes().to_vec(),
            signatures: signed.signatures().to_vec(),
        };
        self.documents.insert(signed.digest(), document);
        signed.digest().to_string()
    }

    /// Files a document under signatures that no honest key made for this purpose.
    pub fn file_as<T: Document>(
        &mut self,
        value: &T,
        key: &str,
        namespace: &str,
    ) -> (Digest, String) {
        let bytes = drillbook_trust::document::to_bytes(value).unwrap();
        let armored = self.key(key).sign(namespace, &bytes).unwrap();
        let digest = Digest::of(&bytes);
        self.documents.insert(
            digest,
            SignedDocument {
                bytes,
                signatures: vec![armored],
            },
        );
        (digest, digest.to_string())
    }

    pub fn blob(&mut self, bytes: &[u8]) -> String {
        self.blobs.insert(Digest::of(bytes), bytes.to_vec());
        Digest::of(bytes).to_string()
    }

    pub fn checkpoint(&mut self) {
        let Head { size, root } = Head::of(&self.leaves);
        let text = Checkpoint {
            origin: ORIGIN.into(),
            size,
            root,
        }
        .to_text();
        let signature = self
            .key(INSTALLATION)
            .sign(CHECKPOINT_NAMESPACE, text.as_bytes())
            .unwrap();
        self.checkpoints.push(SignedCheckpoint { text, signature });
    }

    pub fn policy(&mut self) -> Signed<Policy> {
        let fingerprint = |name: &str| self.keys[name].public().fingerprint();
        let prints = [MAYA, RITA, SAM, OMAR].map(fingerprint);
        let people = [
            (MAYA, &["operator"][..], prints[0].as_str()),
            (RITA, &["security-reviewer"][..], prints[1].as_str()),
            (SAM, &["security-reviewer"][..], prints[2].as_str()),
            (OMAR, &["duty-manager"][..], prints[3].as_str()),
        ];
        let valid = (
            self.now - TimeDelta::minutes(1),
            self.now + TimeDelta::days(3650),
        );
        let mut policy = Policy::rehearsal(&people, [RITA, SAM], &[OMAR], valid, [7; 16]);
        let gate = policy.gates.get_mut("restore").unwrap();
        gate.quorum = 2;
        gate.same_device = Some(SameDevice::Deny);
        match self.trick {
            Trick::LoweredQuorum => policy.gates.get_mut("restore").unwrap().quorum = 1,
            Trick::EditedPolicy => policy.retention = "P1Y".into(),
            _ => return Signed::sign(&policy, &[&self.keys[RITA], &self.keys[SAM]]).unwrap(),
        }
        Signed::sign(&policy, &[&self.keys[INSTALLATION]]).unwrap()
    }

    pub fn time_of(&self, kind: &str, step: &str) -> Option<DateTime<Utc>> {
        let entries = self
            .entries
            .iter()
            .map(|one| Entry::from_bytes(&one.bytes).unwrap());
        let mut found =
            entries.filter(|one| one.kind == kind && one.public.get("step") == Some(&step.into()));
        found.next().and_then(|one| time::parse(&one.at))
    }

    pub fn rto(&self) -> Option<u64> {
        let t0 = self.time_of("t0.declared", "declare")?;
        let until = self.time_of("step.passed", "disks")?;
        Some(u64::try_from((until - t0).num_seconds()).unwrap())
    }

    pub fn rpo(&self) -> Option<u64> {
        let t0 = self.time_of("t0.declared", "declare")?;
        let point: DateTime<Utc> = "2026-11-21T03:00:00Z".parse().unwrap();
        Some(u64::try_from((t0 - point).num_seconds()).unwrap())
    }

    /// Exports a drill as the app would.
    pub fn bundle(&self) -> Result<Vec<u8>, AuditError> {
        self.bundle_for(&Audience::Internal.into())
    }

    /// Exports a drill with something left out.
    pub fn bundle_for(&self, redaction: &Redaction) -> Result<Vec<u8>, AuditError> {
        let mut entries = self.entries.iter().cloned().map(Ok);
        let principals = self.keys.iter().map(|(name, key)| {
            let id = if *name == INSTALLATION {
                format!("installation@{ORIGIN}")
            } else {
                (*name).to_owned()
            };
            (id, key.public().to_line())
        });
        let mut source = Source {
            origin: ORIGIN.into(),
            drill: DRILL.into(),
            entries: &mut entries,
            checkpoints: self.checkpoints.clone(),
            documents: &|digest| Ok(self.documents.get(digest).cloned()),
            blobs: &|digest, to| match self.blobs.get(digest) {
                Some(bytes) => Ok(to.write_all(bytes).map(|()| true)?),
                None => Ok(false),
            },
            principals: principals.collect(),
            sign: &|namespace, bytes| Ok(self.key(INSTALLATION).sign(namespace, bytes)?),
        };
        let mut out = Cursor::new(Vec::new());
        write_bundle(&mut source, redaction, &mut out)?;
        Ok(out.into_inner())
    }

    /// Makes everything fit again after entries were changed, with the installation's key.
    pub fn relink(&mut self, sizes: &[u64]) {
        self.leaves = self
            .entries
            .iter()
            .map(|one| leaf_hash(&one.bytes))
            .collect();
        self.checkpoints.clear();
        let all = std::mem::take(&mut self.leaves);
        for size in sizes
            .iter()
            .filter(|size| **size < all.len() as u64)
            .chain([&(all.len() as u64)])
        {
            self.leaves = all[..usize::try_from(*size).unwrap()].to_vec();
            self.checkpoint();
        }
    }

    pub fn sizes(&self) -> Vec<u64> {
        self.checkpoints
            .iter()
            .map(|one| Checkpoint::parse(&one.text).unwrap().size)
            .collect()
    }

    pub fn sign_manifest(&self, manifest: &[u8]) -> Vec<u8> {
        self.key(INSTALLATION)
            .sign(BUNDLE_NAMESPACE, manifest)
            .unwrap()
            .into_bytes()
    }
}

pub fn device(name: &str) -> String {
    SigningKey::from_seed(*Digest::of(name.as_bytes()).as_bytes(), "")
        .public()
        .fingerprint()
}
