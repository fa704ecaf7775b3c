//! One command and what is claimed of it: how it ends, what it prints, what it complains about.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value as Json, json};
use toml::{Table, Value};

use super::az::LoggedIn;
use super::script::Script;
use super::shapes::Shape;

/// A command with its claims.
pub struct Claim {
    does: String,
    words: Vec<String>,
    query: Option<String>,
    ends: Ending,
    /// Releases that end otherwise, for a fault of their own.
    known: Option<Known>,
    /// The output is kept under this name: a text as it is, anything else in a file whose path is kept.
    keep: Option<String>,
    /// The example that its output is compared with.
    shape: Option<Shape>,
    /// How often it is tried until it ends as claimed; starting az takes longer than any wait between.
    tries: u32,
}

struct Ending {
    exit: i32,
    expect: Option<Json>,
    says: Option<String>,
}

struct Known {
    releases: Vec<String>,
    fault: String,
    ends: Ending,
}

/// What became of a command.
pub struct Row {
    /// What it does.
    pub does: String,
    /// The command's words, names filled in.
    pub line: String,
    /// Its exit code.
    pub exit: i32,
    /// How long it took.
    pub took: Duration,
    /// The CLI's own fault that was expected and seen.
    pub fault: Option<String>,
    /// Why it is wrong.
    pub wrong: Option<String>,
}

impl Claim {
    /// Reads one `[[shape]]`: a command whose answer is compared with an example.
    pub fn compared(value: &Value, examples: &Path) -> Result<Self> {
        let row = value.as_table().context("a shape is no table")?;
        let shape = Shape::read(row, examples)?;
        Ok(Self {
            does: format!("shape of {}", shape.example),
            shape: Some(shape),
            ..Self::read(value)?
        })
    }

    /// Reads one `[[command]]`.
    pub fn read(value: &Value) -> Result<Self> {
        let row = value.as_table().context("a command is no table")?;
        let az = text(row, "az").context("a command has no `az`")?;
        let known = match row.get("known").and_then(Value::as_table) {
            Some(known) => Some(Known {
                releases: strings(known, "releases"),
                fault: text(known, "fault").context("a known fault has no `fault`")?,
                ends: Ending::read(known),
            }),
            None => None,
        };
        let tries = row.get("tries").and_then(Value::as_integer).unwrap_or(1);
        Ok(Self {
            does: text(row, "does").unwrap_or_else(|| az.clone()),
            words: words(&az)?,
            query: text(row, "query"),
            ends: Ending::read(row),
            known,
            keep: text(row, "keep"),
            shape: None,
            tries: u32::try_from(tries).unwrap_or(1),
        })
    }

    /// Runs it, and says whether it ended as claimed.
    pub fn play(
        &self,
        release: &str,
        az: &LoggedIn,
        folder: &Path,
        names: &Mutex<BTreeMap<String, String>>,
    ) -> Result<Row> {
        let known = self
            .known
            .as_ref()
            .filter(|known| known.releases.iter().any(|one| one == release));
        let ends = known.map_or(&self.ends, |known| &known.ends);
        let filled = names
            .lock()
            .expect("nobody panics while holding names")
            .clone();
        let mut words: Vec<String> = self.words.iter().map(|word| fill(word, &filled)).collect();
        if let Some(query) = &self.query {
            words.extend(["--query".to_owned(), fill(query, &filled)]);
        }
        words.extend(["--output".to_owned(), "json".to_owned()]);
        let began = Instant::now();
        let mut tried = 0;
        let (output, mut wrong) = loop {
            let output = az.run(&words)?;
            tried += 1;
            let wrong = ends.differs(&output, &filled);
            if wrong.is_none() || tried >= self.tries {
                break (output, wrong);
            }
        };
        if let (Some(shape), None) = (&self.shape, &wrong) {
            wrong = shape.differs(&output);
        }
        if let (Some(name), None, true) = (&self.keep, &wrong, output.status.success()) {
            match keep(folder, name, &output.stdout) {
                Ok(kept) => {
                    let mut names = names.lock().expect("nobody panics while holding names");
                    names.insert(name.clone(), kept);
                }
                Err(error) => wrong = Some(format!("{error:#}")),
            }
        }
        Ok(Row {
            does: self.does.clone(),
            line: words.join(" "),
            exit: output.status.code().unwrap_or(-1),
            took: began.elapsed(),
            fault: known.map(|known| known.fault.clone()),
            wrong,
        })
    }
}

impl Ending {
    fn read(row: &Table) -> Self {
        let exit = row.get("exit").and_then(Value::as_integer).unwrap_or(0);
        Self {
            exit: i32::try_from(exit).unwrap_or(-1),
            expect: row.get("expect").map(json_of),
            says: text(row, "says"),
        }
    }

    /// Says in what the end differs from the claim.
    fn differs(
        &self,
        output: &std::process::Output,
        names: &BTreeMap<String, String>,
    ) -> Option<String> {
        let complaint = String::from_utf8_lossy(&output.stderr);
        let exit = output.status.code().unwrap_or(-1);
        if exit != self.exit {
            let last = complaint.lines().rev().take(3).collect::<Vec<_>>();
            return Some(format!("exit {exit}, not {}: {last:?}", self.exit));
        }
        if let Some(says) = &self.says
            && !complaint.contains(says.as_str())
        {
            return Some(format!("it does not say {says:?}: {complaint}"));
        }
        let wanted = filled(self.expect.as_ref()?, names);
        let said = String::from_utf8_lossy(&output.stdout);
        let seen: Json = serde_json::from_str(&said).unwrap_or(Json::Null);
        (seen != wanted).then(|| format!("it printed {seen}, not {wanted}"))
    }
}

/// The last claim: the simulator accepted the restores that were asked for, each once.
pub fn restores(script: &Script, release: &str, lines: &[Json]) -> Row {
    let wanted = script.restores_by(release);
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    for line in lines {
        if line["change"]["kind"] == json!("restored") {
            let item = line["change"]["restore"]["item"].as_str();
            *seen.entry(item.unwrap_or_default().to_owned()).or_default() += 1;
        }
    }
    let wrong =
        (seen != wanted).then(|| format!("the simulator accepted {seen:?}, not {wanted:?}"));
    Row {
        does: "restores in the simulator's file".to_owned(),
        line: format!("{seen:?}"),
        exit: 0,
        took: Duration::ZERO,
        fault: None,
        wrong,
    }
}

fn keep(folder: &Path, name: &str, output: &[u8]) -> Result<String> {
    let value: Json = serde_json::from_slice(output).context("what is to be kept is not JSON")?;
    if let Some(text) = value.as_str() {
        return Ok(text.to_owned());
    }
    let file = folder.join(format!("{}.json", name.to_lowercase()));
    fs::write(&file, output).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(file.display().to_string())
}

/// Replaces `$NAME`; a dollar before anything else stands for itself.
fn fill(text: &str, names: &BTreeMap<String, String>) -> String {
    // The longest first, so that no name hides behind the beginning of another.
    let mut by_length: Vec<_> = names.iter().collect();
    by_length.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    by_length
        .into_iter()
        .fold(text.to_owned(), |text, (name, value)| {
            text.replace(&format!("${name}"), value)
        })
}

fn filled(value: &Json, names: &BTreeMap<String, String>) -> Json {
    match value {
        Json::String(text) => json!(fill(text, names)),
        Json::Array(rows) => rows.iter().map(|row| filled(row, names)).collect(),
        other => other.clone(),
    }
}

fn text(row: &Table, name: &str) -> Option<String> {
    row.get(name).and_then(Value::as_str).map(str::to_owned)
}

fn strings(row: &Table, name: &str) -> Vec<String> {
    let rows = row.get(name).and_then(Value::as_array);
    let rows = rows.into_iter().flatten().filter_map(Value::as_str);
    rows.map(str::to_owned).collect()
}

fn json_of(value: &Value) -> Json {
    match value {
        Value::String(text) => json!(text),
        Value::Integer(number) => json!(number),
        Value::Float(number) => json!(number),
        Value::Boolean(truth) => json!(truth),
        Value::Array(rows) => rows.iter().map(json_of).collect(),
        Value::Table(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), json_of(value)))
            .collect(),
        Value::Datetime(at) => json!(at.to_string()),
    }
}

/// Splits a command line: blanks part words, quotes of either kind hold them together.
fn words(line: &str) -> Result<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in line.chars() {
        match quote {
            Some(end) if c == end => quote = None,
            Some(_) => word.get_or_insert_default().push(c),
            None if c == '\'' || c == '"' => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            None if c.is_whitespace() => words.extend(word.take()),
            None => word.get_or_insert_default().push(c),
        }
    }
    if quote.is_some() {
        bail!("a quote is not closed in {line}");
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::{fill, words};
    use std::collections::BTreeMap;

    #[test]
    fn splits_words_as_a_shell_does() {
        let split = words("a  --b 'c d' \"e'f\" ''").expect("quotes are closed");
        assert_eq!(split, ["a", "--b", "c d", "e'f", ""]);
        assert!(words("a 'b").is_err());
    }

    #[test]
    fn fills_the_longest_name_and_leaves_other_dollars() {
        let names = [("A", "1"), ("AB", "2")];
        let names: BTreeMap<String, String> = names
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        assert_eq!(fill("$A $AB $filter", &names), "1 2 $filter");
    }
}
