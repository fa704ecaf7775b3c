//! An application's certificate with its private key, and the assertion that it signs (contract h.2).
//!
//! Deliberately absent: where the key is kept, PKCS #12 files, and a certificate's validity: Entra judges that, and says
//! so.

use crate::secret::Secret;
use async_trait::async_trait;
use azure_core::error::{Error, ErrorKind};
use azure_core::http::ClientMethodOptions;
use azure_core::time::OffsetDateTime;
use azure_identity::ClientAssertion;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{KeyPair as _, RSA_PSS_SHA256, RsaKeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::json;
use std::fmt;
use std::sync::Arc;

/// How long an assertion is good for, in seconds.
const LIFETIME: i64 = 600;

/// Why a text is no certificate that an application can sign in with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateProblem {
    /// No certificate in it.
    #[error("there is no certificate in PEM form in it")]
    NoCertificate,
    /// No private key in it.
    #[error("there is no private key in PEM form in it")]
    NoKey,
    /// The key is encrypted, of another kind, or too short.
    #[error("its private key is no RSA key of 2048 bits or more")]
    NotRsa,
    /// The key belongs to another certificate.
    #[error("its private key is that of another certificate")]
    OtherKey,
}

/// A certificate and its private key.
#[derive(Clone)]
pub(crate) struct Certificate {
    key: Arc<RsaKeyPair>,
    thumbprint: String,
}

impl Certificate {
    /// Reads a PEM text that holds the certificate and its RSA key, as `az ad sp create-for-rbac --create-cert` writes.
    pub(crate) fn read(pem: &Secret) -> Result<Self, CertificateProblem> {
        use CertificateProblem::{NoCertificate, NoKey, NotRsa, OtherKey};
        let text = pem.reveal().as_bytes();
        let own = CertificateDer::from_pem_slice(text).map_err(|_| NoCertificate)?;
        let key = match PrivateKeyDer::from_pem_slice(text).map_err(|_| NoKey)? {
            PrivateKeyDer::Pkcs8(key) => RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()),
            PrivateKeyDer::Pkcs1(key) => RsaKeyPair::from_der(key.secret_pkcs1_der()),
            _ => return Err(NotRsa),
        };
        let key = key.map_err(|_| NotRsa)?;
        let public = key.public_key().as_ref();
        // The certificate carries the public key in the same form.
        if !own.windows(public.len()).any(|part| part == public) {
            return Err(OtherKey);
        }
        Ok(Self {
            key: Arc::new(key),
            thumbprint: encoded(digest(&SHA256, &own).as_ref()),
        })
    }

    /// Signs that the application is itself, for one authority and for ten minutes.
    fn assertion(&self, client_id: &str, audience: &str) -> azure_core::Result<String> {
        let now = OffsetDateTime::now_utc().unix_timestamp();
        let head = json!({"alg": "PS256", "typ": "JWT", "x5t#S256": self.thumbprint});
        let claims = json!({
            "aud": audience,
            "iss": client_id,
            "sub": client_id,
            "jti": uuid::Uuid::new_v4().to_string(),
            "iat": now,
            "nbf": now,
            "exp": now + LIFETIME,
        });
        let [head, claims] = [head, claims].map(|part| encoded(part.to_string().as_bytes()));
        let signed = format!("{head}.{claims}");
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(
                &RSA_PSS_SHA256,
                &SystemRandom::new(),
                signed.as_bytes(),
                &mut signature,
            )
            .map_err(|_| Error::with_message(ErrorKind::Credential, "the key signs nothing"))?;
        Ok(format!("{signed}.{}", encoded(&signature)))
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.thumbprint)
    }
}

fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Signs a new assertion whenever a token is asked for.
#[derive(Debug)]
pub(crate) struct Assertion {
    pub(crate) certificate: Certificate,
    pub(crate) client_id: String,
    /// The authority's address for tokens.
    pub(crate) audience: String,
}

#[async_trait]
impl ClientAssertion for Assertion {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        self.certificate.assertion(&self.client_id, &self.audience)
    }
}

#[cfg(test)]
mod tests {
    use super::{Certificate, CertificateProblem, SHA256, digest, encoded};
    use crate::secret::Secret;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use ring::signature::{KeyPair as _, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject as _;
    use serde_json::Value;

    /// Made for these tests with `openssl req -x509 -newkey rsa:2048 -nodes`; worth nothing anywhere.
    const APPLICATION: &str = include_str!("certificate/application.pem");

    fn read(text: &str) -> Result<Certificate, CertificateProblem> {
        Certificate::read(&Secret::new(text))
    }

    #[test]
    fn an_assertion_is_signed_for_one_authority_and_names_its_certificate() {
        let own = read(APPLICATION).unwrap();
        let audience = "https://login.microsoftonline.com/t/oauth2/v2.0/token";
        let text = own.assertion("app", audience).unwrap();
        let (signed, signature) = text.rsplit_once('.').unwrap();
        let decoded = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap();
        let public = UnparsedPublicKey::new(
            &RSA_PSS_2048_8192_SHA256,
            own.key.public_key().as_ref().to_vec(),
        );
        public
            .verify(signed.as_bytes(), &decoded(signature))
            .unwrap();
        let parts: Vec<Value> = signed
            .split('.')
            .map(|part| serde_json::from_slice(&decoded(part)).unwrap())
            .collect();
        let der = CertificateDer::from_pem_slice(APPLICATION.as_bytes()).unwrap();
        let thumbprint = encoded(digest(&SHA256, &der).as_ref());
        assert_eq!(parts[0]["alg"], "PS256");
        assert_eq!(parts[0]["x5t#S256"], thumbprint.as_str());
        assert_eq!(parts[1]["aud"], audience);
        assert_eq!(
            (&parts[1]["iss"], &parts[1]["sub"]),
            (&"app".into(), &"app".into())
        );
        let life = parts[1]["exp"].as_i64().unwrap() - parts[1]["nbf"].as_i64().unwrap();
        assert_eq!(life, 600);
        assert!(!format!("{own:?}").contains("PRIVATE"));
    }

    #[test]
    fn what_cannot_sign_in_is_told_apart() {
        use CertificateProblem::{NoCertificate, NoKey, NotRsa, OtherKey};
        let (key, certificate) = APPLICATION.split_once("-----BEGIN CERT").unwrap();
        let certificate = format!("-----BEGIN CERT{certificate}");
        let other = rcgen::generate_simple_self_signed(vec!["a".to_owned()]).unwrap();
        for (text, problem) in [
            (String::new(), NoCertificate),
            (key.to_owned(), NoCertificate),
            (certificate.clone(), NoKey),
            (certificate + &other.signing_key.serialize_pem(), NotRsa),
            (other.cert.pem() + key, OtherKey),
        ] {
            assert_eq!(read(&text).unwrap_err(), problem);
        }
    }
}
