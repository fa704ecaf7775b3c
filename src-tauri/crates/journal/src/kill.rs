//! A hook of debug builds that kills the process around a commit, for the kill test.
//!
//! `DRILLBOOK_KILL_AT=before-commit`, `after-commit`, or either with `:N` for the Nth append of
//! this process. Deliberately absent from release builds: see [`KILL_HOOK_PRESENT`].

/// Whether this build obeys `DRILLBOOK_KILL_AT`.
pub const KILL_HOOK_PRESENT: bool = cfg!(debug_assertions);

/// A side of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// The transaction is written but not committed.
    BeforeCommit,
    /// The commit is durable; nobody was told yet and the high-water mark is behind.
    AfterCommit,
}

#[cfg(not(debug_assertions))]
pub(crate) use absent::{count, die_if_told};
#[cfg(debug_assertions)]
pub(crate) use present::{count, die_if_told};

#[cfg(not(debug_assertions))]
mod absent {
    use super::Moment;

    /// Does nothing.
    pub(crate) fn count() -> u64 {
        0
    }

    /// Does nothing.
    pub(crate) fn die_if_told(_: Moment, _: u64) {}
}

#[cfg(debug_assertions)]
mod present {
    use super::Moment;
    use std::process::{Command, Stdio, id};
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    static APPENDS: AtomicU64 = AtomicU64::new(0);
    static ORDER: OnceLock<Option<Order>> = OnceLock::new();

    /// When to die: at this moment, of the given append or of every one.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(super) struct Order {
        moment: Moment,
        nth: Option<u64>,
    }

    pub(super) fn parse(text: &str) -> Option<Order> {
        let (moment, nth) = match text.split_once(':') {
            Some((moment, nth)) => (moment, Some(nth.parse().ok()?)),
            None => (text, None),
        };
        let moment = match moment {
            "before-commit" => Moment::BeforeCommit,
            "after-commit" => Moment::AfterCommit,
            _ => return None,
        };
        Some(Order { moment, nth })
    }

    pub(super) fn applies(order: Order, moment: Moment, append: u64) -> bool {
        order.moment == moment && order.nth.is_none_or(|nth| nth == append)
    }

    /// Counts an append of this process, from 1.
    pub(crate) fn count() -> u64 {
        APPENDS.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Kills this process with SIGKILL if the environment says so.
    pub(crate) fn die_if_told(moment: Moment, append: u64) {
        let order = ORDER.get_or_init(|| {
            std::env::var("DRILLBOOK_KILL_AT")
                .ok()
                .and_then(|text| parse(&text))
        });
        if !order.is_some_and(|order| applies(order, moment, append)) {
            return;
        }
        // An abort would run no destructors either, but only a signal from outside is the real thing.
        let pid = id().to_string();
        let _ = Command::new("kill")
            .args(["-9", &pid])
            .stdout(Stdio::null())
            .status();
        // Reached only where there is no `kill`.
        std::process::abort();
    }
}

#[cfg(all(test, debug_assertions))]
mod tests {
    use super::Moment;
    use super::present::{applies, parse};

    #[test]
    fn reads_the_moment_and_the_append() {
        let every = parse("after-commit").unwrap();
        assert!(applies(every, Moment::AfterCommit, 1) && applies(every, Moment::AfterCommit, 9));
        assert!(!applies(every, Moment::BeforeCommit, 1));
        let third = parse("before-commit:3").unwrap();
        assert!(applies(third, Moment::BeforeCommit, 3));
        assert!(!applies(third, Moment::BeforeCommit, 2));
        assert!(!applies(third, Moment::AfterCommit, 3));
        for wrong in [
            "",
            "commit",
            "before-commit:",
            "after-commit:x",
            "before-commit:-1",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
