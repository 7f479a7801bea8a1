//! Random use of memory against the model: same errors, same content, every rule kept after every step, nothing left over.
//!
//! Steps run with small budgets and, now and then, an allocation that fails. Main type: [`Step`]. Neighbour: `model`.

use proptest::prelude::*;

use super::model::{CELL, Cells, Model, ModelObject, ModelPage, Wish};
use super::*;
use crate::memory::{Copied, Side};

/// Pages that the steps use, over a boundary between two tables.
const FIRST: u64 = BASE / PAGE;
const PAGES: u64 = 16;

/// Enough for all of them, just so.
const FRAMES: u32 = 160;

#[derive(Clone, Debug)]
enum Step {
    Map {
        space: usize,
        pages: (u64, u64),
        protection: u32,
        maximum: u32,
        shared: bool,
        object: Option<(usize, u64)>,
        replace: bool,
    },
    Unmap {
        space: usize,
        pages: (u64, u64),
    },
    Protect {
        space: usize,
        pages: (u64, u64),
        protection: u32,
    },
    Fault {
        space: usize,
        page: u64,
        wish: Wish,
    },
    Load {
        space: usize,
        page: u64,
        wish: Wish,
    },
    Store {
        space: usize,
        page: u64,
        cell: u64,
        byte: u8,
        wish: Wish,
    },
    Copy {
        from: (usize, u64),
        to: (usize, u64),
        count: u64,
        debugger: bool,
    },
    Fork {
        space: usize,
    },
    Release {
        space: usize,
    },
    Grow {
        object: usize,
    },
}

fn pages() -> impl Strategy<Value = (u64, u64)> {
    (0..PAGES, 1..6_u64).prop_map(|(start, count)| (FIRST + start, FIRST + PAGES.min(start + count)))
}

fn page() -> impl Strategy<Value = u64> {
    FIRST..FIRST + PAGES
}

/// Mostly what programs use, sometimes anything.
fn protection() -> impl Strategy<Value = u32> {
    prop_oneof![4 => Just(3_u32), 2 => Just(1_u32), 1 => Just(5_u32), 1 => 0..8_u32]
}

fn step() -> impl Strategy<Value = Step> {
    let space = 0..4_usize;
    let object = prop::option::weighted(0.6, (0..4_usize, 0..3_u64));
    let map = (space.clone(), pages(), protection(), protection(), any::<bool>(), object, any::<bool>());
    let wish = |wishes: &'static [Wish]| prop::sample::select(wishes);
    prop_oneof![
        5 => map.prop_map(|(space, pages, protection, maximum, shared, object, replace)| {
            Step::Map { space, pages, protection, maximum: maximum | protection, shared, object, replace }
        }),
        2 => (space.clone(), pages()).prop_map(|(space, pages)| Step::Unmap { space, pages }),
        3 => (space.clone(), pages(), protection())
            .prop_map(|(space, pages, protection)| Step::Protect { space, pages, protection }),
        4 => (space.clone(), page(), wish(&[Wish::Read, Wish::Write, Wish::Execute]))
            .prop_map(|(space, page, wish)| Step::Fault { space, page, wish }),
        4 => (space.clone(), page(), wish(&[Wish::Read, Wish::Peek]))
            .prop_map(|(space, page, wish)| Step::Load { space, page, wish }),
        8 => (space.clone(), page(), 0..4_u64, 1..=255_u8, wish(&[Wish::Write, Wish::Poke]))
            .prop_map(|(space, page, cell, byte, wish)| Step::Store { space, page, cell, byte, wish }),
        2 => ((space.clone(), page()), (space.clone(), page()), 1..5_u64, any::<bool>())
            .prop_map(|(from, to, count, debugger)| Step::Copy { from, to, count, debugger }),
        2 => space.clone().prop_map(|space| Step::Fork { space }),
        1 => space.prop_map(|space| Step::Release { space }),
        1 => (0..4_usize).prop_map(|object| Step::Grow { object }),
    ]
}

/// The real thing beside the model; spaces and objects have the same numbers in both.
struct Pair {
    world: World,
    model: Model,
    spaces: std::collections::BTreeMap<usize, SpaceKey>,
    objects: Vec<ObjectKey>,
}

impl Pair {
    fn new() -> Self {
        let mut world = World::new(FRAMES);
        let mut model = Model::default();
        let image = world.image();
        let window = world.memory.objects.create_window(image).unwrap();
        let pages = (IMAGE_BYTE..).take(IMAGE as usize).map(|byte| [byte; 4]).collect();
        model.objects.push(ModelObject { pages, writable: false });
        let anonymous = world.memory.objects.create(3).unwrap();
        model.objects.push(ModelObject { pages: vec![Cells::default(); 3], writable: true });
        let space = world.space();
        model.spaces.insert(0, Default::default());
        Self { world, model, spaces: [(0, space)].into(), objects: vec![window, anonymous] }
    }

    /// The space that a number stands for: one that exists.
    fn pick(&self, number: usize) -> (usize, SpaceKey) {
        let (number, key) = self.spaces.iter().nth(number % self.spaces.len()).expect("there is always a space");
        (*number, *key)
    }

    fn run(&mut self, step: &Step) {
        match *step {
            Step::Map { .. } => self.map(step),
            Step::Unmap { space, pages: (start, end) } => {
                let (number, key) = self.pick(space);
                self.world.unmap(key, start * PAGE, end - start).unwrap();
                self.model.spaces.get_mut(&number).unwrap().retain(|page, _| !(start..end).contains(page));
            }
            Step::Protect { space, pages: (start, end), protection } => {
                let (number, key) = self.pick(space);
                let to = Protection::from_bits_retain(protection);
                let expected = self.model.protect(number, start..end, to);
                assert_eq!(self.world.protect(key, start * PAGE, end - start, to), expected);
            }
            Step::Fault { space, page, wish } => self.fault(space, page, wish),
            Step::Load { space, page, wish } => {
                let (number, key) = self.pick(space);
                self.load(number, key, page, wish);
            }
            Step::Store { space, page, cell, byte, wish } => self.store(space, page, (cell, byte), wish),
            Step::Copy { from, to, count, debugger } => self.copy(from, to, count, debugger),
            Step::Fork { space } => self.fork(space),
            Step::Release { space } => {
                let (number, key) = self.pick(space);
                if self.spaces.len() > 1 {
                    self.world.release(key);
                    self.spaces.remove(&number);
                    self.model.spaces.remove(&number);
                }
            }
            Step::Grow { object } => {
                let object = object % self.objects.len();
                let length = self.model.objects[object].pages.len() as u64 + 1;
                let grown = self.world.memory.objects.grow(self.objects[object], length);
                assert_eq!(grown.is_ok(), self.model.objects[object].writable);
                if grown.is_ok() {
                    self.model.objects[object].pages.push(Cells::default());
                }
            }
        }
    }

    fn map(&mut self, step: &Step) {
        let &Step::Map { space, pages: (start, end), protection, maximum, shared, object, replace } = step else {
            return;
        };
        let (number, key) = self.pick(space);
        let object = object.map(|(object, first)| (object % self.objects.len(), first));
        let sharing = if shared { Sharing::Shared } else { Sharing::Private };
        let protection = Protection::from_bits_retain(protection);
        let mut maximum = Protection::from_bits_retain(maximum);
        let source = object.map_or(Source::Anonymous, |(object, first)| Source::Object {
            key: self.objects[object],
            offset: first * PAGE,
        });
        let new = NewRegion { maximum, sharing, source, ..private(end - start, protection) };
        let placement = if replace { Placement::Replace(start * PAGE) } else { Placement::Free(start * PAGE) };
        let result = self.world.map(key, placement, new);
        if shared && object.is_some_and(|(object, _)| !self.model.objects[object].writable) {
            maximum.remove(Protection::WRITE);
        }
        let taken = (start..end).any(|page| self.model.spaces[&number].contains_key(&page));
        let expected = match () {
            () if !maximum.contains(protection) => Err(MapError::Denied),
            () if taken && !replace => Err(MapError::Taken),
            () => Ok(start * PAGE),
        };
        assert_eq!(result, expected);
        if result.is_ok() {
            let fresh = ModelPage { protection, maximum, sharing, object, own: None };
            self.model.map(number, start..end, fresh);
        }
        // Only objects with a name are picked; fresh shared ones are behind them in the model.
    }

    fn fault(&mut self, space: usize, page: u64, wish: Wish) {
        let (number, key) = self.pick(space);
        let access = match wish {
            Wish::Read | Wish::Peek => Access::Read,
            Wish::Write | Wish::Poke => Access::Write,
            Wish::Execute => Access::Execute,
        };
        let result = self.world.fault(key, page * PAGE, access);
        if result == Err(FaultKind::NoMemory) {
            return;
        }
        assert_eq!(result, self.model.expect(number, page, wish));
        if result.is_ok() && access == Access::Write {
            self.model.separate(number, page);
        }
    }

    fn load(&mut self, number: usize, key: SpaceKey, page: u64, wish: Wish) {
        let by = if wish == Wish::Peek { Accessor::Debugger } else { Accessor::Program };
        for cell in 0..4 {
            let byte = self.world.get(key, page * PAGE + cell * CELL, by);
            if byte == Err(FaultKind::NoMemory) {
                return;
            }
            let expected = self.model.expect(number, page, wish);
            assert_eq!(byte, expected.map(|()| self.model.cells(number, page)[cell as usize]), "page {page:#x}");
        }
    }

    fn store(&mut self, space: usize, page: u64, (cell, byte): (u64, u8), wish: Wish) {
        let (number, key) = self.pick(space);
        let by = if wish == Wish::Poke { Accessor::Debugger } else { Accessor::Program };
        let result = self.world.put(key, page * PAGE + cell * CELL, byte, by);
        if result == Err(FaultKind::NoMemory) {
            return;
        }
        assert_eq!(result, self.model.expect(number, page, wish));
        if result.is_ok() {
            self.model.store(number, page, |cells| cells[cell as usize] = byte);
        }
    }

    /// Whole pages, one after the other, as the model does them; an allocation that fails is made good at once.
    fn copy(&mut self, from: (usize, u64), to: (usize, u64), count: u64, debugger: bool) {
        let ((from, from_page), (to, to_page)) = ((self.pick(from.0), from.1), (self.pick(to.0), to.1));
        let by = if debugger { Accessor::Debugger } else { Accessor::Program };
        let (peek, poke) = if debugger { (Wish::Peek, Wish::Poke) } else { (Wish::Read, Wish::Write) };
        for page in 0..count {
            let source = Side { space: from.1, address: (from_page + page) * PAGE, accessor: by };
            let target = Side { space: to.1, address: (to_page + page) * PAGE, accessor: by };
            let copy = |world: &mut World| {
                let copied = world.memory.copy(&mut world.machine, source, target, PAGE_SIZE, &mut Budget::pages(1));
                world.audit();
                copied
            };
            let mut copied = copy(&mut self.world);
            if copied.fault == Some(FaultKind::NoMemory) {
                copied = copy(&mut self.world);
            }
            let writable = self.model.expect(to.0, to_page + page, poke);
            if writable.is_ok() {
                self.model.separate(to.0, to_page + page);
            }
            let expected = writable.and_then(|()| self.model.expect(from.0, from_page + page, peek));
            let bytes = if expected.is_ok() { PAGE_SIZE } else { 0 };
            assert_eq!(copied, Copied { bytes, fault: expected.err() });
            if expected.is_err() {
                return;
            }
            let cells = self.model.cells(from.0, from_page + page);
            self.model.store(to.0, to_page + page, |target| *target = cells);
        }
    }

    fn fork(&mut self, space: usize) {
        let (number, key) = self.pick(space);
        if self.spaces.len() >= 4 {
            return;
        }
        if let Ok(child) = self.world.fork(key) {
            let new = self.spaces.keys().max().map_or(0, |last| last + 1);
            self.spaces.insert(new, child);
            self.model.spaces.insert(new, self.model.spaces[&number].clone());
        }
    }

    /// Every page of every space is as the model has it; then everything is given up.
    fn finish(mut self) -> InUse {
        for (number, key) in self.spaces.clone() {
            for page in FIRST..FIRST + PAGES {
                self.load(number, key, page, Wish::Peek);
            }
        }
        for key in self.spaces.into_values() {
            self.world.release(key);
        }
        for object in self.objects {
            self.world.memory.objects.release(object);
        }
        self.world.reap();
        self.world.in_use()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn memory_agrees_with_the_model(steps in prop::collection::vec((step(), prop::option::weighted(0.15, 1..5_u64)), 1..80)) {
        let empty = World::new(FRAMES).in_use();
        let mut pair = Pair::new();
        for (step, failing) in &steps {
            pair.world.memory.frames.fail_after(*failing);
            pair.run(step);
            pair.world.memory.frames.fail_after(None);
        }
        prop_assert_eq!(pair.finish(), empty);
    }
}
