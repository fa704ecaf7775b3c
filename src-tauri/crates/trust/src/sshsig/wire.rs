//! The wire form of keys and signatures, walked strictly.
//!
//! `ssh-key` reads a wrong length prefix around a nested value as if it were right, so that one
//! signature would have many spellings. Here every length must be exact and nothing may be left.

use super::SignatureError;
use base64::{Engine as _, engine::general_purpose::STANDARD};

const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----\n";
const END: &str = "-----END SSH SIGNATURE-----";
const WIDTH: usize = 70;
const MAGIC: &[u8] = b"SSHSIG";

/// The bytes behind a FIDO signature: flags and counter.
const SK_TRAILER: usize = 5;

/// Checks the armor and every length of a signature; what it means is for `ssh-key` to say.
pub(super) fn check_signature(armored: &str) -> Result<(), SignatureError> {
    let blob = unarmor(armored).ok_or(SignatureError::Malformed)?;
    if armor(&blob) != armored.trim_end_matches('\n') {
        return Err(SignatureError::Malformed);
    }
    walk_signature(&blob).ok_or(SignatureError::Malformed)
}

/// Checks the type and every length of a public key's line.
pub(super) fn check_key_line(line: &str) -> Result<(), SignatureError> {
    let mut words = line.split_ascii_whitespace();
    let (kind, text) = (words.next(), words.next());
    let blob = text
        .and_then(|text| STANDARD.decode(text).ok())
        .ok_or(SignatureError::Key)?;
    let inside = string(&mut blob.as_slice()).and_then(|name| std::str::from_utf8(name).ok());
    if inside.is_none() || inside != kind {
        return Err(SignatureError::Key);
    }
    strings_only(&blob).ok_or(SignatureError::Key)
}

fn unarmor(armored: &str) -> Option<Vec<u8>> {
    let body = armored
        .trim_end_matches('\n')
        .strip_prefix(BEGIN)?
        .strip_suffix(END)?;
    STANDARD.decode(body.replace('\n', "")).ok()
}

/// Returns the one spelling that ssh-keygen writes, without its last line feed.
fn armor(blob: &[u8]) -> String {
    let body = STANDARD.encode(blob);
    let mut text = BEGIN.to_owned();
    for (index, letter) in body.chars().enumerate() {
        if index > 0 && index % WIDTH == 0 {
            text.push('\n');
        }
        text.push(letter);
    }
    text + "\n" + END
}

fn walk_signature(blob: &[u8]) -> Option<()> {
    let mut rest = blob.strip_prefix(MAGIC)?.get(4..)?;
    strings_only(string(&mut rest)?)?;
    let (_namespace, _reserved, _hash) =
        (string(&mut rest)?, string(&mut rest)?, string(&mut rest)?);
    let mut signature = string(&mut rest)?;
    let algorithm = string(&mut signature)?;
    let value = string(&mut signature)?;
    let trailer = if algorithm.starts_with(b"sk-") {
        SK_TRAILER
    } else {
        0
    };
    if algorithm.windows(5).any(|part| part == b"ecdsa") {
        strings_only(value)?;
    }
    (rest.is_empty() && signature.len() == trailer).then_some(())
}

/// Whether bytes are nothing but length-prefixed strings.
fn strings_only(mut rest: &[u8]) -> Option<()> {
    while !rest.is_empty() {
        string(&mut rest)?;
    }
    Some(())
}

/// Takes one length-prefixed string off the front.
fn string<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, tail) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (string, tail) = (tail.get(..length)?, tail.get(length..)?);
    *rest = tail;
    Some(string)
}
