//! `drillbook journal`: seal, verify, back up, restore, and the recovery of a key.

use crate::args::{JournalCommand, Of, Sealed};
use crate::output::{Failure, line, unreadable};
use crate::requests::note;
use drillbook_engine::safekeeping::{self, Environment, Holder, RecoveryOpener};
use drillbook_engine::{EngineError, Seal, data_path};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use zeroize::Zeroizing;

pub(crate) fn run(command: JournalCommand) -> Result<ExitCode, Failure> {
    match command {
        JournalCommand::Seal(sealed) => {
            let (data, seal) = sealed.read()?;
            let id = safekeeping::seal(&data, &seal)?;
            line(&format!("the live journal is sealed with the key {id}"));
            line(
                "next: make two recovery files, drillbook journal recovery-file FILE, and keep them elsewhere",
            );
        }
        JournalCommand::Verify { sealed, of } => verify(&sealed, &of)?,
        JournalCommand::Timestamp {
            write,
            token,
            sealed,
            of,
        } => timestamp(write.as_deref(), token.as_deref(), &sealed, &of)?,
        JournalCommand::Backup { file, sealed, of } => {
            let (data, seal) = sealed.read()?;
            let size = safekeeping::backup(&data, of.environment(), &seal, &file)?;
            of.say(
                &format!("{size} entries are backed up to {}", file.display()),
                &json!({"entries": size, "file": file.display().to_string()}),
            );
        }
        JournalCommand::Restore { file, sealed, of } => restore(&file, &sealed, &of)?,
        JournalCommand::RecoveryFile {
            file,
            recovery_passphrase_file,
            recipient,
            sealed,
        } => {
            let (data, seal) = sealed.read()?;
            let holder = match (recipient, recovery_passphrase_file) {
                (Some(recipient), _) => Holder::Recipient(recipient),
                (None, from) => Holder::Passphrase(secret(from.as_deref())?),
            };
            let id = safekeeping::write_recovery(&data, &seal, &holder, &file)?;
            line(&format!("{} recovers the key {id}", file.display()));
        }
        JournalCommand::Recover {
            file,
            recovery_passphrase_file,
            identity,
            sealed,
        } => {
            let (data, seal) = sealed.read()?;
            let opener = match identity {
                Some(identity) => RecoveryOpener::Identity(text(&identity)?),
                None => RecoveryOpener::Passphrase(secret(recovery_passphrase_file.as_deref())?),
            };
            let id = safekeeping::recover(&data, &file, &opener, &seal)?;
            line(&format!("the key {id} is back"));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn timestamp(
    write: Option<&Path>,
    token: Option<&Path>,
    sealed: &Sealed,
    of: &Of,
) -> Result<(), Failure> {
    let (data, seal) = sealed.read()?;
    if let Some(file) = write {
        let text = safekeeping::newest_checkpoint(&data, of.environment(), &seal)?;
        std::fs::write(file, &text).map_err(|error| {
            let sentence = format!("{} cannot be written: {error}", file.display());
            Failure::new("cli.file", &sentence, "Choose another file.")
        })?;
        let name = file.display().to_string();
        let next = format!("openssl ts -query -data {name} -sha256 -cert -out {name}.tsq");
        of.say(
            &format!(
                "{name} holds the newest checkpoint\nnext: {next}, and send that to the authority"
            ),
            &json!({"file": name, "checkpoint": text}),
        );
    }
    let Some(file) = token else {
        return Ok(());
    };
    let bytes = std::fs::read(file).map_err(|error| unreadable(file, &error))?;
    let taken = safekeeping::take_timestamp(&data, of.environment(), &seal, bytes)?;
    let known = if taken.known {
        " (known already, nothing changed)"
    } else {
        ""
    };
    of.say(
        &format!(
            "the first {} entries existed at {}, says the authority{known}",
            taken.size, taken.stamped
        ),
        &json!({"size": taken.size, "stamped": taken.stamped, "known": taken.known}),
    );
    Ok(())
}

fn verify(sealed: &Sealed, of: &Of) -> Result<(), Failure> {
    let (data, seal) = sealed.read()?;
    let sound = safekeeping::verify(&data, of.environment(), &seal)?;
    let (origin, found) = (sound.origin, sound.verified);
    of.say(
        &format!(
            "{origin}: {} entries, {} documents, {} pieces of evidence and {} checkpoints hold",
            found.head.size, found.documents, found.blobs, found.checkpoints
        ),
        &json!({
            "origin": origin, "entries": found.head.size, "root": found.head.root.to_string(),
            "documents": found.documents, "evidence": found.blobs, "checkpoints": found.checkpoints,
            "rollback_watched": sound.unwatched.is_none(),
        }),
    );
    if let Some(why) = sound.unwatched {
        note(&format!(
            "note: {why}; that an older copy of the whole folder was put in its place would not be noticed"
        ));
    }
    Ok(())
}

fn restore(file: &Path, sealed: &Sealed, of: &Of) -> Result<(), Failure> {
    let (data, seal) = sealed.read()?;
    let before = safekeeping::restore(file, &data, of.environment(), &seal)?;
    let origin = safekeeping::verify(&data, of.environment(), &seal)?.origin;
    of.say(
        &format!(
            "{origin} goes on after {} entries of {}; sign-offs from before do not count any more",
            before.head.size, before.origin
        ),
        &json!({
            "origin": origin, "predecessor": before.origin, "size": before.head.size,
            "root": before.head.root.to_string(),
        }),
    );
    Ok(())
}

impl Of {
    fn environment(&self) -> Environment {
        if self.rehearsal {
            Environment::Rehearsal
        } else {
            Environment::Live
        }
    }

    fn say(&self, sentence: &str, object: &serde_json::Value) {
        if self.json {
            line(&object.to_string());
        } else {
            line(sentence);
        }
    }
}

impl Sealed {
    pub(crate) fn read(&self) -> Result<(PathBuf, Seal), Failure> {
        let data = data_path(self.data.as_deref())?;
        let seal = match &self.passphrase_file {
            Some(file) => Seal::Passphrase(secret(Some(file))?),
            None => Seal::Keyring,
        };
        Ok((data, seal))
    }
}

/// Reads a passphrase: the first line of a file.
fn secret(file: Option<&Path>) -> Result<Zeroizing<String>, Failure> {
    let Some(file) = file else {
        return Err(EngineError::from(drillbook_engine::KeyError::PassphraseNeeded).into());
    };
    let text = text(file)?;
    Ok(Zeroizing::new(
        text.lines().next().unwrap_or_default().to_owned(),
    ))
}

fn text(file: &Path) -> Result<Zeroizing<String>, Failure> {
    std::fs::read_to_string(file)
        .map(Zeroizing::new)
        .map_err(|source| {
            EngineError::from(drillbook_engine::KeyError::File {
                path: file.to_owned(),
                source,
            })
            .into()
        })
}
