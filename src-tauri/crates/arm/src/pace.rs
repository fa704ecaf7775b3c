//! How many reads are under way at once: as many as allowed, fewer when Azure says that few are left.
//!
//! Azure counts reads down in `x-ms-ratelimit-remaining-*` (contract 0.3). Near the end of that count the
//! reads go one after the other, so that the operator's other tools are not shut out with us. Deliberately
//! absent: waiting for a new count; Azure asks for that itself, by 429 and `Retry-After`.

use reqwest::header::HeaderMap;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::{Semaphore, SemaphorePermit};

/// How many reads must be left for each one that is under way.
const LEFT_FOR_EACH: u32 = 10;

/// Slots for reads, wide or narrow.
pub(crate) struct Pace {
    slots: Semaphore,
    size: u32,
    left: AtomicU32,
}

impl Pace {
    pub(crate) fn new(size: usize) -> Self {
        let size = u32::try_from(size).unwrap_or(u32::MAX).clamp(1, 1024);
        Self {
            slots: Semaphore::new(size as usize),
            size,
            left: AtomicU32::new(u32::MAX),
        }
    }

    /// Waits for a turn, which lasts until the returned value is dropped.
    pub(crate) async fn turn(&self) -> SemaphorePermit<'_> {
        let left = self.left.load(Ordering::Relaxed);
        let taken = self.slots.acquire_many(weight(self.size, left)).await;
        taken.expect("the semaphore is never closed")
    }

    /// Notes how many reads an answer says are left.
    pub(crate) fn note(&self, headers: &HeaderMap) {
        if let Some(left) = left(headers) {
            if left < self.size * LEFT_FOR_EACH {
                tracing::info!(left, "few reads are left");
            }
            self.left.store(left, Ordering::Relaxed);
        }
    }
}

/// How many slots one read takes.
fn weight(size: u32, left: u32) -> u32 {
    size.div_ceil((left / LEFT_FOR_EACH).clamp(1, size))
}

/// Returns the smallest count of reads that the headers name. Counts of changes are none of ours.
fn left(headers: &HeaderMap) -> Option<u32> {
    let counts = headers.iter().filter(|(name, _)| {
        let name = name.as_str().strip_prefix("x-ms-ratelimit-remaining-");
        name.is_some_and(|name| !name.ends_with("writes") && !name.ends_with("deletes"))
    });
    let numbers = |text: &str| -> Vec<u32> {
        // Compute writes several: `Microsoft.Compute/HighCostGet3Min;133,Microsoft.Compute/…;657`.
        let each = text
            .split(',')
            .map(|one| one.rsplit(';').next().unwrap_or(one));
        each.filter_map(|number| number.trim().parse().ok())
            .collect()
    };
    counts
        .filter_map(|(_, value)| value.to_str().ok())
        .flat_map(numbers)
        .min()
}

#[cfg(test)]
mod tests {
    use super::{left, weight};
    use crate::limits::Limits;
    use crate::read::tests::get;
    use crate::testing::{Reply, Server};
    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

    #[test]
    fn a_read_takes_more_slots_the_fewer_are_left() {
        let check = |left, expected| assert_eq!(weight(16, left), expected, "{left}");
        check(u32::MAX, 1);
        check(160, 1);
        check(80, 2);
        check(10, 16);
        check(0, 16);
    }

    #[test]
    fn the_smallest_count_of_reads_is_what_matters() {
        let headers = |all: &[(&'static str, &'static str)]| -> HeaderMap {
            let each = all.iter();
            each.map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect()
        };
        assert_eq!(left(&headers(&[("retry-after", "7")])), None);
        let many = headers(&[
            ("x-ms-ratelimit-remaining-subscription-reads", "11999"),
            ("x-ms-ratelimit-remaining-subscription-writes", "3"),
            (
                "x-ms-ratelimit-remaining-resource",
                "Microsoft.Compute/A;133,Microsoft.Compute/B;57",
            ),
        ]);
        assert_eq!(left(&many), Some(57));
    }

    #[tokio::test]
    async fn reads_go_one_by_one_once_azure_says_that_few_are_left() {
        let server = Server::start(|number, _| match number {
            0 => {
                let few = (
                    "x-ms-ratelimit-remaining-subscription-reads",
                    "4".to_owned(),
                );
                Reply::Whole(200, vec![few], "{}".into())
            }
            _ => Reply::Alone,
        })
        .await;
        let limits = Limits {
            side_by_side: 4,
            ..Limits::default()
        };
        let reader = server.reader_within(limits);
        reader.read(&get()).await.unwrap();
        let requests = vec![get(); 6];
        let mut answered = 0;
        reader
            .read_all(&requests, |_, result| {
                answered += usize::from(result.is_ok())
            })
            .await;
        assert_eq!((answered, server.most()), (6, 1));
    }

    #[tokio::test]
    async fn a_read_that_is_dropped_gives_its_turn_back() {
        let server = Server::start(|number, _| match number {
            0 => Reply::Silent,
            _ => Reply::Whole(200, Vec::new(), "{}".into()),
        })
        .await;
        let limits = Limits {
            side_by_side: 1,
            ..Limits::default()
        };
        let reader = server.reader_within(limits);
        let request = get();
        let mut first = Box::pin(reader.read(&request));
        // Polled until it is on the wire, then dropped: the next read must not wait for it.
        tokio::select! {
            _ = &mut first => panic!("nobody answered"),
            () = server.arrived(1) => {}
        }
        drop(first);
        reader.read(&get()).await.unwrap();
    }
}
