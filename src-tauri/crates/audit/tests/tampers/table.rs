//! The table: tamper × place × form × verifier.

use crate::attacks::{Case, Expected, all};
use crate::tools::{Answers, ask};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

#[test]
fn both_verifiers_say_the_same_of_every_tampered_bundle() {
    let cases = all();
    let next = AtomicUsize::new(0);
    let answers: Mutex<Vec<(usize, Answers)>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let number = cases
                        .iter()
                        .position(|one| std::ptr::eq(one, case))
                        .unwrap();
                    let answer = ask(&case.files, &case.brought);
                    answers.lock().unwrap().push((number, answer));
                }
            });
        }
    });
    let mut answers = answers.into_inner().unwrap();
    answers.sort_by_key(|(number, _)| *number);
    assert_eq!(answers.len(), cases.len());
    println!("| tamper | element | form | drillbook verify | verify.py | as expected |");
    println!("|---|---|---|---|---|---|");
    let mut wrong = Vec::new();
    for (case, (_, answer)) in cases.iter().zip(&answers) {
        let verdict = judged(case, answer);
        let (ours, script) = (&answer.ours, &answer.script);
        println!(
            "| {} | {} | {} | {} `{}` | {} `{}` | {} |",
            case.attack,
            case.place,
            case.form,
            ours.0,
            ours.1,
            script.0,
            script.1.trim(),
            verdict.as_deref().unwrap_or("NO"),
        );
        if verdict.is_none() {
            wrong.push(format!(
                "{} {} {}\n{}\n{}",
                case.attack, case.place, case.form, answer.ours_output, answer.script_output
            ));
        }
    }
    println!("{} tampered bundles, two verifiers each", cases.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// Says in what way an answer is as expected, or `None`.
fn judged(case: &Case, answer: &Answers) -> Option<String> {
    let codes = (answer.ours.0, answer.script.0);
    // The readme that this version writes, not the one of the bundle, which may be tampered with.
    let readme: String = crate::happy::readme()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    match case.expected {
        Expected::Caught => (codes == (1, 1)).then(|| "caught by both".to_owned()),
        Expected::Undetectable(said) => (codes == (0, 0) && readme.contains(said))
            .then(|| "undetectable; README.txt says so".to_owned()),
        Expected::OnlyOurs(said) => (codes == (1, 0) && readme.contains(said))
            .then(|| "ours only; README.txt says so".to_owned()),
    }
}
