//! The programs that the tests debug.
//!
//! Decides small programs whose every instruction is known, written with iced-x86's assembler. System calls are those of
//! `machine`. Main functions: one per program. Neighbour: `elf` makes files of them.

use super::elf::{DATA, Image, TEXT};
use super::machine::call;
use alloc::string::ToString;
use alloc::vec::Vec;
use iced_x86::BlockEncoderOptions;
use iced_x86::code_asm::{CodeAssembler, CodeLabel, eax, edi, qword_ptr, r12, rax, rbp, rcx, rdi, rdx, rsi, rsp, xmm0};

/// A program under construction: functions in order, each with its label.
struct Builder {
    assembler: CodeAssembler,
    functions: Vec<(&'static str, CodeLabel)>,
    ends: Vec<CodeLabel>,
}

impl Builder {
    fn new() -> Self {
        Self { assembler: CodeAssembler::new(64).unwrap(), functions: Vec::new(), ends: Vec::new() }
    }

    /// Begins a function.
    fn function(&mut self, name: &'static str, label: &mut CodeLabel) -> &mut CodeAssembler {
        self.assembler.set_label(label).unwrap();
        self.functions.push((name, *label));
        &mut self.assembler
    }

    fn frame(&mut self, name: &'static str, label: &mut CodeLabel) -> &mut CodeAssembler {
        let assembler = self.function(name, label);
        assembler.push(rbp).unwrap();
        assembler.mov(rbp, rsp).unwrap();
        assembler
    }

    fn image(mut self, path: &'static str, data: &[(&str, u64)]) -> Image {
        let mut end = self.assembler.create_label();
        self.assembler.set_label(&mut end).unwrap();
        self.assembler.nop().unwrap();
        self.ends.push(end);
        let options = BlockEncoderOptions::RETURN_NEW_INSTRUCTION_OFFSETS;
        let result = self.assembler.assemble_options(TEXT, options).unwrap();
        let mut starts: Vec<u64> =
            self.functions.iter().map(|function| result.label_ip(&function.1).unwrap()).collect();
        starts.push(result.label_ip(&end).unwrap());
        let names = self.functions.iter().map(|function| function.0);
        let mut symbols: Vec<_> =
            names.zip(starts.windows(2)).map(|(name, pair)| (name.to_string(), pair[0], pair[1] - pair[0])).collect();
        let mut bytes = Vec::new();
        for (name, value) in data {
            symbols.push((name.to_string(), DATA + bytes.len() as u64, 8));
            bytes.extend(value.to_le_bytes());
        }
        bytes.extend(b"hello, world\0");
        Image { path, entry: TEXT, text: result.inner.code_buffer, data: bytes, symbols }
    }
}

fn exit(assembler: &mut CodeAssembler) {
    assembler.mov(eax, call::EXIT).unwrap();
    assembler.syscall().unwrap();
}

/// Computes 5! by recursion, stores it in `result` and exits with it.
pub(super) fn recurse() -> Image {
    let mut builder = Builder::new();
    let (mut start, mut main, mut factorial, mut one) = labels(&mut builder);
    let a = builder.function("_start", &mut start);
    a.xor(rbp, rbp).unwrap();
    a.call(main).unwrap();
    a.mov(rdi, rax).unwrap();
    exit(a);
    let a = builder.frame("main", &mut main);
    a.mov(edi, 5).unwrap();
    a.call(factorial).unwrap();
    a.mov(qword_ptr(DATA), rax).unwrap();
    a.pop(rbp).unwrap();
    a.ret().unwrap();
    let a = builder.frame("recurse::factorial", &mut factorial);
    a.push(rdi).unwrap();
    a.cmp(rdi, 1).unwrap();
    a.jbe(one).unwrap();
    a.dec(rdi).unwrap();
    a.call(factorial).unwrap();
    a.imul_2(rax, qword_ptr(rbp - 8)).unwrap();
    a.leave().unwrap();
    a.ret().unwrap();
    a.set_label(&mut one).unwrap();
    a.mov(eax, 1).unwrap();
    a.leave().unwrap();
    a.ret().unwrap();
    builder.image("/bin/recurse", &[("result", 0), ("limit", 5)])
}

fn labels(builder: &mut Builder) -> (CodeLabel, CodeLabel, CodeLabel, CodeLabel) {
    let a = &mut builder.assembler;
    (a.create_label(), a.create_label(), a.create_label(), a.create_label())
}

/// Makes the system calls `calls`, each with a first argument, then exits with 0.
pub(super) fn caller(path: &'static str, calls: &[(u32, u32)]) -> Image {
    let mut builder = Builder::new();
    let (mut start, ..) = labels(&mut builder);
    let a = builder.function("_start", &mut start);
    for (number, argument) in calls {
        a.mov(edi, *argument).unwrap();
        a.mov(eax, *number).unwrap();
        a.syscall().unwrap();
    }
    a.mov(edi, 0).unwrap();
    exit(a);
    builder.image(path, &[("result", 0)])
}

/// Two threads count `result` up in turns: 3 rounds each, then the first exits with it.
pub(super) fn threads() -> Image {
    let mut builder = Builder::new();
    let (mut start, mut worker, mut round, mut wait) = labels(&mut builder);
    let mut bump = builder.assembler.create_label();
    let a = builder.function("_start", &mut start);
    a.mov(rdi, worker_pointer()).unwrap();
    a.mov(rsi, 0x7000_8000_u64).unwrap();
    a.mov(eax, call::THREAD).unwrap();
    a.syscall().unwrap();
    a.set_label(&mut wait).unwrap();
    a.cmp(qword_ptr(DATA), 3).unwrap();
    a.jne(wait).unwrap();
    a.mov(rdi, qword_ptr(DATA)).unwrap();
    exit(a);
    let a = builder.frame("worker", &mut worker);
    a.mov(rcx, 3_u64).unwrap();
    a.set_label(&mut round).unwrap();
    a.call(bump).unwrap();
    a.dec(rcx).unwrap();
    a.jne(round).unwrap();
    a.mov(eax, call::THREAD_EXIT).unwrap();
    a.syscall().unwrap();
    let a = builder.frame("bump", &mut bump);
    a.inc(qword_ptr(DATA)).unwrap();
    a.pop(rbp).unwrap();
    a.ret().unwrap();
    let mut image = builder.image("/bin/threads", &[("result", 0)]);
    patch_worker(&mut image);
    image
}

const fn worker_pointer() -> u64 {
    0x1122_3344_5566
}

/// Puts the worker's address where the assembler could not know it yet.
fn patch_worker(image: &mut Image) {
    let address = image.symbols.iter().find(|symbol| symbol.0 == "worker").unwrap().1;
    let place = image.text.windows(8).position(|bytes| bytes == worker_pointer().to_le_bytes()).unwrap();
    image.text[place..place + 8].copy_from_slice(&address.to_le_bytes());
}

/// Writes the same value, then another one, to `result`; waits for ever with a vector register set.
pub(super) fn writer() -> Image {
    let mut builder = Builder::new();
    let (mut start, ..) = labels(&mut builder);
    let a = builder.function("_start", &mut start);
    a.mov(rdx, 0x1_0000_u64).unwrap();
    a.mov(qword_ptr(DATA), rdx).unwrap();
    a.inc(rdx).unwrap();
    a.mov(qword_ptr(DATA), rdx).unwrap();
    a.mov(r12, 7_u64).unwrap();
    a.mov(edi, 0).unwrap();
    exit(a);
    builder.image("/bin/writer", &[("result", 0x1_0000)])
}

/// Runs into INT3, then loads through a null pointer.
pub(super) fn faulty() -> Image {
    let mut builder = Builder::new();
    let (mut start, ..) = labels(&mut builder);
    let a = builder.function("_start", &mut start);
    a.int3().unwrap();
    a.xor(rax, rax).unwrap();
    a.mov(rax, qword_ptr(rax)).unwrap();
    a.movq(xmm0, rax).unwrap();
    builder.image("/bin/faulty", &[])
}
