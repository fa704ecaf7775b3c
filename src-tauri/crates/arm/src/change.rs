//! The client that changes, and only with a [`Permit`].
//!
//! It sends exactly once. Deliberately absent: retries, redirects, reused connections, and a way to
//! send without a permit or to send another body than the approved one.

use crate::bindings::{Bindings, Filled, Resolve, SecretAnswer, fill, secrets_in};
use crate::error::ArmError;
use crate::found::{bind, refuse_unbound};
use crate::http::{Http, Sending, Unanswered, why};
use crate::outcome::{Outcome, UnknownReason};
use crate::read::{Answer, ReadClient, json};
use crate::reading::{is_access_token, is_reading};
use crate::request::{Method, address};
use crate::transport::Purpose;
use drillbook_trust::action::{Action, CanonicalRequest};
use drillbook_trust::digest::Digest;
use drillbook_trust::gate::{Clearance, Permit};
use serde_json::Value;
use std::sync::Arc;

/// Compares a token's answer with what was approved: name of the request, whole answer. The error
/// names the member that differs, without its value.
pub type TokenCheck<'a> = dyn Fn(&str, &Value) -> Result<(), String> + Sync + 'a;

/// Sends approved requests; cheap to clone. Dropping a send leaves its outcome unknown.
#[derive(Debug, Clone)]
pub struct ChangeClient {
    http: Arc<Http>,
}

impl ChangeClient {
    /// Makes the changing client of the same cloud, credential and clock.
    pub fn beside(reader: &ReadClient) -> Self {
        Self {
            http: Arc::clone(&reader.http),
        }
    }

    /// Sends one approved request exactly once.
    ///
    /// The action's digest is computed anew and compared with the permit's; values born inside the
    /// action are bound from `bindings`; every token that is echoed must pass `check_token`. The body
    /// of an accepted request is put into `bindings` for the action's later requests.
    ///
    /// # Errors
    /// Any [`ArmError`] means that **nothing was sent**; what was sent has an [`Outcome`].
    pub async fn send(
        &self,
        permit: Permit,
        action: &Action,
        request: &str,
        bindings: &mut Bindings,
        resolve: &Resolve<'_>,
        check_token: &TokenCheck<'_>,
    ) -> Result<Outcome, ArmError> {
        let planned = self.permitted(&permit, action, request, bindings)?;
        self.deliver(planned, bindings, resolve, check_token).await
    }

    /// As [`ChangeClient::send`], for a path that was approved with [`crate::FOUND`] in it: it is
    /// bound to the percent-encoded id `found`, which must lie directly within the approved group.
    ///
    /// # Errors
    /// As [`ChangeClient::send`], and [`ArmError::FoundOutside`].
    #[expect(
        clippy::too_many_arguments,
        reason = "send's own and the id; a struct would hide it"
    )]
    pub async fn send_found(
        &self,
        permit: Permit,
        action: &Action,
        request: &str,
        found: &str,
        bindings: &mut Bindings,
        resolve: &Resolve<'_>,
        check_token: &TokenCheck<'_>,
    ) -> Result<Outcome, ArmError> {
        let mut planned = self.permitted(&permit, action, request, bindings)?;
        planned.path = bind(request, &planned.path, found)?;
        self.deliver(planned, bindings, resolve, check_token).await
    }

    /// Sends a request of the action that changes nothing: a read, or the one that hands out the
    /// restore token, whose answer stays in memory and is not in the returned one.
    ///
    /// # Errors
    /// [`ArmError::NotReading`] for anything else, [`ArmError::PermitDiffers`] when the clearance is
    /// for another action, or for a request that does not take this token, else as
    /// [`ReadClient::read`].
    pub async fn read_inside(
        &self,
        clearance: &Clearance,
        action: &Action,
        request: &str,
        bindings: &mut Bindings,
        resolve: &Resolve<'_>,
    ) -> Result<Answer, ArmError> {
        let planned = self.planned(action, clearance.action(), request, bindings)?;
        let differs = || ArmError::PermitDiffers {
            request: request.to_owned(),
        };
        if clearance.expires_at() <= self.http.ambient.now() {
            return Err(ArmError::PermitExpired {
                request: request.to_owned(),
            });
        }
        let mut secrets = Vec::new();
        let cleared = action
            .request(clearance.request_name())
            .ok_or_else(differs)?;
        if let Some(body) = &cleared.body {
            secrets_in(body, &mut secrets);
        }
        let is_secret = secrets.iter().any(|name| name == request);
        if is_access_token(planned.method, &planned.path) && !is_secret {
            // The clearance is for a request that does not take this token.
            return Err(differs());
        }
        self.inquire(planned, bindings, resolve, is_secret).await
    }

    /// Finds the request that the permit is for.
    fn permitted<'a>(
        &self,
        permit: &Permit,
        action: &'a Action,
        request: &str,
        bindings: &Bindings,
    ) -> Result<Planned<'a>, ArmError> {
        let planned = self.planned(action, permit.action(), request, bindings)?;
        if permit.request_name() != request || is_access_token(planned.method, &planned.path) {
            return Err(ArmError::PermitDiffers {
                request: request.to_owned(),
            });
        }
        if permit.expires_at() <= self.http.ambient.now() {
            return Err(ArmError::PermitExpired {
                request: request.to_owned(),
            });
        }
        Ok(planned)
    }

    async fn deliver(
        &self,
        planned: Planned<'_>,
        bindings: &mut Bindings,
        resolve: &Resolve<'_>,
        check_token: &TokenCheck<'_>,
    ) -> Result<Outcome, ArmError> {
        let name = planned.request.name.clone();
        let outcome = self
            .dispatch(planned, bindings, resolve, check_token)
            .await?;
        if let Outcome::Accepted { body, .. } = &outcome {
            bindings.put(&name, body.clone());
        }
        Ok(outcome)
    }

    /// Finds the request and proves that the action is the authorized one.
    fn planned<'a>(
        &self,
        action: &'a Action,
        authorized: Digest,
        request: &str,
        bindings: &Bindings,
    ) -> Result<Planned<'a>, ArmError> {
        let bytes = action
            .to_bytes()
            .map_err(|e| ArmError::ActionUnreadable(e.into()))?;
        let digest = Digest::of(&bytes);
        if digest != authorized || bindings.action() != digest {
            return Err(ArmError::PermitDiffers {
                request: request.to_owned(),
            });
        }
        let Some(found) = action.request(request) else {
            return Err(ArmError::UnknownRequest {
                request: request.to_owned(),
            });
        };
        if found.cloud != self.http.cloud.name() {
            let wanted = found.cloud.clone();
            return Err(ArmError::CloudDiffers {
                request: request.to_owned(),
                wanted,
            });
        }
        let Some(method) = Method::named(&found.method) else {
            return Err(ArmError::UnknownRequest {
                request: request.to_owned(),
            });
        };
        Ok(Planned {
            request: found,
            method,
            path: found.path.clone(),
        })
    }

    async fn dispatch(
        &self,
        planned: Planned<'_>,
        bindings: &Bindings,
        resolve: &Resolve<'_>,
        check_token: &TokenCheck<'_>,
    ) -> Result<Outcome, ArmError> {
        if let Some(body) = &planned.request.body {
            let mut secrets = Vec::new();
            secrets_in(body, &mut secrets);
            for name in secrets {
                let missing = || ArmError::BindingMissing { name: name.clone() };
                let answer = bindings.secret(&name).ok_or_else(missing)?;
                check_token(&name, answer.value())
                    .map_err(|reason| ArmError::TokenNotApproved { reason })?;
            }
        }
        let filled = planned.fill(bindings, resolve)?;
        let sending = self.sending(&planned, &filled, false)?;
        let id = self.http.ambient.request_id().to_string();
        match self.http.once(&sending, Purpose::Changes, &id).await {
            Ok(received) => Ok(Outcome::of(&self.http, planned.method, received)),
            Err(Unanswered::NotSent(error)) => Err(error),
            Err(Unanswered::TooLarge { exchange, .. }) => Ok(Outcome::Unknown {
                reason: UnknownReason::Status,
                exchange: Some(exchange),
            }),
            Err(Unanswered::Cut { exchange, source }) => {
                tracing::warn!(
                    client_request_id = id,
                    why = why(&source),
                    "outcome unknown"
                );
                let reason = if source.is_timeout() {
                    UnknownReason::TimedOut
                } else {
                    UnknownReason::ConnectionCut
                };
                Ok(Outcome::Unknown {
                    reason,
                    exchange: Some(exchange),
                })
            }
        }
    }

    async fn inquire(
        &self,
        planned: Planned<'_>,
        bindings: &mut Bindings,
        resolve: &Resolve<'_>,
        is_secret: bool,
    ) -> Result<Answer, ArmError> {
        let (name, path) = (&planned.request.name, &planned.path);
        let token = is_access_token(planned.method, path);
        if !token && !is_reading(planned.method, path) {
            return Err(ArmError::NotReading {
                method: planned.method,
                path: path.clone(),
            });
        }
        let withhold = token || is_secret;
        let filled = planned.fill(bindings, resolve)?;
        let sending = self.sending(&planned, &filled, withhold)?;
        let received = self
            .http
            .persist(&sending, &|s| (200..300).contains(&s))
            .await?;
        if withhold {
            let exchange = received.exchange;
            let answer = match SecretAnswer::read(&received.body) {
                Ok(answer) => answer,
                Err(source) => {
                    return Err(ArmError::NotJson {
                        exchange: Box::new(exchange),
                        source,
                    });
                }
            };
            bindings.put_secret(name, answer);
            return Ok(Answer::new(received.status, Value::Null, vec![exchange]));
        }
        let (status, body, exchange) = json(received)?;
        bindings.put(name, body.clone());
        Ok(Answer::new(status, body, vec![exchange]))
    }

    fn sending<'a>(
        &self,
        planned: &Planned<'_>,
        filled: &'a Option<Filled>,
        withhold: bool,
    ) -> Result<Sending<'a>, ArmError> {
        refuse_unbound(&planned.request.name, &planned.path)?;
        let CanonicalRequest {
            api_version, query, ..
        } = planned.request;
        Ok(Sending {
            method: planned.method,
            url: address(self.http.cloud.arm(), &planned.path, api_version, query)?,
            shown: filled.as_ref().map(|filled| &filled.shown),
            bytes: filled.as_ref().map(|filled| filled.sent.clone()),
            signed_in: true,
            withhold,
            hurried: false,
        })
    }
}

/// A request of an action that is authorized.
struct Planned<'a> {
    request: &'a CanonicalRequest,
    method: Method,
    /// The request's path, its placeholder bound.
    path: String,
}

impl Planned<'_> {
    fn fill(&self, bindings: &Bindings, resolve: &Resolve<'_>) -> Result<Option<Filled>, ArmError> {
        self.request
            .body
            .as_ref()
            .map(|body| fill(body, bindings, resolve))
            .transpose()
    }
}

#[cfg(test)]
mod permits;
#[cfg(test)]
mod tests;
