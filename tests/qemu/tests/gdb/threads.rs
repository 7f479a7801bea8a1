//! Threads under GDB: lists, names, backtraces, and one that goes alone.
//!
//! Decides nothing. Neighbours: `debugger`; tests/programs/src/bin/threads.rs.

use super::debugger::{Debugger, contains, normalise};

const THREADS: &str = "/bin/targets/threads";

#[test]
fn threads_have_names_and_backtraces() {
    let debugger = Debugger::target(&[THREADS, "3"]);
    let whole = debugger.transcript("break *work\ncontinue\ninfo threads\nthread apply all -q bt 1");
    let text = normalise(&whole);
    for name in ["\"threads\"", "\"worker-1\"", "\"worker-2\"", "\"worker-3\""] {
        assert!(text.contains(&format!("Thread PID.TID {name} ")), "{name}: {text}");
    }
    assert_eq!(whole.lines().filter(|line| line.starts_with("#0 ")).count(), 4, "{whole}");
    assert!(text.contains("hit Breakpoint 1, threads::work ()"), "{text}");
}

#[test]
fn a_thread_goes_alone_with_the_scheduler_locked() {
    let commands = "break *work\ncontinue\nset scheduler-locking on\nstepi\nstepi\ninfo symbol $pc\nset scheduler-locking off\n\
                    continue\ncontinue\ndelete\ncontinue";
    let debugger = Debugger::target(&[THREADS, "3"]);
    let text = debugger.run(commands);
    assert_eq!(text.matches("hit Breakpoint 1, threads::work ()").count(), 3, "each thread once: {text}");
    assert!(text.contains("in section .text"), "{text}");
    assert!(text.contains("exited normally]"), "{text}");
    debugger.console("threads: all joined\n");
}

#[test]
fn a_breakpoint_is_left_while_the_others_run() {
    // Each thread is stepped off the breakpoint by `continue`; the others come to it meanwhile and none is missed.
    let commands = "break *work\ncontinue\nstepi\ncontinue\nstepi\ncontinue\nstepi\ndelete\ncontinue";
    let debugger = Debugger::target(&[THREADS, "3"]);
    let text = debugger.run(commands);
    assert_eq!(text.matches("hit Breakpoint 1, threads::work ()").count(), 3, "each thread once: {text}");
    assert!(text.contains("exited normally]"), "{text}");
    debugger.console("threads: worker-3 gives 1498500\nthreads: all joined\n");
}

/// Whichever thread reported before, the step is of the one that was asked for.
#[test]
fn a_thread_is_stepped_that_did_not_report() {
    let commands = "break *work\ncontinue\nset scheduler-locking on\n\
                    python first = gdb.selected_thread()\n\
                    python other = [t for t in gdb.selected_inferior().threads() if t.num not in (1, first.num)][0]\n\
                    stepi\npython other.switch()\ncontinue\ndelete\nset scheduler-locking off\npython first.switch()\n\
                    python start = gdb.selected_frame().pc()\nstepi\n\
                    python print('moved', gdb.selected_thread().num == first.num, gdb.selected_frame().pc() > start)\n\
                    continue";
    let debugger = Debugger::target(&[THREADS, "3"]);
    let text = debugger.run(commands);
    contains(&text, &["hit Breakpoint 1", "hit Breakpoint 1", "moved True True", "exited normally]"]);
    debugger.console("threads: worker-3 gives 1498500\nthreads: all joined\n");
}

#[test]
fn a_condition_that_is_false_for_one_thread_is_tried_for_every_other() {
    // Each of the hundred comes to the breakpoint once; the condition is false for all but one, and others run meanwhile.
    let debugger = Debugger::target(&[THREADS, "100"]);
    let text = debugger.run("break *work if $rdi == 100\ncontinue\nprint $rdi\ncontinue\nmonitor stats");
    assert_eq!(text.matches("hit Breakpoint 1, threads::work ()").count(), 1, "{text}");
    assert!(text.contains("$1 = 100") && text.contains("exited normally]"), "{text}");
    let stops: Option<u64> = text.lines().find_map(|line| line.strip_prefix("stops: ")?.parse().ok());
    assert!(
        stops.is_some_and(|stops| stops >= 200),
        "a hit and a step for each of 99, and the hit that counts: {text}"
    );
}

#[test]
fn threads_come_and_go() {
    let commands = "break *work\nthread\ncontinue\npython print('now', len(gdb.selected_inferior().threads()))\ndelete\n\
                    catch syscall exit\ncontinue\npython print('now', len(gdb.selected_inferior().threads()))\n\
                    thread 1\nbt 1\ncontinue";
    let text = Debugger::target(&[THREADS, "3"]).run(commands);
    contains(
        &text,
        &["now 4", "(call to syscall exit)", "now 1", "[Switching to thread 1 (Thread PID.TID)]", "exited normally]"],
    );
}
