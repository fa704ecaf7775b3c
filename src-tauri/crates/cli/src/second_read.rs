//! `drillbook second-read`: another person asks again what a drill had asked, and signs the comparison.
//!
//! Deliberately absent: any client that changes something, and the operator's data folder.

use crate::args::SecondReadArgs;
use crate::key::Key;
use crate::output::{Failure, line, unreadable};
use crate::requests::note;
use drillbook_arm::Welcome;
use drillbook_audit::{Material, Options};
use drillbook_core::Refusal;
use drillbook_engine::reviewing::{nonce, now_after};
use drillbook_engine::{ReadAgain, SecondLogin, read_again, second_reading_of};
use drillbook_trust::document::{Compared, Document, SecondReading, parse_signed, to_bytes};
use drillbook_trust::exchange::{plain, write_reading};
use drillbook_trust::gate::signed_by;
use std::process::ExitCode;

/// Reads, compares, signs and writes.
pub(crate) async fn run(args: &SecondReadArgs) -> Result<ExitCode, Failure> {
    let options = Options {
        allowed_signers: args.allowed_signers.clone(),
        earlier: Vec::new(),
    };
    let material = second_reading_of(&args.bundle, &options)?;
    let key = admitted(args, &material)?;
    let login = login(args).await?;
    let read = read_again(&material, login, |number, all| {
        if number == all {
            note(&format!("{all} recorded reads"));
        }
    })
    .await?;
    for (entry, step, differs) in &read.told {
        line(plain(&format!("entry {entry}, {step}: {differs}")).as_str());
    }
    let reading = document(args, &material, &key, read);
    let bytes = to_bytes(&reading)?;
    let signature = key.sign(SecondReading::NAMESPACE, &bytes)?;
    let signed = parse_signed(&bytes, vec![signature])?;
    signed_by(material.policy.value(), &signed, &reading.person)?;
    std::fs::write(&args.out, write_reading(&signed)?)
        .map_err(|error| unreadable(&args.out, &error))?;
    line(&counts(&reading));
    line(&format!("second reading {}", signed.digest()));
    note(&format!("written to {}", args.out.display()));
    Ok(ExitCode::SUCCESS)
}

/// Returns how many reads there are of each verdict.
pub(crate) fn counts(reading: &SecondReading) -> String {
    let words = Compared::ALL.map(|one| format!("{} {}", reading.count(one), one.word()));
    words.join(", ")
}

/// Opens the key of somebody who may be a second reader, before anything is asked.
fn admitted(args: &SecondReadArgs, material: &Material) -> Result<Key, Failure> {
    let key = Key::open(&args.key)?;
    if args.person.eq_ignore_ascii_case(&material.drill.operator) {
        return Err(Refusal::OwnDrill.into());
    }
    let fingerprint = key.public.fingerprint();
    let named = material.policy.value().person_of_key(&fingerprint);
    if named != Some(args.person.as_str()) {
        let person = plain(&args.person);
        let sentence = format!("the policy of this drill does not name {fingerprint} for {person}");
        let next = "Sign with the key that you gave to the policy's owners.";
        return Err(Failure::new("exchange.key_unknown", &sentence, next));
    }
    Ok(key)
}

async fn login(args: &SecondReadArgs) -> Result<SecondLogin, Failure> {
    if let Some(name) = &args.connection {
        let connection = crate::connection::named(name, args.data.as_deref())?;
        return Ok(SecondLogin {
            cloud: connection.cloud()?,
            tenant: connection.tenant.clone(),
            subscription: connection.subscription.clone(),
        });
    }
    let ca = args.ca.as_deref();
    let ca = ca.map(|file| std::fs::read_to_string(file).map_err(|error| unreadable(file, &error)));
    let address = args.simulator.as_deref().unwrap_or_default();
    let welcome = Welcome::ask(address, ca.transpose()?).await?;
    Ok(SecondLogin {
        cloud: welcome.cloud,
        tenant: welcome.tenant,
        subscription: welcome.subscription,
    })
}

fn document(
    args: &SecondReadArgs,
    material: &Material,
    key: &Key,
    read: ReadAgain,
) -> SecondReading {
    let (log, earlier) = (material.log.clone(), material.drill.last_at);
    SecondReading {
        drill: material.drill.id.clone(),
        journal_seen: material.head,
        person: args.person.clone(),
        presence: key.presence,
        object_id: read.object_id,
        began_at: read.began_at,
        // A rehearsal's clock runs ahead of ours by the waits it took.
        read_at: now_after(&log, earlier).max(read.read_at),
        reads: read.reads,
        nonce: nonce(),
        log,
    }
}
