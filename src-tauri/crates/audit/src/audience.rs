//! For whom a bundle is made: the one list of what each audience does not get.
//!
//! Deliberately absent: what people signed. A signed document is shown whole or not at all, so what
//! stands in one is not withheld elsewhere either.

use drillbook_trust::picture::Area;
use std::collections::BTreeMap;

/// Whoever the bundle is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Audience {
    /// People of the company: everything but what no audience ever gets.
    Internal,
    /// An auditor: also without where pictures came from, which is a window's title.
    Auditor,
    /// Anybody: no sealed value, but for what stands in a signed document, and no picture.
    Public,
}

/// What no audience gets: signed addresses and the masters of pictures (trust.md §2, §6).
const NEVER: [(&str, &str); 2] = [
    ("action.accepted", "poll_url"),
    ("evidence.attached", "master"),
];

/// What an auditor does not get beyond that.
const NOT_FOR_AUDITORS: [(&str, &str); 1] = [("evidence.attached", "origin")];

/// The only sealed fields that anybody may see: they stand in the runbook or in what people signed.
const FOR_ANYBODY: [(&str, &str); 7] = [
    ("decision.recorded", "conditions"),
    ("decision.recorded", "reason"),
    ("decision.revoked", "reason"),
    ("drill.opened", "cloud"),
    ("drill.opened", "title"),
    ("glass.broken", "reason"),
    ("glass.reviewed", "reason"),
];

/// The digest of a picture's file, which is withheld with any part of the picture (trust.md §6).
pub(crate) const PICTURE: (&str, &str) = ("evidence.attached", "evidence");

impl Audience {
    /// Every audience, the closest first.
    pub const ALL: [Audience; 3] = [Self::Internal, Self::Auditor, Self::Public];

    /// Returns the word in the readme and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::Auditor => "auditor",
            Self::Public => "public",
        }
    }

    /// Returns the audience of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// Whether this audience does not get a sealed field.
    #[must_use]
    pub fn withholds(self, kind: &str, field: &str) -> bool {
        let field = (kind, field);
        match self {
            Self::Internal => NEVER.contains(&field),
            Self::Auditor => NEVER.contains(&field) || NOT_FOR_AUDITORS.contains(&field),
            Self::Public => !FOR_ANYBODY.contains(&field),
        }
    }

    /// Whether a bundle for this audience may lack a sealed field and still hold.
    pub(crate) fn may_lack(self, kind: &str, field: &str) -> bool {
        let known = [&NEVER[..], &NOT_FOR_AUDITORS[..], &[PICTURE]].concat();
        self == Self::Public || known.contains(&(kind, field))
    }

    /// Returns what the readme says about it.
    pub(crate) fn note(self) -> &'static str {
        match self {
            Self::Internal => {
                "Withheld in this bundle: signed addresses, the masters of pictures, and parts of pictures\n\
                 that were blackened."
            }
            Self::Auditor => {
                "Withheld in this bundle: signed addresses, the masters of pictures, where pictures came from,\n\
                 and parts of pictures that were blackened."
            }
            Self::Public => {
                "Withheld in this bundle: every sealed value and every picture. It proves that the journal was\n\
                 not changed, who asked, who approved and when, that nothing was sent without an approval, and\n\
                 how the drill ended. It cannot show that each request is, word for word, the approved one, what\n\
                 Azure answered, or how the recovery times follow; an audience with more values can check that.\n\
                 What people signed is shown whole: policy, requests, decisions and what followed them with their\n\
                 reasons, runbook."
            }
        }
    }
}

impl std::fmt::Display for Audience {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// What an export leaves out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redaction {
    /// For whom it is made.
    pub audience: Audience,
    /// What is blackened, by the entry that attached the picture. Nobody but the public gets pictures
    /// blackened whole without a word here.
    pub areas: BTreeMap<u64, Vec<Area>>,
}

impl From<Audience> for Redaction {
    fn from(audience: Audience) -> Self {
        let areas = BTreeMap::new();
        Self { audience, areas }
    }
}

#[cfg(test)]
mod tests {
    use super::{Audience, FOR_ANYBODY, NEVER, NOT_FOR_AUDITORS, PICTURE};
    use drillbook_core::CATALOGUE;

    #[test]
    fn the_list_names_sealed_fields_that_exist() {
        let all = [&NEVER[..], &NOT_FOR_AUDITORS, &FOR_ANYBODY, &[PICTURE]].concat();
        for (kind, field) in all {
            let known = CATALOGUE.iter().find(|one| one.kind == kind).unwrap();
            assert!(known.sealed.contains(&field), "{kind} {field}");
        }
    }

    #[test]
    fn a_closer_audience_gets_whatever_a_wider_one_gets() {
        for kind in CATALOGUE {
            for field in kind.sealed {
                let withheld = Audience::ALL.map(|one| one.withholds(kind.kind, field));
                assert!(withheld.is_sorted(), "{} {field}", kind.kind);
                for (audience, withheld) in Audience::ALL.into_iter().zip(withheld) {
                    assert!(!withheld || audience.may_lack(kind.kind, field));
                }
            }
        }
    }
}
