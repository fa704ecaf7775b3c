//! An application's certificate with its private key, as a file holds it: PEM or PKCS #12, with or without a passphrase.
//!
//! What comes out is one PEM text for whatever keeps secrets. Deliberately absent: keeping it, and judging whether
//! Entra takes it.

use crate::error::KeyError;
use chrono::{DateTime, NaiveDateTime, Utc};
use openssl::nid::Nid;
use openssl::pkcs12::{ParsedPkcs12_2, Pkcs12};
use openssl::pkey::{PKey, Private};
use openssl::x509::X509;
use zeroize::Zeroizing;

/// The most bytes that such a file has.
pub(crate) const MOST_BYTES: usize = 1_048_576;

/// What can be told of a file without its private key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFile {
    /// Whether a passphrase must be given.
    pub locked: bool,
    /// Who the certificate names; a locked PKCS #12 file does not tell.
    pub subject: Option<String>,
    /// Until when it is valid.
    pub until: Option<DateTime<Utc>>,
}

impl CertificateFile {
    /// Reads what a file tells.
    ///
    /// # Errors
    /// [`KeyError::Certificate`] when it holds no certificate with its private key.
    pub fn read(bytes: &[u8]) -> Result<CertificateFile, KeyError> {
        let (locked, own) = match container(bytes)? {
            Container::Pem(text) => (locked_pem(text)?, Some(first(text)?)),
            Container::Pfx(file) => match file.parse2("") {
                Ok(ParsedPkcs12_2 { cert, .. }) => (false, cert),
                Err(_) => (true, None),
            },
        };
        Ok(CertificateFile {
            locked,
            subject: own.as_ref().and_then(subject),
            until: own.as_ref().and_then(until),
        })
    }
}

/// Returns certificate and private key of a file as one PEM text.
///
/// # Errors
/// [`KeyError::Certificate`] when it holds none, [`KeyError::CertificateLocked`] when a passphrase is needed,
/// [`KeyError::CertificatePassphrase`] when it is another.
pub fn certificate(bytes: &[u8], passphrase: Option<&str>) -> Result<Zeroizing<String>, KeyError> {
    let given = passphrase.filter(|text| !text.is_empty());
    let refused = if given.is_some() {
        KeyError::CertificatePassphrase
    } else {
        KeyError::CertificateLocked
    };
    match container(bytes)? {
        Container::Pem(text) => {
            let own = first(text)?;
            // It is always given one: the library would ask at the terminal otherwise.
            let words = given.unwrap_or_default().as_bytes();
            let key = PKey::private_key_from_pem_passphrase(text.as_bytes(), words);
            let key = match key {
                Ok(key) => key,
                Err(_) if locked_pem(text)? => return Err(refused),
                Err(error) => return Err(none(error)),
            };
            pem(&own, &key)
        }
        Container::Pfx(file) => {
            let parsed = file
                .parse2(given.unwrap_or_default())
                .map_err(|_| refused)?;
            match (parsed.cert, parsed.pkey) {
                (Some(own), Some(key)) => pem(&own, &key),
                _ => Err(KeyError::Certificate(None)),
            }
        }
    }
}

enum Container<'a> {
    Pem(&'a str),
    Pfx(Pkcs12),
}

fn container(bytes: &[u8]) -> Result<Container<'_>, KeyError> {
    if bytes.len() > MOST_BYTES {
        return Err(KeyError::Certificate(None));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) if text.contains("-----BEGIN") => Ok(Container::Pem(text)),
        _ => Pkcs12::from_der(bytes).map(Container::Pfx).map_err(none),
    }
}

/// Tells whether the private key is under a passphrase; a text without one is no such file.
fn locked_pem(text: &str) -> Result<bool, KeyError> {
    if !text.contains("PRIVATE KEY-----") {
        return Err(KeyError::Certificate(None));
    }
    let encrypted = ["BEGIN ENCRYPTED PRIVATE KEY", "Proc-Type: 4,ENCRYPTED"];
    Ok(encrypted.iter().any(|mark| text.contains(mark)))
}

fn first(text: &str) -> Result<X509, KeyError> {
    X509::from_pem(text.as_bytes()).map_err(none)
}

fn subject(own: &X509) -> Option<String> {
    let mut names = own.subject_name().entries_by_nid(Nid::COMMONNAME);
    names.next()?.data().to_string().ok()
}

fn until(own: &X509) -> Option<DateTime<Utc>> {
    let text = own.not_after().to_string();
    let read = NaiveDateTime::parse_from_str(&text, "%b %e %H:%M:%S %Y GMT").ok()?;
    Some(read.and_utc())
}

fn pem(own: &X509, key: &PKey<Private>) -> Result<Zeroizing<String>, KeyError> {
    let private = Zeroizing::new(key.private_key_to_pem_pkcs8().map_err(none)?);
    let public = own.to_pem().map_err(none)?;
    let mut text = Zeroizing::new(String::new());
    for part in [private.as_slice(), public.as_slice()] {
        text.push_str(
            std::str::from_utf8(part).map_err(|error| KeyError::Certificate(Some(error.into())))?,
        );
    }
    Ok(text)
}

fn none(error: openssl::error::ErrorStack) -> KeyError {
    KeyError::Certificate(Some(error.into()))
}

#[cfg(test)]
mod tests {
    use super::{CertificateFile, certificate};
    use drillbook_diagnostic::Diagnostic;
    use openssl::pkcs12::Pkcs12;
    use openssl::pkey::PKey;
    use openssl::symm::Cipher;
    use openssl::x509::X509;

    /// Made for tests; worth nothing anywhere.
    const PLAIN: &str = include_str!("../../arm/src/certificate/application.pem");
    const WORDS: &str = "the words of the file";

    fn encrypted() -> String {
        let key = PKey::private_key_from_pem(PLAIN.as_bytes()).unwrap();
        let sealed =
            key.private_key_to_pem_pkcs8_passphrase(Cipher::aes_256_cbc(), WORDS.as_bytes());
        let own = X509::from_pem(PLAIN.as_bytes()).unwrap().to_pem().unwrap();
        String::from_utf8([sealed.unwrap(), own].concat()).unwrap()
    }

    fn pfx(words: &str) -> Vec<u8> {
        let mut made = Pkcs12::builder();
        made.pkey(&PKey::private_key_from_pem(PLAIN.as_bytes()).unwrap());
        made.cert(&X509::from_pem(PLAIN.as_bytes()).unwrap());
        made.build2(words).unwrap().to_der().unwrap()
    }

    fn code(bytes: &[u8], words: Option<&str>) -> &'static str {
        certificate(bytes, words).unwrap_err().code()
    }

    #[test]
    fn a_certificate_file_gives_its_key_with_its_passphrase_only() {
        for locked in [encrypted().into_bytes(), pfx(WORDS)] {
            assert!(CertificateFile::read(&locked).unwrap().locked);
            assert_eq!(code(&locked, None), "key.certificate_locked");
            assert_eq!(code(&locked, Some("")), "key.certificate_locked");
            assert_eq!(code(&locked, Some("others")), "key.certificate_passphrase");
            let opened = certificate(&locked, Some(WORDS)).unwrap();
            assert!(opened.contains("BEGIN PRIVATE KEY") && opened.contains("BEGIN CERTIFICATE"));
        }
        for free in [PLAIN.as_bytes().to_vec(), pfx("")] {
            let told = CertificateFile::read(&free).unwrap();
            assert!(
                !told.locked && told.subject.is_some() && told.until.is_some(),
                "{told:?}"
            );
            assert!(
                certificate(&free, None)
                    .unwrap()
                    .contains("BEGIN PRIVATE KEY")
            );
        }
        let told = CertificateFile::read(encrypted().as_bytes()).unwrap();
        assert!(
            told.subject.is_some(),
            "a PEM file tells whose it is, locked or not"
        );
    }

    #[test]
    fn what_is_no_certificate_with_its_key_is_refused() {
        let own = X509::from_pem(PLAIN.as_bytes()).unwrap().to_pem().unwrap();
        let huge = vec![b'A'; super::MOST_BYTES + 1];
        for bytes in [
            own.as_slice(),
            b"",
            b"\x30\x82\xff\xff",
            b"-----BEGIN NONSENSE-----",
            &huge,
        ] {
            assert_eq!(code(bytes, Some(WORDS)), "key.certificate");
            assert_eq!(
                CertificateFile::read(bytes).unwrap_err().code(),
                "key.certificate"
            );
        }
    }
}
