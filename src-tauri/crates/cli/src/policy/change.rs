//! `drillbook policy propose | sign | adopt`: version N+1, signed by the owners of version N.

use super::roster;
use crate::args::{Journal, PolicyChange};
use crate::key::Key;
use crate::output::{Failure, line, unreadable};
use crate::requests::read;
use drillbook_trust::document::{Document, Policy, to_bytes};
use drillbook_trust::exchange::signatures;
use std::path::{Path, PathBuf};

pub(super) async fn run(change: PolicyChange) -> Result<(), Failure> {
    match change {
        PolicyChange::Propose { file, journal } => propose(&file, &journal),
        PolicyChange::Sign { file, key } => sign(&file, &key),
        PolicyChange::Adopt { file, journal } => adopt(&file, &journal).await,
    }
}

/// Writes the version after the one in force, in lines, so that it can be edited.
fn propose(file: &Path, journal: &Journal) -> Result<(), Failure> {
    let roster = roster(journal)?;
    let from = roster.policy.value().not_before.max(chrono::Utc::now());
    let next = Policy::next(&roster.policy, from, rand::random());
    let mut page = serde_json::to_value(&next).unwrap_or_default();
    if let Some(members) = page.as_object_mut() {
        members.insert("type".to_owned(), Policy::TYPE.into());
    }
    let page = serde_json::to_string_pretty(&page).unwrap_or_default();
    write(file, &format!("{page}\n"))?;
    line(&format!(
        "version {} written to {}",
        next.version,
        file.display()
    ));
    line(&format!(
        "edit it, then let {} of its owners sign it: drillbook policy sign {} --key KEY",
        roster.policy.value().threshold,
        file.display()
    ));
    Ok(())
}

fn write(file: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(file, text).map_err(|error| {
        let sentence = format!("{} cannot be written: {error}", file.display());
        Failure::new("cli.file", &sentence, "Choose another file.")
    })
}

/// Puts a policy file into its one canonical form and adds a signature beside it.
fn sign(file: &Path, key: &Path) -> Result<(), Failure> {
    let text = read(file)?;
    let bytes = canonical(&text)?;
    let key = Key::open(key)?;
    let armored = key.sign(Policy::NAMESPACE, &bytes)?;
    let beside = signature_file(file);
    let mut all = match std::fs::read_to_string(&beside) {
        // Signatures over another text are worth nothing any more.
        Ok(earlier) if bytes == text.as_bytes() => signatures(&earlier)?,
        _ => Vec::new(),
    };
    if !all.contains(&armored) {
        all.push(armored);
    }
    write(file, &String::from_utf8_lossy(&bytes))?;
    write(&beside, &all.concat())?;
    line(&format!("{} signatures in {}", all.len(), beside.display()));
    Ok(())
}

/// Returns the bytes that are signed: whatever the spelling of the file, one and the same document.
fn canonical(text: &str) -> Result<Vec<u8>, Failure> {
    let wrong = |error: &dyn std::fmt::Display| {
        let sentence = format!("the file is not a policy: {error}");
        Failure::new(
            "policy.unreadable",
            &sentence,
            "Correct the file, or propose it anew.",
        )
    };
    let mut page: serde_json::Value = serde_json::from_str(text).map_err(|error| wrong(&error))?;
    let kind = page
        .as_object_mut()
        .and_then(|members| members.remove("type"));
    if kind.as_ref().and_then(serde_json::Value::as_str) != Some(Policy::TYPE) {
        return Err(wrong(&"its type is another one"));
    }
    let policy: Policy = serde_json::from_value(page).map_err(|error| wrong(&error))?;
    policy
        .check()
        .map_err(|field| wrong(&format!("its field {field} is not well formed")))?;
    Ok(to_bytes(&policy)?)
}

fn signature_file(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".sig");
    PathBuf::from(name)
}

async fn adopt(file: &Path, journal: &Journal) -> Result<(), Failure> {
    let bytes = std::fs::read(file).map_err(|error| unreadable(file, &error))?;
    let signed = signatures(&read(&signature_file(file))?)?;
    let place = journal.open().await?;
    let adopted = place.engine().adopt_policy(&bytes, signed)?;
    line(&format!(
        "policy version {} is in force",
        adopted.value().version
    ));
    line(&format!("{}", adopted.digest()));
    Ok(())
}
