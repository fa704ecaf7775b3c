//! One method for each command of the window.

#![expect(
    missing_docs,
    reason = "each is documented where it becomes a command, in `ipc`"
)]

use super::background::Work;
use super::opening::Play;
use super::{Desk, folder, locked};
use crate::ipc::views::*;
use crate::present::{
    app, audit, cleanup, conditions, drill, evidence, fields, home, journal, request, runbook, step,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use drillbook_core::{Drill, Place, Timestamp};
use drillbook_engine::{ConditionInput, EngineError, PictureInput, Shown, Verdict};
use drillbook_runbook::Purpose;

/// The most faults of a surprise.
const SURPRISES: usize = 3;

impl StepRef {
    pub(super) fn place(&self) -> Place {
        Place {
            step: self.step.clone(),
            element: self.element.clone(),
        }
    }
}

impl Desk {
    fn shown(&self, drill: &Drill) -> Result<DrillView, IpcError> {
        Ok(drill::view(&self.sight()?, drill))
    }

    fn shown_step(&self, drill: &Drill, id: &str) -> Result<StepView, IpcError> {
        let sight = self.sight()?;
        let unknown = || drillbook_core::Refusal::UnknownStep {
            step: id.to_owned(),
        };
        let mut view = step::view(&sight, drill, id).ok_or_else(unknown)?;
        let at = (drill.id.clone(), id.to_owned());
        let running = view.state == StepStateView::Running;
        view.progress = locked(&self.shared.progress)
            .get(&at)
            .filter(|_| running)
            .cloned();
        Ok(view)
    }

    pub async fn app(&self) -> Result<AppView, IpcError> {
        Ok(app::view(&self.sight()?)?)
    }

    pub async fn switch_person(&self, person: &str) -> Result<AppView, IpcError> {
        self.engine()?.switch_person(person)?;
        self.resume();
        self.app().await
    }

    pub async fn home(&self) -> Result<HomeView, IpcError> {
        Ok(home::view(&self.sight()?)?)
    }

    pub async fn settings(&self) -> Result<SettingsView, IpcError> {
        let bytes = folder::bytes(self.workspace()?.folder().path());
        Ok(app::settings(&self.sight()?, bytes)?)
    }

    pub async fn runbooks(&self) -> Result<Vec<RunbookSummary>, IpcError> {
        Ok(runbook::summaries(&self.sight()?)?)
    }

    pub async fn runbook(&self, id: String) -> Result<RunbookView, IpcError> {
        Ok(runbook::view(&self.sight()?, &id)?)
    }

    pub async fn start_options(&self) -> Result<StartView, IpcError> {
        let sight = self.sight()?;
        let connections = self.connections().await?;
        let count = sight.engine.drills()?.len();
        let next = format!("D-{}-{:04}", sight.now.format("%Y"), count + 1);
        let roster = self.roster()?;
        Ok(runbook::start(&sight, next, connections, roster.as_ref())?)
    }

    pub async fn open_drill(&self, request: OpenDrill) -> Result<DrillView, IpcError> {
        let purpose = match request.purpose.as_str() {
            "recovery" => Purpose::Recovery,
            _ => Purpose::Drill,
        };
        let live = request.environment == EnvironmentView::Live;
        if live != self.engine()?.is_live() {
            return Err(elsewhere(live));
        }
        if live {
            let name = request.connection.unwrap_or_default();
            self.over(&name).await?;
        } else {
            let faults = if request.surprise {
                surprises()
            } else {
                request.faults
            };
            let speed = request.speed.clamp(1, 1_000_000);
            self.play_with(Play { speed, faults }).await?;
        }
        let drill = self.engine()?.open_drill(&request.runbook, purpose).await?;
        self.shown(&drill)
    }

    pub async fn drills(&self) -> Result<Vec<DrillRowView>, IpcError> {
        let sight = self.sight()?;
        Ok(sight
            .engine
            .drills()?
            .iter()
            .map(|one| drill::row(&sight, one))
            .collect())
    }

    pub async fn drill(&self, id: String) -> Result<DrillView, IpcError> {
        self.shown(&*self.engine()?.drill(&id)?)
    }

    pub async fn step(&self, drill: String, step: String) -> Result<StepView, IpcError> {
        self.shown_step(&*self.engine()?.drill(&drill)?, &step)
    }

    pub async fn acknowledge_step(&self, at: StepRef) -> Result<DrillView, IpcError> {
        self.shown(&*self.engine()?.acknowledge(&at.drill, &at.step)?)
    }

    pub async fn acknowledge_warning(
        &self,
        request: AcknowledgeWarning,
    ) -> Result<DrillView, IpcError> {
        let number = usize::try_from(request.number).unwrap_or(usize::MAX);
        let (drill, place) = (&request.at.drill, request.at.place());
        self.shown(
            &*self
                .engine()?
                .acknowledge_warning(drill, place, number, request.reason)?,
        )
    }

    pub async fn run_step(&self, at: StepRef) -> Result<DrillView, IpcError> {
        let drill = at.drill.clone();
        self.work(at, Work::Step).await?;
        self.drill(drill).await
    }

    pub async fn choose(&self, request: Choose) -> Result<DrillView, IpcError> {
        let place = request.at.place();
        self.shown(
            &*self
                .engine()?
                .choose(&request.at.drill, place, request.keys, request.reason)
                .await?,
        )
    }

    pub async fn check_fields(&self, request: EnterFields) -> Result<Vec<FieldView>, IpcError> {
        let engine = self.engine()?;
        let drill = engine.drill(&request.at.drill)?;
        let unknown = || drillbook_core::Refusal::UnknownStep {
            step: request.at.step.clone(),
        };
        let step = drill.runbook.step(&request.at.step).ok_or_else(unknown)?;
        Ok(fields::checked(step, &request.fields, engine.clock().now()))
    }

    pub async fn enter_fields(&self, request: EnterFields) -> Result<DrillView, IpcError> {
        let engine = self.engine()?;
        let drill = engine.drill(&request.at.drill)?;
        let values = drill
            .runbook
            .step(&request.at.step)
            .map(|step| fields::values(step, &request.fields));
        self.shown(&*engine.enter_fields(
            &drill.id,
            &request.at.step,
            values.unwrap_or_default(),
        )?)
    }

    pub async fn skip_step(&self, request: WithReason) -> Result<DrillView, IpcError> {
        self.shown(
            &*self
                .engine()?
                .skip(&request.at.drill, &request.at.step, request.reason)?,
        )
    }

    pub async fn resolve_unknown(&self, request: ResolveUnknown) -> Result<DrillView, IpcError> {
        let (at, engine) = (request.at, self.engine()?);
        match request.resolution {
            Resolution::KeepLooking => return self.run_step(at).await,
            Resolution::Adopt { candidate } => {
                engine.adopt(&at.drill, at.place(), &request.request, &candidate)?
            }
            Resolution::NotSent { reason } => {
                engine.give_up(&at.drill, at.place(), &request.request, reason)?
            }
        }
        self.drill(at.drill).await
    }

    pub async fn abort_drill(&self, request: WithReason) -> Result<DrillView, IpcError> {
        self.shown(&*self.engine()?.abort(&request.at.drill, request.reason)?)
    }

    pub async fn close_drill(&self, drill: String) -> Result<DrillView, IpcError> {
        self.shown(&*self.engine()?.end(&drill)?)
    }

    pub async fn ask_sign_off(&self, at: StepRef) -> Result<DrillView, IpcError> {
        let drill = at.drill.clone();
        self.work(at, Work::SignOff).await?;
        self.drill(drill).await
    }

    pub async fn withdraw_request(&self, request: WithReason) -> Result<DrillView, IpcError> {
        let engine = self.engine()?;
        let drill = engine.drill(&request.at.drill)?;
        // At the action itself it is the sign-off of its gate that is given back.
        let gate = drill
            .runbook
            .step(&request.at.step)
            .and_then(|step| step.signed_by.as_deref())
            .unwrap_or(&request.at.step);
        let open = drill.sign_off(gate).ok_or(EngineError::UnknownRequest)?;
        self.shown(&*engine.close_request(&open.request, request.reason)?)
    }

    pub async fn requests(&self) -> Result<Vec<RequestRowView>, IpcError> {
        Ok(request::rows(&self.sight()?)?)
    }

    pub async fn request(&self, id: String) -> Result<RequestView, IpcError> {
        Ok(request::view(&self.sight()?, &id)?)
    }

    pub async fn open_evidence(&self, request: OpenEvidence) -> Result<EvidenceView, IpcError> {
        let drill = self
            .engine()?
            .open_evidence(&request.request, u64::from(request.entry))?;
        Ok(evidence::view(
            &self.sight()?,
            &drill,
            u64::from(request.entry),
        )?)
    }

    pub async fn decide_request(&self, decision: DecideRequest) -> Result<RequestView, IpcError> {
        let verdict = if decision.approve {
            Verdict::Approve
        } else {
            Verdict::Refuse
        };
        let sight = self.sight()?;
        let conditions: Vec<ConditionInput> = decision
            .conditions
            .iter()
            .map(|entry| conditions::condition(&sight, &decision.request, entry))
            .collect();
        let size = u64::from(decision.seen_size);
        let shown = Shown::of(&decision.request, size, &decision.seen_head)?;
        self.engine()?
            .decide_request(&shown, verdict, decision.reason, &conditions)?;
        Ok(request::view(&self.sight()?, &decision.request)?)
    }

    pub async fn add_note(&self, request: AddNote) -> Result<StepView, IpcError> {
        let at = request.at;
        let drill = self
            .engine()?
            .note(&at.drill, &at.step, request.text, request.deviation)?;
        self.shown_step(&drill, &at.step)
    }

    pub async fn add_reference(&self, request: AddReference) -> Result<StepView, IpcError> {
        let (at, url) = (request.at, Some(request.url).filter(|url| !url.is_empty()));
        let drill =
            self.engine()?
                .reference(&at.drill, &at.step, request.system, request.id, url)?;
        self.shown_step(&drill, &at.step)
    }

    pub async fn attach_picture(&self, request: AttachPicture) -> Result<StepView, IpcError> {
        let bytes = STANDARD.decode(request.base64.trim()).map_err(|error| {
            let next = "Paste or drop a PNG or JPEG picture.";
            IpcError::refused(
                "evidence.picture_unreadable",
                "The picture cannot be read.",
                next,
            )
            .because(&error)
        })?;
        let origin = if request.origin == "dropped" {
            "dropped"
        } else {
            "pasted"
        };
        self.attach(request.at, request.title, bytes, origin.to_owned())
    }

    fn attach(
        &self,
        at: StepRef,
        title: String,
        bytes: Vec<u8>,
        origin: String,
    ) -> Result<StepView, IpcError> {
        let input = PictureInput {
            step: at.step.clone(),
            element: at.element,
            title,
            bytes,
            origin,
        };
        let drill = self.engine()?.attach_picture(&at.drill, input)?;
        self.shown_step(&drill, &at.step)
    }

    pub async fn capture_sources(&self) -> Result<Vec<CaptureSourceView>, IpcError> {
        let listed = blocking(drillbook_capture::sources)
            .await?
            .map_err(IpcError::not_captured)?;
        let view = |source: drillbook_capture::Source| CaptureSourceView {
            id: source.id.to_string(),
            screen: matches!(source.id, drillbook_capture::SourceId::Screen(_)),
            title: source.title,
            width: source.width,
            height: source.height,
        };
        Ok(listed.into_iter().map(view).collect())
    }

    pub async fn capture_picture(&self, request: CapturePicture) -> Result<StepView, IpcError> {
        let source: drillbook_capture::SourceId =
            request.source.parse().map_err(IpcError::not_captured)?;
        let taken = blocking(move || drillbook_capture::take(source)).await?;
        let picture = taken.map_err(IpcError::not_captured)?;
        let origin = format!("captured: {}", picture.title);
        self.attach(request.at, request.title, picture.png, origin)
    }

    pub async fn evidence(&self, drill: String, entry: u32) -> Result<EvidenceView, IpcError> {
        let sight = self.sight()?;
        Ok(evidence::view(
            &sight,
            &*sight.engine.drill(&drill)?,
            u64::from(entry),
        )?)
    }

    pub async fn picture(&self, drill: String, entry: u32) -> Result<PictureBytes, IpcError> {
        let (media, bytes) = self.engine()?.picture(&drill, u64::from(entry))?;
        Ok(PictureBytes {
            url: format!("data:{media};base64,{}", STANDARD.encode(bytes)),
        })
    }

    pub async fn cleanup(&self) -> Result<CleanupView, IpcError> {
        Ok(cleanup::view(&self.sight()?)?)
    }

    pub async fn set_deadline(&self, request: SetDeadline) -> Result<CleanupView, IpcError> {
        let deadline: Timestamp = request
            .deadline
            .parse()
            .map_err(|_| field("deadline", "is not a time"))?;
        self.engine()?
            .set_deadline(&request.drill, deadline, request.reason)?;
        self.cleanup().await
    }

    pub async fn add_finding(&self, request: AddFinding) -> Result<DrillView, IpcError> {
        let due = request.due.chars().take(10).collect();
        self.shown(&*self.engine()?.add_finding(
            &request.drill,
            request.owner,
            due,
            request.text,
        )?)
    }

    pub async fn resolve_finding(&self, request: ResolveFinding) -> Result<CleanupView, IpcError> {
        self.engine()?
            .resolve_finding(&request.drill, request.finding, request.how)?;
        self.cleanup().await
    }

    pub async fn journal(&self, filter: JournalFilter) -> Result<JournalPage, IpcError> {
        Ok(journal::page(&self.sight()?, &filter)?)
    }

    pub async fn verify_journal(&self) -> Result<VerificationView, IpcError> {
        let sight = self.sight()?;
        blocking(move || journal::verify(&sight)).await
    }

    pub async fn audit(&self, drill: Option<String>) -> Result<AuditView, IpcError> {
        let sight = self.sight()?;
        Ok(blocking(move || audit::view(&sight, drill.as_deref())).await??)
    }
}

/// A drill of the other environment than the one at the window.
fn elsewhere(live: bool) -> IpcError {
    if live {
        return super::workspace::not_live();
    }
    IpcError::refused(
        "live.open",
        "The live journal is open: a rehearsal has its own.",
        "Switch to rehearsal at the top of the window first.",
    )
}

pub(super) fn field(field: &str, problem: &str) -> IpcError {
    drillbook_core::Refusal::Field {
        field: field.to_owned(),
        problem: problem.to_owned(),
    }
    .into()
}

/// Runs what blocks on a thread of its own.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, IpcError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|panic| {
        IpcError::internal("shell.background", "Drillbook made a mistake.").because(&panic)
    })
}

/// Up to three faults that nobody is told of, drawn by the fraction of the current second.
fn surprises() -> Vec<String> {
    let drawn = chrono::Utc::now().timestamp_subsec_nanos() as usize / 100;
    let all = drillbook_armsim::Fault::ALL;
    let chosen = (0..=drawn % SURPRISES)
        .map(|turn| all[(drawn / 7 + turn * 5) % all.len()].name().to_owned());
    chosen.collect()
}
