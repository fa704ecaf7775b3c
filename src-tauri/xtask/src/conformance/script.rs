//! The commands that are played, as data: `conformance/*.toml`, in the order of their names.
//!
//! A file is a list of `[[command]]`. Commands that share a `[stage]` file with `together = true` depend on nothing
//! but the files before, and run side by side: az takes a second to start.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, bail};
use toml::{Table, Value};

use super::az::LoggedIn;
use super::claim::{Claim, Row};

/// How many commands run side by side.
const LANES: usize = 4;

/// Everything that is played.
pub struct Script {
    /// How many times faster the simulator's clock runs.
    pub speed: u32,
    /// The restores that the simulator must have accepted in the end, by item.
    restores: BTreeMap<String, u64>,
    /// What a release cannot restore.
    cannot: BTreeMap<String, Vec<String>>,
    names: BTreeMap<String, String>,
    stages: Vec<Stage>,
}

struct Stage {
    together: bool,
    claims: Vec<Claim>,
}

impl Script {
    /// Adds the comparisons of `shapes.toml` with the examples of another folder.
    pub fn with_shapes(mut self, folder: &Path, examples: &Path) -> Result<Self> {
        let read = table(&folder.join("shapes.toml"))?;
        let rows = read.get("shape").and_then(Value::as_array);
        let claims = rows.into_iter().flatten();
        let claims = claims.map(|row| Claim::compared(row, examples));
        self.stages.push(Stage {
            together: true,
            claims: claims.collect::<Result<_>>()?,
        });
        Ok(self)
    }

    /// Reads a folder: `settings.toml` and the stages beside it.
    pub fn read(folder: &Path) -> Result<Self> {
        let settings = table(&folder.join("settings.toml"))?;
        let mut files = Vec::new();
        for entry in fs::read_dir(folder).context("cannot read the folder of commands")? {
            let path = entry?.path();
            let is_stage = path
                .file_name()
                .and_then(|name| name.to_str())
                .is_some_and(|name| name.starts_with(|c: char| c.is_ascii_digit()));
            if is_stage && path.extension().is_some_and(|kind| kind == "toml") {
                files.push(path);
            }
        }
        files.sort();
        let mut stages = Vec::new();
        for file in files {
            let read = table(&file)?;
            let rows = read.get("command").and_then(Value::as_array);
            let claims = rows.into_iter().flatten().map(Claim::read);
            stages.push(Stage {
                together: read.get("together").and_then(Value::as_bool) == Some(true),
                claims: claims
                    .collect::<Result<_>>()
                    .with_context(|| format!("in {}", file.display()))?,
            });
        }
        let texts = |name: &str| settings.get(name).and_then(Value::as_table);
        let names = texts("names").into_iter().flatten();
        let restores = texts("restores").into_iter().flatten();
        let cannot = texts("cannot").into_iter().flatten();
        Ok(Self {
            speed: settings
                .get("speed")
                .and_then(Value::as_integer)
                .and_then(|speed| u32::try_from(speed).ok())
                .context("settings.toml has no speed")?,
            names: names
                .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
                .collect(),
            restores: restores
                .map(|(item, count)| {
                    let count = count.as_integer().and_then(|n| u64::try_from(n).ok());
                    (item.clone(), count.unwrap_or_default())
                })
                .collect(),
            cannot: cannot
                .map(|(release, items)| {
                    let items = items.as_array().into_iter().flatten();
                    let items = items.filter_map(Value::as_str).map(str::to_owned);
                    (release.clone(), items.collect())
                })
                .collect(),
            stages,
        })
    }

    /// The restores that the simulator must have accepted from a release.
    pub fn restores_by(&self, release: &str) -> BTreeMap<String, u64> {
        let mut restores = self.restores.clone();
        if let Some(items) = self.cannot.get(release) {
            restores.retain(|item, _| !items.contains(item));
        }
        restores
    }

    /// Plays every stage and returns a row for each command.
    pub fn play(&self, release: &str, az: &LoggedIn, folder: &Path) -> Result<Vec<Row>> {
        let mut names = self.names.clone();
        names.insert("SUB".to_owned(), az.subscription.clone());
        let names = Mutex::new(names);
        let mut rows = Vec::new();
        for stage in &self.stages {
            rows.extend(stage.play(release, az, folder, &names)?);
        }
        Ok(rows)
    }
}

impl Stage {
    fn play(
        &self,
        release: &str,
        az: &LoggedIn,
        folder: &Path,
        names: &Mutex<BTreeMap<String, String>>,
    ) -> Result<Vec<Row>> {
        let lanes = if self.together { LANES } else { 1 };
        let next = AtomicUsize::new(0);
        let done: Mutex<Vec<(usize, Row)>> = Mutex::new(Vec::new());
        let lane = || -> Result<()> {
            while let Some((n, claim)) = {
                let n = next.fetch_add(1, Ordering::SeqCst);
                self.claims.get(n).map(|claim| (n, claim))
            } {
                let row = claim.play(release, az, folder, names)?;
                super::table::say(&row);
                let mut done = done.lock().expect("no lane panics while it holds the rows");
                done.push((n, row));
            }
            Ok(())
        };
        std::thread::scope(|scope| {
            let lanes: Vec<_> = (0..lanes).map(|_| scope.spawn(lane)).collect();
            for lane in lanes {
                match lane.join() {
                    Ok(result) => result?,
                    Err(_) => bail!("a lane of commands panicked"),
                }
            }
            Ok(())
        })?;
        let mut rows = done.into_inner().unwrap_or_default();
        rows.sort_by_key(|(n, _)| *n);
        Ok(rows.into_iter().map(|(_, row)| row).collect())
    }
}

fn table(file: &Path) -> Result<Table> {
    let text =
        fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    text.parse::<Table>()
        .with_context(|| format!("{} is not TOML", file.display()))
}

#[cfg(test)]
mod tests {
    use super::Script;
    use std::path::Path;

    #[test]
    fn the_commands_that_are_kept_can_be_read() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance");
        let script = Script::read(&folder).expect("every file is TOML of this shape");
        let count: usize = script.stages.iter().map(|stage| stage.claims.len()).sum();
        assert!(count >= 60, "{count} commands");
    }
}
