//! Requests that are a scheme's own: SYS_CALL on a descriptor.
//!
//! Decides what safe code may send: anything but a batch, whose payload holds addresses. Neighbours: `socket` wraps the
//! verbs of kernel objects, `file` has the ordinary calls.

use crate::error::{Error, Result};
use crate::file::File;
use crate::system_call::{self, address_of, address_of_mut};
use kernel_abi::redox::number;
use kernel_abi::verb::SocketVerb;
use zerocopy::IntoBytes;

impl File {
    /// A request of the server's own (SYS_CALL): `words` go along, `payload` is read and written.
    ///
    /// # Errors
    /// As the server refuses it. EINVAL if word 0 is 0: on a scheme socket that is a batch, whose payload holds addresses;
    /// [`crate::socket::Socket::batch`] is its wrapper.
    pub fn call(&self, payload: &mut [u8], words: &[u64; 3]) -> Result<usize> {
        if words.first() == Some(&(SocketVerb::Batch as u64)) {
            return Err(Error::EINVAL);
        }
        self.call_kernel(payload, words)
    }

    /// As [`File::call`], on whatever the descriptor names.
    pub(crate) fn call_kernel(&self, payload: &mut [u8], words: &[u64]) -> Result<usize> {
        let arguments =
            [self.descriptor, address_of_mut(payload), payload.len(), words.len(), address_of(words.as_bytes()), 0];
        // SAFETY: the kernel reads the words, and reads or writes at most the payload; what a verb does besides is the
        // business of the wrapper that names it.
        unsafe { system_call::call(number::SYS_CALL, arguments) }
    }

    /// As [`File::call_kernel`] for verbs that only read their payload.
    pub(crate) fn call_reading(&self, payload: &[u8], words: &[u64; 3]) -> Result<usize> {
        let arguments =
            [self.descriptor, address_of(payload), payload.len(), words.len(), address_of(words.as_bytes()), 0];
        // SAFETY: as for `call_kernel`; callers name verbs that do not write the payload.
        unsafe { system_call::call(number::SYS_CALL, arguments) }
    }
}
