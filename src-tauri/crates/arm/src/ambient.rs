//! What the client needs of the world besides HTTP: time, waiting, chance and request ids.
//!
//! Deliberately absent: any default waiting hidden in the client. A rehearsal gives its virtual
//! clock, a test a waiter that returns at once.

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// Time, waiting, chance and request ids, given by the composing program.
#[derive(Clone)]
pub struct Ambient {
    now: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    wait: Arc<dyn Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync>,
    jitter: Arc<dyn Fn() -> f64 + Send + Sync>,
    request_id: Arc<dyn Fn() -> Uuid + Send + Sync>,
}

impl Ambient {
    /// The real clock, real waiting and the operating system's randomness.
    pub fn real() -> Self {
        Self::new(Utc::now, |wait| Box::pin(tokio::time::sleep(wait)))
    }

    /// A given clock and waiter, with the operating system's randomness.
    pub fn new(
        now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static,
        wait: impl Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync + 'static,
    ) -> Self {
        Self {
            now: Arc::new(now),
            wait: Arc::new(wait),
            jitter: Arc::new(|| f64::from(Uuid::new_v4().as_fields().0) / f64::from(u32::MAX)),
            request_id: Arc::new(Uuid::new_v4),
        }
    }

    /// Replaces chance: `jitter` returns numbers from 0 to 1 that spread waits.
    #[must_use]
    pub fn with_jitter(mut self, jitter: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        self.jitter = Arc::new(jitter);
        self
    }

    /// Replaces the source of `x-ms-client-request-id`, so that a seeded rehearsal repeats itself.
    #[must_use]
    pub fn with_request_ids(mut self, next: impl Fn() -> Uuid + Send + Sync + 'static) -> Self {
        self.request_id = Arc::new(next);
        self
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        (self.now)()
    }

    pub(crate) async fn wait(&self, duration: Duration) {
        (self.wait)(duration).await;
    }

    pub(crate) fn jitter(&self) -> f64 {
        (self.jitter)().clamp(0.0, 1.0)
    }

    pub(crate) fn request_id(&self) -> Uuid {
        (self.request_id)()
    }
}

impl fmt::Debug for Ambient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ambient")
    }
}
