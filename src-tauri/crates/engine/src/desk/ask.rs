//! The operator's side: the checks a gate asks again, and the request document that is signed and opened.

use crate::log::{Beside, document};
use crate::{Engine, EngineError};
use chrono::TimeDelta;
use drillbook_core::{Command, Drill, Refusal, RequestDraft, draft_request, kind_of, stale_checks};
use drillbook_runbook::{Step, StepKind};
use drillbook_trust::digest::Digest;
use drillbook_trust::disclosure::Disclosure;
use drillbook_trust::document::{Cover, Request, RunbookRef, Signed};
use drillbook_trust::time::truncate;
use std::sync::Arc;

/// How long a request waits for a decision unless the policy says so.
const REQUEST_VALID: TimeDelta = TimeDelta::hours(24);

impl Engine {
    /// Asks for a sign-off: repeats the checks that the gate names, reads what is owed, signs the request
    /// document, and opens it. A checkpoint is signed as well.
    ///
    /// # Errors
    /// [`EngineError::Refused`] with what stands in the way; [`EngineError::NotSealed`].
    pub async fn ask_sign_off(&self, drill: &str, step: &str) -> Result<Arc<Drill>, EngineError> {
        self.require_seal()?;
        let operator = self.operator_of(drill)?;
        let known = self.drill(drill)?;
        let declared = known.runbook.step(step).cloned();
        let gate = declared.ok_or_else(|| Refusal::UnknownStep {
            step: step.to_owned(),
        })?;
        if gate.kind != StepKind::Approval {
            return Err(Refusal::WrongKind {
                step: step.to_owned(),
            }
            .into());
        }
        let _running = self.begin(drill, step)?;
        self.ask_checks_again(drill, &gate).await?;
        if signs_cleanup(&known, &gate) {
            self.survey_before(drill, &gate).await?;
        }
        let known = self.drill(drill)?;
        let draft = self.draft(&known, &gate, &operator)?;
        let policy = Box::new(self.policy()?);
        let beside = Beside {
            documents: vec![document(&draft.document)],
            sealed: draft.sealed.clone(),
            ..Beside::default()
        };
        let command = Command::OpenRequest {
            draft: Box::new(draft),
            policy,
        };
        let (after, _) = self.transact(drill, &operator, command, beside)?;
        self.checkpoint()?;
        Ok(after)
    }

    async fn ask_checks_again(&self, drill: &str, gate: &Step) -> Result<(), EngineError> {
        let known = self.drill(drill)?;
        for name in stale_checks(&known, gate, self.0.clock.now()) {
            if let Some(check) = known.runbook.step(&name).cloned() {
                self.run_check(drill, &check).await?;
            }
            let now = self.drill(drill)?;
            if drillbook_core::current_step(&now).map(|index| now.runbook.steps[index].id.clone())
                != Some(gate.id.clone())
            {
                return Err(Refusal::StaleCheck { step: name }.into());
            }
        }
        Ok(())
    }

    fn draft(
        &self,
        drill: &Drill,
        gate: &Step,
        operator: &str,
    ) -> Result<RequestDraft, EngineError> {
        let now = truncate(self.0.clock.now().max(drill.last_at));
        let mut salt = || self.0.chance.nonce();
        let draft = draft_request(drill, gate, &mut salt, now)?;
        let policy = self.policy()?;
        let valid = policy
            .value()
            .gates
            .get(gate.gate.as_deref().unwrap_or_default())
            .and_then(|rule| rule.request_valid_s)
            .and_then(|seconds| i64::try_from(seconds).ok())
            .map_or(REQUEST_VALID, TimeDelta::seconds);
        let seal = |name: &str, text: &str| Disclosure {
            salt: self.0.chance.bytes(),
            name: name.to_owned(),
            value: text.into(),
        };
        let cli = seal("cli", &draft.statement.cli);
        let scope = seal("scope", &draft.statement.scope);
        let mut covers = Vec::new();
        for cover in &draft.covers {
            covers.push(Cover {
                kind: kind_of(&cover.what),
                digest: digest_of(&cover.digest)?,
            });
        }
        let document = Request {
            log: self.0.writer.origin().to_owned(),
            drill: drill.id.clone(),
            step: gate.id.clone(),
            gate: gate.gate.clone().unwrap_or_default(),
            runbook: RunbookRef {
                id: drill.runbook.id.clone(),
                version: drill.runbook.version.clone(),
                digest: digest_of(&drill.runbook_digest)?,
            },
            covers,
            cli: cli.commitment(),
            scope: scope.commitment(),
            operator: operator.to_owned(),
            device: self.device(),
            journal: self.0.reader.head()?,
            policy: policy.digest(),
            nonce: self.0.chance.nonce(),
            requested_at: now,
            not_after: now + valid,
        };
        let document = Signed::sign(&document, &[self.0.cast.key(operator)?])?;
        Ok(RequestDraft {
            document,
            covers: draft.covers,
            cost: draft.cost,
            sealed: vec![cli, scope],
        })
    }
}

fn signs_cleanup(drill: &Drill, gate: &Step) -> bool {
    drill.runbook.steps.iter().any(|step| {
        step.kind == StepKind::Cleanup && step.signed_by.as_deref() == Some(gate.id.as_str())
    })
}

fn digest_of(text: &str) -> Result<Digest, EngineError> {
    text.parse().map_err(|_| EngineError::Unreadable {
        what: "digest".to_owned(),
    })
}
