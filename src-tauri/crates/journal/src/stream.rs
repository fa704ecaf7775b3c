//! Entries and leaves one after the other, read in small portions so that no transaction stays open.

use crate::batch::StoredEntry;
use crate::error::JournalError;
use crate::reader::Reader;
use drillbook_trust::digest::Digest;
use std::collections::VecDeque;

/// How many rows are read at once.
const PORTION: u64 = 256;

/// Entries in the order of the log, up to where it ended when the iteration began.
#[derive(Debug)]
pub struct Entries {
    reader: Reader,
    drill: Option<String>,
    next: u64,
    end: u64,
    portion: VecDeque<StoredEntry>,
}

impl Entries {
    pub(crate) fn new(reader: Reader, drill: Option<String>, next: u64, end: u64) -> Self {
        Self {
            reader,
            drill,
            next,
            end,
            portion: VecDeque::new(),
        }
    }
}

impl Iterator for Entries {
    type Item = Result<StoredEntry, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.portion.is_empty() && self.next < self.end {
            match self
                .reader
                .portion(self.drill.as_deref(), self.next, self.end, PORTION)
            {
                Ok(portion) => {
                    let full = portion.len() as u64 == PORTION;
                    self.next = match portion.last() {
                        Some(last) if full => last.entry.seq + 1,
                        _ => self.end,
                    };
                    self.portion = portion.into();
                }
                Err(error) => {
                    self.next = self.end;
                    return Some(Err(error));
                }
            }
        }
        self.portion.pop_front().map(Ok)
    }
}

/// Leaf hashes in the order of the log.
#[derive(Debug)]
pub struct Leaves {
    reader: Reader,
    next: u64,
    end: u64,
    portion: VecDeque<Digest>,
}

impl Leaves {
    pub(crate) fn new(reader: Reader, next: u64, end: u64) -> Self {
        Self {
            reader,
            next,
            end,
            portion: VecDeque::new(),
        }
    }
}

impl Iterator for Leaves {
    type Item = Result<Digest, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.portion.is_empty() && self.next < self.end {
            let until = self.end.min(self.next + PORTION);
            match self.reader.leaf_portion(self.next, until) {
                Ok(portion) => {
                    self.next = until;
                    self.portion = portion.into();
                }
                Err(error) => {
                    self.next = self.end;
                    return Some(Err(error));
                }
            }
        }
        self.portion.pop_front().map(Ok)
    }
}
