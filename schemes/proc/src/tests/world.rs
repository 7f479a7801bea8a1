//! A server, the model under it, and programs that the tests play.
//!
//! Decides how a test makes calls and requests and finds their answers. Main types: [`World`], [`Program`]. Neighbours:
//! `kernel` (the model), every file of tests.

use initfs_format::Image;
use initfs_pack::{Contents, PackedFile};
use kernel_abi::calls::{EXEC_FAILED, EXEC_READY};
use kernel_abi::decode_result;
use kernel_abi::effect::{Effect, EffectVerb};
use kernel_abi::message::{INLINE_PAYLOAD, Kind, Message, Slot};
use kernel_abi::redox::schemev2::Opcode;
use kernel_abi::stop::Cause;
use proc_abi::id::Pid;
use runtime::file::OpenFlags;

use super::kernel::Model;
use crate::{Sealed, Server};

/// The boot-files server's scheme.
pub(super) const FILE_SCHEME: u64 = 77;
/// Where every program has a page of data.
pub(super) const DATA: u64 = 0x1000;
/// Where the initial stack of every program begins.
pub(super) const STACK: u64 = 0x8000;

const FORK: u32 = 2;
const EXIT: u32 = 1;

/// A process and its first thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Program {
    pub(super) pid: Pid,
    pub(super) group: u64,
    pub(super) thread: u64,
}

/// How a pending call was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    Value(usize),
    Error(u32),
    Opened(u64),
    /// Kind, target, session, rights.
    Object([u64; 4]),
    Frame,
    Restart,
}

pub(super) struct World {
    pub(super) server: Server<Model>,
    tags: u64,
}

fn image() -> Image<'static> {
    let mut contents = Contents::new();
    for (path, mode) in [("/bin/sh", 0o755), ("/bin/su", 0o4755), ("/sbin/init", 0o755)] {
        contents.add(path, PackedFile::new(vec![1; 10], mode).expect("a mode")).expect("a path");
    }
    Image::parse(contents.to_image().expect("an image").leak()).expect("an image")
}

/// The boot-files server's number of a file of the image.
pub(super) fn file_number(path: &str) -> u64 {
    image().position(path).expect("a file") as u64 + 1
}

impl World {
    /// A server that has started nothing.
    pub(super) fn empty() -> Self {
        Self { server: Server::new(Model::default(), Sealed::new(image())).expect("memory"), tags: 1 << 40 }
    }

    /// A server whose first process runs.
    pub(super) fn new() -> Self {
        let mut world = Self::empty();
        world.server.start_first().expect("a first process");
        world.pump();
        world.finish_exec("/sbin/init");
        world
    }

    pub(super) fn model(&mut self) -> &mut Model {
        self.server.verbs()
    }

    /// Performs what was ordered and hands over the model's messages until there are none.
    pub(super) fn pump(&mut self) {
        let mut inbox = [Slot::default()];
        while self.server.exchange(&mut inbox).expect("a socket") > 0 {
            self.server.receive(&inbox[0]);
        }
    }

    pub(super) fn send(&mut self, message: Message) {
        self.server.receive(&Slot { message, ..Slot::default() });
        self.pump();
    }

    fn tag(&mut self) -> u64 {
        self.tags += 1;
        self.tags
    }

    /// What the kernel knows of a process.
    pub(super) fn program(&mut self, pid: i32) -> Program {
        let pid = Pid::new(pid).expect("a pid");
        let process = self.server.processes().get(pid).expect("a process");
        Program { pid, group: process.group.0, thread: process.threads[0].kernel.0 }
    }

    pub(super) fn init(&mut self) -> Program {
        self.program(1)
    }

    /// A process call, with the group's memory behind it; gives the tag.
    pub(super) fn call(&mut self, program: Program, number: u32, arguments: &[u64]) -> u64 {
        self.call_of_thread(program.group, program.thread, number, arguments)
    }

    pub(super) fn call_of_thread(&mut self, group: u64, thread: u64, number: u32, arguments: &[u64]) -> u64 {
        let tag = self.tag();
        self.model().callers.insert(tag, group);
        let mut words = [0; 8];
        words[..arguments.len()].copy_from_slice(arguments);
        self.send(Message { kind: Kind::ProcessCall as u32, number, tag, thread, group, words, ..Message::default() });
        tag
    }

    /// A report of the kernel.
    pub(super) fn report(&mut self, program: Program, cause: Cause, words: [u64; 8]) {
        let (kind, number) = (Kind::Report as u32, cause as u32);
        let Program { thread, group, .. } = program;
        self.send(Message { kind, number, thread, group, words, ..Message::default() });
    }

    /// A request with this payload; `room` bytes of buffer if that is more. Gives the tag.
    pub(super) fn request(
        &mut self,
        caller: i32,
        opcode: Opcode,
        handle: u64,
        (payload, room): (&[u8], usize),
        words: &[u64],
    ) -> u64 {
        let tag = self.tag();
        let mut buffer = payload.to_vec();
        buffer.resize(payload.len().max(room), 0);
        let length = buffer.len() as u64;
        let mut slot = Slot::default();
        let inline = if payload.is_empty() { 0 } else { payload.len().min(INLINE_PAYLOAD) };
        slot.payload[..inline].copy_from_slice(&payload[..inline]);
        self.model().buffers.insert(tag, buffer);
        let mut all = [0; 8];
        all[..words.len()].copy_from_slice(words);
        slot.message = Message {
            kind: Kind::Request as u32,
            number: u32::from(opcode as u8),
            tag,
            badge: u64::from(caller.unsigned_abs()),
            handle,
            length,
            inline: inline as u64,
            words: all,
            ..Message::default()
        };
        self.server.receive(&slot);
        self.pump();
        tag
    }

    pub(super) fn open(&mut self, caller: i32, path: &str, flags: OpenFlags) -> Reply {
        self.open_at(caller, 0, path, flags)
    }

    pub(super) fn open_at(&mut self, caller: i32, handle: u64, path: &str, flags: OpenFlags) -> Reply {
        let tag = self.request(caller, Opcode::OpenAt, handle, (path.as_bytes(), 0), &[flags.bits() as u64]);
        self.reply(tag).expect("an answer")
    }

    /// Opens a file that is there; its number.
    pub(super) fn opened(&mut self, caller: i32, path: &str, flags: OpenFlags) -> u64 {
        match self.open(caller, path, flags) {
            Reply::Opened(number) => number,
            other => panic!("{path}: {other:?}"),
        }
    }

    /// Reads at an offset: the bytes, or the error.
    pub(super) fn read(&mut self, handle: u64, offset: u64, room: usize) -> Result<Vec<u8>, u32> {
        let tag = self.request(1, Opcode::Read, handle, (&[], room), &[offset]);
        match self.reply(tag) {
            Some(Reply::Value(count)) => Ok(self.model().buffers[&tag][..count].to_vec()),
            Some(Reply::Error(errno)) => Err(errno),
            other => panic!("a read is answered with {other:?}"),
        }
    }

    pub(super) fn read_text(&mut self, caller: i32, path: &str) -> String {
        let handle = self.opened(caller, path, OpenFlags::READ);
        String::from_utf8(self.read(handle, 0, 65536).expect("content")).expect("text")
    }

    pub(super) fn write(&mut self, handle: u64, bytes: &[u8]) -> Reply {
        let tag = self.request(1, Opcode::Write, handle, (bytes, 0), &[0]);
        self.reply(tag).expect("a write never sleeps")
    }

    pub(super) fn close(&mut self, handle: u64) {
        self.send(Message { kind: Kind::Closed as u32, handle, ..Message::default() });
    }

    /// How a call was answered, if it was; at most once.
    pub(super) fn reply(&mut self, tag: u64) -> Option<Reply> {
        let answers: Vec<Effect> = self.effects().into_iter().filter(|effect| effect.target == tag).collect();
        assert!(answers.len() <= 1, "one call, one answer: {answers:?}");
        let answer = answers.first()?;
        let words = answer.words;
        Some(match EffectVerb::from_raw(answer.verb)? {
            EffectVerb::Reply | EffectVerb::ReplyFill => match decode_result(words[0] as usize) {
                Ok(value) => Reply::Value(value),
                Err(errno) => Reply::Error(errno),
            },
            EffectVerb::ReplyOpen => Reply::Opened(words[0]),
            EffectVerb::ReplyObject => Reply::Object([words[0], words[1], words[2], words[3]]),
            EffectVerb::ReplyFrame => Reply::Frame,
            EffectVerb::ReplyRestart => Reply::Restart,
            _ => return None,
        })
    }

    pub(super) fn effects(&mut self) -> Vec<Effect> {
        self.model().performed.clone()
    }

    /// How often a verb was ordered of a target.
    pub(super) fn ordered(&mut self, verb: EffectVerb, target: u64) -> usize {
        let wanted = |effect: &&Effect| effect.verb == verb as u32 && effect.target == target;
        self.effects().iter().filter(wanted).count()
    }

    /// The loader that was made last.
    pub(super) fn loader(&mut self) -> (u64, u64) {
        let (group, threads) = self.model().groups.iter().next_back().expect("a group");
        (*group, threads[0])
    }

    /// The loader that works has built the image of this file.
    pub(super) fn finish_exec(&mut self, path: &str) -> u64 {
        self.model().identity = (FILE_SCHEME, file_number(path));
        let (group, thread) = self.loader();
        self.call_of_thread(group, thread, EXEC_READY, &[3, 0x40_0000, STACK])
    }

    /// It gives up.
    pub(super) fn fail_exec(&mut self, errno: u32) -> u64 {
        let (group, thread) = self.loader();
        self.call_of_thread(group, thread, EXEC_FAILED, &[errno.into()])
    }

    /// A child of a process, with memory of its own.
    pub(super) fn fork(&mut self, parent: Program) -> Program {
        let tag = self.call(parent, FORK, &[]);
        let Some(Reply::Value(pid)) = self.reply(tag) else { panic!("a fork fails") };
        let child = self.program(i32::try_from(pid).expect("a pid"));
        self.model().memory.insert((child.group, DATA), vec![0; 4096]);
        child
    }

    pub(super) fn exit(&mut self, program: Program, status: u64) {
        self.call(program, EXIT, &[status]);
    }
}
