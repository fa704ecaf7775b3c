//! Sign-offs: who may ask, who may decide, when it counts, and how a request ends.

use super::bench::*;
use super::play::*;
use chrono::TimeDelta;
use drillbook_core::*;
use drillbook_diagnostic::Diagnostic;
use drillbook_trust::disclosure::Value as Fact;
use drillbook_trust::document::{Condition, Operation, Request, Signed, Verdict, parse_signed};

fn strict(quorum: u64) -> World {
    let house = House {
        quorum,
        same_device: false,
        ..House::default()
    };
    play(World::new(house), "approve-prepare", "boot")
}

#[track_caller]
fn undecided(
    world: &mut World,
    opinion: &drillbook_trust::document::Decision,
    signer: &str,
    code: &str,
) {
    let refusal = world.decides(opinion, signer).unwrap_err();
    assert_eq!(refusal.code(), code, "{refusal}");
    let known = world.drill.sign_off("approve-prepare").unwrap();
    assert!(known.decisions.is_empty(), "nothing is recorded");
}

#[test]
fn a_decision_that_must_not_count_is_refused_with_the_gates_own_reason() {
    let mut world = strict(1);
    world.ask("approve-prepare");
    let own = world.opinion(OMAR);
    undecided(&mut world, &own, OMAR, "approval.own_request");
    let auditor = world.opinion(ALMA);
    undecided(&mut world, &auditor, ALMA, "approval.role");
    let forged = world.opinion(RITA);
    undecided(&mut world, &forged, OMAR, "approval.signature");
    let mut here = world.opinion(RITA);
    here.device = device("desk");
    undecided(&mut world, &here, RITA, "approval.same_device");
    let mut other = world.opinion(RITA);
    other.verdict = Verdict::Refuse;
    other.reason = "not mine to say".to_owned();
    undecided(&mut world, &other, ALMA, "approval.signature");
    assert_eq!(world.on(), Some("approve-prepare"));
}

#[test]
fn a_decision_that_was_not_put_to_the_gate_is_refused() {
    for verdict in [Verdict::Approve, Verdict::Refuse] {
        let mut world = strict(1);
        let request = world.ask("approve-prepare");
        let mut opinion = world.opinion(RITA);
        opinion.verdict = verdict;
        let forged = Signed::sign(&opinion, &[&key(OMAR)]).unwrap();
        let case = Box::new(world.case_of(request));
        let command = Command::RecordDecision {
            decision: Box::new(forged),
            case,
        };
        assert!(
            world.attempt(command).is_err(),
            "{verdict:?} without being judged"
        );
    }
}

#[test]
fn a_quorum_of_two_needs_two_people() {
    let mut world = strict(2);
    world.ask("approve-prepare");
    world.approve(RITA);
    assert_eq!(world.on(), Some("approve-prepare"));
    world.waits(minutes(1));
    world.approve(RITA);
    assert_eq!(
        world.on(),
        Some("approve-prepare"),
        "the same person twice is one"
    );
    world.approve(SAM);
    assert_eq!(world.on(), Some("groups"));
}

#[test]
fn a_refusal_stops_the_gate_until_something_else_is_asked() {
    let mut world = strict(1);
    let request = world.ask("approve-prepare");
    let mut no = world.opinion(RITA);
    no.verdict = Verdict::Refuse;
    no.reason = "the wrong region".to_owned();
    world.decides(&no, RITA).unwrap();
    let known = world.drill.sign_off("approve-prepare").unwrap();
    assert_eq!(
        (known.state, known.decisions[0].reason.as_str()),
        (RequestState::Refused, "the wrong region")
    );
    let yes = world.opinion(SAM);
    assert_eq!(
        world.decides(&yes, SAM).unwrap_err().code(),
        "approval.request_not_open"
    );
    world.refuses(world.dispatch_of("groups"), "drill.not_current");
    world.does(close(request, "asked anew"));
    world.sign("approve-prepare");
    assert_eq!(world.on(), Some("groups"));
}

#[test]
fn a_request_that_its_operator_did_not_sign_is_not_opened() {
    let mut world = strict(1);
    let policy = Box::new(world.policy.clone());
    let honest = world.draft("approve-prepare").unwrap();
    let mut open = |document: Signed<Request>, code: &str| {
        let mut draft = honest.clone();
        draft.document = document;
        let command = Command::OpenRequest {
            draft: Box::new(draft),
            policy: policy.clone(),
        };
        world.refuses(command, code);
    };
    let request = honest.document.value();
    let by = |person: &str| Signed::sign(request, &[&key(person)]).unwrap();
    open(by(RITA), "approval.signature");
    open(by("mallory@example.com"), "approval.signature");
    let unsigned = parse_signed(honest.document.bytes(), Vec::new()).unwrap();
    open(unsigned, "approval.signature");
    let other_namespace = key(OMAR).sign("drill-approval@drillbook", honest.document.bytes());
    let signatures = vec![other_namespace.unwrap()];
    let elsewhere = parse_signed(honest.document.bytes(), signatures).unwrap();
    open(elsewhere, "approval.namespace");
    world.open(honest).unwrap();
}

fn close(request: drillbook_trust::digest::Digest, reason: &str) -> Command {
    Command::CloseRequest {
        request: request.to_string(),
        reason: reason.to_owned(),
    }
}

#[test]
fn closing_an_old_request_does_not_take_back_the_newer_sign_off() {
    let mut world = strict(1);
    let old = world.ask("approve-prepare");
    let mut no = world.opinion(RITA);
    no.verdict = Verdict::Refuse;
    no.reason = "the wrong region".to_owned();
    world.decides(&no, RITA).unwrap();
    world.sign("approve-prepare");
    world.refuses(close(old, "tidy up"), "approval.request_not_open");
    assert_eq!(world.on(), Some("groups"));
}

#[test]
fn a_sign_off_that_was_used_up_cannot_be_taken_back() {
    let mut world = up_to("declare");
    let used = world.requests[0].0.digest();
    world.refuses(close(used, "regret"), "approval.request_not_open");
    assert_eq!(world.on(), Some("declare"));
}

#[test]
fn an_expired_request_is_closed_and_a_new_one_asked() {
    let mut world = strict(1);
    let request = world.ask("approve-prepare");
    let opinion = world.opinion(RITA);
    world.refuses(close(request, " "), "drill.reason_needed");
    world.waits(TimeDelta::hours(25));
    let mut late = world.opinion(RITA);
    late.decided_at = world.now;
    undecided(&mut world, &late, RITA, "approval.request_expired");
    world.does(close(request, "nobody answered"));
    assert_eq!(
        world.drill.sign_off("approve-prepare").unwrap().state,
        RequestState::Expired
    );
    assert_eq!(
        world.decides(&opinion, RITA).unwrap_err().code(),
        "approval.request_not_open"
    );
    world.refuses(close(request, "again"), "approval.request_not_open");
    world.sign("approve-prepare");
    assert_eq!(world.on(), Some("groups"));
}

#[test]
fn only_one_request_is_open_at_a_time_and_it_can_be_withdrawn() {
    let mut world = strict(1);
    let request = world.ask("approve-prepare");
    let draft = world.draft("approve-prepare").unwrap();
    assert_eq!(
        world.open(draft).unwrap_err().code(),
        "approval.request_open"
    );
    world.does(close(request, "one more machine"));
    assert_eq!(
        world.drill.sign_off("approve-prepare").unwrap().state,
        RequestState::Withdrawn
    );
    world.ask("approve-prepare");
}

#[test]
fn a_request_that_the_drill_would_not_ask_for_is_refused() {
    type Change = (&'static str, fn(&mut Request));
    let changes: [Change; 6] = [
        ("drill", |request| request.drill = "D-2026-0001".to_owned()),
        ("gate", |request| request.gate = "restore".to_owned()),
        ("operator", |request| request.operator = SAM.to_owned()),
        ("runbook", |request| {
            request.runbook.digest = drillbook_trust::digest::Digest::of(b"x")
        }),
        ("policy", |request| {
            request.policy = drillbook_trust::digest::Digest::of(b"x")
        }),
        ("covers", |request| request.covers.truncate(1)),
    ];
    let mut world = strict(1);
    for (wanted, change) in changes {
        let mut draft = world.draft("approve-prepare").unwrap();
        let mut request = draft.document.value().clone();
        change(&mut request);
        draft.document = Signed::sign(&request, &[&key(OMAR)]).unwrap();
        let refusal = world.open(draft).unwrap_err();
        assert!(
            matches!(&refusal, Refusal::RequestDiffers { field } if field == wanted),
            "{wanted}: {refusal}"
        );
    }
}

#[test]
fn a_request_that_hides_an_action_or_its_cost_is_refused() {
    let mut world = up_to("approve-restore");
    let mut draft = world.draft("approve-restore").unwrap();
    assert_eq!(draft.cost.0.as_deref(), Some("2.00"));
    draft.cost.0 = Some("0.01".to_owned());
    assert_eq!(
        world.open(draft).unwrap_err().code(),
        "approval.request_differs"
    );
    let mut draft = world.draft("approve-restore").unwrap();
    draft.covers.pop();
    let mut request = draft.document.value().clone();
    request.covers.pop();
    draft.document = Signed::sign(&request, &[&key(OMAR)]).unwrap();
    assert_eq!(
        world.open(draft).unwrap_err().code(),
        "approval.request_differs"
    );
}

#[test]
fn a_cost_above_the_charters_ceiling_is_refused() {
    let mut world = up_to("charter");
    let charter = serde_json::json!({"scenario": "x", "depth": "boot", "cost_ceiling": "1.50 USD"});
    world.does(fields("charter", charter));
    let mut world = play(world, "approve-restore", "boot");
    assert_eq!(
        world.draft("approve-restore").unwrap_err().code(),
        "approval.cost_above_ceiling"
    );
}

#[test]
fn evidence_that_must_be_opened_first_is() {
    let mut world = up_to("approve-restore");
    let request = world.ask("approve-restore");
    let opinion = world.opinion(RITA);
    assert_eq!(
        world.decides(&opinion, RITA).unwrap_err().code(),
        "approval.evidence_not_opened"
    );
    let unknown = Command::OpenEvidence {
        request: request.to_string(),
        entry: 9999,
    };
    world.refuses(unknown, "approval.request_not_open");
    world.open_first("approve-restore", request);
    world.decides(&opinion, RITA).unwrap();
    assert_eq!(world.on(), Some("restore"));
}

#[test]
fn a_gate_over_a_set_covers_one_action_for_each_element() {
    let mut world = up_to("approve-restore");
    world.ask("approve-restore");
    let covers = &world.drill.sign_off("approve-restore").unwrap().covers;
    let shown: Vec<_> = covers
        .iter()
        .map(|one| (one.step.as_str(), one.element.as_deref()))
        .collect();
    let group = |machine: &str| format!("{}{machine}", GROUP.to_ascii_lowercase());
    let (a, b) = (group("a"), group("b"));
    let wanted = [
        ("restore", Some("a")),
        ("restore", Some("b")),
        ("seal", Some(a.as_str())),
        ("seal", Some(b.as_str())),
    ];
    assert_eq!(shown, wanted);
    let salts: std::collections::BTreeSet<_> = covers
        .iter()
        .map(|one| one.action.as_ref().unwrap().salt().to_owned())
        .collect();
    assert_eq!(salts.len(), 4, "each action has a salt of its own");
}

#[test]
fn a_condition_is_read_again_when_the_request_is_sent() {
    let cases = [
        ("disks", Operation::AtMost, Fact::Int(2), true),
        ("disks", Operation::AtMost, Fact::Int(1), false),
        ("nobody-knows", Operation::Equals, Fact::Int(1), false),
    ];
    for (fact, op, value, sent) in cases {
        let mut world = up_to("approve-restore");
        let request = world.ask("approve-restore");
        world.open_first("approve-restore", request);
        let mut opinion = world.opinion(RITA);
        opinion.conditions = vec![Condition {
            fact: fact.to_owned(),
            op,
            value,
        }];
        world.decides(&opinion, RITA).unwrap();
        let command = world.dispatch_of("restore");
        match sent {
            true => drop(world.does(command)),
            false => world.refuses(command, "approval.condition"),
        }
    }
}

#[test]
fn an_approval_that_ran_out_lets_nothing_begin() {
    let mut world = up_to("restore");
    world.waits(TimeDelta::hours(5));
    world.refuses(world.dispatch_of("restore"), "approval.expired");
    let request = world.requests.last().unwrap().0.digest();
    world.does(close(request, "too late"));
    assert_eq!(
        world.drill.sign_off("approve-restore").unwrap().state,
        RequestState::Expired
    );
    assert_eq!(world.on(), Some("approve-restore"));
    world.does(check("vault", None, good_vault()));
    world.sign("approve-restore");
    world.does(world.dispatch_of("restore"));
}

#[test]
fn what_follows_in_time_may_be_finished_after_the_approval_ran_out() {
    let mut world = up_to("restore");
    world.send(&target("restore", Some("a"), "prepare-restore"));
    world.waits(TimeDelta::hours(5));
    world.does(world.dispatch(&target("restore", Some("a"), "restore")));
}

#[test]
fn a_sign_off_that_was_taken_back_lets_nothing_begin() {
    let mut world = up_to("restore");
    let old = world.case("restore");
    world.does(close(
        world.requests.last().unwrap().0.digest(),
        "second thoughts",
    ));
    world.refuses(world.dispatch_of("restore"), "drill.not_current");
    world.sign("approve-restore");
    let first = target("restore", Some("a"), "prepare-restore");
    let command = Command::Dispatch {
        target: first,
        case: old,
        before: Vec::new(),
        exchanges: Vec::new(),
    };
    world.refuses(command, "approval.missing");
}

#[test]
fn an_action_that_moved_since_it_was_approved_is_named_field_by_field() {
    let mut world = up_to("restore");
    world.moves(
        "restore",
        Some("a"),
        "point",
        serde_json::json!({"name": "p-other"}),
    );
    let refusal = world.attempt(world.dispatch_of("restore")).unwrap_err();
    assert_eq!(refusal.code(), "approval.action_differs");
    assert!(
        refusal.to_string().contains("restore.body.point"),
        "{refusal}"
    );
    world.moves(
        "restore",
        Some("b"),
        "point",
        serde_json::json!({"name": "p-b"}),
    );
}

#[test]
fn what_moved_before_the_decision_is_not_approved() {
    let mut world = up_to("approve-prepare");
    world.ask("approve-prepare");
    world.moves(
        "approve-prepare",
        None,
        "items",
        serde_json::json!([{"name": "production"}]),
    );
    let opinion = world.opinion(RITA);
    assert_eq!(
        world.decides(&opinion, RITA).unwrap_err().code(),
        "approval.request_differs"
    );
}

#[test]
fn a_decision_made_at_the_requesting_desk_is_marked() {
    let mut world = up_to("approve-prepare");
    let request = world.ask("approve-prepare");
    let mut opinion = world.opinion(RITA);
    opinion.device = device("desk");
    let decision = Signed::sign(&opinion, &[&key(RITA)]).unwrap();
    let mut case = world.case_of(request);
    case.decisions.push(decision.clone());
    case.device = device("another desk of the operator");
    world.does(Command::RecordDecision {
        decision: Box::new(decision),
        case: Box::new(case),
    });
    assert!(world.drill.sign_off("approve-prepare").unwrap().decisions[0].same_device);
}

#[test]
fn a_request_keeps_the_az_lines_and_the_sentence_it_commits_to() {
    let mut world = strict(1);
    world.ask("approve-prepare");
    let known = world.drill.sign_off("approve-prepare").unwrap();
    let document = world.requests[0].0.value();
    let statement = &known.statement;
    assert_eq!(sealed(statement)[0].commitment(), document.cli);
    assert_eq!(sealed(statement)[1].commitment(), document.scope);
    assert_eq!(
        statement.cli,
        "az group create --name rg-a --location westus\naz group create --name rg-b --location westus"
    );
    assert_eq!(statement.scope, "Make a group for each machine: a and b");
}

#[test]
fn a_request_that_commits_to_other_words_is_not_opened() {
    for field in [0, 1] {
        let mut world = strict(1);
        let mut draft = world.draft("approve-prepare").unwrap();
        let mut request = draft.document.value().clone();
        draft.sealed[field].value = "Nothing much.".into();
        request.cli = draft.sealed[0].commitment();
        request.scope = draft.sealed[1].commitment();
        draft.document = Signed::sign(&request, &[&key(OMAR)]).unwrap();
        let refusal = world.open(draft).unwrap_err();
        assert_eq!(refusal.code(), "approval.request_differs", "{refusal}");
    }
}

#[test]
fn the_desk_recomputes_what_a_request_commits_to() {
    let mut world = strict(1);
    world.ask("approve-prepare");
    let document = world.requests[0].0.value().clone();
    let known = world.drill.sign_off("approve-prepare").unwrap().clone();
    let held = sealed(&known.statement);
    let now = world.now;
    let altered = |change: &dyn Fn(&mut SignOff)| {
        let mut other = known.clone();
        change(&mut other);
        let sealed = sealed(&other.statement);
        recompute(&world.drill, &other, &document, &sealed, now)
            .unwrap_err()
            .to_string()
    };
    recompute(&world.drill, &known, &document, &held, now).unwrap();
    assert!(altered(&|one| one.statement.cli += " --yes").contains("cli"));
    assert!(altered(&|one| one.statement.scope.clear()).contains("scope"));
    assert!(altered(&|one| one.covers.truncate(1)).contains("covers"));
    assert!(altered(&|one| one.covers.swap(0, 1)).contains("covers"));
    let without = recompute(&world.drill, &known, &document, &[], now).unwrap_err();
    assert_eq!(without.code(), "approval.request_differs");
}
