//! OPENAT_INTO2: from a path to an open file, by the kernel itself or by the server of a scheme.
//!
//! Decides which names are the kernel's own schemes, who may open the privileged ones, and that the descriptor's slot is
//! known to be free before a server is asked. Main type: [`KernelScheme`]. Neighbours: `namespace` (path grammar), `install`,
//! `reply` (REPLY_OPEN puts the server's answer into the slot).

use alloc::vec::Vec;

use kernel_abi::effect::GROUP_PRIVILEGED;
use kernel_abi::redox::flag::{CLOCK_MONOTONIC, CLOCK_REALTIME, O_ACCMODE, O_CREAT, O_RDWR};
use kernel_abi::redox::schemev2::Opcode;

use super::timer::Timer;
use super::{Object, SystemFile};
use crate::Core;
use crate::call::{Done, Served};
use crate::clock::Clock;
use crate::errno::Errno;
use crate::group::GroupKey;
use crate::namespace;
use crate::pending::{After, Direction};
use crate::request::Request;
use crate::scheme::{Name, SchemeKey};
use crate::seam::{Machine, SerialPort};
use crate::thread::ThreadKey;

/// Longest path (PATH_MAX).
const PATH_LIMIT: u64 = 4096;

/// The schemes that the kernel serves itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KernelScheme {
    Event,
    Image,
    Log,
    Memory,
    Pipe,
    /// `scheme:NAME` with O_CREAT makes a scheme and opens its socket.
    Scheme,
    Serial,
    System,
    Time,
}

impl KernelScheme {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "event" => Self::Event,
            "image" => Self::Image,
            "log" => Self::Log,
            "memory" => Self::Memory,
            "pipe" => Self::Pipe,
            "scheme" => Self::Scheme,
            "serial" => Self::Serial,
            "sys" => Self::System,
            "time" => Self::Time,
            _ => return None,
        })
    }

    /// Only privileged groups may open this.
    fn is_privileged(self, name: &str) -> bool {
        match self {
            Self::Image | Self::Log | Self::Scheme | Self::Serial => true,
            Self::System => matches!(name, "fail" | "shutdown"),
            Self::Event | Self::Memory | Self::Pipe | Self::Time => false,
        }
    }
}

/// No server can take this name.
pub(crate) fn is_kernel_scheme(name: &str) -> bool {
    KernelScheme::named(name).is_some()
}

/// Whom a path leads to.
pub(super) enum Place<'a> {
    Kernel(KernelScheme, &'a str),
    /// A server, the handle that the rest is relative to (0: the scheme's root), and the rest.
    Server(SchemeKey, u64, &'a str),
}

impl<M: Machine> Core<M> {
    /// OPENAT_INTO2(directory, path, length, flags, target).
    pub(crate) fn open_call(
        &mut self,
        key: ThreadKey,
        directory: usize,
        path: (u64, u64),
        flags: usize,
        target: usize,
    ) -> Served {
        let group = self.group_of(key).ok_or(Errno::ESRCH)?;
        let bytes = self.read_path(key, path)?;
        let text = core::str::from_utf8(&bytes).map_err(|_| Errno::EINVAL)?;
        match self.resolve(key, directory, text)? {
            Place::Kernel(scheme, name) => self.open_kernel(key, (group, target), scheme, name, flags),
            Place::Server(scheme, handle, rest) => {
                self.groups.get_mut(group).ok_or(Errno::ESRCH)?.table.reserve(target)?;
                let skipped = text.len().saturating_sub(rest.len()) as u64;
                let buffer = (path.0.saturating_add(skipped), rest.len() as u64);
                let words = [(flags & !kernel_abi::O_CLOEXEC) as u64, 0, 0, 0, 0, 0, 0, 0];
                let after = After::Open { target, flags };
                let opcode = Opcode::OpenAt;
                self.request(key, Request { scheme, handle, opcode, buffer, direction: Direction::In, words, after })
            }
        }
    }

    /// Copies a path in.
    pub(super) fn read_path(&mut self, key: ThreadKey, (address, length): (u64, u64)) -> Result<Vec<u8>, Errno> {
        if length > PATH_LIMIT {
            return Err(Errno::ENAMETOOLONG);
        }
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(length as usize).map_err(|_| Errno::ENOMEM)?;
        bytes.resize(length as usize, 0);
        let space = self.space_of(key).ok_or(Errno::ESRCH)?;
        self.copy_in(space, address, &mut bytes)?;
        Ok(bytes)
    }

    /// Absolute paths and `NAME:rest` belong to the namespace; with a directory, anything else is relative to that.
    pub(super) fn resolve<'a>(&self, key: ThreadKey, directory: usize, path: &'a str) -> Result<Place<'a>, Errno> {
        if directory != kernel_abi::NAMESPACE && !path.starts_with('/') {
            return match self.object_of(key, directory)? {
                Object::Scheme { scheme, handle, .. } => Ok(Place::Server(scheme, handle, path)),
                Object::Socket(_)
                | Object::Pipe(_)
                | Object::Events(_)
                | Object::Memory(_)
                | Object::Timer(_)
                | Object::Serial(_)
                | Object::Log
                | Object::System(_)
                | Object::Target(_) => Err(Errno::ENOTDIR),
            };
        }
        let (name, rest) = namespace::split(path).ok_or(Errno::ENOENT)?;
        let group = self.group_of(key).and_then(|group| self.groups.get(group)).ok_or(Errno::ESRCH)?;
        if !group.view.sees(name) {
            return Err(Errno::ENODEV);
        }
        if let Some(scheme) = KernelScheme::named(name) {
            return Ok(Place::Kernel(scheme, rest));
        }
        let scheme = self.namespace.find(name).ok_or(Errno::ENODEV)?;
        Ok(Place::Server(scheme, 0, rest))
    }

    /// Opens a file of the kernel's own. Without an access mode it is for both ways.
    fn open_kernel(
        &mut self,
        key: ThreadKey,
        (group, target): (GroupKey, usize),
        scheme: KernelScheme,
        name: &str,
        flags: usize,
    ) -> Served {
        let entry = self.groups.get(group).ok_or(Errno::ESRCH)?;
        let privileged = entry.flags & GROUP_PRIVILEGED != 0 || !entry.process;
        if scheme.is_privileged(name) && !privileged {
            return Err(Errno::EPERM);
        }
        if scheme == KernelScheme::Scheme {
            return self.open_new_scheme(key, name, flags, target);
        }
        let flags = if flags & O_ACCMODE == 0 { flags | O_RDWR } else { flags };
        let object = self.make_object(scheme, name)?;
        self.install_new(group, target, object, flags).map(Done::Value)
    }

    /// A scheme for a server that is a process: without authority over others. Opening a socket that exists is not
    /// possible: who is to serve gets the descriptor from whoever has it.
    fn open_new_scheme(&mut self, key: ThreadKey, name: &str, flags: usize, target: usize) -> Served {
        let name = Name::new(name.as_bytes()).ok_or(Errno::EINVAL)?;
        if flags & O_CREAT == 0 {
            return Err(Errno::ENOENT);
        }
        if target != kernel_abi::LOWEST_FREE {
            return Err(Errno::EINVAL);
        }
        self.create_scheme(key, name, false).map(Done::Value)
    }

    fn make_object(&mut self, scheme: KernelScheme, name: &str) -> Result<Object, Errno> {
        match scheme {
            KernelScheme::Scheme => Err(Errno::ENOENT),
            KernelScheme::Event => unnamed(name).and_then(|()| self.make_queue()),
            KernelScheme::Pipe => unnamed(name).and_then(|()| self.make_pipe()),
            KernelScheme::Log => unnamed(name).map(|()| Object::Log),
            KernelScheme::Image => unnamed(name).and_then(|()| self.make_image()),
            KernelScheme::Memory => self.make_memory(name),
            KernelScheme::Serial => self.make_serial(serial_port(name)?),
            KernelScheme::System => system_file(name).map(Object::System),
            KernelScheme::Time => clock(name).map(|clock| Object::Timer(Timer::new(clock))),
        }
    }
}

fn unnamed(name: &str) -> Result<(), Errno> {
    if name.is_empty() { Ok(()) } else { Err(Errno::ENOENT) }
}

fn serial_port(name: &str) -> Result<SerialPort, Errno> {
    match name {
        "0" => Ok(SerialPort::Console),
        "1" => Ok(SerialPort::Debugger),
        _ => Err(Errno::ENOENT),
    }
}

fn system_file(name: &str) -> Result<SystemFile, Errno> {
    match name {
        "counts" => Ok(SystemFile::Counts),
        "log" => Ok(SystemFile::Log),
        "switches" => Ok(SystemFile::Switches),
        "fail" => Ok(SystemFile::Fail),
        "namespace" => Ok(SystemFile::Namespace),
        "shutdown" => Ok(SystemFile::Shutdown),
        _ => Err(Errno::ENOENT),
    }
}

fn clock(name: &str) -> Result<Clock, Errno> {
    let number = name.parse::<usize>().map_err(|_| Errno::ENOENT)?;
    match number {
        CLOCK_REALTIME => Ok(Clock::Realtime),
        CLOCK_MONOTONIC => Ok(Clock::Monotonic),
        _ => Err(Errno::ENOENT),
    }
}

#[cfg(test)]
mod tests {
    use super::{KernelScheme, is_kernel_scheme};

    #[test]
    fn devices_and_switches_are_privileged() {
        let privileged = |scheme: &str, name: &str| KernelScheme::named(scheme).unwrap().is_privileged(name);
        assert!(privileged("serial", "0") && privileged("log", "") && privileged("image", ""));
        assert!(privileged("scheme", "console"));
        assert!(privileged("sys", "fail") && privileged("sys", "shutdown"));
        assert!(!privileged("sys", "counts") && !privileged("pipe", ""));
    }

    #[test]
    fn servers_cannot_take_the_kernels_names() {
        assert!(is_kernel_scheme("memory") && !is_kernel_scheme("proc"));
    }
}
