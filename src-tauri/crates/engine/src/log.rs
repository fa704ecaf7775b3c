//! Between facts and the journal: append what was decided, replay what was appended.

mod stored;

pub(crate) use stored::{new_entry, policies, policy, read_drill, recorded, seat, signed};

use crate::error::EngineError;
use crate::{Engine, Participant};
use drillbook_core::{Command, Drill, Effect, Event, apply, decide, replay};
use drillbook_diagnostic::Diagnostic;
use drillbook_journal::{Batch, Expected, NewDocument, NewEntry, StoredEntry};
use drillbook_runbook::{Purpose, Runbook};
use drillbook_trust::disclosure::Disclosure;
use drillbook_trust::document::{Policy, Signed};
use std::sync::{Arc, PoisonError};

/// Something happened that a window wants to know.
#[derive(Debug, Clone, PartialEq)]
pub enum Notice {
    /// Entries were appended.
    Appended {
        /// The drill; empty for the installation.
        drill: String,
        /// Its last entry.
        last: u64,
        /// Kinds of the new entries.
        kinds: Vec<String>,
    },
    /// Work on a step moved on.
    Progress {
        /// The drill.
        drill: String,
        /// The step.
        step: String,
        /// Done so far and in all, if known.
        done: usize,
        /// In all; 0 when not known.
        total: usize,
        /// What is being done.
        what: String,
    },
    /// A deadline nears or has passed.
    Reminder {
        /// The drill.
        drill: String,
        /// Which reminder.
        moment: String,
    },
}

/// What goes into the journal beside the facts.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    pub(crate) blobs: Vec<Vec<u8>>,
    pub(crate) documents: Vec<NewDocument>,
    /// Sealed fields that a document commits to: they keep their salts.
    pub(crate) sealed: Vec<Disclosure>,
}

impl Beside {
    pub(crate) fn documents(documents: Vec<NewDocument>) -> Beside {
        Beside {
            documents,
            ..Beside::default()
        }
    }

    pub(crate) fn blobs(blobs: Vec<Vec<u8>>) -> Beside {
        Beside {
            blobs,
            ..Beside::default()
        }
    }
}

/// Returns a signed document as the journal stores it.
pub(crate) fn document<T>(signed: &Signed<T>) -> NewDocument {
    NewDocument {
        bytes: signed.bytes().to_vec(),
        signatures: signed.signatures().to_vec(),
    }
}

impl Engine {
    /// Decides a command at the drill as it stands, appends its facts, and returns the drill and the
    /// effects that the committed append releases. A refusal is a fact as well.
    pub(crate) fn transact(
        &self,
        drill: &str,
        actor: &str,
        command: Command,
        beside: Beside,
    ) -> Result<(Arc<Drill>, Vec<Effect>), EngineError> {
        let _deciding = self
            .0
            .deciding
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let before = self.drill(drill)?;
        let now = self.0.clock.now().max(before.last_at);
        let name = name_of(&command);
        match decide(&before, command, now) {
            Ok(decision) if decision.events.is_empty() => Ok((before, decision.then)),
            Ok(decision) => {
                let drill = self.append(&before, actor, &decision.events, beside)?;
                Ok((drill, decision.then))
            }
            Err(refusal) => {
                let said = (name.clone(), refusal.code().to_owned());
                if before.end.is_none() && before.last_refusal.as_ref() != Some(&said) {
                    let event = Event::CommandRefused {
                        command: name,
                        code: said.1,
                    };
                    self.append(&before, actor, &[event], Beside::default())?;
                }
                tracing::info!(drill_id = drill, code = refusal.code(), "command refused");
                Err(refusal.into())
            }
        }
    }

    fn append(
        &self,
        before: &Arc<Drill>,
        actor: &str,
        events: &[Event],
        beside: Beside,
    ) -> Result<Arc<Drill>, EngineError> {
        let expected = Expected::last(before.id.clone(), Some(before.last_seq));
        let entries = events
            .iter()
            .map(|event| self.sealed_entry(&before.id, actor, event, &beside.sealed))
            .collect();
        let appended = self.commit(&expected, entries, beside)?;
        let mut drill = Drill::clone(before);
        for stored in &appended {
            if stored.entry.drill == before.id {
                drill = apply(drill, &recorded(stored)?);
            }
        }
        Ok(self.keep(drill))
    }

    pub(crate) fn commit(
        &self,
        expected: &Expected,
        entries: Vec<NewEntry>,
        beside: Beside,
    ) -> Result<Vec<StoredEntry>, EngineError> {
        let mut batch = Batch::new(self.0.clock.now(), entries);
        batch.blobs = beside.blobs;
        batch.documents = beside.documents;
        let appended = self.0.writer.append(expected, batch)?;
        if let Some(last) = appended.entries.last() {
            let notice = Notice::Appended {
                drill: last.entry.drill.clone(),
                last: last.entry.seq,
                kinds: appended
                    .entries
                    .iter()
                    .map(|entry| entry.entry.kind.clone())
                    .collect(),
            };
            self.tell(notice);
        }
        Ok(appended.entries)
    }

    fn keep(&self, drill: Drill) -> Arc<Drill> {
        let drill = Arc::new(drill);
        let mut drills = self.0.drills.lock().unwrap_or_else(PoisonError::into_inner);
        drills.insert(drill.id.clone(), Arc::clone(&drill));
        drill
    }

    pub(crate) fn entry(&self, drill: &str, actor: &str, event: &Event) -> NewEntry {
        self.sealed_entry(drill, actor, event, &[])
    }

    /// Draws a salt for each sealed field that has none yet.
    fn sealed_entry(
        &self,
        drill: &str,
        actor: &str,
        event: &Event,
        salted: &[Disclosure],
    ) -> NewEntry {
        new_entry(drill, actor, event, &self.0.chance, salted)
    }

    /// Opens a drill of a runbook; the operator is the person at the window.
    ///
    /// # Errors
    /// [`EngineError::WrongRole`], [`EngineError::UnknownRunbook`], or why nothing could be appended.
    pub async fn open_drill(
        &self,
        runbook: &str,
        purpose: Purpose,
    ) -> Result<Arc<Drill>, EngineError> {
        let operator = self.seat_with_role("operator")?;
        let runbook = self.runbook(runbook)?;
        if !runbook.purpose.contains(&purpose) {
            return Err(drillbook_core::Refusal::PurposeNotAllowed.into());
        }
        let who = self.0.arm.who().await?;
        let _deciding = self
            .0
            .deciding
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let policy = self.policy_or_first()?;
        let id = self.next_id()?;
        let environment = &self.0.environment;
        let opened = Event::DrillOpened {
            runbook_id: runbook.id.clone(),
            runbook_version: runbook.version.clone(),
            runbook: runbook.digest(),
            purpose: if purpose == Purpose::Recovery {
                "recovery"
            } else {
                "drill"
            }
            .to_owned(),
            operator: operator.id.clone(),
            policy: policy.digest().to_string(),
            title: runbook.title.clone(),
            cloud: self.0.arm.cloud().name().to_owned(),
            tenant: environment.tenant.clone(),
            subscription: environment.subscription.clone(),
            scenario: environment.scenario.clone(),
        };
        let who = Event::ValueCaptured {
            step: String::new(),
            name: "who".to_owned(),
            element: None,
            value: drillbook_core::Json(serde_json::json!({
                "tenant_id": who.tenant, "object_id": who.object_id,
                "application_id": who.application, "name": who.name})),
        };
        let mut entries = self.founding(&policy)?;
        entries.extend([&opened, &who].map(|event| self.entry(&id, &operator.id, event)));
        let documents = vec![
            document(&policy),
            NewDocument {
                bytes: runbook.canonical(),
                signatures: Vec::new(),
            },
        ];
        let stored = self.commit(
            &Expected::last(id.clone(), None),
            entries,
            Beside::documents(documents),
        )?;
        let own = stored.iter().filter(|entry| entry.entry.drill == id);
        let facts = own.map(recorded).collect::<Result<Vec<_>, _>>()?;
        let drill = replay(&id, &runbook, facts).ok_or_else(|| EngineError::Unreadable {
            what: "drill".to_owned(),
        })?;
        *self.0.policy.lock().unwrap_or_else(PoisonError::into_inner) = Some(policy);
        tracing::info!(drill_id = id, "drill opened");
        Ok(self.keep(drill))
    }

    /// The first append of a log also founds the installation.
    pub(crate) fn founding(&self, policy: &Signed<Policy>) -> Result<Vec<NewEntry>, EngineError> {
        if self.0.reader.head()?.size > 0 {
            return Ok(Vec::new());
        }
        let installation = self.0.cast.installation().public().to_line();
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let created = Event::InstallationCreated {
            version,
            installation,
        };
        let adopted = Event::PolicyAdopted {
            policy: policy.digest().to_string(),
            version: policy.value().version,
        };
        let actor = format!("installation@{}", self.0.writer.origin());
        Ok(vec![
            self.entry("", &actor, &created),
            self.entry("", &actor, &adopted),
        ])
    }

    fn policy_or_first(&self) -> Result<Signed<Policy>, EngineError> {
        let known = self
            .0
            .policy
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        match known {
            Some(policy) => Ok(policy),
            None if self.is_own() => Err(EngineError::NoPolicy),
            None => self
                .0
                .cast
                .policy(self.0.clock.now(), self.0.chance.nonce()),
        }
    }

    /// Returns the policy in force.
    pub(crate) fn policy(&self) -> Result<Signed<Policy>, EngineError> {
        self.policy_or_first()
    }

    fn next_id(&self) -> Result<String, EngineError> {
        let drills = self.0.reader.drills()?;
        let count = drills
            .iter()
            .filter(|known| !known.drill.is_empty())
            .count();
        Ok(format!(
            "D-{}-{:04}",
            self.0.clock.now().format("%Y"),
            count + 1
        ))
    }

    fn runbook(&self, id: &str) -> Result<Arc<Runbook>, EngineError> {
        let known = self.0.runbooks.iter().find(|runbook| runbook.id == id);
        known.cloned().ok_or_else(|| EngineError::UnknownRunbook {
            runbook: id.to_owned(),
        })
    }

    /// Returns a drill as it stands.
    ///
    /// # Errors
    /// [`EngineError::UnknownDrill`], or why the journal could not be read.
    pub fn drill(&self, id: &str) -> Result<Arc<Drill>, EngineError> {
        let known = self
            .0
            .drills
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(id)
            .cloned();
        if let Some(drill) = known {
            return Ok(drill);
        }
        Ok(self.keep(read_drill(&self.0.reader, &self.0.runbooks, id)?))
    }

    /// Returns every drill of this journal, newest first.
    ///
    /// # Errors
    /// Why the journal could not be read.
    pub fn drills(&self) -> Result<Vec<Arc<Drill>>, EngineError> {
        let mut all = Vec::new();
        for summary in self.0.reader.drills()?.iter().rev() {
            if !summary.drill.is_empty() {
                all.push(self.drill(&summary.drill)?);
            }
        }
        Ok(all)
    }

    /// Returns the person at the window.
    pub fn seat(&self) -> Participant {
        let id = self
            .0
            .seat
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let mut people = self.0.cast.people();
        if self.is_own() {
            people.retain(|person| self.0.cast.is_here(&person.id));
        }
        let known = people
            .iter()
            .find(|person| person.id == id)
            .or(people.first());
        let id = if self.is_own() { String::new() } else { id };
        known.cloned().unwrap_or(Participant {
            id,
            name: String::new(),
            role: String::new(),
        })
    }

    pub(crate) fn seat_with_role(&self, role: &str) -> Result<Participant, EngineError> {
        let seat = self.seat();
        if seat.role == role {
            Ok(seat)
        } else {
            Err(EngineError::WrongRole {
                person: seat.name,
                role: seat.role,
            })
        }
    }

    /// Lets another person take the seat, whose key is on this computer; journaled.
    ///
    /// # Errors
    /// [`EngineError::UnknownPerson`], or why nothing could be appended.
    pub fn switch_person(&self, person: &str) -> Result<Participant, EngineError> {
        let people = self.0.cast.people();
        let known = people
            .into_iter()
            .find(|known| known.id == person)
            .ok_or_else(|| EngineError::UnknownPerson {
                person: person.to_owned(),
            })?;
        if self.seat().id == known.id {
            return Ok(known);
        }
        if self.is_own() {
            // Who sits here signs here.
            self.0.cast.key(&known.id)?;
        }
        if self.0.reader.head()?.size > 0 {
            let event = Event::PersonSwitched {
                person: known.id.clone(),
                role: known.role.clone(),
            };
            let entry = self.entry("", &known.id, &event);
            self.commit(&Expected::Any, vec![entry], Beside::default())?;
        }
        *self.0.seat.lock().unwrap_or_else(PoisonError::into_inner) = known.id.clone();
        Ok(known)
    }
}

/// Takes the command's name from its variant.
fn name_of(command: &Command) -> String {
    let text = format!("{command:?}");
    text.split([' ', '{', '('])
        .next()
        .unwrap_or_default()
        .to_owned()
}
