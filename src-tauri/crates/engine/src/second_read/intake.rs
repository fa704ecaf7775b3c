//! Taking a second reading in that was signed elsewhere.
//!
//! Deliberately absent: rules; `decide` says whether it counts.

use crate::log::{Beside, document};
use crate::{Engine, EngineError};
use drillbook_core::{Command, Drill, ReadingCase};
use drillbook_trust::document::{SecondReading, Signed};
use drillbook_trust::gate::signed_by;
use std::sync::Arc;

/// A second reading that was taken in.
#[derive(Debug, Clone)]
pub struct ReadingTaken {
    /// The drill as it is now.
    pub drill: Arc<Drill>,
    /// What was signed.
    pub reading: Signed<SecondReading>,
    /// Whether the journal had it already: nothing was appended.
    pub known: bool,
}

impl Engine {
    /// Puts a second reading to the rules, and records it with its drill.
    pub(crate) fn take_in_reading(
        &self,
        reading: Signed<SecondReading>,
    ) -> Result<ReadingTaken, EngineError> {
        let value = reading.value();
        if value.log != self.0.writer.origin() {
            return Err(EngineError::OtherLog {
                said: value.log.clone(),
                drill: value.drill.clone(),
                own: self.0.writer.origin().to_owned(),
            });
        }
        let drill = self.drill(&value.drill)?;
        let digest = reading.digest().to_string();
        if drill.readings.iter().any(|known| known.reading == digest) {
            let known = true;
            return Ok(ReadingTaken {
                drill,
                reading,
                known,
            });
        }
        let policy = self.policy()?;
        let case = Box::new(ReadingCase {
            head_is_prefix: self.0.reader.starts_with(&value.journal_seen)?,
            reads_are_ours: self.recorded(value)?,
            policy,
        });
        // A name is believed once its owner's key has signed; until then the seat answers.
        let actor = match signed_by(case.policy.value(), &reading, &value.person) {
            Ok(_) => value.person.clone(),
            Err(_) => self.seat().id,
        };
        let beside = Beside::documents(vec![document(&reading)]);
        let command = Command::RecordReading {
            reading: Box::new(reading.clone()),
            case,
        };
        let (drill, _) = self.transact(&drill.id, &actor, command, beside)?;
        self.checkpoint()?;
        let known = false;
        Ok(ReadingTaken {
            drill,
            reading,
            known,
        })
    }

    /// Whether each read is an entry of that drill which commits to that evidence.
    fn recorded(&self, value: &SecondReading) -> Result<bool, EngineError> {
        for read in &value.reads {
            let entry = self.0.reader.entry(read.entry)?;
            let ours = entry.is_some_and(|one| {
                one.entry.drill == value.drill && one.entry.sealed.contains(&read.evidence)
            });
            if !ours || read.entry >= value.journal_seen.size {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
