//! Memory objects for mapped files: a file is copied when it is mapped.
//!
//! Decides that a private mapping sees the file as it was then, that mappings share a copy until the file changes or is
//! closed, and that a copy nobody will ask for again is kept until the kernel has taken it with the answer that names it: a
//! timer that has passed already comes after all answers. Main type: [`Snapshots`]. Neighbours: `serve`.

use alloc::format;
use alloc::vec::Vec;
use core::time::Duration;
use ram::contents::{Contents, PAGE};
use ram::tree::NodeId;
use runtime::file::{File, OpenFlags};
use runtime::server::Context;
use runtime::{Error, Result};

/// Any time that has passed.
const AT_ONCE: Duration = Duration::from_nanos(1);
const COOKIE: u64 = 0;

#[derive(Debug, Default)]
pub(crate) struct Snapshots {
    current: Vec<(NodeId, File)>,
    retired: Vec<File>,
}

impl Snapshots {
    /// A memory object with the bytes of a file, zeros up to the end of its last page; gives its descriptor.
    pub(crate) fn take(&mut self, node: NodeId, contents: &Contents) -> Result<usize> {
        if let Some((_, object)) = self.current.iter().find(|(other, _)| *other == node) {
            return Ok(object.descriptor());
        }
        self.current.try_reserve(1)?;
        self.retired.try_reserve(self.current.len().saturating_add(1))?;
        let object = copy(contents)?;
        let descriptor = object.descriptor();
        self.current.push((node, object));
        Ok(descriptor)
    }

    /// The file changes: the next mapping gets a new copy.
    pub(crate) fn outdate(&mut self, node: NodeId) {
        if let Some(index) = self.current.iter().position(|(other, _)| *other == node) {
            let (_, object) = self.current.swap_remove(index);
            self.retired.push(object);
        }
    }

    /// The file changes, or is closed: its copy is given back as soon as that can be.
    pub(crate) fn retire(&mut self, context: &mut Context<'_>, node: NodeId) {
        self.outdate(node);
        if !self.retired.is_empty() {
            context.set_timer(COOKIE, Some(AT_ONCE));
        }
    }

    /// Every answer from before is out.
    pub(crate) fn forget_retired(&mut self) {
        self.retired.clear();
    }
}

fn copy(contents: &Contents) -> Result<File> {
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
    Ok(object)
}
