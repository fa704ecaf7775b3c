//! "I run it myself", for the window.

#![expect(
    missing_docs,
    reason = "each is documented where it becomes a command, in `ipc`"
)]

use super::Desk;
use crate::ipc::views::{DrillView, IpcError, ReportLine, StepView, TakeLine};

impl Desk {
    pub async fn take_line(&self, request: TakeLine) -> Result<StepView, IpcError> {
        let at = request.at;
        let engine = self.engine()?;
        engine
            .take_outside(&at.drill, at.place(), &request.request)
            .await?;
        self.step(at.drill, at.step).await
    }

    pub async fn report_line(&self, request: ReportLine) -> Result<DrillView, IpcError> {
        let at = request.at;
        let engine = self.engine()?;
        engine
            .report_outside(&at.drill, at.place(), &request.request, &request.output)
            .await?;
        self.drill(at.drill).await
    }
}
