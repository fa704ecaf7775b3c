//! What the drill left behind and the proof that it is gone; what is to be mended.

use super::Story;
use super::html::{Table, cite, text, time};

pub(super) fn debt(story: &Story<'_>) -> String {
    let mut table = Table::new(
        "What was owed, and the proof that it is gone",
        &["What", "Owner and cost", "State", "Resources"],
    );
    for debt in &story.drill.debts {
        let (class, state) = match (debt.paid, debt.handed_over) {
            (Some((seq, at)), true) => {
                ("good", format!("handed over {}{}", time(at), cite(&[seq])))
            }
            (Some((seq, at)), false) => ("good", format!("paid {}{}", time(at), cite(&[seq]))),
            (None, _) => ("bad", "still owed".to_owned()),
        };
        let cost = debt
            .cost_per_day
            .as_deref()
            .map(|cost| format!("<br>{} a day", text(cost)));
        let resources: Vec<String> = debt.artefacts.iter().map(artefact).collect();
        table.row(&[
            format!("{}{}", text(&debt.what), cite(&[debt.booked.0])),
            format!(
                "<span class=\"nowrap\">{}</span>{}",
                text(&debt.owner),
                cost.unwrap_or_default()
            ),
            format!("<span class=\"{class}\">{state}</span>"),
            resources.join("<br>"),
        ]);
    }
    let deadline = story
        .drill
        .deadline
        .map(|at| format!("<p>Deadline: {}.</p>\n", time(at)));
    format!(
        "<section aria-labelledby=\"debt\"><h2 id=\"debt\">Cleanup</h2>\n{}{}\
         <p class=\"soft\">Gone means: read back and absent. What soft delete keeps can be recovered until the date that is stated.</p></section>\n",
        deadline.unwrap_or_default(),
        table.or("Nothing was owed."),
    )
}

fn artefact(one: &drillbook_core::Artefact) -> String {
    let unexpected = if one.expected {
        ""
    } else {
        " <span class=\"warn\">unexpected</span>"
    };
    let state = match (&one.cleared, &one.kept) {
        (Some((seq, at, recoverable)), _) => {
            let until = recoverable
                .as_deref()
                .map(|until| format!(", recoverable until {}", text(until)));
            format!(
                "gone {}{}{}",
                time(*at),
                until.unwrap_or_default(),
                cite(&[*seq])
            )
        }
        (None, Some((code, message))) => {
            format!(
                "<span class=\"bad\">not deleted: {} ({})</span>",
                text(message),
                text(code)
            )
        }
        (None, None) => "<span class=\"bad\">there</span>".to_owned(),
    };
    format!(
        "<code>{}</code>{unexpected}{}: {state}",
        text(&one.id),
        cite(&[one.found])
    )
}

pub(super) fn findings(story: &Story<'_>) -> String {
    let mut table = Table::new(
        "What is to be mended",
        &["Finding", "Owner", "Due", "State"],
    );
    for one in &story.drill.findings {
        let state = match &one.resolved {
            Some((seq, how)) => format!(
                "<span class=\"good\">dealt with</span>: {}{}",
                text(how),
                cite(&[*seq])
            ),
            None => "<span class=\"warn\">open</span>".to_owned(),
        };
        table.row(&[
            format!(
                "{} {}{}",
                text(&one.finding),
                text(&one.text),
                cite(&[one.seq])
            ),
            text(&one.owner),
            text(&one.due),
            state,
        ]);
    }
    format!(
        "<section aria-labelledby=\"findings\"><h2 id=\"findings\">Findings</h2>\n{}</section>\n",
        table.or("None was recorded.")
    )
}
