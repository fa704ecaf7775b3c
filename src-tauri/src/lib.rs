//! The desktop application: composition and the boundary to the window.

pub mod ipc;
