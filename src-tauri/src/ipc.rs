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
//! | `export_bundle` | `request: ExportBundle` | `ExportResult` | written to the data folder and verified there |
//! | `save_bundle` | `request: ExportBundle` | `ExportResult` | asks in a dialog of the desktop where to copy the exported bundle |
//! | `settings` | | `SettingsView` | |
//! | `connections` | | `Vec<ConnectionView>` | |
//! | `add_connection` | `request: AddConnection` | `Vec<ConnectionView>` | no client secret; a certificate is the chosen one |
//! | `choose_certificate` | | `Option<CertificateView>` | asks in a dialog of the desktop for the file; its key stays here |
//! | `unlock_connection` | `request: UnlockConnection` | `Vec<ConnectionView>` | once in a run |
//! | `test_connection` | `name: String` | `ReachedView` | signs in and reads the subscription |
//! | `remove_connection` | `name: String` | `Vec<ConnectionView>` | |
//! | `policy` | | `PolicyPageView` | |
//! | `save_signers` | | `SignersFileView` | asks in a dialog of the desktop where to save `allowed_signers` |
//! | `propose_policy` | `request: ProposePolicy` | `PolicyPageView` | the first one, or the version after the one in force |
//! | `sign_policy` | | `PolicyPageView` | by the owner at the window |
//! | `save_policy_draft` | | `SavedView` | asks in a dialog of the desktop where to save it |
//! | `take_policy_signature` | `text: String` | `PolicyPageView` | pasted |
//! | `open_policy_signature` | | `Option<PolicyPageView>` | asks in a dialog of the desktop for the file |
//! | `adopt_policy` | | `PolicyPageView` | once enough owners have signed |
//! | `drop_policy_draft` | | `PolicyPageView` | |
//! | `read_public_key` | `text: String` | `PublicKeyView` | |
//! | `open_public_key` | | `Option<PublicKeyView>` | asks in a dialog of the desktop for the file |
//! | `live_state` | | `LiveStateView` | how the live journal is kept |
//! | `open_live` | `request: OpenLive` | `AppView` | begins it where there is none |
//! | `open_rehearsal` | | `AppView` | |
//! | `use_connection` | `name: String` | `AppView` | signs in first |
//! | `request_text` | `id: String` | `RequestTextView` | as it travels to a reviewer elsewhere |
//! | `save_request` | `id: String` | `SavedView` | asks in a dialog of the desktop where to save it |
//! | `import_decision` | `text: String` | `ImportedView` | pasted; put to the gate |
//! | `take_line` | `request: TakeLine` | `StepView` | the `az` line of an approved request, for a terminal outside; behind its gate |
//! | `report_line` | `request: ReportLine` | `DrillView` | it was run outside; what Azure shows is read |
//! | `open_decision` | | `Option<ImportedView>` | asks in a dialog of the desktop for the file; put to the gate |
//! | `exchange_folder` | | `ExchangeFolderView` | |
//! | `choose_exchange_folder` | | `ExchangeFolderView` | asks in a dialog of the desktop for the folder |
//! | `forget_exchange_folder` | | `ExchangeFolderView` | |
//! | `foreign_requests` | | `ForeignListView` | requests of other machines, opened here or in the exchange folder |
//! | `open_foreign` | `request: OpenForeign` | `Option<ForeignView>` | a file by a dialog of the desktop, a pasted text, or a file of the exchange folder |
//! | `foreign_request` | `id: String` | `ForeignView` | |
//! | `foreign_evidence` | `request: OpenForeignEvidence` | `EvidenceView` | marks it as opened |
//! | `choose_signing_key` | `id: String` | `ForeignView` | asks in a dialog of the desktop for the file |
//! | `sign_foreign` | `request: SignForeign` | `ForeignView` | signs with a key of one's own |
//! | `save_foreign_decision` | `id: String` | `SavedView` | asks in a dialog of the desktop where to save it |
//! | `lay_out_foreign_decision` | `id: String` | `SavedView` | into the exchange folder |
//! | `revoke_decision` | `request: TakeBack` | `RequestView` | signs |
//! | `break_glass` | `request: BreakTheGlass` | `RequestView` | signs; the policy names who may |
//! | `review_glass` | `request: ReviewTheGlass` | `RequestView` | signs |
//!
//! Every command answers `Result<…, IpcError>`. Events to the window: `journal-appended`
//! (`JournalAppended`) and `progress` (`Progress`).

pub mod app;
pub mod approvals;
pub mod audit;
pub mod cleanup;
pub mod connections;
pub mod drills;
mod error;
pub mod evidence;
pub mod exchange;
pub mod foreign;
pub mod guard;
pub mod journal;
pub mod live;
pub mod outside;
pub mod policy;
pub mod runbooks;
pub mod views;

use crate::desk::Desk;
use specta_typescript::Typescript;
use std::path::Path;
use tauri::ipc::Invoke;
use tauri::{Manager, Runtime};
use tauri_specta::{collect_commands, collect_events};

/// Returns every command and event of the window.
pub fn boundary<R: Runtime>() -> tauri_specta::Builder<R> {
    tauri_specta::Builder::new()
        .commands(collect_commands![
            app::app,
            app::switch_person,
            app::home,
            app::settings,
            runbooks::runbooks,
            runbooks::runbook,
            drills::start_options,
            drills::open_drill,
            drills::drills,
            drills::drill,
            drills::step,
            drills::acknowledge_step,
            drills::acknowledge_warning,
            drills::run_step,
            drills::choose,
            drills::check_fields,
            drills::enter_fields,
            drills::skip_step,
            drills::resolve_unknown,
            drills::abort_drill,
            drills::close_drill,
            outside::take_line,
            outside::report_line,
            approvals::ask_sign_off,
            approvals::withdraw_request,
            approvals::requests,
            approvals::request,
            approvals::open_evidence,
            approvals::decide_request,
            approvals::revoke_decision,
            approvals::break_glass,
            approvals::review_glass,
            exchange::request_text,
            exchange::save_request,
            exchange::import_decision,
            exchange::open_decision,
            exchange::exchange_folder,
            exchange::choose_exchange_folder,
            exchange::forget_exchange_folder,
            foreign::foreign_requests,
            foreign::open_foreign,
            foreign::foreign_request,
            foreign::foreign_evidence,
            foreign::choose_signing_key,
            foreign::sign_foreign,
            foreign::save_foreign_decision,
            foreign::lay_out_foreign_decision,
            connections::connections,
            connections::choose_certificate,
            connections::add_connection,
            connections::unlock_connection,
            connections::test_connection,
            connections::remove_connection,
            policy::policy,
            policy::save_signers,
            policy::propose_policy,
            policy::sign_policy,
            policy::save_policy_draft,
            policy::take_policy_signature,
            policy::open_policy_signature,
            policy::adopt_policy,
            policy::drop_policy_draft,
            policy::read_public_key,
            policy::open_public_key,
            live::live_state,
            live::open_live,
            live::open_rehearsal,
            live::use_connection,
            evidence::add_note,
            evidence::add_reference,
            evidence::attach_picture,
            evidence::capture_sources,
            evidence::capture_picture,
            evidence::evidence,
            evidence::picture,
            cleanup::cleanup,
            cleanup::set_deadline,
            cleanup::add_finding,
            cleanup::resolve_finding,
            journal::journal,
            journal::verify_journal,
            audit::audit,
            audit::export_bundle,
            audit::save_bundle,
        ])
        .events(collect_events![views::JournalAppended, views::Progress])
        .disable_serde_phases()
}

/// Wraps the commands in the guard of [`guard::GUARDED`].
pub fn guarded<R: Runtime>(
    commands: impl Fn(Invoke<R>) -> bool + Send + Sync + 'static,
) -> impl Fn(Invoke<R>) -> bool + Send + Sync + 'static {
    move |invoke| {
        let role = invoke.message.webview_ref().state::<Desk>().role();
        match guard::check(invoke.message.command(), role) {
            Ok(()) => commands(invoke),
            Err(refusal) => {
                tracing::warn!(
                    command = invoke.message.command(),
                    code = refusal.code,
                    "command refused at the window"
                );
                invoke.resolver.reject(refusal);
                true
            }
        }
    }
}

/// What every command answers, by a name that `client.ts` can take apart.
const RESULT: &str =
    "export type Result<T, E> = { status: \"ok\"; data: T } | { status: \"error\"; error: E };";

/// Writes `bindings.ts`, the interface's only way to the commands.
///
/// # Errors
/// When a view cannot be expressed in TypeScript, or the file cannot be written.
pub fn write_bindings(file: &Path) -> Result<(), specta_typescript::Error> {
    let typescript = Typescript::default()
        .header("// Generated by `cargo xtask codegen` from src-tauri/src/ipc; do not edit.\n")
        .with_raw(RESULT);
    boundary::<tauri::Wry>().export(typescript, file)
}
