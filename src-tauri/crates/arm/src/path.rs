//! Which paths may be sent at all: checked before a token is attached.
//!
//! Deliberately absent: repairing. A path that is not exactly what Azure Resource Manager expects is
//! refused, because a repaired one is no longer the one that was approved.

use percent_encoding::percent_decode_str;

/// Longest path that is sent; Azure's own ids stay below 2 KB.
const LONGEST: usize = 4096;
const ROOTS: [&str; 3] = ["/subscriptions", "/providers", "/tenants"];

/// Why a path is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathRefused {
    /// Does not start with `/subscriptions`, `/providers` or `/tenants`.
    #[error("the path does not start with /subscriptions, /providers or /tenants")]
    Root,
    /// An empty segment (`//`).
    #[error("the path has an empty segment")]
    EmptySegment,
    /// `.` or `..`, plain or encoded.
    #[error("the path climbs with dot segments")]
    DotSegment,
    /// A slash or backslash hidden in a percent-encoding.
    #[error("a segment of the path hides a slash")]
    EncodedSlash,
    /// A character that a path may not hold unencoded (control, space, `?`, `#`, `\`, non-ASCII).
    #[error("the path holds a character that must not stand in it")]
    Character,
    /// A `%` that is not followed by two hexadecimal digits, or that encodes a control character.
    #[error("the path holds a malformed percent-encoding")]
    Encoding,
    /// Longer than 4096 characters.
    #[error("the path is too long")]
    TooLong,
}

/// Accepts a percent-encoded ARM path, without query.
///
/// # Errors
/// [`PathRefused`] says which rule it breaks.
///
/// A single trailing slash is fine: the listings of the secondary region need it (contract b.5).
pub fn check_path(path: &str) -> Result<(), PathRefused> {
    if path.len() > LONGEST {
        return Err(PathRefused::TooLong);
    }
    if !path.bytes().all(is_path_byte) {
        return Err(PathRefused::Character);
    }
    let rooted = ROOTS.iter().any(|root| {
        path.get(..root.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(root))
            && matches!(path.as_bytes().get(root.len()), None | Some(b'/'))
    });
    if !rooted {
        return Err(PathRefused::Root);
    }
    let inner = path.strip_prefix('/').unwrap_or(path);
    inner
        .strip_suffix('/')
        .unwrap_or(inner)
        .split('/')
        .try_for_each(check_segment)
}

/// Refuses dot segments and control characters in the path of a link that Azure sent.
///
/// # Errors
/// As [`check_path`], but any root and empty segments are accepted: Azure writes its own links.
pub(crate) fn check_link_path(path: &str) -> Result<(), PathRefused> {
    path.split('/')
        .filter(|segment| !segment.is_empty())
        .try_for_each(check_segment)
}

fn check_segment(segment: &str) -> Result<(), PathRefused> {
    if segment.is_empty() {
        return Err(PathRefused::EmptySegment);
    }
    let mut text = segment.to_owned();
    // Something encoded twice is decoded by some server on the way: look through three layers.
    for _ in 0..3 {
        if text == "." || text == ".." {
            return Err(PathRefused::DotSegment);
        }
        if !text.contains('%') {
            return Ok(());
        }
        if !escapes_are_whole(&text) {
            // Only the first layer is an encoding for certain; deeper a stray `%` is a plain character.
            return if text == segment {
                Err(PathRefused::Encoding)
            } else {
                Ok(())
            };
        }
        let decoded = percent_decode_str(&text).decode_utf8_lossy().into_owned();
        if decoded.contains(['/', '\\']) {
            return Err(PathRefused::EncodedSlash);
        }
        if decoded.chars().any(char::is_control) {
            return Err(PathRefused::Encoding);
        }
        text = decoded;
    }
    Err(PathRefused::Encoding)
}

fn escapes_are_whole(text: &str) -> bool {
    text.split('%').skip(1).all(|after| {
        let bytes = after.as_bytes();
        bytes.len() >= 2 && bytes[..2].iter().all(u8::is_ascii_hexdigit)
    })
}

/// RFC 3986 `pchar` and `/`.
fn is_path_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@%/".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::{PathRefused, check_path};

    #[test]
    fn accepts_the_paths_of_the_contract() {
        for path in [
            "/subscriptions",
            "/Subscriptions/0/resourceGroups/rg",
            "/providers/Microsoft.ResourceGraph/resources",
            "/tenants",
            "/subscriptions/0/providers/Microsoft.RecoveryServices/locations/westus/backupCrrOperationsStatus/bQ%3D%3D",
            "/subscriptions/0/resourceGroups/rg/providers/Microsoft.RecoveryServices/vaults/v/backupProtectedItems/",
            "/subscriptions/0/x/IaasVMContainer;iaasvmcontainerv2;rg;vm/y/VM%3Bvm",
            "/subscriptions/0/x/100%25",
        ] {
            assert_eq!(check_path(path), Ok(()), "{path}");
        }
    }

    #[test]
    fn refuses_hostile_paths() {
        for (path, why) in [
            ("", PathRefused::Root),
            ("subscriptions/0", PathRefused::Root),
            ("/subscriptionsevil/0", PathRefused::Root),
            ("/metadata/endpoints", PathRefused::Root),
            ("//evil.example/subscriptions", PathRefused::Root),
            ("/subscriptions//0", PathRefused::EmptySegment),
            ("/subscriptions/0//", PathRefused::EmptySegment),
            ("/subscriptions/../providers", PathRefused::DotSegment),
            ("/subscriptions/./0", PathRefused::DotSegment),
            ("/subscriptions/%2e%2E/0", PathRefused::DotSegment),
            ("/subscriptions/.%2e/0", PathRefused::DotSegment),
            ("/subscriptions/%252e%252e/0", PathRefused::DotSegment),
            ("/subscriptions/a%2fb", PathRefused::EncodedSlash),
            ("/subscriptions/a%255Cb", PathRefused::EncodedSlash),
            ("/subscriptions/a%5cb", PathRefused::EncodedSlash),
            ("/subscriptions/a%00b", PathRefused::Encoding),
            ("/subscriptions/a%0d%0ab", PathRefused::Encoding),
            ("/subscriptions/a%zz", PathRefused::Encoding),
            ("/subscriptions/a?x=1", PathRefused::Character),
            ("/subscriptions/a#x", PathRefused::Character),
            ("/subscriptions/a\\b", PathRefused::Character),
            ("/subscriptions/a b", PathRefused::Character),
            ("/subscriptions/a\nb", PathRefused::Character),
            ("/subscriptions/ä", PathRefused::Character),
        ] {
            assert_eq!(check_path(path), Err(why), "{path:?}");
        }
        assert_eq!(
            check_path(&format!("/subscriptions/{}", "a".repeat(5000))),
            Err(PathRefused::TooLong)
        );
    }
}
