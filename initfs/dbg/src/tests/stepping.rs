//! step, next, finish, until.
//!
//! Decides nothing; shows how far each goes, also in recursion and over breakpoints. Neighbour: `breakpoints`.

use super::fake::Fake;
use super::programs::{recurse, threads};
use super::{check, session};
use crate::target::Stepped;

#[test]
fn steps_go_by_instruction_into_calls() {
    let mut session = session(Fake::new(&[recurse()]));
    check(
        &mut session,
        "
(dbg) b main
Breakpoint 1 at 0x401016 <main+4>
(dbg) r
Breakpoint 1, main (rdi=0) at 0x401016 <main+4>
(dbg) step
=> 0x40101b <main+9>: call 0x40102c <recurse::factorial>
(dbg)
=> 0x40102c <recurse::factorial>: push rbp
(dbg) s 2
=> 0x401030 <recurse::factorial+4>: push rdi
(dbg) bt
#0  0x401030 <recurse::factorial+4>
#1  0x401020 <main+14>
#2  0x401008 <_start+8>
(dbg) si
=> 0x401031 <recurse::factorial+5>: cmp rdi,1
(dbg) bt
#0  0x401031 <recurse::factorial+5>
#1  0x401020 <main+14>
#2  0x401008 <_start+8>
",
    );
}

#[test]
fn next_runs_calls_to_their_end_also_in_recursion() {
    let mut session = session(Fake::new(&[recurse()]));
    check(
        &mut session,
        "
(dbg) tb factorial
Temporary breakpoint 1 at 0x401030 <recurse::factorial+4>
(dbg) r
Temporary breakpoint 1, recurse::factorial (rdi=5) at 0x401030 <recurse::factorial+4>
(dbg) next 4
=> 0x40103a <recurse::factorial+14>: call 0x40102c <recurse::factorial>
(dbg) next
=> 0x40103f <recurse::factorial+19>: imul rax,[rbp-8]
(dbg) n
=> 0x401044 <recurse::factorial+24>: leave
(dbg) p $rax
120 (0x78)
(dbg) p $rsp
1879113432 (0x7000fed8)
(dbg) n 3
=> 0x40102a <main+24>: pop rbp
",
    );
}

#[test]
fn stepping_onto_a_breakpoint_is_a_hit_and_stepping_off_is_not() {
    let mut session = session(Fake::new(&[recurse()]));
    check(
        &mut session,
        "
(dbg) tb main
Temporary breakpoint 1 at 0x401016 <main+4>
(dbg) b *factorial
Breakpoint 2 at 0x40102c <recurse::factorial>
(dbg) r
Temporary breakpoint 1, main (rdi=0) at 0x401016 <main+4>
(dbg) n 3
Breakpoint 2, recurse::factorial (rdi=5) at 0x40102c <recurse::factorial>
(dbg) s
=> 0x40102d <recurse::factorial+1>: mov rbp,rsp
(dbg) info b
2   breakpoint 0x40102c <recurse::factorial>, hit once
",
    );
}

#[test]
fn finish_returns_to_the_caller_of_this_very_frame() {
    let mut session = session(Fake::new(&[recurse()]));
    check(
        &mut session,
        "
(dbg) b factorial
Breakpoint 1 at 0x401030 <recurse::factorial+4>
(dbg) r
Breakpoint 1, recurse::factorial (rdi=5) at 0x401030 <recurse::factorial+4>
(dbg) c
Breakpoint 1, recurse::factorial (rdi=4) at 0x401030 <recurse::factorial+4>
(dbg) c
Breakpoint 1, recurse::factorial (rdi=3) at 0x401030 <recurse::factorial+4>
(dbg) d
(dbg) finish
Running until it returns to 0x40103f <recurse::factorial+19>
=> 0x40103f <recurse::factorial+19>: imul rax,[rbp-8]
Returned rax = 6 (0x6)
(dbg) finish
Running until it returns to 0x40103f <recurse::factorial+19>
=> 0x40103f <recurse::factorial+19>: imul rax,[rbp-8]
Returned rax = 24 (0x18)
(dbg) bt
#0  0x40103f <recurse::factorial+19>
#1  0x401020 <main+14>
#2  0x401008 <_start+8>
(dbg) finish
Running until it returns to 0x401020 <main+14>
=> 0x401020 <main+14>: mov [0x404000],rax <result>
Returned rax = 120 (0x78)
(dbg) finish
Running until it returns to 0x401008 <_start+8>
=> 0x401008 <_start+8>: mov rdi,rax
Returned rax = 120 (0x78)
(dbg) finish
the function was not called by another one
",
    );
}

#[test]
fn until_stops_at_the_place_or_at_what_comes_before() {
    let mut session = session(Fake::new(&[recurse()]));
    check(
        &mut session,
        "
(dbg) tb main
Temporary breakpoint 1 at 0x401016 <main+4>
(dbg) r
Temporary breakpoint 1, main (rdi=0) at 0x401016 <main+4>
(dbg) until factorial
=> 0x401030 <recurse::factorial+4>: push rdi
(dbg) until *factorial + 24
=> 0x401044 <recurse::factorial+24>: leave
(dbg) b main
Breakpoint 2 at 0x401016 <main+4>
(dbg) until *main + 24
=> 0x40102a <main+24>: pop rbp
(dbg) until *main
[process 7 exited with status 120]
",
    );
}

#[test]
fn the_end_of_the_program_ends_a_step() {
    let mut session = session(Fake::new(&[recurse()]));
    check(
        &mut session,
        "
(dbg) tb *main + 24
Temporary breakpoint 1 at 0x40102a <main+24>
(dbg) r
Temporary breakpoint 1, main at 0x40102a <main+24>
(dbg) s 100
[process 7 exited with status 120]
(dbg) s
the program is not running; 'run' starts it
",
    );
}

#[test]
fn only_steps_that_enter_no_kernel_go_the_short_way() {
    let mut session = session(Fake::new(&[recurse()]));
    session.line("tb *main + 24");
    session.line("r");
    check(
        &mut session,
        "
(dbg) s 4
=> 0x401010 <_start+16>: syscall
(dbg) s
[process 7 exited with status 120]
",
    );
    let ways = [Stepped::Begun, Stepped::Refused].map(|way| session.target.alone.contains(&way));
    let told = session.target.alone.iter().filter(|way| matches!(way, Stepped::Told(_))).count();
    assert_eq!((ways, told, session.target.alone.len()), ([true, true], 1, 4), "one of each, and the first again");
}

#[test]
fn a_step_moves_one_thread_alone() {
    let mut session = session(Fake::new(&[threads()]));
    check(
        &mut session,
        "
(dbg) tb worker
Temporary breakpoint 1 at 0x401039 <worker+4>
(dbg) r
[switching to thread 2]
Temporary breakpoint 1, worker (rdi=0) at 0x401039 <worker+4>
(dbg) s 3
=> 0x401055 <bump+1>: mov rbp,rsp
(dbg) thread 1
=> 0x40101b <_start+27>: cmp qword ptr [0x404000],3 <result>
(dbg) s 2
=> 0x40101b <_start+27>: cmp qword ptr [0x404000],3 <result>
(dbg) thread 2
=> 0x401055 <bump+1>: mov rbp,rsp
(dbg) n 2
=> 0x401060 <bump+12>: pop rbp
",
    );
}
