//! Which journal a command works in: that of rehearsals, or the live one with what opens it.

use crate::args::Journal;
use crate::output::Failure;
use drillbook_engine::{Engine, JournalAt};
use drillbook_journal::DataFolder;
use drillbook_rehearsal::{Options, Rehearsal};

/// Where a command works.
pub(crate) enum Place {
    /// Beside a simulator of its own.
    Within(Box<Rehearsal>),
    /// Without one; the folder stays locked as long as the engine works.
    Elsewhere(
        Engine,
        #[expect(dead_code, reason = "held for its lock")] DataFolder,
    ),
}

impl Place {
    pub(crate) fn engine(&self) -> &Engine {
        match self {
            Place::Within(rehearsal) => rehearsal.engine(),
            Place::Elsewhere(engine, _) => engine,
        }
    }
}

impl Journal {
    /// Returns which journal is meant, to be read beside whoever works in it.
    pub(crate) fn at(&self) -> Result<JournalAt, Failure> {
        let (data, seal) = self.sealed.read()?;
        Ok(if self.live {
            JournalAt::live(&data, &seal)
        } else {
            JournalAt::rehearsal(&data)
        })
    }

    /// Opens it to record something; the folder must be free.
    pub(crate) async fn open(&self) -> Result<Place, Failure> {
        if self.live {
            let (data, seal) = self.sealed.read()?;
            let folder = drillbook_engine::data_folder(Some(&data))?;
            let engine = Engine::open_to_record(&folder, seal)?;
            return Ok(Place::Elsewhere(engine, folder));
        }
        let options = Options {
            data: self.sealed.data.clone(),
            speed: 1.0,
            ..Options::default()
        };
        let rehearsal = Rehearsal::open(options).await?;
        Ok(Place::Within(Box::new(rehearsal)))
    }
}
