//! The cast of the tests.
