//! Control registers, once, at boot.
//!
//! Decides which protections are on: WP and NX always, SMEP, SMAP and UMIP where the processor has them. FSGSBASE stays
//! off, so that only the kernel changes the bases it remembers. Main types: [`Features`]. Neighbours: `start` (calls),
//! `extended` (what XSAVE keeps).
#![expect(unsafe_code, reason = "writes control registers")]

use core::fmt;
use x86::controlregs::{Cr0, Cr4, Xcr0, cr0_write, cr4, cr4_write, xcr0_write};
use x86::cpuid::CpuId;

use crate::extended::{Format, fits};

/// What the rest of the machine asks about the processor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Features {
    /// CLAC exists.
    pub(crate) smap: bool,
    cr4: Cr4,
}

impl fmt::Display for Features {
    /// The protections that are on; WP and NX always are.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("WP NX")?;
        let optional =
            [(Cr4::CR4_ENABLE_SMEP, " SMEP"), (Cr4::CR4_ENABLE_SMAP, " SMAP"), (Cr4::CR4_ENABLE_UMIP, " UMIP")];
        optional.iter().filter(|(flag, _)| self.cr4.contains(*flag)).try_for_each(|(_, name)| formatter.write_str(name))
    }
}

/// Sets the control registers; says what the processor has and how it keeps extended state.
pub(super) fn initialize() -> (Features, Format) {
    let cpuid = CpuId::new();
    let basic = cpuid.get_feature_info();
    let more = cpuid.get_extended_feature_info();
    let has = |feature: bool, flag: Cr4| if feature { flag } else { Cr4::empty() };
    let smap = more.as_ref().is_some_and(|leaf| leaf.has_smap());
    let xsave = basic.as_ref().is_some_and(|leaf| leaf.has_xsave());

    // SAFETY: protection and paging stay on; the FPU is present in every 64-bit processor, caches need no care.
    unsafe { cr0_write(CR0) };
    let flags = Cr4::CR4_ENABLE_PAE
        | Cr4::CR4_ENABLE_GLOBAL_PAGES
        | Cr4::CR4_ENABLE_SSE
        | Cr4::CR4_UNMASKED_SSE
        | has(basic.as_ref().is_some_and(|leaf| leaf.has_de()), Cr4::CR4_DEBUGGING_EXTENSIONS)
        | has(basic.as_ref().is_some_and(|leaf| leaf.has_mce()), Cr4::CR4_ENABLE_MACHINE_CHECK)
        | has(xsave, Cr4::CR4_ENABLE_OS_XSAVE)
        | has(more.as_ref().is_some_and(|leaf| leaf.has_smep()), Cr4::CR4_ENABLE_SMEP)
        | has(more.as_ref().is_some_and(|leaf| leaf.has_umip()), Cr4::CR4_ENABLE_UMIP)
        | has(smap, Cr4::CR4_ENABLE_SMAP);
    // SAFETY: PAE stays on, every other flag is one the processor says it has; the kernel touches no user page.
    unsafe { cr4_write(flags) };
    // SAFETY: reading has no effect.
    let cr4 = unsafe { cr4() };
    (Features { smap, cr4 }, if xsave { xsave_format() } else { Format::Fxsave })
}

/// Neither EM nor TS: extended state is never lazy. AM, so that user code may ask for #AC.
const CR0: Cr0 = Cr0::CR0_PROTECTED_MODE
    .union(Cr0::CR0_ENABLE_PAGING)
    .union(Cr0::CR0_WRITE_PROTECT)
    .union(Cr0::CR0_EXTENSION_TYPE)
    .union(Cr0::CR0_NUMERIC_ERROR)
    .union(Cr0::CR0_MONITOR_COPROCESSOR)
    .union(Cr0::CR0_ALIGNMENT_MASK);

/// Enables the components that fit into one frame: x87, SSE, AVX and AVX-512 (as a whole). PKRU and AMX stay off.
fn xsave_format() -> Format {
    let avx = Xcr0::XCR0_AVX_STATE;
    let avx512 = Xcr0::XCR0_OPMASK_STATE | Xcr0::XCR0_ZMM_HI256_STATE | Xcr0::XCR0_HI16_ZMM_STATE;
    let base = Xcr0::XCR0_FPU_MMX_STATE | Xcr0::XCR0_SSE_STATE;
    let supported = supported_components();
    let mut components = base;
    for group in [avx, avx512] {
        if supported & group.bits() == group.bits() && components.bits() & 0b11 == 0b11 {
            components |= group;
        }
    }
    // SAFETY: XSAVE is on in CR4 and the processor has these components; AVX-512 comes with AVX.
    unsafe { xcr0_write(components) };
    let length =
        CpuId::new().get_extended_state_info().map_or(0, |leaf| leaf.xsave_area_size_enabled_features() as usize);
    assert!(length != 0 && fits(length), "the extended state of {length} bytes does not fit into a frame");
    Format::Xsave { components: components.bits(), length }
}

/// The components that XCR0 may name (CPUID leaf 0xD).
fn supported_components() -> u64 {
    let leaf = x86::cpuid::cpuid!(0xd, 0);
    u64::from(leaf.edx) << 32 | u64::from(leaf.eax)
}
