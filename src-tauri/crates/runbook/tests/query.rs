//! Queries: insertion, functions and bounds.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop where it is"
)]

use drillbook_diagnostic::Diagnostic;
use drillbook_runbook::limits;
use drillbook_runbook::query::{on_row, run};
use proptest::prelude::*;
use serde_json::{Value, json};

fn scope() -> Value {
    json!({
        "responses": {"vault": {"location": "eastus"}, "list": {"value": [
            {"name": "eastus", "pair": "westus", "n": 1}, {"name": "northeurope", "pair": "westeurope", "n": 2}]}},
        "names": {"before": [{"id": "/a"}, {"id": "/b"}], "odd": "it's `quoted` \"text\" \\ {x}",
            "vault": {"id": "/subscriptions/s/resourceGroups/g/providers/A.B/vaults/v", "group": "g"}, "item": "hidden"},
        "item": {"id": "/b", "size": 3},
        "subscription": "s",
    })
}

fn check(query: &str, expected: &Value) {
    assert_eq!(run(query, &scope()).as_ref(), Ok(expected), "{query}");
}

#[test]
fn inserts_values_where_a_filter_cannot_see() {
    check(
        "responses.list.value[?name=={responses.vault.location}] | [0].pair",
        &json!("westus"),
    );
    check("contains({before[].id}, '/a')", &json!(true));
    check("names.before[?id=={item.id}].id", &json!(["/b"]));
    check(
        "names.before[?id=={ item.id }].{id: id, vault: {vault.group}}",
        &json!([{"id": "/b", "vault": "g"}]),
    );
    check("{before[0].id}", &json!("/a"));
    check("{before[9].id}", &Value::Null);
    check("{vault.nothing.here}", &Value::Null);
    check("{not_null(vault.nothing, subscription)}", &json!("s"));
}

#[test]
fn an_inserted_value_stays_a_value() {
    check("{odd}", &scope()["names"]["odd"]);
    check("{odd} == names.odd", &json!(true));
    check("'{odd}'", &json!("{odd}"));
    check("names.\"odd\"", &scope()["names"]["odd"]);
}

#[test]
fn the_element_hides_a_name_of_the_same_word() {
    check("{item.size}", &json!(3));
}

#[test]
fn reads_its_root_in_part_and_as_a_whole() {
    check("length(keys(@)) > `3`", &json!(true));
    check("[item.size, item]", &json!([3, {"id": "/b", "size": 3}]));
    check(
        "{a: names.vault.group, b: subscription, c: names.gone.x}",
        &json!({"a": "g", "b": "s", "c": null}),
    );
    check("sort(keys(names))[0]", &json!("before"));
    check("[subscription, @.subscription]", &json!(["s", "s"]));
    check("*.size", &json!([3]));
}

#[test]
fn has_the_functions_that_runbooks_need() {
    for (query, expected) in [
        (
            "where_in(names.before, 'id', ['/B', '/c'])",
            json!([{"id": "/b"}]),
        ),
        ("where_in(names.before, 'id', names.gone)", Value::Null),
        (
            "where_in(`[{\"n\": 1}, {\"n\": 2}, {}]`, 'n', [`2`])",
            json!([{"n": 2}]),
        ),
        ("zip(`[1, 2, 3]`, `[4, 5]`)", json!([[1, 4], [2, 5]])),
        ("zip(names.gone, `[4]`)", Value::Null),
        ("replace('D-2026-1', '-', '')", json!("D20261")),
        ("replace('abc', '', 'x')", Value::Null),
        ("cut('abcdef', `3`)", json!("abc")),
        ("cut('ab', `3`)", json!("ab")),
        ("cut('ab', `-1`)", Value::Null),
        ("hours('P1DT12H')", json!(36)),
        ("hours('PT90M')", json!(1.5)),
        ("hours('soon')", Value::Null),
        ("add(`1`, `2`)", json!(3)),
        ("subtract(`1`, `2`)", json!(-1)),
        ("multiply(`3`, `0.5`)", json!(1.5)),
        ("divide(`3`, `2`)", json!(1.5)),
        ("divide(`3`, `0`)", Value::Null),
        ("round2(`2.345678`)", json!(2.35)),
        ("ceil(divide(`7`, `2`))", json!(4)),
        ("lower('ABC')", json!("abc")),
        ("lower(names.nothing)", Value::Null),
        (
            "unique(`[1, 2, 1, {\"a\": 1}, {\"a\": 1}]`)",
            json!([1, 2, {"a": 1}]),
        ),
        ("index_of(`[\"a\", \"b\"]`, 'b')", json!(1)),
        ("index_of(`[]`, 'b')", Value::Null),
        ("flatten(`[[1], 2, [3, [4]]]`)", json!([1, 2, 3, [4]])),
        ("lookup(names.vault, 'group')", json!("g")),
        ("lookup(names.vault, 'none')", Value::Null),
        ("id_key('/A/b%3Bc/')", json!("/a/b;c")),
        ("segment(names.vault.id, 'resourcegroups')", json!("g")),
        (
            "parent(names.vault.id)",
            json!("/subscriptions/s/resourceGroups/g"),
        ),
        ("sum(responses.list.value[].n)", json!(3)),
    ] {
        check(query, &expected);
    }
}

#[test]
fn a_row_is_the_root_and_insertions_come_from_the_scope() {
    let row = json!({"name": "eastus"});
    assert_eq!(
        on_row("name == {responses.vault.location}", &row, &scope()),
        Ok(json!(true))
    );
}

#[test]
fn refuses_what_it_cannot_bound_or_read() {
    let deep = "(".repeat(2000);
    let not = "!".repeat(5000);
    let projections = format!("a{}", "[*]".repeat(2000));
    let doubling = format!("@{}", "|[@,@]".repeat(50));
    let chain = format!("a{}", ".a".repeat(250));
    let long = format!("'{}'", "x".repeat(9000));
    for (query, code) in [
        (deep.as_str(), "runbook.too_large"),
        (&not, "runbook.too_large"),
        (&projections, "runbook.too_large"),
        (&doubling, "runbook.too_large"),
        (&chain, "runbook.too_large"),
        (&long, "runbook.too_large"),
        ("a[99999999999]", "runbook.too_large"),
        ("join(names.odd, names.before)", "runbook.too_large"),
        ("a ==", "runbook.query_invalid"),
        ("", "runbook.query_invalid"),
        ("no_such(a)", "runbook.query_invalid"),
        ("names.nothing && no_such(a)", "runbook.query_invalid"),
        ("length(`1`)", "runbook.query_invalid"),
        ("{nobody.id}", "runbook.name_without_value"),
        (
            "{not_null(nobody, subscription)}",
            "runbook.name_without_value",
        ),
        ("a[::0]", "runbook.query_invalid"),
    ] {
        let error = run(query, &scope()).unwrap_err();
        assert_eq!(error.code(), code, "{:.80}: {error}", query);
    }
}

#[test]
fn the_largest_query_that_is_allowed_fits_a_small_stack() {
    let (nesting, depth, most) = (
        limits::QUERY_NESTING,
        limits::QUERY_DEPTH,
        limits::QUERY_OPERATORS,
    );
    let wrapped =
        |open: &str, close: &str, n: usize| format!("{}a{}", open.repeat(n), close.repeat(n));
    let chained = |part: &str, n: usize| format!("a{}", part.repeat(n));
    let queries = [
        wrapped("(", ")", nesting),
        wrapped("!", "", nesting),
        wrapped("{a: ", "}", nesting),
        wrapped("[?", "]", nesting),
        wrapped("not_null(", ")", nesting),
        wrapped("not_null(", ")", depth - 2),
        wrapped("[?", "]", depth / 2 - 2),
        wrapped("a && (", ")", nesting / 3),
        wrapped("a == b.", "", nesting / 2),
        chained("[*]", nesting / 2),
        chained("[]", nesting),
        chained(".a", nesting),
        chained("|a", most),
        chained("||a", most / 2),
        chained("|a", depth - 2),
        chained("||a", depth - 2),
    ];
    let run_all = move || queries.iter().for_each(|query| drop(run(query, &scope())));
    std::thread::Builder::new()
        .stack_size(1024 * 1024)
        .spawn(run_all)
        .unwrap()
        .join()
        .unwrap();
}

proptest! {
    #[test]
    fn any_text_gives_a_value_or_an_error(query in ".{0,200}") {
        let _ = run(&query, &scope());
    }

    #[test]
    fn any_words_give_a_value_or_an_error(words in prop::collection::vec(prop::sample::select(vec![
        "names", "item", "[", "]", "[]", "[?", "[*]", "{", "}", "(", ")", ".", ",", ":", "==", "&&", "||", "!", "|",
        "&", "@", "*", "`1`", "'x'", "sort_by", "max_by", "map", "join", "length", "sum", "unique", "0", "-1", "{item}"]), 0..40)) {
        let _ = run(&words.concat(), &scope());
    }

    #[test]
    fn any_text_survives_insertion(text in ".*") {
        let scope = json!({"names": {"x": text}});
        prop_assert_eq!(run("{x}", &scope), Ok(scope["names"]["x"].clone()));
    }
}
