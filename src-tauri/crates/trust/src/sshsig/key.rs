//! Keys: a private Ed25519 key from a seed, and the public keys that are accepted.

use super::{SignatureError, wire};
use ssh_key::private::{Ed25519Keypair, KeypairData};
use ssh_key::public::KeyData;
use ssh_key::{Algorithm, Cipher, EcdsaCurve, HashAlg, Kdf, LineEnding, PrivateKey, SshSig};
use zeroize::Zeroizing;

/// Rounds of bcrypt that protect a key file: ssh-keygen's own default.
const KDF_ROUNDS: u32 = 16;

/// A private Ed25519 key. Its seed leaves memory when it is dropped.
pub struct SigningKey {
    seed: Zeroizing<[u8; 32]>,
    comment: String,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "SigningKey({}, {})",
            self.public().fingerprint(),
            self.comment
        )
    }
}

impl SigningKey {
    /// Makes the key of a seed, such as the keyring holds; the comment is shown beside the key.
    #[must_use]
    pub fn from_seed(seed: [u8; 32], comment: impl Into<String>) -> Self {
        Self {
            seed: Zeroizing::new(seed),
            comment: comment.into(),
        }
    }

    /// Returns the seed, for the keyring.
    #[must_use]
    pub fn seed(&self) -> &[u8; 32] {
        &self.seed
    }

    /// Returns the comment.
    #[must_use]
    pub fn comment(&self) -> &str {
        &self.comment
    }

    /// Returns the unprotected OpenSSH private key file; write it with mode 0600.
    pub fn to_openssh_file(&self) -> Result<Zeroizing<String>, SignatureError> {
        self.private()?
            .to_openssh(LineEnding::LF)
            .map_err(|_| SignatureError::Key)
    }

    /// Returns the OpenSSH private key file protected by a passphrase, with a random salt.
    pub fn to_protected_file(
        &self,
        passphrase: &str,
        salt: [u8; 16],
    ) -> Result<Zeroizing<String>, SignatureError> {
        let kdf = Kdf::Bcrypt {
            salt: salt.to_vec(),
            rounds: KDF_ROUNDS,
        };
        let [a, b, c, d, ..] = salt;
        self.private()?
            .encrypt_with(
                Cipher::Aes256Ctr,
                kdf,
                u32::from_be_bytes([a, b, c, d]),
                passphrase,
            )
            .and_then(|key| key.to_openssh(LineEnding::LF))
            .map_err(|_| SignatureError::Key)
    }

    /// Reads an unprotected OpenSSH private key file.
    pub fn from_openssh_file(text: &str) -> Result<Self, SignatureError> {
        let key = PrivateKey::from_openssh(text).map_err(|_| SignatureError::Key)?;
        Self::of(&key)
    }

    /// Reads an OpenSSH private key file protected by a passphrase.
    pub fn from_protected_file(text: &str, passphrase: &str) -> Result<Self, SignatureError> {
        let key = PrivateKey::from_openssh(text).map_err(|_| SignatureError::Key)?;
        let key = key
            .decrypt(passphrase)
            .map_err(|_| SignatureError::Passphrase)?;
        Self::of(&key)
    }

    /// Returns the public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        let pair = Ed25519Keypair::from_seed(&self.seed);
        PublicKey(ssh_key::PublicKey::new(
            KeyData::Ed25519(pair.public),
            self.comment.clone(),
        ))
    }

    /// Signs bytes for one purpose and returns the armored SSHSIG; the same input, the same text.
    pub fn sign(&self, namespace: &str, bytes: &[u8]) -> Result<String, SignatureError> {
        SshSig::sign(&self.private()?, namespace, HashAlg::Sha512, bytes)
            .and_then(|signature| signature.to_pem(LineEnding::LF))
            .map_err(|_| SignatureError::Malformed)
    }

    fn private(&self) -> Result<PrivateKey, SignatureError> {
        let pair = KeypairData::Ed25519(Ed25519Keypair::from_seed(&self.seed));
        PrivateKey::new(pair, self.comment.clone()).map_err(|_| SignatureError::Key)
    }

    fn of(key: &PrivateKey) -> Result<Self, SignatureError> {
        match key.key_data() {
            KeypairData::Ed25519(pair) => {
                Ok(Self::from_seed(pair.private.to_bytes(), key.comment()))
            }
            KeypairData::Encrypted(_) => Err(SignatureError::Passphrase),
            _ => Err(SignatureError::Algorithm(key.algorithm().to_string())),
        }
    }
}

/// A public key of an accepted type: Ed25519, ECDSA P-256, or either held by a FIDO key.
#[derive(Debug, Clone)]
pub struct PublicKey(ssh_key::PublicKey);

impl PublicKey {
    /// Reads a line such as `ssh-ed25519 AAAA… comment`.
    pub fn parse(line: &str) -> Result<Self, SignatureError> {
        wire::check_key_line(line)?;
        let key = ssh_key::PublicKey::from_openssh(line.trim()).map_err(|_| SignatureError::Key)?;
        accepted(key.key_data())?;
        Ok(Self(key))
    }

    /// Reads the public half that stands unprotected in an OpenSSH private key file.
    pub fn of_private_file(text: &str) -> Result<Self, SignatureError> {
        let key = PrivateKey::from_openssh(text).map_err(|_| SignatureError::Key)?;
        Self::of(key.public_key().key_data().clone())
    }

    pub(super) fn of(data: KeyData) -> Result<Self, SignatureError> {
        accepted(&data)?;
        Ok(Self(data.into()))
    }

    /// Returns the line that `ssh-keygen` writes, with the comment if there is one.
    #[must_use]
    pub fn to_line(&self) -> String {
        self.0
            .to_openssh()
            .map(|line| line.trim_end().to_owned())
            .unwrap_or_default()
    }

    /// Returns the type and key without comment: what an allowed-signers line needs.
    #[must_use]
    pub fn to_bare_line(&self) -> String {
        let line = self.to_line();
        line.split(' ').take(2).collect::<Vec<_>>().join(" ")
    }

    /// Returns the fingerprint, such as `SHA256:47DEQpj8…`.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.0.fingerprint(HashAlg::Sha256).to_string()
    }

    /// Returns the comment, or the empty text.
    #[must_use]
    pub fn comment(&self) -> &str {
        self.0.comment()
    }

    /// Whether the private half lives in a FIDO key and signs only when touched.
    #[must_use]
    pub fn is_security_key(&self) -> bool {
        self.0.key_data().is_sk_ed25519() || self.0.key_data().is_sk_ecdsa_p256()
    }

    /// Whether two keys are the same, whatever their comments say.
    #[must_use]
    pub fn same_key(&self, other: &Self) -> bool {
        self.0.key_data() == other.0.key_data()
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.same_key(other)
    }
}

impl Eq for PublicKey {}

fn accepted(data: &KeyData) -> Result<(), SignatureError> {
    match data.algorithm() {
        Algorithm::Ed25519
        | Algorithm::SkEd25519
        | Algorithm::SkEcdsaSha2NistP256
        | Algorithm::Ecdsa {
            curve: EcdsaCurve::NistP256,
        } => Ok(()),
        other => Err(SignatureError::Algorithm(other.to_string())),
    }
}
