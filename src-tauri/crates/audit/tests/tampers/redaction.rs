//! Bundles with something left out: they hold, they show what they may, and a lie in them is found.

use crate::tools::{Answers, Brought, Files, ask, packed, resign, unpacked};
use crate::world::{GROUP, Trick, World};
use drillbook_audit::{Audience, AuditError, Input, Redaction, open_reveal, reveal};
use drillbook_diagnostic::Diagnostic;
use drillbook_trust::entry::Entry;
use drillbook_trust::picture::Area;
use std::collections::BTreeMap;

const CORNER: Area = Area {
    x: 0,
    y: 0,
    width: 10,
    height: 10,
};

/// Returns the entry that attached the world's picture.
fn picture(world: &World) -> u64 {
    let entries = world.entries.iter();
    let mut entries = entries.map(|one| Entry::from_bytes(&one.bytes).unwrap());
    let found = entries.find(|one| one.public.contains_key("tile_root"));
    found.unwrap().seq
}

fn bundle(world: &World, audience: Audience, areas: &[Area]) -> Files {
    let areas = match areas {
        [] => BTreeMap::new(),
        areas => BTreeMap::from([(picture(world), areas.to_vec())]),
    };
    unpacked(&world.bundle_for(&Redaction { audience, areas }).unwrap())
}

fn both(files: &Files) -> Answers {
    ask(files, &Brought::default())
}

/// Both must give this exit code.
fn agree(what: &str, files: &Files, code: i32) -> Answers {
    let answers = both(files);
    let codes = (answers.ours.0, answers.script.0);
    let (ours, script) = (&answers.ours_output, &answers.script_output);
    assert_eq!(codes, (code, code), "{what}\n{ours}\n{script}");
    answers
}

#[test]
fn a_bundle_for_each_audience_holds_before_both_verifiers() {
    for trick in [Trick::None, Trick::Stopped] {
        let world = World::new(trick, 0);
        for audience in Audience::ALL {
            for areas in [&[][..], &[CORNER]] {
                let files = bundle(&world, audience, areas);
                assert_eq!(
                    files,
                    bundle(&world, audience, areas),
                    "the same bytes again"
                );
                agree(&format!("{trick:?} {audience} {areas:?}"), &files, 0);
            }
        }
    }
}

#[test]
fn the_public_gets_no_name_no_answer_and_no_picture() {
    let world = World::new(Trick::None, 0);
    let files = bundle(&world, Audience::Public, &[]);
    for (name, bytes) in &files {
        let text = String::from_utf8_lossy(bytes);
        for needle in [GROUP, "rg-drill-0001", "sig=secret"] {
            assert!(!text.contains(needle), "{name} holds {needle}");
        }
    }
    let shown: Vec<&String> = files
        .keys()
        .filter(|name| name.starts_with("evidence/"))
        .collect();
    assert_eq!(shown.len(), 2, "the black picture and its proof: {shown:?}");
    let black = files
        .iter()
        .find(|(name, _)| name.ends_with(".png"))
        .unwrap();
    let rgb = image::load_from_memory(black.1).unwrap().into_rgb8();
    assert!(rgb.as_raw().iter().all(|byte| *byte == 0));
}

#[test]
fn a_blackened_picture_hides_its_part_and_the_digest_of_its_file() {
    let world = World::new(Trick::None, 0);
    let whole = bundle(&world, Audience::Auditor, &[]);
    let files = bundle(&world, Audience::Auditor, &[CORNER]);
    let gone: Vec<&String> = whole
        .keys()
        .filter(|name| !files.contains_key(*name))
        .collect();
    assert_eq!(gone.len(), 1, "the original: {gone:?}");
    let digest = gone[0].strip_prefix("evidence/").unwrap();
    for (name, bytes) in &files {
        assert!(!String::from_utf8_lossy(bytes).contains(digest), "{name}");
    }
    let (_, png) = files
        .iter()
        .find(|(name, _)| name.ends_with(".png"))
        .unwrap();
    let rgb = image::load_from_memory(png).unwrap().into_rgb8();
    assert_eq!(rgb.get_pixel(0, 0).0, [0; 3]);
    assert!(
        rgb.as_raw().iter().any(|byte| *byte != 0),
        "the rest is shown"
    );
}

#[test]
fn what_is_no_picture_is_not_blackened() {
    let world = World::new(Trick::None, 0);
    let redaction = Redaction {
        audience: Audience::Auditor,
        areas: BTreeMap::from([(0, vec![CORNER])]),
    };
    let refused = world.bundle_for(&redaction).unwrap_err();
    assert_eq!(refused.code(), "audit.no_picture");
}

/// Changes the lines of a file.
fn edit(files: &mut Files, name: &str, change: impl Fn(&str) -> Option<String>) {
    let text = String::from_utf8(files[name].clone()).unwrap();
    let lines: Vec<String> = text
        .lines()
        .filter_map(change)
        .map(|line| line + "\n")
        .collect();
    assert_ne!(lines.concat(), text, "nothing was changed in {name}");
    files.insert(name.to_owned(), lines.concat().into_bytes());
}

#[test]
fn a_lie_about_what_is_withheld_is_found_by_both() {
    let world = World::new(Trick::None, 0);
    let public = bundle(&world, Audience::Public, &[]);
    let internal = bundle(&world, Audience::Internal, &[]);
    let mut cases: Vec<(&str, Files)> = Vec::new();
    for place in ["first", "last"] {
        let mut files = public.clone();
        let text = String::from_utf8(files["disclosures.txt"].clone()).unwrap();
        let mut withheld = text.lines().filter(|line| line.contains(" withheld "));
        let line = match place {
            "first" => withheld.next(),
            _ => withheld.next_back(),
        };
        let line = line.unwrap().to_owned();
        edit(&mut files, "disclosures.txt", |one| {
            (one != line).then(|| one.to_owned())
        });
        cases.push(("a withheld value is dropped", files));
        let mut files = public.clone();
        edit(&mut files, "disclosures.txt", |one| {
            let mut words: Vec<String> = one.split(' ').map(str::to_owned).collect();
            if one == line {
                words[2] = words[2].chars().rev().collect();
            }
            Some(words.join(" "))
        });
        cases.push(("a commitment is altered", files));
    }
    let mut files = internal.clone();
    edit(&mut files, "README.txt", |line| {
        Some(line.replace("audience: internal", "audience: auditor"))
    });
    let hide = |files: &mut Files, field: &str| {
        edit(files, "disclosures.txt", |line| {
            let words: Vec<&str> = line.split(' ').collect();
            let [seq, "shown", text] = words[..] else {
                return Some(line.to_owned());
            };
            let one = drillbook_trust::disclosure::Disclosure::decode(text).unwrap();
            if one.name == field {
                Some(format!("{seq} withheld {} {field}", one.commitment()))
            } else {
                Some(line.to_owned())
            }
        });
    };
    hide(&mut files, "path");
    cases.push(("a path is withheld from an auditor", files));
    let mut files = internal.clone();
    hide(&mut files, "document");
    cases.push(("what was approved is withheld from the company", files));
    let mut files = internal;
    hide(&mut files, "evidence");
    cases.push((
        "every piece of evidence is withheld from the company",
        files,
    ));
    for (what, mut files) in cases {
        resign(&mut files, &world);
        agree(what, &files, 1);
    }
}

#[test]
fn paint_in_a_hidden_part_and_a_false_proof_are_found_by_ours() {
    let world = World::new(Trick::None, 0);
    let honest = bundle(&world, Audience::Auditor, &[CORNER]);
    let named = |end: &str| {
        honest
            .keys()
            .find(|name| name.ends_with(end))
            .unwrap()
            .clone()
    };
    let (png, proof) = (named(".png"), named(".tiles.json"));
    let mut painted = honest.clone();
    let mut rgb = image::load_from_memory(&honest[&png]).unwrap().into_rgb8();
    rgb.put_pixel(1, 1, image::Rgb([1, 2, 3]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    rgb.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    painted.insert(png.clone(), bytes.into_inner());
    let mut forged = honest.clone();
    edit(&mut forged, &proof, |line| {
        Some(
            line.replacen("sha256:0", "sha256:1", 1)
                .replacen("sha256:f", "sha256:e", 1)
                + " ",
        )
    });
    for (what, mut files) in [("paint", painted), ("a false proof", forged)] {
        resign(&mut files, &world);
        assert_eq!(both(&files).ours, (1, "picture.tiles".to_owned()), "{what}");
    }
    let mut lost = honest;
    lost.remove(&png);
    resign(&mut lost, &world);
    agree("the blackened picture is lost", &lost, 1);
}

#[test]
fn every_trick_on_an_approval_is_found_by_both_in_a_public_bundle() {
    let tricks = [
        Trick::SelfApproval,
        Trick::OperatorsKey,
        Trick::Forged,
        Trick::WrongNamespace,
        Trick::Reused,
        Trick::Expired,
        Trick::LoweredQuorum,
        Trick::EditedPolicy,
        Trick::NotAsked,
        Trick::SentTwice,
        Trick::FalseEnd,
        Trick::NonceReused,
        Trick::Misquoted,
        Trick::RevokedAndSent,
        Trick::ForgedRevocation,
        Trick::StrangeRevocation,
        Trick::UnnamedGlass,
        Trick::ForgedGlass,
        Trick::ExpiredGlass,
        Trick::LongerReview,
        Trick::NoReview,
        Trick::OwnReview,
        Trick::SoftenedReview,
    ];
    for trick in tricks {
        // The first sign-off is a refusal, which no trick makes worse.
        let world = World::new(trick, 1);
        agree(
            &format!("{trick:?}"),
            &bundle(&world, Audience::Public, &[]),
            1,
        );
    }
}

#[test]
fn a_withheld_value_is_shown_later_by_a_file_that_fits_the_old_bundle() {
    let world = World::new(Trick::None, 0);
    let files = bundle(&world, Audience::Public, &[]);
    let zip = packed(&files);
    let (mut shown, mut never) = (0, 0);
    for logged in &world.entries {
        let entry = Entry::from_bytes(&logged.bytes).unwrap();
        for disclosure in &logged.disclosures {
            let Some(file) = reveal(&entry.log, entry.seq, &entry.kind, disclosure) else {
                never += 1;
                continue;
            };
            let opened = open_reveal(Input::Bytes(&zip), &file);
            if entry.drill == crate::world::OTHER
                || !Audience::Public.withholds(&entry.kind, &disclosure.name)
            {
                assert!(matches!(opened, Err(AuditError::Reveal(_))));
                continue;
            }
            let opened = opened.unwrap();
            assert_eq!(
                (opened.entry, &opened.value),
                (entry.seq, &disclosure.value)
            );
            let text = String::from_utf8(file).unwrap();
            for forged in [
                text.replace(&format!("\"entry\":{},", entry.seq), "\"entry\":0,"),
                text.replace("drillbook/rehearsal/9", "drillbook/rehearsal/8"),
                text.replace("drill.reveal/1", "drill.reveal/2"),
            ] {
                let forged = open_reveal(Input::Bytes(&zip), forged.as_bytes());
                assert_eq!(forged.unwrap_err().code(), "bundle.reveal");
            }
            shown += 1;
        }
    }
    assert!(shown > 20, "{shown} values were shown");
    assert_eq!(never, 2, "the signed address and the picture's master");
}
