//! The list of cases.
//!
//! Decides that every case is in one table, so that none can be forgotten: [`ALL`]. Neighbours: one file per subject.

mod calls;
mod cost;
mod debug;
mod devices;
mod exceptions;
mod extended;
mod heap;
mod memory;
mod paging;

use crate::bench::Bench;
use crate::verdict::Verdict;

/// One case.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    /// What it shows.
    pub(crate) name: &'static str,
    /// Shows it.
    pub(crate) run: fn(&mut Bench) -> Verdict,
}

const fn case(name: &'static str, run: fn(&mut Bench) -> Verdict) -> Case {
    Case { name, run }
}

/// Every case, in order.
pub(crate) const ALL: &[Case] = &[
    case("memory_given_is_disjoint_and_works", memory::given_memory_works),
    case("boot_image_is_whole", memory::image_is_whole),
    case("frame_access_is_clamped", memory::access_is_clamped),
    case("every_length_and_offset_copies", memory::every_length_copies),
    case("overlapping_copy_moves", memory::overlapping_copy_moves),
    case("system_call_keeps_every_register", calls::registers_are_kept),
    case("system_call_keeps_every_flag", calls::flags_are_kept),
    case("results_reach_user_registers", calls::results_reach_user_registers),
    case("preemption_keeps_every_register", calls::preemption_keeps_registers),
    case("edited_frame_is_restored_whole", calls::edited_frame_is_restored_whole),
    case("frame_of_the_core_never_gives_privilege", calls::privilege_is_never_given),
    case("non_canonical_frames_come_back", calls::non_canonical_frames_come_back),
    case("exceptions_report_vector_code_and_address", exceptions::exceptions_are_reported),
    case("privileged_instructions_fault", exceptions::privileged_instructions_fault),
    case("only_breakpoint_and_overflow_have_gates", exceptions::only_two_gates_are_open),
    case("no_selector_leads_to_other_code", exceptions::no_selector_leads_elsewhere),
    case("page_faults_report_access_and_address", exceptions::page_faults_are_reported),
    case("step_reports_every_instruction", debug::step_reports_every_instruction),
    case("step_over_system_call_enters_clean", debug::step_over_system_call_enters_clean),
    case("step_counts_string_iterations", debug::step_counts_string_iterations),
    case("watchpoint_hits_user_but_not_kernel", debug::watchpoint_hits_user_but_not_kernel),
    case("step_and_watchpoint_report_together", debug::step_and_watchpoint_report_together),
    case("code_breakpoint_passes_with_resume_flag", debug::code_breakpoint_passes_with_resume_flag),
    case("breakpoints_stay_with_their_thread", debug::breakpoints_stay_with_their_thread),
    case("delayed_watchpoint_never_panics", debug::delayed_watchpoint_never_panics),
    case("int1_never_panics", debug::int1_never_panics),
    case("extended_state_starts_initial", extended::state_starts_initial),
    case("extended_state_is_private", extended::state_is_private),
    case("wide_vectors_are_private", extended::wide_vectors_are_private),
    case("extended_state_is_read_and_written_in_memory", extended::state_is_read_and_written_in_memory),
    case("refused_extended_state_leaks_nothing", extended::refused_state_leaks_nothing),
    case("segment_bases_are_private", extended::segment_bases_are_private),
    case("bad_segment_bases_come_back", extended::bad_segment_bases_come_back),
    case("map_and_unmap_take_effect_at_once", paging::edits_take_effect_at_once),
    case("protections_are_kept", paging::protections_are_kept),
    case("next_mapped_finds_every_page", paging::next_mapped_finds_every_page),
    case("map_without_memory_changes_nothing", paging::map_without_memory_changes_nothing),
    case("kernel_half_cannot_be_mapped", paging::kernel_half_cannot_be_mapped),
    case("active_root_can_be_freed", paging::active_root_can_be_freed),
    case("timer_preempts_user_code", devices::timer_preempts_user_code),
    case("timer_ends_a_wait", devices::timer_ends_a_wait),
    case("timer_waits_longer_than_its_counter", devices::timer_waits_longer_than_its_counter),
    case("earlier_deadline_replaces_later", devices::earlier_deadline_replaces_later),
    case("clock_never_goes_back", devices::clock_never_goes_back),
    case("serial_port_says_when_it_is_writable", devices::serial_port_says_when_it_is_writable),
    case("date_is_of_this_century", devices::date_is_of_this_century),
    case("heap_fails_the_chosen_allocation", heap::chosen_allocation_fails),
    case("heap_is_exhausted_without_panic", heap::exhaustion_is_an_error),
    case("unchanged_thread_switches_no_address_space", cost::unchanged_thread_switches_nothing),
    case("null_system_call_is_cheap", cost::null_system_call_is_cheap),
    case("thread_switch_is_cheap", cost::thread_switch_is_cheap),
    case("word_access_is_cheap", cost::word_access_is_cheap),
    case("page_copy_is_cheap", cost::page_copy_is_cheap),
    case("page_clear_is_cheap", cost::page_clear_is_cheap),
    case("lookup_is_cheap", cost::lookup_is_cheap),
    case("map_and_unmap_are_cheap", cost::map_and_unmap_are_cheap),
    case("breakpoint_trap_is_cheap", cost::breakpoint_trap_is_cheap),
    case("clock_is_cheap", cost::clock_is_cheap),
    case("timer_is_cheap", cost::timer_is_cheap),
];
