//! The reader: bytes in, a checked image out.
//!
//! [`Image::parse`] checks every rule of the layout once, in time linear in the image (and logarithmic in the number of
//! files per name of a path); [`Image::find`] and the iterators then only read. Neighbours: `layout` has the bytes,
//! `validate` the rules about single files, `listing` the directories that follow from the paths.

mod validate;

use crate::checksum::checksum;
use crate::entry::{Entry, Mode};
use crate::error::Error;
use crate::layout::{EntryRecord, Header, MAGIC, PAGE_SIZE, VERSION};
use crate::listing::Children;
use core::iter::FusedIterator;
use zerocopy::FromBytes;

/// A boot image whose every rule has been checked.
#[derive(Clone, Copy, Debug)]
pub struct Image<'a> {
    bytes: &'a [u8],
    table: &'a [EntryRecord],
}

impl<'a> Image<'a> {
    /// Reads the image at the start of `bytes`; what follows its end is ignored, as loaders round lengths up.
    ///
    /// # Errors
    /// The first rule of the layout that the bytes break.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        let (header, bytes) = cut(bytes)?;
        let (stored, computed) = (header.checksum.get(), checksum(bytes));
        if stored != computed {
            return Err(Error::Checksum { stored, computed });
        }
        Self::read(header, bytes)
    }

    /// Reads an image whose checksum has been compared since it was loaded and that nobody can write: the kernel's memory
    /// object of it. All other rules are checked; the time no longer grows with the length of the files.
    ///
    /// # Errors
    /// The first rule of the layout that the bytes break.
    pub fn parse_sealed(bytes: &'a [u8]) -> Result<Self, Error> {
        let (header, bytes) = cut(bytes)?;
        Self::read(header, bytes)
    }

    fn read(header: &Header, bytes: &'a [u8]) -> Result<Self, Error> {
        if header.reserved.get() != 0 {
            return Err(Error::Reserved);
        }
        let count = usize::try_from(header.entry_count.get()).map_err(|_| Error::Table)?;
        let rest = bytes.get(size_of::<Header>()..).ok_or(Error::Truncated)?;
        let (table, _) = <[EntryRecord]>::ref_from_prefix_with_elems(rest, count).map_err(|_| Error::Table)?;
        let image = Self { bytes, table };
        validate::validate(&image)?;
        Ok(image)
    }

    /// The image itself, without anything that followed it.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The file at `path`.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<Entry<'a>> {
        self.get(self.position(path).ok()?)
    }

    /// The place of the file at `path` in the order of paths, or the place it would have.
    ///
    /// # Errors
    /// The place of the first file after it, if there is none at `path`.
    pub fn position(&self, path: &str) -> Result<usize, usize> {
        self.table.binary_search_by(|record| self.path_bytes(record).cmp(path.as_bytes()))
    }

    /// The file at a place in the order of paths.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<Entry<'a>> {
        let record = self.table.get(index)?;
        Some(Entry {
            path: core::str::from_utf8(self.path_bytes(record)).ok()?,
            data: self.slice(record.data_offset.get(), record.data_length.get())?,
            data_offset: record.data_offset.get(),
            mode: Mode::new(record.mode.get())?,
            uid: record.uid.get(),
            gid: record.gid.get(),
        })
    }

    /// All files, in the order of their paths.
    #[must_use]
    pub fn entries(&self) -> Entries<'a> {
        Entries { image: *self, next: 0 }
    }

    /// What lies directly in `directory` (`/`, or a path without a slash at its end), each name once.
    ///
    /// A path that no file lies under gives nothing: the image has no empty directories.
    #[must_use]
    pub fn children<'d>(&self, directory: &'d str) -> Children<'a, 'd> {
        let first = self.table.partition_point(|record| self.path_bytes(record) < directory.as_bytes());
        Children::new(Entries { image: *self, next: first }, directory)
    }

    /// The bytes of a record's path; empty where the record is wrong, which only validation can see.
    fn path_bytes(&self, record: &EntryRecord) -> &'a [u8] {
        self.slice(record.path_offset.get().into(), record.path_length.get().into()).unwrap_or_default()
    }

    fn slice(&self, offset: u64, length: u64) -> Option<&'a [u8]> {
        let start = usize::try_from(offset).ok()?;
        let end = usize::try_from(offset.checked_add(length)?).ok()?;
        self.bytes.get(start..end)
    }
}

/// The header, and the bytes that it says are the image.
fn cut(bytes: &[u8]) -> Result<(&Header, &[u8]), Error> {
    let (header, _) = Header::ref_from_prefix(bytes).map_err(|_| Error::Truncated)?;
    if header.magic != MAGIC {
        return Err(Error::Magic);
    }
    if header.version.get() != VERSION {
        return Err(Error::Version(header.version.get()));
    }
    if header.total_length.get() % PAGE_SIZE != 0 {
        return Err(Error::Length);
    }
    let length = usize::try_from(header.total_length.get()).map_err(|_| Error::Truncated)?;
    Ok((header, bytes.get(..length).ok_or(Error::Truncated)?))
}

/// Iterator over the files of an image; see [`Image::entries`].
#[derive(Clone, Debug)]
pub struct Entries<'a> {
    image: Image<'a>,
    next: usize,
}

impl<'a> Iterator for Entries<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        let entry = self.image.get(self.next)?;
        self.next = self.next.checked_add(1)?;
        Some(entry)
    }
}

impl FusedIterator for Entries<'_> {}

/// Parses arbitrary bytes and, if they are an image, compares every way to look into it with every other.
///
/// This is what the fuzz target calls and what its corpus replays.
///
/// # Panics
/// If the reader contradicts itself.
pub fn check(bytes: &[u8]) {
    let Ok(image) = Image::parse(bytes) else { return };
    for entry in image.entries() {
        assert_eq!(image.find(entry.path), Some(entry), "an entry is found by its path");
        assert_eq!(entry.data_offset % PAGE_SIZE, 0, "a file starts on a page");
        let (directory, name) = entry.path.rsplit_once('/').unwrap_or_default();
        let directory = if directory.is_empty() { "/" } else { directory };
        let listed = image.children(directory).filter(|child| child.name == name).count();
        assert_eq!(listed, 1, "a directory lists each of its files once");
        assert_eq!(image.children(entry.path).count(), 0, "a file is no directory");
    }
    assert_eq!(image.entries().count(), image.table.len(), "every record is an entry");
}
