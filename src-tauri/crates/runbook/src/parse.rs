//! From text to a runbook and its problems; a hostile text gives problems in bounded time.

use crate::limits;
use crate::lint;
use crate::locate;
use crate::model::Runbook;
use crate::problem::{Level, Problem};
use serde::Deserialize;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer, Error};

/// What came of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// The runbook, when the text has its shape; it may still have errors.
    pub runbook: Option<Runbook>,
    /// What is wrong, in the order of the file.
    pub problems: Vec<Problem>,
}

impl Parsed {
    /// Returns whether the runbook may be used: it is there and has no error.
    pub fn is_usable(&self) -> bool {
        self.runbook.is_some() && !self.problems.iter().any(Problem::is_error)
    }
}

/// Parses and lints a `runbook.toml`. `file` is only how problems name it.
pub fn parse(text: &str, file: &str) -> Parsed {
    let mut report = Report {
        text,
        file,
        problems: Vec::new(),
    };
    let runbook = read(&mut report);
    let mut problems = report.problems;
    problems.sort_by_key(|problem| (problem.line, problem.column));
    problems.truncate(limits::PROBLEMS);
    Parsed { runbook, problems }
}

/// Collects problems and finds their positions.
pub(crate) struct Report<'a> {
    text: &'a str,
    file: &'a str,
    problems: Vec<Problem>,
}

impl Report<'_> {
    /// Adds a problem at a span of the text.
    pub(crate) fn add(
        &mut self,
        code: &str,
        severity: Level,
        span: Range<usize>,
        sentence: String,
        remedy: &str,
    ) {
        let (line, column) = locate::position(self.text, span.start);
        self.problems.push(Problem {
            code: code.to_owned(),
            severity,
            file: self.file.to_owned(),
            line,
            column,
            sentence,
            remedy: remedy.to_owned(),
        });
    }

    fn error(&mut self, code: &str, span: Range<usize>, sentence: String, remedy: &str) {
        self.add(code, Level::Error, span, sentence, remedy);
    }
}

fn read(report: &mut Report<'_>) -> Option<Runbook> {
    if report.text.len() > limits::FILE_BYTES {
        let sentence = format!("The file is larger than {} KiB.", limits::FILE_BYTES / 1024);
        report.error("runbook.too_large", 0..0, sentence, "Split the runbook.");
        return None;
    }
    let (root, errors) = DeTable::parse_recoverable(report.text);
    if !errors.is_empty() {
        for error in errors.iter().take(limits::PROBLEMS) {
            not_toml(report, error);
        }
        return None;
    }
    if !plain(report, &root) {
        return None;
    }
    let runbook = match Runbook::deserialize(Deserializer::from(root.clone())) {
        Ok(runbook) => runbook,
        Err(error) => {
            wrong_shape(report, &error);
            return None;
        }
    };
    for finding in lint::lint(&runbook) {
        let span = locate::span(&root, &finding.path);
        report.add(
            finding.code,
            finding.level,
            span,
            finding.sentence,
            finding.remedy,
        );
    }
    Some(runbook)
}

fn not_toml(report: &mut Report<'_>, error: &Error) {
    let span = error.span().unwrap_or(0..0);
    if error.message().contains("recurs") {
        let sentence = "Tables or lists are nested too deeply.".to_owned();
        report.error("runbook.too_large", span, sentence, "Nest less.");
    } else if error.message().contains("duplicate key") {
        let sentence = "The same key stands twice in one table.".to_owned();
        report.error(
            "runbook.duplicate_key",
            span,
            sentence,
            "Remove one of the two.",
        );
    } else {
        let sentence = format!("This is not TOML: {}.", first_line(error.message()));
        report.error(
            "runbook.not_toml",
            span,
            sentence,
            "Mend the text at this place.",
        );
    }
}

fn wrong_shape(report: &mut Report<'_>, error: &Error) {
    let span = error.span().unwrap_or(0..0);
    let message = first_line(error.message());
    let (code, remedy) = if message.starts_with("unknown field") {
        (
            "runbook.unknown_key",
            "Remove the key, or correct its spelling.",
        )
    } else if message.starts_with("missing field") {
        ("runbook.missing_key", "Add the key to this table.")
    } else if message.starts_with("unknown variant") {
        (
            "runbook.unknown_word",
            "Use one of the words of the format.",
        )
    } else {
        (
            "runbook.wrong_type",
            "Give the value the type that the format describes.",
        )
    };
    report.error(
        code,
        span,
        format!("The shape is wrong: {message}."),
        remedy,
    );
}

/// Refuses what canonical JSON or the bounds cannot hold: floats, dates, huge integers, depth.
fn plain(report: &mut Report<'_>, root: &Spanned<DeTable<'_>>) -> bool {
    let before = report.problems.len();
    table(report, root.get_ref(), 0);
    report.problems.len() == before
}

fn table(report: &mut Report<'_>, table: &DeTable<'_>, depth: usize) {
    for (_, member) in table.iter() {
        value(report, member, depth + 1);
    }
}

fn value(report: &mut Report<'_>, member: &Spanned<DeValue<'_>>, depth: usize) {
    let span = member.span();
    if report.problems.len() >= limits::PROBLEMS {
        return;
    }
    if depth > limits::DEPTH {
        let sentence = format!(
            "Tables or lists are nested deeper than {} levels.",
            limits::DEPTH
        );
        return report.error("runbook.too_large", span, sentence, "Nest less.");
    }
    match member.get_ref() {
        DeValue::Float(_) => {
            let sentence = "A runbook holds no fractions.".to_owned();
            report.error(
                "runbook.float",
                span,
                sentence,
                "Use a whole number or a text.",
            );
        }
        DeValue::Datetime(_) => {
            let sentence = "A runbook holds no bare dates.".to_owned();
            report.error("runbook.date", span, sentence, "Put the date in quotes.");
        }
        DeValue::Integer(number) => {
            let read = i64::from_str_radix(number.as_str(), number.radix());
            if !read.is_ok_and(|n| n.unsigned_abs() <= limits::INTEGER as u64) {
                let sentence = "The number is too large for canonical JSON.".to_owned();
                report.error(
                    "runbook.number_too_large",
                    span,
                    sentence,
                    "Put it in quotes.",
                );
            }
        }
        DeValue::Array(list) => {
            list.iter()
                .for_each(|element| value(report, element, depth + 1));
        }
        DeValue::Table(inner) => table(report, inner, depth),
        DeValue::String(_) | DeValue::Boolean(_) => {}
    }
}

fn first_line(message: &str) -> String {
    message
        .lines()
        .next()
        .unwrap_or_default()
        .trim_end_matches('.')
        .chars()
        .take(300)
        .collect()
}
