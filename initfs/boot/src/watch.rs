//! The inbox of the first program: what becomes of the servers.
//!
//! Decides that a server's exit, fault or death is told on the log and ends the wait; native groups have no process calls
//! but exit. Main function: [`watch`]. Neighbours: `servers` started them, `main` stops the machine afterwards.

use crate::servers::Servers;
use kernel_abi::effect::{Effect, EffectVerb};
use kernel_abi::encode_result;
use kernel_abi::message::{Kind, Message, Slot};
use kernel_abi::stop::Cause;
use runtime::socket::{Socket, Wait};
use runtime::{Error, eprintln};

/// FreeBSD's number of exit.
const EXIT: u32 = 1;

/// Waits until a server is dead.
pub(crate) fn watch(socket: &Socket, servers: &Servers) {
    let mut inbox = [Slot::default()];
    let mut effect = None;
    loop {
        let effects: &[Effect] = effect.as_slice();
        match socket.batch(effects, &mut inbox, Wait::Yes, 0) {
            Ok(count) if count > 0 => {}
            // An effect on a group that is gone already needs no repetition.
            Ok(_) | Err(_) => {
                effect = None;
                continue;
            }
        }
        let [slot] = &inbox;
        let message = &slot.message;
        let name = servers.iter().find(|server| server.group == message.group).map_or("?", |server| server.path);
        match Kind::from_raw(message.kind) {
            Some(Kind::GroupDead) => {
                eprintln!("boot: {name} is dead; the system cannot go on without it");
                return;
            }
            Some(Kind::ProcessCall) => effect = Some(answer_call(name, message)),
            Some(Kind::Report) => effect = Some(end_after_report(name, message)),
            _ => effect = None,
        }
    }
}

fn answer_call(name: &str, message: &Message) -> Effect {
    if message.number == EXIT {
        eprintln!("boot: {name} exits with status {}", first_word(message));
        return kill(message.group);
    }
    let refusal = encode_result(Err(Error::ENOSYS.number())) as u64;
    Effect { verb: EffectVerb::Reply as u32, flags: 0, target: message.tag, words: [refusal, 0, 0, 0, 0, 0] }
}

fn end_after_report(name: &str, message: &Message) -> Effect {
    let words = &message.words;
    match Cause::from_raw(message.number) {
        Some(cause) => eprintln!("boot: {name} stops: {cause:?} {words:x?}"),
        None => eprintln!("boot: {name} stops: cause {} {words:x?}", message.number),
    }
    kill(message.group)
}

fn kill(group: u64) -> Effect {
    Effect { verb: EffectVerb::KillGroup as u32, flags: 0, target: group, words: [0; 6] }
}

fn first_word(message: &Message) -> u64 {
    message.words.first().copied().unwrap_or(0)
}
