//! Memory objects for mapped files: a file is copied when it is mapped.
//!
//! Decides that a private mapping sees the file as it was then, and how long an object's descriptor is kept: the kernel takes
//! it with the answer, which goes out after the request has been served. Main type: [`Snapshots`]. Neighbours: `serve`.

use alloc::collections::VecDeque;
use alloc::format;
use ram::contents::{Contents, PAGE};
use runtime::file::{File, OpenFlags};
use runtime::{Error, Result};

/// Descriptors kept: more than requests that are served before their answers go out.
const KEPT: usize = 32;

#[derive(Debug)]
pub(crate) struct Snapshots(VecDeque<File>);

impl Snapshots {
    pub(crate) fn new() -> Result<Self> {
        let mut kept = VecDeque::new();
        kept.try_reserve_exact(KEPT.saturating_add(1))?;
        Ok(Self(kept))
    }

    /// A memory object with the bytes of a file, zeros up to the end of its last page; gives its descriptor.
    pub(crate) fn take(&mut self, contents: &Contents) -> Result<usize> {
        let length = contents.length().max(1).next_multiple_of(PAGE as u64);
        let path = format!("memory:anonymous/{length}");
        let object = File::open_absolute(path.as_bytes(), OpenFlags::READ_WRITE | OpenFlags::CLOSE_ON_EXEC)?;
        let mut page = [0; PAGE];
        let mut offset = 0_u64;
        while offset < contents.length() {
            let count = contents.read(offset, &mut page);
            let written = object.write_at(page.get(..count).unwrap_or_default(), offset)?;
            if written == 0 {
                return Err(Error::EIO);
            }
            offset = offset.saturating_add(written as u64);
        }
        let descriptor = object.descriptor();
        if self.0.len() >= KEPT {
            self.0.pop_front();
        }
        self.0.push_back(object);
        Ok(descriptor)
    }
}
