//! The drillbook command; no Tauri, no WebKit.
fn main() {}
