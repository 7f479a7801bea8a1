//! The sealed boot image, as far as processes care: paths, set-id bits, names of programs.
//!
//! Decides which open files are files of the image: those of the boot-files server, whose numbers are indices into the
//! image plus 1 (`schemes/bootfs`). Main type: [`Sealed`]. Neighbours: `gate` asks for images and mapped files,
//! `initfs_format` reads the bytes.

use initfs_format::{Entry, Image as Files};
use kernel_abi::verb::RegionInformation;
use proc_abi::lwpinfo::NAME_SIZE;
use ptrace::{FileName, Image};

/// The scheme of regions whose object the kernel itself gave.
const KERNEL: u64 = 0;
/// How such an object is opened.
const MEMORY_OBJECT: &str = "memory:anonymous";

/// The image and the scheme that serves it.
#[derive(Clone, Copy, Debug)]
pub struct Sealed<'a> {
    files: Files<'a>,
    /// The kernel's id of the boot-files server's scheme, once it is known.
    scheme: Option<u64>,
}

impl<'a> Sealed<'a> {
    /// An image whose server is not known yet.
    #[must_use]
    pub const fn new(files: Files<'a>) -> Self {
        Self { files, scheme: None }
    }

    /// The scheme of the first program that is ever loaded is the boot-files server's: init's path has no other scheme's
    /// name, and nobody but this server's own loader has run before.
    pub fn learn_scheme(&mut self, scheme: u64) {
        self.scheme.get_or_insert(scheme);
    }

    /// The file of the image that an open file is.
    fn entry(&self, scheme: u64, number: u64) -> Option<Entry<'a>> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        self.files.get(index).filter(|_| self.scheme == Some(scheme))
    }

    /// The path of the file of the image that an open file is.
    #[must_use]
    pub fn path(&self, scheme: u64, number: u64) -> Option<&'a str> {
        self.entry(scheme, number).map(|entry| entry.path)
    }

    /// The name of the file that a region maps, where it is known here: a path of the image, or what a memory object of the
    /// kernel's own is opened by. `None` for files that only their server can name.
    #[must_use]
    pub fn region_name(&self, region: &RegionInformation) -> Option<&'a str> {
        match region.scheme {
            KERNEL => Some(MEMORY_OBJECT),
            scheme => self.path(scheme, region.label),
        }
    }

    /// What exec needs to know of an open file; `None` if it is not of the image, so that set-id bits do not count.
    #[must_use]
    pub fn program(&self, scheme: u64, number: u64) -> Option<Image> {
        let entry = self.entry(scheme, number)?;
        Some(Image {
            set_user: entry.mode.sets_user_id().then_some(entry.uid),
            set_group: entry.mode.sets_group_id().then_some(entry.gid),
            name: program_name(entry.path.as_bytes()),
        })
    }

    /// Which file a region maps; the path is empty for files that only their server can name.
    pub fn region_file(&self, region: &RegionInformation, into: &mut [u8]) -> Option<FileName> {
        if region.file == 0 {
            return None;
        }
        let path = self.region_name(region).unwrap_or_default().as_bytes();
        for (to, from) in into.iter_mut().zip(path) {
            *to = *from;
        }
        let file_system = (region.scheme & u64::from(u32::MAX)) as u32;
        Some(FileName { length: path.len(), file: region.label, file_system })
    }
}

/// The name of a process that runs the program at `path`: the last part, cut to what FreeBSD keeps (MAXCOMLEN).
#[must_use]
pub(crate) fn program_name(path: &[u8]) -> [u8; NAME_SIZE] {
    let mut name = [0; NAME_SIZE];
    let last = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    for (to, from) in name.iter_mut().take(NAME_SIZE.saturating_sub(1)).zip(last) {
        *to = *from;
    }
    name
}

#[cfg(test)]
mod tests {
    use super::program_name;

    #[test]
    fn a_name_is_the_last_part_cut_to_19_bytes() {
        assert_eq!(&program_name(b"/bin/sh")[..3], b"sh\0");
        assert_eq!(&program_name(b"sh")[..3], b"sh\0");
        assert_eq!(&program_name(b"/a/abcdefghijklmnopqrstuvwxyz"), b"abcdefghijklmnopqrs\0");
        assert_eq!(program_name(b"/bin/"), [0; 20]);
    }
}
