//! The boundary between window and engine: one file per noun, a command three lines.
//!
//! Deliberately absent: rules. The actor is the person at the window, known in Rust; no command
//! takes one. After a command, or on `journal-appended`, the window reloads what it shows.
//!
//! | command | arguments | answers | |
//! |---|---|---|---|
//! | `app` | | `AppView` | frame, band, people |
//! | `switch_person` | `person: String` | `AppView` | journaled; rehearsals only |
//! | `home` | | `HomeView` | |
//! | `runbooks` | | `Vec<RunbookSummary>` | |
//! | `runbook` | `id: String` | `RunbookView` | |
//! | `start_options` | | `StartView` | |
//! | `open_drill` | `request: OpenDrill` | `DrillView` | |
//! | `drills` | | `Vec<DrillRowView>` | newest first |
//! | `drill` | `id: String` | `DrillView` | header, rail, clock |
//! | `step` | `drill: String, step: String` | `StepView` | any step, also read ahead or back |
//! | `acknowledge_step` | `at: StepRef` | `DrillView` | kind `read` |
//! | `acknowledge_warning` | `request: AcknowledgeWarning` | `DrillView` | |
//! | `run_step` | `at: StepRef` | `DrillView` | check, choose (reads the list), validate, action, wait, cleanup; goes on in the background, `progress` tells |
//! | `choose` | `request: Choose` | `DrillView` | |
//! | `check_fields` | `request: EnterFields` | `Vec<FieldView>` | validates only, records nothing |
//! | `enter_fields` | `request: EnterFields` | `DrillView` | manual and review; completes the step |
//! | `skip_step` | `request: WithReason` | `DrillView` | |
//! | `ask_sign_off` | `at: StepRef` | `DrillView` | asks its checks again first, in the background |
//! | `withdraw_request` | `request: WithReason` | `DrillView` | |
//! | `requests` | | `Vec<RequestRowView>` | the reviewer's desk: open first |
//! | `request` | `id: String` | `RequestView` | |
//! | `open_evidence` | `request: OpenEvidence` | `EvidenceView` | marks it as opened for the request |
//! | `decide_request` | `request: DecideRequest` | `RequestView` | signs |
//! | `resolve_unknown` | `request: ResolveUnknown` | `DrillView` | |
//! | `abort_drill` | `request: WithReason` | `DrillView` | |
//! | `close_drill` | `drill: String` | `DrillView` | from the review |
//! | `set_deadline` | `request: SetDeadline` | `CleanupView` | |
//! | `add_note` | `request: AddNote` | `StepView` | also deviations |
//! | `add_reference` | `request: AddReference` | `StepView` | |
//! | `add_finding` | `request: AddFinding` | `DrillView` | |
//! | `resolve_finding` | `request: ResolveFinding` | `CleanupView` | |
//! | `attach_picture` | `request: AttachPicture` | `StepView` | pasted or dropped |
//! | `capture_sources` | | `Vec<CaptureSourceView>` | screens and windows |
//! | `capture_picture` | `request: CapturePicture` | `StepView` | |
//! | `evidence` | `drill: String, entry: u32` | `EvidenceView` | |
//! | `picture` | `drill: String, entry: u32` | `PictureBytes` | full size, as a data URL |
//! | `cleanup` | | `CleanupView` | |
//! | `journal` | `filter: JournalFilter` | `JournalPage` | |
//! | `verify_journal` | | `VerificationView` | the whole log |
//! | `audit` | `drill: Option<String>` | `AuditView` | |
//! | `export_bundle` | `request: ExportBundle` | `ExportResult` | asks for the place in a dialog of the desktop |
//! | `settings` | | `SettingsView` | |
//!
//! Every command answers `Result<…, IpcError>`. Events to the window: `journal-appended`
//! (`JournalAppended`) and `progress` (`Progress`).

pub mod views;
