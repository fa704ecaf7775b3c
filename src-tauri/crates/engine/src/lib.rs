//! Use cases: decide, append, perform.
