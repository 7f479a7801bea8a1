//! A system call as text: its name and its arguments, each as what it is.
//!
//! Decides the kind of every argument and how each kind is shown. Main functions: [`describe`], [`complete`]; main trait:
//! [`Memory`]. Neighbours: `kernel_abi::calls` (names and counts), `result` (what came of it).

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use kernel_abi::calls::{Call, by_shown};
use proc_abi::request::Request;
use proc_abi::wait::WaitOptions;
use runtime::file::OpenFlags;

use crate::change::signal_name;

/// Most bytes of a string that are shown.
pub const SHOWN_BYTES: usize = 64;

/// The memory of the process that makes the call.
pub trait Memory {
    /// Fills `into` from its start; how much could be read.
    fn read(&self, address: u64, into: &mut [u8]) -> usize;
}

/// What an argument is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A number with a sign.
    Number,
    /// An address or set of bits.
    Address,
    /// Bytes that the call reads; the next argument is their count.
    Bytes,
    /// Bytes that the call fills; its result is their count.
    Filled,
    /// A string that ends with a NUL.
    Text,
    /// Flags of open.
    OpenFlags,
    /// Options of wait.
    WaitOptions,
    /// A signal.
    Signal,
    /// A request of ptrace.
    Request,
}

/// A call that has been entered, and what to look up when it is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entered {
    /// Its name.
    pub name: &'static str,
    arguments: Vec<Argument>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Argument {
    Shown(String),
    Filled(u64),
}

/// The name of the call that debuggers know by this number.
#[must_use]
pub fn name(code: u32) -> &'static str {
    by_shown(code).map_or("unknown", |call| call.name)
}

/// Whether the call's arguments are shown with what they point to, so that the caller's memory is read at its entry.
#[must_use]
pub fn reads_memory(code: u32) -> bool {
    kinds(name(code)).iter().any(|kind| matches!(kind, Kind::Bytes | Kind::Text))
}

impl Entered {
    /// What the call fills is shown, so the caller's memory is read at its exit.
    #[must_use]
    pub fn is_filled(&self) -> bool {
        self.arguments.iter().any(|argument| matches!(argument, Argument::Filled(_)))
    }
}

/// Describes a call at its entry.
#[must_use]
pub fn describe(code: u32, words: &[u64; 8], memory: &impl Memory) -> Entered {
    let name = name(code);
    let count = by_shown(code).map_or(0, |call: &Call| usize::from(call.arguments));
    let kinds = kinds(name);
    let mut arguments = Vec::new();
    for (index, word) in words.iter().enumerate().take(count) {
        let kind = kinds.get(index).copied().unwrap_or(Kind::Address);
        let next = index.checked_add(1).and_then(|next| words.get(next)).copied().unwrap_or(0);
        arguments.push(match kind {
            Kind::Filled => Argument::Filled(*word),
            kind => Argument::Shown(shown(kind, *word, next, memory)),
        });
    }
    Entered { name, arguments }
}

/// The call's text once its result is known.
#[must_use]
pub fn complete(entered: &Entered, result: Option<u64>, memory: &impl Memory) -> String {
    let mut text = format!("{}(", entered.name);
    for (index, argument) in entered.arguments.iter().enumerate() {
        if index > 0 {
            text.push_str(", ");
        }
        match (argument, result) {
            (Argument::Shown(shown), _) => text.push_str(shown),
            (Argument::Filled(address), Some(count)) => text.push_str(&bytes(*address, count, memory)),
            (Argument::Filled(address), None) => text.push_str(&format!("{address:#x}")),
        }
    }
    text.push(')');
    text
}

fn kinds(name: &str) -> &'static [Kind] {
    use Kind::{Address as A, Bytes, Filled, Number as N, Signal, Text};
    match name {
        "read" | "pread" => &[N, Filled, N, N, N],
        "write" | "pwrite" => &[N, Bytes, N, N, N],
        "openat" => &[N, Bytes, N, Kind::OpenFlags, N],
        "fpath" => &[N, Filled, N],
        "dup_into" => &[N, A, A, A],
        "close" | "exit" | "setuid" | "setgid" | "setpgid" | "getpgid" | "getsid" | "thr_wake" => &[N, N],
        "seteuid" | "setegid" | "setreuid" | "setregid" | "setresuid" | "setresgid" | "fevent" => &[N, N, N],
        "lseek" | "fcntl" => &[N, N, N],
        "fstat" | "getdirentries" | "call" => &[N, A, N, A, A],
        "mmap" => &[N, A, N],
        "munmap" | "mprotect" | "thr_new" => &[A, N, A],
        "clock_gettime" | "sysarch" | "getitimer" | "setitimer" | "getrlimit" | "setrlimit" | "getgroups"
        | "setgroups" => &[N, A, A],
        "kill" | "sigqueue" | "thr_kill" => &[N, Signal, A],
        "thr_kill2" => &[N, N, Signal],
        "sigaction" => &[Signal, A, A],
        "sigprocmask" => &[N, A, A],
        "wait4" => &[N, A, Kind::WaitOptions, A],
        "wait6" => &[N, N, A, Kind::WaitOptions, A, A],
        "execve" => &[Text, A, A],
        "thr_set_name" => &[N, Text],
        "ptrace" => &[Kind::Request, N, A, N],
        _ => &[],
    }
}

fn shown(kind: Kind, word: u64, next: u64, memory: &impl Memory) -> String {
    let number = (word as u32).cast_signed();
    match kind {
        Kind::Number => signed(word),
        Kind::Address | Kind::Filled => format!("{word:#x}"),
        Kind::Bytes => bytes(word, next, memory),
        Kind::Text => text(word, memory),
        Kind::OpenFlags => {
            let set = OpenFlags::from_bits_retain(word as usize);
            flags(set.iter_names(), set.difference(OpenFlags::all()).bits() as u64)
        }
        Kind::WaitOptions => {
            let set = WaitOptions::from_bits_retain(word as u32);
            flags(set.iter_names(), u64::from(set.difference(WaitOptions::all()).bits()))
        }
        Kind::Signal => signal_name(number),
        Kind::Request => {
            Request::from_raw(number).map_or_else(|| number.to_string(), |known| format!("PT_{}", known.name()))
        }
    }
}

/// A number, as 32 bits if it is one of those with a sign.
fn signed(word: u64) -> String {
    match u32::try_from(word) {
        Ok(low) => low.cast_signed().to_string(),
        Err(_) => word.cast_signed().to_string(),
    }
}

/// Names with bars between them, and bits without a name as a number.
fn flags<'a>(names: impl Iterator<Item = (&'a str, impl Sized)>, unnamed: u64) -> String {
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

fn bytes(address: u64, count: u64, memory: &impl Memory) -> String {
    let mut buffer = [0; SHOWN_BYTES];
    let wanted = usize::try_from(count).unwrap_or(usize::MAX);
    let room = buffer.get_mut(..wanted.min(SHOWN_BYTES)).unwrap_or_default();
    let length = memory.read(address, room);
    if length == 0 && wanted > 0 {
        return format!("{address:#x}");
    }
    quoted(buffer.get(..length).unwrap_or_default(), length < wanted)
}

fn text(address: u64, memory: &impl Memory) -> String {
    let mut buffer = [0; SHOWN_BYTES];
    let length = memory.read(address, &mut buffer);
    let read = buffer.get(..length).unwrap_or_default();
    match read.iter().position(|&byte| byte == 0) {
        Some(end) => quoted(read.get(..end).unwrap_or_default(), false),
        None if read.is_empty() => format!("{address:#x}"),
        None => quoted(read, true),
    }
}

/// Bytes as a string of C's, with dots behind it if it is cut.
fn quoted(bytes: &[u8], cut: bool) -> String {
    let dots = if cut { "..." } else { "" };
    format!("\"{}\"{dots}", bytes.escape_ascii())
}
