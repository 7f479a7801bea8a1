//! Records of a batch read back as the orders they came from.
//!
//! Decides nothing: the model understands orders, and reading the records that the kernel would get shows their layout on
//! the way. Main function: [`order_of`]. Neighbours: `effect` writes them, `orders` performs them.

use kernel_abi::call_set::{CallSet, CallStops};
use kernel_abi::effect::{Effect as Wire, EffectVerb, EntryOutcome, StopNews};
use kernel_abi::stop::{Causes, LastClose, PostCall, Reasons};
use proc_abi::id::Tid;

use crate::{Effect, Farewell, Interruption, KernelGroup, KernelThread, SessionId, Stepping, Store, Tag};

fn choose<T>(word: u64, no: T, yes: T) -> T {
    assert!(word < 2, "{word} is neither");
    if word == 1 { yes } else { no }
}

/// The order that became this record.
pub(super) fn order_of(wire: &Wire) -> Effect {
    let [first, second, third, fourth, fifth, _] = wire.words;
    let tag = Tag(wire.target);
    let (thread, group) = (KernelThread(wire.target), KernelGroup(wire.target));
    let post = PostCall::from_bits_retain(wire.flags);
    let reasons = Reasons::from_bits_retain(first);
    let result = first as usize;
    let order = match EffectVerb::from_raw(wire.verb).expect("a verb") {
        EffectVerb::Reply => Effect::Reply { tag, result, post, word: second },
        EffectVerb::ReplyStore => {
            Effect::ReplyStore { tag, result, post, store: Store { address: third, value: fourth as i32 } }
        }
        EffectVerb::ReplyRestart => Effect::ReplyRestart { tag },
        EffectVerb::ReplyFrame => Effect::ReplyFrame { tag, post },
        EffectVerb::Timer => Effect::Timer { cookie: wire.target, deadline: first },
        EffectVerb::Resume => {
            let outcome = choose(first, EntryOutcome::Run, EntryOutcome::Skip);
            Effect::Resume { thread, outcome, result: second as usize }
        }
        EffectVerb::Hold => Effect::Hold { thread, reasons },
        EffectVerb::Release => Effect::Release { thread, reasons },
        EffectVerb::Stop => Effect::Stop { group, reasons, news: StopNews::from_raw(second).expect("news") },
        EffectVerb::Continue => Effect::Continue { group, reasons },
        EffectVerb::Post => Effect::Post { thread },
        EffectVerb::Interrupt => {
            Effect::Interrupt { thread, ending: choose(first, Interruption::Fail, Interruption::Restart) }
        }
        EffectVerb::Step => Effect::Step { thread, stepping: choose(first, Stepping::Off, Stepping::Armed) },
        EffectVerb::Arm => {
            let calls = CallStops {
                entry: CallSet::from_words([second, third]).complement(),
                exit: CallSet::from_words([fourth, fifth]).complement(),
            };
            Effect::Arm { group, causes: Causes::from_bits_retain(first), calls }
        }
        EffectVerb::Kill => Effect::Kill { thread, farewell: choose(first, Farewell::Silent, Farewell::Report) },
        EffectVerb::KillGroup => Effect::KillGroup { group },
        _ => long_order_of(wire),
    };
    assert_eq!(order.wire(), *wire, "nothing is lost");
    order
}

fn long_order_of(wire: &Wire) -> Effect {
    let [first, second, third, fourth, fifth, _] = wire.words;
    let (thread, group, session) = (KernelThread(wire.target), KernelGroup(wire.target), SessionId(wire.target));
    match EffectVerb::from_raw(wire.verb).expect("a verb") {
        EffectVerb::Identity => {
            Effect::Identity { group, badge: first, flags: second, pid: third, parent: fourth, incarnation: fifth }
        }
        EffectVerb::SessionOpen => Effect::SessionOpen {
            group,
            session: SessionId(first),
            tracer: KernelGroup(second),
            last_close: LastClose::from_raw(third).expect("a policy"),
        },
        EffectVerb::SessionEnd => Effect::SessionEnd { session },
        EffectVerb::SessionCollect => Effect::SessionCollect { session },
        EffectVerb::SessionPolicy => {
            Effect::SessionPolicy { session, last_close: LastClose::from_raw(first).expect("a policy") }
        }
        EffectVerb::Epoch => Effect::Epoch { group },
        EffectVerb::ExecCommit => Effect::ExecCommit {
            thread,
            loader: KernelGroup(first),
            entry: second,
            stack: third,
            hidden: (fourth, fifth),
        },
        EffectVerb::Wake => Effect::Wake { group, address: first },
        EffectVerb::Delegate => {
            let label = i32::try_from(second).ok().and_then(Tid::new);
            let thread = label.map(|label| (label, KernelThread(third)));
            Effect::Delegate { session, thread: thread.filter(|_| first == 1) }
        }
        other => panic!("the state machine orders no {other:?}"),
    }
}
