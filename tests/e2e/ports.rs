//! Ports that nothing else takes between being found and being used.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

/// Below the range from which systems give ports to outgoing connections and to whoever asks for any.
const FIRST: u16 = 20_000;

/// How many there are.
const COUNT: u16 = 10_000;

static NEXT: AtomicU16 = AtomicU16::new(0);

/// Returns a port that nobody listens on; never the same one twice.
pub fn free_port() -> u16 {
    // Processes that run at the same time begin at different places.
    let start = (std::process::id() % 100) as u16 * 100;
    for _ in 0..COUNT {
        let port = FIRST + start.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % COUNT;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no port between {FIRST} and {} is free", FIRST + COUNT);
}
