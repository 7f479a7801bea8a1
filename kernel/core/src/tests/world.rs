//! A kernel without a boot image, and threads whose user code is the test.
//!
//! Decides how a test plays user code: it puts arguments into registers, enters by [`Exit::SystemCall`], and reads rax.
//! Main types: [`World`], [`Server`]. Neighbours: `fake`, every file of `tests`.

use kernel_abi::calls::PROCESS_CALL;
use kernel_abi::effect::{Effect, EffectVerb};
use kernel_abi::message::{Kind, Message, Slot};
use kernel_abi::redox::number::SYS_CALL;
use kernel_abi::stop::Reasons;
use kernel_abi::verb::{BATCH_WAIT, Batch, SocketVerb};
use zerocopy::{FromBytes, FromZeros, IntoBytes};

use crate::birth::NewThread;
use crate::fake::FakeMachine;
use crate::file::{DescriptorTable, Object};
use crate::frame::start_registers;
use crate::group::GroupKey;
use crate::memory::{Accessor, Budget, Mapped, NewRegion, Placement, Protection, Sharing, Source, SpaceKey};
use crate::scheduler::SERVER_PRIORITY;
use crate::scheme::{Name, Scheme, SchemeKey};
use crate::seam::{Exit, FrameRange};
use crate::thread::ThreadKey;
use crate::{BootInformation, Core};

/// Where every group has memory.
pub(super) const DATA: u64 = 0x10_0000;
/// How much.
pub(super) const DATA_LENGTH: u64 = 64 * 4096;
/// Where the helpers below keep their structures.
pub(super) const SCRATCH: u64 = DATA + 32 * 4096;
/// Where they keep the inbox.
pub(super) const INBOX: u64 = DATA + 40 * 4096;
/// An address that is never mapped.
pub(super) const HOLE: u64 = DATA + DATA_LENGTH + 4096;
/// Priority of programs.
pub(super) const USER_PRIORITY: u8 = 4;
/// Where threads start.
pub(super) const ENTRY: u64 = 0x40_0000;

/// A kernel under test.
pub(super) struct World {
    pub(super) core: Core<FakeMachine>,
    /// Where servers receive.
    pub(super) inbox: u64,
    /// How many messages at a time.
    pub(super) inbox_count: u32,
    /// Which allocation of a frame fails in the next system call.
    pub(super) refused: Option<u64>,
}

/// A server with its socket.
#[derive(Clone, Copy, Debug)]
pub(super) struct Server {
    pub(super) thread: ThreadKey,
    pub(super) group: GroupKey,
    pub(super) scheme: SchemeKey,
    pub(super) socket: usize,
}

impl World {
    pub(super) fn new() -> Self {
        Self::with_frames(2048)
    }

    pub(super) fn with_frames(frames: u32) -> Self {
        let machine = FakeMachine::new(frames);
        let usable = [machine.usable()];
        let information = BootInformation { usable: &usable, image: FrameRange::default(), image_bytes: &[] };
        Self { core: Core::empty(machine, &information).unwrap(), inbox: INBOX, inbox_count: 8, refused: None }
    }

    /// A server named `name`, with authority, whose own group is native.
    pub(super) fn server(&mut self, name: &str) -> Server {
        let scheme = self.core.schemes.insert(Scheme::new(named(name), true, GroupKey::from_raw(0))).unwrap();
        self.core.namespace.reserve().unwrap();
        self.core.namespace.add(named(name), scheme);
        let group = self.group(scheme, SERVER_PRIORITY);
        self.core.schemes.get_mut(scheme).unwrap().owner = group;
        let socket = self.core.install(group, kernel_abi::LOWEST_FREE, Object::Socket(scheme), 0).unwrap();
        let thread = self.thread(group);
        Server { thread, group, scheme, socket }
    }

    /// A thread in a group of its own whose process server is `server`.
    pub(super) fn client(&mut self, server: &Server) -> ThreadKey {
        let group = self.group(server.scheme, USER_PRIORITY);
        self.core.groups.get_mut(group).unwrap().process = true;
        self.thread(group)
    }

    pub(super) fn group(&mut self, scheme: SchemeKey, priority: u8) -> GroupKey {
        let space = self.core.memory.create_space(&mut self.core.machine).unwrap();
        self.map(space, DATA, DATA_LENGTH, Protection::READ | Protection::WRITE);
        self.core.create_group(scheme, space, DescriptorTable::default(), priority).unwrap()
    }

    /// Maps fresh private memory.
    pub(super) fn map(&mut self, space: SpaceKey, address: u64, length: u64, protection: Protection) {
        let region = NewRegion {
            length,
            protection,
            maximum: Protection::all(),
            sharing: Sharing::Private,
            source: Source::Anonymous,
            label: 0,
            scheme: 0,
            origin: 0,
        };
        let (core, place) = (&mut self.core, Placement::Free(address));
        let mapped = core.memory.map(&mut core.machine, space, place, region, &mut Budget::call()).unwrap();
        assert_eq!(mapped, Mapped::At(address));
    }

    pub(super) fn thread(&mut self, group: GroupKey) -> ThreadKey {
        let registers = start_registers(ENTRY, DATA + DATA_LENGTH, [0; 3]).unwrap();
        let new = NewThread { group, registers, bases: (0, 0), reasons: Reasons::empty() };
        let thread = self.core.create_thread(new).unwrap();
        self.core.enqueue(thread, crate::scheduler::Place::Back);
        thread
    }

    pub(super) fn group_of(&self, thread: ThreadKey) -> GroupKey {
        self.core.group_of(thread).unwrap()
    }

    pub(super) fn poke(&mut self, thread: ThreadKey, address: u64, bytes: &[u8]) {
        let space = self.core.space_of(thread).unwrap();
        self.core.memory.write(&mut self.core.machine, space, address, bytes, Accessor::Program).unwrap();
    }

    /// Makes all of the memory that tests use resident, so that counts of frames do not change by looking at it.
    pub(super) fn touch(&mut self, thread: ThreadKey) {
        self.poke(thread, DATA, &[0; DATA_LENGTH as usize]);
    }

    pub(super) fn peek(&mut self, thread: ThreadKey, address: u64, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        let space = self.core.space_of(thread).unwrap();
        self.core.memory.read(&mut self.core.machine, space, address, &mut bytes, Accessor::Program).unwrap();
        bytes
    }

    /// `thread` is the one that runs now, as if it had been picked.
    pub(super) fn focus(&mut self, thread: ThreadKey) {
        assert!(self.core.is_runnable(thread), "the test plays a thread that cannot run");
        self.pick(thread);
        assert!(self.core.prepare(thread), "the test plays a thread that owes something");
    }

    fn pick(&mut self, thread: ThreadKey) {
        if self.core.scheduler.current == Some(thread) {
            return;
        }
        if let Some(before) = self.core.scheduler.current.take() {
            self.core.enqueue(before, crate::scheduler::Place::Front);
        }
        self.core.scheduler.ready.remove(thread);
        let picked = self.core.threads.get_mut(thread).expect("it lives");
        picked.queued = false;
        self.core.scheduler.turn_to(thread, picked);
    }

    /// `thread` enters a system call; its raw result if it ended at once.
    pub(super) fn call(&mut self, thread: ThreadKey, number: usize, arguments: &[u64]) -> Option<usize> {
        self.enter(thread, number, arguments);
        self.settle();
        self.result(thread)
    }

    /// `thread` enters a system call; what happens then is for the scheduler.
    pub(super) fn enter(&mut self, thread: ThreadKey, number: usize, arguments: &[u64]) {
        self.focus(thread);
        let registers = &mut self.core.threads.get_mut(thread).unwrap().context.registers;
        registers.rax = number as u64;
        registers.rip += 2;
        let places = [
            &mut registers.rdi,
            &mut registers.rsi,
            &mut registers.rdx,
            &mut registers.r10,
            &mut registers.r8,
            &mut registers.r9,
        ];
        for (place, value) in places.into_iter().zip(arguments) {
            *place = *value;
        }
        let refused = self.refused.take();
        if refused.is_some() {
            self.core.memory.frames.fail_after(refused);
        }
        self.core.handle(Exit::SystemCall);
        if refused.is_some() {
            self.core.memory.frames.fail_after(None);
        }
    }

    /// Lets the kernel settle what threads owe, without user code.
    pub(super) fn settle(&mut self) {
        while self.core.schedule().is_none() && self.core.has_work() {}
    }

    /// The raw result of the call a thread made last, once it is in the frame.
    pub(super) fn result(&mut self, thread: ThreadKey) -> Option<usize> {
        if !self.core.is_runnable(thread) {
            return None;
        }
        self.pick(thread);
        let ended = self.core.prepare(thread);
        self.core.threads.get(thread).filter(|_| ended).map(|thread| thread.context.registers.rax as usize)
    }

    /// A process call by its FreeBSD number.
    pub(super) fn process_call(&mut self, thread: ThreadKey, number: u32, arguments: &[u64]) -> Option<usize> {
        self.call(thread, PROCESS_CALL | number as usize, arguments)
    }

    /// A verb on the server's socket.
    pub(super) fn verb(
        &mut self,
        server: &Server,
        verb: SocketVerb,
        words: [u64; 2],
        payload: (u64, u64),
    ) -> Option<usize> {
        let metadata = [verb as u64, words[0], words[1]];
        self.poke(server.thread, SCRATCH, metadata.as_bytes());
        self.call(server.thread, SYS_CALL, &[server.socket as u64, payload.0, payload.1, 3, SCRATCH])
    }

    /// Orders effects and takes what is in the inbox; `None` if the server waits now.
    pub(super) fn batch(
        &mut self,
        server: &Server,
        effects: &[Effect],
        flags: u32,
    ) -> Option<Result<Vec<Message>, u32>> {
        let place = SCRATCH + 1024;
        self.poke(server.thread, place, effects.as_bytes());
        let batch = Batch {
            effects: place,
            effect_count: effects.len() as u32,
            inbox: self.inbox,
            inbox_count: self.inbox_count,
            flags,
            bytes: DATA,
            ..Batch::new_zeroed()
        };
        self.poke(server.thread, SCRATCH + 512, batch.as_bytes());
        let raw = self.verb(server, SocketVerb::Batch, [0, 0], (SCRATCH + 512, size_of::<Batch>() as u64))?;
        Some(self.received(server, raw))
    }

    /// The messages of a batch that ended with this raw result.
    pub(super) fn received(&mut self, server: &Server, raw: usize) -> Result<Vec<Message>, u32> {
        let count = kernel_abi::decode_result(raw)?;
        let bytes = self.peek(server.thread, self.inbox, count * size_of::<Slot>());
        let slots = bytes.chunks(size_of::<Slot>()).map(|chunk| Message::read_from_prefix(chunk).unwrap().0);
        Ok(slots.collect())
    }

    /// Orders effects that must be accepted and returns the messages that are there.
    pub(super) fn order(&mut self, server: &Server, effects: &[Effect]) -> Vec<Message> {
        self.batch(server, effects, 0).expect("does not wait").expect("accepted")
    }

    /// The only message that is there; its kind must be `kind`.
    pub(super) fn only(&mut self, server: &Server, kind: Kind) -> Message {
        let messages = self.order(server, &[]);
        assert_eq!(messages.len(), 1, "{messages:?}");
        assert_eq!(messages[0].kind, kind as u32, "{messages:?}");
        messages[0]
    }

    /// The server goes to sleep in its inbox.
    pub(super) fn sleep(&mut self, server: &Server) {
        assert!(self.batch(server, &[], BATCH_WAIT).is_none(), "the inbox was empty");
    }
}

/// An effect.
pub(super) fn effect(verb: EffectVerb, target: u64, words: &[u64]) -> Effect {
    let mut effect = Effect { verb: verb as u32, target, ..Effect::new_zeroed() };
    for (word, value) in effect.words.iter_mut().zip(words) {
        *word = *value;
    }
    effect
}

fn named(name: &str) -> Name {
    Name::new(name.as_bytes()).unwrap()
}

/// A raw error result.
pub(super) const fn error(errno: crate::errno::Errno) -> usize {
    kernel_abi::encode_result(Err(errno.0))
}
