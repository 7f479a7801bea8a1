//! The native servers: which there are, and how each is started.
//!
//! Decides that a server gets its scheme's socket, the image and the log, and that its group is protected: everything
//! depends on it. Main types: [`Server`], [`Servers`]. Neighbours: `runtime::native` (loading), `watch` (their end).

use crate::image::{Failure, Source};
use kernel_abi::effect::{Effect, EffectVerb, GROUP_PRIVILEGED, GROUP_PROTECTED};
use kernel_abi::stop::Reasons;
use kernel_abi::verb::SCHEME_AUTHORITY;
use runtime::file::File;
use runtime::loader_arguments::LOADER_PATH;
use runtime::native::{self, Program};
use runtime::socket::{Orders, SERVER_SOCKET, Socket, Wait};
use runtime::{Error, Result};

/// A server to start.
#[derive(Debug)]
struct Plan {
    /// Path in the image.
    path: &'static str,
    /// Name of its scheme.
    scheme: &'static str,
    /// `SCHEME_*` bits.
    flags: u64,
}

/// Path of the process server.
pub(crate) const PROCESS_SERVER: &str = "/sbin/proc";

/// The boot-files server comes first: the process server starts init from its files.
const PLANS: [Plan; 2] = [
    Plan { path: "/sbin/bootfs", scheme: "file", flags: 0 },
    Plan { path: PROCESS_SERVER, scheme: "proc", flags: SCHEME_AUTHORITY },
];

/// What the servers cannot do without; its absence would show later and less clearly.
const NEEDED: [&str; 2] = [LOADER_PATH, "/sbin/init"];

/// The kernel's highest priority.
const PRIORITY: u64 = 0;

/// A server that runs.
#[derive(Debug)]
pub(crate) struct Server {
    /// Path in the image.
    pub(crate) path: &'static str,
    /// The kernel's id of its group.
    pub(crate) group: u64,
}

/// All of them.
pub(crate) type Servers = [Server; PLANS.len()];

/// Starts every server.
pub(crate) fn start_all(socket: &Socket, source: &Source) -> Result<Servers, Failure> {
    if let Some(path) = NEEDED.into_iter().find(|path| source.image.find(path).is_none()) {
        return Err(Failure::Missing(path));
    }
    let [first, second] = &PLANS;
    Ok([start(socket, source, first)?, start(socket, source, second)?])
}

fn start(socket: &Socket, source: &Source, plan: &Plan) -> Result<Server, Failure> {
    let entry = source.image.find(plan.path).ok_or(Failure::Missing(plan.path))?;
    let program = Program { image: &source.object, offset: entry.data_offset, bytes: entry.data };
    let at = |step| move |error| Failure::Start(plan.path, step, error);
    let scheme = socket.create_scheme(plan.scheme.as_bytes(), plan.flags).map_err(at("scheme"))?;
    let group = socket.create_group(None, PRIORITY).map_err(at("group"))?;
    let thread = native::start(socket, group, &program, 0).map_err(at("load"))?;
    let log = File::from_descriptor(native::LOG);
    for (file, target) in [(scheme.file(), SERVER_SOCKET), (&source.object, native::IMAGE), (&log, native::LOG)] {
        grant(socket, group, file, target).map_err(at("descriptors"))?;
    }
    // Descriptor 2 stays open for this program's own messages.
    let _ = log.into_descriptor();
    release(socket, group, thread).map_err(at("start"))?;
    Ok(Server { path: plan.path, group })
}

fn grant(socket: &Socket, group: u64, file: &File, target: usize) -> Result<()> {
    socket.grant(group, file, u32::try_from(target).map_err(|_| Error::EBADF)?)
}

fn release(socket: &Socket, group: u64, thread: u64) -> Result<()> {
    let identity = Effect {
        verb: EffectVerb::Identity as u32,
        flags: 0,
        target: group,
        words: [0, GROUP_PRIVILEGED | GROUP_PROTECTED, 0, 0, 0, 0],
    };
    let release = Effect {
        verb: EffectVerb::Release as u32,
        flags: 0,
        target: thread,
        words: [Reasons::NOT_STARTED.bits(), 0, 0, 0, 0, 0],
    };
    let orders = [identity, release];
    socket.batch(&Orders::plain(&orders), &mut [], Wait::No, 0).map(drop).map_err(|refusal| refusal.error)
}
