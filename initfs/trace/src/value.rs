//! What an argument points to, as text: strings, lists of them, structures, sets of signals.
//!
//! Decides how memory of the caller is shown; where it cannot be read, the address stands for it. Main functions: one for
//! each kind of `call`, all over [`Memory`]. Neighbours: `call` (which argument is what), `proc_abi` (the layouts).

use alloc::format;
use alloc::string::{String, ToString};
use kernel_abi::redox::data::{Map, TimeSpec};
use kernel_abi::redox::flag::MapFlags;
use proc_abi::sigaction::SigAction;
use proc_abi::signal::SigSet;
use proc_abi::wait::WaitStatus;
use zerocopy::{FromBytes, FromZeros, IntoBytes};

use crate::call::{Memory, SHOWN_BYTES};
use crate::change::{ending, signal_name};

/// Most strings of a list that are shown.
const SHOWN_STRINGS: usize = 16;

/// Bytes of which the count is known.
pub(crate) fn bytes(address: u64, count: u64, memory: &impl Memory) -> String {
    let mut buffer = [0; SHOWN_BYTES];
    let wanted = usize::try_from(count).unwrap_or(usize::MAX);
    let room = buffer.get_mut(..wanted.min(SHOWN_BYTES)).unwrap_or_default();
    let length = memory.read(address, room);
    if length == 0 && wanted > 0 {
        return format!("{address:#x}");
    }
    quoted(buffer.get(..length).unwrap_or_default(), length < wanted)
}

/// A string that ends with a NUL.
pub(crate) fn text(address: u64, memory: &impl Memory) -> String {
    let mut buffer = [0; SHOWN_BYTES];
    let length = memory.read(address, &mut buffer);
    let read = buffer.get(..length).unwrap_or_default();
    match read.iter().position(|&byte| byte == 0) {
        Some(end) => quoted(read.get(..end).unwrap_or_default(), false),
        None if read.is_empty() => format!("{address:#x}"),
        None => quoted(read, true),
    }
}

/// A list of addresses of strings that ends with 0.
pub(crate) fn strings(address: u64, memory: &impl Memory) -> String {
    let mut list = String::new();
    for index in 0..=SHOWN_STRINGS {
        let place = address.wrapping_add((index as u64).wrapping_mul(8));
        match structure::<u64>(place, memory) {
            Some(0) => break,
            Some(_) if index == SHOWN_STRINGS => list.push_str(", ..."),
            Some(string) => {
                list.push_str(if index == 0 { "" } else { ", " });
                list.push_str(&text(string, memory));
            }
            None => return format!("{address:#x}"),
        }
    }
    format!("[{list}]")
}

/// What mmap is asked for.
pub(crate) fn map(address: u64, memory: &impl Memory) -> String {
    let Some([offset, size, flags, place]) = structure::<[u64; size_of::<Map>() / 8]>(address, memory) else {
        return format!("{address:#x}");
    };
    format!("{{offset={offset:#x}, size={size}, flags={}, address={place:#x}}}", map_flags(flags))
}

/// Protections and kinds of mappings.
pub(crate) fn map_flags(word: u64) -> String {
    let set = MapFlags::from_bits_retain(word as usize);
    flags(set.iter_names(), set.difference(MapFlags::all()).bits() as u64)
}

/// Seconds and nanoseconds.
pub(crate) fn time(address: u64, memory: &impl Memory) -> String {
    const { assert!(size_of::<TimeSpec>() == 16) };
    match structure::<[u64; 2]>(address, memory) {
        Some([seconds, rest]) => format!("{}.{:09} s", seconds.cast_signed(), rest as u32),
        None => format!("{address:#x}"),
    }
}

/// A set of signals.
pub(crate) fn signals(address: u64, memory: &impl Memory) -> String {
    structure::<SigSet>(address, memory).map_or_else(|| format!("{address:#x}"), set_of_signals)
}

fn set_of_signals(mut set: SigSet) -> String {
    let mut names = String::new();
    while let Some(signal) = set.lowest() {
        set.remove(signal);
        names.push_str(if names.is_empty() { "" } else { " " });
        names.push_str(&signal_name(signal.number()));
    }
    format!("[{names}]")
}

/// How a signal is to be taken.
pub(crate) fn action(address: u64, memory: &impl Memory) -> String {
    let Some(action) = structure::<SigAction>(address, memory) else { return format!("{address:#x}") };
    if action.is_default() {
        return "SIG_DFL".to_string();
    }
    if action.is_ignored() {
        return "SIG_IGN".to_string();
    }
    let how = flags(action.flags().iter_names(), 0);
    format!("{{{:#x}, {}, {how}}}", action.handler, set_of_signals(action.mask))
}

/// What wait says of a child.
pub(crate) fn status(address: u64, memory: &impl Memory) -> String {
    let status = structure::<i32>(address, memory).and_then(WaitStatus::decode);
    status.map_or_else(|| format!("{address:#x}"), |status| format!("[{}]", ending(status)))
}

/// Names with bars between them, and bits without a name as a number.
pub(crate) fn flags<'a>(names: impl Iterator<Item = (&'a str, impl Sized)>, unnamed: u64) -> String {
    let mut text = String::new();
    for (name, _) in names {
        if !text.is_empty() {
            text.push('|');
        }
        text.push_str(name);
    }
    match (text.is_empty(), unnamed) {
        (true, 0) => "0".to_string(),
        (true, unnamed) => format!("{unnamed:#x}"),
        (false, 0) => text,
        (false, unnamed) => format!("{text}|{unnamed:#x}"),
    }
}

/// Bytes as a string of C's, with dots behind it if it is cut.
fn quoted(bytes: &[u8], cut: bool) -> String {
    let dots = if cut { "..." } else { "" };
    format!("\"{}\"{dots}", bytes.escape_ascii())
}

fn structure<T: FromBytes + FromZeros + IntoBytes>(address: u64, memory: &impl Memory) -> Option<T> {
    let mut value = T::new_zeroed();
    let bytes = value.as_mut_bytes();
    (address != 0 && memory.read(address, bytes) == bytes.len()).then_some(value)
}
