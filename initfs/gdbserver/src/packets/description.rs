//! target.xml: which registers there are.
//!
//! Decides names, types and order, and that the text is short enough to be read at once (4,000 bytes). Main function: [`of`].
//! Neighbours: `process::registers` has the same registers in the same order. The features are those that GDB asks of an
//! x86-64 Linux; Debian's GDB knows no other system that is like this one.

use crate::text::Text;
use alloc::vec::Vec;

/// Which vector registers there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Vectors {
    /// XMM.
    Sse,
    /// And the upper halves of YMM.
    Avx,
}

const FLAGS: [(&str, u32); 17] = [
    ("CF", 0),
    ("", 1),
    ("PF", 2),
    ("AF", 4),
    ("ZF", 6),
    ("SF", 7),
    ("TF", 8),
    ("IF", 9),
    ("DF", 10),
    ("OF", 11),
    ("NT", 14),
    ("RF", 16),
    ("VM", 17),
    ("AC", 18),
    ("VIF", 19),
    ("VIP", 20),
    ("ID", 21),
];

const MXCSR: [&str; 15] = ["IE", "DE", "ZE", "OE", "UE", "PE", "DAZ", "IM", "DM", "ZM", "OM", "UM", "PM", "", "FZ"];

const POINTERS: [&str; 16] =
    ["rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"];

const XMM_UNION: &str = "<vector id=\"v4f\" type=\"ieee_single\" count=\"4\"/>\
    <vector id=\"v2d\" type=\"ieee_double\" count=\"2\"/><vector id=\"v16i8\" type=\"int8\" count=\"16\"/>\
    <vector id=\"v8i16\" type=\"int16\" count=\"8\"/><vector id=\"v4i32\" type=\"int32\" count=\"4\"/>\
    <vector id=\"v2i64\" type=\"int64\" count=\"2\"/><union id=\"vec128\"><field name=\"v4_float\" type=\"v4f\"/>\
    <field name=\"v2_double\" type=\"v2d\"/><field name=\"v16_int8\" type=\"v16i8\"/>\
    <field name=\"v8_int16\" type=\"v8i16\"/><field name=\"v4_int32\" type=\"v4i32\"/>\
    <field name=\"v2_int64\" type=\"v2i64\"/><field name=\"uint128\" type=\"uint128\"/></union>";

/// The description.
pub(super) fn of(vectors: Vectors) -> Vec<u8> {
    let mut xml = Text::from(
        "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\"><target>\
         <architecture>i386:x86-64</architecture><osabi>GNU/Linux</osabi>",
    );
    add_core(&mut xml);
    add_sse(&mut xml);
    feature(&mut xml, "linux", |xml| register(xml, "orig_rax", 64, "int"));
    feature(&mut xml, "segments", |xml| {
        register(xml, "fs_base", 64, "int");
        register(xml, "gs_base", 64, "int");
    });
    if vectors == Vectors::Avx {
        feature(&mut xml, "avx", |xml| (0..16).for_each(|index| numbered(xml, "ymm", index, "h", 128, "uint128")));
    }
    xml.add(format_args!("</target>"));
    xml.0
}

fn add_core(xml: &mut Text) {
    feature(xml, "core", |xml| {
        xml.add(format_args!("<flags id=\"ef\" size=\"4\">"));
        FLAGS.iter().for_each(|(name, bit)| flag(xml, name, *bit));
        xml.add(format_args!("</flags>"));
        for name in POINTERS {
            let kind = if matches!(name, "rbp" | "rsp") { "data_ptr" } else { "int64" };
            register(xml, name, 64, kind);
        }
        register(xml, "rip", 64, "code_ptr");
        register(xml, "eflags", 32, "ef");
        ["cs", "ss", "ds", "es", "fs", "gs"].iter().for_each(|name| register(xml, name, 32, "int32"));
        (0..8).for_each(|index| numbered(xml, "st", index, "", 80, "i387_ext"));
        for name in ["fctrl", "fstat", "ftag", "fiseg", "fioff", "foseg", "fooff", "fop"] {
            xml.add(format_args!("<reg name=\"{name}\" bitsize=\"32\" type=\"int\" group=\"float\"/>"));
        }
    });
}

fn add_sse(xml: &mut Text) {
    feature(xml, "sse", |xml| {
        xml.add(format_args!("{XMM_UNION}<flags id=\"mx\" size=\"4\">"));
        MXCSR.iter().zip(0..).for_each(|(name, bit)| flag(xml, name, bit));
        xml.add(format_args!("</flags>"));
        (0..16).for_each(|index| numbered(xml, "xmm", index, "", 128, "vec128"));
        xml.add(format_args!("<reg name=\"mxcsr\" bitsize=\"32\" type=\"mx\" group=\"vector\"/>"));
    });
}

fn feature(xml: &mut Text, name: &str, content: impl Fn(&mut Text)) {
    xml.add(format_args!("<feature name=\"org.gnu.gdb.i386.{name}\">"));
    content(xml);
    xml.add(format_args!("</feature>"));
}

fn register(xml: &mut Text, name: &str, bits: u32, kind: &str) {
    xml.add(format_args!("<reg name=\"{name}\" bitsize=\"{bits}\" type=\"{kind}\"/>"));
}

fn numbered(xml: &mut Text, name: &str, index: u32, end: &str, bits: u32, kind: &str) {
    xml.add(format_args!("<reg name=\"{name}{index}{end}\" bitsize=\"{bits}\" type=\"{kind}\"/>"));
}

fn flag(xml: &mut Text, name: &str, bit: u32) {
    xml.add(format_args!("<field name=\"{name}\" start=\"{bit}\" end=\"{bit}\"/>"));
}

#[cfg(test)]
mod tests {
    use super::{Vectors, of};
    use crate::process::registers::{COUNT, COUNT_AVX, Register};

    #[test]
    fn registers_are_those_that_packets_have() {
        for (vectors, count) in [(Vectors::Sse, COUNT), (Vectors::Avx, COUNT_AVX)] {
            let xml = String::from_utf8(of(vectors)).unwrap();
            let sizes: Vec<usize> = xml
                .split("bitsize=\"")
                .skip(1)
                .map(|part| part.split('"').next().unwrap().parse::<usize>().unwrap() / 8)
                .collect();
            let expected: Vec<usize> = (0..count).map(|number| Register::numbered(number).unwrap().length()).collect();
            assert_eq!(sizes, expected);
        }
    }
}
