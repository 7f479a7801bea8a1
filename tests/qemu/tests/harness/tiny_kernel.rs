//! Kernels of a few instructions: what the harness is tested on.
//!
//! QEMU enters an ELF file with a PVH note in 32-bit protected mode with interrupts off, so straight-line code that
//! writes to ports is a kernel. [`TinyKernel`] puts such code together and wraps it into ELF. Neighbours: `harness`.

/// Physical address of the code: the first megabyte is the firmware's.
const LOAD_ADDRESS: u64 = 0x10_0000;

/// Type of the note that holds the PVH entry point (Xen's `XEN_ELFNOTE_PHYS32_ENTRY`).
const NOTE_PVH_ENTRY: u32 = 18;

/// Sizes of an ELF64 header and program header, and of the note below.
const HEADER: u16 = 64;
const PROGRAM_HEADER: u16 = 56;
const NOTE: u64 = 24;

/// Straight-line code in the making; what it ends in is a halt.
pub(crate) struct TinyKernel {
    code: Vec<u8>,
}

impl TinyKernel {
    /// Does nothing.
    pub(crate) fn new() -> Self {
        Self { code: Vec::new() }
    }

    /// Writes `text` to the log.
    pub(crate) fn log(mut self, text: &str) -> Self {
        // mov al, byte; out 0xe9, al
        text.bytes().for_each(|byte| self.code.extend([0xb0, byte, 0xe6, 0xe9]));
        self
    }

    /// Writes `text` to COM1.
    pub(crate) fn console(mut self, text: &str) -> Self {
        self.select_com1();
        // mov al, byte; out dx, al
        text.bytes().for_each(|byte| self.code.extend([0xb0, byte, 0xee]));
        self
    }

    /// Waits for a byte on COM1 and writes it back.
    pub(crate) fn echo_one_byte(mut self) -> Self {
        // mov dx, 0x3fd; wait: in al, dx; test al, 1; jz wait
        self.code.extend([0x66, 0xba, 0xfd, 0x03, 0xec, 0xa8, 0x01, 0x74, 0xfb]);
        self.select_com1();
        // in al, dx; out dx, al
        self.code.extend([0xec, 0xee]);
        self
    }

    /// Writes `value` to the exit port.
    pub(crate) fn exit(mut self, value: u8) -> Self {
        // mov al, value; out 0xf4, al
        self.code.extend([0xb0, value, 0xe6, 0xf4]);
        self
    }

    /// Commits a fault that nothing handles.
    pub(crate) fn triple_fault(mut self) -> Self {
        // ud2: the interrupt table of the firmware has no 32-bit gate for it
        self.code.extend([0x0f, 0x0b]);
        self
    }

    /// The ELF file.
    pub(crate) fn elf(&self) -> Vec<u8> {
        let mut code = self.code.clone();
        // halt: hlt; jmp halt
        code.extend([0xf4, 0xeb, 0xfd]);
        let note_offset = u64::from(HEADER) + 2 * u64::from(PROGRAM_HEADER);
        let code_offset = note_offset + NOTE;
        let code_size = code.len() as u64;
        let mut elf = header();
        elf.extend(program_header(1, 5, code_offset, LOAD_ADDRESS, code_size));
        elf.extend(program_header(4, 4, note_offset, 0, NOTE));
        [4_u32, 8, NOTE_PVH_ENTRY].iter().for_each(|word| elf.extend(word.to_le_bytes()));
        elf.extend(b"Xen\0");
        elf.extend(LOAD_ADDRESS.to_le_bytes());
        elf.extend(code);
        elf
    }

    fn select_com1(&mut self) {
        // mov dx, 0x3f8
        self.code.extend([0x66, 0xba, 0xf8, 0x03]);
    }
}

fn header() -> Vec<u8> {
    let mut bytes = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    // Type: executable; machine: x86_64.
    [2_u16, 62].iter().for_each(|half| bytes.extend(half.to_le_bytes()));
    bytes.extend(1_u32.to_le_bytes());
    [LOAD_ADDRESS, u64::from(HEADER), 0].iter().for_each(|word| bytes.extend(word.to_le_bytes()));
    bytes.extend(0_u32.to_le_bytes());
    [HEADER, PROGRAM_HEADER, 2, 64, 0, 0].iter().for_each(|half| bytes.extend(half.to_le_bytes()));
    bytes
}

fn program_header(kind: u32, flags: u32, offset: u64, address: u64, size: u64) -> Vec<u8> {
    let mut bytes = [kind.to_le_bytes(), flags.to_le_bytes()].concat();
    [offset, address, address, size, size, 4].iter().for_each(|word| bytes.extend(word.to_le_bytes()));
    bytes
}
