//! A second reading as it travels: a few lines for people, then one block.

use super::{ExchangeError, Letter, armor};
use crate::canonical;
use crate::document::{Compared, Document, SecondReading, Signed, parse_signed, type_of};

const LABEL: &str = "DRILLBOOK SECOND READING";

/// Writes a second reading as it travels.
///
/// # Errors
/// [`ExchangeError::Unreadable`] when it has no canonical form.
pub fn write_reading(reading: &Signed<SecondReading>) -> Result<String, ExchangeError> {
    let said = reading.value();
    let counts = Compared::ALL.map(|one| format!("{} {}", said.count(one), one.word()));
    let about = format!(
        "{} read again what drill {} had read: {}.",
        said.person,
        said.drill,
        counts.join(", ")
    );
    let bytes = canonical::to_bytes(&Letter::of(reading)).map_err(ExchangeError::Unreadable)?;
    Ok(format!(
        "{}\nTake it in with: {}\n\n{}",
        super::plain(&about),
        super::text::intake(&said.log),
        armor::armor(LABEL, "", &bytes)
    ))
}

/// Reads a second reading from a text; `None` when it holds none. The canonical document with its signatures, from a
/// `.sig` file beside it, say, is read too.
///
/// # Errors
/// [`ExchangeError`] naming what is missing or differs.
pub fn read_reading(
    text: &str,
    signatures: &[String],
) -> Result<Option<Signed<SecondReading>>, ExchangeError> {
    let letter = if type_of(text.as_bytes()).as_deref() == Some(SecondReading::TYPE) {
        Letter {
            text: text.to_owned(),
            signatures: signatures.to_vec(),
        }
    } else {
        match armor::blocks(LABEL, text)?.as_slice() {
            [] => return Ok(None),
            [bytes] => canonical::from_bytes(bytes).map_err(ExchangeError::Unreadable)?,
            _ => return Err(ExchangeError::Several { block: LABEL }),
        }
    };
    if letter.signatures.is_empty() {
        return Err(ExchangeError::NotSigned);
    }
    let read = parse_signed(letter.text.as_bytes(), letter.signatures);
    read.map(Some).map_err(ExchangeError::Document)
}
