//! The rules of this module as a check that tests run after every step.
//!
//! Decides nothing. Main function: [`Memory::audit`]. Neighbours: `fake` (knows what is really mapped), every test.
//!
//! Each frame has exactly as many references as entries, object pages, tables and named others refer to it; no page is
//! resident outside a region; no entry allows more than its region; a writable private page is referred to once.
#![expect(clippy::arithmetic_side_effects, reason = "an overflow is a failing test")]

use std::collections::HashMap;

use super::{Memory, Protection, Sharing, Space, SpaceKey};
use crate::fake::FakeMachine;
use crate::seam::{Frame, Mapping, Page, PageTables};

/// What is in use; equal before and after whatever cleans up behind itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InUse {
    free_frames: u32,
    objects: usize,
    spaces: usize,
    roots: usize,
}

impl Memory {
    /// Counts what is in use, on both sides of the seam.
    pub(crate) fn in_use(&self, machine: &FakeMachine) -> InUse {
        InUse {
            free_frames: self.frames.free(),
            objects: self.objects.len(),
            spaces: self.spaces.len(),
            roots: machine.roots(),
        }
    }

    /// Fails the test if a rule is broken. `others` are the frames that are in use for anything else, once each.
    pub(crate) fn audit(&self, machine: &FakeMachine, others: &[Frame]) {
        let mut references: HashMap<Frame, u32> = HashMap::new();
        let mut count = |frame| *references.entry(frame).or_default() += 1;
        machine.table_frames().chain(others.iter().copied()).for_each(&mut count);
        for (_, object) in self.objects.iter().filter(|(_, object)| object.is_writable()) {
            (0..object.length()).filter_map(|page| object.frame(page)).for_each(&mut count);
        }
        for (key, space) in self.spaces.iter() {
            let mut resident = 0;
            for (page, mapping) in machine.entries(space.root()) {
                count(mapping.frame);
                resident += 1;
                self.audit_entry(key, space, page, mapping);
            }
            assert_eq!(space.resident(), resident, "resident pages of {key:?}");
            for (page, mapping) in space.recent.entries() {
                assert_eq!(
                    machine.lookup(space.root(), page),
                    Some(mapping),
                    "{page:?} of {key:?} is remembered wrongly"
                );
            }
            self.audit_regions(space);
        }
        let range = machine.usable();
        for frame in (range.first..range.first + range.count).map(Frame) {
            let expected = references.get(&frame).copied().unwrap_or(0);
            let actual = self.frames.references(frame);
            assert!(actual == u32::MAX || actual == expected, "{frame:?} has {actual} references, not {expected}");
        }
    }

    fn audit_entry(&self, key: SpaceKey, space: &Space, page: Page, mapping: Mapping) {
        let region = space.regions.find(page).unwrap_or_else(|| panic!("{key:?}: {page:?} is outside every region"));
        assert!(region.protection.contains(mapping.protection), "{key:?}: {page:?} allows {mapping:?} in {region:?}");
        let readable = region.protection.contains(Protection::READ);
        assert_eq!(mapping.protection.contains(Protection::READ), readable, "{key:?}: {page:?} is {mapping:?}");
        match region.sharing {
            Sharing::Private if mapping.protection.contains(Protection::WRITE) => {
                assert_eq!(self.frames.references(mapping.frame), 1, "{key:?}: {page:?} is written to and shared");
            }
            Sharing::Private => {}
            Sharing::Shared => {
                let (object, index) = region.object_page(page).expect("a shared region maps an object");
                let frame = self.objects.get(object).and_then(|object| object.frame(index));
                assert_eq!(frame, Some(mapping.frame), "{key:?}: {page:?} is not the object's page");
            }
        }
    }

    fn audit_regions(&self, space: &Space) {
        let mut end = Page(0);
        for region in space.regions.iter() {
            assert!(end <= region.range.start && region.range.start < region.range.end, "{region:?} after {end:?}");
            assert!(region.maximum.contains(region.protection), "{region:?}");
            assert!(region.object().is_none_or(|object| self.objects.get(object).is_some()), "{region:?}");
            end = region.range.end;
        }
    }
}
