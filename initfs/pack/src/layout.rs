//! Lays files out as an image: header, table, paths, then each file on a page of its own.
//!
//! The only layout that the reader accepts for a set of files is the dense one made here, so equal files make equal
//! images. The result is parsed again before it is handed out: whatever the reader would refuse at boot is refused
//! here, on the host. Neighbours: `contents` calls it, `initfs-format` has the structures.

use crate::contents::PackedFile;
use anyhow::{Context, Result};
use initfs_format::{EntryRecord, Error, Header, Image, MAGIC, PAGE_SIZE, VERSION, checksum};
use std::collections::BTreeMap;
use zerocopy::IntoBytes;

pub(crate) fn lay_out(files: &BTreeMap<String, PackedFile>) -> Result<Vec<u8>> {
    let records = place(files).context("the image is too large for its layout")?;
    let mut image = Vec::new();
    image.extend_from_slice(header(files.len(), 0, 0)?.as_bytes());
    image.extend_from_slice(records.as_bytes());
    files.keys().for_each(|path| image.extend_from_slice(path.as_bytes()));
    pad(&mut image);
    for file in files.values() {
        image.extend_from_slice(&file.data);
        pad(&mut image);
    }
    let length = image.len();
    write_header(&mut image, &header(files.len(), length, 0)?);
    let sum = checksum(&image);
    write_header(&mut image, &header(files.len(), length, sum)?);
    Image::parse(&image).map_err(|error| explain(error, files))?;
    Ok(image)
}

/// The table; `None` if a number does not fit its field.
fn place(files: &BTreeMap<String, PackedFile>) -> Option<Vec<EntryRecord>> {
    let table = size_of::<EntryRecord>().checked_mul(files.len())?;
    let mut path_offset = size_of::<Header>().checked_add(table)?;
    let paths = files.keys().try_fold(0_usize, |sum, path| sum.checked_add(path.len()))?;
    let mut data_offset = next_page(u64::try_from(path_offset.checked_add(paths)?).ok()?)?;
    let mut records = Vec::new();
    for (path, file) in files {
        let data_length = u64::try_from(file.data.len()).ok()?;
        records.push(EntryRecord {
            path_offset: u32::try_from(path_offset).ok()?.into(),
            path_length: u32::try_from(path.len()).ok()?.into(),
            data_offset: data_offset.into(),
            data_length: data_length.into(),
            mode: u32::from(file.mode.bits()).into(),
            uid: file.uid.into(),
            gid: file.gid.into(),
            reserved: 0.into(),
        });
        path_offset = path_offset.checked_add(path.len())?;
        data_offset = next_page(data_offset.checked_add(data_length)?)?;
    }
    Some(records)
}

fn next_page(offset: u64) -> Option<u64> {
    offset.checked_next_multiple_of(PAGE_SIZE)
}

fn header(entry_count: usize, total_length: usize, checksum: u32) -> Result<Header> {
    Ok(Header {
        magic: MAGIC,
        version: VERSION.into(),
        entry_count: u32::try_from(entry_count).context("too many files")?.into(),
        total_length: u64::try_from(total_length).context("too many bytes")?.into(),
        checksum: checksum.into(),
        reserved: 0.into(),
    })
}

fn write_header(image: &mut [u8], header: &Header) {
    for (byte, &new) in image.iter_mut().zip(header.as_bytes()) {
        *byte = new;
    }
}

fn pad(image: &mut Vec<u8>) {
    while u64::try_from(image.len()).is_ok_and(|length| length % PAGE_SIZE != 0) {
        image.push(0);
    }
}

/// Names the file that the reader refuses: the reader knows only its index.
fn explain(error: Error, files: &BTreeMap<String, PackedFile>) -> anyhow::Error {
    let path = match error {
        Error::FileAsDirectory(index) => usize::try_from(index).ok().and_then(|index| files.keys().nth(index)),
        _ => None,
    };
    match path {
        Some(path) => anyhow::anyhow!("{path} cannot be in the image: a part of its path is itself a file"),
        None => anyhow::Error::new(error).context("the reader refuses the image just written"),
    }
}
