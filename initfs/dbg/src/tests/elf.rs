//! Writes the ELF files that the tests debug: one text segment, one data segment, symbols.
//!
//! Decides only as much as a debugger reads. Main type: [`Image`]. Neighbours: `programs` assembles what goes in, `fake`
//! loads what comes out.

use alloc::string::String;
use alloc::vec::Vec;

/// Where the data segment lies.
pub(super) const DATA: u64 = 0x40_4000;
/// Where the text segment lies.
pub(super) const TEXT: u64 = 0x40_1000;

const HEADER: usize = 64;
const SEGMENT_HEADER: usize = 56;
const SECTION_HEADER: usize = 64;
const FUNCTION: u8 = 0x12;
const OBJECT: u8 = 0x11;

/// A program.
#[derive(Clone, Debug)]
pub(super) struct Image {
    pub(super) path: &'static str,
    pub(super) entry: u64,
    pub(super) text: Vec<u8>,
    pub(super) data: Vec<u8>,
    /// Name, address, size.
    pub(super) symbols: Vec<(String, u64, u64)>,
}

impl Image {
    /// The file.
    pub(super) fn file(&self) -> Vec<u8> {
        let mut strings = b"\0".to_vec();
        let mut table = vec![0; 24];
        for (name, address, size) in &self.symbols {
            let kind = if *address >= DATA { OBJECT } else { FUNCTION };
            table.extend(u32::try_from(strings.len()).unwrap().to_le_bytes());
            table.extend([kind, 0, 1, 0]);
            table.extend(address.to_le_bytes());
            table.extend(size.to_le_bytes());
            strings.extend(name.as_bytes());
            strings.push(0);
        }
        let text = HEADER + 2 * SEGMENT_HEADER;
        let data = text + self.text.len();
        let symbols = data + self.data.len();
        let names = symbols + table.len();
        let sections = names + strings.len();
        let mut file = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
        push(&mut file, &[(2, 2), (2, 62), (4, 1), (8, self.entry), (8, 64), (8, sections as u64), (4, 0)]);
        push(&mut file, &[(2, 64), (2, SEGMENT_HEADER as u64), (2, 2), (2, SECTION_HEADER as u64), (2, 3), (2, 2)]);
        for (offset, address, bytes, flags) in [(text, TEXT, &self.text, 5), (data, DATA, &self.data, 6)] {
            let (offset, length) = (offset as u64, bytes.len() as u64);
            let fields =
                [(4, 1), (4, flags), (8, offset), (8, address), (8, address), (8, length), (8, length), (8, 1)];
            push(&mut file, &fields);
        }
        file.extend(&self.text);
        file.extend(&self.data);
        file.extend(&table);
        file.extend(&strings);
        file.extend([0; SECTION_HEADER]);
        section(&mut file, 2, symbols, table.len(), (2, 24));
        section(&mut file, 3, names, strings.len(), (0, 0));
        file
    }
}

fn section(file: &mut Vec<u8>, kind: u64, offset: usize, length: usize, (link, entry): (u64, u64)) {
    let (offset, length) = (offset as u64, length as u64);
    push(file, &[(4, 0), (4, kind), (8, 0), (8, 0), (8, offset), (8, length), (4, link), (4, 1), (8, 8), (8, entry)]);
}

/// Appends little-endian fields of so many bytes.
fn push(file: &mut Vec<u8>, fields: &[(usize, u64)]) {
    for (size, value) in fields {
        file.extend(&value.to_le_bytes()[..*size]);
    }
}
