//! The inbox of the first program: the end of the servers.
//!
//! Decides that a server's death is told on the log and ends the wait; the process server tells of init's end itself. Native groups make no process calls and report
//! nothing: exit and faults end them in the kernel. Main function: [`watch`]. Neighbours: `servers` started them, `main`
//! stops the machine afterwards.

use crate::power::Failed;
use crate::servers::{PROCESS_SERVER, Servers};
use kernel_abi::message::{Kind, Message, NATIVE_FAULT, NATIVE_HUNG, Slot};
use runtime::eprintln;
use runtime::native::INIT_ENDED;
use runtime::socket::{Orders, Socket, Wait};

/// Waits until a server is dead; gives what that means.
pub(crate) fn watch(socket: &Socket, servers: &Servers) -> Failed {
    let mut inbox = [Slot::default()];
    loop {
        let received = socket.batch(&Orders::default(), &mut inbox, Wait::Yes, 0);
        let [slot] = &inbox;
        match (received, Kind::from_raw(slot.message.kind)) {
            (Ok(1), Some(Kind::GroupDead)) => return tell(servers, &slot.message),
            (Ok(_), _) => {}
            (Err(refusal), _) => {
                eprintln!("boot: cannot watch the servers: {}", refusal.error);
                return Failed::System;
            }
        }
    }
}

fn tell(servers: &Servers, message: &Message) -> Failed {
    let name = servers.iter().find(|server| server.group == message.group).map_or("a group", |server| server.path);
    let status = message.words.first().copied().unwrap_or(0);
    if name == PROCESS_SERVER && status == INIT_ENDED as u64 {
        return Failed::Init;
    }
    if status == NATIVE_HUNG {
        eprintln!("boot: {name} hung and was ended; the system cannot go on without it");
    } else if status & NATIVE_FAULT != 0 {
        let vector = status & !NATIVE_FAULT;
        eprintln!("boot: {name} died of exception {vector}; the system cannot go on without it");
    } else {
        eprintln!("boot: {name} exited with status {status}; the system cannot go on without it");
    }
    Failed::System
}
