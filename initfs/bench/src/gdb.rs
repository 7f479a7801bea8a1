//! gdbserver's work for a client.
//!
//! Decides that a step is the three packets that GDB asks for each, and that a hit with a false condition is a hundredth of a
//! round in which GDB leaves a breakpoint and the hundredth hit after it counts. Main function: [`measure`]. Neighbours: `remote` is the client, `target` the
//! process; tests/qemu/tests/gdb/cost.rs counts the packets.

use crate::bench::Bench;
use crate::failure::Verdict;
use crate::remote::{Remote, STOP, framed};
use crate::rounds::{LONG, SHARED};
use crate::target::Target;
use alloc::format;
use core::hint::black_box;

/// The hits for one that counts.
const HITS: u64 = 100;

/// All of this family.
pub(crate) fn measure(bench: &mut Bench) -> Verdict {
    let target = Target::untraced(call_place)?;
    let remote = Remote::attached(target.pid())?;
    let (pid, tid) = (target.pid().raw(), remote.first_thread()?);
    // The child of a fork has its stack where this one is.
    let stack = core::ptr::from_ref(&pid).addr() & !0x3f;
    let step = framed(format!("vCont;s:p{pid:x}.{tid:x};c:p{pid:x}.-1").as_bytes());
    let memory = framed(format!("m{stack:x},40").as_bytes());
    let threads = framed(b"qXfer:threads:read::0,1000");
    bench.measure("gdb_stepi_loop", LONG, || {
        remote.ask(&step, STOP)?;
        remote.ask(&memory, b"$")?;
        remote.ask(&threads, b"$l<threads>")
    })?;
    // reg 5 (RDI), const8 HITS, rem_unsigned, log_not, end: the argument is a multiple.
    let condition = "2600052264080e27";
    let address = place as extern "C" fn(u64) -> u64 as usize;
    let length = condition.len() / 2;
    let insert = framed(format!("Z0,{address:x},1;X{length:x},{condition}").as_bytes());
    let remove = framed(format!("z0,{address:x},1").as_bytes());
    let go_on = framed(format!("vCont;c:p{pid:x}.-1").as_bytes());
    bench.measure_parts("gdb_false_condition", SHARED, HITS, || {
        remote.ask(&remove, b"$OK")?;
        remote.ask(&step, STOP)?;
        remote.ask(&insert, b"$OK")?;
        remote.ask(&go_on, b"$T05swbreak:;")
    })?;
    remote.finish(target.pid())?;
    target.finish()
}

/// Work of the target: comes to [`place`] again and again.
fn call_place() {
    let mut number = 1_u64;
    loop {
        black_box(place(black_box(number)));
        number = number.wrapping_add(1);
    }
}

/// Where the breakpoint is; the argument is in RDI.
#[inline(never)]
extern "C" fn place(number: u64) -> u64 {
    black_box(number).wrapping_mul(3)
}
