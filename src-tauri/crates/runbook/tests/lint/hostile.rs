//! Hostile texts: too large, too deep, too many problems, broken anywhere.

use drillbook_runbook::{limits, parse};
use proptest::prelude::*;

use super::{WHOLE, check, codes};

const SAMPLE: &str = include_str!("../fixtures/runbook-sample.toml");

#[test]
fn refuses_what_is_too_large() {
    let huge = "#".repeat(limits::FILE_BYTES + 1);
    assert_eq!(codes(&parse(&huge, "x")), ["too_large"]);
    let deep = format!("a = {}{}", "[".repeat(5000), "]".repeat(5000));
    assert!(codes(&parse(&deep, "x")).contains(&"too_large"));
    let tables = format!("{}x = 1{}", "a.".repeat(5000), "");
    assert!(!codes(&parse(&tables, "x")).is_empty());
    let nested = format!("format = {}1{}", "[".repeat(40), "]".repeat(40));
    assert_eq!(codes(&parse(&nested, "x")), ["too_large"]);
    let review = &WHOLE[WHOLE.rfind("[[step]]").unwrap()..];
    let many = format!("{WHOLE}\n{}", review.repeat(limits::STEPS));
    assert_eq!(codes(&parse(&many, "x")), ["too_large"]);
    let long = format!("query = \"{}\"", "a".repeat(limits::QUERY_BYTES + 1));
    check("query = \"responses.usage.value\"", &long, &["too_large"]);
}

#[test]
fn reports_a_bounded_number_of_problems() {
    let parsed = parse(&"]\n".repeat(100_000), "x");
    assert!(!parsed.problems.is_empty() && parsed.problems.len() <= limits::PROBLEMS);
}

proptest! {
    #[test]
    fn any_text_gives_problems_with_positions(text in ".{0,300}") {
        let parsed = parse(&text, "x");
        prop_assert!(parsed.runbook.is_some() || !parsed.problems.is_empty());
        for problem in &parsed.problems {
            prop_assert!(problem.line >= 1 && problem.column >= 1);
        }
    }

    #[test]
    fn a_broken_runbook_never_panics(at in 0..1000_usize, len in 0..40_usize, with in prop::sample::select(vec![
        "", "\"", "'", "[", "]", "{", "}", "é", "\\", "= 1", "\n[[step]]\n", "{item", "[*]", "\u{0}"])) {
        for text in [WHOLE, SAMPLE] {
            let mut start = text.len() * at / 1000;
            while !text.is_char_boundary(start) { start += 1; }
            let mut end = (start + len).min(text.len());
            while !text.is_char_boundary(end) { end += 1; }
            let _ = parse(&format!("{}{with}{}", &text[..start], &text[end..]), "x");
        }
    }
}
