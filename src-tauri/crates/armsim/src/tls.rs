//! The simulator's own certificate authority, and a certificate for the loopback addresses.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::SimulatorError;

/// Certificate and key files beside the state file, if there is one.
struct Files {
    certificate: PathBuf,
    key: PathBuf,
}

/// Returns the authority's certificate as PEM and a server configuration signed by it.
pub(crate) fn configure(
    state_file: Option<&Path>,
) -> Result<(String, Arc<ServerConfig>), SimulatorError> {
    let files = state_file.map(|path| Files {
        certificate: path.with_extension("ca.pem"),
        key: path.with_extension("ca.key"),
    });
    let (pem, issuer) = authority(files.as_ref())?;
    let mut params = CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()])?;
    params
        .distinguished_name
        .push(DnType::CommonName, "Drillbook simulator");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, &issuer)?;
    let chain: Vec<CertificateDer<'static>> = vec![certificate.der().clone()];
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    // HTTP/1.1 only: a cut connection must be a cut connection, not a reset stream.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok((pem, Arc::new(config)))
}

fn authority(files: Option<&Files>) -> Result<(String, Issuer<'static, KeyPair>), SimulatorError> {
    let mut params = CertificateParams::new(Vec::new())?;
    params
        .distinguished_name
        .push(DnType::CommonName, "Drillbook simulator authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    if let Some(files) = files
        && let (Ok(pem), Ok(key)) = (
            std::fs::read_to_string(&files.certificate),
            std::fs::read_to_string(&files.key),
        )
        && let Ok(key) = KeyPair::from_pem(&key)
    {
        return Ok((pem, Issuer::new(params, key)));
    }
    let key = KeyPair::generate()?;
    let pem = params.self_signed(&key)?.pem();
    if let Some(files) = files {
        if let Some(folder) = files.key.parent() {
            std::fs::create_dir_all(folder).map_err(SimulatorError::File)?;
        }
        write_private(&files.key, &key.serialize_pem()).map_err(SimulatorError::File)?;
        std::fs::write(&files.certificate, &pem).map_err(SimulatorError::File)?;
    }
    Ok((pem, Issuer::new(params, key)))
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}
