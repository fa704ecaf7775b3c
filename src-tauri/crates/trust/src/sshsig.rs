//! SSHSIG: detached signatures that `ssh-keygen -Y verify` accepts.
//!
//! The `ssh-key` crate stands behind this module alone. It checks neither the FIDO
//! user-presence flag nor every SSHSIG version, and it reads wrong lengths as if they were right,
//! so all three are checked here.
//! Deliberately absent: RSA, certificates, agents and hardware keys' drivers.

mod allowed;
mod key;
mod wire;

pub use allowed::{AllowedSigner, AllowedSigners, Verified, verify_time};
pub use key::{PublicKey, SigningKey};

use drillbook_diagnostic::{Diagnostic, Severity};
use ssh_key::{Algorithm, SshSig};

/// The largest armored signature that is looked at, in bytes.
const MAX_ARMORED: usize = 16 * 1024;

/// The flag of a FIDO signature that says a person touched the key.
const USER_PRESENT: u8 = 0x01;

/// The bytes of flags and counter behind a FIDO signature.
const SK_TRAILER: usize = 5;

/// Why a signature or key does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// Not an armored SSHSIG.
    #[error("the signature is not an SSH signature")]
    Malformed,
    /// A version of SSHSIG other than 1.
    #[error("the signature has version {0}, not 1")]
    Version(u32),
    /// Made for another purpose.
    #[error("the signature was made for {found}, not for {expected}")]
    Namespace {
        /// The namespace that was demanded.
        expected: String,
        /// The namespace inside the signature.
        found: String,
    },
    /// Made with another key.
    #[error("the signature was made with the key {found}, not {expected}")]
    OtherKey {
        /// Fingerprint of the key that was demanded.
        expected: String,
        /// Fingerprint of the key inside the signature.
        found: String,
    },
    /// A key type that is not accepted.
    #[error("keys of type {0} are not accepted")]
    Algorithm(String),
    /// A FIDO signature without a touch.
    #[error("nobody touched the security key when it signed")]
    NoPresence,
    /// The bytes are not the ones that were signed.
    #[error("the signature does not fit the document")]
    Mismatch,
    /// Not a key in OpenSSH's form.
    #[error("the text is not an OpenSSH key")]
    Key,
    /// The key file is protected, and the passphrase is missing or wrong.
    #[error("the key file could not be opened with this passphrase")]
    Passphrase,
    /// A line of an allowed-signers file that cannot be read.
    #[error("line {0} of the allowed signers cannot be read")]
    SignersLine(usize),
    /// A time in an allowed-signers file without `Z`, which every computer reads differently.
    #[error("line {0} of the allowed signers holds a time without Z")]
    LocalTime(usize),
    /// No line allows this key for this principal and purpose.
    #[error("the key {0} is not among the allowed signers")]
    NotAllowed(String),
    /// A line allows it, but not at that time.
    #[error("the key {0} was not valid at the time of the document")]
    NotValidThen(String),
}

impl Diagnostic for SignatureError {
    fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "signature.malformed",
            Self::Version(_) => "signature.version",
            Self::Namespace { .. } => "signature.namespace",
            Self::OtherKey { .. } => "signature.other_key",
            Self::Algorithm(_) => "signature.algorithm",
            Self::NoPresence => "signature.no_presence",
            Self::Mismatch => "signature.mismatch",
            Self::Key => "signature.key",
            Self::Passphrase => "signature.passphrase",
            Self::SignersLine(_) => "signature.signers_line",
            Self::LocalTime(_) => "signature.local_time",
            Self::NotAllowed(_) => "signature.not_allowed",
            Self::NotValidThen(_) => "signature.not_valid_then",
        }
    }

    fn severity(&self) -> Severity {
        Severity::Refused
    }

    fn remediation(&self) -> Option<String> {
        Some(
            match self {
                Self::Algorithm(_) => "Use an Ed25519, ECDSA P-256 or FIDO key.",
                Self::NoPresence => "Sign again and touch the security key.",
                Self::Key => "Use a key file that ssh-keygen made.",
                Self::Passphrase => "Enter the passphrase of the key file.",
                Self::SignersLine(_) => "Correct that line of the allowed-signers file.",
                Self::LocalTime(_) => "Add Z to the time, so that it means UTC everywhere.",
                Self::NotAllowed(_) => {
                    "Compare the fingerprint with its owner, then add the key if it is theirs."
                }
                Self::NotValidThen(_) => "Ask for a signature with a key that is valid.",
                _ => "Ask for the document and its signature exactly as they were made.",
            }
            .into(),
        )
    }
}

/// Checks that `key` signed exactly these bytes for this purpose.
pub fn verify(
    key: &PublicKey,
    namespace: &str,
    bytes: &[u8],
    armored: &str,
) -> Result<(), SignatureError> {
    let signature = read(armored)?;
    let signer = PublicKey::of(signature.public_key().clone())?;
    if !signer.same_key(key) {
        return Err(SignatureError::OtherKey {
            expected: key.fingerprint(),
            found: signer.fingerprint(),
        });
    }
    check(&signature, namespace, bytes)
}

/// Returns the key that is named inside a signature, unverified.
pub fn signer_of(armored: &str) -> Result<PublicKey, SignatureError> {
    PublicKey::of(read(armored)?.public_key().clone())
}

/// Checks a signature by the key inside it and returns that key; the caller decides whose it is.
pub fn verify_any(
    namespace: &str,
    bytes: &[u8],
    armored: &str,
) -> Result<PublicKey, SignatureError> {
    let signature = read(armored)?;
    let signer = PublicKey::of(signature.public_key().clone())?;
    check(&signature, namespace, bytes)?;
    Ok(signer)
}

/// Parses the armor and refuses what ssh-keygen would read differently.
fn read(armored: &str) -> Result<SshSig, SignatureError> {
    if armored.len() > MAX_ARMORED {
        return Err(SignatureError::Malformed);
    }
    wire::check_signature(armored)?;
    let signature = SshSig::from_pem(armored).map_err(|error| match error {
        ssh_key::Error::Version { number } => SignatureError::Version(number),
        _ => SignatureError::Malformed,
    })?;
    if signature.version() != SshSig::VERSION {
        return Err(SignatureError::Version(signature.version()));
    }
    if !signature.reserved().is_empty() {
        return Err(SignatureError::Malformed);
    }
    Ok(signature)
}

fn check(signature: &SshSig, namespace: &str, bytes: &[u8]) -> Result<(), SignatureError> {
    if signature.namespace() != namespace {
        return Err(SignatureError::Namespace {
            expected: namespace.into(),
            found: signature.namespace().into(),
        });
    }
    if signature.algorithm() != signature.public_key().algorithm() {
        return Err(SignatureError::Malformed);
    }
    check_presence(signature)?;
    // The public half of ssh-key compares namespace and key once more before it verifies.
    ssh_key::PublicKey::from(signature.public_key().clone())
        .verify(namespace, bytes, signature)
        .map_err(|_| SignatureError::Mismatch)
}

fn check_presence(signature: &SshSig) -> Result<(), SignatureError> {
    if !matches!(
        signature.algorithm(),
        Algorithm::SkEd25519 | Algorithm::SkEcdsaSha2NistP256
    ) {
        return Ok(());
    }
    let bytes = signature.signature_bytes();
    let flags = bytes
        .len()
        .checked_sub(SK_TRAILER)
        .and_then(|at| bytes.get(at));
    match flags {
        Some(flags) if flags & USER_PRESENT != 0 => Ok(()),
        _ => Err(SignatureError::NoPresence),
    }
}

#[cfg(test)]
mod tests;
