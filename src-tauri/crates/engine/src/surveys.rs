//! Reading what is owed: the lists of debts, and any list by its path.

use crate::azure::evidenced;
use crate::log::Beside;
use crate::{Engine, EngineError};
use drillbook_arm::ReadRequest;
use drillbook_core::{Command, Refusal, wait_is_over};
use drillbook_runbook::versions;
use serde_json::Value;

impl Engine {
    /// Reads the lists of debts whose wait is over and that were not read since.
    pub(crate) async fn survey_due(&self, drill: &str) -> Result<(), EngineError> {
        let known = self.drill(drill)?;
        let due: Vec<String> = known
            .open_debts()
            .filter(|debt| {
                debt.list.is_some() && debt.surveyed.is_none() && wait_is_over(&known, debt)
            })
            .map(|debt| debt.debt.clone())
            .collect();
        for debt in due {
            self.survey(drill, &debt).await?;
        }
        Ok(())
    }

    /// Reads a debt's list again.
    pub(crate) async fn survey(&self, drill: &str, debt: &str) -> Result<(), EngineError> {
        let known = self.drill(drill)?;
        let unknown = || Refusal::UnknownDebt {
            debt: debt.to_owned(),
        };
        let owed = known
            .debts
            .iter()
            .find(|one| one.debt == debt)
            .ok_or_else(unknown)?;
        let (list, _) = owed.list.clone().ok_or_else(unknown)?;
        let (rows, evidence) = self.list(&list, "survey").await?;
        let command = Command::RecordSurvey {
            debt: debt.to_owned(),
            rows,
            exchange: evidence.fact,
        };
        self.transact(
            drill,
            &known.operator,
            command,
            Beside::blobs(vec![evidence.blob]),
        )?;
        Ok(())
    }

    /// Lists a resource group or whatever else a path lists.
    pub(crate) async fn list(
        &self,
        list: &str,
        purpose: &str,
    ) -> Result<(Vec<Value>, crate::azure::Evidenced), EngineError> {
        let generic = versions::list(list).ok_or_else(|| EngineError::Unreadable {
            what: format!("version of {list}"),
        })?;
        let request =
            ReadRequest::get(encoded(&generic.path), generic.api_version).accept(&[200, 404]);
        let answer = self.0.arm.read(&request).await?;
        let evidence = evidenced("list", purpose, Some(generic.az), answer.exchanges());
        let rows = match answer.status() {
            404 => Vec::new(),
            _ => answer.into_body()["value"]
                .as_array()
                .cloned()
                .unwrap_or_default(),
        };
        Ok((rows, evidence))
    }
}

/// Returns an ARM path with each segment percent-encoded.
pub(crate) fn encoded(path: &str) -> String {
    drillbook_core::encode_id(path)
}
