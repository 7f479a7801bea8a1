//! set, regs NAME VALUE, watch: commands that change something.
//!
//! Decides nothing; shows that a changed value changes the result. Neighbour: `looking`.

use super::fake::Fake;
use super::programs::{recurse, threads, writer};
use super::{check, session};

#[test]
fn a_changed_register_changes_the_result() {
    let mut session = session(Fake::new(&[recurse()]));
    check(
        &mut session,
        "
(dbg) tb factorial
Temporary breakpoint 1 at 0x401030 <recurse::factorial+4>
(dbg) r
Temporary breakpoint 1, recurse::factorial (rdi=5) at 0x401030 <recurse::factorial+4>
(dbg) regs rdi 3
(dbg) p $rdi
3 (0x3)
(dbg) c
[process 7 exited with status 6]
(dbg) tb factorial
Temporary breakpoint 2 at 0x401030 <recurse::factorial+4>
(dbg) r
Temporary breakpoint 2, recurse::factorial (rdi=5) at 0x401030 <recurse::factorial+4>
(dbg) set $rdi = 4
(dbg) c
[process 7 exited with status 24]
",
    );
}

#[test]
fn changed_memory_changes_the_result() {
    let mut session = session(Fake::new(&[recurse()]));
    check(
        &mut session,
        "
(dbg) tb *main + 0x18
Temporary breakpoint 1 at 0x40102a <main+24>
(dbg) r
Temporary breakpoint 1, main at 0x40102a <main+24>
(dbg) x/xg result
0x404000 <result>: 0x0000000000000078
(dbg) set result 77
(dbg) set/b result + 1 = 0x12
(dbg) set/w limit = -1
(dbg) x/2xg result
0x404000 <result>: 0x000000000000124d 0x00000000ffffffff
(dbg) set/b main + 4 0xbf
(dbg) tb factorial
Temporary breakpoint 2 at 0x401030 <recurse::factorial+4>
(dbg) r
[process 7 killed]
Temporary breakpoint 2, recurse::factorial (rdi=5) at 0x401030 <recurse::factorial+4>
(dbg) set $rbp - 0x10 = 9
(dbg) x/xg $rbp - 0x10
0x7000fed0: 0x0000000000000009
",
    );
}

#[test]
fn a_watched_value_stops_when_it_changes() {
    let mut session = session(Fake::new(&[writer()]));
    check(
        &mut session,
        "
(dbg) watch result
Watchpoint 1, 8 bytes at 0x404000 <result>
(dbg) r
Watchpoint 1, 0x404000 <result>: 0x10000 -> 0x10001
=> 0x40101d <_start+29>: mov r12,7
(dbg) info b
1   watchpoint 0x404000 <result>, 8 bytes, hit once
(dbg) set result 1
(dbg) c
[process 7 exited with status 0]
",
    );
}

#[test]
fn a_watchpoint_is_seen_in_every_thread_also_in_new_ones() {
    let mut session = session(Fake::new(&[threads()]));
    check(
        &mut session,
        "
(dbg) watch result 8
Watchpoint 1, 8 bytes at 0x404000 <result>
(dbg) r
[switching to thread 2]
Watchpoint 1, 0x404000 <result>: 0 -> 1
=> 0x401060 <bump+12>: pop rbp
(dbg) c
Watchpoint 1, 0x404000 <result>: 1 -> 2
=> 0x401060 <bump+12>: pop rbp
(dbg) delete 1
(dbg) c
[process 7 exited with status 3]
",
    );
}

#[test]
fn watchpoints_and_steps_meet() {
    let mut session = session(Fake::new(&[writer()]));
    check(
        &mut session,
        "
(dbg) tb _start
Temporary breakpoint 1 at 0x401000 <_start>
(dbg) r
Temporary breakpoint 1, _start (rdi=0) at 0x401000 <_start>
(dbg) watch result
Watchpoint 2, 8 bytes at 0x404000 <result>
(dbg) s 2
=> 0x401012 <_start+18>: inc rdx
(dbg) s 2
Watchpoint 2, 0x404000 <result>: 0x10000 -> 0x10001
=> 0x40101d <_start+29>: mov r12,7
(dbg) s
=> 0x401027 <_start+39>: mov edi,0
",
    );
}
