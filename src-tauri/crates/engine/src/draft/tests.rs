use super::*;
use crate::{Clock, Environment, Options, Seal};
use drillbook_arm::Cloud;
use drillbook_diagnostic::Diagnostic;
use drillbook_journal::DataFolder;
use std::path::Path;
use zeroize::Zeroizing;

/// Opens a live journal of its own under a passphrase, without a connection.
fn own(data: &Path) -> Engine {
    let options = Options {
        data: data.to_owned(),
        cloud: Cloud::public(),
        clock: Clock::real(),
        seed: None,
        environment: Environment::default(),
        runbooks: Vec::new(),
        reviewers: Vec::new(),
        seal: Seal::Passphrase(Zeroizing::new("a passphrase of six words".into())),
    };
    Engine::open_own(&DataFolder::open(data).unwrap(), options, false).unwrap()
}

fn person(id: &str, role: &str, new_key: NewKey) -> ProposedPerson {
    ProposedPerson {
        id: id.to_owned(),
        roles: vec![role.to_owned()],
        owner: role == "policy-owner",
        keys: Vec::new(),
        new_key: Some(new_key),
    }
}

/// An operator and an owner here, and a reviewer whose key is elsewhere.
fn proposal(reviewer: &SigningKey) -> Proposal {
    let gate = |name: &str| ProposedGate {
        name: name.to_owned(),
        quorum: 1,
        roles: vec!["security-reviewer".to_owned()],
        approval_valid_s: 14_400,
    };
    let line = NewKey::Public(reviewer.public().to_line());
    Proposal {
        people: vec![
            person("olga@example.com", "operator", NewKey::Made),
            person("pat@example.com", "policy-owner", NewKey::Made),
            person("rita@example.com", "security-reviewer", line),
        ],
        threshold: 1,
        gates: ["start", "prepare", "restore", "cleanup"].map(gate).into(),
        break_glass: Vec::new(),
        retention: "P6Y".to_owned(),
        review_every: "P90D".to_owned(),
    }
}

fn rita() -> SigningKey {
    SigningKey::from_seed([7; 32], "rita@example.com")
}

#[test]
fn the_first_policy_founds_the_installation_when_its_owner_has_signed() {
    let data = tempfile::tempdir().unwrap();
    let engine = own(data.path());
    assert_eq!(
        engine.seat().id,
        "",
        "nobody sits here before there is a policy"
    );
    let code = |refused: EngineError| refused.code();
    assert_eq!(
        engine.adopt_draft().map_err(code).unwrap_err(),
        "policy.no_draft"
    );
    let draft = engine.propose(&proposal(&rita())).unwrap();
    assert_eq!(draft.may_sign.as_deref(), Some("pat@example.com"));
    let early = engine.adopt_draft().map_err(code).unwrap_err();
    assert_eq!(early, "exchange.policy_chain");
    assert!(engine.sign_draft().unwrap().is_signed());
    engine.adopt_draft().unwrap();
    assert!(engine.policy_draft().unwrap().is_none());
    drop(engine);

    let engine = own(data.path());
    assert_eq!(engine.seat().id, "olga@example.com");
    let roster = engine.roster().unwrap().unwrap();
    assert_eq!(roster.policy.value().version, 1);
    assert_eq!(roster.signed_by().unwrap(), ["pat@example.com"]);
    assert!(roster.installation.is_some());
    assert!(engine.is_here("pat@example.com") && !engine.is_here("rita@example.com"));
    let elsewhere = engine.switch_person("rita@example.com").map_err(code);
    assert_eq!(elsewhere.unwrap_err(), "engine.key_elsewhere");
}

#[test]
fn the_next_version_is_signed_by_the_owner_of_this_one_and_no_other() {
    let data = tempfile::tempdir().unwrap();
    let engine = own(data.path());
    engine.propose(&proposal(&rita())).unwrap();
    engine.sign_draft().unwrap();
    engine.adopt_draft().unwrap();
    drop(engine);

    let engine = own(data.path());
    let mut next = proposal(&rita());
    let known = engine.roster().unwrap().unwrap();
    for one in &mut next.people {
        one.keys
            .clone_from(&known.policy.value().people[&one.id].keys);
        one.new_key = None;
        one.owner = one.id == "rita@example.com";
    }
    next.review_every = "P30D".to_owned();
    let draft = engine.propose(&next).unwrap();
    let value = draft.policy.value();
    assert_eq!(
        (value.version, value.prev),
        (2, Some(known.policy.digest()))
    );
    assert_eq!(draft.may_sign, None, "the operator owns nothing");
    let code = |refused: EngineError| refused.code();
    let sign = |key: &SigningKey, purpose| key.sign(purpose, draft.policy.bytes()).unwrap();
    let hers = sign(&rita(), Policy::NAMESPACE);
    let refused = engine.take_draft_signature(&hers).map_err(code);
    assert_eq!(
        refused.unwrap_err(),
        "policy.not_owner",
        "she will own the next one, not this"
    );
    let other = engine.take_draft_signature(&sign(&rita(), "drill-approval@drillbook"));
    assert_eq!(other.map_err(code).unwrap_err(), "signature.namespace");
    engine.switch_person("pat@example.com").unwrap();
    engine.sign_draft().unwrap();
    assert_eq!(engine.adopt_draft().unwrap().value().version, 2);
}

#[test]
fn a_policy_under_which_nobody_could_work_is_not_prepared() {
    let data = tempfile::tempdir().unwrap();
    let engine = own(data.path());
    let refused = |change: fn(&mut Proposal)| {
        let mut proposal = proposal(&rita());
        change(&mut proposal);
        let refusal = engine.propose(&proposal).unwrap_err();
        assert!(engine.policy_draft().unwrap().is_none());
        (refusal.code(), refusal.to_string())
    };
    let (code, said) = refused(|one| one.gates[2].quorum = 2);
    assert_eq!(code, "policy.gap");
    assert!(
        said.starts_with("the gate restore asks for 2 approvals"),
        "{said}"
    );
    let (code, said) = refused(|one| one.people[0].roles.clear());
    assert_eq!(
        (code, said.as_str()),
        ("policy.gap", "nobody has the role of the operator")
    );
    assert_eq!(refused(|one| one.people[1].owner = false).0, "policy.field");
    assert_eq!(refused(|one| one.threshold = 2).0, "policy.field");
    assert_eq!(
        refused(|one| one.review_every = "often".into()).0,
        "policy.field"
    );
    let line = |one: &mut Proposal| one.people[2].new_key = Some(NewKey::Public("rita".into()));
    assert_eq!(refused(line).0, "policy.key");
    assert_eq!(
        refused(|one| one.people[2].new_key = None).0,
        "policy.no_key"
    );
}

#[test]
fn nothing_but_azure_is_opened_as_live() {
    let data = tempfile::tempdir().unwrap();
    let simulated = drillbook_arm::Simulated {
        arm: "http://127.0.0.1:41234".into(),
        authority: "http://127.0.0.1:41234".into(),
        prices: None,
        storage: Vec::new(),
        ca_pem: None,
        tenant: "t".into(),
        client_id: "c".into(),
        client_secret: drillbook_arm::Secret::new("s"),
    };
    let options = Options {
        data: data.path().to_owned(),
        cloud: Cloud::simulator(simulated).unwrap(),
        clock: Clock::real(),
        seed: None,
        environment: Environment::default(),
        runbooks: Vec::new(),
        reviewers: Vec::new(),
        seal: Seal::Off,
    };
    let folder = DataFolder::open(data.path()).unwrap();
    let refused = Engine::open_own(&folder, options, false).unwrap_err();
    assert_eq!(refused.code(), "live.not_azure");
}
