//! Signatures against the real `ssh-keygen`, in both directions, and what must be refused.

mod allowed;

use super::{
    AllowedSigner, AllowedSigners, PublicKey, SignatureError, SigningKey, signer_of, verify,
    verify_time,
};
use crate::time;
use chrono::{DateTime, Utc};
use proptest::prelude::*;
use ssh_key::{HashAlg, LineEnding, PrivateKey, Signature, SshSig};
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const NAMESPACE: &str = "drill-approval@drillbook";
const MESSAGE: &[u8] = b"{\"type\":\"drill.decision/1\"}";

fn key() -> SigningKey {
    SigningKey::from_seed([42; 32], "rita@example.com")
}

fn now() -> DateTime<Utc> {
    time::parse("2026-11-21T09:31:04.512Z").unwrap()
}

/// Runs `ssh-keygen` in a folder with a file on standard input.
fn keygen(folder: &Path, args: &[&str], input: Option<&str>, zone: &str) -> Output {
    let stdin = input.map_or_else(Stdio::null, |name| {
        Stdio::from(fs::File::open(folder.join(name)).unwrap())
    });
    Command::new("ssh-keygen")
        .args(args)
        .current_dir(folder)
        .env("TZ", zone)
        .stdin(stdin)
        .output()
        .unwrap()
}

/// Asks `ssh-keygen -Y verify` whether a signature holds at that time.
fn stock_verifies(signers: &str, message: &[u8], armored: &str, at: &str, zone: &str) -> bool {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("signers"), signers).unwrap();
    fs::write(folder.path().join("message"), message).unwrap();
    fs::write(folder.path().join("message.sig"), armored).unwrap();
    let time = format!("verify-time={at}");
    let args = [
        "-Y",
        "verify",
        "-f",
        "signers",
        "-I",
        "rita@example.com",
        "-n",
        NAMESPACE,
        "-s",
        "message.sig",
        "-O",
        &time,
    ];
    keygen(folder.path(), &args, Some("message"), zone)
        .status
        .success()
}

fn allowed(key: PublicKey) -> AllowedSigner {
    AllowedSigner {
        principals: vec!["rita@example.com".into()],
        namespaces: vec![NAMESPACE.into()],
        valid_after: time::parse("2026-11-21T09:31:04.000Z"),
        valid_before: time::parse("2026-11-21T09:31:05.000Z"),
        key,
    }
}

#[test]
fn ssh_keygen_accepts_our_signatures_in_every_time_zone() {
    let armored = key().sign(NAMESPACE, MESSAGE).unwrap();
    let signers = AllowedSigners {
        signers: vec![allowed(key().public())],
    };
    let text = signers.render();
    // Valid for two seconds: the document's milliseconds are rounded down, and Z means UTC.
    let at = verify_time(now());
    assert_eq!(at, "20261121093104Z");
    for zone in ["UTC", "America/Los_Angeles", "Asia/Kolkata"] {
        assert!(
            stock_verifies(&text, MESSAGE, &armored, &at, zone),
            "{zone}"
        );
        assert!(!stock_verifies(&text, b"other", &armored, &at, zone));
        assert!(!stock_verifies(
            &text,
            MESSAGE,
            &armored,
            "20261121093106Z",
            zone
        ));
        assert!(!stock_verifies(
            &text,
            MESSAGE,
            &armored,
            "20261121093103Z",
            zone
        ));
    }
    // Without Z the same time is local: the good signature fails elsewhere.
    assert!(!stock_verifies(
        &text,
        MESSAGE,
        &armored,
        "20261121093104",
        "Asia/Kolkata"
    ));
    let verified = signers.verify(
        Some("rita@example.com"),
        NAMESPACE,
        MESSAGE,
        &armored,
        now(),
    );
    assert_eq!(verified.unwrap().fingerprint, key().public().fingerprint());
}

#[test]
fn we_accept_signatures_of_ssh_keygen() {
    for kind in [["ed25519", "256"], ["ecdsa", "256"]] {
        let folder = tempfile::tempdir().unwrap();
        let make = [
            "-q", "-t", kind[0], "-b", kind[1], "-N", "", "-C", "rita", "-f", "key",
        ];
        assert!(keygen(folder.path(), &make, None, "UTC").status.success());
        fs::write(folder.path().join("message"), MESSAGE).unwrap();
        for hash in ["sha256", "sha512"] {
            let option = format!("hashalg={hash}");
            let sign = [
                "-Y", "sign", "-f", "key", "-n", NAMESPACE, "-O", &option, "message",
            ];
            let _ = fs::remove_file(folder.path().join("message.sig"));
            assert!(keygen(folder.path(), &sign, None, "UTC").status.success());
            let armored = fs::read_to_string(folder.path().join("message.sig")).unwrap();
            let line = fs::read_to_string(folder.path().join("key.pub")).unwrap();
            let key = PublicKey::parse(&line).unwrap();
            assert_eq!(key.to_line(), line.trim_end());
            assert_eq!(verify(&key, NAMESPACE, MESSAGE, &armored), Ok(()));
            assert_eq!(signer_of(&armored).unwrap(), key);
            let other = verify(&key, NAMESPACE, b"other", &armored);
            assert_eq!(other, Err(SignatureError::Mismatch));
            let listed = keygen(folder.path(), &["-l", "-f", "key.pub"], None, "UTC");
            let listed = String::from_utf8(listed.stdout).unwrap();
            assert!(listed.contains(&key.fingerprint()), "{listed}");
        }
    }
}

#[test]
fn key_files_are_read_by_ssh_keygen_and_back() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let protected = key().to_protected_file("correct horse", [9; 16]).unwrap();
    for (text, passphrase) in [
        (key().to_openssh_file().unwrap(), ""),
        (protected, "correct horse"),
    ] {
        fs::write(&path, text.as_bytes()).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let public = keygen(
            folder.path(),
            &["-y", "-P", passphrase, "-f", "key"],
            None,
            "UTC",
        );
        let line = String::from_utf8(public.stdout).unwrap();
        assert_eq!(PublicKey::parse(&line).unwrap(), key().public());
    }
    let plain = key().to_openssh_file().unwrap();
    let read = SigningKey::from_openssh_file(&plain).unwrap();
    assert_eq!(
        (read.seed(), read.comment()),
        (key().seed(), "rita@example.com")
    );
    let protected = fs::read_to_string(&path).unwrap();
    let wrong = SigningKey::from_protected_file(&protected, "wrong").unwrap_err();
    assert_eq!(wrong, SignatureError::Passphrase);
    let without = SigningKey::from_openssh_file(&protected).unwrap_err();
    assert_eq!(without, SignatureError::Passphrase);
    let read = SigningKey::from_protected_file(&protected, "correct horse").unwrap();
    assert_eq!(read.seed(), key().seed());
    let shown = format!("{:?}", key());
    assert!(
        !shown.contains("42, 42") && shown.contains("SHA256:"),
        "{shown}"
    );
}

#[test]
fn refuses_another_purpose_key_or_version() {
    let armored = key().sign(NAMESPACE, MESSAGE).unwrap();
    let check = |key: &PublicKey, namespace: &str, armored: &str| {
        verify(key, namespace, MESSAGE, armored).map_err(|error| format!("{error:?}"))
    };
    let other = SigningKey::from_seed([1; 32], "").public();
    assert!(
        check(&key().public(), "drill-policy@drillbook", &armored)
            .unwrap_err()
            .contains("Na")
    );
    assert!(
        check(&other, NAMESPACE, &armored)
            .unwrap_err()
            .contains("OtherKey")
    );
    for version in [0u8, 2] {
        let mut bytes = decode(&armored);
        bytes[9] = version;
        let error = verify(&key().public(), NAMESPACE, MESSAGE, &encode(&bytes)).unwrap_err();
        assert_eq!(error, SignatureError::Version(version.into()));
    }
    for garbage in [
        "",
        "x",
        &armored[..60],
        &armored.replace("SSH", "PGP"),
        &"A".repeat(20_000),
    ] {
        assert_eq!(
            check(&key().public(), NAMESPACE, garbage),
            Err("Malformed".into())
        );
    }
    let rsa = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC7 x";
    assert!(PublicKey::parse(rsa).is_err());
}

fn decode(armored: &str) -> Vec<u8> {
    use base64::Engine as _;
    let body: String = armored
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect();
    base64::engine::general_purpose::STANDARD
        .decode(body)
        .unwrap()
}

fn encode(bytes: &[u8]) -> String {
    use base64::Engine as _;
    let body = base64::engine::general_purpose::STANDARD.encode(bytes);
    let lines: Vec<&str> = body
        .as_bytes()
        .chunks(70)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n",
        lines.join("\n")
    )
}

/// Signs bytes as they are, through the trait that `ssh-key` builds on.
fn sign_raw<K: ssh_key::SigningKey>(key: &K, bytes: &[u8]) -> Signature {
    key.sign(bytes)
}

/// Signs as a FIDO key would, with these flags.
fn security_key_signature(flags: u8) -> (PublicKey, String) {
    use ssh_key::private::{Ed25519Keypair, KeypairData};
    use ssh_key::public::{KeyData, SkEd25519};
    let pair = Ed25519Keypair::from_seed(&[7; 32]);
    let data = KeyData::SkEd25519(SkEd25519::new(pair.public, "ssh:"));
    let trailer = [flags, 0, 0, 0, 5];
    let message = SshSig::signed_data(NAMESPACE, HashAlg::Sha512, MESSAGE).unwrap();
    let mut signed = crate::digest::Digest::of(b"ssh:").as_bytes().to_vec();
    signed.extend(trailer);
    signed.extend(crate::digest::Digest::of(&message).as_bytes());
    let private = KeypairData::Ed25519(pair);
    let signature = sign_raw(&PrivateKey::new(private, "").unwrap(), &signed);
    let mut bytes = signature.as_bytes().to_vec();
    bytes.extend(trailer);
    let signature = Signature::new(ssh_key::Algorithm::SkEd25519, bytes).unwrap();
    let signature = SshSig::new(data.clone(), NAMESPACE, HashAlg::Sha512, signature).unwrap();
    let armored = signature.to_pem(LineEnding::LF).unwrap();
    (PublicKey::of(data).unwrap(), armored)
}

#[test]
fn a_security_key_must_have_been_touched() {
    let (key, armored) = security_key_signature(0x01);
    assert!(key.is_security_key());
    assert_eq!(verify(&key, NAMESPACE, MESSAGE, &armored), Ok(()));
    assert_eq!(
        verify(&key, NAMESPACE, b"other", &armored),
        Err(SignatureError::Mismatch)
    );
    let signers = AllowedSigners {
        signers: vec![allowed(key.clone())],
    };
    assert!(stock_verifies(
        &signers.render(),
        MESSAGE,
        &armored,
        "20261121093104Z",
        "UTC"
    ));
    for flags in [0x00, 0x04] {
        let (key, armored) = security_key_signature(flags);
        assert_eq!(
            verify(&key, NAMESPACE, MESSAGE, &armored),
            Err(SignatureError::NoPresence)
        );
    }
}

#[test]
fn any_changed_byte_of_a_signature_is_refused() {
    let armored = key().sign(NAMESPACE, MESSAGE).unwrap();
    let original = decode(&armored);
    assert_eq!(encode(&original), armored);
    for at in 0..original.len() {
        let mut bytes = original.clone();
        // Another bit each time, so that lengths grow as well as shrink.
        bytes[at] ^= 1 << (at % 8);
        let refused = verify(&key().public(), NAMESPACE, MESSAGE, &encode(&bytes));
        assert!(refused.is_err(), "byte {at}");
    }
    // One signature has one spelling.
    for other in [
        armored.replace('\n', "\r\n"),
        format!(" {armored}"),
        format!("{armored}x"),
        armored.replacen('\n', "\n\n", 1),
        armored.replace("-----BEGIN", "comment\n-----BEGIN"),
    ] {
        assert!(
            verify(&key().public(), NAMESPACE, MESSAGE, &other).is_err(),
            "{other:?}"
        );
    }
    let line = key().public().to_bare_line();
    assert!(PublicKey::parse(&line.replace("ssh-ed25519 ", "ssh-rsa ")).is_err());
    assert!(PublicKey::parse(&line.replace("AAAAC3", "AAAAD3")).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn garbage_is_refused_and_nothing_panics(text in ".{0,300}", bytes: Vec<u8>) {
        prop_assert!(signer_of(&text).is_err());
        prop_assert!(signer_of(&encode(&bytes)).is_err());
        let _ = PublicKey::parse(&text);
        let _ = AllowedSigners::parse(&text);
        let _ = SigningKey::from_openssh_file(&text);
    }
}
