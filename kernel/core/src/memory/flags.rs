//! The words of FMAP and MPROTECT: protection, sharing and placement out of redox_syscall's `MapFlags`.
//!
//! Decides which flags are valid together. Main type: [`Request`]. Neighbours: `map` (carries it out), the system calls.

use kernel_abi::redox::flag::MapFlags;

use super::{MapError, Placement, Protection, Sharing};

/// What FMAP asks for, checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// Protection of the new region.
    pub protection: Protection,
    /// Who sees its stores.
    pub sharing: Sharing,
    /// Where it goes.
    pub placement: Placement,
}

impl Request {
    /// Reads the flags and the address of a mapping. MAP_LAZY is allowed and means nothing: all memory is lazy.
    ///
    /// # Errors
    /// EINVAL for unknown flags, and unless exactly one of MAP_SHARED and MAP_PRIVATE is set.
    pub fn new(flags: u64, address: u64) -> Result<Self, MapError> {
        let flags = parse(flags)?;
        let sharing = match (flags.contains(MapFlags::MAP_SHARED), flags.contains(MapFlags::MAP_PRIVATE)) {
            (true, false) => Sharing::Shared,
            (false, true) => Sharing::Private,
            (true, true) | (false, false) => return Err(MapError::Invalid),
        };
        // NOREPLACE is two bits, one of which is FIXED; the other alone means nothing.
        let exclusive = MapFlags::MAP_FIXED_NOREPLACE.difference(MapFlags::MAP_FIXED);
        let placement = match (flags.contains(MapFlags::MAP_FIXED), flags.contains(exclusive)) {
            (true, true) => Placement::Free(address),
            (true, false) => Placement::Replace(address),
            (false, false) => Placement::Anywhere { hint: address },
            (false, true) => return Err(MapError::Invalid),
        };
        Ok(Self { protection: protection(flags), sharing, placement })
    }
}

/// Reads the flags of MPROTECT.
///
/// # Errors
/// EINVAL for anything but PROT_* flags.
pub fn protection_only(flags: u64) -> Result<Protection, MapError> {
    let flags = parse(flags)?;
    let allowed = MapFlags::PROT_READ | MapFlags::PROT_WRITE | MapFlags::PROT_EXEC;
    if allowed.contains(flags) { Ok(protection(flags)) } else { Err(MapError::Invalid) }
}

fn parse(flags: u64) -> Result<MapFlags, MapError> {
    usize::try_from(flags).ok().and_then(MapFlags::from_bits).ok_or(MapError::Invalid)
}

fn protection(flags: MapFlags) -> Protection {
    let pairs = [
        (MapFlags::PROT_READ, Protection::READ),
        (MapFlags::PROT_WRITE, Protection::WRITE),
        (MapFlags::PROT_EXEC, Protection::EXECUTE),
    ];
    pairs.into_iter().filter(|(flag, _)| flags.contains(*flag)).map(|(_, bit)| bit).collect()
}

#[cfg(test)]
mod tests {
    use super::{MapError, Placement, Protection, Request, Sharing, protection_only};
    use kernel_abi::redox::flag::MapFlags;

    fn request(flags: MapFlags) -> Result<Request, MapError> {
        Request::new(flags.bits() as u64, 0x5000)
    }

    #[test]
    fn flags_say_protection_sharing_and_placement() {
        let private = request(MapFlags::MAP_PRIVATE | MapFlags::PROT_READ | MapFlags::PROT_EXEC | MapFlags::MAP_LAZY);
        assert_eq!(
            private,
            Ok(Request {
                protection: Protection::READ | Protection::EXECUTE,
                sharing: Sharing::Private,
                placement: Placement::Anywhere { hint: 0x5000 },
            })
        );
        let placement = |flags| request(MapFlags::MAP_SHARED | flags).map(|request| request.placement);
        assert_eq!(placement(MapFlags::MAP_FIXED), Ok(Placement::Replace(0x5000)));
        assert_eq!(placement(MapFlags::MAP_FIXED_NOREPLACE), Ok(Placement::Free(0x5000)));
    }

    #[test]
    fn contradictory_and_unknown_flags_are_refused() {
        assert_eq!(request(MapFlags::PROT_READ), Err(MapError::Invalid));
        assert_eq!(request(MapFlags::MAP_SHARED | MapFlags::MAP_PRIVATE), Err(MapError::Invalid));
        assert_eq!(Request::new(1 << 40 | 2, 0), Err(MapError::Invalid));
        assert_eq!(Request::new(0x8 | 2, 0), Err(MapError::Invalid));
        assert_eq!(protection_only(MapFlags::MAP_FIXED.bits() as u64), Err(MapError::Invalid));
        assert_eq!(protection_only(0), Ok(Protection::empty()));
    }
}
