//! The one clock of engine and simulator.
//!
//! Live time is the computer's. In a rehearsal, virtual time = start + real elapsed + waits taken:
//! a wait of `d` takes `d / speed` of real time and advances `d`, so speed shortens waits and never
//! validity (architecture.md §8). Deliberately absent: time zones; everything is UTC.

use chrono::{DateTime, TimeDelta, Utc};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A clock that can be read and waited on.
#[derive(Debug, Clone)]
pub struct Clock(Arc<Inner>);

#[derive(Debug)]
enum Inner {
    Real,
    Rehearsal(Rehearsal),
}

#[derive(Debug)]
struct Rehearsal {
    start: DateTime<Utc>,
    since: Instant,
    speed: f64,
    taken: Mutex<TimeDelta>,
}

impl Clock {
    /// Returns the computer's clock.
    pub fn real() -> Clock {
        Clock(Arc::new(Inner::Real))
    }

    /// Returns a rehearsal's clock that begins at `start`; waits are `speed` times shorter.
    pub fn rehearsal(start: DateTime<Utc>, speed: f64) -> Clock {
        Clock(Arc::new(Inner::Rehearsal(Rehearsal {
            start,
            since: Instant::now(),
            speed: speed.clamp(1.0, 1_000_000.0),
            taken: Mutex::new(TimeDelta::zero()),
        })))
    }

    /// Returns the time now.
    pub fn now(&self) -> DateTime<Utc> {
        match &*self.0 {
            Inner::Real => Utc::now(),
            Inner::Rehearsal(clock) => {
                let elapsed = TimeDelta::from_std(clock.since.elapsed()).unwrap_or_default();
                let taken = *clock.taken.lock().unwrap_or_else(PoisonError::into_inner);
                clock.start + elapsed + taken
            }
        }
    }

    /// Waits for `duration` of this clock's time.
    pub async fn wait(&self, duration: Duration) {
        match &*self.0 {
            Inner::Real => tokio::time::sleep(duration).await,
            Inner::Rehearsal(clock) => {
                let target = self.now() + TimeDelta::from_std(duration).unwrap_or_default();
                tokio::time::sleep(duration.div_f64(clock.speed)).await;
                // Waits side by side pass together: only what is missing is taken.
                let missing = target - self.now();
                if missing > TimeDelta::zero() {
                    *clock.taken.lock().unwrap_or_else(PoisonError::into_inner) += missing;
                }
            }
        }
    }

    /// Returns how many times shorter waits are; 1 for the real clock.
    pub fn speed(&self) -> f64 {
        match &*self.0 {
            Inner::Real => 1.0,
            Inner::Rehearsal(clock) => clock.speed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_wait_advances_virtual_time_by_its_whole_length() {
        let start = Utc::now();
        let clock = Clock::rehearsal(start, 1_000_000.0);
        clock.wait(Duration::from_secs(3600)).await;
        let passed = clock.now() - start;
        assert!(passed >= TimeDelta::hours(1), "{passed}");
        assert!(passed < TimeDelta::hours(2), "{passed}");
    }
}
