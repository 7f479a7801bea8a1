//! break, tbreak, delete, run, continue, finish, kill: the ordinary session.
//!
//! Decides nothing; shows the commands that most sessions consist of. Neighbours: `stepping`, `looking`, `setting`.

use super::fake::Fake;
use super::programs::{recurse, threads};
use super::{check, session};
use crate::target::Event;
use proc_abi::signal::SIGKILL;

#[test]
fn a_breakpoint_stops_at_every_call() {
    let mut session = session(Fake::new(&[recurse()]));
    check(
        &mut session,
        "
(dbg) break factorial
Breakpoint 1 at 0x401030 <recurse::factorial+4>
(dbg) run
Breakpoint 1, recurse::factorial (rdi=5) at 0x401030 <recurse::factorial+4>
(dbg) continue
Breakpoint 1, recurse::factorial (rdi=4) at 0x401030 <recurse::factorial+4>
(dbg) c
Breakpoint 1, recurse::factorial (rdi=3) at 0x401030 <recurse::factorial+4>
(dbg) bt
#0  0x401030 <recurse::factorial+4>
#1  0x40103f <recurse::factorial+19>
#2  0x40103f <recurse::factorial+19>
#3  0x401020 <main+14>
#4  0x401008 <_start+8>
(dbg) info breakpoints
1   breakpoint 0x401030 <recurse::factorial+4>, hit 3 times
(dbg) delete 1
(dbg) c
[process 7 exited with status 120]
",
    );
}

#[test]
fn temporary_breakpoints_stop_once() {
    let mut session = session(Fake::new(&[recurse()]));
    check(
        &mut session,
        "
(dbg) tbreak factorial
Temporary breakpoint 1 at 0x401030 <recurse::factorial+4>
(dbg) run
Temporary breakpoint 1, recurse::factorial (rdi=5) at 0x401030 <recurse::factorial+4>
(dbg) info b
there are no breakpoints and no watchpoints
(dbg) c
[process 7 exited with status 120]
",
    );
}

#[test]
fn breakpoints_stand_where_the_address_says() {
    let mut session = session(Fake::new(&[recurse()]));
    check(
        &mut session,
        "
(dbg) b *factorial
Breakpoint 1 at 0x40102c <recurse::factorial>
(dbg) b *main + 0xe
Breakpoint 2 at 0x401020 <main+14>
(dbg) b *0x401003
Breakpoint 3 at 0x401003 <_start+3>
(dbg) r
Breakpoint 3, _start (rdi=0) at 0x401003 <_start+3>
(dbg) bt
#0  0x401003 <_start+3>
(dbg) delete 1 3
(dbg) c
Breakpoint 2, main at 0x401020 <main+14>
(dbg) p $rax
120 (0x78)
(dbg) c
[process 7 exited with status 120]
",
    );
}

#[test]
fn the_entry_point_can_be_broken_at() {
    let mut session = session(Fake::new(&[recurse()]));
    check(
        &mut session,
        "
(dbg) b _start
Breakpoint 1 at 0x401000 <_start>
(dbg) r
Breakpoint 1, _start (rdi=0) at 0x401000 <_start>
(dbg) bt
#0  0x401000 <_start>
(dbg) b *$pc
Breakpoint 2 at 0x401000 <_start>
(dbg) c
[process 7 exited with status 120]
",
    );
}

#[test]
fn running_again_starts_anew() {
    let mut session = session(Fake::new(&[recurse()]));
    check(
        &mut session,
        "
(dbg) b main
Breakpoint 1 at 0x401016 <main+4>
(dbg) r
Breakpoint 1, main (rdi=0) at 0x401016 <main+4>
(dbg) r
[process 7 killed]
Breakpoint 1, main (rdi=0) at 0x401016 <main+4>
(dbg) kill
[process 7 killed]
(dbg) info program
/bin/recurse: 5 symbols, entry 0x401000 <_start>
it is not running
(dbg) r
Breakpoint 1, main (rdi=0) at 0x401016 <main+4>
(dbg) quit
[process 7 killed]
",
    );
    assert_eq!(session.target.wait_end(), Some(Event::Killed(SIGKILL)));
}

#[test]
fn nothing_of_a_breakpoint_is_left_in_memory_at_a_stop() {
    let mut session = session(Fake::new(&[recurse()]));
    check(
        &mut session,
        "
(dbg) b factorial
Breakpoint 1 at 0x401030 <recurse::factorial+4>
(dbg) r
Breakpoint 1, recurse::factorial (rdi=5) at 0x401030 <recurse::factorial+4>
(dbg) x/4xb factorial
0x40102c <recurse::factorial>: 0x55 0x48 0x89 0xe5
",
    );
    assert_eq!(session.target.memory.pieces[0].1, recurse().text);
}

#[test]
fn a_breakpoint_in_a_loop_of_another_thread_is_hit_by_it() {
    let mut session = session(Fake::new(&[threads()]));
    check(
        &mut session,
        "
(dbg) b bump
Breakpoint 1 at 0x401058 <bump+4>
(dbg) r
[switching to thread 2]
Breakpoint 1, bump (rdi=0) at 0x401058 <bump+4>
(dbg) c
Breakpoint 1, bump (rdi=0) at 0x401058 <bump+4>
(dbg) bt
#0  0x401058 <bump+4>
#1  0x401048 <worker+19>
(dbg) c
Breakpoint 1, bump (rdi=0) at 0x401058 <bump+4>
(dbg) c
[process 7 exited with status 3]
",
    );
}
