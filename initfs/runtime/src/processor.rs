//! What the processor tells programs about itself.
//!
//! Decides nothing. Main function: [`extended_components`]. Neighbours: the process server shows the result to debuggers
//! (PT_GETXSTATE_INFO); the kernel chose the components.

/// The components of the extended register state that the kernel has enabled (XCR0); 0 where there is no XSAVE.
#[must_use]
pub fn extended_components() -> u64 {
    /// CPUID leaf 1, ECX: the system has set CR4.OSXSAVE, so XGETBV can be used (SDM vol. 2, CPUID and XGETBV).
    const OSXSAVE: u32 = 1 << 27;
    if core::arch::x86_64::__cpuid(1).ecx & OSXSAVE == 0 {
        return 0;
    }
    let (low, high): (u32, u32);
    // SAFETY: XGETBV with ECX = 0 reads XCR0 into EDX:EAX and changes nothing else; OSXSAVE was checked.
    unsafe {
        core::arch::asm!(
            "xgetbv",
            in("ecx") 0_u32,
            out("eax") low,
            out("edx") high,
            options(nomem, nostack, preserves_flags)
        );
    }
    u64::from(high) << 32 | u64::from(low)
}
