//! The rows: every operation that must be measured, and what its figure is compared with.
//!
//! Decides which operation of Linux's does the same work, which rows have to be below it, and where the design wants to be.
//! Main items: [`Row`], [`ROWS`]. Neighbours: `initfs/bench` measures them, `judge`, `table`, `bounds` (what each may take
//! at most), docs/performance.md.

/// What Linux's figure means for a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// This is what a program gets here for the same work: to be above Linux's best fails the run.
    Goal,
    /// A way by which programs need not go, and that is dearer so far: to be above Linux's best is told.
    Told,
}

/// One operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its name, as the guest prints it.
    pub name: &'static str,
    /// Linux's operation that it is compared with.
    pub linux: Option<&'static str>,
    /// How strictly.
    pub comparison: Comparison,
    /// What the design aims at, in instructions.
    pub design: Option<u64>,
    /// seL4's best of the nearest operation.
    pub sel4: Option<u64>,
}

const fn row(name: &'static str, linux: &'static str) -> Row {
    Row { name, linux: Some(linux), comparison: Comparison::Goal, design: None, sel4: None }
}

/// A row with the same name as Linux's.
const fn same(name: &'static str) -> Row {
    row(name, name)
}

/// The same work as a row of Linux's name does, by a way that is above it: told.
const fn dearer(name: &'static str, linux: &'static str) -> Row {
    Row { comparison: Comparison::Told, ..row(name, linux) }
}

/// A second way to do what another row measures, or what nobody else does: told, but compared with nothing.
const fn other_way(name: &'static str) -> Row {
    Row { name, linux: None, comparison: Comparison::Told, design: None, sel4: None }
}

impl Row {
    const fn design(self, ticks: u64) -> Self {
        Self { design: Some(ticks), ..self }
    }

    const fn sel4(self, ticks: u64) -> Self {
        Self { sel4: Some(ticks), ..self }
    }
}

/// All rows, in the order of the table.
pub const ROWS: &[Row] = &[
    row("null_syscall", "getppid").design(120).sel4(214),
    same("getppid"),
    row("process_call_round_trip", "eventfd_round_trip"),
    row("null_syscall_left_out", "getppid"),
    row("process_call_left_out", "eventfd_round_trip"),
    row("scheme_round_trip", "eventfd_round_trip").design(900).sel4(477),
    row("scheme_read_round_trip", "eventfd_round_trip"),
    same("pipe_round_trip"),
    same("ptrace_getregs").design(350).sel4(497),
    other_way("ptrace_getregs_call"),
    same("ptrace_setregs").sel4(709),
    other_way("ptrace_setregs_call"),
    same("ptrace_getfpregs"),
    same("ptrace_setfpregs"),
    same("ptrace_getregset_xstate"),
    same("ptrace_peekdata").design(350),
    other_way("ptrace_peekdata_call"),
    same("ptrace_pokedata").design(350),
    other_way("ptrace_pokedata_call"),
    row("vm_read_4k", "vm_readv_4k"),
    row("vm_read_64k", "vm_readv_64k"),
    row("vm_read_1m", "vm_readv_1m").design(146_800),
    row("vm_write_4k", "vm_writev_4k"),
    row("vm_write_64k", "vm_writev_64k"),
    same("singlestep_round_trip").sel4(1094),
    row("singlestep_round_trip_server", "singlestep_round_trip"),
    same("singlestep_getregs").design(800).sel4(1593),
    row("singlestep_getregs_server", "singlestep_getregs").design(2200),
    row("singlestep_getregs_files", "singlestep_getregs").design(2200),
    same("breakpoint_round_trip").sel4(1042),
    row("breakpoint_round_trip_server", "breakpoint_round_trip"),
    same("breakpoint_step_over_cycle").design(2500).sel4(3432),
    row("breakpoint_step_over_cycle_server", "breakpoint_step_over_cycle").design(5500),
    row("breakpoint_step_over_cycle_files", "breakpoint_step_over_cycle").design(5500),
    same("syscall_traced").design(2000).sel4(1285),
    dearer("syscall_traced_server", "syscall_traced").design(5000),
    dearer("syscall_traced_files", "syscall_traced").design(5000),
    same("syscall_traced_getregs"),
    row("syscall_traced_getregs_server", "syscall_traced_getregs"),
    row("syscall_traced_getregs_files", "syscall_traced_getregs"),
    row("attach_detach_running", "attach_wait_detach_running").design(4000).sel4(1130),
    row("attach_detach_sleeping", "attach_wait_detach_sleeping"),
    same("fork_exit_wait").design(35_000),
    same("vfork_exit_wait"),
    row("event_one_of_1", "event_one_of_1_wait_any"),
    row("event_one_of_8", "event_one_of_8_wait_any"),
    row("event_one_of_64", "event_one_of_64_wait_any"),
    row("event_one_of_512", "event_one_of_512_wait_any").sel4(1562),
    other_way("gdb_stepi_loop"),
    other_way("gdb_false_condition"),
];
