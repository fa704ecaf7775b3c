//! Witnesses that contradict each other: Azure's log and the journal, Azure's clock and ours, two answers.

use super::bench::*;
use super::play::*;
use chrono::TimeDelta;
use drillbook_core::*;
use serde_json::json;

const POLICY: &str = "rg-prod/providers/Microsoft.Compute/virtualMachines/vm-1";

fn change(at: Timestamp, caller: &str, operation: &str, resource: &str) -> LoggedChange {
    LoggedChange {
        at,
        caller: caller.to_owned(),
        operation: operation.to_owned(),
        status: "Succeeded".to_owned(),
        resource: resource.to_owned(),
        correlation: format!("{operation} by {caller}"),
    }
}

/// A change by somebody else, ten minutes ago.
fn by_bob(world: &World, operation: &str, resource: &str) -> LoggedChange {
    let at = world.now - minutes(10);
    change(at, "bob@example.com", operation, resource)
}

fn read(world: &mut World, rows: Vec<LoggedChange>) {
    let mut answers = answers(json!({"left": {"value": []}}));
    let from = world.drill.opened;
    answers.log = Some(ActivityLog { from, rows });
    world.does(Command::RecordCheck {
        place: place("untouched", None),
        answers,
        exchanges: vec![exchange("check", 200)],
        last_try: true,
    });
}

fn noted(world: &World, code: &str) -> Vec<String> {
    let own = world.drill.deviations.iter().filter(|one| one.code == code);
    own.map(|one| one.text.clone()).collect()
}

/// Each accepted request of the drill, as Azure's log shows it.
fn ours(world: &World) -> Vec<LoggedChange> {
    let accepted = world
        .drill
        .intents
        .iter()
        .filter(|one| one.accepted.is_some());
    let row = |intent: &Intent| LoggedChange {
        correlation: intent.correlation.clone().unwrap_or_default(),
        ..change(intent.at, "us", &operation(intent), subject(intent))
    };
    accepted.map(row).collect()
}

/// The name under which Azure logs a request.
fn operation(intent: &Intent) -> String {
    let (_, rest) = intent.path.rsplit_once("/providers/").unwrap_or_default();
    let mut parts = rest.split('/');
    let mut name = match parts.next() {
        Some(namespace) if !namespace.is_empty() => namespace.to_owned(),
        _ => "Microsoft.Resources/subscriptions/resourceGroups".to_owned(),
    };
    for kind in parts.step_by(2) {
        name = format!("{name}/{kind}");
    }
    let verb = match intent.method.as_str() {
        "POST" => "action",
        "DELETE" => "delete",
        _ => "write",
    };
    format!("{name}/{verb}")
}

/// What Azure names as the resource of a request.
fn subject(intent: &Intent) -> &str {
    let posted = intent.method == "POST";
    let named = intent.path.rsplit_once('/').filter(|_| posted);
    named.map_or(&intent.path, |(on, _)| on)
}

fn accepted<'a>(world: &'a World, method: &str) -> &'a Intent {
    let mut all = world.drill.intents.iter();
    all.find(|one| one.method == method && one.correlation.is_some())
        .unwrap()
}

#[test]
fn a_correlation_id_of_ours_explains_only_what_its_request_can_cause() {
    let group = format!("{GROUP}a");
    let disk = format!("{group}/providers/Microsoft.Compute/disks/os");
    let vm = format!("{group}/providers/Microsoft.Compute/virtualMachines/vm");
    for method in ["PUT", "POST", "DELETE"] {
        let mut world = up_to("untouched");
        let own = accepted(&world, method).clone();
        let borrowed = |operation: &str, resource: &str| LoggedChange {
            correlation: own.correlation.clone().unwrap(),
            ..by_bob(&world, operation, resource)
        };
        let rows = vec![
            // Another operation, on the resource itself and on another one.
            borrowed("Microsoft.Authorization/locks/delete", subject(&own)),
            borrowed("Microsoft.Compute/virtualMachines/start/action", &vm),
            // Another resource, beyond what the request can reach.
            borrowed(
                "Microsoft.Storage/storageAccounts/write",
                &format!("{group}/providers/Microsoft.Storage/storageAccounts/other"),
            ),
            borrowed(
                "Microsoft.Authorization/roleAssignments/write",
                "/subscriptions/s1/providers/Microsoft.Authorization/roleAssignments/r1",
            ),
            borrowed(
                "Microsoft.Compute/snapshots/delete",
                &format!("{disk}-copy"),
            ),
        ];
        let wanted = rows.len();
        read(&mut world, rows);
        let told = noted(&world, "log.unexplained");
        assert_eq!(told.len(), wanted, "{method} {}: {told:#?}", own.path);
    }
}

#[test]
fn the_correlation_id_of_what_was_only_read_explains_no_change() {
    let mut world = up_to("untouched");
    let mut looked = answers(json!({"left": {"value": [{"id": "x"}]}}));
    looked.log = None;
    let exchange = ExchangeFact {
        correlation_id: Some("c-read".to_owned()),
        ..exchange("check", 200)
    };
    world.does(Command::RecordCheck {
        place: place("untouched", None),
        answers: looked,
        exchanges: vec![exchange],
        last_try: true,
    });
    let disk = format!("{GROUP}a/providers/Microsoft.Compute/disks/os");
    let mut row = by_bob(&world, "Microsoft.Compute/disks/delete", &disk);
    row.correlation = "c-read".to_owned();
    read(&mut world, vec![row]);
    assert_eq!(noted(&world, "log.unexplained").len(), 1);
}

#[test]
fn what_azure_does_for_a_request_of_ours_under_its_correlation_id_is_explained() {
    let mut world = up_to("untouched");
    let with = |own: &Intent, operation: &str, resource: &str| LoggedChange {
        correlation: own.correlation.clone().unwrap(),
        ..change(own.at, "us", operation, resource)
    };
    let (put, posted, deleted) = (
        accepted(&world, "PUT").clone(),
        accepted(&world, "POST").clone(),
        accepted(&world, "DELETE").clone(),
    );
    let owed = world.drill.debts.iter().flat_map(|debt| &debt.artefacts);
    let made: Vec<String> = owed.map(|one| one.id.clone()).collect();
    assert!(!made.is_empty());
    let mut rows = vec![
        with(
            &put,
            "Microsoft.Authorization/policies/audit/action",
            &put.path,
        ),
        with(&posted, &operation(&posted), subject(&posted)),
        with(&deleted, &operation(&deleted), &deleted.path),
    ];
    rows.extend(
        made.iter()
            .map(|id| with(&posted, "Microsoft.Compute/disks/write", id)),
    );
    read(&mut world, rows);
    assert_eq!(noted(&world, "log.unexplained"), [""; 0]);
}

#[test]
fn a_log_that_shows_what_was_sent_and_nothing_else_notes_nothing() {
    let mut world = up_to("untouched");
    world.waits(minutes(60));
    let rows = ours(&world);
    assert!(rows.iter().all(|row| !row.correlation.is_empty()));
    read(&mut world, rows);
    assert_eq!(world.drill.deviations, []);
}

#[test]
fn a_change_by_somebody_else_in_the_drills_scope_is_a_deviation() {
    let group = format!("{GROUP}a");
    let found = [
        (
            "Microsoft.Compute/disks/write",
            format!("{group}/providers/Microsoft.Compute/disks/os"),
        ),
        (
            "Microsoft.Authorization/locks/delete",
            format!("{group}/providers/Microsoft.Authorization/locks/hold"),
        ),
        (
            "Microsoft.Authorization/roleAssignments/write",
            "/subscriptions/s1/providers/Microsoft.Authorization/roleAssignments/r1".to_owned(),
        ),
        (
            "Microsoft.Compute/virtualMachines/start/action",
            format!("{group}/providers/Microsoft.Compute/virtualMachines/vm"),
        ),
    ];
    for (operation, resource) in found {
        let mut world = up_to("untouched");
        let rows = vec![by_bob(&world, operation, &resource)];
        read(&mut world, rows.clone());
        let told = noted(&world, "log.unexplained");
        assert_eq!(told.len(), 1, "{operation}");
        assert!(
            told[0].contains(operation) && told[0].contains("bob@example.com"),
            "{}",
            told[0]
        );
        assert_eq!(
            world.drill.run("untouched", "").unwrap().state,
            RunState::Passed,
            "a witness stops nobody"
        );
    }
}

#[test]
fn what_is_not_the_drills_business_or_changes_nothing_is_not_noted() {
    let group = format!("{GROUP}a");
    let elsewhere = format!("/subscriptions/s1/resourceGroups/{POLICY}");
    let vm = format!("{group}/providers/Microsoft.Compute/virtualMachines/vm");
    let mut world = up_to("untouched");
    let mut failed = by_bob(&world, "Microsoft.Compute/virtualMachines/delete", &vm);
    failed.status = "Failed".to_owned();
    let mut before = by_bob(&world, "Microsoft.Compute/virtualMachines/write", &vm);
    before.at = world.drill.opened - minutes(1);
    let rows = vec![
        by_bob(
            &world,
            "Microsoft.Compute/virtualMachines/write",
            &elsewhere,
        ),
        by_bob(&world, "Microsoft.Compute/virtualMachines/read", &vm),
        by_bob(
            &world,
            "Microsoft.Storage/storageAccounts/listKeys/action",
            &group,
        ),
        failed,
        before,
    ];
    read(&mut world, rows);
    assert_eq!(noted(&world, "log.unexplained"), [""; 0]);
}

#[test]
fn what_azures_own_job_made_is_explained_while_the_job_ran_only() {
    let mut world = up_to("untouched");
    let disk = format!("{GROUP}a/providers/Microsoft.Compute/disks/os");
    let restore = world
        .drill
        .intents
        .iter()
        .find(|one| one.request_name == "restore");
    let began = restore.unwrap().at;
    let write = |at| {
        change(
            at,
            "262044b1-service",
            "Microsoft.Compute/disks/write",
            &disk,
        )
    };
    let person = change(
        began + minutes(5),
        "bob@example.com",
        "Microsoft.Compute/disks/write",
        &disk,
    );
    let mut late = write(world.now + minutes(60));
    late.correlation = "long after".to_owned();
    world.waits(minutes(90));
    read(&mut world, vec![write(began + minutes(5)), person, late]);
    let told = noted(&world, "log.unexplained");
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("bob@example.com"));
}

#[test]
fn a_deviation_is_noted_once_however_often_the_log_is_read() {
    let mut world = up_to("untouched");
    let row = by_bob(
        &world,
        "Microsoft.Compute/disks/write",
        &format!("{GROUP}a"),
    );
    let mut failing = answers(json!({"left": {"value": [{"id": "x"}]}}));
    let from = world.drill.opened;
    failing.log = Some(ActivityLog {
        from,
        rows: vec![row.clone()],
    });
    let command = |answers| Command::RecordCheck {
        place: place("untouched", None),
        answers,
        exchanges: Vec::new(),
        last_try: true,
    };
    world.does(command(failing));
    read(&mut world, vec![row]);
    assert_eq!(noted(&world, "log.unexplained").len(), 1);
}

#[test]
fn a_request_that_the_log_does_not_show_in_time_is_a_deviation() {
    let mut world = up_to("untouched");
    let deletion = world.drill.intents.last().unwrap().clone();
    let rows: Vec<_> = ours(&world)
        .into_iter()
        .filter(|row| Some(&row.correlation) != deletion.correlation.as_ref())
        .collect();
    let mut early = world.clone();
    read(&mut early, rows.clone());
    assert_eq!(noted(&early, "log.missing"), [""; 0], "the log may be late");
    world.waits(minutes(25));
    read(&mut world, rows);
    let told = noted(&world, "log.missing");
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].contains(&format!("DELETE {}", deletion.path)),
        "{}",
        told[0]
    );
}

#[test]
fn clocks_that_disagree_are_noted_once() {
    let mut world = up_to("vault");
    let skewed = |seconds: i64| {
        let mut command = check("vault", None, good_vault());
        if let Command::RecordCheck { exchanges, .. } = &mut command {
            exchanges[0].skew = Some(TimeDelta::seconds(seconds));
        }
        command
    };
    let mut fine = world.clone();
    fine.does(skewed(-120));
    assert_eq!(fine.drill.deviations, []);
    world.does(skewed(660));
    assert_eq!(
        noted(&world, "clock.disagrees"),
        ["Azure's clock is 660 seconds ahead of the clock of this computer"]
    );
    let world = &mut play(world, "approve-restore", "boot");
    world.does(skewed(-900));
    assert_eq!(noted(world, "clock.disagrees").len(), 1);
}

#[test]
fn a_statement_that_compares_two_witnesses_notes_what_contradicts() {
    let mut world = up_to("disks");
    let found = json!({"disks": {"value": []}, "source": {"state": "running"}});
    world.does(check("disks", Some("a"), found));
    let told = noted(&world, "witness.contradicted");
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].starts_with("Two witnesses contradict each other. "),
        "{}",
        told[0]
    );
}
