//! FMAP, FUNMAP and MPROTECT: what a program maps, and what servers map for others.
//!
//! Decides which rights on a descriptor a mapping needs and gives (FreeBSD's vm_mmap.c, sys_mmap: a shared mapping of a file
//! that is not open for writing can never be written). Main type: [`Request`]. Neighbours: `memory::map` and its siblings,
//! `reply` (the memory object that a file's server answers with), `socket` (SocketVerb::Map).
//!
//! Long ranges are worked on in steps of the memory's budget, one after the other: the kernel takes no interrupt in
//! between, so a pause would help nobody, and a range is at most as long to clear as memory is large.

use kernel_abi::redox::data::Map;
use kernel_abi::redox::flag::{O_RDONLY, O_WRONLY};
use kernel_abi::redox::schemev2::Opcode;
use kernel_abi::verb::MapRequest;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::Core;
use crate::call::{Done, Served};
use crate::errno::Errno;
use crate::file::{Object, TRANSFER_PAGES, Transfer};
use crate::memory::flags::{self, protection_only};
use crate::memory::{
    Budget, Mapped, NewRegion, ObjectKey, PageRange, Placement, Protection, Sharing, Source, SpaceKey,
};
use crate::pending::{After, Direction};
use crate::scheme::SchemeKey;
use crate::seam::{Machine, Page};
use crate::thread::ThreadKey;

/// Descriptor that means fresh memory.
const ANONYMOUS: usize = usize::MAX;

/// Redox's `Map` as bytes.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
struct MapBytes {
    offset: u64,
    length: u64,
    flags: u64,
    address: u64,
}

const _: () = assert!(size_of::<MapBytes>() == size_of::<Map>());

/// A mapping that waits for its memory object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request {
    wanted: flags::Request,
    /// In the file.
    offset: u64,
    length: u64,
    /// The most that the descriptor's rights allow.
    maximum: Protection,
}

/// What is mapped, and how its server calls it.
#[derive(Clone, Copy, Debug)]
struct Content {
    source: Source,
    /// The server's number of the open file.
    label: u64,
    /// The scheme that named the object, 0 for the kernel.
    scheme: u64,
    /// Page of the object at which the server's file begins.
    origin: u64,
}

impl Content {
    /// An object that is its own file, or fresh memory.
    const fn of(source: Source, label: u64, scheme: u64) -> Self {
        Self { source, label, scheme, origin: 0 }
    }
}

impl<M: Machine> Core<M> {
    /// FMAP(descriptor, map, length of map).
    pub(crate) fn map_call(&mut self, key: ThreadKey, descriptor: usize, structure: (u64, u64)) -> Served {
        if structure.1 < size_of::<MapBytes>() as u64 {
            return Err(Errno::EINVAL);
        }
        let space = self.space_of(key).ok_or(Errno::ESRCH)?;
        let mut map = MapBytes::default();
        self.copy_in(space, structure.0, map.as_mut_bytes())?;
        let wanted = flags::Request::new(map.flags, map.address)?;
        let mut request = Request { wanted, offset: map.offset, length: map.length, maximum: Protection::all() };
        if descriptor == ANONYMOUS {
            let content = Content::of(Source::Anonymous, 0, 0);
            return self.map_now(space, request, content).map(Done::Value);
        }
        let (object, flags) = self.rights_of(key, descriptor)?;
        request.maximum = maximum(wanted.sharing, flags);
        if !request.maximum.contains(wanted.protection) {
            return Err(Errno::EACCES);
        }
        match object {
            Object::Memory(key) => {
                let content = Content::of(Source::Object { key, offset: map.offset }, 0, 0);
                self.map_now(space, request, content).map(Done::Value)
            }
            Object::Scheme { scheme, handle, .. } => {
                let words = [map.offset, map.length, map.flags, 0, 0, 0, 0, 0];
                let (opcode, direction, after) = (Opcode::MmapPrep, Direction::In, After::Map { request });
                let buffer = (0, 0);
                self.request(key, crate::request::Request { scheme, handle, opcode, buffer, direction, words, after })
            }
            Object::Socket(_)
            | Object::Pipe(_)
            | Object::Events(_)
            | Object::Timer(_)
            | Object::Serial(_)
            | Object::Log
            | Object::System(_)
            | Object::Target(_) => Err(Errno::ENODEV),
        }
    }

    /// What a descriptor names and how it was opened; every mapping needs it open for reading.
    fn rights_of(&self, key: ThreadKey, descriptor: usize) -> Result<(Object, usize), Errno> {
        let description = self.description_of(key, descriptor)?;
        let entry = self.descriptions.get(description).ok_or(Errno::EBADF)?;
        entry.check(Transfer::Read).map_err(|_| Errno::EACCES)?;
        Ok((entry.object, entry.flags))
    }

    /// The server answered with a memory object: its pages from `offset` on are mapped.
    ///
    /// # Errors
    /// As `memory::map`.
    pub(crate) fn finish_map(
        &mut self,
        key: ThreadKey,
        request: Request,
        object: ObjectKey,
        offset: u64,
        scheme: SchemeKey,
        label: u64,
    ) -> Result<usize, Errno> {
        let space = self.space_of(key).ok_or(Errno::ESRCH)?;
        let source = Source::Object { key: object, offset };
        // Where the file begins may lie before the object does: only differences count.
        let origin = Page::containing(offset.wrapping_sub(request.offset)).0;
        self.map_now(space, request, Content { origin, ..Content::of(source, label, scheme.raw()) })
    }

    /// SocketVerb::Map: a server maps for one of its groups, at a fixed place that must be free.
    pub(crate) fn map_for_server(
        &mut self,
        space: SpaceKey,
        map: &MapRequest,
        object: Option<ObjectKey>,
        scheme: SchemeKey,
    ) -> Served {
        let mut wanted = flags::Request::new(map.flags, map.address)?;
        wanted.placement = Placement::Free(map.address);
        let source = object.map_or(Source::Anonymous, |key| Source::Object { key, offset: map.offset });
        let request = Request { wanted, offset: map.offset, length: map.length, maximum: Protection::all() };
        self.map_now(space, request, Content::of(source, map.label, scheme.raw())).map(Done::Value)
    }

    fn map_now(&mut self, space: SpaceKey, request: Request, content: Content) -> Result<usize, Errno> {
        let Request { wanted, length, maximum, offset: _ } = request;
        let Content { source, label, scheme, origin } = content;
        let (protection, sharing) = (wanted.protection, wanted.sharing);
        let new = NewRegion { length, protection, maximum, sharing, source, label, scheme, origin };
        loop {
            match self.memory.map(
                &mut self.machine,
                space,
                wanted.placement,
                new,
                &mut Budget::pages(TRANSFER_PAGES),
            )? {
                Mapped::At(address) => {
                    self.reap_soon();
                    return Ok(address as usize);
                }
                Mapped::More => {}
            }
        }
    }

    /// FUNMAP(address, length).
    pub(crate) fn unmap_call(&mut self, key: ThreadKey, address: u64, length: u64) -> Served {
        let space = self.space_of(key).ok_or(Errno::ESRCH)?;
        let mut rest = Some(PageRange::new(address, length).ok_or(Errno::EINVAL)?);
        while let Some(range) = rest {
            rest = self.memory.unmap(&mut self.machine, space, range, &mut Budget::pages(TRANSFER_PAGES))?;
        }
        self.reap_soon();
        Ok(Done::Value(0))
    }

    /// MPROTECT(address, length, flags).
    pub(crate) fn protect_call(&mut self, key: ThreadKey, address: u64, length: u64, flags: usize) -> Served {
        let space = self.space_of(key).ok_or(Errno::ESRCH)?;
        let protection = protection_only(flags as u64)?;
        let mut rest = Some(PageRange::new(address, length).ok_or(Errno::EINVAL)?);
        while let Some(range) = rest {
            rest =
                self.memory.protect(&mut self.machine, space, range, protection, &mut Budget::pages(TRANSFER_PAGES))?;
        }
        Ok(Done::Value(0))
    }
}

/// The most that a mapping of a file may become, by how the file was opened: stores to a private mapping stay private.
fn maximum(sharing: Sharing, flags: usize) -> Protection {
    let mut maximum = Protection::all();
    maximum.set(Protection::READ, flags & O_RDONLY != 0);
    if sharing == Sharing::Shared {
        maximum.set(Protection::WRITE, flags & O_WRONLY != 0);
    }
    maximum
}

#[cfg(test)]
mod tests {
    use kernel_abi::redox::flag::{O_RDONLY, O_RDWR};

    use super::{Protection, Sharing, maximum};

    #[test]
    fn a_shared_mapping_is_writable_only_if_the_file_is() {
        assert!(!maximum(Sharing::Shared, O_RDONLY).contains(Protection::WRITE));
        assert_eq!(maximum(Sharing::Shared, O_RDWR), Protection::all());
        assert_eq!(maximum(Sharing::Private, O_RDONLY), Protection::all());
    }
}
