//! The people of a rehearsal: an operator, two reviewers and an auditor, with keys made on first run.
//!
//! Their keys are files of mode 0600 and every signature says `presence: file`: a rehearsal trains
//! sign-offs, it does not prove who gave them. The people of an installation of its own are those of its policy, with
//! keys that are no files. Deliberately absent: anybody that neither names.

mod own;

pub(crate) use own::KeyRing;

use crate::chance::Chance;
use crate::error::EngineError;
use chrono::{DateTime, TimeDelta, Utc};
use drillbook_journal::replace_file;
use drillbook_trust::document::{
    BreakGlassRule, GateRule, Person, Policy, Presence, SameDevice, Signed,
};
use drillbook_trust::sshsig::{PublicKey, SigningKey};
use std::collections::BTreeMap;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

/// A person who takes part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participant {
    /// Such as `rita@evergreen.example`.
    pub id: String,
    /// The name on screen.
    pub name: String,
    /// `operator`, `security-reviewer` or `auditor`.
    pub role: String,
}

/// The role that decides at every gate.
const REVIEWER: &str = "security-reviewer";

/// Ending of a file that holds the key of a reviewer who signs elsewhere.
const PUBLIC: &str = ".pub";

/// Id, name and role of the built-in cast.
const PEOPLE: [(&str, &str, &str); 4] = [
    ("maya@evergreen.example", "Maya Lindqvist", "operator"),
    ("rita@evergreen.example", "Rita Okafor", "security-reviewer"),
    ("sam@evergreen.example", "Sam Duarte", "security-reviewer"),
    ("omar@evergreen.example", "Omar Haddad", "auditor"),
];

/// The cast with its keys, and the installation's own key.
pub(crate) struct Cast {
    keys: BTreeMap<String, SigningKey>,
    /// Reviewers whose private keys are elsewhere.
    elsewhere: BTreeMap<String, PublicKey>,
    installation: SigningKey,
    /// The people of an installation of its own; none where the built-in cast plays.
    own: Option<Vec<Participant>>,
}

impl Cast {
    /// Reads the keys of a folder, making those that are missing.
    pub(crate) fn open(folder: &Path, chance: &Chance) -> Result<Cast, EngineError> {
        folder_for_keys(folder)?;
        let mut keys = BTreeMap::new();
        for (id, ..) in PEOPLE {
            keys.insert(id.to_owned(), key(folder, id, chance)?);
        }
        let elsewhere = elsewhere(folder)?;
        keys.retain(|id, _| !elsewhere.contains_key(id));
        Ok(Cast {
            keys,
            elsewhere,
            installation: key(folder, "installation", chance)?,
            own: None,
        })
    }

    /// Notes that a person reviews with a key that is kept elsewhere; takes effect when the cast is
    /// opened next.
    pub(crate) fn enrol(folder: &Path, person: &str, key: &PublicKey) -> Result<(), EngineError> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"@._+-".contains(&b);
        if person.is_empty() || person.starts_with('.') || !person.bytes().all(plain) {
            return Err(EngineError::UnknownPerson {
                person: person.to_owned(),
            });
        }
        folder_for_keys(folder)?;
        let name = format!("{person}{PUBLIC}");
        write(folder, &name, &format!("{}\n", key.to_line()))
    }

    /// Whether the folder holds the private half of that key for that person.
    pub(crate) fn holds(folder: &Path, person: &str, key: &PublicKey) -> bool {
        let text = std::fs::read_to_string(folder.join(person)).ok();
        let own = text.and_then(|text| PublicKey::of_private_file(&text).ok());
        own.is_some_and(|own| own == *key)
    }

    /// Returns the people.
    pub(crate) fn people(&self) -> Vec<Participant> {
        if let Some(own) = &self.own {
            return own.clone();
        }
        let built_in = PEOPLE.iter().map(|(id, name, role)| Participant {
            id: (*id).to_owned(),
            name: (*name).to_owned(),
            role: (*role).to_owned(),
        });
        let known = |id: &str| PEOPLE.iter().any(|(known, ..)| *known == id);
        let added = self.elsewhere.keys().filter(|id| !known(id));
        let added = added.map(|id| Participant {
            id: id.clone(),
            name: id.clone(),
            role: REVIEWER.to_owned(),
        });
        built_in.chain(added).collect()
    }

    /// Whether somebody's private key is on this computer.
    pub(crate) fn is_here(&self, person: &str) -> bool {
        self.keys.contains_key(person)
    }

    /// Returns a copy of the key of somebody whose private key is here.
    pub(crate) fn copy(&self, person: &str) -> Option<SigningKey> {
        let key = self.keys.get(person)?;
        Some(SigningKey::from_seed(*key.seed(), person))
    }

    /// Returns where the private keys are, as a document says it.
    pub(crate) fn presence(&self) -> Presence {
        if self.own.is_some() {
            Presence::Keyring
        } else {
            Presence::File
        }
    }

    /// Returns a person's key.
    pub(crate) fn key(&self, person: &str) -> Result<&SigningKey, EngineError> {
        if self.elsewhere.contains_key(person) {
            return Err(EngineError::KeyElsewhere {
                person: person.to_owned(),
            });
        }
        self.keys
            .get(person)
            .ok_or_else(|| EngineError::UnknownPerson {
                person: person.to_owned(),
            })
    }

    /// Returns the installation's key: it signs checkpoints and manifests, and stands for the device.
    pub(crate) fn installation(&self) -> &SigningKey {
        &self.installation
    }

    /// Returns principals with their public keys, for `allowed_signers`.
    pub(crate) fn principals(&self, origin: &str) -> Vec<(String, String)> {
        let mut all: Vec<(String, String)> = self
            .keys
            .iter()
            .map(|(id, key)| (id.clone(), key.public().to_line()))
            .collect();
        let elsewhere = self.elsewhere.iter();
        all.extend(elsewhere.map(|(id, key)| (id.clone(), key.to_line())));
        all.sort();
        all.push((
            format!("installation@{origin}"),
            self.installation.public().to_line(),
        ));
        all
    }

    /// Signs the rehearsal's policy: the two reviewers own it, threshold 1, same device allowed
    /// (trust.md §3). Once a reviewer's key is elsewhere, only such reviewers decide; the others of the
    /// cast own the policy, or its auditor when nobody else is left to sign it.
    pub(crate) fn policy(
        &self,
        now: DateTime<Utc>,
        nonce: String,
    ) -> Result<Signed<Policy>, EngineError> {
        let mut owners: Vec<String> = of_role(REVIEWER);
        owners.retain(|id| self.keys.contains_key(id));
        if owners.is_empty() {
            owners = of_role("auditor");
        }
        let mut people: BTreeMap<String, Person> = BTreeMap::new();
        for (id, _, role) in PEOPLE {
            let Some(key) = self.keys.get(id) else {
                continue;
            };
            let decides = role != REVIEWER || self.elsewhere.is_empty();
            let role = if decides { role } else { "policy-owner" };
            people.insert(id.to_owned(), person(role, key.public().fingerprint()));
        }
        for (id, key) in &self.elsewhere {
            people.insert(id.clone(), person(REVIEWER, key.fingerprint()));
        }
        let gate = |approval_valid_s: u64| GateRule {
            quorum: 1,
            roles: vec![REVIEWER.to_owned()],
            request_valid_s: Some(86_400),
            approval_valid_s,
            same_device: Some(SameDevice::Allow),
        };
        let gates = [
            ("prepare", 14_400),
            ("restore", 14_400),
            ("start", 14_400),
            ("cleanup", 172_800),
        ];
        let policy = Policy {
            version: 1,
            prev: None,
            owners: owners.clone(),
            threshold: 1,
            people,
            gates: gates
                .iter()
                .map(|(name, valid)| ((*name).to_owned(), gate(*valid)))
                .collect(),
            readers: Vec::new(),
            retention: "P6Y".to_owned(),
            review_every: "P90D".to_owned(),
            break_glass: BreakGlassRule {
                who: Vec::new(),
                review_within_s: 172_800,
            },
            revoked: Vec::new(),
            not_before: drillbook_trust::time::truncate(now) - TimeDelta::minutes(1),
            not_after: drillbook_trust::time::truncate(now) + TimeDelta::days(3650),
            nonce,
        };
        Ok(Signed::sign(&policy, &[self.key(&owners[0])?])?)
    }
}

impl std::fmt::Debug for Cast {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cast")
            .field("people", &self.keys.keys())
            .finish_non_exhaustive()
    }
}

fn person(role: &str, key: String) -> Person {
    Person {
        roles: vec![role.to_owned()],
        keys: vec![key],
    }
}

fn of_role(wanted: &str) -> Vec<String> {
    PEOPLE
        .iter()
        .filter(|(.., role)| *role == wanted)
        .map(|(id, ..)| (*id).to_owned())
        .collect()
}

pub(crate) fn file(name: &str, source: std::io::Error) -> EngineError {
    EngineError::File {
        file: name.to_owned(),
        source,
    }
}

/// Reads a key file, or makes it in one step so that a crash leaves either nothing or a whole key.
fn key(folder: &Path, id: &str, chance: &Chance) -> Result<SigningKey, EngineError> {
    let path = folder.join(id);
    match std::fs::read_to_string(&path) {
        Ok(text) => return Ok(SigningKey::from_openssh_file(&text)?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(source) => return Err(file(id, source)),
    }
    let key = SigningKey::from_seed(chance.bytes(), id);
    let text = key.to_openssh_file()?;
    write(folder, id, &text)?;
    Ok(key)
}

/// Writes a file of the folder whole or not at all.
pub(crate) fn write(folder: &Path, name: &str, text: &str) -> Result<(), EngineError> {
    replace_file(&folder.join(name), text.as_bytes()).map_err(|source| file(name, source))
}

fn folder_for_keys(folder: &Path) -> Result<(), EngineError> {
    let mut builder = std::fs::DirBuilder::new();
    builder
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|source| file("keys", source))
}

/// Reads the public keys of reviewers who sign elsewhere.
fn elsewhere(folder: &Path) -> Result<BTreeMap<String, PublicKey>, EngineError> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(folder).map_err(|source| file("keys", source))? {
        let entry = entry.map_err(|source| file("keys", source))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(person) = name.strip_suffix(PUBLIC).filter(|id| !id.starts_with('.')) else {
            continue;
        };
        let line = std::fs::read_to_string(entry.path()).map_err(|source| file(&name, source))?;
        all.insert(person.to_owned(), PublicKey::parse(&line)?);
    }
    Ok(all)
}
