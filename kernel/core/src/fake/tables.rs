//! Page tables as a sorted map, with the table pages that a processor would need counted beside it.
//!
//! Decides when a table page is allocated: at the first entry below it, at each of three levels; they stay until the root
//! is freed. Main type: [`Tables`]. Neighbour: `fake`.

use std::collections::BTreeMap;

use super::FakeMachine;
use crate::seam::{Frame, FrameSource, Mapping, Page, PageTables, Protection, Root, USER_END};

/// Pages below one table of each level, as a shift.
const LEVELS: [u32; 3] = [27, 18, 9];

/// One root and what is below it.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    entries: BTreeMap<Page, Mapping>,
    /// Table pages by level and the pages they are for.
    tables: BTreeMap<(u32, u64), Frame>,
}

impl FakeMachine {
    /// Every entry of a root.
    pub(crate) fn entries(&self, root: Root) -> impl Iterator<Item = (Page, Mapping)> {
        self.tables(root).entries.iter().map(|(page, mapping)| (*page, *mapping))
    }

    /// Every frame that a root and its tables occupy.
    pub(crate) fn table_frames(&self) -> impl Iterator<Item = Frame> {
        self.roots.iter().flat_map(|(root, tables)| tables.tables.values().copied().chain([root.0]))
    }

    fn tables(&self, root: Root) -> &Tables {
        self.roots.get(&root).unwrap_or_else(|| panic!("{root:?} does not exist"))
    }

    fn tables_mut(&mut self, root: Root) -> &mut Tables {
        self.roots.get_mut(&root).unwrap_or_else(|| panic!("{root:?} does not exist"))
    }
}

impl PageTables for FakeMachine {
    fn new_root(&mut self, frames: &mut impl FrameSource) -> Option<Root> {
        let root = Root(frames.allocate()?);
        assert!(self.roots.insert(root, Tables::default()).is_none(), "{root:?} was given out twice");
        Some(root)
    }

    fn switches(&self) -> u64 {
        // Nothing runs here.
        0
    }

    fn map(&mut self, root: Root, page: Page, mapping: Mapping, frames: &mut impl FrameSource) -> bool {
        assert!(page < Page::containing(USER_END), "{page:?} is not user space");
        assert!((mapping.frame.0 as usize) < self.bytes.len(), "{mapping:?} is not memory");
        assert!(
            mapping.protection.is_empty() || mapping.protection.contains(Protection::READ),
            "{mapping:?} cannot be expressed"
        );
        let tables = self.tables_mut(root);
        let needed = LEVELS.map(|shift| (shift, page.0 >> shift));
        let missing: Vec<_> = needed.into_iter().filter(|table| !tables.tables.contains_key(table)).collect();
        let mut new = Vec::new();
        for table in missing {
            let Some(frame) = frames.allocate() else {
                new.into_iter().for_each(|(_, frame)| frames.free(frame));
                return false;
            };
            new.push((table, frame));
        }
        tables.tables.extend(new);
        tables.entries.insert(page, mapping);
        true
    }

    fn unmap(&mut self, root: Root, page: Page) -> Option<Mapping> {
        self.tables_mut(root).entries.remove(&page)
    }

    fn lookup(&self, root: Root, page: Page) -> Option<Mapping> {
        assert!(page < Page::containing(USER_END), "{page:?} is not user space");
        self.tables(root).entries.get(&page).copied()
    }

    fn next_mapped(&self, root: Root, from: Page, end: Page) -> Option<(Page, Mapping)> {
        assert!(end <= Page::containing(USER_END), "{end:?} is beyond user space");
        self.tables(root).entries.range(from..end).next().map(|(page, mapping)| (*page, *mapping))
    }

    fn free_tables(&mut self, root: Root, limit: usize, frames: &mut impl FrameSource) -> bool {
        let tables = self.tables_mut(root);
        assert!(tables.entries.is_empty(), "{root:?} still maps pages");
        for _ in 0..limit {
            let Some((_, frame)) = tables.tables.pop_first() else {
                frames.free(root.0);
                self.roots.remove(&root);
                return true;
            };
            frames.free(frame);
        }
        false
    }
}
