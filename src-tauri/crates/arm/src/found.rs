//! Resources that an action turns up within a group: declared at the gate, bound at dispatch.
//!
//! Nobody knows the names of restored disks when the restore is approved. What seals them is approved
//! as "each one within this group", with [`FOUND`] in the place of provider, type and name. Deliberately
//! absent: any other placeholder, and binding to anything but one resource directly in that group.

use crate::error::ArmError;
use crate::path::check_path;
use percent_encoding::percent_decode_str;

/// Stands in an approved path for provider, type and name of each resource found within a group.
pub const FOUND: &str = "/providers/Drillbook.Found/each";

/// Puts the resource `found` in the place of the placeholder of `declared`, both percent-encoded.
///
/// # Errors
/// [`ArmError::FoundOutside`] unless `found` is one resource directly within the declared group, or
/// when the declared path has no placeholder.
pub(crate) fn bind(request: &str, declared: &str, found: &str) -> Result<String, ArmError> {
    let outside = || ArmError::FoundOutside {
        request: request.to_owned(),
    };
    let (group, rest) = declared.split_once(FOUND).ok_or_else(outside)?;
    check_path(found)?;
    let (wanted, given) = (segments(group), segments(found));
    let within = given.len() == wanted.len() + 4
        && wanted
            .iter()
            .zip(&given)
            .all(|(a, b)| a.eq_ignore_ascii_case(b))
        && given[wanted.len()].eq_ignore_ascii_case("providers")
        && is_group(&wanted);
    if within && !found.ends_with('/') {
        Ok(format!("{found}{rest}"))
    } else {
        Err(outside())
    }
}

/// Refuses to send a placeholder as if it were a path.
pub(crate) fn refuse_unbound(request: &str, path: &str) -> Result<(), ArmError> {
    if path.contains("/Drillbook.") {
        return Err(ArmError::FoundOutside {
            request: request.to_owned(),
        });
    }
    Ok(())
}

/// `subscriptions/{sub}/resourceGroups/{name}`.
fn is_group(segments: &[String]) -> bool {
    matches!(segments, [a, _, b, _]
        if a.eq_ignore_ascii_case("subscriptions") && b.eq_ignore_ascii_case("resourceGroups"))
}

/// Decoded segments; the checks of paths have made sure that none hides a slash.
fn segments(path: &str) -> Vec<String> {
    let decoded = |segment: &str| percent_decode_str(segment).decode_utf8_lossy().into_owned();
    path.split('/')
        .filter(|segment| !segment.is_empty())
        .map(decoded)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{FOUND, bind, refuse_unbound};

    const GROUP: &str = "/subscriptions/0/resourceGroups/drill%20(1)";

    #[test]
    fn binds_one_resource_directly_within_the_group() {
        let declared = format!("{GROUP}{FOUND}");
        let disk =
            "/subscriptions/0/resourcegroups/DRILL%20%281%29/providers/Microsoft.Compute/disks/d-1";
        assert_eq!(bind("seal", &declared, disk).unwrap(), disk);
        let deeper = format!("{declared}/endGetAccess");
        assert_eq!(
            bind("seal", &deeper, disk).unwrap(),
            format!("{disk}/endGetAccess")
        );
    }

    #[test]
    fn refuses_everything_else() {
        let declared = format!("{GROUP}{FOUND}");
        for found in [
            "/subscriptions/0/resourceGroups/other/providers/Microsoft.Compute/disks/d".to_owned(),
            "/subscriptions/1/resourceGroups/drill%20(1)/providers/Microsoft.Compute/disks/d"
                .to_owned(),
            GROUP.to_owned(),
            format!("{GROUP}/providers/Microsoft.Compute/disks"),
            format!("{GROUP}/providers/Microsoft.Compute/disks/"),
            format!("{GROUP}/providers/Microsoft.Compute/disks/d/beginGetAccess"),
            format!("{GROUP}/providers/Microsoft.Compute/disks/../x"),
            format!("{GROUP}x/providers/Microsoft.Compute/disks/d"),
            String::new(),
        ] {
            assert!(bind("seal", &declared, &found).is_err(), "{found}");
        }
        let disk = format!("{GROUP}/providers/Microsoft.Compute/disks/d");
        assert!(bind("seal", &disk, &disk).is_err(), "nothing to bind");
        let subscription = format!("/subscriptions/0{FOUND}");
        assert!(bind("seal", &subscription, "/subscriptions/0/providers/a/b/c").is_err());
        assert!(refuse_unbound("seal", &declared).is_err());
        assert!(refuse_unbound("seal", &disk).is_ok());
    }
}
