//! FMAP, FUNMAP and MPROTECT: what a program maps, and what servers map for others.
//!
//! Decides which rights on a descriptor a mapping needs and gives (FreeBSD's vm_mmap.c, sys_mmap: a shared mapping of a file
//! that is not open for writing can never be written). Main type: [`Request`]. Neighbours: `memory::map` and its siblings,
//! `reply` (the memory object that a file's server answers with), `socket` (SocketVerb::Map), `change` (long ranges).

use kernel_abi::redox::data::Map;
use kernel_abi::redox::flag::{O_RDONLY, O_WRONLY};
use kernel_abi::redox::schemev2::Opcode;
use kernel_abi::verb::MapRequest;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::Core;
use crate::call::{Done, Served};
use crate::change::Change;
use crate::errno::Errno;
use crate::file::{Object, Transfer};
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
            return self.map_now(key, space, request, content);
        }
        let (object, flags) = self.rights_of(key, descriptor)?;
        request.maximum = maximum(wanted.sharing, flags);
        if !request.maximum.contains(wanted.protection) {
            return Err(Errno::EACCES);
        }
        match object {
            Object::Memory(object) => {
                let content = Content::of(Source::Object { key: object, offset: map.offset }, 0, 0);
                self.map_now(key, space, request, content)
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
    ) -> Served {
        let space = self.space_of(key).ok_or(Errno::ESRCH)?;
        let source = Source::Object { key: object, offset };
        // Where the file begins may lie before the object does: only differences count.
        let origin = Page::containing(offset.wrapping_sub(request.offset)).0;
        self.map_now(key, space, request, Content { origin, ..Content::of(source, label, scheme.raw()) })
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
        let region = region(&request, Content::of(source, map.label, scheme.raw()));
        let budget = &mut Budget::call();
        match self.memory.map(&mut self.machine, space, request.wanted.placement, region, budget)? {
            Mapped::At(address) => Ok(Done::Value(address as usize)),
            // Nothing is cleared for a free place.
            Mapped::More => Err(Errno::EEXIST),
        }
    }

    fn map_now(&mut self, key: ThreadKey, space: SpaceKey, request: Request, content: Content) -> Served {
        self.change(key, space, Change::Map(request.wanted.placement, region(&request, content)))
    }

    /// FUNMAP(address, length).
    pub(crate) fn unmap_call(&mut self, key: ThreadKey, address: u64, length: u64) -> Served {
        let space = self.space_of(key).ok_or(Errno::ESRCH)?;
        let range = PageRange::new(address, length).ok_or(Errno::EINVAL)?;
        self.change(key, space, Change::Unmap(range))
    }

    /// MPROTECT(address, length, flags).
    pub(crate) fn protect_call(&mut self, key: ThreadKey, address: u64, length: u64, flags: usize) -> Served {
        let space = self.space_of(key).ok_or(Errno::ESRCH)?;
        let protection = protection_only(flags as u64)?;
        let range = PageRange::new(address, length).ok_or(Errno::EINVAL)?;
        self.change(key, space, Change::Protect(range, protection))
    }
}

/// The region that a request makes of its content.
const fn region(request: &Request, content: Content) -> NewRegion {
    let Request { wanted, length, maximum, offset: _ } = *request;
    let Content { source, label, scheme, origin } = content;
    let (protection, sharing) = (wanted.protection, wanted.sharing);
    NewRegion { length, protection, maximum, sharing, source, label, scheme, origin }
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
