//! What changes Azure: signed, cleared up when its outcome is unknown, owed until it is proven gone.

use super::{WHOLE, check};

#[test]
fn finds_changes_that_nobody_signs() {
    check(
        "signed_by = \"approve-restore\"\n",
        "",
        &["gate_covers_nothing", "action_without_gate"],
    );
    check("\"action:restore\", ", "", &["action_without_gate"]);
    check(
        "\"charter\", \"action:restore\", \"evidence:room\"",
        "",
        &["gate_covers_nothing", "action_without_gate"],
    );
    check(
        "\"evidence:room\"",
        "\"evidence:nonsense\"",
        &["gate_covers_nothing"],
    );
    check(
        "gate = \"restore\"",
        "gate = \"nonsense\"",
        &["gate_unknown"],
    );
    check(
        "gate = \"cleanup\"",
        "gate = \"restore\"",
        &["action_without_gate"],
    );
    check(
        "covers = [\"action:cleanup\"]",
        "covers = [\"action:cleanup\"]\nasks_again = [\"room\"]",
        &["cleanup_asks_again"],
    );
    check(
        "/locations/{secondary}/backupCrrJob\"\n",
        "/locations/{secondary}/purge\"\n",
        &["action_without_gate", "post_without_reconcile"],
    );
    check(
        "open_first = [\"room\"]",
        "open_first = [\"rooms\"]",
        &["unknown_step"],
    );
}

#[test]
fn finds_outcomes_that_could_not_be_cleared_up() {
    check(
        "/locations/{secondary}/backupCrrJobs\"\n",
        "/locations/{secondary}/backupCrossRegionRestore\"\n",
        &["reconcile_not_reading"],
    );
    check(
        "rows = \"value[?id=={item.id}]\"",
        "get = \"{vault}/backupJobs\"\nrows = \"value\"",
        &["method_count"],
    );
    check(
        "post = \"/subscriptions/{subscription}/providers/Microsoft.RecoveryServices/locations/{secondary}/backupCrrJobs\"\n",
        "get = \"{vault}/backupJobs\"\nfilter = \"operation eq 'Restore'\"\n",
        &[],
    );
    let point = "[[step.request]]\nname = \"point\"\nneeds = \"secondary\"\nput = \"{vault.id}/restorePoints/p\"\napi_version = \"2024-07-01\"\naz = \"az restore-point create --name p\"\n[[step.capture]]\nname = \"jobs\"";
    check(
        "[[step.capture]]\nname = \"jobs\"",
        point,
        &["put_without_reconcile"],
    );
}

#[test]
fn the_lists_of_data_protection_that_are_asked_for_by_post_change_nothing() {
    for word in [
        "fetchSecondaryRecoveryPoints",
        "fetchCrossRegionRestoreJob",
        "fetchCrossRegionRestoreJobs",
    ] {
        check(
            "/locations/{secondary}/backupCrrJob\"\n",
            &format!("/locations/{{secondary}}/{word}\"\n"),
            &[],
        );
    }
}

#[test]
fn finds_debts_that_cannot_be_proven_gone() {
    check("settled_by = \"job\"\n", "", &["debt_without_proof"]);
    check(
        "settled_by = \"job\"",
        "settled_by = \"room\"",
        &["debt_without_proof"],
    );
    check(
        "gone = \"absent\"",
        "gone = \"hope\"",
        &["debt_without_proof"],
    );
    check(
        "new_since = \"before\"",
        "new_since = \"earlier\"",
        &["debt_without_proof"],
    );
    check(
        "find = { list = \"{vault}\", new_since = \"before\" }",
        "find = { id = \"request:restore\" }",
        &["debt_without_proof"],
    );
    let at = WHOLE.find("[[step.owes]]").unwrap();
    let end = WHOLE[at..].find("\n\n").unwrap() + at;
    check(&WHOLE[at..end], "", &["action_owes_nothing"]);
}
