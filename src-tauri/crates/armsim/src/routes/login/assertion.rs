//! What an application signs with its certificate in a secret's place.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Utc;
use ring::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaParameters, UnparsedPublicKey,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::Value;

use crate::scenario::Guest;

/// The algorithm of an RSA key in a certificate, up to where the key itself begins.
const RSA: [u8; 15] = [
    0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
];

/// What is said of an assertion that cannot be read, or was signed by somebody else.
const WRONG: &str = "Client assertion failed signature validation.";

/// Refuses an assertion that is not the application's own, or not for this address, or no longer good.
pub(super) fn check(text: &str, application: &Guest, audience: &str) -> Result<(), &'static str> {
    let (signed, signature) = text.rsplit_once('.').ok_or(WRONG)?;
    let decoded = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| WRONG);
    let read = |part: Option<&str>| -> Result<Value, &'static str> {
        serde_json::from_slice(&decoded(part.unwrap_or_default())?).map_err(|_| WRONG)
    };
    let mut parts = signed.split('.');
    let (head, claims) = (read(parts.next())?, read(parts.next())?);
    let pem = application.certificate.as_deref().unwrap_or_default();
    let certificate = CertificateDer::from_pem_slice(pem.as_bytes())
        .map_err(|_| "The certificate used to sign the client assertion is not registered.")?;
    let algorithm: &'static RsaParameters = match head["alg"].as_str() {
        Some("PS256") => &RSA_PSS_2048_8192_SHA256,
        Some("RS256") => &RSA_PKCS1_2048_8192_SHA256,
        _ => return Err("The algorithm of the client assertion is not supported."),
    };
    UnparsedPublicKey::new(algorithm, key(&certificate).ok_or(WRONG)?)
        .verify(signed.as_bytes(), &decoded(signature)?)
        .map_err(|_| WRONG)?;
    let own = |name: &str| claims[name].as_str() == Some(application.client_id.as_str());
    if !own("iss") || !own("sub") || claims["aud"].as_str() != Some(audience) {
        return Err("The client assertion is for somebody or something else.");
    }
    // Like tokens, assertions live in real time.
    let now = Utc::now().timestamp();
    if claims["exp"].as_i64().is_none_or(|end| end <= now) {
        return Err("The client assertion is not within its valid time range.");
    }
    Ok(())
}

/// Returns the RSA key of a certificate: behind its algorithm, in a bit string of a two-byte length whose first byte
/// counts unused bits.
fn key(certificate: &[u8]) -> Option<&[u8]> {
    let at = certificate
        .windows(RSA.len())
        .position(|part| part == RSA)?;
    let key = certificate.get(at + RSA.len() + 5..)?;
    let length = key.get(2..4)?;
    key.get(..usize::from(length[0]) * 256 + usize::from(length[1]) + 4)
}
