//! Which method of a [`Scheme`] a message becomes.
//!
//! Decides by the message's kind and, for requests, by Redox's opcode; an opcode that no method serves is answered
//! EOPNOTSUPP, so that no client waits for ever. Neighbours: `server` (the trait), `request`, `context`.

use crate::error::{Error, Result};
use crate::event::Readiness;
use crate::server::{Answer, Context, Request, Scheme};
use kernel_abi::message::{Kind, Message, Slot};
use kernel_abi::redox::flag::MapFlags;
use kernel_abi::redox::schemev2::Opcode;
use zerocopy::IntoBytes;

pub(super) fn dispatch(scheme: &mut impl Scheme, context: &mut Context<'_>, slot: &Slot) {
    let message = &slot.message;
    match Kind::from_raw(message.kind) {
        Some(Kind::Request) => {
            let request = Request::new(context.socket(), slot);
            let answer = answer(scheme, context, &request, message);
            context.reply(message.tag, answer);
        }
        Some(Kind::Cancel) => scheme.cancel(context, message.tag),
        Some(Kind::Closed) => scheme.close(context, message.handle),
        Some(Kind::Timer) => scheme.timer(context, first_word(message), crate::time::now()),
        Some(Kind::Ready) => scheme.ready(context, first_word(message)),
        // Reports and deaths of threads and groups go to process servers, which have a loop of their own.
        Some(
            Kind::ProcessCall
            | Kind::Report
            | Kind::Stopped
            | Kind::ThreadDead
            | Kind::GroupDead
            | Kind::Job
            | Kind::SessionLost
            | Kind::Delegated,
        )
        | None => {}
    }
}

fn first_word(message: &Message) -> u64 {
    message.words.first().copied().unwrap_or(0)
}

fn answer(scheme: &mut impl Scheme, context: &mut Context<'_>, request: &Request<'_>, message: &Message) -> Answer {
    let handle = message.handle;
    let opcode = u8::try_from(message.number).ok().and_then(Opcode::try_from_raw);
    match opcode {
        Some(Opcode::Read) => scheme.read(context, request, request.word(0)),
        Some(Opcode::Write) => scheme.write(context, request, request.word(0)),
        Some(Opcode::OpenAt | Opcode::Dup | Opcode::UnlinkAt | Opcode::Frename) => {
            named(scheme, context, request, opcode).into()
        }
        Some(Opcode::Fstat) => scheme.status(handle).map(|status| request.answer_bytes(status.as_bytes())).into(),
        Some(Opcode::Fpath) => scheme.path(handle).map(|path| request.answer_bytes(&path)).into(),
        Some(Opcode::Fsize) => {
            scheme.size(handle).and_then(|size| usize::try_from(size).map_err(|_| Error::EOVERFLOW)).into()
        }
        Some(Opcode::Getdents) => {
            scheme.names(request, request.word(0)).map(|records| request.answer_bytes(&records)).into()
        }
        Some(Opcode::Fevent) => {
            let wanted = Readiness::from_bits_truncate(usize::try_from(request.word(0)).unwrap_or(0));
            scheme.readiness(context, handle, wanted).map(|ready| ready.bits()).into()
        }
        Some(Opcode::MmapPrep) => {
            let flags = MapFlags::from_bits_retain(usize::try_from(request.word(2)).unwrap_or(0));
            scheme.map(request, request.word(0), request.word(1), flags)
        }
        Some(Opcode::Fcntl) => scheme.control(context, handle, request.word(0), request.word(1)).into(),
        Some(Opcode::Ftruncate) => scheme.truncate(handle, request.word(0)).into(),
        Some(Opcode::Call) => scheme.call(context, request, [request.word(0), request.word(1), request.word(2)]),
        Some(Opcode::Fsync | Opcode::Munmap) => Answer::Value(0),
        _ => Answer::Failed(Error::EOPNOTSUPP),
    }
}

/// Requests that carry a path or a name.
fn named(
    scheme: &mut impl Scheme,
    context: &mut Context<'_>,
    request: &Request<'_>,
    opcode: Option<Opcode>,
) -> Result<Answer> {
    let mut buffer = [0; crate::path::MAXIMUM];
    let name = request.name(&mut buffer)?;
    Ok(match opcode {
        Some(Opcode::Dup) => scheme.duplicate(context, request, name),
        Some(Opcode::UnlinkAt) => scheme.unlink(request, without_leading_slashes(name), request.removed()).into(),
        Some(Opcode::Frename) => scheme.rename(request, without_leading_slashes(name)).into(),
        _ => scheme.open(context, request, without_leading_slashes(name), request.open_flags()),
    })
}

fn without_leading_slashes(path: &[u8]) -> &[u8] {
    let names = path.iter().position(|&byte| byte != b'/').unwrap_or(path.len());
    path.get(names..).unwrap_or_default()
}
