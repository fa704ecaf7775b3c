//! Appending and reading back.

use crate::support::{DRILL, OPERATOR, at, entry, fill, open, picture, sealed, verify};
use drillbook_diagnostic::Diagnostic;
use drillbook_journal::{Batch, Expected, JournalError, NewDocument, NewEntry};
use drillbook_trust::digest::Digest;
use drillbook_trust::disclosure::Value;
use drillbook_trust::merkle::{Head, leaf_hash, root_of};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

#[test]
fn keeps_the_exact_bytes_and_every_sealed_value() {
    let folder = tempfile::tempdir().unwrap();
    let (writer, reader) = open(folder.path());
    let batch = Batch::new(at(0), vec![entry(DRILL, "action.intended", 1)]);
    let appended = writer.append(&Expected::last(DRILL, None), batch).unwrap();
    let stored = reader.entry(0).unwrap().unwrap();
    assert_eq!(appended.entries, std::slice::from_ref(&stored));
    assert_eq!((appended.seqs(), appended.last_of(DRILL)), (0..1, Some(0)));
    assert_eq!(appended.last_of("D-other"), None);
    assert_eq!(stored.entry.log, "drillbook/rehearsal/9f3c2a7d51e0b846");
    assert_eq!(stored.entry.log, writer.origin());
    assert_eq!(stored.entry.to_bytes().unwrap(), stored.bytes);
    assert_eq!(stored.leaf, leaf_hash(&stored.bytes));
    assert_eq!(
        appended.head,
        Head {
            size: 1,
            root: stored.leaf
        }
    );
    assert_eq!(stored.value("number"), Some(&Value::Int(1)));
    assert_eq!(
        stored.value("path"),
        Some(&"/subscriptions/s/vaults/Evergreen-1".into())
    );
    assert_eq!(stored.value("flag"), Some(&Value::Flag(false)));
    assert_eq!(stored.sealed().len(), 2);
    let text = String::from_utf8(stored.bytes).unwrap();
    assert!(
        !text.contains("Evergreen"),
        "a sealed value is not in the leaf"
    );
    assert_eq!(reader.entry(1).unwrap(), None);
    assert_eq!(reader.entry(u64::MAX).unwrap(), None);
}

#[test]
fn refuses_a_caller_who_missed_an_entry_of_that_drill_only() {
    let folder = tempfile::tempdir().unwrap();
    let (writer, reader) = open(folder.path());
    let one = |drill| Batch::new(at(0), vec![entry(drill, "note.added", 0)]);
    writer
        .append(&Expected::last(DRILL, None), one(DRILL))
        .unwrap();
    writer
        .append(&Expected::last("other", None), one("other"))
        .unwrap();
    let error = writer
        .append(&Expected::last(DRILL, None), one(DRILL))
        .unwrap_err();
    assert!(matches!(
        error,
        JournalError::Race {
            expected: None,
            found: Some(0),
            ..
        }
    ));
    assert_eq!(error.code(), "journal.race");
    assert_eq!(reader.head().unwrap().size, 2);
    writer
        .append(&Expected::last(DRILL, Some(0)), one(DRILL))
        .unwrap();
    let error = writer
        .append(&Expected::last(DRILL, Some(9)), one(DRILL))
        .unwrap_err();
    assert!(matches!(
        error,
        JournalError::Race {
            expected: Some(9),
            found: Some(2),
            ..
        }
    ));
    assert_eq!(reader.last_of(DRILL).unwrap(), Some(2));
}

#[test]
fn only_one_of_many_who_saw_the_same_position_appends() {
    let folder = tempfile::tempdir().unwrap();
    let (writer, reader) = open(folder.path());
    let won: usize = std::thread::scope(|scope| {
        let racers: Vec<_> = (0..8)
            .map(|n| {
                let writer = &writer;
                scope.spawn(move || {
                    let batch = Batch::new(at(n), vec![entry(DRILL, "action.intended", n)]);
                    writer.append(&Expected::last(DRILL, None), batch).is_ok()
                })
            })
            .collect();
        racers
            .into_iter()
            .map(|r| usize::from(r.join().unwrap()))
            .sum()
    });
    assert_eq!((won, reader.head().unwrap().size), (1, 1));
}

#[test]
fn never_lets_time_go_back_and_says_so_once() {
    let folder = tempfile::tempdir().unwrap();
    let (writer, reader) = open(folder.path());
    let note = |minute| {
        let batch = Batch::new(at(minute), vec![entry(DRILL, "note.added", minute)]);
        writer.append(&Expected::Any, batch).unwrap()
    };
    note(10);
    let late = note(4);
    assert_eq!((late.entries.len(), late.seqs()), (2, 1..3));
    let said = &late.entries[1];
    assert_eq!(
        (&*said.entry.kind, &*said.entry.drill),
        ("clock.stepped_back", DRILL)
    );
    assert_eq!(said.value("real"), Some(&"2024-10-04T00:04:00.000Z".into()));
    assert!(
        late.entries
            .iter()
            .all(|e| e.entry.at == "2024-10-04T00:10:00.000Z")
    );
    assert_eq!(note(5).entries.len(), 1, "said once");
    assert_eq!(note(11).entries.len(), 1);
    assert_eq!(
        note(3).entries.len(),
        2,
        "the clock had caught up in between"
    );
    verify(&reader).unwrap();
}

#[test]
fn a_refused_entry_takes_its_whole_batch_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let (writer, reader) = open(folder.path());
    let twice = NewEntry {
        sealed: vec![sealed(1, "step", "x"), sealed(2, "step", "y")],
        ..entry(DRILL, "note.added", 1)
    };
    let shouted = entry(DRILL, "Note Added", 1);
    let inexact = NewEntry {
        public: BTreeMap::from([("n".into(), Value::Int(i64::MAX))]),
        ..entry(DRILL, "note.added", 1)
    };
    for (wrong, code) in [
        (vec![], "journal.empty_append"),
        (
            vec![entry(DRILL, "note.added", 0), twice],
            "journal.field_twice",
        ),
        (
            vec![entry(DRILL, "note.added", 0), shouted],
            "journal.entry",
        ),
        (
            vec![entry(DRILL, "note.added", 0), inexact],
            "journal.entry",
        ),
    ] {
        let batch = Batch {
            blobs: vec![picture(1)],
            ..Batch::new(at(0), wrong)
        };
        assert_eq!(
            writer.append(&Expected::Any, batch).unwrap_err().code(),
            code
        );
    }
    assert_eq!(reader.head().unwrap().size, 0);
    assert_eq!(reader.blob(&Digest::of(&picture(1))).unwrap(), None);
}

#[test]
fn stores_evidence_once_and_every_signature_of_a_document() {
    let folder = tempfile::tempdir().unwrap();
    let (writer, reader) = open(folder.path());
    let document = |signatures: &[&str]| NewDocument {
        bytes: b"{}".to_vec(),
        signatures: signatures.iter().map(|s| (*s).to_owned()).collect(),
    };
    for signatures in [&["a"][..], &["b", "a"], &["c"]] {
        let batch = Batch {
            blobs: vec![picture(1), picture(1), Vec::new()],
            documents: vec![document(signatures)],
            ..Batch::new(at(0), vec![entry(DRILL, "note.added", 1)])
        };
        writer.append(&Expected::Any, batch).unwrap();
    }
    let stored = reader.document(&Digest::of(b"{}")).unwrap().unwrap();
    let signatures: Vec<_> = stored.signatures.iter().map(|(s, n)| (&**s, *n)).collect();
    assert_eq!(
        (stored.since, signatures),
        (1, vec![("a", 1), ("b", 2), ("c", 3)])
    );
    assert_eq!(reader.documents(0).unwrap(), []);
    assert_eq!(reader.documents(1).unwrap(), [stored.digest]);
    assert_eq!(reader.document(&Digest::of(b"?")).unwrap(), None);
    let name = Digest::of(&picture(1));
    assert_eq!(reader.blob(&name).unwrap(), Some(picture(1)));
    assert_eq!(
        reader.blob_size(&name).unwrap(),
        Some(picture(1).len() as u64)
    );
    assert_eq!(reader.blob(&Digest::of(b"")).unwrap(), Some(Vec::new()));
    assert_eq!(reader.blob(&Digest::of(b"?")).unwrap(), None);
    assert_eq!(verify(&reader).unwrap().blobs, 2);
}

#[test]
fn signs_a_checkpoint_once_for_each_size() {
    let folder = tempfile::tempdir().unwrap();
    let (writer, reader) = open(folder.path());
    fill(&writer, 3);
    let refused = writer
        .checkpoint(|_| Err::<String, _>("no key"))
        .unwrap_err();
    assert_eq!(refused.code(), "journal.checkpoint_unsigned");
    let first = writer
        .checkpoint(|text| Ok::<_, String>(format!("1 {text}")))
        .unwrap();
    let again = writer
        .checkpoint(|_| -> Result<_, String> { panic!("signed already") })
        .unwrap();
    assert_eq!(first, again);
    assert_eq!(first.checkpoint.head(), reader.head().unwrap());
    assert_eq!(first.signature, format!("1 {}", first.text));
    assert_eq!(reader.checkpoints().unwrap(), std::slice::from_ref(&first));
    assert_eq!(
        reader.checkpoint_at(first.checkpoint.size).unwrap(),
        Some(first)
    );
    assert_eq!(reader.checkpoint_at(0).unwrap(), None);
}

#[test]
fn tells_who_listens_after_the_commit() {
    let folder = tempfile::tempdir().unwrap();
    let (writer, reader) = open(folder.path());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (heard, reading) = (seen.clone(), reader.clone());
    writer.on_append(move |appended| {
        assert_eq!(
            reading.head().unwrap(),
            appended.head,
            "it is durable and nothing is locked"
        );
        heard.lock().unwrap().push(appended.seqs());
    });
    fill(&writer, 3);
    assert!(
        writer
            .append(&Expected::Any, Batch::new(at(9), vec![]))
            .is_err()
    );
    assert_eq!(*seen.lock().unwrap(), [0..2, 2..3, 3..5]);
}

#[derive(Debug, Clone)]
struct Planned {
    drill: usize,
    public: BTreeMap<String, Value>,
    sealed: BTreeMap<String, (u8, Value)>,
    minute: i64,
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::Flag),
        (-(1i64 << 53) + 1..1 << 53).prop_map(Value::Int),
        ".{0,40}".prop_map(Value::Text),
    ]
}

fn planned() -> impl Strategy<Value = Planned> {
    let public = prop::collection::btree_map("[a-m_]{1,8}", value(), 0..4);
    let sealed = prop::collection::btree_map("[n-z_]{1,8}z", (any::<u8>(), value()), 0..4);
    (0usize..3, public, sealed, 0i64..100).prop_map(|(drill, public, sealed, minute)| Planned {
        drill,
        public,
        sealed,
        minute,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn reads_back_what_was_appended_also_after_reopening(
        batches in prop::collection::vec(prop::collection::vec(planned(), 1..5), 1..10)
    ) {
        let folder = tempfile::tempdir().unwrap();
        let drills = ["", "D-1", "D-2"];
        let mut leaves = Vec::new();
        let mut expected = Vec::new();
        for batch in batches {
            // Every batch meets a journal that was just opened.
            let (writer, _reader) = open(folder.path());
            let entries = batch.iter().map(|p| NewEntry {
                drill: drills[p.drill].into(),
                kind: "note.added".into(),
                actor: OPERATOR.into(),
                public: p.public.clone(),
                sealed: p.sealed.iter().map(|(n, (s, v))| sealed(*s, n, v.clone())).collect(),
            });
            let batch = Batch::new(at(batch[0].minute), entries.collect());
            let appended = writer.append(&Expected::Any, batch).unwrap();
            prop_assert_eq!(appended.seqs().start, leaves.len() as u64);
            leaves.extend(appended.entries.iter().map(|e| e.leaf));
            expected.extend(appended.entries);
            prop_assert_eq!(appended.head, Head::of(&leaves));
        }
        let (_writer, reader) = open(folder.path());
        let read: Vec<_> = reader.entries(0..u64::MAX).unwrap().map(Result::unwrap).collect();
        prop_assert_eq!(&read, &expected);
        prop_assert!(read.windows(2).all(|pair| pair[0].entry.at <= pair[1].entry.at));
        for size in 0..=leaves.len() {
            prop_assert_eq!(reader.root_at(size as u64).unwrap(), root_of(&leaves[..size]));
        }
        for drill in drills {
            let of_drill: Vec<_> = reader.drill(drill, 0).unwrap().map(Result::unwrap).collect();
            let wanted: Vec<_> = expected.iter().filter(|e| e.entry.drill == drill).cloned().collect();
            prop_assert_eq!(of_drill, wanted);
        }
        prop_assert_eq!(verify(&reader).unwrap().head, Head::of(&leaves));
    }
}
