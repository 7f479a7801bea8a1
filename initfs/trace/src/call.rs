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
use crate::value;

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
    /// One of these, by its place.
    Named(&'static [&'static str]),
    /// Protections, and kinds of mappings.
    MapFlags,
    /// Points to the request of mmap.
    Map,
    /// Points to seconds and nanoseconds.
    Time,
    /// Points to a set of signals.
    SignalSet,
    /// Points to how a signal is taken.
    Action,
    /// Points to a list of strings.
    Strings,
    /// Points to where wait puts what it says of a child.
    Status,
}

const WHENCE: &[&str] = &["SEEK_SET", "SEEK_CUR", "SEEK_END"];
const DESCRIPTOR_COMMANDS: &[&str] = &["F_DUPFD", "F_GETFD", "F_SETFD", "F_GETFL", "F_SETFL"];
const FUTEX_COMMANDS: &[&str] = &["FUTEX_WAIT", "FUTEX_WAKE", "FUTEX_REQUEUE", "FUTEX_WAIT64"];
const MASK_CHANGES: &[&str] = &["", "SIG_BLOCK", "SIG_UNBLOCK", "SIG_SETMASK"];

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
    Status(u64),
}

/// The name of the call that debuggers know by this number.
#[must_use]
pub fn name(code: u32) -> &'static str {
    by_shown(code).map_or("unknown", |call| call.name)
}

/// Whether the call's arguments are shown with what they point to, so that the caller's memory is read at its entry.
#[must_use]
pub fn reads_memory(code: u32) -> bool {
    kinds(name(code)).iter().any(|kind| kind.points())
}

impl Kind {
    /// Shown with what it points to when the call is entered.
    fn points(self) -> bool {
        match self {
            Self::Bytes | Self::Text | Self::Map | Self::Time | Self::SignalSet | Self::Action | Self::Strings => true,
            Self::Number | Self::Address | Self::Filled | Self::OpenFlags | Self::WaitOptions | Self::Signal => false,
            Self::Request | Self::Named(_) | Self::MapFlags | Self::Status => false,
        }
    }
}

impl Entered {
    /// What the call fills is shown, so the caller's memory is read at its exit.
    #[must_use]
    pub fn is_filled(&self) -> bool {
        self.arguments.iter().any(|argument| matches!(argument, Argument::Filled(_) | Argument::Status(_)))
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
            Kind::Status => Argument::Status(*word),
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
            (Argument::Filled(address), Some(count)) => text.push_str(&value::bytes(*address, count, memory)),
            (Argument::Status(address), Some(1..)) => text.push_str(&value::status(*address, memory)),
            (Argument::Filled(address) | Argument::Status(address), _) => text.push_str(&format!("{address:#x}")),
        }
    }
    text.push(')');
    text
}

fn kinds(name: &str) -> &'static [Kind] {
    use Kind::{
        Action, Address as A, Bytes, Filled, Map, MapFlags, Named, Number as N, Signal, SignalSet, Status, Strings,
        Text, Time, WaitOptions,
    };
    match name {
        "read" | "pread" => &[N, Filled, N, N, N],
        "write" | "pwrite" => &[N, Bytes, N, N, N],
        "openat" => &[N, Bytes, N, Kind::OpenFlags, N],
        "unlinkat" => &[N, Bytes, N, A],
        "frename" => &[N, Bytes, N],
        "fpath" => &[N, Filled, N],
        "dup_into" => &[N, N, Bytes, N],
        "close" | "exit" | "setuid" | "setgid" | "setpgid" | "getpgid" | "getsid" | "thr_wake" => &[N, N],
        "seteuid" | "setegid" | "setreuid" | "setregid" | "setresuid" | "setresgid" | "fevent" => &[N, N, N],
        "lseek" => &[N, N, Named(WHENCE)],
        "fcntl" => &[N, Named(DESCRIPTOR_COMMANDS), N],
        "fstat" | "getdirentries" | "call" => &[N, A, N, A, A],
        "mmap" => &[N, Map, N],
        "mprotect" => &[A, N, MapFlags],
        "munmap" | "thr_new" => &[A, N],
        "futex" => &[A, Named(FUTEX_COMMANDS), N, A, A],
        "nanosleep" => &[Time, A],
        "clock_gettime" | "sysarch" | "getitimer" | "setitimer" | "getrlimit" | "setrlimit" | "getgroups"
        | "setgroups" => &[N, A, A],
        "kill" | "sigqueue" | "thr_kill" => &[N, Signal, A],
        "thr_kill2" => &[N, N, Signal],
        "sigaction" => &[Signal, Action, A],
        "sigprocmask" => &[Named(MASK_CHANGES), SignalSet, A],
        "sigsuspend" => &[SignalSet],
        "sigtimedwait" => &[SignalSet, A, Time],
        "wait4" => &[N, Status, WaitOptions, A],
        "wait6" => &[N, N, Status, WaitOptions, A, A],
        "execve" => &[Text, Strings, A],
        "thr_set_name" => &[N, Text],
        "ptrace" => &[Kind::Request, N, A, N],
        _ => &[],
    }
}

fn shown(kind: Kind, word: u64, next: u64, memory: &impl Memory) -> String {
    let number = (word as u32).cast_signed();
    match kind {
        Kind::Number => signed(word),
        Kind::Address | Kind::Filled | Kind::Status => format!("{word:#x}"),
        Kind::Bytes => value::bytes(word, next, memory),
        Kind::Text => value::text(word, memory),
        Kind::Strings => value::strings(word, memory),
        Kind::Map => value::map(word, memory),
        Kind::Time => value::time(word, memory),
        Kind::SignalSet => value::signals(word, memory),
        Kind::Action => value::action(word, memory),
        Kind::MapFlags if word == 0 => "PROT_NONE".to_string(),
        Kind::MapFlags => value::map_flags(word),
        Kind::Named(names) => {
            let name = usize::try_from(word).ok().and_then(|index| names.get(index)).filter(|name| !name.is_empty());
            name.map_or_else(|| signed(word), ToString::to_string)
        }
        Kind::OpenFlags => {
            let set = OpenFlags::from_bits_retain(word as usize);
            value::flags(set.iter_names(), set.difference(OpenFlags::all()).bits() as u64)
        }
        Kind::WaitOptions => {
            let set = WaitOptions::from_bits_retain(word as u32);
            value::flags(set.iter_names(), u64::from(set.difference(WaitOptions::all()).bits()))
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
