//! The rules about the files of an image: places, order, paths, modes.
//!
//! [`validate`] walks the table once with the end of what came before, so overlap is impossible by construction: paths
//! lie one after the other behind the table, files one after the other behind the paths, and every byte between them is
//! zero. One layout for one set of files also makes images comparable byte by byte. Neighbours: `image` calls it.

use super::Image;
use crate::entry::Mode;
use crate::error::Error;
use crate::layout::{EntryRecord, Header, PAGE_SIZE};
use crate::path::check_path;

pub(super) fn validate(image: &Image<'_>) -> Result<(), Error> {
    let table_end = size_of::<Header>().saturating_add(size_of_val(image.table));
    let path_end = check_paths(image, widen(table_end))?;
    check_data(image, path_end)?;
    for (index, record) in (0_u32..).zip(image.table) {
        if ancestors(image.path_bytes(record)).any(|ancestor| is_file(image, ancestor)) {
            return Err(Error::FileAsDirectory(index));
        }
    }
    Ok(())
}

/// Checks paths, order and modes; returns where the last path ends.
fn check_paths(image: &Image<'_>, table_end: u64) -> Result<u64, Error> {
    let mut end = table_end;
    let mut previous: &[u8] = &[];
    for (index, record) in (0_u32..).zip(image.table) {
        if u64::from(record.path_offset.get()) != end {
            return Err(Error::PathPlace(index));
        }
        end = end.saturating_add(record.path_length.get().into());
        let place = image.slice(record.path_offset.get().into(), record.path_length.get().into());
        let path = check_path(place.ok_or(Error::PathPlace(index))?).map_err(|error| Error::Path(index, error))?;
        if path.as_bytes() <= previous {
            return Err(Error::Order(index));
        }
        previous = path.as_bytes();
        check_fields(record, index)?;
    }
    Ok(end)
}

fn check_fields(record: &EntryRecord, index: u32) -> Result<(), Error> {
    Mode::new(record.mode.get()).ok_or(Error::Mode(index))?;
    if record.reserved.get() == 0 { Ok(()) } else { Err(Error::Reserved) }
}

/// Checks that the files follow the paths, each on the next page, with nothing but zeros between and after them.
fn check_data(image: &Image<'_>, path_end: u64) -> Result<(), Error> {
    let mut end = path_end;
    for (index, record) in (0_u32..).zip(image.table) {
        let start = record.data_offset.get();
        if end.checked_next_multiple_of(PAGE_SIZE) != Some(start) {
            return Err(Error::DataPlace(index));
        }
        check_zeros(image, end, start)?;
        image.slice(start, record.data_length.get()).ok_or(Error::DataPlace(index))?;
        end = start.saturating_add(record.data_length.get());
    }
    let total = widen(image.bytes.len());
    if end.checked_next_multiple_of(PAGE_SIZE) != Some(total) {
        return Err(Error::Length);
    }
    check_zeros(image, end, total)
}

fn check_zeros(image: &Image<'_>, start: u64, end: u64) -> Result<(), Error> {
    let gap = image.slice(start, end.saturating_sub(start)).ok_or(Error::Truncated)?;
    if gap.iter().all(|&byte| byte == 0) { Ok(()) } else { Err(Error::Reserved) }
}

/// The proper prefixes of `path` that end before a slash, the root left out.
fn ancestors(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    let slashes = path.iter().enumerate().skip(1).filter(|&(_, &byte)| byte == b'/');
    slashes.filter_map(|(position, _)| path.get(..position))
}

fn is_file(image: &Image<'_>, path: &[u8]) -> bool {
    image.table.binary_search_by(|record| image.path_bytes(record).cmp(path)).is_ok()
}

/// A length of something in memory as the image counts lengths; no machine has more than 64 bits.
fn widen(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
