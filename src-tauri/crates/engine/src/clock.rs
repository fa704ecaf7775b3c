//! The one clock of engine and simulator.
//!
//! Live time is the computer's. In a rehearsal, virtual time = start + real elapsed + waits taken:
//! a wait of `d` takes `d / speed` of real time and advances `d`, so speed shortens waits and never
//! validity (architecture.md §8). Deliberately absent: time zones; everything is UTC.

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A clock that can be read and waited on.
#[derive(Debug, Clone)]
pub struct Clock(Arc<Inner>);

#[derive(Debug)]
enum Inner {
    Real,
    Rehearsal(Rehearsal),
}

struct Rehearsal {
    start: DateTime<Utc>,
    since: Instant,
    speed: f64,
    taken: Mutex<TimeDelta>,
    follower: Option<Follower>,
}

/// Lets as much time pass elsewhere.
type Follower = Box<dyn Fn(TimeDelta) -> BoxFuture<'static, ()> + Send + Sync>;

impl fmt::Debug for Rehearsal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rehearsal")
            .field("start", &self.start)
            .field("speed", &self.speed)
            .finish_non_exhaustive()
    }
}

impl Clock {
    /// Returns the computer's clock.
    pub fn real() -> Clock {
        Clock(Arc::new(Inner::Real))
    }

    /// Returns a rehearsal's clock that begins at `start`; waits are `speed` times shorter.
    pub fn rehearsal(start: DateTime<Utc>, speed: f64) -> Clock {
        Clock::started(start, speed, None)
    }

    /// Returns a rehearsal's clock that somebody follows: a simulator in another process, whose time passes with each
    /// wait.
    pub fn followed(
        start: DateTime<Utc>,
        speed: f64,
        follower: impl Fn(TimeDelta) -> BoxFuture<'static, ()> + Send + Sync + 'static,
    ) -> Clock {
        Clock::started(start, speed, Some(Box::new(follower)))
    }

    fn started(start: DateTime<Utc>, speed: f64, follower: Option<Follower>) -> Clock {
        Clock(Arc::new(Inner::Rehearsal(Rehearsal {
            start,
            since: Instant::now(),
            speed: speed.clamp(1.0, 1_000_000.0),
            taken: Mutex::new(TimeDelta::zero()),
            follower,
        })))
    }

    /// Returns the time now.
    pub fn now(&self) -> DateTime<Utc> {
        match &*self.0 {
            Inner::Real => Utc::now(),
            Inner::Rehearsal(clock) => clock.at(*clock.waits()),
        }
    }

    /// Waits for `duration` of this clock's time.
    pub async fn wait(&self, duration: Duration) {
        match &*self.0 {
            Inner::Real => tokio::time::sleep(duration).await,
            Inner::Rehearsal(clock) => {
                let target = self.now() + TimeDelta::from_std(duration).unwrap_or_default();
                tokio::time::sleep(duration.div_f64(clock.speed)).await;
                let taken = clock.take(target);
                if let Some(follower) = clock.follower.as_ref().filter(|_| !taken.is_zero()) {
                    follower(taken).await;
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

impl Rehearsal {
    fn waits(&self) -> MutexGuard<'_, TimeDelta> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn at(&self, taken: TimeDelta) -> DateTime<Utc> {
        let elapsed = TimeDelta::from_std(self.since.elapsed()).unwrap_or_default();
        self.start + elapsed + taken
    }

    /// Waits side by side pass together: only what is missing is taken, and returned.
    fn take(&self, target: DateTime<Utc>) -> TimeDelta {
        let mut taken = self.waits();
        let missing = (target - self.at(*taken)).max(TimeDelta::zero());
        *taken += missing;
        missing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_follower_is_told_of_each_wait_once() {
        let told = Arc::new(Mutex::new(TimeDelta::zero()));
        let telling = Arc::clone(&told);
        let clock = Clock::followed(Utc::now(), 1_000_000.0, move |by| {
            *telling.lock().unwrap() += by;
            Box::pin(std::future::ready(()))
        });
        let wait = Duration::from_secs(3600);
        tokio::join!(clock.wait(wait), clock.wait(wait));
        let told = *told.lock().unwrap();
        assert!(told <= TimeDelta::hours(1), "{told}");
        assert!(told > TimeDelta::minutes(59), "{told}");
    }

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
