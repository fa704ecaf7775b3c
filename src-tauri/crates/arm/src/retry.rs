//! When a read is asked again, and after how long (contract 0.3).
//!
//! Deliberately absent: changing requests; nothing here is ever consulted for one.

use crate::azure_error::AzureError;
use chrono::{DateTime, NaiveDateTime, Utc};
use std::time::Duration;

/// Longest wait that a server may ask for: an hour, the longest interval of contract 0.3.
const LONGEST: Duration = Duration::from_secs(3600);

/// Reads `Retry-After`: seconds, or an HTTP date compared with `now`.
pub fn retry_after(header: &str, now: DateTime<Utc>) -> Option<Duration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse::<u64>() {
        return Some(Duration::from_secs(seconds).min(LONGEST));
    }
    if let Ok(seconds) = header.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds)
            .ok()
            .map(|d| d.min(LONGEST));
    }
    let at = http_date(header)?;
    Some((at - now).to_std().unwrap_or_default().min(LONGEST))
}

/// Reads an HTTP date in its preferred form, `Sun, 06 Nov 1994 08:49:37 GMT`.
pub(crate) fn http_date(text: &str) -> Option<DateTime<Utc>> {
    let (_, date) = text.split_once(", ")?;
    NaiveDateTime::parse_from_str(date, "%d %b %Y %H:%M:%S GMT")
        .ok()
        .map(|at| at.and_utc())
}

/// Whether an answer says that asking again may help.
pub(crate) fn worth_asking_again(status: u16, error: &AzureError) -> bool {
    // These limits last for hours: waiting is the operator's decision, not a loop's.
    if error.code.starts_with("CloudDos") || error.retryable == Some(false) {
        return false;
    }
    matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
}

/// How long to wait before attempt `attempt + 1` (the first attempt is 1): what the server asks for,
/// else 5 s doubling up to 60 s, less up to a quarter by `jitter` (0 to 1).
pub(crate) fn pause(
    attempt: u32,
    header: Option<&str>,
    message: &str,
    now: DateTime<Utc>,
    jitter: f64,
) -> Duration {
    if let Some(asked) = header
        .and_then(|h| retry_after(h, now))
        .or_else(|| seconds_in(message))
    {
        return asked;
    }
    let exponent = attempt.saturating_sub(1).min(10);
    let seconds = (5_u64 << exponent).min(60);
    Duration::from_secs(seconds).mul_f64(1.0 - 0.25 * jitter.clamp(0.0, 1.0))
}

/// Finds `'324' seconds` in a message.
fn seconds_in(message: &str) -> Option<Duration> {
    let end = message.find("' seconds")?;
    let start = message[..end].rfind('\'')? + 1;
    message[start..end]
        .parse()
        .ok()
        .map(|s| Duration::from_secs(s).min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::{pause, retry_after, worth_asking_again};
    use crate::azure_error::{AzureError, Shape};
    use chrono::{DateTime, Utc};
    use std::time::Duration;

    fn now() -> DateTime<Utc> {
        "2026-11-21T09:00:00Z".parse().unwrap()
    }

    #[test]
    fn reads_seconds_and_http_dates() {
        let check = |text, seconds: Option<u64>| {
            assert_eq!(
                retry_after(text, now()),
                seconds.map(Duration::from_secs),
                "{text}"
            );
        };
        check("60", Some(60));
        check(" 7 ", Some(7));
        check("Sat, 21 Nov 2026 09:01:30 GMT", Some(90));
        check("Sat, 21 Nov 2026 08:00:00 GMT", Some(0));
        check("999999", Some(3600));
        check("soon", None);
        check("-5", None);
    }

    #[test]
    fn obeys_the_header_then_the_message_then_backs_off() {
        let seconds = |attempt, header, message, jitter| {
            pause(attempt, header, message, now(), jitter).as_secs_f64()
        };
        let message =
            "… of '150' for time interval '01:00:00'. Please try again after '324' seconds.";
        assert_eq!(seconds(1, Some("9"), message, 0.0), 9.0);
        assert_eq!(seconds(1, None, message, 0.0), 324.0);
        assert_eq!(seconds(1, None, "", 0.0), 5.0);
        assert_eq!(seconds(3, None, "", 0.0), 20.0);
        assert_eq!(seconds(9, None, "", 0.0), 60.0);
        assert_eq!(seconds(9, None, "", 1.0), 45.0);
        assert_eq!(seconds(u32::MAX, None, "", 0.0), 60.0);
    }

    #[test]
    fn limits_that_last_for_hours_are_not_looped_over() {
        let mut error = AzureError::blank(429, Shape::Enveloped);
        assert!(worth_asking_again(429, &error));
        assert!(!worth_asking_again(404, &error));
        error.code = "CloudDosTimeboudLimitReached".into();
        assert!(!worth_asking_again(429, &error));
    }
}
