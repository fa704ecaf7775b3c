//! What is signed after a decision: taking it back, going on without a quorum, and its review.

#![expect(
    missing_docs,
    reason = "each is documented where it becomes a command, in `ipc`"
)]

use super::Desk;
use crate::ipc::views::{BreakTheGlass, IpcError, RequestView, ReviewTheGlass, TakeBack};
use crate::present::request;
use drillbook_engine::PaperTaken;

impl Desk {
    pub async fn revoke_decision(&self, request: TakeBack) -> Result<RequestView, IpcError> {
        let taken = self
            .engine()?
            .revoke_decision(&request.decision, request.reason)?;
        self.after(&taken)
    }

    pub async fn break_glass(&self, request: BreakTheGlass) -> Result<RequestView, IpcError> {
        let taken = self
            .engine()?
            .break_glass(&request.request, request.reason)?;
        self.after(&taken)
    }

    pub async fn review_glass(&self, request: ReviewTheGlass) -> Result<RequestView, IpcError> {
        let engine = self.engine()?;
        let taken = engine.review_glass(&request.glass, request.justified, request.reason)?;
        self.after(&taken)
    }

    fn after(&self, taken: &PaperTaken) -> Result<RequestView, IpcError> {
        Ok(request::view(&self.sight()?, &taken.request)?)
    }
}
