//! Switching between rehearsal and live, and the connection that live drills go over.

#![expect(
    missing_docs,
    reason = "each is documented where it becomes a command, in `ipc`"
)]

use super::Desk;
use super::opening::Which;
use super::workspace::{InUse, not_live};
use crate::ipc::views::{AppView, IpcError, LiveStateView, OpenLive};
use drillbook_engine::{LiveState, Seal, live_state, try_seal};
use zeroize::Zeroizing;

impl Desk {
    pub async fn live_state(&self) -> Result<LiveStateView, IpcError> {
        let open = self.workspace()?;
        let (exists, passphrase, keyring) = match live_state(open.folder().path())? {
            LiveState::None(why) => (false, why.is_some(), why),
            LiveState::Keyring => (true, false, None),
            LiveState::Passphrase => (true, true, None),
        };
        Ok(LiveStateView {
            open: open.live().is_some(),
            exists,
            passphrase,
            keyring: keyring.map(|why| IpcError::from(why).into()),
        })
    }

    pub async fn open_live(&self, request: OpenLive) -> Result<AppView, IpcError> {
        let seal = match request.passphrase {
            Some(text) => Seal::Passphrase(Zeroizing::new(text)),
            None => Seal::Keyring,
        };
        let open = self.workspace()?;
        if open.live().is_none() {
            try_seal(open.folder().path(), &seal)?;
            drop(open);
            self.reopen(Which::Live(seal)).await?;
        }
        self.app().await
    }

    pub async fn open_rehearsal(&self) -> Result<AppView, IpcError> {
        if self.workspace()?.live().is_none() {
            return Err(not_live());
        }
        self.reopen(Which::Rehearsal(None)).await?;
        self.app().await
    }

    pub async fn use_connection(&self, name: &str) -> Result<AppView, IpcError> {
        self.over(name).await?;
        self.app().await
    }

    /// Opens the live journal over a connection, once it was tried.
    pub(super) async fn over(&self, name: &str) -> Result<(), IpcError> {
        let open = self.workspace()?;
        let live = open.live().ok_or_else(not_live)?;
        if live
            .connection
            .as_ref()
            .is_some_and(|used| used.name == name)
        {
            return Ok(());
        }
        let data = open.folder().path().to_owned();
        let before = live.connection.clone();
        let seal = live.seal.clone();
        drop(open);
        let reached = self.shared.unlocked.get(&data, name)?.check().await?;
        let used = InUse {
            name: name.to_owned(),
            account: reached.who,
            subscription: reached.subscription,
        };
        used.write(&data)?;
        let outcome = self.reopen(Which::Live(seal)).await;
        if let (Err(_), Some(before)) = (&outcome, before) {
            before.write(&data)?;
        }
        outcome
    }
}
