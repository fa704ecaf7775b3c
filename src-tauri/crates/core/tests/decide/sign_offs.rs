//! Properties of one gate: no order of approvals, conditions, refusals, revocations, broken glass, waits
//! and requests gets around the rules, and none that keeps them is stopped.
//!
//! The ledger below says the rules again from what people did. It reads no entry of the drill and calls
//! none of the rules it judges.

use super::bench::*;
use super::play::*;
use chrono::TimeDelta;
use drillbook_core::*;
use drillbook_diagnostic::Diagnostic;
use drillbook_trust::disclosure::{Value as Plain, encode_salt};
use drillbook_trust::document::{Condition, Operation, Presence, Revocation, Signed, Verdict};
use drillbook_trust::merkle::{Head, root_of};
use proptest::prelude::*;
use proptest::sample::select;
use std::sync::LazyLock;

const GATE: &str = "approve-prepare";
const REVIEWERS: [&str; 2] = [RITA, SAM];

/// The drill at its first gate, in a house where one approval is enough and in one where two are.
static HOUSES: LazyLock<[World; 2]> = LazyLock::new(|| {
    [1, 2].map(|quorum| {
        let house = House {
            quorum,
            ..House::default()
        };
        play(World::new(house), GATE, "boot")
    })
});

/// What somebody does next.
#[derive(Debug, Clone)]
enum Act {
    Ask,
    /// Who, by whose key, and how many minutes from now it must be sent at the latest.
    Approve(&'static str, &'static str, Option<i64>),
    Refuse(&'static str, &'static str),
    /// Which decision on the newest request, by whom, by whose key.
    Revoke(usize, &'static str, &'static str),
    BreakGlass(&'static str, &'static str),
    Review(&'static str),
    Wait(i64),
    Send(&'static str),
    Close,
}

/// A person and the key they sign with: mostly their own.
fn signed() -> impl Strategy<Value = (&'static str, &'static str)> {
    let people = select(vec![RITA, SAM, RITA, SAM, OMAR, ALMA]);
    let other = prop::option::weighted(0.1, select(vec![RITA, SAM, OMAR]));
    (people, other).prop_map(|(person, key)| (person, key.unwrap_or(person)))
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let approve = (signed(), prop::option::weighted(0.4, -5i64..90));
    let glass = prop_oneof![4 => Just((OMAR, OMAR)), 1 => signed()];
    let one = prop_oneof![
        4 => Just(Act::Ask),
        6 => approve.prop_map(|((who, key), within)| Act::Approve(who, key, within)),
        1 => signed().prop_map(|(who, key)| Act::Refuse(who, key)),
        3 => (0usize..4, signed()).prop_map(|(which, (who, key))| Act::Revoke(which, who, key)),
        2 => glass.prop_map(|(who, key)| Act::BreakGlass(who, key)),
        1 => signed().prop_map(|(who, _)| Act::Review(who)),
        3 => prop_oneof![1i64..60, 200i64..300, Just(1500)].prop_map(Act::Wait),
        6 => select(vec!["a", "b"]).prop_map(Act::Send),
        1 => Just(Act::Close),
    ];
    prop::collection::vec(one, 1..30)
}

/// An approval as the ledger keeps it.
#[derive(Debug, Clone)]
struct Said {
    who: &'static str,
    at: Timestamp,
    before: Option<Timestamp>,
    revoked: bool,
}

/// A request as the ledger keeps it.
#[derive(Debug, Clone, Default)]
struct Asked {
    at: Timestamp,
    said: Vec<Said>,
    glass: Option<Timestamp>,
    passed: bool,
    over: bool,
    first_sent: Option<Timestamp>,
}

/// What the rules allow, said again.
#[derive(Debug, Default)]
struct Ledger {
    quorum: usize,
    requests: Vec<Asked>,
    sent: Vec<&'static str>,
    /// Of each broken glass, whether somebody else looked at it.
    reviewed: Vec<bool>,
}

impl Asked {
    fn open(&self) -> bool {
        !self.passed && !self.over
    }

    fn decidable(&self, now: Timestamp) -> bool {
        self.open() && now <= self.at + TimeDelta::hours(24)
    }

    /// Four hours, and longer for what follows something that was begun in them.
    fn lives(&self, from: Timestamp, now: Timestamp) -> bool {
        let until = from + TimeDelta::hours(4);
        now <= until || self.first_sent.is_some_and(|first| first <= until)
    }

    fn stands(&self, now: Timestamp, quorum: usize, sending: bool) -> bool {
        let mut alone = self.clone();
        if !sending {
            alone.first_sent = None;
        }
        let met = |one: &&Said| !sending || one.before.is_none_or(|before| now < before);
        let live = alone.said.iter().filter(|one| !one.revoked).filter(met);
        let live = live.filter(|one| alone.lives(one.at, now));
        let mut people: Vec<&str> = live.map(|one| one.who).collect();
        people.sort_unstable();
        people.dedup();
        people.len() >= quorum || alone.glass.is_some_and(|at| alone.lives(at, now))
    }
}

impl Ledger {
    fn may_send(&self, machine: &str, now: Timestamp) -> bool {
        let Some(newest) = self.requests.last() else {
            return false;
        };
        let fresh = !self.sent.contains(&machine);
        fresh && newest.passed && !newest.over && newest.stands(now, self.quorum, true)
    }

    fn newest(&mut self) -> Option<&mut Asked> {
        self.requests.last_mut()
    }
}

fn entitled(who: &str, key: &str) -> bool {
    REVIEWERS.contains(&who) && who == key
}

fn revoke(world: &mut World, which: usize, who: &str, key_of: &str) -> Result<(), Refusal> {
    let known = world.drill.sign_off(GATE).ok_or(Refusal::RequestNotOpen)?;
    let made = known.decisions.get(which).ok_or(Refusal::RequestNotOpen)?;
    let revocation = Revocation {
        decision: made.decision.parse().unwrap(),
        person: who.to_owned(),
        device: device("phone"),
        presence: Presence::File,
        journal_seen: Head {
            size: world.drill.last_seq,
            root: root_of(&[]),
        },
        reason: "the point moved".to_owned(),
        nonce: encode_salt([5; 16]),
        revoked_at: world.now,
    };
    let request = known.request.parse().unwrap();
    let revocation = Signed::sign(&revocation, &[&key(key_of)]).unwrap();
    let case = Box::new(world.case_of(request));
    world.attempt(Command::RevokeDecision {
        revocation: Box::new(revocation.clone()),
        case,
    })?;
    world.revocations.push(revocation);
    Ok(())
}

fn opinion(world: &World, who: &str, within: Option<i64>) -> drillbook_trust::document::Decision {
    let mut opinion = world.opinion(who);
    let end = within.map(|within| world.now + minutes(within));
    opinion.conditions = end
        .map(|end| Condition {
            fact: "now".to_owned(),
            op: Operation::Before,
            value: Plain::Text(end.to_rfc3339()),
        })
        .into_iter()
        .collect();
    opinion
}

/// Lets somebody approve or refuse; the drill takes it exactly when the ledger does.
fn say(world: &mut World, ledger: &mut Ledger, act: &Act) {
    let (who, key, within, refuses) = match act {
        Act::Approve(who, key, within) => (*who, *key, *within, false),
        Act::Refuse(who, key) => (*who, *key, None, true),
        _ => return,
    };
    if ledger.requests.is_empty() {
        return;
    }
    let (now, quorum) = (world.now, ledger.quorum);
    let mut said = opinion(world, who, within);
    if refuses {
        said.verdict = Verdict::Refuse;
    }
    let taken = world.decides(&said, key);
    let newest = ledger.newest().unwrap();
    // A late refusal stops what nobody can approve any more.
    let in_time = newest.decidable(now) || (refuses && newest.open());
    let counts = in_time && entitled(who, key);
    assert_eq!(taken.is_ok(), counts, "{act:?} {taken:?} {newest:#?}");
    if counts && refuses {
        newest.over = true;
    } else if counts {
        newest.said.push(Said {
            who,
            at: now,
            before: within.map(|within| now + minutes(within)),
            revoked: false,
        });
        newest.passed = newest.stands(now, quorum, false);
    }
}

/// Lets somebody take a decision back.
fn unsay(world: &mut World, ledger: &mut Ledger, (which, who, key): (usize, &str, &str)) {
    let (now, quorum, all_sent) = (world.now, ledger.quorum, ledger.sent.len() == 2);
    let taken = revoke(world, which, who, key);
    let Some(newest) = ledger.newest() else {
        return;
    };
    let Some(said) = newest.said.get(which) else {
        assert!(taken.is_err() || newest.over);
        return;
    };
    let (again, may) = (
        said.revoked,
        (who == said.who || REVIEWERS.contains(&who)) && who == key,
    );
    if again || newest.over {
        return;
    }
    assert_eq!(taken.is_ok(), may, "{which} {who} {key} {taken:?}");
    if may {
        newest.said[which].revoked = true;
        // What was sent stays sent; what was not waits for a new request.
        newest.over = newest.passed && !all_sent && !newest.stands(now, quorum, false);
    }
}

fn break_glass(world: &mut World, ledger: &mut Ledger, who: &str, key: &str) {
    let now = world.now;
    let taken = world.breaks_glass(who, key);
    let Some(newest) = ledger.newest() else {
        return;
    };
    let may = newest.decidable(now) && who == OMAR && key == OMAR;
    assert_eq!(taken.is_ok(), may, "{who} {key} {taken:?} {newest:#?}");
    if may {
        newest.glass = Some(now);
        newest.passed = true;
        ledger.reviewed.push(false);
    }
}

fn send(world: &mut World, ledger: &mut Ledger, machine: &'static str) {
    if ledger.requests.is_empty() {
        return;
    }
    let now = world.now;
    let target = target("groups", Some(machine), "group");
    let sent = world.attempt(world.dispatch(&target));
    let dispatched = sent.as_ref().is_ok_and(|effects| {
        let mut effects = effects.iter();
        effects.any(|effect| matches!(effect, Effect::Dispatch { .. }))
    });
    let may = ledger.may_send(machine, now);
    assert_eq!(dispatched, may, "{machine} {:?} {ledger:#?}", sent.err());
    if may {
        world.does(World::accepted(&target));
        ledger.newest().unwrap().first_sent.get_or_insert(now);
        ledger.sent.push(machine);
    }
}

fn act(world: &mut World, ledger: &mut Ledger, act: &Act) {
    match act {
        Act::Ask => {
            let draft = world.draft(GATE);
            let at = world.now;
            let opened = draft.and_then(|draft| world.open(draft));
            let waits = ledger.newest().is_some_and(|newest| newest.open());
            if let Ok(request) = opened {
                assert!(!waits, "one request at a time");
                world.open_first(GATE, request);
                ledger.requests.push(Asked {
                    at,
                    ..Asked::default()
                });
            }
        }
        Act::Approve(..) | Act::Refuse(..) => say(world, ledger, act),
        Act::Revoke(which, who, key) => unsay(world, ledger, (*which, who, key)),
        Act::BreakGlass(who, key) => break_glass(world, ledger, who, key),
        Act::Review(who) => {
            let looked = world.reviews(who, Verdict::Approve);
            if let Some(reviewed @ false) = ledger.reviewed.last_mut() {
                *reviewed = REVIEWERS.contains(who);
                assert_eq!(looked.is_ok(), *reviewed, "{who} {looked:?}");
            }
        }
        Act::Wait(count) => world.waits(minutes(*count)),
        Act::Send(machine) => send(world, ledger, machine),
        Act::Close => {
            let newest = world.requests.last().map(|one| one.0.digest().to_string());
            let reason = "not now".to_owned();
            let closed = newest.map(|request| {
                world
                    .attempt(Command::CloseRequest { request, reason })
                    .is_ok()
            });
            if closed == Some(true) {
                ledger.newest().unwrap().over = true;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, max_shrink_iters: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_order_of_what_people_do_gets_around_the_gate(house in 0usize..2, acts in acts()) {
        let mut world = HOUSES[house].clone();
        let mut ledger = Ledger { quorum: house + 1, ..Ledger::default() };
        for one in &acts {
            act(&mut world, &mut ledger, one);
        }
        world.does(Command::Abort { reason: "over".to_owned() });
        if ledger.quorum == 1 || ledger.sent.is_empty() {
            let mut world = play(world, "", "boot");
            let owed = ledger.reviewed.contains(&false);
            let code = world.attempt(Command::End).map_err(|refusal| refusal.code());
            let expected = if owed { Err("approval.review_owed") } else { Ok(()) };
            prop_assert_eq!(code.map(drop), expected);
        }
    }
}
