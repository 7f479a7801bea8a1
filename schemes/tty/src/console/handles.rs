//! Open files of the console, and which of them wait for input through an event queue.
//!
//! Decides the numbers of open files: 1 and up, the lowest free one first; their count is limited, so that no client takes
//! all memory. Main type: [`Handles`]. Neighbours: `console`.

use alloc::vec::Vec;
use runtime::event::Readiness;
use runtime::{Error, Result};

/// Most open files.
const LIMIT: usize = 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Free,
    Open(Readiness),
}

#[derive(Debug)]
pub(crate) struct Handles(Vec<Place>);

impl Handles {
    pub(crate) fn new() -> Result<Self> {
        let mut places = Vec::new();
        places.try_reserve_exact(LIMIT)?;
        Ok(Self(places))
    }

    pub(crate) fn open(&mut self) -> Result<u64> {
        let open = Place::Open(Readiness::empty());
        let index = match self.0.iter().position(|place| *place == Place::Free) {
            Some(index) => index,
            None if self.0.len() < LIMIT => {
                self.0.push(Place::Free);
                self.0.len().saturating_sub(1)
            }
            None => return Err(Error::ENFILE),
        };
        if let Some(place) = self.0.get_mut(index) {
            *place = open;
        }
        Ok((index as u64).saturating_add(1))
    }

    pub(crate) fn close(&mut self, handle: u64) {
        if let Some(place) = self.place(handle) {
            *place = Place::Free;
        }
    }

    pub(crate) fn wait_for(&mut self, handle: u64, wanted: Readiness) -> Result<()> {
        match self.place(handle) {
            Some(place @ Place::Open(_)) => {
                *place = Place::Open(wanted);
                Ok(())
            }
            Some(Place::Free) | None => Err(Error::EBADF),
        }
    }

    /// Those that are to be told of input.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = u64> {
        (1_u64..).zip(&self.0).filter_map(|(handle, place)| match place {
            Place::Open(wanted) if wanted.contains(Readiness::READ) => Some(handle),
            Place::Open(_) | Place::Free => None,
        })
    }

    fn place(&mut self, handle: u64) -> Option<&mut Place> {
        self.0.get_mut(usize::try_from(handle).ok()?.checked_sub(1)?)
    }
}
