//! The desk: what the window works on. Until the engine is composed here, every command says so.

use crate::ipc::views::*;

/// The state behind every command.
#[derive(Debug)]
pub struct Desk {
    role: RoleView,
}

impl Desk {
    /// Returns a desk without an engine, with somebody of this role at the window.
    pub fn without_engine(role: RoleView) -> Self {
        Self { role }
    }

    /// Returns the role of the person at the window.
    pub fn role(&self) -> RoleView {
        self.role
    }

    pub async fn app(&self) -> Result<AppView, IpcError> {
        Err(no_engine())
    }

    pub async fn switch_person(&self, _person: &str) -> Result<AppView, IpcError> {
        Err(no_engine())
    }

    pub async fn home(&self) -> Result<HomeView, IpcError> {
        Err(no_engine())
    }

    pub async fn settings(&self) -> Result<SettingsView, IpcError> {
        Err(no_engine())
    }

    pub async fn runbooks(&self) -> Result<Vec<RunbookSummary>, IpcError> {
        Err(no_engine())
    }

    pub async fn runbook(&self, _id: String) -> Result<RunbookView, IpcError> {
        Err(no_engine())
    }

    pub async fn start_options(&self) -> Result<StartView, IpcError> {
        Err(no_engine())
    }

    pub async fn open_drill(&self, _request: OpenDrill) -> Result<DrillView, IpcError> {
        Err(no_engine())
    }

    pub async fn drills(&self) -> Result<Vec<DrillRowView>, IpcError> {
        Err(no_engine())
    }

    pub async fn drill(&self, _id: String) -> Result<DrillView, IpcError> {
        Err(no_engine())
    }

    pub async fn step(&self, _drill: String, _step: String) -> Result<StepView, IpcError> {
        Err(no_engine())
    }

    pub async fn acknowledge_step(&self, _at: StepRef) -> Result<DrillView, IpcError> {
        Err(no_engine())
    }

    pub async fn acknowledge_warning(&self, _request: AcknowledgeWarning) -> Result<DrillView, IpcError> {
        Err(no_engine())
    }

    pub async fn run_step(&self, _at: StepRef) -> Result<DrillView, IpcError> {
        Err(no_engine())
    }

    pub async fn choose(&self, _request: Choose) -> Result<DrillView, IpcError> {
        Err(no_engine())
    }

    pub async fn check_fields(&self, _request: EnterFields) -> Result<Vec<FieldView>, IpcError> {
        Err(no_engine())
    }

    pub async fn enter_fields(&self, _request: EnterFields) -> Result<DrillView, IpcError> {
        Err(no_engine())
    }

    pub async fn skip_step(&self, _request: WithReason) -> Result<DrillView, IpcError> {
        Err(no_engine())
    }

    pub async fn resolve_unknown(&self, _request: ResolveUnknown) -> Result<DrillView, IpcError> {
        Err(no_engine())
    }

    pub async fn abort_drill(&self, _request: WithReason) -> Result<DrillView, IpcError> {
        Err(no_engine())
    }

    pub async fn close_drill(&self, _drill: String) -> Result<DrillView, IpcError> {
        Err(no_engine())
    }

    pub async fn ask_sign_off(&self, _at: StepRef) -> Result<DrillView, IpcError> {
        Err(no_engine())
    }

    pub async fn withdraw_request(&self, _request: WithReason) -> Result<DrillView, IpcError> {
        Err(no_engine())
    }

    pub async fn requests(&self) -> Result<Vec<RequestRowView>, IpcError> {
        Err(no_engine())
    }

    pub async fn request(&self, _id: String) -> Result<RequestView, IpcError> {
        Err(no_engine())
    }

    pub async fn open_evidence(&self, _request: OpenEvidence) -> Result<EvidenceView, IpcError> {
        Err(no_engine())
    }

    pub async fn decide_request(&self, _request: DecideRequest) -> Result<RequestView, IpcError> {
        Err(no_engine())
    }

    pub async fn add_note(&self, _request: AddNote) -> Result<StepView, IpcError> {
        Err(no_engine())
    }

    pub async fn add_reference(&self, _request: AddReference) -> Result<StepView, IpcError> {
        Err(no_engine())
    }

    pub async fn attach_picture(&self, _request: AttachPicture) -> Result<StepView, IpcError> {
        Err(no_engine())
    }

    pub async fn capture_sources(&self) -> Result<Vec<CaptureSourceView>, IpcError> {
        Err(no_engine())
    }

    pub async fn capture_picture(&self, _request: CapturePicture) -> Result<StepView, IpcError> {
        Err(no_engine())
    }

    pub async fn evidence(&self, _drill: String, _entry: u32) -> Result<EvidenceView, IpcError> {
        Err(no_engine())
    }

    pub async fn picture(&self, _drill: String, _entry: u32) -> Result<PictureBytes, IpcError> {
        Err(no_engine())
    }

    pub async fn cleanup(&self) -> Result<CleanupView, IpcError> {
        Err(no_engine())
    }

    pub async fn set_deadline(&self, _request: SetDeadline) -> Result<CleanupView, IpcError> {
        Err(no_engine())
    }

    pub async fn add_finding(&self, _request: AddFinding) -> Result<DrillView, IpcError> {
        Err(no_engine())
    }

    pub async fn resolve_finding(&self, _request: ResolveFinding) -> Result<CleanupView, IpcError> {
        Err(no_engine())
    }

    pub async fn journal(&self, _filter: JournalFilter) -> Result<JournalPage, IpcError> {
        Err(no_engine())
    }

    pub async fn verify_journal(&self) -> Result<VerificationView, IpcError> {
        Err(no_engine())
    }

    pub async fn audit(&self, _drill: Option<String>) -> Result<AuditView, IpcError> {
        Err(no_engine())
    }

    pub async fn export_bundle(&self, _request: ExportBundle) -> Result<ExportResult, IpcError> {
        Err(no_engine())
    }

    pub async fn save_bundle(&self, _path: String) -> Result<ExportResult, IpcError> {
        Err(no_engine())
    }
}

fn no_engine() -> IpcError {
    IpcError::unavailable("shell.no_engine", "the engine is not composed yet", "Wait for the next build.")
}
