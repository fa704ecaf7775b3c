//! Versions and `az` lines of generic lists, reads and deletions, by resource type (contract a.3).
