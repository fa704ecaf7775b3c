//! Cleaning up: each artefact deleted in order and read back as absent, then every list read again.

use crate::azure::{Evidenced, evidenced};
use crate::log::Beside;
use crate::steps::place_of;
use crate::surveys::encoded;
use crate::{Engine, EngineError};
use chrono::{SecondsFormat, TimeDelta};
use drillbook_arm::ReadRequest;
use drillbook_core::{
    Artefact, Command, DebtState, Drill, Effect, Element, Intent, IntentOutcome, STILL_THERE,
    Target, Timestamp, elements, outstanding,
};
use drillbook_runbook::{Step, reference, versions};
use serde_json::Value;
use std::time::Duration;

/// How long a list that was read for a cleanup request counts as read.
const SURVEY_FRESH: TimeDelta = TimeDelta::minutes(5);
/// How often an accepted deletion is read back.
const READ_BACK_EVERY: Duration = Duration::from_secs(10);
/// How often it is read back before a person is told that it is still there.
const READ_BACKS: usize = 60;

impl Engine {
    /// Deletes what is owed as far as the approval covers it, and proves it.
    pub(crate) async fn run_cleanup(&self, drill: &str, step: &Step) -> Result<(), EngineError> {
        let all = elements(&*self.drill(drill)?, step);
        for (done, element) in all.iter().enumerate() {
            let known = self.drill(drill)?;
            if artefact(&known, element).is_some_and(|(_, one)| one.cleared.is_none()) {
                self.progress(drill, &step.id, done, all.len(), &element.label);
                self.remove(drill, step, element).await?;
            }
        }
        self.survey_open(drill).await
    }

    /// Reads the list of every open debt again: nothing new pays it, something new needs a sign-off.
    pub(crate) async fn survey_open(&self, drill: &str) -> Result<(), EngineError> {
        let known = self.drill(drill)?;
        let gone = |debt: &DebtState| debt.artefacts.iter().all(|one| one.cleared.is_some());
        self.survey_each(drill, known.open_debts().filter(|debt| gone(debt)))
            .await
    }

    /// Reads the list of every open debt before a cleanup is asked for: whatever appeared since the work before
    /// `gate` ended belongs to what is signed. A list that was read since counts for some minutes, so that a
    /// process that dies after each reading comes to the request all the same.
    pub(crate) async fn survey_before(&self, drill: &str, gate: &Step) -> Result<(), EngineError> {
        let known = self.drill(drill)?;
        let fresh = self.0.clock.now() - SURVEY_FRESH;
        let since = work_ended(&known, gate).map_or(fresh, |ended| ended.max(fresh));
        let stale = |debt: &DebtState| debt.surveyed.is_none_or(|at| at <= since);
        self.survey_each(drill, known.open_debts().filter(|debt| stale(debt)))
            .await
    }

    async fn survey_each<'a>(
        &self,
        drill: &str,
        debts: impl Iterator<Item = &'a DebtState>,
    ) -> Result<(), EngineError> {
        for debt in debts.filter(|debt| debt.list.is_some()) {
            self.survey(drill, &debt.debt).await?;
        }
        Ok(())
    }

    async fn remove(&self, drill: &str, step: &Step, element: &Element) -> Result<(), EngineError> {
        let known = self.drill(drill)?;
        let Some((debt, one)) = artefact(&known, element) else {
            return Ok(());
        };
        let id = one.id.clone();
        if debt.only_if.as_deref() == Some("empty") && self.holds_something(drill, &id).await? {
            return self.keep_debt(drill, &id, "cleanup.not_empty", "something else is inside");
        }
        if self.case(&known, step, element).is_err() {
            return Ok(());
        }
        let recoverable = self.recoverable_until(&known, &id).await?;
        let target = Target {
            place: place_of(step, element),
            request_name: "delete".to_owned(),
            bound: None,
        };
        let intent = known.intent(&step.id, target.place.element.as_deref(), "delete", None);
        if intent.is_some_and(|intent| left_it(intent, one)) {
            let (status, _) = self.get(&id).await?;
            if status != 404 {
                Box::pin(self.dispatch(drill, step, element, &target, true)).await?;
            }
        }
        let sent = Box::pin(self.pursue(drill, step, element, None, &target)).await?;
        let known = self.drill(drill)?;
        let intent = known.intent(&step.id, target.place.element.as_deref(), "delete", None);
        let refused = intent.and_then(|intent| match &intent.outcome {
            IntentOutcome::Rejected { code, .. } if !sent => Some(code.clone()),
            _ => None,
        });
        match refused {
            Some(code) if !is_absent(&code) => {
                let message = format!("Azure refused the deletion: {code}");
                self.keep_debt(drill, &id, &code, &message)
            }
            _ => self.read_back(drill, &id, recoverable).await,
        }
    }

    fn keep_debt(
        &self,
        drill: &str,
        id: &str,
        code: &str,
        message: &str,
    ) -> Result<(), EngineError> {
        let operator = self.drill(drill)?.operator.clone();
        let command = Command::RecordKept {
            id: id.to_owned(),
            code: code.to_owned(),
            message: message.to_owned(),
        };
        self.transact(drill, &operator, command, Beside::default())?;
        Ok(())
    }

    /// A group is deleted only when it is empty.
    async fn holds_something(&self, drill: &str, id: &str) -> Result<bool, EngineError> {
        let known = self.drill(drill)?;
        let (rows, _) = self.list(id, "read-back").await?;
        let gone = |row: &Value| {
            let id = row["id"].as_str().unwrap_or_default();
            known
                .debts
                .iter()
                .flat_map(|debt| &debt.artefacts)
                .any(|one| one.cleared.is_some() && reference::same_id(&one.id, id))
        };
        Ok(rows.iter().any(|row| !gone(row)))
    }

    /// Proves that what was deleted outside is gone.
    pub(crate) async fn prove_gone(
        &self,
        drill: &str,
        element: &Element,
    ) -> Result<(), EngineError> {
        let known = self.drill(drill)?;
        let Some((_, one)) = artefact(&known, element) else {
            return Ok(());
        };
        let (id, recoverable) = (
            one.id.clone(),
            self.recoverable_until(&known, &one.id).await?,
        );
        self.read_back(drill, &id, recoverable).await?;
        self.survey_open(drill).await
    }

    /// Reads a deleted resource until Azure says that it is absent.
    async fn read_back(
        &self,
        drill: &str,
        id: &str,
        recoverable_until: Option<String>,
    ) -> Result<(), EngineError> {
        let known = self.drill(drill)?;
        for _ in 0..READ_BACKS {
            let (status, evidence) = self.get(id).await?;
            if status == 404 {
                let command = Command::RecordGone {
                    id: id.to_owned(),
                    exchange: evidence.fact,
                    recoverable_until,
                };
                self.transact(
                    drill,
                    &known.operator,
                    command,
                    Beside::blobs(vec![evidence.blob]),
                )?;
                return Ok(());
            }
            self.0.clock.wait(READ_BACK_EVERY).await;
        }
        self.keep_debt(drill, id, STILL_THERE, "Azure still answers with it")
    }

    async fn get(&self, id: &str) -> Result<(u16, Evidenced), EngineError> {
        let unknown = || EngineError::Unreadable {
            what: format!("version of {id}"),
        };
        let (path, version, az) = match versions::get(id) {
            Some(generic) => (generic.path, generic.api_version, Some(generic.az)),
            None => (
                id.to_owned(),
                versions::of_path(id).ok_or_else(unknown)?,
                None,
            ),
        };
        let request = ReadRequest::get(encoded(&path), version)
            .accept(&[200, 404])
            .first_page_only();
        let answer = self.0.arm.read(&request).await?;
        Ok((
            answer.status(),
            evidenced("read back", "read-back", az, answer.exchanges()),
        ))
    }

    /// Says until when a container of an account with soft delete can be recovered (contract b.16).
    async fn recoverable_until(
        &self,
        drill: &Drill,
        id: &str,
    ) -> Result<Option<String>, EngineError> {
        let Some((services, _)) = id.split_once("/containers/") else {
            return Ok(None);
        };
        let version = versions::of_path("/providers/Microsoft.Storage/storageAccounts")
            .unwrap_or("2023-05-01");
        let request = ReadRequest::get(encoded(services), version)
            .accept(&[200, 404])
            .first_page_only();
        let answer = self.0.arm.read(&request).await?;
        let policy = &answer.body()["properties"]["containerDeleteRetentionPolicy"];
        let days = policy["days"]
            .as_i64()
            .filter(|_| policy["enabled"] == true);
        let now = self.0.clock.now().max(drill.last_at);
        Ok(days
            .map(|days| (now + TimeDelta::days(days)).to_rfc3339_opts(SecondsFormat::Secs, true)))
    }

    /// Shows reminders of debt that are due, also those that fell due while the program was closed.
    ///
    /// # Errors
    /// Why the journal could not be read or written.
    pub fn remind(&self) -> Result<Vec<(String, String)>, EngineError> {
        let now = self.0.clock.now();
        let mut given = Vec::new();
        for drill in self.drills()? {
            for effect in outstanding(&drill, now) {
                if let Effect::Remind { moment, due } = effect {
                    let command = Command::GiveReminder {
                        moment: moment.clone(),
                        due,
                    };
                    self.transact(&drill.id, &drill.operator, command, Beside::default())?;
                    let notice = crate::Notice::Reminder {
                        drill: drill.id.clone(),
                        moment: moment.clone(),
                    };
                    self.tell(notice);
                    given.push((drill.id.clone(), moment));
                }
            }
        }
        Ok(given)
    }
}

/// Returns whether a deletion of an earlier run left the resource where it was: Azure refused it, or
/// accepted it in vain. It may be sent again under the same intent (trust.md §4).
fn left_it(intent: &Intent, one: &Artefact) -> bool {
    let still_there = one
        .kept
        .as_ref()
        .is_some_and(|(code, _)| code == STILL_THERE);
    match &intent.outcome {
        IntentOutcome::Rejected { code, again } => !again && !is_absent(code),
        IntentOutcome::Accepted => still_there,
        _ => false,
    }
}

fn is_absent(code: &str) -> bool {
    code.ends_with("NotFound")
}

/// Returns when the last of the steps before `gate` came to its state, or the drill was aborted.
fn work_ended(drill: &Drill, gate: &Step) -> Option<Timestamp> {
    let before = drill
        .runbook
        .steps
        .iter()
        .take_while(|step| step.id != gate.id);
    let runs = before.filter_map(|step| drill.runs.get(&step.id));
    let states = runs.flat_map(|run| run.elements.values().filter_map(|element| element.at));
    let aborted = drill.aborted.iter().map(|(at, _)| *at);
    states.chain(aborted).max()
}

fn artefact<'a>(drill: &'a Drill, element: &Element) -> Option<(&'a DebtState, &'a Artefact)> {
    let id = element.value.as_ref()?.get("id")?.as_str()?;
    drill.debts.iter().find_map(|debt| {
        let found = debt
            .artefacts
            .iter()
            .find(|one| reference::same_id(&one.id, id));
        found.map(|one| (debt, one))
    })
}
