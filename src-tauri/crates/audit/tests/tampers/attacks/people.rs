//! Attacks on people's signatures: approvals, keys, policies, and what is sent on them.

use super::*;
use crate::tools::{resign, unpacked};
use crate::world::{Trick, World};

/// Sign-offs 1, 2 and 3 are the approvals; 0 is a refusal.
pub(super) fn approvals(place: usize, cases: &mut Vec<Case>) {
    for (attack, trick) in [
        ("self-approval", Trick::SelfApproval),
        ("operator's key for a reviewer", Trick::OperatorsKey),
        ("forged approval", Trick::Forged),
        ("wrong namespace", Trick::WrongNamespace),
        ("reused approval", Trick::Reused),
        ("approval left out", Trick::NotAsked),
        ("expired approval", Trick::Expired),
        ("nonce used again", Trick::NonceReused),
        ("other reason than was signed", Trick::Misquoted),
        ("other condition than was signed", Trick::OtherCondition),
    ] {
        // What a cleanup approval says of its end does not bind it: debt can always be paid.
        if matches!(trick, Trick::Expired | Trick::NonceReused) && place == 2 {
            continue;
        }
        let world = World::new(trick, place + 1);
        let files = unpacked(&world.bundle().unwrap());
        form(attack, place, cases).consistent(files, Expected::Caught);
    }
    // As it is: the reviewer's document is edited in place, or its signature taken from another.
    let mut form = form("edited decision", place, cases);
    let (_, mut files) = honest();
    let decisions: Vec<String> = files
        .iter()
        .filter(|(name, bytes)| {
            name.ends_with(".json") && String::from_utf8_lossy(bytes).contains("drill.decision/1")
        })
        .map(|(name, _)| name.clone())
        .collect();
    let name = [
        &decisions[0],
        &decisions[1],
        &decisions[decisions.len() - 1],
    ][place]
        .clone();
    let text = String::from_utf8(files[&name].clone()).unwrap();
    files.insert(
        name.clone(),
        text.replace("\"file\"", "\"keyring\"").into_bytes(),
    );
    form.plain(files.clone());
    resign(&mut files, &World::new(Trick::None, 0));
    form.consistent(files, Expected::Caught);
    let mut form = Form {
        attack: "swapped signature",
        place,
        cases,
    };
    let (world, mut files) = honest();
    let other = decisions.iter().find(|one| **one != name).unwrap();
    let taken = files[&format!("{other}.sig")].clone();
    files.insert(format!("{name}.sig"), taken);
    form.plain(files.clone());
    resign(&mut files, &world);
    form.consistent(files, Expected::Caught);
}

pub(super) fn keys(cases: &mut Vec<Case>) {
    let (_, honest) = honest();
    let signers = String::from_utf8(honest["allowed_signers"].clone()).unwrap();
    let world = World::new(Trick::SwappedKeys, 0);
    let files = unpacked(&world.bundle().unwrap());
    let own = Brought {
        signers: Some(signers.clone().into_bytes()),
        earlier: None,
        folder: false,
    };
    let mut swapped = form("swapped keys, with the auditor's file", 0, cases);
    swapped.push("consistent", files.clone(), own, Expected::Caught);
    let mut swapped = form("swapped keys, without it", 0, cases);
    swapped.consistent(
        files,
        Expected::Undetectable("the whole log, every key and every signature"),
    );
    for (place, principal) in ["maya@", "rita@", "installation@"].iter().enumerate() {
        let bounded = |option: &str| {
            let lines = signers
                .lines()
                .map(|line| match line.starts_with(principal) {
                    true => line.replace("namespaces=", &format!("{option},namespaces=")) + "\n",
                    false => format!("{line}\n"),
                });
            Brought {
                signers: Some(lines.collect::<String>().into_bytes()),
                earlier: None,
                folder: false,
            }
        };
        let mut expired = form("expired key", place, cases);
        for option in [
            "valid-before=\"20261121090000Z\"",
            "valid-after=\"20261122000000Z\"",
        ] {
            expired.push(
                "auditor's file",
                honest.clone(),
                bounded(option),
                Expected::Caught,
            );
        }
    }
}

pub(super) fn policy(cases: &mut Vec<Case>) {
    for (attack, trick) in [
        ("lowered quorum", Trick::LoweredQuorum),
        ("edited policy", Trick::EditedPolicy),
    ] {
        let mut form = form(attack, 0, cases);
        let (_, mut files) = honest();
        let is_policy = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains("drill.policy/1");
        let name = files
            .iter()
            .find(|(name, bytes)| name.ends_with(".json") && is_policy(bytes));
        let name = name.unwrap().0.clone();
        let text = String::from_utf8(files[&name].clone()).unwrap();
        let text = match trick {
            Trick::LoweredQuorum => text.replace("\"quorum\":2", "\"quorum\":1"),
            _ => text.replace("P6Y", "P1Y"),
        };
        files.insert(name, text.into_bytes());
        form.plain(files);
        let world = World::new(trick, 0);
        form.consistent(unpacked(&world.bundle().unwrap()), Expected::Caught);
    }
}

pub(super) fn sent(cases: &mut Vec<Case>) {
    for (attack, trick) in [
        ("sent twice on one approval", Trick::SentTwice),
        ("sent to another path", Trick::OtherPath),
        ("other words than were asked", Trick::Reworded),
        ("closed with debt", Trick::FalseEnd),
    ] {
        let world = World::new(trick, 0);
        let files = unpacked(&world.bundle().unwrap());
        form(attack, 1, cases).consistent(files, Expected::Caught);
    }
}

/// Taking decisions back, breaking glass and its review.
pub(super) fn aftermath(cases: &mut Vec<Case>) {
    for (attack, trick) in [
        ("sent on a decision taken back", Trick::RevokedAndSent),
        ("forged revocation", Trick::ForgedRevocation),
        ("revocation by a stranger", Trick::StrangeRevocation),
        ("revocation of another decision", Trick::OtherRevocation),
        ("glass broken by somebody unnamed", Trick::UnnamedGlass),
        ("forged break-glass", Trick::ForgedGlass),
        ("break-glass in a wrong namespace", Trick::GlassNamespace),
        ("expired break-glass", Trick::ExpiredGlass),
        ("reused break-glass", Trick::ReusedGlass),
        ("review due later than the policy says", Trick::LongerReview),
        ("closed without the review", Trick::NoReview),
        ("review by whoever broke the glass", Trick::OwnReview),
        ("review by the operator", Trick::OperatorsReview),
        ("forged review", Trick::ForgedReview),
        ("review before the fact", Trick::EarlyReview),
        ("review softened", Trick::SoftenedReview),
        ("forged second reading", Trick::ForgedReading),
        ("second reading by the operator", Trick::OperatorsReading),
        (
            "second reading in a wrong namespace",
            Trick::ReadingNamespace,
        ),
        ("second reading of another log", Trick::OtherLogReading),
        ("second reading of another drill", Trick::OtherDrillReading),
        ("second reading softened", Trick::SoftenedReading),
        ("second reading of other evidence", Trick::OtherReads),
    ] {
        let world = World::new(trick, 0);
        let files = unpacked(&world.bundle().unwrap());
        form(attack, 1, cases).consistent(files, Expected::Caught);
    }
}

pub(super) fn stamps(cases: &mut Vec<Case>) {
    let files = unpacked(&World::new(Trick::FalseStamp, 0).bundle().unwrap());
    let ours = Expected::OnlyOurs("that a time stamp is over the checkpoint that its entry names");
    form("false time stamp", 1, cases).consistent(files, ours);
}
