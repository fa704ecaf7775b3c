//! Armor that survives mail and chat: any wrapping, quoting, line ends, marks and encodings of text.
//!
//! The bytes between the markers are base64, so nothing a mail program does to blanks, dashes, quotes
//! or line ends changes them. Deliberately absent: a checksum; what is inside is signed or digested.

use super::ExchangeError;
use base64::Engine as _;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use base64::engine::{DecodePaddingMode, GeneralPurposeConfig as Config};

/// The largest text that is looked at, in bytes.
pub const MAX_TEXT: usize = 8 * 1024 * 1024;

/// The most blocks of one kind that are read from one text.
const MAX_BLOCKS: usize = 64;

/// Letters in a line of a block; short enough that nothing wraps it.
const WIDTH: usize = 64;

/// Letters in a line of an SSH signature, as ssh-keygen writes it.
const SSH_WIDTH: usize = 70;

const SSH_LABEL: &str = "SSH SIGNATURE";

const LENIENT: GeneralPurpose = GeneralPurpose::new(&ALPHABET, lenient());

const fn lenient() -> Config {
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent)
}

/// Returns the block of a label, such as `DRILLBOOK REQUEST`. What follows the label in the first line
/// (`of`) is for people and their scripts: such a block is written, never read back.
#[must_use]
pub fn armor(label: &str, of: &str, bytes: &[u8]) -> String {
    format!(
        "-----BEGIN {label}{of}-----\n{}\n-----END {label}-----\n",
        wrapped(bytes, WIDTH)
    )
}

fn wrapped(bytes: &[u8], width: usize) -> String {
    let body = STANDARD.encode(bytes);
    let lines = body.as_bytes().chunks(width);
    let lines = lines.map(|line| String::from_utf8_lossy(line).into_owned());
    lines.collect::<Vec<_>>().join("\n")
}

/// Reads a text as people's programs save it: UTF-8 or UTF-16, with or without a mark, in any line ends.
///
/// # Errors
/// [`ExchangeError::TooLarge`].
pub fn text_of(bytes: &[u8]) -> Result<String, ExchangeError> {
    if bytes.len() > MAX_TEXT {
        return Err(ExchangeError::TooLarge);
    }
    let wide = |from: fn([u8; 2]) -> u16, rest: &[u8]| {
        let units: Vec<u16> = rest
            .chunks_exact(2)
            .map(|pair| from([pair[0], pair[1]]))
            .collect();
        String::from_utf16_lossy(&units)
    };
    Ok(match bytes {
        [0xff, 0xfe, rest @ ..] => wide(u16::from_le_bytes, rest),
        [0xfe, 0xff, rest @ ..] => wide(u16::from_be_bytes, rest),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    })
}

/// Returns what every block of that label holds, in order; equal ones once.
///
/// # Errors
/// [`ExchangeError::Damaged`] when a block is cut off or holds other letters.
pub fn blocks(label: &str, text: &str) -> Result<Vec<Vec<u8>>, ExchangeError> {
    let text = unquoted(text);
    let (begin, end) = (format!("BEGIN {label}"), format!("END {label}"));
    let mut rest = text.as_str();
    let mut found: Vec<Vec<u8>> = Vec::new();
    while let Some(at) = rest.find(&begin) {
        let damaged = || ExchangeError::Damaged {
            block: label.to_owned(),
        };
        let tail = &rest[at + begin.len()..];
        let body = tail.find(&end).ok_or_else(damaged)?;
        let bytes = decoded(&tail[..body]).ok_or_else(damaged)?;
        if !found.contains(&bytes) {
            found.push(bytes);
        }
        if found.len() > MAX_BLOCKS {
            return Err(damaged());
        }
        rest = &tail[body + end.len()..];
    }
    Ok(found)
}

/// Returns the SSH signatures of a text, each in the one spelling that ssh-keygen writes.
///
/// # Errors
/// As [`blocks`].
pub fn signatures(text: &str) -> Result<Vec<String>, ExchangeError> {
    let armored = |blob: Vec<u8>| {
        format!(
            "-----BEGIN {SSH_LABEL}-----\n{}\n-----END {SSH_LABEL}-----\n",
            wrapped(&blob, SSH_WIDTH)
        )
    };
    Ok(blocks(SSH_LABEL, text)?.into_iter().map(armored).collect())
}

/// Takes off what mail and chat add: quoting, wrapping, soft line breaks; every gap is one blank.
fn unquoted(text: &str) -> String {
    let text = text
        .replace("=\r\n", "")
        .replace("=\n", "")
        .replace("=3D", "");
    let gap = |c: char| c.is_whitespace() || c.is_control() || INVISIBLE.contains(&c) || c == '>';
    let words = text.split(gap).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// Marks and joiners that editors and chats leave behind.
const INVISIBLE: [char; 5] = ['\u{feff}', '\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}'];

/// Decodes what stands between two labels; the dashes belong to the markers.
fn decoded(body: &str) -> Option<Vec<u8>> {
    let dash = |c: char| matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}');
    let letters = body.chars().filter(|c| !dash(*c) && *c != ' ' && *c != '=');
    LENIENT.decode(letters.collect::<String>()).ok()
}

#[cfg(test)]
mod tests {
    use super::{armor, blocks, signatures, text_of};
    use proptest::prelude::*;

    const LABEL: &str = "DRILLBOOK REQUEST";

    fn survives(change: impl Fn(&str) -> String) {
        let bytes: Vec<u8> = (0..=255).collect();
        let text = format!("Hello,\n\n{}\nRegards", armor(LABEL, "", &bytes));
        let carried = change(&text);
        let read = text_of(carried.as_bytes()).unwrap();
        assert_eq!(blocks(LABEL, &read).unwrap(), [bytes], "{carried}");
    }

    #[test]
    fn a_block_survives_mail_and_chat() {
        survives(str::to_owned);
        survives(|text| text.replace('\n', "\r\n"));
        survives(|text| text.trim_end().to_owned());
        survives(|text| format!("\u{feff}{text}\n\n\n"));
        survives(|text| text.replace('\n', "\n> "));
        survives(|text| text.replace('\n', "\r\n> > "));
        survives(|text| text.replace('\n', " "));
        survives(|text| text.replace("-----", "\u{2014}\u{2014}-"));
        survives(|text| text.replace("==", "=3D=3D").replace("AAEC", "AA=\r\nEC"));
        survives(|text| text.replace("AAEC", "AA\u{200b}EC").replace(' ', "\u{a0}"));
        survives(|text| format!("{text}\n> {}", text.replace('\n', "\n> ")));
        survives(|text| text.replace("BEGIN DRILLBOOK", "BEGIN\nDRILLBOOK"));
    }

    #[test]
    fn a_text_saved_as_utf_16_is_read() {
        let text = armor(LABEL, "", b"bytes");
        for (mark, order) in [([0xff, 0xfe], false), ([0xfe, 0xff], true)] {
            let mut bytes = mark.to_vec();
            for unit in text.encode_utf16() {
                bytes.extend(if order {
                    unit.to_be_bytes()
                } else {
                    unit.to_le_bytes()
                });
            }
            let read = text_of(&bytes).unwrap();
            assert_eq!(blocks(LABEL, &read).unwrap(), [b"bytes"]);
        }
    }

    #[test]
    fn a_cut_or_changed_block_is_refused() {
        let text = armor(LABEL, "", &[7; 200]);
        assert!(blocks(LABEL, &text[..100]).is_err(), "cut off");
        assert!(blocks(LABEL, &text.replace("BwcH", "Bw!H")).is_err());
        assert_eq!(blocks("DRILLBOOK DECISION", &text).unwrap().len(), 0);
        assert!(text_of(&vec![b' '; super::MAX_TEXT + 1]).is_err());
        let many: String = (0u8..80).map(|n| armor(LABEL, "", &[n])).collect();
        assert!(blocks(LABEL, &many).is_err());
    }

    #[test]
    fn a_signature_gets_back_the_spelling_of_ssh_keygen() {
        let blob = [9; 120];
        let wild = armor("SSH SIGNATURE", "", &blob).replace('\n', "\r\n> ");
        let found = signatures(&wild).unwrap();
        assert_eq!(found.len(), 1);
        let lines: Vec<&str> = found[0].lines().collect();
        assert_eq!(lines[0], "-----BEGIN SSH SIGNATURE-----");
        assert_eq!(lines[1].len(), 70);
        assert!(found[0].ends_with("-----END SSH SIGNATURE-----\n"));
    }

    proptest! {
        #[test]
        fn any_bytes_come_back(bytes: Vec<u8>, other: Vec<u8>) {
            let text = armor(LABEL, "", &bytes) + &armor("DRILLBOOK OTHER", "", &other);
            prop_assert_eq!(blocks(LABEL, &text).unwrap(), [bytes]);
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,400}", cut in 0usize..200) {
            let armored = armor(LABEL, "", text.as_bytes());
            let at = armored.len().min(cut);
            let _ = blocks(LABEL, &format!("{text}{}", &armored[..at]));
            let _ = signatures(&text);
        }
    }
}
