//! The server: one message after the other, each worked off before the next is looked at.
//!
//! Decides which part of the state machine or of the scheme a message is for, and the order in which what follows from it is
//! performed. Main type: [`Server`]. Neighbours: `serve` (requests on files), `outbox` (effects), `first` (init),
//! `ptrace` (everything about processes).

use alloc::vec::Vec;

use kernel_abi::effect::Effect as Wire;
use kernel_abi::message::{ALONE_WORD, Kind, Message, Slot};
use kernel_abi::stop::{Cause, LastClose};
use proc_abi::id::Pid;
use ptrace::{
    Delegated, Errno, KernelGroup, KernelThread, Motion, Notice, ProcessCall, Processes, Result, SessionId, Tag, Turn,
};

use crate::files::Files;
use crate::first::{End, InitEnd};
use crate::gate::Gate;
use crate::image::Sealed;
use crate::node::combined::{self, CombinedCalls};
use crate::node::event;
use crate::node::stop_event::StopWaits;
use crate::outbox::Outbox;
use crate::ring::Rings;
use crate::stacks::Stacks;
use crate::verbs::Verbs;

/// FreeBSD's numbers of the calls whose outcome depends on the time: asking for it costs a kernel call.
const TIMED: [u32; 4] = [83, 86, 345, 442];

/// Everything the process server knows.
#[derive(Debug)]
pub struct Server<V> {
    pub(crate) gate: Gate<V>,
    pub(crate) table: Processes,
    pub(crate) files: Files,
    pub(crate) rings: Rings,
    pub(crate) combined: CombinedCalls,
    pub(crate) waits: StopWaits,
    /// Bytes of answers that go out with the next exchange.
    pub(crate) outgoing: Vec<u8>,
    stacks: Stacks,
    /// Nanoseconds since boot, where the present message needs it.
    now: u64,
    /// What is known of init's end, the first word of it.
    init: Option<InitEnd>,
}

impl<V: Verbs> Server<V> {
    /// A server without processes.
    ///
    /// # Errors
    /// ENOMEM.
    pub fn new(verbs: V, sealed: Sealed<'static>) -> Result<Self> {
        Ok(Self {
            gate: Gate { verbs, sealed, stack: 0 },
            table: Processes::new()?,
            files: Files::default(),
            rings: Rings::default(),
            combined: CombinedCalls::default(),
            waits: StopWaits::default(),
            outgoing: Vec::new(),
            stacks: Stacks::default(),
            now: 0,
            init: None,
        })
    }

    /// The processes.
    pub const fn processes(&self) -> &Processes {
        &self.table
    }

    /// The kernel.
    pub const fn verbs(&mut self) -> &mut V {
        &mut self.gate.verbs
    }

    /// How process 1 ended, once it has.
    pub const fn init_end(&self) -> Option<InitEnd> {
        self.init
    }

    /// Serves until the kernel ends the socket or process 1 is dead.
    pub fn serve(&mut self) -> End {
        let mut inbox = [Slot::default()];
        loop {
            if let Some(end) = self.init {
                return End::Init(end);
            }
            match self.exchange(&mut inbox) {
                Ok(0) | Err(Errno::EINTR) => {}
                Ok(_) => {
                    let [slot] = &inbox;
                    self.receive(slot);
                }
                Err(errno) => return End::Kernel(errno),
            }
        }
    }

    /// Performs what was ordered and waits for the next message. One at a time: a turn counts on all orders before it.
    ///
    /// # Errors
    /// As receiving ended.
    pub fn exchange(&mut self, inbox: &mut [Slot; 1]) -> Result<usize> {
        let Self { table, gate, files, outgoing, .. } = self;
        let mut outbox = Outbox { effects: table.effects_mut().orders_mut(), bytes: outgoing };
        outbox.exchange(&mut gate.verbs, inbox, |refused, bytes, errno| {
            combined::not_filled(files, refused, bytes, errno)
        })
    }

    /// Works one message off.
    pub fn receive(&mut self, slot: &Slot) {
        let message = &slot.message;
        let first = first_word(message);
        let (thread, group) = (KernelThread(message.thread), KernelGroup(message.group));
        let kind = Kind::from_raw(message.kind);
        self.table.note_alone(kind == Some(Kind::ProcessCall) && message.words.get(ALONE_WORD) == Some(&1));
        match kind {
            Some(Kind::Request) => self.serve_request(slot),
            Some(Kind::ProcessCall) => self.process_call(message),
            Some(Kind::Report) => self.report(message),
            Some(Kind::Stopped) => self.turn().stopped(group, first),
            Some(Kind::ThreadDead) => self.turn().thread_dead(thread),
            Some(Kind::GroupDead) => self.turn().group_dead(group),
            Some(Kind::Timer) => {
                self.now = self.gate.verbs.now();
                self.turn().timer_expired(first);
            }
            Some(Kind::Job) => {
                let errno = message.words.get(1).copied().unwrap_or(0);
                self.turn().job_done(first, u32::try_from(errno).unwrap_or(0));
            }
            Some(Kind::Cancel) => self.cancel(message.tag, thread),
            Some(Kind::Closed) => self.close(message.handle),
            Some(Kind::SessionLost) => {
                let policy = message.words.get(1).copied().and_then(LastClose::from_raw).unwrap_or(LastClose::Kill);
                self.turn().session_lost(SessionId(first), policy);
            }
            Some(Kind::Delegated) => self.delegated(message),
            // The server watches no descriptor.
            Some(Kind::Ready) | None => {}
        }
        self.settle();
        if self.table.has_runs() {
            self.judge_runs();
            self.settle();
        }
    }

    /// What a tracer and the kernel did without us, before anything else is looked at.
    fn delegated(&mut self, message: &Message) {
        let stop = Cause::from_raw(message.number).map(|cause| (cause, message.words));
        let motion = if message.handle == 0 { Motion::Stopped } else { Motion::Running };
        let news = Delegated { thread: KernelThread(message.thread), stop, motion, epoch: message.length };
        self.turn().delegated(&news);
    }

    /// Who may run what without us, as things are now.
    fn judge_runs(&mut self) {
        let Self { table, gate, files, rings, combined, now, .. } = self;
        let is_observed = |target| combined.is_awaited(target) || event::is_observed(rings, files, target);
        Turn::new(table, gate, *now).judge_runs(is_observed);
    }

    /// A turn of the state machine; [`Server::settle`] must follow.
    pub(crate) fn turn(&mut self) -> Turn<'_, Gate<V>> {
        Turn::new(&mut self.table, &mut self.gate, self.now)
    }

    fn process_call(&mut self, message: &Message) {
        if TIMED.contains(&message.number) {
            self.now = self.gate.verbs.now();
        }
        let [first, second, third, fourth, fifth, sixth, ..] = message.words;
        // What a loader says of its image: descriptor, entry, stack pointer. Nobody else's is looked at.
        self.gate.stack = third;
        let call = ProcessCall {
            tag: Tag(message.tag),
            thread: KernelThread(message.thread),
            number: message.number,
            arguments: [first, second, third, fourth, fifth, sixth],
        };
        self.turn().process_call(&call);
    }

    fn report(&mut self, message: &Message) {
        match Cause::from_raw(message.number) {
            Some(cause) => self.turn().report(KernelThread(message.thread), cause, &message.words),
            None => self.gate.verbs.log(format_args!("proc: a report of unknown cause {}", message.number)),
        }
    }

    fn cancel(&mut self, tag: u64, thread: KernelThread) {
        if !self.cancel_request(tag) {
            self.turn().cancel(thread);
        }
    }

    /// Orders an effect.
    pub(crate) fn send(&mut self, effect: Wire) {
        self.table.effects_mut().push_wire(effect);
    }

    /// Heeds what the state machine has to tell, and what follows from that for readers of events, until nothing does.
    #[inline]
    pub(crate) fn settle(&mut self) {
        // Only notices make work for those who wait, and each settling leaves none.
        if !self.table.effects().notices().is_empty() {
            self.settle_notices();
        }
    }

    fn settle_notices(&mut self) {
        loop {
            let Self { table, rings, combined, waits, stacks, init, .. } = self;
            for notice in table.effects().notices() {
                *init = init.or_else(|| InitEnd::told_by(notice));
                note(rings, stacks, notice);
                combined.note(notice);
                waits.note(notice);
            }
            table.effects_mut().clear_notices();
            if !self.wake_event_readers() && !self.wake_combined() && !self.wake_stop_waits() {
                return;
            }
        }
    }

    /// Somebody has begun or ended to read the events of a process.
    pub(crate) fn note_readers(&mut self, pid: Pid) {
        self.table.set_watched(pid, self.rings.of(pid).is_some() || self.combined.is_awaited(pid));
    }

    /// Where the initial stack of a process's image began.
    pub(crate) fn stack_of(&self, pid: Pid) -> Option<u64> {
        self.stacks.get(pid)
    }
}

/// What a notice means for the files under `proc:`.
fn note(rings: &mut Rings, stacks: &mut Stacks, notice: &Notice) {
    match notice {
        Notice::Happened(record) => {
            stacks.inherit(record);
            rings.publish(record);
        }
        Notice::Image(pid, stack) => stacks.remember(pid.raw(), *stack),
        Notice::Gone(pid) => {
            stacks.forget(*pid);
            rings.end(*pid);
        }
        Notice::NotRun(_) => {}
    }
}

fn first_word(message: &Message) -> u64 {
    message.words.first().copied().unwrap_or(0)
}
