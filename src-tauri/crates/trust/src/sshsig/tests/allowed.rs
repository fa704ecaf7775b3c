//! Allowed-signers files as ssh-keygen reads them.

use super::{MESSAGE, NAMESPACE, allowed, key, now, stock_verifies};
use crate::sshsig::{AllowedSigners, SignatureError};
use crate::time;

#[test]
fn allowed_signers_mean_what_ssh_keygen_reads() {
    let line = key().public().to_bare_line();
    let armored = key().sign(NAMESPACE, MESSAGE).unwrap();
    for (signers, expected) in [
        (format!("rita@example.com {line}"), true),
        (
            format!("# people\n\nrita@example.com {line} Rita's key"),
            true,
        ),
        (format!("\"rita@example.com\" {line}"), true),
        (format!("sam@example.com,rita@example.com {line}"), true),
        (format!("*@example.com {line}"), true),
        (format!("rit?@*.com {line}"), true),
        (format!("*@example.com,!rita@example.com {line}"), false),
        (format!("sam@example.com {line}"), false),
        (
            format!("rita@example.com namespaces=\"{NAMESPACE}\" {line}"),
            true,
        ),
        (
            format!("rita@example.com namespaces=\"file,drill-*\" {line}"),
            true,
        ),
        (
            format!("rita@example.com namespaces=\"drill-policy@drillbook\" {line}"),
            false,
        ),
        (
            format!("rita@example.com valid-after=\"20261121Z\" {line}"),
            true,
        ),
        (
            format!("rita@example.com valid-after=\"20261122Z\" {line}"),
            false,
        ),
        (
            format!("rita@example.com valid-before=\"202611210931Z\" {line}"),
            false,
        ),
        (
            format!("rita@example.com valid-before=\"202611210932Z\" {line}"),
            true,
        ),
        (
            format!(
                "rita@example.com namespaces=\"{NAMESPACE}\",valid-after=\"20261121093104Z\",\
                 valid-before=\"20261121093105Z\" {line}"
            ),
            true,
        ),
        (
            format!("rita@example.com valid-after=\"20261122Z\" {line}\nrita@example.com {line}"),
            true,
        ),
        (String::new(), false),
    ] {
        let stock = stock_verifies(&signers, MESSAGE, &armored, "20261121093104Z", "Asia/Tokyo");
        assert_eq!(stock, expected, "ssh-keygen: {signers}");
        let parsed = AllowedSigners::parse(&signers).unwrap();
        let ours = parsed
            .verify(
                Some("rita@example.com"),
                NAMESPACE,
                MESSAGE,
                &armored,
                now(),
            )
            .is_ok();
        assert_eq!(ours, expected, "ours: {signers}");
        assert_eq!(AllowedSigners::parse(&parsed.render()).unwrap(), parsed);
    }
}

#[test]
fn a_file_that_cannot_be_read_is_unusable() {
    let line = key().public().to_bare_line();
    for (text, error) in [
        ("rita".to_owned(), SignatureError::SignersLine(1)),
        (format!("\n{line}"), SignatureError::SignersLine(2)),
        (
            format!("rita cert-authority {line}"),
            SignatureError::SignersLine(1),
        ),
        (
            format!("rita valid-after=\"20261121\" {line}"),
            SignatureError::LocalTime(1),
        ),
        (
            format!("rita valid-after=\"2026-11-21Z\" {line}"),
            SignatureError::SignersLine(1),
        ),
        (
            format!("rita valid-after=20261121Z {line}"),
            SignatureError::SignersLine(1),
        ),
        (format!("rita,, {line}"), SignatureError::SignersLine(1)),
        (
            "rita ssh-ed25519 AAAA".to_owned(),
            SignatureError::SignersLine(1),
        ),
    ] {
        assert_eq!(AllowedSigners::parse(&text), Err(error), "{text}");
    }
    let nobody = AllowedSigners::default();
    let armored = key().sign(NAMESPACE, MESSAGE).unwrap();
    let refusal = nobody
        .verify(None, NAMESPACE, MESSAGE, &armored, now())
        .unwrap_err();
    assert_eq!(
        refusal,
        SignatureError::NotAllowed(key().public().fingerprint())
    );
    let mut early = AllowedSigners {
        signers: vec![allowed(key().public())],
    };
    early.signers[0].valid_after = time::parse("2026-11-22T00:00:00.000Z");
    let refusal = early
        .verify(None, NAMESPACE, MESSAGE, &armored, now())
        .unwrap_err();
    assert_eq!(
        refusal,
        SignatureError::NotValidThen(key().public().fingerprint())
    );
}
