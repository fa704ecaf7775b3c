//! The table of one release: what was run, how it ended, which faults are the CLI's own.

use std::time::Duration;

use super::claim::Row;

/// Prints a line for each row and returns what is wrong.
pub fn print(release: &str, rows: &[Row], took: Duration) -> Vec<String> {
    println!("\naz {release}");
    println!("{:>4} {:>6}  {:<7} what", "exit", "s", "");
    let mut wrong = Vec::new();
    for row in rows {
        let verdict = match (&row.wrong, &row.fault) {
            (Some(_), _) => "WRONG",
            (None, Some(_)) => "known",
            (None, None) => "ok",
        };
        let fault = row.fault.as_deref().map(|fault| format!(" [{fault}]"));
        println!(
            "{:>4} {:>6.1}  {verdict:<7} {}{}",
            row.exit,
            row.took.as_secs_f64(),
            row.does,
            fault.unwrap_or_default()
        );
        if let Some(why) = &row.wrong {
            wrong.push(format!(
                "az {release}: {}\n  {}\n  {why}",
                row.does, row.line
            ));
        }
    }
    let known = rows.iter().filter(|row| row.fault.is_some()).count();
    println!(
        "az {release}: {} commands, {} ended as written down, {known} of them by a known fault of the CLI; {:.0} s",
        rows.len(),
        rows.len() - wrong.len(),
        took.as_secs_f64()
    );
    wrong
}
