//! threads, thread.
//!
//! Decides nothing; shows numbering, switching and stops in several threads. Neighbour: `stepping`.

use super::fake::Fake;
use super::programs::threads;
use super::{check, session};

#[test]
fn threads_are_numbered_and_chosen() {
    let mut session = session(Fake::new(&[threads()]));
    check(
        &mut session,
        "
(dbg) tb worker
Temporary breakpoint 1 at 0x401039 <worker+4>
(dbg) r
[switching to thread 2]
Temporary breakpoint 1, worker (rdi=0) at 0x401039 <worker+4>
(dbg) threads
  1  tid 100001 at 0x40101b <_start+27>
* 2  tid 100002 at 0x401039 <worker+4>
(dbg) bt
#0  0x401039 <worker+4>
(dbg) thread 1
=> 0x40101b <_start+27>: cmp qword ptr [0x404000],3 <result>
(dbg) regs rdi
rdi 0x0000000000401035  <worker>
(dbg) thread 2
=> 0x401039 <worker+4>: mov rcx,3
(dbg) info threads
  1  tid 100001 at 0x40101b <_start+27>
* 2  tid 100002 at 0x401039 <worker+4>
(dbg) b bump
Breakpoint 2 at 0x401058 <bump+4>
(dbg) c
Breakpoint 2, bump (rdi=0) at 0x401058 <bump+4>
(dbg) delete
(dbg) c
[process 7 exited with status 3]
",
    );
}

#[test]
fn a_breakpoint_hit_by_a_thread_that_was_not_chosen_switches_to_it() {
    let mut session = session(Fake::new(&[threads()]));
    check(
        &mut session,
        "
(dbg) b bump
Breakpoint 1 at 0x401058 <bump+4>
(dbg) r
[switching to thread 2]
Breakpoint 1, bump (rdi=0) at 0x401058 <bump+4>
(dbg) thread 1
=> 0x40101b <_start+27>: cmp qword ptr [0x404000],3 <result>
(dbg) c
[switching to thread 2]
Breakpoint 1, bump (rdi=0) at 0x401058 <bump+4>
(dbg) thread 1
=> 0x40101b <_start+27>: cmp qword ptr [0x404000],3 <result>
(dbg) delete
(dbg) tb *_start + 51
Temporary breakpoint 2 at 0x401033 <_start+51>
(dbg) c
Temporary breakpoint 2, _start at 0x401033 <_start+51>
(dbg) threads
* 1  tid 100001 at 0x401033 <_start+51>
  2  tid 100002 at 0x401052 <worker+29>
",
    );
}
