//! What a mistake gets: one line that says what was expected.
//!
//! Decides nothing; shows the line for each kind of mistake. Neighbour: `expression::tests` has those of expressions.

use super::fake::Fake;
use super::programs::recurse;
use super::{check, session};
use alloc::string::String;
use proptest::prelude::*;

#[test]
fn commands_that_need_a_process_say_so() {
    let mut session = session(Fake::new(&[recurse()]));
    check(
        &mut session,
        "
(dbg) c
the program is not running; 'run' starts it
(dbg) step
the program is not running; 'run' starts it
(dbg) next
the program is not running; 'run' starts it
(dbg) finish
the program is not running; 'run' starts it
(dbg) until main
the program is not running; 'run' starts it
(dbg) regs
the program is not running; 'run' starts it
(dbg) fpregs
the program is not running; 'run' starts it
(dbg) bt
the program is not running; 'run' starts it
(dbg) threads
the program is not running; 'run' starts it
(dbg) thread 1
the program is not running; 'run' starts it
(dbg) maps
the program is not running; 'run' starts it
(dbg) detach
the program is not running; 'run' starts it
(dbg) kill
the program is not running; 'run' starts it
(dbg) signal 5
the program is not running; 'run' starts it
(dbg) set result 1
the program is not running; 'run' starts it
(dbg) p $rax
the program is not running; 'run' starts it
(dbg) watch 0x1000
the program is not running; 'run' starts it
",
    );
}

#[test]
fn words_that_mean_nothing_are_answered_with_the_usage() {
    let mut session = session(Fake::new(&[recurse()]));
    check(
        &mut session,
        "
(dbg) jump
expected a command ('help' lists them), not 'jump'
(dbg) de 1
'de' could be delete, detach
(dbg) b
expected break SYMBOL|*ADDRESS
(dbg) b nowhere
expected a symbol of the program, not 'nowhere'
(dbg) b 0x401000
expected SYMBOL or *ADDRESS, not '0x401000'
(dbg) b *0x10
there is no memory at 0x10
(dbg) b *
expected a number, a symbol or a $register
(dbg) continue 5
expected 'continue' alone, without '5'
(dbg) delete one
expected the number of a breakpoint, not 'one'
(dbg) delete 9
there is no breakpoint 9
(dbg) break/x main
expected break SYMBOL|*ADDRESS, not 'break/x main'
",
    );
}

#[test]
fn values_and_formats_that_mean_nothing_are_answered_likewise() {
    let mut session = session(Fake::new(&[recurse()]));
    check(
        &mut session,
        "
(dbg) x
expected an ADDRESS the first time
(dbg) x/99999 main
expected a count up to 4096, not '99999'
(dbg) x/zz main
expected after '/' a count, one of x d u o t c a s i, and one of b h w g, not 'zz'
(dbg) p
expected print[/FORMAT] EXPRESSION
(dbg) p/s 5
expected print[/FORMAT] EXPRESSION
(dbg) set
expected set[/SIZE] ADDRESS|$REGISTER [=] VALUE
(dbg) set result
expected set[/SIZE] ADDRESS|$REGISTER [=] VALUE
(dbg) set/b result 300
expected a value of 1 bytes, not '0x12c'
(dbg) watch
expected watch ADDRESS [LENGTH]
(dbg) watch result 3
expected a LENGTH of 1, 2, 4 or 8, not '3'
(dbg) watch result + 1
expected an address aligned to 8, or a shorter LENGTH
(dbg) watch result + 1 1 1
expected an operator, not '1'
(dbg) info
expected info breakpoints|registers|signals|program
(dbg) info weather
expected info breakpoints|registers|signals|program
(dbg) help jump
expected a command ('help' lists them), not 'jump'
(dbg) thread
expected thread NUMBER
(dbg) until
expected until SYMBOL|*ADDRESS
(dbg) signal
expected signal NAME|NUMBER
(dbg) disas main 100000
expected a COUNT up to 4096, not '100000'
",
    );
}

#[test]
fn values_that_the_system_refuses_are_told() {
    let mut session = session(Fake::new(&[recurse()]));
    check(
        &mut session,
        "
(dbg) tb main
Temporary breakpoint 1 at 0x401016 <main+4>
(dbg) r
Temporary breakpoint 1, main (rdi=0) at 0x401016 <main+4>
(dbg) regs rip 0x800000000000
cannot set registers: Invalid argument
(dbg) regs cs 3
expected a register that can be set, not 'cs'
(dbg) regs rzx
expected a register, not 'rzx'
(dbg) regs rip nowhere
expected a symbol of the program, not 'nowhere'
(dbg) set 0x10 5
there is no memory at 0x10
(dbg) x/4 0x10
there is no memory at 0x10
(dbg) x/4 limit + 8
0x404010: 0x77202c6f6c6c6568
there is no memory at 0x404018
(dbg) thread 3
expected the number of a thread ('threads' lists them), not '3'
(dbg) signal 500
expected a signal's name or number, or 0, not '500'
(dbg) signal sigfoo
expected a signal's name or number, or 0, not 'sigfoo'
(dbg) fpregs st0
expected one of fcw fsw ftw mxcsr st0-st7 xmm0-xmm15 that is in use, not 'st0'
(dbg) watch 0x10
there is no memory at 0x10
(dbg) b *0x10
there is no memory at 0x10
(dbg) p *0x10
there is no memory at 0x10
",
    );
}

#[test]
fn a_session_without_a_program_can_still_explain() {
    let mut session = crate::session::Session::new(Fake::new(&[]), String::new());
    check(
        &mut session,
        "
(dbg) r
there is no program to run; 'dbg PROGRAM' names one
(dbg) p 1 + 1
2 (0x2)
(dbg) x main
expected a symbol of the program, not 'main'
(dbg) info program
there is no program
it is not running
(dbg) # a comment
",
    );
}

proptest! {
    #[test]
    fn any_line_is_survived(lines in prop::collection::vec("[a-z]{1,7}(/[0-9]{0,2}[a-z]{0,2})?( [$*a-z0-9+]{1,6}){0,2}", 1..8)) {
        let mut session = session(Fake::new(&[recurse()]));
        session.line("tb factorial");
        session.line("run");
        for line in lines {
            session.line(&line);
        }
    }
}
