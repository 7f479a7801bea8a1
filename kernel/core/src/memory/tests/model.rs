//! What memory should do, in a few lines without frames or page tables: the model of the random tests.
//!
//! Content is four bytes a page, [`Cells`]. A private page is `None` until its first store; until then it shows its
//! object's page, or zeros. Main type: [`Model`]. Neighbour: `random` (drives the model and the real thing).

use std::collections::BTreeMap;

use super::*;
use crate::memory::object::OBJECT_PAGES;

/// The bytes of a page that tests look at, [`CELL`] bytes apart.
pub(super) type Cells = [u8; 4];

/// Distance of the cells.
pub(super) const CELL: u64 = PAGE / 4;

#[derive(Clone, Copy, Debug)]
pub(super) struct ModelPage {
    pub(super) protection: Protection,
    pub(super) maximum: Protection,
    pub(super) sharing: Sharing,
    /// Object and page in it.
    pub(super) object: Option<(usize, u64)>,
    /// Private content.
    pub(super) own: Option<Cells>,
}

#[derive(Clone, Debug)]
pub(super) struct ModelObject {
    pub(super) pages: Vec<Cells>,
    pub(super) writable: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Read,
    Write,
    Execute,
    Peek,
    Poke,
}

/// Spaces by number, each a map from page number to page; objects by number.
#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    pub(super) spaces: BTreeMap<usize, BTreeMap<u64, ModelPage>>,
    pub(super) objects: Vec<ModelObject>,
}

impl Model {
    pub(super) fn page(&mut self, space: usize, page: u64) -> Option<&mut ModelPage> {
        self.spaces.get_mut(&space)?.get_mut(&page)
    }

    /// What an access comes to.
    pub(super) fn expect(&self, space: usize, page: u64, wish: Wish) -> Result<(), FaultKind> {
        let found = self.spaces[&space].get(&page).ok_or(FaultKind::Unmapped)?;
        let allowed = found.protection.contains(READ)
            && match wish {
                Wish::Read | Wish::Peek => true,
                Wish::Write => found.protection.contains(Protection::WRITE),
                Wish::Execute => found.protection.contains(Protection::EXECUTE),
                Wish::Poke => found.sharing == Sharing::Private || found.maximum.contains(Protection::WRITE),
            };
        if !allowed {
            return Err(FaultKind::Protection);
        }
        match found.object {
            Some((object, index)) if found.own.is_none() && index >= self.objects[object].pages.len() as u64 => {
                Err(FaultKind::BeyondObject)
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The content of a page that can be read.
    pub(super) fn cells(&self, space: usize, page: u64) -> Cells {
        let found = &self.spaces[&space][&page];
        match (found.own, found.object) {
            (Some(cells), _) => cells,
            (None, Some((object, index))) => self.objects[object].pages[index as usize],
            (None, None) => Cells::default(),
        }
    }

    /// A page is about to be stored to: a private one gets its own content.
    pub(super) fn separate(&mut self, space: usize, page: u64) {
        let cells = self.cells(space, page);
        if let Some(found) = self.page(space, page).filter(|found| found.sharing == Sharing::Private) {
            found.own.get_or_insert(cells);
        }
    }

    /// Stores to a page that allows it.
    pub(super) fn store(&mut self, space: usize, page: u64, new: impl Fn(&mut Cells)) {
        self.separate(space, page);
        let found = *self.page(space, page).expect("a mapped page");
        match (found.sharing, found.object) {
            (Sharing::Shared, Some((object, index))) => new(&mut self.objects[object].pages[index as usize]),
            (Sharing::Shared | Sharing::Private, _) => {
                if let Some(cells) = self.page(space, page).and_then(|found| found.own.as_mut()) {
                    new(cells);
                }
            }
        }
    }

    /// A mapping; shared fresh memory gets an object.
    pub(super) fn map(&mut self, space: usize, range: std::ops::Range<u64>, mut new: ModelPage) {
        if new.sharing == Sharing::Shared && new.object.is_none() {
            let length = range.end - range.start;
            assert!(length <= OBJECT_PAGES);
            self.objects.push(ModelObject { pages: vec![Cells::default(); length as usize], writable: true });
            new.object = Some((self.objects.len() - 1, 0));
        }
        let start = range.start;
        for page in range {
            let object = new.object.map(|(object, first)| (object, first + page - start));
            self.spaces.get_mut(&space).expect("a space").insert(page, ModelPage { object, ..new });
        }
    }

    /// A change of protection.
    pub(super) fn protect(
        &mut self,
        space: usize,
        range: std::ops::Range<u64>,
        to: Protection,
    ) -> Result<(), MapError> {
        let pages = self.spaces.get_mut(&space).expect("a space");
        if range.clone().any(|page| !pages.contains_key(&page)) {
            return Err(MapError::NoMemory);
        }
        if range.clone().any(|page| !pages[&page].maximum.contains(to)) {
            return Err(MapError::Denied);
        }
        for page in range {
            pages.get_mut(&page).expect("just seen").protection = to;
        }
        Ok(())
    }
}
