//! Rules of a second reading: who may sign one, and what it must be about.
//!
//! Deliberately absent: what differs. A comparison is recorded whatever it found, after the drill's end as well.

use super::facts;
use crate::command::{Decision, ReadingCase};
use crate::drill::Drill;
use crate::{Event, Refusal, Timestamp};
use drillbook_trust::document::{Compared, SecondReading, Signed};
use drillbook_trust::gate::{GateRefusal, signed_by};
use drillbook_trust::time::CLOCK_SKEW_S;

/// Records a signed comparison by somebody else than the operator, under another identity than the drill's.
pub(super) fn record(
    drill: &Drill,
    reading: &Signed<SecondReading>,
    case: &ReadingCase,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let (value, digest) = (reading.value(), reading.digest().to_string());
    if drill.readings.iter().any(|known| known.reading == digest) {
        return Ok(facts(Vec::new()));
    }
    if value.person.eq_ignore_ascii_case(&drill.operator) {
        return Err(Refusal::OwnDrill);
    }
    signed_by(case.policy.value(), reading, &value.person)?;
    let began = drill.names.one("who").map(|who| &who["object_id"]);
    if began.is_some_and(|began| began.as_str() == Some(value.object_id.as_str())) {
        return Err(Refusal::OwnIdentity);
    }
    if value.read_at > now + chrono::TimeDelta::seconds(CLOCK_SKEW_S) {
        return Err(GateRefusal::NotYet { what: "reading" }.into());
    }
    if !case.head_is_prefix {
        return Err(GateRefusal::HeadNotPrefix.into());
    }
    if !case.reads_are_ours {
        return Err(Refusal::OtherReads);
    }
    Ok(facts(vec![Event::ReadingRecorded {
        reading: digest,
        person: value.person.clone(),
        same: value.count(Compared::Same),
        moved: value.count(Compared::Moved),
        changed: value.count(Compared::Changed),
        unreadable: value.count(Compared::Unreadable),
        hidden: value.count(Compared::Hidden),
    }]))
}
