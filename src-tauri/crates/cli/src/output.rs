//! How the command speaks: tables, JSON, TSV, and failures as `code: sentence` and `next: …`.

use crate::args::Output;
use drillbook_diagnostic::Diagnostic;
use std::io::Write;
use std::process::ExitCode;

/// A failure, ready to be printed.
#[derive(Debug)]
pub(crate) struct Failure {
    code: String,
    sentence: String,
    next: Option<String>,
    exit: u8,
}

impl Failure {
    /// Makes a failure of its parts, with exit 1.
    pub(crate) fn new(code: &str, sentence: &str, next: &str) -> Failure {
        Failure {
            code: code.to_owned(),
            sentence: sentence.to_owned(),
            next: Some(next.to_owned()),
            exit: 1,
        }
    }

    /// Exits with another number.
    pub(crate) fn exits(mut self, exit: u8) -> Failure {
        self.exit = exit;
        self
    }

    /// Prints it on standard error.
    pub(crate) fn report(&self) -> ExitCode {
        fail(&self.code, &self.sentence, self.next.as_deref());
        ExitCode::from(self.exit)
    }
}

impl<E: Diagnostic> From<E> for Failure {
    fn from(error: E) -> Failure {
        Failure {
            code: error.code().to_owned(),
            sentence: whole(&error),
            next: error.remediation(),
            exit: 1,
        }
    }
}

/// Says that a file cannot be read.
pub(crate) fn unreadable(file: &std::path::Path, error: &std::io::Error) -> Failure {
    let sentence = format!("{} cannot be read: {error}", file.display());
    Failure::new(
        "cli.file",
        &sentence,
        "Check the name of the file and its permissions.",
    )
}

/// The sentence with its causes.
fn whole(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let more = inner.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = inner.source();
    }
    text
}

/// Prints a failure and returns exit 1.
pub(crate) fn fail(code: &str, sentence: &str, next: Option<&str>) -> ExitCode {
    let mut err = std::io::stderr().lock();
    // A closed standard error is nobody's loss.
    let _ = writeln!(err, "{code}: {sentence}");
    if let Some(next) = next {
        let _ = writeln!(err, "next: {next}");
    }
    ExitCode::FAILURE
}

/// Prints one line on standard output; a closed pipe ends the program quietly.
pub(crate) fn line(text: &str) {
    let mut out = std::io::stdout().lock();
    if writeln!(out, "{text}").is_err() {
        std::process::exit(0);
    }
}

/// Prints rows as they arrive: columns of a fixed width, or tab-separated values. JSON waits for the end.
#[derive(Debug)]
pub(crate) struct Stream {
    output: Output,
    headings: &'static [(&'static str, usize)],
    begun: bool,
}

impl Stream {
    /// Begins a stream of rows with these headings and the widths of their columns; 0 is as it comes.
    pub(crate) fn new(output: Output, headings: &'static [(&'static str, usize)]) -> Stream {
        Stream {
            output,
            headings,
            begun: false,
        }
    }

    /// Prints one row; the headings go first.
    pub(crate) fn row(&mut self, cells: &[String]) {
        if !std::mem::replace(&mut self.begun, true) {
            let headings: Vec<String> = self
                .headings
                .iter()
                .map(|(name, _)| (*name).to_owned())
                .collect();
            self.print(&headings);
        }
        self.print(cells);
    }

    fn print(&self, cells: &[String]) {
        let one_line = |cell: &String| cell.replace(['\t', '\n', '\r'], " ");
        match self.output {
            Output::Json => {}
            Output::Tsv => line(&cells.iter().map(one_line).collect::<Vec<_>>().join("\t")),
            Output::Table => {
                let padded = cells.iter().zip(self.headings);
                let text: Vec<String> = padded
                    .map(|(cell, (_, width))| format!("{:<width$}", one_line(cell)))
                    .collect();
                line(text.join("  ").trim_end());
            }
        }
    }
}

/// Prints rows under their headings.
pub(crate) fn rows(output: Output, headings: &[&str], rows: &[Vec<String>]) -> Result<(), Failure> {
    match output {
        Output::Json => {
            let all: Vec<serde_json::Map<String, serde_json::Value>> = rows
                .iter()
                .map(|row| {
                    headings
                        .iter()
                        .map(|name| (*name).to_owned())
                        .zip(row.iter().map(|cell| cell.clone().into()))
                        .collect()
                })
                .collect();
            line(&serde_json::to_string_pretty(&all).unwrap_or_default());
        }
        Output::Tsv => {
            let mut writer = csv::WriterBuilder::new()
                .delimiter(b'\t')
                .from_writer(std::io::stdout());
            let closed = |_| {
                Failure::new(
                    "cli.output",
                    "standard output cannot be written",
                    "Try again.",
                )
            };
            writer.write_record(headings).map_err(closed)?;
            for row in rows {
                writer.write_record(row).map_err(closed)?;
            }
        }
        Output::Table => table(headings, rows),
    }
    Ok(())
}

fn table(headings: &[&str], rows: &[Vec<String>]) {
    let width = |index: usize| {
        rows.iter()
            .map(|row| row.get(index).map_or(0, |cell| cell.chars().count()))
            .chain([headings[index].chars().count()])
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..headings.len()).map(width).collect();
    let print = |cells: Vec<&str>| {
        let text: Vec<String> = cells
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        line(text.join("  ").trim_end());
    };
    print(headings.to_vec());
    for row in rows {
        print(row.iter().map(String::as_str).collect());
    }
}
