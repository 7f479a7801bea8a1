//! `files` and its binary twin: the open files of a process.
//!
//! Decides their names: paths of the boot image, our own files, handles and the kernel's own kinds by name, files of other
//! servers by the scheme's name and the server's number, for those would have to be asked. Main functions: [`binary`],
//! [`render`]. Neighbours: `proc_abi::open_file` (the twin's layout), `map` tells mapped files the same way.
//!
//! The kernel is asked descriptor by descriptor. The list is of one moment all the same: the kernel uses one processor, and
//! this server has the highest priority on it.

use alloc::vec::Vec;

use kernel_abi::descriptor::{CLOSE_ON_EXEC, DescriptorInformation, DescriptorKind, POSITIONED};
use kernel_abi::effect::ObjectKind;
use kernel_abi::redox::flag::{O_APPEND, O_NONBLOCK, O_RDONLY, O_WRONLY};
use proc_abi::open_file::{OpenFile, OpenFileFlags};
use proc_abi::path::{PROCESS_FILES, ProcessFile, THREAD_FILES, ThreadFile};
use ptrace::{Errno, KernelGroup, KernelThread, Result, ThreadRef};
use zerocopy::IntoBytes;

use crate::server::Server;
use crate::text::Text;
use crate::verbs::Verbs;

/// The name of our own scheme.
const OWN: &[u8] = b"proc";

fn each<V: Verbs>(
    server: &mut Server<V>,
    group: KernelGroup,
    mut with: impl FnMut(&OpenFile, &[u8]) -> Result<()>,
) -> Result<()> {
    let mut from = 0_u64;
    loop {
        let found = match server.gate.verbs.descriptor(group.0, from) {
            Ok(found) => found,
            Err(Errno::ENOENT) => return Ok(()),
            // A dead process has no table any more.
            Err(Errno::ESRCH) if from == 0 => return Ok(()),
            Err(errno) => return Err(errno),
        };
        from = found.number;
        if found.kind != DescriptorKind::Gap as u32 {
            from = from.saturating_add(1);
            let name = name(server, &found)?;
            with(&record(&found, name.len())?, &name)?;
        }
    }
}

fn record(found: &DescriptorInformation, name: usize) -> Result<OpenFile> {
    let size = OpenFile::size_with(name).and_then(|size| u32::try_from(size).ok()).ok_or(Errno::ENOMEM)?;
    let positioned = found.state & POSITIONED != 0;
    let open = usize::try_from(found.flags).unwrap_or(0);
    let mut flags = OpenFileFlags::empty();
    flags.set(OpenFileFlags::READ, open & O_RDONLY != 0);
    flags.set(OpenFileFlags::WRITE, open & O_WRONLY != 0);
    flags.set(OpenFileFlags::APPEND, open & O_APPEND != 0);
    flags.set(OpenFileFlags::NONBLOCK, open & O_NONBLOCK != 0);
    flags.set(OpenFileFlags::CLOSE_ON_EXEC, found.state & CLOSE_ON_EXEC != 0);
    flags.set(OpenFileFlags::POSITIONED, positioned);
    let is_handle = found.kind == DescriptorKind::Handle as u32;
    Ok(OpenFile {
        size,
        flags: flags.bits(),
        descriptor: i32::try_from(found.number).unwrap_or(i32::MAX),
        references: found.references,
        position: if positioned { found.offset } else { 0 },
        // What a handle is on stands in its name; the kernel's numbers of threads and groups mean nothing to programs.
        file: if is_handle { 0 } else { found.label },
        scheme: found.scheme,
        name_length: u32::try_from(name).unwrap_or(u32::MAX),
        reserved: 0,
    })
}

fn name<V: Verbs>(server: &Server<V>, found: &DescriptorInformation) -> Result<Vec<u8>> {
    let scheme = found.name.split(|&byte| byte == 0).next().unwrap_or_default();
    let mut text = Text::default();
    match DescriptorKind::from_raw(found.kind) {
        Some(DescriptorKind::Handle) => add_handle(server, found, &mut text),
        Some(DescriptorKind::File) if scheme == OWN => return server.path(found.label),
        Some(DescriptorKind::File) => match server.gate.sealed.path(found.scheme, found.label) {
            Some(path) => text.add(format_args!("{path}")),
            None => {
                text.add_name(scheme);
                text.add(format_args!(": file {}", found.label));
            }
        },
        Some(DescriptorKind::Kernel | DescriptorKind::Gap) | None => add_kernel_name(scheme, found.label, &mut text),
    }
    text.finish()
}

/// `NAME:REST` of the kernel's `NAME/REST`, and the number of a pipe, by which its other end can be found.
fn add_kernel_name(path: &[u8], label: u64, text: &mut Text) {
    let mut parts = path.splitn(2, |&byte| byte == b'/');
    text.add_name(parts.next().unwrap_or_default());
    text.add(format_args!(":"));
    text.add_name(parts.next().unwrap_or_default());
    if label != 0 {
        text.add(format_args!(" {label:#x}"));
    }
}

/// The path by which a handle on a process or thread was opened; its target may be gone.
fn add_handle<V: Verbs>(server: &Server<V>, found: &DescriptorInformation, text: &mut Text) {
    let of_thread = |file| (None, Some(file));
    let (of_process, of_thread) = match ObjectKind::from_raw(u64::from(found.object)) {
        Some(ObjectKind::Memory) => (Some(ProcessFile::Memory), None),
        Some(ObjectKind::Run) => (Some(ProcessFile::Run), None),
        Some(ObjectKind::General) => of_thread(ThreadFile::Registers),
        Some(ObjectKind::Float) => of_thread(ThreadFile::FloatRegisters),
        Some(ObjectKind::Debug) => of_thread(ThreadFile::DebugRegisters),
        Some(ObjectKind::Extended) => of_thread(ThreadFile::ExtendedState),
        Some(ObjectKind::Bases) => of_thread(ThreadFile::Bases),
        None => (None, None),
    };
    text.add(format_args!("proc:"));
    if let Some(file) = of_process {
        match server.table.find_group(KernelGroup(found.label)) {
            Some(pid) => text.add(format_args!("{}", pid.raw())),
            None => text.add(format_args!("(gone)")),
        }
        let name = PROCESS_FILES.iter().find(|row| row.0 == file).map_or("", |row| row.1);
        text.add(format_args!("/{name}"));
    }
    if let Some(file) = of_thread {
        match server.table.find_thread(KernelThread(found.label)) {
            Some(ThreadRef { pid, tid }) => text.add(format_args!("{}/lwp/{}", pid.raw(), tid.raw())),
            None => text.add(format_args!("(gone)/lwp/(gone)")),
        }
        let name = THREAD_FILES.iter().find(|row| row.0 == file).map_or("", |row| row.1);
        text.add(format_args!("/{name}"));
    }
}

/// `files.bin`.
pub(crate) fn binary<V: Verbs>(server: &mut Server<V>, group: KernelGroup) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    each(server, group, |file, name| {
        let end = bytes.len().saturating_add(usize::try_from(file.size).map_err(|_| Errno::ENOMEM)?);
        bytes.try_reserve(end.saturating_sub(bytes.len())).map_err(|_| Errno::ENOMEM)?;
        bytes.extend_from_slice(file.as_bytes());
        bytes.extend_from_slice(name);
        bytes.resize(end, 0);
        Ok(())
    })?;
    Ok(bytes)
}

/// `files`: one line for each descriptor, below a line that names the columns; nothing if nothing is open.
pub(crate) fn render<V: Verbs>(server: &mut Server<V>, group: KernelGroup) -> Result<Vec<u8>> {
    const MODES: [(OpenFileFlags, char); 5] = [
        (OpenFileFlags::READ, 'r'),
        (OpenFileFlags::WRITE, 'w'),
        (OpenFileFlags::APPEND, 'a'),
        (OpenFileFlags::NONBLOCK, 'n'),
        (OpenFileFlags::CLOSE_ON_EXEC, 'x'),
    ];
    let mut text = Text::default();
    let mut head = "   fd mode     position name\n";
    each(server, group, |file, name| {
        text.add(format_args!("{}{:5} ", core::mem::take(&mut head), file.descriptor));
        for (flag, letter) in MODES {
            text.add(format_args!("{}", if file.flags().contains(flag) { letter } else { '-' }));
        }
        match file.flags().contains(OpenFileFlags::POSITIONED) {
            true => text.add(format_args!(" {:11} ", file.position)),
            false => text.add(format_args!("           - ")),
        }
        text.add_name(name);
        text.add(format_args!("\n"));
        Ok(())
    })?;
    text.finish()
}
