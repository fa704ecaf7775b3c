//! Journal entries to a verifiable bundle and report, and back.
