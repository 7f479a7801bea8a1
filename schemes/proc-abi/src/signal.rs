//! Signals: FreeBSD's numbers, names and default actions, and the set of signals.
//!
//! Decides what a signal number may be and what happens by default. Main types: [`Signal`], [`SigSet`], [`DefaultAction`].
//! Neighbours: `sigaction`, `siginfo`, `ptrace::signals`. FreeBSD: sys/signal.h, sys/_sigset.h, kern_sig.c (sigproptbl).

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Highest valid signal number (FreeBSD _SIG_MAXSIG).
pub const SIGNAL_MAX: i32 = 128;
/// First real-time signal.
pub const SIGRTMIN: i32 = 65;
/// Last real-time signal.
pub const SIGRTMAX: i32 = 126;
/// Most signals that may be queued for one process (FreeBSD kern.sigqueue.max_pending_per_proc).
pub const MAX_PENDING_PER_PROCESS: usize = 128;

/// A signal number, 1 to [`SIGNAL_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signal(u8);

impl Signal {
    /// The signal with this number, if there is one.
    #[must_use]
    pub const fn new(number: i32) -> Option<Self> {
        if number >= 1 && number <= SIGNAL_MAX { Some(Self(number as u8)) } else { None }
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> i32 {
        self.0 as i32
    }

    /// Its name in lower case without "sig", or none for the nameless ones above SIGLIBRT.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        let index = usize::from(self.0).checked_sub(1)?;
        PROPERTIES.get(index).map(|row| row.0)
    }

    /// The signal with this name: with or without "SIG", in either case, or a decimal number.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        if let Ok(number) = name.parse::<i32>() {
            return Self::new(number);
        }
        let bare = match name.get(..3) {
            Some(prefix) if prefix.eq_ignore_ascii_case("sig") => name.get(3..)?,
            _ => name,
        };
        let index = PROPERTIES.iter().position(|row| row.0.eq_ignore_ascii_case(bare))?;
        Self::new(i32::try_from(index.checked_add(1)?).ok()?)
    }

    /// What it does to a process that neither catches nor ignores it.
    #[must_use]
    pub fn default_action(self) -> DefaultAction {
        let index = usize::from(self.0).wrapping_sub(1);
        PROPERTIES.get(index).map_or(Terminate, |row| row.1)
    }

    /// SIGKILL and SIGSTOP: never caught, ignored or blocked, and queued as a bit without information.
    #[must_use]
    pub const fn is_unblockable(self) -> bool {
        self.0 == SIGKILL.0 || self.0 == SIGSTOP.0
    }

    /// One of the four stop signals.
    #[must_use]
    pub fn is_stop(self) -> bool {
        matches!(self.default_action(), Stop | TerminalStop)
    }
}

/// What a signal does by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefaultAction {
    /// The process dies.
    Terminate,
    /// The process dies and would leave a core.
    Core,
    /// Nothing.
    Ignore,
    /// The process stops.
    Stop,
    /// The process stops, unless its process group is orphaned.
    TerminalStop,
    /// A stopped process continues; otherwise nothing.
    Continue,
}

use DefaultAction::{Continue, Core, Ignore, Stop, TerminalStop, Terminate};

/// Name and default action by number, from 1; numbers beyond the table terminate (FreeBSD has no property for them).
const PROPERTIES: [(&str, DefaultAction); 33] = [
    ("hup", Terminate),
    ("int", Terminate),
    ("quit", Core),
    ("ill", Core),
    ("trap", Core),
    ("abrt", Core),
    ("emt", Core),
    ("fpe", Core),
    ("kill", Terminate),
    ("bus", Core),
    ("segv", Core),
    ("sys", Core),
    ("pipe", Terminate),
    ("alrm", Terminate),
    ("term", Terminate),
    ("urg", Ignore),
    ("stop", Stop),
    ("tstp", TerminalStop),
    ("cont", Continue),
    ("chld", Ignore),
    ("ttin", TerminalStop),
    ("ttou", TerminalStop),
    ("io", Ignore),
    ("xcpu", Terminate),
    ("xfsz", Terminate),
    ("vtalrm", Terminate),
    ("prof", Terminate),
    ("winch", Ignore),
    ("info", Ignore),
    ("usr1", Terminate),
    ("usr2", Terminate),
    ("thr", Terminate),
    ("librt", Terminate),
];

/// Hang-up.
pub const SIGHUP: Signal = Signal(1);
/// Interrupt from the terminal.
pub const SIGINT: Signal = Signal(2);
/// Quit from the terminal.
pub const SIGQUIT: Signal = Signal(3);
/// Illegal instruction.
pub const SIGILL: Signal = Signal(4);
/// Breakpoint, single step, trace events.
pub const SIGTRAP: Signal = Signal(5);
/// abort().
pub const SIGABRT: Signal = Signal(6);
/// Arithmetic fault.
pub const SIGFPE: Signal = Signal(8);
/// Kill, beyond appeal.
pub const SIGKILL: Signal = Signal(9);
/// Bus error.
pub const SIGBUS: Signal = Signal(10);
/// Segmentation fault.
pub const SIGSEGV: Signal = Signal(11);
/// Bad system call.
pub const SIGSYS: Signal = Signal(12);
/// Write to a pipe without readers.
pub const SIGPIPE: Signal = Signal(13);
/// Interval timer.
pub const SIGALRM: Signal = Signal(14);
/// Termination request.
pub const SIGTERM: Signal = Signal(15);
/// Stop, beyond appeal.
pub const SIGSTOP: Signal = Signal(17);
/// Stop from the terminal.
pub const SIGTSTP: Signal = Signal(18);
/// Continue.
pub const SIGCONT: Signal = Signal(19);
/// A child changed state.
pub const SIGCHLD: Signal = Signal(20);
/// Background read from the terminal.
pub const SIGTTIN: Signal = Signal(21);
/// Background write to the terminal.
pub const SIGTTOU: Signal = Signal(22);
/// Information request; ignored by default.
pub const SIGINFO: Signal = Signal(29);
/// For the program.
pub const SIGUSR1: Signal = Signal(30);
/// For the program.
pub const SIGUSR2: Signal = Signal(31);
/// For the thread library.
pub const SIGTHR: Signal = Signal(32);

/// Handler value: default action.
pub const SIG_DFL: u64 = 0;
/// Handler value: ignore.
pub const SIG_IGN: u64 = 1;

/// A set of signals (FreeBSD sigset_t, 16 bytes): signal n is bit n-1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct SigSet {
    /// Four words of 32 signals.
    pub bits: [u32; 4],
}

const _: () = assert!(size_of::<SigSet>() == 16);

impl SigSet {
    /// No signal.
    pub const EMPTY: Self = Self { bits: [0; 4] };
    /// Every signal.
    pub const ALL: Self = Self { bits: [u32::MAX; 4] };

    const fn split(signal: Signal) -> (usize, u32) {
        let index = (signal.0 as usize).wrapping_sub(1);
        ((index >> 5) & 3, 1_u32.wrapping_shl((index & 31) as u32))
    }

    /// The set of exactly this signal.
    #[must_use]
    pub fn of(signal: Signal) -> Self {
        let mut set = Self::EMPTY;
        set.insert(signal);
        set
    }

    /// The signal is a member.
    #[must_use]
    pub fn contains(&self, signal: Signal) -> bool {
        let (word, bit) = Self::split(signal);
        self.bits.get(word).is_some_and(|bits| bits & bit != 0)
    }

    /// Adds the signal.
    pub fn insert(&mut self, signal: Signal) {
        let (word, bit) = Self::split(signal);
        if let Some(bits) = self.bits.get_mut(word) {
            *bits |= bit;
        }
    }

    /// Takes the signal out.
    pub fn remove(&mut self, signal: Signal) {
        let (word, bit) = Self::split(signal);
        if let Some(bits) = self.bits.get_mut(word) {
            *bits &= !bit;
        }
    }

    /// No member.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let [first, second, third, fourth] = self.bits;
        first | second | third | fourth == 0
    }

    /// Members of either.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        self.combine(other, |left, right| left | right)
    }

    /// Members of both.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        self.combine(other, |left, right| left & right)
    }

    /// Members of this set that are not in the other.
    #[must_use]
    pub fn difference(self, other: Self) -> Self {
        self.combine(other, |left, right| left & !right)
    }

    /// The member with the lowest number.
    #[must_use]
    pub fn lowest(&self) -> Option<Signal> {
        if self.is_empty() {
            return None;
        }
        let members = self.bits.into_iter().rev().fold(0_u128, |members, bits| members << 32 | u128::from(bits));
        Signal::new(i32::try_from(members.trailing_zeros()).ok()?.wrapping_add(1))
    }

    /// Without the signals that cannot be blocked.
    #[must_use]
    pub fn blockable(self) -> Self {
        self.difference(Self::of(SIGKILL).union(Self::of(SIGSTOP)))
    }

    fn combine(self, other: Self, join: impl Fn(u32, u32) -> u32) -> Self {
        let mut bits = self.bits;
        for (left, right) in bits.iter_mut().zip(other.bits) {
            *left = join(*left, right);
        }
        Self { bits }
    }
}
