//! Clocks for the simulator; it never reads the time by itself.

use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};

/// Tells the simulator what time it is. Must never go back.
pub type NowFn = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// Returns a clock that starts at the real time and runs `speed` times as fast.
pub fn scaled_clock(speed: u32) -> NowFn {
    scaled_clock_from(Utc::now(), speed)
}

/// Returns a clock that starts at `start` and runs `speed` times as fast as the real one.
pub fn scaled_clock_from(start: DateTime<Utc>, speed: u32) -> NowFn {
    let began = Instant::now();
    Arc::new(move || {
        let micros = began
            .elapsed()
            .as_micros()
            .saturating_mul(u128::from(speed.max(1)));
        start + TimeDelta::microseconds(i64::try_from(micros).unwrap_or(i64::MAX / 4))
    })
}
