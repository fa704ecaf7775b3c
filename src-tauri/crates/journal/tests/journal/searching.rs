//! Pages, filters, words and streams.

use crate::support::{DRILL, OPERATOR, at, entry, fill, open, sealed, verify};
use drillbook_journal::{Batch, Expected, Filter, NewEntry, Order, Page, Reader, Writer};
use drillbook_trust::merkle::{Head, root_of};

const ALL: Page = Page {
    offset: 0,
    limit: 1000,
    order: Order::OldestFirst,
};

fn filled() -> (tempfile::TempDir, Writer, Reader) {
    let folder = tempfile::tempdir().unwrap();
    let (writer, reader) = open(folder.path());
    fill(&writer, 30);
    (folder, writer, reader)
}

fn seqs(reader: &Reader, filter: &Filter) -> Vec<u64> {
    let found = reader.search(filter, ALL).unwrap();
    assert_eq!(found.total, found.entries.len() as u64);
    found.entries.iter().map(|e| e.entry.seq).collect()
}

#[test]
fn pages_meet_without_gap_or_overlap() {
    let (_folder, _writer, reader) = filled();
    for order in [Order::OldestFirst, Order::NewestFirst] {
        let mut met = Vec::new();
        for offset in (0..50).step_by(7) {
            let found = reader
                .search(
                    &Filter::default(),
                    Page {
                        offset,
                        limit: 7,
                        order,
                    },
                )
                .unwrap();
            assert_eq!(found.total, 45);
            met.extend(found.entries.iter().map(|e| e.entry.seq));
        }
        if order == Order::NewestFirst {
            met.reverse();
        }
        assert_eq!(met, (0..45).collect::<Vec<_>>());
    }
    let beyond = Page {
        offset: u64::MAX,
        limit: u32::MAX,
        order: Order::NewestFirst,
    };
    let found = reader.search(&Filter::default(), beyond).unwrap();
    assert_eq!((found.total, found.entries.len()), (45, 0));
}

#[test]
fn filters_narrow_each_other() {
    let (_folder, _writer, reader) = filled();
    let by = |filter: Filter| seqs(&reader, &filter).len();
    let kinds = || vec!["evidence.attached".to_owned()];
    assert_eq!(
        by(Filter {
            kinds: kinds(),
            ..Filter::default()
        }),
        15
    );
    let both = vec![
        "evidence.attached".into(),
        "note.added".into(),
        "no.such".into(),
    ];
    assert_eq!(
        by(Filter {
            kinds: both,
            ..Filter::default()
        }),
        45
    );
    assert_eq!(
        by(Filter {
            drill: Some(DRILL.into()),
            ..Filter::default()
        }),
        15
    );
    assert_eq!(
        by(Filter {
            drill: Some(String::new()),
            kinds: kinds(),
            ..Filter::default()
        }),
        5
    );
    assert_eq!(
        by(Filter {
            actors: vec![OPERATOR.into()],
            ..Filter::default()
        }),
        45
    );
    assert_eq!(
        by(Filter {
            actors: vec!["nobody".into()],
            ..Filter::default()
        }),
        0
    );
    let (from, until) = (Some(at(3)), Some(at(5)));
    assert_eq!(
        by(Filter {
            from,
            until,
            ..Filter::default()
        }),
        3
    );
    assert_eq!(reader.kinds().unwrap(), ["evidence.attached", "note.added"]);
    assert_eq!(reader.actors().unwrap(), [OPERATOR]);
}

#[test]
fn words_are_found_in_public_and_sealed_values_in_any_case() {
    let (_folder, writer, reader) = filled();
    let odd = NewEntry {
        sealed: vec![sealed(9, "note", "Straße 100% _fertig_ 'quoted' ÄRGER")],
        ..entry(DRILL, "note.added", 1_000_000)
    };
    writer
        .append(&Expected::Any, Batch::new(at(99), vec![odd]))
        .unwrap();
    let by = |text: &str| {
        seqs(
            &reader,
            &Filter {
                text: text.into(),
                ..Filter::default()
            },
        )
    };
    assert_eq!(by("evergreen-12"), [18, 19]);
    assert_eq!(
        by("EVERGREEN-12  attached"),
        [19],
        "every word, sealed or a kind"
    );
    assert_eq!(by("restore").len(), 46, "a public value");
    for word in ["straße", "100%", "_fertig_", "'quoted'", "ärger", "1000000"] {
        assert_eq!(by(word), [45], "{word}");
    }
    assert_eq!(by("%"), [45], "no wildcard");
    assert!(by("Evergreen-12' OR 1=1 --").is_empty());
    assert_eq!(by("   ").len(), 46);
    writer.rebuild_search().unwrap();
    assert_eq!(by("ÄRGER"), [45]);
    verify(&reader).unwrap();
}

#[test]
fn drills_are_listed_with_their_first_and_last_entry() {
    let (_folder, _writer, reader) = filled();
    let drills = reader.drills().unwrap();
    let spans: Vec<_> = drills
        .iter()
        .map(|d| (&*d.drill, d.first, d.last, d.entries))
        .collect();
    assert_eq!(spans, [(DRILL, 2, 43, 15), ("D-2026-0008", 3, 44, 15)]);
    assert_eq!(drills[0].opened_at, "2024-10-04T00:01:00.000Z");
    assert_eq!(drills[0].last_at, "2024-10-04T00:28:00.000Z");
    let earlier = reader.drills_at(3).unwrap();
    assert_eq!(
        (earlier.len(), earlier[0].last),
        (1, 2),
        "as it was at an earlier size"
    );
    assert_eq!(reader.last_of(DRILL).unwrap(), Some(43));
    assert_eq!(reader.last_of("D-none").unwrap(), None);
}

#[test]
fn streams_and_prefix_roots_hold_over_many_portions() {
    let folder = tempfile::tempdir().unwrap();
    let (writer, reader) = open(folder.path());
    for append in 0..6 {
        let entries = (0..200).map(|n| entry(["D-1", "D-2"][n as usize % 2], "note.added", n));
        writer
            .append(&Expected::Any, Batch::new(at(append), entries.collect()))
            .unwrap();
    }
    let stream = reader.entries(0..u64::MAX).unwrap();
    writer
        .append(
            &Expected::Any,
            Batch::new(at(9), vec![entry("D-1", "late.entry", 0)]),
        )
        .unwrap();
    let seqs: Vec<u64> = stream.map(|e| e.unwrap().entry.seq).collect();
    assert_eq!(
        seqs,
        (0..1200).collect::<Vec<_>>(),
        "a stream ends where it began to read"
    );
    let leaves: Vec<_> = reader
        .leaves(0..u64::MAX)
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(leaves.len(), 1201);
    assert_eq!(
        reader
            .leaves(300..900)
            .unwrap()
            .map(Result::unwrap)
            .collect::<Vec<_>>(),
        leaves[300..900]
    );
    assert_eq!(reader.leaves(2000..2100).unwrap().count(), 0);
    for size in [0, 1, 255, 256, 257, 511, 512, 700, 1024, 1200, 1201] {
        let head = Head {
            size,
            root: root_of(&leaves[..size as usize]),
        };
        assert_eq!(reader.root_at(size).unwrap(), head.root, "{size}");
        assert!(reader.starts_with(&head).unwrap());
        assert!(
            size == 0
                || !reader
                    .starts_with(&Head {
                        size: size - 1,
                        ..head
                    })
                    .unwrap()
        );
    }
    let beyond = Head {
        size: 1202,
        root: root_of(&leaves),
    };
    assert!(!reader.starts_with(&beyond).unwrap());
    assert_eq!(reader.drill("D-2", 1001).unwrap().count(), 100);
    verify(&reader).unwrap();
    drop((writer, reader));
    assert_eq!(open(folder.path()).1.head().unwrap(), Head::of(&leaves));
}
