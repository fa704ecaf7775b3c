//! What a journal entry says, in a sentence.

use super::Sight;
use super::words::{self, short_id};
use drillbook_core::{Drill, Event};
use drillbook_runbook::Field;
use serde_json::Value;
use std::sync::Arc;

/// Whoever tells an event: knows the people, and the titles of the drill's runbook.
#[derive(Debug)]
pub struct Teller<'a> {
    /// The people.
    pub sight: &'a Sight,
    /// The drill that the event is of; none for the installation's own.
    pub drill: Option<&'a Arc<Drill>>,
}

impl Teller<'_> {
    /// Returns an event as a person would say it.
    pub fn of(&self, event: &Event) -> String {
        let said = installation(self, event)
            .or_else(|| reading(self, event))
            .or_else(|| deciding(self, event))
            .or_else(|| acting(event))
            .unwrap_or_else(|| owing(self, event));
        words::without_ids(&said)
    }

    /// Returns the title of a step, or its id when the runbook has none of that id.
    fn step(&self, id: &str) -> String {
        let step = self.drill.and_then(|drill| drill.runbook.step(id));
        step.map_or_else(|| id.to_owned(), |step| step.title.clone())
    }

    fn person(&self, id: &str) -> String {
        self.sight.name(id).to_owned()
    }

    /// Returns a field and what was entered, in the words of the form.
    fn entered(&self, name: &str, value: &Value) -> String {
        let steps = self.drill.iter().flat_map(|drill| &drill.runbook.steps);
        let field: Option<&Field> = steps
            .flat_map(|step| &step.fields)
            .find(|field| field.name == name);
        let label = field.map_or_else(|| words::said(name), |field| field.label.clone());
        let option = field.and_then(|field| {
            let mut options = field.options.iter();
            options.find(|option| value.as_str() == Some(&option.value))
        });
        let said = option.map_or_else(|| words::told(value), |option| option.label.clone());
        let person = value
            .as_str()
            .filter(|text| text.contains('@'))
            .map(|id| self.person(id));
        // A field that is a question needs no colon.
        let colon = if label.ends_with('?') { "" } else { ":" };
        format!("{label}{colon} {}", short(&person.unwrap_or(said)))
    }
}

fn installation(tell: &Teller<'_>, event: &Event) -> Option<String> {
    Some(match event {
        Event::InstallationCreated { version, .. } => {
            format!("Drillbook {version} was set up here")
        }
        Event::LogContinued {
            predecessor, size, ..
        } => format!("The journal goes on after a backup of {predecessor} with {size} entries"),
        Event::PolicyAdopted { version, .. } => format!("Policy {version} took effect"),
        Event::PersonSwitched { person, role } => {
            format!(
                "{} took the seat as {}",
                tell.person(person),
                words::role_label(role)
            )
        }
        Event::CheckpointTimestamped { size, stamped, .. } => {
            format!("An authority stamped the first {size} entries with the time {stamped}")
        }
        Event::ClockSteppedBack { real } => {
            format!("The computer’s clock was behind the journal: {real}")
        }
        Event::DrillOpened {
            title,
            runbook_version,
            purpose,
            ..
        } => {
            format!(
                "{}: {title}, runbook {runbook_version}",
                words::sentence_case(purpose)
            )
        }
        Event::DrillAborted { reason, .. } => format!("Broken off: {reason}"),
        Event::DrillEnded { end, .. } => format!("The drill ended: {end}"),
        Event::CommandRefused { command, code } => format!(
            "Refused: {} ({code})",
            words::heading(command).to_lowercase()
        ),
        _ => return None,
    })
}

fn reading(tell: &Teller<'_>, event: &Event) -> Option<String> {
    Some(match event {
        Event::ExchangeRecorded {
            method,
            path,
            status,
            request,
            ..
        } => {
            let path = path.split('?').next().unwrap_or_default();
            let answer = if *status == 0 {
                "no answer".to_owned()
            } else {
                status.to_string()
            };
            format!(
                "{}: {method} …/{}, {answer}",
                words::said(request),
                short_id(path)
            )
        }
        Event::ExpectationJudged { result, value, .. } => format!(
            "{}: {value}",
            words::sentence_case(&result.replace('-', " "))
        ),
        Event::ValueCaptured { name, value, .. } => {
            format!("{}: {}", words::said(name), short(&words::told(&value.0)))
        }
        Event::StepPassed { step, .. } => format!("Passed: {}", tell.step(step)),
        Event::StepFailed { detail, .. } => format!("Failed: {detail}"),
        Event::StepSkipped { reason, .. } => format!("Left out: {reason}"),
        Event::StepNotApplicable { step, .. } => format!("Does not apply: {}", tell.step(step)),
        Event::WarningAcknowledged { reason, .. } => format!("Warning acknowledged: {reason}"),
        Event::ChoiceMade {
            name,
            chosen,
            offered,
            reason,
            ..
        } => format!(
            "{}: {chosen} of {offered} chosen. {reason}",
            words::said(name)
        )
        .trim()
        .to_owned(),
        Event::FieldEntered { name, value, .. } => tell.entered(name, &value.0),
        Event::T0Declared { .. } => "T0: the disaster is declared".to_owned(),
        Event::WaitStarted { step, .. } => format!("Azure is followed: {}", tell.step(step)),
        Event::WaitObserved {
            status,
            percent,
            polls,
            ..
        } => match percent {
            Some(percent) => format!("{status}, {percent} %, asked {polls} times"),
            None => format!("{status}, asked {polls} times"),
        },
        _ => return None,
    })
}

fn deciding(tell: &Teller<'_>, event: &Event) -> Option<String> {
    Some(match event {
        Event::RequestOpened { step, covers, .. } => {
            let parts = usize::try_from(*covers).unwrap_or_default();
            format!(
                "Asked for {}, {}",
                tell.step(step),
                words::plural(parts, "part")
            )
        }
        Event::RequestCovers { what, step, .. } => {
            format!("Covers the {what} of “{}”", tell.step(step))
        }
        Event::RequestClosed { how, reason, .. } => format!("Request {how}: {reason}"),
        Event::EvidenceOpened { step, entry, .. } => {
            format!(
                "Evidence of “{}” was opened: entry {entry}",
                tell.step(step)
            )
        }
        Event::DecisionRecorded {
            verdict,
            reviewer,
            reason,
            ..
        } => {
            let verdict = if verdict == "approve" {
                "Approved"
            } else {
                "Refused"
            };
            format!("{verdict} by {}. {reason}", tell.person(reviewer))
                .trim()
                .to_owned()
        }
        _ => return None,
    })
}

fn acting(event: &Event) -> Option<String> {
    Some(match event {
        Event::ActionIntended {
            request_name,
            method,
            path,
            ..
        } => {
            format!(
                "About to send {request_name}: {method} …/{}",
                short_id(path)
            )
        }
        Event::ActionAccepted {
            request_name,
            status,
            ..
        } => format!("Azure accepted {request_name}: {status}"),
        Event::ActionRejected {
            request_name, code, ..
        } => format!("Azure did not accept {request_name}: {code}"),
        Event::ActionUnanswered {
            request_name,
            reason,
            ..
        } => format!("Outcome of {request_name} unknown: {reason}"),
        Event::ReconcileSearched {
            request_name,
            candidates,
            ..
        } => {
            format!(
                "Looked for {request_name}: {}",
                words::plural(usize::try_from(*candidates).unwrap_or_default(), "match")
            )
        }
        Event::ActionAdopted {
            request_name, by, ..
        } => format!("{request_name} was found at Azure and adopted by {by}"),
        Event::ActionGivenUp {
            request_name,
            reason,
            ..
        } => {
            format!("{request_name} is treated as not sent: {reason}")
        }
        Event::OperationFinished {
            request_name,
            status,
            ..
        } => format!("{request_name} ended: {status}"),
        _ => return outside(event),
    })
}

/// What the operator ran in a terminal of their own.
fn outside(event: &Event) -> Option<String> {
    Some(match event {
        Event::ActionTakenOutside { request_name, .. } => {
            format!(
                "The line of {request_name} was taken, to be run outside; Drillbook does not send it"
            )
        }
        Event::StepRanOutside {
            request_name,
            pasted,
            ..
        } => {
            let output = if *pasted {
                "its output is kept"
            } else {
                "without its output"
            };
            format!("{request_name} was run outside, {output}")
        }
        _ => return None,
    })
}

fn owing(tell: &Teller<'_>, event: &Event) -> String {
    match event {
        Event::DebtBooked { what, deadline, .. } => format!("Owed until {deadline}: {what}"),
        Event::DebtFound {
            id, expected: true, ..
        } => format!("Found what is owed: {}", short_id(id)),
        Event::DebtFound { id, .. } => format!("Found what nobody expected: {}", short_id(id)),
        Event::DebtCleared { id, .. } => format!("Read back as gone: {}", short_id(id)),
        Event::DebtPaid { .. } => "Nothing of it is left".to_owned(),
        Event::DebtHandedOver { to, .. } => format!("Handed over to {}", tell.person(to)),
        Event::DebtKept { id, message, .. } => format!("Still there: {}. {message}", short_id(id)),
        Event::DeadlineSet { deadline, reason } => {
            format!("Deadline moved to {deadline}: {reason}")
        }
        Event::ReminderGiven { moment, due } => format!("Reminded ({moment}): due {due}"),
        Event::EvidenceAttached { title, media, .. } => format!("Attached: {title} ({media})"),
        Event::NoteAdded { text, .. } => format!("“{text}”"),
        Event::DeviationNoted { text, .. } => format!("Deviation: {text}"),
        Event::ReferenceAdded { system, id, .. } => format!("Reference: {system} {id}"),
        Event::FindingAdded { finding, text, .. } => format!("Finding {finding}: {text}"),
        Event::FindingResolved { finding, how } => format!("Finding {finding} dealt with: {how}"),
        other => other.kind().to_owned(),
    }
}

fn short(text: &str) -> String {
    const LIMIT: usize = 120;
    let text = &words::without_ids(text);
    if text.chars().count() <= LIMIT {
        text.to_owned()
    } else {
        text.chars().take(LIMIT).chain(['…']).collect()
    }
}
