//! The executable keeps its SQLite and its OpenSSL to itself: WebKit and the system have their own (trust.md §7).

use std::process::Command;

/// How the names of SQLite, SQLCipher and OpenSSL begin.
const OURS: &[&str] = &[
    "sqlite3",
    "sqlcipher",
    "ASN1_",
    "BIO_",
    "BN_",
    "CRYPTO_",
    "EVP_",
    "HMAC_",
    "OPENSSL_",
    "OSSL_",
    "RAND_",
    "SHA256_",
    "SSL_",
    "X509_",
];

#[test]
fn the_executable_exports_no_symbol_of_sqlite_or_openssl() {
    let app = env!("CARGO_BIN_EXE_drillbook-desktop");
    let bytes = std::fs::read(app).unwrap();
    for inside in [&b"SQLite format 3"[..], b"cipher_version", b"OpenSSL 3."] {
        assert!(
            bytes.windows(inside.len()).any(|text| text == inside),
            "the executable holds no {:?}: this test would prove nothing",
            String::from_utf8_lossy(inside)
        );
    }
    let listed = Command::new("nm")
        .args(["--dynamic", "--defined-only", "--format=just-symbols", app])
        .output()
        .unwrap();
    assert!(
        listed.status.success(),
        "{}",
        String::from_utf8_lossy(&listed.stderr)
    );
    let symbols = String::from_utf8_lossy(&listed.stdout);
    let exported: Vec<&str> = symbols
        .lines()
        .filter(|name| OURS.iter().any(|ours| name.starts_with(ours)))
        .collect();
    assert!(exported.is_empty(), "exported: {exported:?}");
}
