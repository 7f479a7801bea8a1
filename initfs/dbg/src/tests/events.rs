//! Signals, faults, exec, fork, Ctrl-C, attach and detach: what the program does by itself.
//!
//! Decides nothing; shows what is told, what passes in silence, and what the program gets. Neighbour: `control::judge`.

use super::fake::Fake;
use super::machine::call::{EXEC, FORK, KILL, PAUSE, VFORK};
use super::programs::{caller, faulty, recurse};
use super::{check, session};
use crate::session::{Flow, Session};
use alloc::string::String;
use proc_abi::id::Pid;
use proc_abi::signal::{SIGSEGV, SIGUSR1, Signal};

#[test]
fn signals_stop_the_program_and_then_reach_it() {
    let usr1 = 30;
    let mut session = session(Fake::new(&[caller("/bin/signals", &[(KILL, usr1), (KILL, usr1), (KILL, 20)])]));
    check(
        &mut session,
        "
(dbg) r
Program received SIGUSR1 from process 7 at 0x40100c <_start+12>
(dbg) info program
/bin/signals: 2 symbols, entry 0x401000 <_start>
process 7, started here, threads: 1
it gets SIGUSR1 when it runs on
=> 0x40100c <_start+12>: mov edi,0x1e
(dbg) c
Program received SIGUSR1 from process 7 at 0x401018 <_start+24>
(dbg) signal 0
[process 7 exited with status 0]
",
    );
    assert_eq!(session.target.delivered, [SIGUSR1, Signal::new(20).unwrap()]);
}

#[test]
fn another_signal_can_be_given() {
    let mut session = session(Fake::new(&[caller("/bin/signals", &[(KILL, 30)])]));
    check(
        &mut session,
        "
(dbg) r
Program received SIGUSR1 from process 7 at 0x40100c <_start+12>
(dbg) signal term
[process 7 killed by SIGTERM]
",
    );
}

#[test]
fn a_program_that_steps_itself_sees_its_traps() {
    let mut session = session(Fake::new(&[caller("/bin/signals", &[(KILL, 30)])]));
    check(
        &mut session,
        "
(dbg) r
Program received SIGUSR1 from process 7 at 0x40100c <_start+12>
(dbg) set $rflags = 0x302
(dbg) signal 0
Program received SIGTRAP at 0x401011 <_start+17>
(dbg) si
=> 0x401016 <_start+22>: syscall
(dbg) signal 0
[process 7 exited with status 0]
",
    );
}

#[test]
fn faults_name_the_address() {
    let mut session = session(Fake::new(&[faulty()]));
    check(
        &mut session,
        "
(dbg) r
Program received SIGTRAP at 0x401001 <_start+1>
(dbg) c
Program received SIGSEGV (address 0x0) at 0x401004 <_start+4>
(dbg) c
[process 7 killed by SIGSEGV]
(dbg) bt
the program is not running; 'run' starts it
",
    );
    assert_eq!(session.target.delivered, [SIGSEGV]);
}

#[test]
fn exec_changes_symbols_and_moves_breakpoints() {
    let mut session = session(Fake::new(&[caller("/bin/executes", &[(EXEC, 1)]), recurse()]));
    check(
        &mut session,
        "
(dbg) b *_start
Breakpoint 1 at 0x401000 <_start>
(dbg) r
Breakpoint 1, _start (rdi=0) at 0x401000 <_start>
(dbg) c
[process 7 runs /bin/recurse]
Breakpoint 1, _start (rdi=0) at 0x401000 <_start>
(dbg) tb factorial
Temporary breakpoint 2 at 0x401030 <recurse::factorial+4>
(dbg) c
Temporary breakpoint 2, recurse::factorial (rdi=5) at 0x401030 <recurse::factorial+4>
",
    );
}

#[test]
fn breakpoints_without_a_place_in_the_new_image_are_deleted() {
    let mut session = session(Fake::new(&[caller("/bin/executes", &[(EXEC, 1)]), faulty()]));
    check(
        &mut session,
        "
(dbg) b *result
Breakpoint 1 at 0x404000 <result>
(dbg) r
[process 7 runs /bin/faulty]
breakpoint 1 (*result) has no place in it and is deleted
Program received SIGTRAP at 0x401001 <_start+1>
(dbg) info b
there are no breakpoints and no watchpoints
",
    );
}

#[test]
fn children_lose_the_breakpoints_and_run_on() {
    let mut session = session(Fake::new(&[caller("/bin/forks", &[(FORK, 0), (VFORK, 0)])]));
    check(
        &mut session,
        "
(dbg) b *_start + 12
Breakpoint 1 at 0x40100c <_start+12>
(dbg) r
Breakpoint 1, _start at 0x40100c <_start+12>
(dbg) c
[process 7 exited with status 0]
",
    );
    let first = caller("/bin/forks", &[(FORK, 0)]).text[12];
    assert_eq!(session.target.children, [(8, alloc::vec![(0x40_100c, first)]), (8, alloc::vec![])]);
}

#[test]
fn ctrl_c_stops_an_attached_program_at_once() {
    let mut session = attached(&[(PAUSE, 0)], &[50]);
    check(
        &mut session,
        "
(dbg) c
Interrupted at 0x40100a <_start+10>
(dbg) detach
[detached from process 7]
",
    );
    assert_eq!(session.target.detached, Some(None));
}

#[test]
fn ctrl_c_must_be_pressed_twice_for_a_program_that_does_not_care() {
    let mut fake = Fake::new(&[caller("/bin/pause", &[(PAUSE, 0)])]);
    fake.presses.extend([50, 50]);
    let mut session = session(fake);
    check(
        &mut session,
        "
(dbg) r
Interrupted at 0x40100a <_start+10>
",
    );
    assert_eq!(session.target.interrupts, 1);
}

#[test]
fn a_stop_that_nobody_waits_for_any_more_is_swallowed() {
    // The signal comes before the SIGSTOP of the Ctrl-C.
    let mut session = attached(&[(KILL, 30), (PAUSE, 0)], &[2]);
    session.target.delay = 5;
    check(
        &mut session,
        "
(dbg) c
Program received SIGUSR1 from process 7 at 0x40100c <_start+12>
(dbg) detach
[detached from process 7]
",
    );
    assert_eq!(session.target.delivered, [SIGUSR1]);
    assert_eq!(session.target.detached, Some(None));
}

#[test]
fn ctrl_c_that_meets_a_stop_still_under_way_is_not_lost() {
    // The SIGSTOP of the first one is late; the second is pressed before it comes.
    let mut session = attached(&[(KILL, 30), (PAUSE, 0)], &[2, 1]);
    session.target.delay = 5;
    check(
        &mut session,
        "
(dbg) c
Program received SIGUSR1 from process 7 at 0x40100c <_start+12>
(dbg) c
Interrupted at 0x401016 <_start+22>
(dbg) detach
[detached from process 7]
",
    );
    assert_eq!((session.target.interrupts, session.target.detached), (1, Some(None)));
}

#[test]
fn the_second_ctrl_c_counts_although_the_program_forked_in_between() {
    let mut fake = Fake::new(&[caller("/bin/forks", &[(FORK, 0), (PAUSE, 0)])]);
    fake.presses.extend([1, 50]);
    let mut session = session(fake);
    check(
        &mut session,
        "
(dbg) r
Interrupted at 0x401016 <_start+22>
",
    );
    assert_eq!(session.target.interrupts, 1);
}

#[test]
fn leaving_lets_go_what_ran_before() {
    let mut session = attached(&[(PAUSE, 0)], &[]);
    session.line("watch result");
    assert_eq!(session.line("quit"), Flow::Quit);
    assert_eq!(session.target.detached, Some(None));
    assert_eq!(session.target.threads[0].debug.dr[7], 0);
}

fn attached(calls: &[(u32, u32)], presses: &[u32]) -> Session<Fake, String> {
    let mut fake = Fake::new(&[caller("/bin/attached", calls)]);
    fake.presses.extend(presses);
    let mut session = Session::new(fake, String::new());
    session.attach(Pid::new(7).unwrap()).unwrap();
    assert_eq!(session.output(), "[process 7 stopped at 0x401000 <_start>]\n");
    session
}
