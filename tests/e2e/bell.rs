//! A notification service on the session bus, as every desktop has one: it keeps what it is asked to show.

use crate::driver::PATIENCE;
use futures::StreamExt;
use std::collections::HashMap;
use tokio::sync::mpsc;
use zbus::{Connection, MessageStream, OwnedVariant};

/// The name of the service.
const NAME: &str = "org.freedesktop.Notifications";

/// What a desktop would show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The headline.
    pub summary: String,
    /// The text below.
    pub body: String,
}

/// The arguments of `Notify`: application, replaced id, icon, summary, body, actions, hints, timeout.
type Notify = (
    String,
    u32,
    String,
    String,
    String,
    Vec<String>,
    HashMap<String, OwnedVariant>,
    i32,
);

/// The service, for as long as it is kept.
pub struct Bell {
    shown: mpsc::UnboundedReceiver<Shown>,
    _connection: Connection,
}

impl Bell {
    /// Takes the service's name on the session bus and answers from then on.
    pub async fn hung() -> Self {
        let connection = Connection::session().await.unwrap();
        let mut calls = MessageStream::from(&connection);
        connection.request_name(NAME).await.unwrap();
        let (keep, shown) = mpsc::unbounded_channel();
        let answering = connection.clone();
        tokio::spawn(async move {
            while let Some(Ok(call)) = calls.next().await {
                let header = call.header();
                if header.member().is_none_or(|member| member != "Notify") {
                    continue;
                }
                let (_, _, _, summary, body, ..): Notify = call.body().deserialize().unwrap();
                answering.reply(&header, &1u32).await.unwrap();
                // The journey may have ended meanwhile.
                let _ = keep.send(Shown { summary, body });
            }
        });
        Self {
            shown,
            _connection: connection,
        }
    }

    /// Waits for the next notification.
    pub async fn next(&mut self) -> Shown {
        let next = tokio::time::timeout(PATIENCE, self.shown.recv()).await;
        next.expect("a notification of the desktop arrives")
            .expect("the service answers")
    }

    /// Returns what has arrived meanwhile.
    pub fn more(&mut self) -> Option<Shown> {
        self.shown.try_recv().ok()
    }
}
