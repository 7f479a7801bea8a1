//! The kernel's stacks: one to work on, and one for each trap that may come at any instruction.
//!
//! Decides names and bounds; boot/start.S lays them out, each above a guard page. Main type: [`Stack`]. Neighbours:
//! `gdt` (puts them into the TSS), `boot/tables.rs` (leaves the guards out), `panic` (walks frames inside them).
#![expect(unsafe_code, reason = "names symbols of the assembly")]

/// Bytes of the stack the kernel works on.
pub(crate) const KERNEL_STACK_BYTES: usize = 64 << 10;
/// Bytes of each trap stack; the panic report runs on them.
pub(crate) const TRAP_STACK_BYTES: usize = 16 << 10;

// Defined by boot/start.S; only their addresses are used.
unsafe extern "C" {
    static kernel_stack_guard: u8;
    static kernel_stack_top: u8;
    static debug_stack_guard: u8;
    static debug_stack_top: u8;
    static nmi_stack_guard: u8;
    static nmi_stack_top: u8;
    static double_fault_stack_guard: u8;
    static double_fault_stack_top: u8;
    static machine_check_stack_guard: u8;
    static machine_check_stack_top: u8;
}

/// One stack.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stack {
    /// What a report calls it.
    pub(crate) name: &'static str,
    /// First address of its guard page.
    pub(crate) guard: u64,
    /// One past its last byte.
    pub(crate) top: u64,
}

impl Stack {
    fn new(name: &'static str, guard: *const u8, top: *const u8) -> Self {
        Self { name, guard: guard.addr() as u64, top: top.addr() as u64 }
    }

    /// Eight bytes at `address` are inside.
    pub(crate) fn holds_word(&self, address: u64) -> bool {
        let first = self.guard.wrapping_add(4096);
        address.is_multiple_of(8) && address >= first && address < self.top
    }

    /// `address` is in the guard page.
    pub(crate) fn guards(&self, address: u64) -> bool {
        address.wrapping_sub(self.guard) < 4096
    }
}

/// All stacks, by rising address: kernel, #DB, NMI, #DF, #MC.
pub(crate) fn all() -> [Stack; 5] {
    [
        Stack::new("kernel", &raw const kernel_stack_guard, &raw const kernel_stack_top),
        Stack::new("debug", &raw const debug_stack_guard, &raw const debug_stack_top),
        Stack::new("NMI", &raw const nmi_stack_guard, &raw const nmi_stack_top),
        Stack::new("double fault", &raw const double_fault_stack_guard, &raw const double_fault_stack_top),
        Stack::new("machine check", &raw const machine_check_stack_guard, &raw const machine_check_stack_top),
    ]
}
