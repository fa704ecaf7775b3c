//! The people of an installation of its own: those of the policy in force, with the keys that are kept here.
//!
//! Public keys are files of the journal's folder, each named by its fingerprint; seeds are in the keyring, or under the
//! journal's passphrase. Deliberately absent: anybody whom the policy does not name.

use super::{Cast, Participant, folder_for_keys, write};
use crate::error::EngineError;
use drillbook_keys::{Key, KeyError, Seeds};
use drillbook_trust::digest::Digest;
use drillbook_trust::document::{Person, Policy};
use drillbook_trust::sshsig::{PublicKey, SigningKey};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The file of the installation's public key.
const INSTALLATION: &str = "installation.pub";

/// Roles in the order in which one of several counts at the window.
const SEATS: [&str; 3] = ["operator", "security-reviewer", "auditor"];

/// The keys of one installation: public ones as files, seeds where nobody reads them.
#[derive(Debug, Clone)]
pub(crate) struct KeyRing {
    folder: PathBuf,
    seeds: Seeds,
}

impl KeyRing {
    /// Uses the folder of public keys beside a journal, making it where there is none.
    pub(crate) fn open(folder: &Path, keep: drillbook_keys::Keep) -> Result<KeyRing, EngineError> {
        folder_for_keys(folder)?;
        Ok(KeyRing {
            folder: folder.to_owned(),
            seeds: Seeds::of(folder, keep),
        })
    }

    /// Makes a key for somebody: the seed is safe before the key is known anywhere.
    pub(crate) fn make(&self, name: &str) -> Result<SigningKey, EngineError> {
        let seed = Key::draw()?;
        let key = SigningKey::from_seed(*seed.bytes(), name);
        self.seeds.store(&key.public().fingerprint(), &seed)?;
        Ok(key)
    }

    /// Keeps a public key.
    pub(crate) fn note(&self, key: &PublicKey) -> Result<(), EngineError> {
        let digest = Digest::of(key.fingerprint().as_bytes()).hex();
        write(
            &self.folder,
            &format!("{}.pub", &digest[..16]),
            &format!("{}\n", key.to_line()),
        )
    }

    /// Returns the private key with this fingerprint, if it is kept here.
    pub(crate) fn held(
        &self,
        fingerprint: &str,
        name: &str,
    ) -> Result<Option<SigningKey>, EngineError> {
        let seed = self.seeds.load(fingerprint)?;
        Ok(seed.map(|seed| SigningKey::from_seed(*seed.bytes(), name)))
    }

    /// Returns the installation's key, made on first run.
    pub(crate) fn installation(&self) -> Result<SigningKey, EngineError> {
        let path = self.folder.join(INSTALLATION);
        match std::fs::read_to_string(&path) {
            Ok(line) => {
                let id = PublicKey::parse(&line)?.fingerprint();
                let key = self.held(&id, "installation")?;
                key.ok_or_else(|| KeyError::Missing { id }.into())
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let key = self.make("installation")?;
                let line = format!("{}\n", key.public().to_line());
                write(&self.folder, INSTALLATION, &line)?;
                Ok(key)
            }
            Err(source) => Err(super::file(INSTALLATION, source)),
        }
    }

    /// Returns every public key of the folder, by fingerprint.
    fn public(&self) -> Result<BTreeMap<String, PublicKey>, EngineError> {
        Ok(crate::roster::keys(&self.folder)?.0)
    }
}

impl Cast {
    /// Returns the people of a policy; before the first there is nobody.
    pub(crate) fn own(ring: &KeyRing, policy: Option<&Policy>) -> Result<Cast, EngineError> {
        let public = ring.public()?;
        let mut cast = Cast {
            keys: BTreeMap::new(),
            elsewhere: BTreeMap::new(),
            installation: ring.installation()?,
            own: Some(Vec::new()),
        };
        let (mut people, nobody) = (Vec::new(), BTreeMap::new());
        for (id, person) in policy.map_or(&nobody, |policy| &policy.people) {
            people.push(Participant {
                id: id.clone(),
                name: id.clone(),
                role: role(person),
            });
            let trusted = |key: &&String| policy.is_some_and(|policy| !policy.is_revoked(key));
            for fingerprint in person.keys.iter().filter(trusted) {
                if let Some(key) = ring.held(fingerprint, id)? {
                    cast.keys.insert(id.clone(), key);
                } else if let Some(key) = public.get(fingerprint) {
                    cast.elsewhere.insert(id.clone(), key.clone());
                }
            }
        }
        cast.elsewhere.retain(|id, _| !cast.keys.contains_key(id));
        cast.own = Some(people);
        Ok(cast)
    }
}

/// The role in which somebody sits at the window.
fn role(person: &Person) -> String {
    let known = SEATS
        .iter()
        .find(|seat| person.roles.iter().any(|role| role == *seat));
    let first = person.roles.first().map_or("", String::as_str);
    known.map_or(first, |seat| seat).to_owned()
}
