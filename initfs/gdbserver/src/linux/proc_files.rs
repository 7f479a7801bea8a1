//! The files under Linux's `/proc/PID` that GDB reads: maps for `info proc mappings` and cores, and a few for `info proc`.
//!
//! Decides their text. Methods of [`Engine`]. Neighbours: `packets::file` opens them; proc(5) describes them.

use crate::engine::Engine;
use crate::system::{Outcome, System, Text as File};
use crate::text::Text;
use alloc::vec::Vec;
use proc_abi::id::Pid;
use proc_abi::status::MapEntry;

/// A file of a process, if the path is one: `/proc/PID/NAME`, or the same of a thread.
fn parse(path: &[u8]) -> Option<(Pid, &[u8])> {
    let path = path.strip_prefix(b"/proc/")?;
    let (pid, file) = path.split_at_checked(path.iter().position(|&byte| byte == b'/')?)?;
    let pid = core::str::from_utf8(pid).ok()?.parse().ok().and_then(Pid::new)?;
    let file = file.get(1..)?;
    let of_thread = file.strip_prefix(b"task/").and_then(|rest| rest.split(|&byte| byte == b'/').nth(1));
    Some((pid, of_thread.unwrap_or(file)))
}

impl<S: System> Engine<S> {
    /// The content of such a file; none if the path is no such file.
    pub(crate) fn made_file(&mut self, path: &[u8]) -> Outcome<Option<Vec<u8>>> {
        let Some((pid, file)) = parse(path) else { return Ok(None) };
        Ok(match file {
            b"maps" => Some(self.maps(pid, Form::Lines)?),
            b"smaps" => Some(self.maps(pid, Form::Full)?),
            b"cmdline" => Some(self.system.text(pid, File::CommandLine)?),
            b"auxv" => Some(super::auxv::translate(&self.system.text(pid, File::AuxiliaryVector)?)),
            _ => None,
        })
    }

    /// What a symbolic link there leads to.
    pub(crate) fn made_link(&mut self, path: &[u8]) -> Outcome<Option<Vec<u8>>> {
        match parse(path) {
            Some((pid, b"exe")) => self.system.text(pid, File::Executable).map(Some),
            Some((_, b"cwd")) => Ok(Some(b"/".to_vec())),
            _ => Ok(None),
        }
    }

    fn maps(&mut self, pid: Pid, form: Form) -> Outcome<Vec<u8>> {
        let map = self.system.map(pid)?;
        let path = self.system.text(pid, File::Executable)?;
        let mut text = Text::default();
        for entry in &map {
            add_line(&mut text, entry, &path, &map);
            if form == Form::Full {
                add_details(&mut text, entry);
            }
        }
        Ok(text.0)
    }
}

/// Which of the two files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Lines,
    Full,
}

/// First address that mmap may give: a program's own segments are below.
const MAPPED: u64 = 0x2000_0000_0000;
/// First address of the stack's region.
const STACK: u64 = 0x7fff_ff00_0000;

fn add_line(text: &mut Text, entry: &MapEntry, path: &[u8], map: &[MapEntry]) {
    let letter = |bit: u32, letter| if entry.protection & bit == 0 { '-' } else { letter };
    let shared = if entry.shared == 0 { 'p' } else { 's' };
    text.add(format_args!("{:08x}-{:08x} ", entry.start, entry.end));
    text.add(format_args!("{}{}{}{shared} ", letter(1, 'r'), letter(2, 'w'), letter(4, 'x')));
    // GDB asks for a file, a device and an inode before it counts a mapping as one of a file.
    let inode = u32::from(entry.start < MAPPED);
    // Files of the image are parts of it; the offset that counts is the one in the file, whose first part comes first.
    let first =
        map.iter().filter(|other| other.file == entry.file && other.start < MAPPED).map(|other| other.offset).min();
    let offset = entry.offset.saturating_sub(first.unwrap_or(0));
    text.add(format_args!("{offset:08x} 00:00 {inode} "));
    let last = map.iter().rfind(|other| other.start >= STACK && other.protection & 2 != 0);
    if entry.start < MAPPED {
        text.0.extend_from_slice(path);
    } else if last.is_some_and(|last| last.start == entry.start) {
        text.add(format_args!("[stack]"));
    }
    text.add(format_args!("\n"));
}

/// The lines that decide what goes into a core: everything is anonymous and was written to.
fn add_details(text: &mut Text, entry: &MapEntry) {
    let kilobytes = entry.end.saturating_sub(entry.start) / 1024;
    text.add(format_args!("Size: {kilobytes} kB\nPrivate_Dirty: {kilobytes} kB\nAnonymous: {kilobytes} kB\n"));
    text.add(format_args!("VmFlags: rd"));
    if entry.protection & 2 != 0 {
        text.add(format_args!(" wr"));
    }
    if entry.protection & 4 != 0 {
        text.add(format_args!(" ex"));
    }
    text.add(format_args!(" mr mw me\n"));
}

#[cfg(test)]
mod tests {
    use super::{add_line, parse};
    use crate::text::Text;
    use proc_abi::status::MapEntry;

    #[test]
    fn paths_name_a_process_and_a_file() {
        let named = |path: &'static str| parse(path.as_bytes()).map(|(pid, file)| (pid.raw(), file));
        assert_eq!(named("/proc/7/maps"), Some((7, &b"maps"[..])));
        assert_eq!(named("/proc/7/task/100001/maps"), Some((7, &b"maps"[..])));
        for other in ["/proc/7", "/proc/x/maps", "/bin/sh", "/proc/0/maps"] {
            assert_eq!(named(other), None, "{other}");
        }
    }

    #[test]
    fn lines_are_linuxes() {
        let entry = MapEntry { start: 0x20_0000, end: 0x20_1000, protection: 5, ..MapEntry::default() };
        let mut text = Text::default();
        add_line(&mut text, &entry, b"/bin/sh", &[entry]);
        assert_eq!(String::from_utf8(text.0).unwrap(), "00200000-00201000 r-xp 00000000 00:00 1 /bin/sh\n");
    }
}
