//! The executable keeps its SQLite and OpenSSL to itself: WebKit brings a SQLite of its own (trust.md §7).

use std::process::Command;

#[test]
fn the_executable_exports_no_symbol_of_sqlite() {
    let app = env!("CARGO_BIN_EXE_drillbook-desktop");
    let bytes = std::fs::read(app).unwrap();
    let inside = bytes.windows(15).any(|text| text == b"SQLite format 3");
    assert!(
        inside,
        "the executable holds no SQLite: this test would prove nothing"
    );
    let listed = Command::new("nm")
        .args(["--dynamic", "--defined-only", app])
        .output()
        .unwrap();
    assert!(
        listed.status.success(),
        "{}",
        String::from_utf8_lossy(&listed.stderr)
    );
    let symbols = String::from_utf8_lossy(&listed.stdout);
    let exported: Vec<&str> = symbols
        .lines()
        .filter(|line| line.contains("sqlite3") || line.contains(" EVP_") || line.contains(" SSL_"))
        .collect();
    assert!(exported.is_empty(), "exported: {exported:?}");
}
