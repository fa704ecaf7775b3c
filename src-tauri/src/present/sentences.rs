//! What a journal entry says, in a sentence.

use super::words::{self, short_id};
use drillbook_core::Event;

/// Returns an event as a person would say it.
pub fn of(event: &Event) -> String {
    installation(event)
        .or_else(|| reading(event))
        .or_else(|| deciding(event))
        .or_else(|| acting(event))
        .unwrap_or_else(|| owing(event))
}

fn installation(event: &Event) -> Option<String> {
    Some(match event {
        Event::InstallationCreated { version, .. } => {
            format!("Drillbook {version} was set up here")
        }
        Event::PolicyAdopted { version, .. } => format!("Policy {version} took effect"),
        Event::PersonSwitched { person, role } => {
            format!("{person} took the seat as {}", words::role_label(role))
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

fn reading(event: &Event) -> Option<String> {
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
            format!("{name} is {}", short(&words::plain(&value.0)))
        }
        Event::StepPassed { step, .. } => format!("{step} passed"),
        Event::StepFailed { detail, .. } => format!("Failed: {detail}"),
        Event::StepSkipped { reason, .. } => format!("Left out: {reason}"),
        Event::StepNotApplicable { step, .. } => format!("{step} does not apply"),
        Event::WarningAcknowledged { reason, .. } => format!("Warning acknowledged: {reason}"),
        Event::ChoiceMade {
            name,
            chosen,
            offered,
            reason,
            ..
        } => format!("{name}: {chosen} of {offered} chosen. {reason}"),
        Event::FieldEntered { name, value, .. } => {
            format!("{name}: {}", short(&words::plain(&value.0)))
        }
        Event::T0Declared { .. } => "T0: the disaster is declared".to_owned(),
        Event::WaitStarted { step, .. } => format!("{step}: Azure is followed"),
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

fn deciding(event: &Event) -> Option<String> {
    Some(match event {
        Event::RequestOpened { gate, covers, .. } => {
            format!("Sign-off asked for: {gate}, covers {covers}")
        }
        Event::RequestCovers { what, step, .. } => format!("Covers the {what} of {step}"),
        Event::RequestClosed { how, reason, .. } => format!("Request {how}: {reason}"),
        Event::EvidenceOpened { step, entry, .. } => {
            format!("Evidence of {step} was opened: entry {entry}")
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
            format!("{verdict} by {reviewer}. {reason}")
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
        Event::ActionGivenUp { request_name, .. } => {
            format!("{request_name} is treated as not sent")
        }
        Event::OperationFinished {
            request_name,
            status,
            ..
        } => format!("{request_name} ended: {status}"),
        _ => return None,
    })
}

fn owing(event: &Event) -> String {
    match event {
        Event::DebtBooked { what, deadline, .. } => format!("Owed until {deadline}: {what}"),
        Event::DebtFound {
            id, expected: true, ..
        } => format!("Found what is owed: {}", short_id(id)),
        Event::DebtFound { id, .. } => format!("Found what nobody expected: {}", short_id(id)),
        Event::DebtCleared { id, .. } => format!("Read back as gone: {}", short_id(id)),
        Event::DebtPaid { .. } => "Nothing of it is left".to_owned(),
        Event::DebtHandedOver { to, .. } => format!("Handed over to {to}"),
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
    if text.chars().count() <= LIMIT {
        text.to_owned()
    } else {
        text.chars().take(LIMIT).chain(['…']).collect()
    }
}
