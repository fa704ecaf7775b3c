//! Every code of this crate, with what it means; the list of error codes is generated from it.

/// Code and meaning, sorted by code. A code is never renamed and never reused.
pub const CODES: [(&str, &str); 57] = [
    (
        "runbook.action_owes_nothing",
        "an action creates something and declares no debt",
    ),
    (
        "runbook.action_without_gate",
        "a change is not behind an approval that covers it",
    ),
    ("runbook.az_missing", "a request has no equivalent az line"),
    (
        "runbook.az_unsafe",
        "an az line cannot be split, or a value would change its meaning",
    ),
    (
        "runbook.body_invalid",
        "a body has a `$` member of an unknown shape",
    ),
    (
        "runbook.change_repeated",
        "a changing request is repeated within its step",
    ),
    (
        "runbook.cleanup_asks_again",
        "a cleanup gate would be stopped by a check",
    ),
    ("runbook.date", "a bare date; canonical JSON has none"),
    (
        "runbook.debt_without_proof",
        "a debt cannot be found, deleted or proven gone",
    ),
    (
        "runbook.duplicate_id",
        "two things have the same id, name or mark",
    ),
    ("runbook.duplicate_key", "a key stands twice in one table"),
    (
        "runbook.duration_invalid",
        "a text is no ISO 8601 duration of a fixed length",
    ),
    ("runbook.float", "a fraction; a runbook holds none"),
    (
        "runbook.for_each_not_list",
        "a step is repeated for something that is no list",
    ),
    (
        "runbook.format_unknown",
        "the format's version is not known",
    ),
    (
        "runbook.gate_covers_nothing",
        "an approval covers nothing, or nothing that exists",
    ),
    (
        "runbook.gate_unknown",
        "a gate that the policy does not have",
    ),
    (
        "runbook.id_not_allowed",
        "an id has other characters than lower-case letters, digits, hyphens",
    ),
    (
        "runbook.mark_missing",
        "a moment that objectives need is not marked (warning)",
    ),
    (
        "runbook.member_of_other_kind",
        "a step has a member that its kind does not have",
    ),
    ("runbook.method_count", "a request has no method or several"),
    ("runbook.missing_key", "a needed key is missing"),
    (
        "runbook.name_not_allowed",
        "a name could not be read in a query",
    ),
    (
        "runbook.name_not_yet_known",
        "a name is used before a step yields it",
    ),
    (
        "runbook.name_without_value",
        "an inserted name has no value at this moment",
    ),
    (
        "runbook.no_abort_path",
        "an aborted drill could not go on to its cleanup",
    ),
    ("runbook.no_review", "no step reviews the drill"),
    ("runbook.not_toml", "the text is not TOML"),
    (
        "runbook.number_too_large",
        "an integer that canonical JSON cannot hold",
    ),
    (
        "runbook.path_not_arm",
        "a path that is not one of Azure Resource Manager",
    ),
    (
        "runbook.post_without_reconcile",
        "a POST whose unknown outcome could not be cleared up",
    ),
    (
        "runbook.primary_needed_after_t0",
        "a request needs the region that is gone (warning)",
    ),
    (
        "runbook.put_without_reconcile",
        "a PUT that must not be sent twice, and whose unknown outcome could not be cleared up",
    ),
    (
        "runbook.query_invalid",
        "a query is not JMESPath, or a function got a wrong type",
    ),
    (
        "runbook.query_suspicious",
        "a query can be read, but does not say what its author meant",
    ),
    (
        "runbook.reading_level",
        "a sentence is too long to follow under stress (warning)",
    ),
    (
        "runbook.reconcile_not_reading",
        "an unknown outcome would be cleared up by a request that changes something",
    ),
    (
        "runbook.requests_in_circle",
        "requests wait for each other's answers",
    ),
    (
        "runbook.secondary_list_missing",
        "a restore's points were not listed by the secondary",
    ),
    (
        "runbook.secret_captured",
        "a secret answer would be kept or shown",
    ),
    (
        "runbook.secret_not_declared",
        "`$secret` names a request that is not secret",
    ),
    (
        "runbook.stale_after",
        "an answer grows stale, or nothing says when (warning)",
    ),
    (
        "runbook.template_invalid",
        "a brace does not enclose a name",
    ),
    (
        "runbook.test_type",
        "a test is not one, or takes or judges another type",
    ),
    ("runbook.text_missing", "a text that people need is missing"),
    (
        "runbook.too_large",
        "a file, list, query or result is beyond its bound",
    ),
    ("runbook.unknown_key", "a key that the format does not have"),
    ("runbook.unknown_name", "a name that nothing yields"),
    (
        "runbook.unknown_step",
        "a step that is not there, or not early enough",
    ),
    (
        "runbook.unknown_word",
        "a word that is not in its closed list",
    ),
    (
        "runbook.unsafe_segment",
        "a path could leave the place that it names",
    ),
    ("runbook.value_missing", "a text needs a value that is null"),
    (
        "runbook.value_type",
        "a value has no text form, or is no reference",
    ),
    (
        "runbook.version_missing",
        "a request names no api-version and the table has none",
    ),
    (
        "runbook.wait_too_often",
        "a job that is read by POST is asked too often",
    ),
    (
        "runbook.wait_without_final",
        "a wait that does not say when it is over",
    ),
    (
        "runbook.wrong_type",
        "a value of another type than the format's",
    ),
];
