//! Taking screenshots, nothing else.
