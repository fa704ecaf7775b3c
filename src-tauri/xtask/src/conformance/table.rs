//! The table of one release: what was run, how it ended, which faults are the CLI's own. A line appears as soon as
//! its command has ended.

use std::time::Duration;

use super::claim::Row;

/// Prints the line of a command that has just ended.
pub fn say(row: &Row) {
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
        println!("             {why}");
    }
}

/// Prints what the rows come to, and returns what is wrong.
pub fn sum(release: &str, rows: &[Row], took: Duration) -> Vec<String> {
    let wrong: Vec<String> = rows
        .iter()
        .filter_map(|row| {
            let why = row.wrong.as_ref()?;
            Some(format!(
                "az {release}: {}\n  {}\n  {why}",
                row.does, row.line
            ))
        })
        .collect();
    let known = rows.iter().filter(|row| row.fault.is_some()).count();
    println!(
        "az {release}: {} of {} commands ended as written down, {known} of them by a known fault of the CLI; {:.0} s",
        rows.len() - wrong.len(),
        rows.len(),
        took.as_secs_f64()
    );
    wrong
}
