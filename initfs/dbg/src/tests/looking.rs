//! x, print, disassemble, regs, fpregs, bt, maps, info, help: commands that only look.
//!
//! Decides nothing; shows their output, with and without a process. Neighbour: `setting`.

use super::fake::Fake;
use super::programs::recurse;
use super::{check, session};
use alloc::vec::Vec;

#[test]
fn memory_is_shown_in_rows() {
    let mut session = session(Fake::new(&[recurse()]));
    check(
        &mut session,
        "
(dbg) b factorial
Breakpoint 1 at 0x401030 <recurse::factorial+4>
(dbg) r
Breakpoint 1, recurse::factorial (rdi=5) at 0x401030 <recurse::factorial+4>
(dbg) x $rsp
0x7000fee0: 0x000000007000fef0
(dbg) x/4xg $rsp
0x7000fee0: 0x000000007000fef0 0x0000000000401020
0x7000fef0: 0x0000000000000000 0x0000000000401008
(dbg) x/2
0x7000ff00: 0x0000000000000000 0x0000000000000000
(dbg)
0x7000ff10: 0x0000000000000000
(dbg) x/20xb factorial
0x40102c <recurse::factorial>: 0x55 0x48 0x89 0xe5 0x57 0x48 0x83 0xff
0x401034 <recurse::factorial+8>: 0x01 0x76 0x0f 0x48 0xff 0xcf 0xe8 0xed
0x40103c <recurse::factorial+16>: 0xff 0xff 0xff 0x48
(dbg) x/6xw result
0x404000 <result>: 0x00000000 0x00000000 0x00000005 0x00000000
0x404010: 0x6c6c6568 0x77202c6f
(dbg) x/3uh limit
0x404008 <limit>:     5     0     0
(dbg) x/12c limit+8
0x404010:    'h'    'e'    'l'    'l'    'o'    ','    ' '    'w'
0x404018:    'o'    'r'    'l'    'd'
(dbg) x/s limit+8
0x404010: \"hello, world\"
(dbg) x/2a $rbp
0x7000fee0:         0x7000fef0 0x401020 <main+14>
(dbg) x/3i $pc
=> 0x401030 <recurse::factorial+4>: push rdi
   0x401031 <recurse::factorial+5>: cmp rdi,1
   0x401035 <recurse::factorial+9>: jbe 0x401046 <recurse::factorial+26>
(dbg)
   0x401037 <recurse::factorial+11>: dec rdi
",
    );
}

#[test]
fn the_file_is_shown_while_there_is_no_process() {
    let mut session = session(Fake::new(&[recurse()]));
    check(
        &mut session,
        "
(dbg) x/s limit+8
0x404010: \"hello, world\"
(dbg) x/2i main
   0x401012 <main>: push rbp
   0x401013 <main+1>: mov rbp,rsp
(dbg) p *limit
5 (0x5)
(dbg) info program
/bin/recurse: 5 symbols, entry 0x401000 <_start>
it is not running
(dbg) info breakpoints
there are no breakpoints and no watchpoints
",
    );
}

#[test]
fn functions_are_disassembled_whole_and_places_by_count() {
    let mut session = session(Fake::new(&[recurse()]));
    check(
        &mut session,
        "
(dbg) disassemble main
main:
   0x401012 <+0>: push rbp
   0x401013 <+1>: mov rbp,rsp
   0x401016 <+4>: mov edi,5
   0x40101b <+9>: call 0x40102c <recurse::factorial>
   0x401020 <+14>: mov [0x404000],rax <result>
   0x40102a <+24>: pop rbp
   0x40102b <+25>: ret
(dbg) tb main
Temporary breakpoint 1 at 0x401016 <main+4>
(dbg) r
Temporary breakpoint 1, main (rdi=0) at 0x401016 <main+4>
(dbg) disassemble
main:
   0x401012 <+0>: push rbp
   0x401013 <+1>: mov rbp,rsp
=> 0x401016 <+4>: mov edi,5
   0x40101b <+9>: call 0x40102c <recurse::factorial>
   0x401020 <+14>: mov [0x404000],rax <result>
   0x40102a <+24>: pop rbp
   0x40102b <+25>: ret
(dbg) disas *factorial 2
   0x40102c <recurse::factorial>: push rbp
   0x40102d <recurse::factorial+1>: mov rbp,rsp
(dbg) disas 0x404010 2
   0x404010: push 0x6f6c6c65
   0x404015: sub al,0x20
",
    );
}

#[test]
fn registers_are_shown_all_or_by_name() {
    let mut session = session(Fake::new(&[recurse()]));
    check(
        &mut session,
        "
(dbg) tb factorial
Temporary breakpoint 1 at 0x401030 <recurse::factorial+4>
(dbg) r
Temporary breakpoint 1, recurse::factorial (rdi=5) at 0x401030 <recurse::factorial+4>
(dbg) regs
rax 0000000000000000  rcx 0000000000000000  rdx 0000000000000000
rbx 0000000000000000  rsp 000000007000fee0  rbp 000000007000fee0
rsi 0000000000000000  rdi 0000000000000005  r8  0000000000000000
r9  0000000000000000  r10 0000000000000000  r11 0000000000000000
r12 0000000000000000  r13 0000000000000000  r14 0000000000000000
r15 0000000000000000
rip 0000000000401030 <recurse::factorial+4>
rflags 0000000000000242 [ZF IF]
(dbg) regs rip
rip 0x0000000000401030  <recurse::factorial+4>
(dbg) info registers rdi
rdi 0x0000000000000005  5
(dbg) regs edi
edi 0x0000000000000005  5
(dbg) fpregs mxcsr
mxcsr  00001f80
(dbg) fpregs xmm15
xmm15  00000000000000000000000000000000  0e0 0e0
",
    );
}

#[test]
fn expressions_are_printed_in_every_format() {
    let mut session = session(Fake::new(&[recurse()]));
    check(
        &mut session,
        "
(dbg) tb factorial
Temporary breakpoint 1 at 0x401030 <recurse::factorial+4>
(dbg) r
Temporary breakpoint 1, recurse::factorial (rdi=5) at 0x401030 <recurse::factorial+4>
(dbg) print $rdi * 2 + 1
11 (0xb)
(dbg) p/x $rdi << 8
0x0000000000000500
(dbg) p/t 5
0b0000000000000000000000000000000000000000000000000000000000000101
(dbg) p/d -5
-5
(dbg) p/tb 5
0b00000101
(dbg) p/a main + 4
0x401016 <main+4>
(dbg) p main
4198418 (0x401012) <main>
(dbg) p *($rbp + 8)
4198432 (0x401020) <main+14>
(dbg) p -1
-1 (0xffffffffffffffff)
(dbg) p/c 65
'A'
",
    );
}

#[test]
fn help_lists_every_command_and_explains_each() {
    let mut session = session(Fake::new(&[recurse()]));
    check(
        &mut session,
        "
(dbg) help
break       stop whenever the program gets there
tbreak      stop there once
delete      delete these breakpoints and watchpoints, or all
watch       stop when 1, 2, 4 or 8 bytes change (in hardware)
run         start the program, with new arguments if any are given
continue    let the program run on, with the signal it stopped for
signal      let the program run on with this signal; 0 for none
step        run one instruction, or COUNT
next        as step, but run calls to their end
finish      run until the function returns, and show rax
until       run until the thread gets there
detach      let the process go its own way
kill        kill the process
regs        show the registers, or one of them, or set it
fpregs      show the floating-point registers, or those named so
x           show memory: COUNT values, FORMAT x d u o t c a s i, SIZE b h w g
set         write memory, SIZE b h w g (8 bytes), or a register
print       show a value: + - * / % & | ^ ~ << >>, *ADDRESS, $rip, symbols
disassemble show instructions: a function's, or COUNT
bt          show who called whom, by frame pointers
threads     show the threads; the marked one is what commands are about
thread      choose the thread that commands are about
maps        show the address map
info        show the debugger's view of these
help        show this list, or how a command is used
quit        leave; kills what run started, detaches from what ran before
An empty line repeats step, next and x. 'help COMMAND' tells more.
(dbg) help x
x[/COUNT FORMAT SIZE] [ADDRESS]
    show memory: COUNT values, FORMAT x d u o t c a s i, SIZE b h w g
(dbg) help b
break SYMBOL|*ADDRESS
    stop whenever the program gets there
    short: b, br
",
    );
    assert!(session.output().lines().all(|line| line.len() <= 80), "lines fit");
}

#[test]
fn the_map_and_the_state_are_shown() {
    let mut session = session(Fake::new(&[recurse()]));
    check(
        &mut session,
        "
(dbg) maps
the program is not running; 'run' starts it
(dbg) r
[process 7 exited with status 120]
(dbg) tb main
Temporary breakpoint 1 at 0x401016 <main+4>
(dbg) r
Temporary breakpoint 1, main (rdi=0) at 0x401016 <main+4>
(dbg) maps
0000000000401000-0000000000402000 r-x p /bin/recurse
(dbg) info program
/bin/recurse: 5 symbols, entry 0x401000 <_start>
process 7, started here, threads: 1
=> 0x401016 <main+4>: mov edi,5
",
    );
}

#[test]
fn signals_and_their_treatment_are_listed() {
    let mut session = session(Fake::new(&[recurse()]));
    session.line("info signals");
    let rows: Vec<_> = session.output().lines().collect();
    assert_eq!(rows.len(), 35);
    assert_eq!(rows[0], "signal      stops   is passed on");
    assert_eq!(rows[2], "SIGINT      yes     no");
    assert_eq!(rows[11], "SIGSEGV     yes     yes");
    assert_eq!(rows[20], "SIGCHLD     no      yes");
}
