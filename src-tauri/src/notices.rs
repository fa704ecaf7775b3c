//! What happens, passed on: to the window as events, to the person as notifications of the desktop.
//!
//! A notification carries the drill's id and nothing else (trust.md §6).

use crate::desk::{Ask, Desk};
use crate::ipc::views::{JournalAppended, Progress};
use crate::present::words::number;
use drillbook_engine::Notice;
use std::time::Duration;
use tauri::plugin::TauriPlugin;
use tauri::{AppHandle, Manager, Runtime, Wry};
use tauri_plugin_dialog::DialogExt;
use tauri_plugin_notification::NotificationExt;
use tauri_specta::Event;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

/// How often the exchange folder is looked at.
const LOOK: Duration = Duration::from_secs(2);

/// How often reminders are looked for.
const EVERY: Duration = Duration::from_secs(60);

/// The entry that sets when what is owed is due.
const DEADLINE_SET: &str = "deadline.set";

/// Emits `journal-appended` and `progress` for as long as the application runs.
pub fn to_the_window<R: Runtime>(app: &AppHandle<R>) {
    let app = app.clone();
    let mut notices = app.state::<Desk>().subscribe();
    tauri::async_runtime::spawn(async move {
        loop {
            match notices.recv().await {
                Ok(notice) => emit(&app, notice),
                // Events are hints to reload: one for all that were missed is enough.
                Err(RecvError::Lagged(_)) => emit_appended(&app, String::new()),
                Err(RecvError::Closed) => return,
            }
        }
    });
}

/// Looks into the exchange folder for as long as the application runs.
pub fn with_others<R: Runtime>(app: &AppHandle<R>) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        loop {
            let looking = app.clone();
            // A share that does not answer keeps a thread of its own waiting, and nobody else.
            let look = move || looking.state::<Desk>().look_into_the_folder();
            if let Err(error) = tauri::async_runtime::spawn_blocking(look).await {
                tracing::error!(%error, "a look into the exchange folder ended early");
            }
            tokio::time::sleep(LOOK).await;
        }
    });
}

fn emit<R: Runtime>(app: &AppHandle<R>, notice: Notice) {
    match notice {
        Notice::Appended { drill, .. } => emit_appended(app, drill),
        Notice::Progress {
            drill,
            step,
            done,
            total,
            what,
        } => {
            let ended = what.is_empty() && total == 0;
            let of = drill.clone();
            let progress = Progress {
                drill,
                step,
                sentence: what,
                done: number(done),
                total: number(total),
                ended,
            };
            if let Err(error) = progress.emit(app) {
                tracing::warn!(%error, "progress not shown");
            }
            // The last entry was appended while the step was still at work: now its state is another.
            if ended {
                emit_appended(app, of);
            }
        }
        Notice::Reminder { drill, .. } => emit_appended(app, drill),
    }
}

fn emit_appended<R: Runtime>(app: &AppHandle<R>, drill: String) {
    let appended = JournalAppended {
        drill,
        size: app.state::<Desk>().size(),
    };
    if let Err(error) = appended.emit(app) {
        tracing::warn!(%error, "window not told of new entries");
    }
}

/// Reminders as notifications of the desktop, and the dialogs that ask for the place of a file.
pub fn on_the_desktop() -> TauriPlugin<Wry> {
    tauri::plugin::Builder::new("drillbook-desktop-notices")
        .setup(|app, _| {
            let (asking, reminding) = (app.clone(), app.clone());
            app.state::<Desk>().ask_place_with(Box::new(move |ask| {
                let dialog = asking.dialog().file();
                let chosen = match ask {
                    Ask::Save(name) => dialog.set_file_name(name).blocking_save_file(),
                    Ask::Open => dialog.blocking_pick_file(),
                    Ask::Folder => dialog.blocking_pick_folder(),
                };
                chosen.and_then(|place| place.into_path().ok())
            }));
            tauri::async_runtime::spawn(async move {
                let mut notices = reminding.state::<Desk>().subscribe();
                loop {
                    remind(&reminding);
                    // A deadline that was moved is looked at at once.
                    let _ = tokio::time::timeout(EVERY, deadline_set(&mut notices)).await;
                }
            });
            Ok(())
        })
        .build()
}

/// Waits until somebody sets a deadline.
async fn deadline_set(notices: &mut Receiver<Notice>) {
    loop {
        match notices.recv().await {
            Ok(Notice::Appended { kinds, .. }) if kinds.iter().any(|kind| kind == DEADLINE_SET) => {
                return;
            }
            Ok(_) => {}
            Err(RecvError::Lagged(_)) => return,
            Err(RecvError::Closed) => return std::future::pending().await,
        }
    }
}

fn remind(app: &AppHandle) {
    for (drill, _) in app.state::<Desk>().remind() {
        let shown = app
            .notification()
            .builder()
            .title("Cleanup is due")
            .body(&drill)
            .show();
        // The reminder stays on the home screen: a desktop without a bus shows no notification.
        if let Err(error) = shown {
            tracing::warn!(%error, "reminder not shown on the desktop");
        }
    }
}
