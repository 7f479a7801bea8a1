//! A scheme socket: how a server receives messages and orders effects, and what a process server asks of the kernel.
//!
//! Decides which verbs safe code may use and how their payloads look; every function is one kernel call. Main types:
//! [`Socket`], [`Refusal`]. Neighbours: `kernel_abi::{message, effect, verb}` fix the wire, `server` is the loop of an
//! ordinary scheme, `socket::authority` has the verbs of process servers.

mod authority;

use crate::error::{Error, Result};
use crate::file::File;
use kernel_abi::effect::Effect;
use kernel_abi::message::Slot;
use kernel_abi::verb::{BATCH_WAIT, Batch, SocketVerb};
use zerocopy::IntoBytes;

/// Descriptor at which a server finds its socket.
pub const SERVER_SOCKET: usize = 0;

/// `Batch::refused` before the kernel sets it: no effect has this index.
const NOT_REFUSED: u32 = u32::MAX;

/// Words that are left out are 0, and so is the verb: the kernel then has none to fetch.
const BATCH_WORDS: [u64; 0] = [];
const _: () = assert!(SocketVerb::Batch as u64 == 0);

/// Whether to wait for a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Until one arrives.
    Yes,
    /// Take what is there.
    No,
}

/// What a batch orders.
#[derive(Clone, Copy, Debug, Default)]
pub struct Orders<'a> {
    /// The effects, in order.
    pub effects: &'a [Effect],
    /// What `EffectVerb::ReplyFill` takes its bytes from.
    pub bytes: &'a [u8],
}

impl<'a> Orders<'a> {
    /// Effects that take no bytes.
    #[must_use]
    pub const fn plain(effects: &'a [Effect]) -> Self {
        Self { effects, bytes: &[] }
    }
}

/// Why a batch was not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The error.
    pub error: Error,
    /// Index of the effect that was refused; `None` if the batch as a whole was.
    pub effect: Option<usize>,
}

/// A scheme socket.
#[derive(Debug)]
pub struct Socket(File);

impl Socket {
    /// The socket this server was started with.
    #[must_use]
    pub fn inherited() -> Self {
        Self(File::from_descriptor(SERVER_SOCKET))
    }

    /// The socket behind an open file.
    #[must_use]
    pub const fn from_file(file: File) -> Self {
        Self(file)
    }

    /// Its descriptor.
    #[must_use]
    pub const fn file(&self) -> &File {
        &self.0
    }

    /// Performs all effects or none, then receives messages into `inbox`; gives their count. `journal` is kept by the
    /// kernel with the effects.
    ///
    /// # Errors
    /// The effect that was refused and why; nothing was done then. EINTR without an index if waiting was interrupted:
    /// the effects were done.
    pub fn batch(&self, orders: &Orders<'_>, inbox: &mut [Slot], wait: Wait, journal: u64) -> Result<usize, Refusal> {
        let Orders { effects, bytes } = orders;
        let mut batch = Batch {
            effects: effects.as_ptr().expose_provenance() as u64,
            effect_count: u32::try_from(effects.len()).unwrap_or(u32::MAX),
            refused: NOT_REFUSED,
            inbox: inbox.as_mut_ptr().expose_provenance() as u64,
            inbox_count: u32::try_from(inbox.len()).unwrap_or(u32::MAX),
            flags: match wait {
                Wait::Yes => BATCH_WAIT,
                Wait::No => 0,
            },
            journal,
            bytes: bytes.as_ptr().expose_provenance() as u64,
        };
        // The kernel reads `effects` and `bytes` and writes whole slots to `inbox`: both are borrowed here, and any bytes are valid.
        let result = self.0.call_kernel(batch.as_mut_bytes(), &BATCH_WORDS);
        let refused = usize::try_from(batch.refused).ok().filter(|_| batch.refused != NOT_REFUSED);
        result.map_err(|error| Refusal { error, effect: refused })
    }

    /// Copies from the buffer of the pending call `tag`: at an offset for requests, at an address for process calls.
    ///
    /// # Errors
    /// EFAULT, or ESRCH if the call is gone.
    pub fn copy_in(&self, tag: u64, offset: u64, into: &mut [u8]) -> Result<usize> {
        self.verb(SocketVerb::CopyIn, tag, offset, into)
    }

    /// Copies to the buffer of the pending call `tag`, all or nothing.
    ///
    /// # Errors
    /// As for [`Socket::copy_in`].
    pub fn copy_out(&self, tag: u64, offset: u64, from: &[u8]) -> Result<usize> {
        self.verb_reading(SocketVerb::CopyOut, tag, offset, from)
    }

    /// Asks for a Ready message with `cookie` when `file` can be read.
    ///
    /// # Errors
    /// EBADF; EINVAL for a file that cannot be watched.
    pub fn watch(&self, file: &File, cookie: u64) -> Result<()> {
        self.verb(SocketVerb::Watch, file.descriptor() as u64, cookie, &mut []).map(drop)
    }

    /// Creates a scheme in this program's namespace; `flags` are `kernel_abi::verb::SCHEME_*`.
    ///
    /// # Errors
    /// EEXIST, EPERM, EINVAL for a name that is none.
    pub fn create_scheme(&self, name: &[u8], flags: u64) -> Result<Self> {
        let descriptor = self.verb_reading(SocketVerb::CreateScheme, flags, 0, name)?;
        Ok(Self(File::from_descriptor(descriptor)))
    }

    fn verb(&self, verb: SocketVerb, first: u64, second: u64, payload: &mut [u8]) -> Result<usize> {
        self.0.call_kernel(payload, &[verb as u64, first, second])
    }

    /// A verb whose payload the kernel only reads.
    fn verb_reading(&self, verb: SocketVerb, first: u64, second: u64, payload: &[u8]) -> Result<usize> {
        self.0.call_reading(payload, &[verb as u64, first, second])
    }
}
