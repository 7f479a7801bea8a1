//! Where the strings of an exec come from: the calling program's memory, or the loader's own range.
//!
//! Decides by the block which of the two; a short read is a hole, so EFAULT. Main type: [`Strings`]. Neighbours:
//! `loader::strings` (the reading), the kernel's memory handles.

use loader::strings::Source;
use runtime::file::File;
use runtime::loader_arguments::{LoaderArguments, OWN_SPACE, copy_own};
use runtime::{Error, Result};

/// The space that an exec's addresses belong to.
#[derive(Debug)]
pub(crate) struct Strings {
    /// The handle on it; `None` for the loader's own range.
    memory: Option<File>,
}

impl Strings {
    pub(crate) fn new(arguments: &LoaderArguments) -> Self {
        let descriptor = Some(arguments.source).filter(|&source| source != OWN_SPACE);
        let descriptor = descriptor.map(|descriptor| usize::try_from(descriptor).unwrap_or(usize::MAX));
        Self { memory: descriptor.map(File::from_descriptor) }
    }
}

impl Source for Strings {
    fn read(&self, address: u64, into: &mut [u8]) -> Result<()> {
        let Some(memory) = &self.memory else { return copy_own(address, into) };
        let count = memory.read_at(into, address).map_err(|_| Error::EFAULT)?;
        if count == into.len() { Ok(()) } else { Err(Error::EFAULT) }
    }
}
